//! Whatever a document looks like: an error, or a crate that is Rust. Nothing else.

use std::{collections::BTreeMap, fs, path::Path};

use cxreports_codegen::{
    compare::compare,
    convert::convert,
    document::{endpoints, uncallable},
    fetch,
    generate::{Target, generate},
    names::Names,
    normalise::normalise,
};
use serde_json::{Value, json};

/// The documents that are mutated: our own, those of the simulator, and the corpus where it is there.
fn documents() -> Vec<(String, Value)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["tests/documents", "../cxreports-sim/documents", "../../../shared/corpus"] {
        for entry in fs::read_dir(here.join(folder)).into_iter().flatten() {
            let path = entry.unwrap().path();
            let value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            found.push((path.file_name().unwrap().to_string_lossy().into_owned(), value));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(found.len() >= 8);
    found
}

/// Every place of a value, as a JSON pointer.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                places(member, format!("{at}/{}", cxreports_codegen::document::escape(name)), found);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                places(value, format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
    found.push(at);
}

/// Changes one place: drops, nulls, retypes, duplicates, renames or nests it. Says what it did.
fn mutate(document: &mut Value, random: &mut fastrand::Rng) -> String {
    let mut all = Vec::new();
    places(document, String::new(), &mut all);
    let pointer = random.choice(all).unwrap_or_default();
    let Some((parent, name)) = pointer.rsplit_once('/') else { return "nothing".into() };
    let name = name.replace("~1", "/").replace("~0", "~");
    let kind = random.u8(0..9);
    let replacement = match kind {
        0 => json!(null),
        1 => json!(7),
        2 => json!("text"),
        3 => json!([]),
        4 => json!({}),
        5 => json!(true),
        6 => {
            let other = document.pointer(&pointer).cloned().unwrap_or_default();
            json!({ "allOf": [other.clone(), other], "properties": { "x": { "$ref": "#/components/schemas/x" } } })
        }
        _ => Value::Null,
    };
    match document.pointer_mut(parent) {
        Some(Value::Object(members)) => match kind {
            7 => drop(members.remove(&name)),
            8 => {
                let value = members.remove(&name).unwrap_or_default();
                let odd =
                    ["", "$ref", "type", "ID", "名", "a b", "200", "get", "/x/{y}/{y}", "default", "x-wire", "allOf"];
                members.insert(odd[random.usize(0..odd.len())].to_owned(), value);
            }
            _ => drop(members.insert(name.clone(), replacement)),
        },
        Some(Value::Array(values)) => {
            let index: usize = name.parse().unwrap_or_default();
            match kind {
                7 => drop(values.remove(index)),
                8 => {
                    let twin = values[index].clone();
                    values.push(twin);
                }
                _ => values[index] = replacement,
            }
        }
        _ => {}
    }
    format!("{kind} at {pointer}")
}

/// Runs the whole way, and checks what comes out.
fn check(document: Value) -> Result<(), String> {
    let bytes = serde_json::to_vec(&document).unwrap();
    let Ok(document) = fetch::parse(&bytes, "mutated") else { return Ok(()) };
    let document = match convert(document) {
        Ok(document) => document,
        Err(error) => {
            let text = error.to_string();
            return if text.starts_with('/') { Ok(()) } else { Err(format!("an error without a pointer: {text}")) };
        }
    };
    let operations = endpoints(&document).len() + uncallable(&document).len();
    let normalised = normalise(document, Vec::new(), &mut Names::default()).map_err(|error| error.to_string())?;
    let generated = generate(&normalised, Target::Standalone { name: "mutated" }).map_err(|error| error.to_string())?;
    for (path, text) in generated.files.iter().filter(|(path, _)| path.ends_with(".rs")) {
        syn::parse_file(text).map_err(|error| format!("{path}: {error}"))?;
    }
    let out = normalised.operations.len() - generated.refused.len();
    let refused = normalised.report.refused.len() + generated.refused.len();
    if operations == out + refused {
        Ok(())
    } else {
        Err(format!("{operations} operations in, {out} out, {refused} refused"))
    }
}

#[test]
fn a_mutated_document_is_an_error_or_a_crate() {
    let rounds = std::env::var("MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let verbose = std::env::var_os("MUTATIONS").is_some();
    let documents = documents();
    for seed in 0..rounds {
        let mut random = fastrand::Rng::with_seed(seed);
        let (name, original) = &documents[random.usize(0..documents.len())];
        let mut document = original.clone();
        let did: Vec<String> = (0..random.usize(1..4)).map(|_| mutate(&mut document, &mut random)).collect();
        // An overflow of the stack ends the process: the last line says where.
        if verbose {
            eprintln!("seed {seed}: {name}, {did:?}");
        }
        let outcome = std::panic::catch_unwind(|| check(document));
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(error)) => panic!("seed {seed}: {name}, {did:?}: {error}"),
            Err(_) => panic!("seed {seed}: {name}, {did:?}: a panic"),
        }
    }
}

#[test]
fn a_mutated_document_is_compared_with_what_it_was() {
    let rounds = std::env::var("MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let originals: Vec<_> = documents().into_iter().filter_map(|(_, document)| convert(document).ok()).collect();
    let (names, mut found) = (BTreeMap::new(), 0);
    for seed in 0..rounds {
        let mut random = fastrand::Rng::with_seed(seed);
        let original = &originals[random.usize(0..originals.len())];
        let mut document = original.clone();
        let did: Vec<String> = (0..random.usize(1..4)).map(|_| mutate(&mut document, &mut random)).collect();
        let Ok(document) = convert(document) else { continue };
        let outcome = std::panic::catch_unwind(|| {
            assert_eq!(compare(&document, &document, &names), []);
            compare(original, &document, &names).len() + compare(&document, original, &names).len()
        });
        found += outcome.unwrap_or_else(|_| panic!("seed {seed}: {did:?}: a panic"));
    }
    assert!(found > rounds as usize / 2, "only {found} findings");
}

#[test]
fn every_document_of_ours_is_generated_whole() {
    for (name, document) in documents() {
        if let Err(error) = check(document) {
            panic!("{name}: {error}");
        }
    }
}
