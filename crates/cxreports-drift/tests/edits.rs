//! Five edits of real documents, each of which is one cause. `cargo test -p cxreports-drift --test it edits:: -- --nocapture` prints the
//! table; it reads the documents of `../shared/corpus` where that folder is there, beside our own.

use std::collections::BTreeMap;

use cxreports_drift::{
    Allowed, Document, Finding, Options, Severity, compare,
    render::{Comparison, Format, Style, render},
};
use cxreports_openapi::document::{METHODS, referenced};
use serde_json::{Value, json};

/// The documents that have named schemas and operations, as OpenAPI 3.0.
fn documents() -> Vec<(String, Value)> {
    let read = |(name, document): (String, Value)| Some((name, Document::read(document).ok()?.value().clone()));
    crate::mutate::documents().into_iter().filter_map(read).collect()
}

fn references(value: &Value, count: &mut BTreeMap<String, usize>) {
    if let Some(name) = referenced(value) {
        *count.entry(name).or_default() += 1;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| references(value, count)),
        Value::Object(members) => members.values().for_each(|value| references(value, count)),
        _ => {}
    }
}

/// The schema that most places refer to, and how many do.
fn most_used(document: &Value, is_it: impl Fn(&Value) -> bool) -> Option<(String, usize)> {
    let mut count = BTreeMap::new();
    references(&document["paths"], &mut count);
    references(&document["components"], &mut count);
    let schemas = &document["components"]["schemas"];
    count.into_iter().filter(|(name, _)| is_it(&schemas[name])).max_by_key(|(_, count)| *count)
}

fn each_operation(document: &mut Value, mut edit: impl FnMut(&mut Value)) {
    for item in document["paths"].as_object_mut().unwrap().values_mut() {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                edit(operation);
            }
        }
    }
}

/// An edit of a document: before and after, and how many places it touches.
type Edit = fn(&Value) -> Option<(Value, Value, usize)>;

fn a_type_changes(document: &Value) -> Option<(Value, Value, usize)> {
    let (name, count) = most_used(document, |schema| schema["type"] == "object" && schema.get("allOf").is_none())?;
    // Where something refers into the schema, that is a change of its own.
    let is_part = document.to_string().contains(&format!("schemas/{name}/"));
    let mut after = document.clone();
    after["components"]["schemas"][&name] = json!({ "type": "string" });
    (!is_part).then_some((document.clone(), after, count))
}

fn a_base_class_gains_a_required_member(document: &Value) -> Option<(Value, Value, usize)> {
    let mut before = document.clone();
    let schemas = before["components"]["schemas"].as_object_mut()?;
    let mut count = 0;
    for schema in schemas.values_mut().filter(|schema| schema["type"] == "object" && schema.get("allOf").is_none()) {
        let own = schema.take();
        *schema = json!({ "allOf": [{ "$ref": "#/components/schemas/TheBase" }, own] });
        count += 1;
    }
    schemas.insert("TheBase".into(), json!({ "type": "object", "properties": { "created": { "type": "string" } } }));
    let mut after = before.clone();
    let base = &mut after["components"]["schemas"]["TheBase"];
    base["properties"]["tenant"] = json!({ "type": "string" });
    base["required"] = json!(["tenant"]);
    (count > 1).then_some((before, after, count))
}

fn global_security_is_added(document: &Value) -> Option<(Value, Value, usize)> {
    let mut before = document.clone();
    before.as_object_mut()?.remove("security");
    let mut count = 0;
    each_operation(&mut before, |operation| {
        operation.as_object_mut().unwrap().remove("security");
        count += 1;
    });
    let mut after = before.clone();
    after["components"]["securitySchemes"]["TheKey"] = json!({ "type": "apiKey", "in": "header", "name": "X-Key" });
    after["security"] = json!([{ "TheKey": [] }]);
    (count > 1).then_some((before, after, count))
}

fn parameters_change_case(document: &Value) -> Option<(Value, Value, usize)> {
    let mut after = document.clone();
    let mut count = 0;
    each_operation(&mut after, |operation| {
        for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            let other =
                name.chars().map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() });
            if parameter["in"] == "query" {
                parameter["name"] = other.collect::<String>().into();
                count += 1;
            }
        }
    });
    (count > 0).then_some((document.clone(), after, count))
}

fn an_enumeration_becomes_text(document: &Value) -> Option<(Value, Value, usize)> {
    let (name, count) = most_used(document, |schema| schema["enum"].is_array())?;
    let mut after = document.clone();
    let schema = &mut after["components"]["schemas"][&name];
    // Null stays allowed where it is: that would be a change of its own.
    let has_null =
        schema["nullable"] == true || schema["enum"].as_array().is_some_and(|all| all.contains(&Value::Null));
    *schema = json!({ "type": "string", "nullable": has_null });
    Some((document.clone(), after, count))
}

fn found(before: &Value, after: &Value, ignore_case: bool) -> Vec<Finding> {
    let read = |document: &Value| Document::read(document.clone()).unwrap();
    compare(&read(before), &read(after), &BTreeMap::new(), Options { ignore_case })
}

#[test]
fn each_edit_of_a_real_document_is_one_cause() {
    let edits: [(&str, Edit, [bool; 2], usize); 6] = [
        ("a type that many places use changes", a_type_changes, [true; 2], 1),
        ("a base class gains a required member", a_base_class_gains_a_required_member, [true; 2], 1),
        ("global security is added", global_security_is_added, [true; 2], 1),
        ("parameters change case", parameters_change_case, [true; 2], 0),
        ("parameters change case, --case-sensitive", parameters_change_case, [false; 2], 1),
        ("an enumeration becomes text", an_enumeration_becomes_text, [true; 2], 1),
    ];
    println!("| edit | document | places edited | parts of operations that see it | findings | lines |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (name, edit, [forth, back], most) in edits {
        let mut edited: Vec<_> =
            documents().into_iter().filter_map(|(of, document)| Some((of, edit(&document)?))).collect();
        edited.sort_by_key(|(_, (_, _, count))| std::cmp::Reverse(*count));
        assert!(!edited.is_empty(), "{name}: no document can be edited so");
        for (place, (of, (before, after, count))) in edited.iter().enumerate() {
            let findings = found(before, after, forth);
            let messages: Vec<_> = findings.iter().map(|finding| finding.message().to_string()).collect();
            assert!(findings.len() <= most, "{name}, {of}: {messages:#?}");
            assert!(found(after, before, back).len() <= most, "{name}, {of}, back");
            let uses: usize = findings.iter().map(|finding| finding.uses().count()).sum();
            let found = findings.len();
            let comparison = Comparison { allowed: Allowed { findings, accepted: 0 }, ..Comparison::default() };
            let style = Style { width: 100, fail_on: Severity::Breaking, infos: false };
            // What the comparison itself takes is two lines and an empty one.
            let lines = render(Format::Text, &[comparison], style).lines().count();
            assert!(found == most || uses == 0 || most == 0, "{name}, {of}: nothing is found");
            if place < 2 {
                println!("| {name} | {of} | {count} | {uses} | {found} | {lines} |");
            }
        }
    }
}
