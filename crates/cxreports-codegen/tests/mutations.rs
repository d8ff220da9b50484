//! Whatever a document looks like: an error, or a crate that is Rust. Nothing else.

use crate::mutate::{documents, mutate, rounds};
use cxreports_codegen::{
    convert::convert,
    document::{endpoints, uncallable},
    fetch,
    generate::{Target, generate},
    names::Names,
    normalise::normalise,
};
use serde_json::Value;

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
        // Compilers refuse what changes the direction of text.
        if let Some(c) = text.chars().find(|c| *c != '\n' && !cxreports_core::is_printable(*c)) {
            return Err(format!("{path}: it has {c:?} in it"));
        }
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
    let rounds = rounds();
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
fn every_document_of_ours_is_generated_whole() {
    for (name, document) in documents() {
        if let Err(error) = check(document) {
            panic!("{name}: {error}");
        }
    }
}
