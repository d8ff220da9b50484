//! Documents with something changed at random; the tests of `cxreports-drift` use them too.

use std::{fs, path::Path};

use cxreports_codegen::document::escape;
use serde_json::{Value, json};

/// How many documents to try: `MUTATIONS`, or 400.
pub(crate) fn rounds() -> u64 {
    std::env::var("MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(400)
}

/// The documents that are mutated: our own, those of the simulator, and the corpus where it is there.
pub(crate) fn documents() -> Vec<(String, Value)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["../cxreports-codegen/tests/documents", "../cxreports-sim/documents", "../../../shared/corpus"] {
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
                places(member, format!("{at}/{}", escape(name)), found);
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
pub(crate) fn mutate(document: &mut Value, random: &mut fastrand::Rng) -> String {
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
