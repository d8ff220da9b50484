//! A document as it is compared: as OpenAPI 3.0, with what its version cannot say and what is not compared.

use std::collections::BTreeMap;

use cxreports_openapi::{
    convert::{ConvertError, LOST, convert, for_each_schema},
    document::{escape, follow},
};
use serde_json::{Map, Value, json};

use crate::{change::ANNOTATIONS, schema::Lacks};

/// What stands beside a reference and narrows nothing.
const BESIDE_REFERENCE: [&str; 6] = ["$ref", "type", "default", "deprecated", "readOnly", "writeOnly"];

/// A document that can be compared.
#[derive(Debug, Clone)]
pub struct Document {
    value: Value,
    lacks: Lacks,
    not_compared: BTreeMap<String, Value>,
}

impl Document {
    /// Reads what an instance serves, in any version of OpenAPI from 2.0 to 3.2.
    ///
    /// # Errors
    ///
    /// [`ConvertError`] names the place, what is there and what a valid document would have.
    pub fn read(mut served: Value) -> Result<Self, ConvertError> {
        let mut not_compared = BTreeMap::new();
        let mut lacks = Lacks::default();
        if served.get("swagger").is_some() {
            lacks = Lacks { openapi: true, null: !has_member(&served, "x-nullable") };
        } else if served["openapi"].as_str().is_some_and(|version| !version.starts_with("3.0")) {
            for_each_schema(&mut served, &mut |schema, pointer| collect(schema, pointer, &mut not_compared));
            for_each_schema(&mut served, &mut |schema, _| {
                constraints_beside_reference(schema);
                several_types(schema);
            });
        }
        let mut value = convert(served)?;
        inline_path_items(&mut value);
        Ok(Self { value, lacks, not_compared })
    }

    /// The document as OpenAPI 3.0.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    pub(crate) fn lacks(&self) -> Lacks {
        self.lacks
    }

    /// What is not compared, by JSON pointer.
    pub(crate) fn not_compared(&self) -> &BTreeMap<String, Value> {
        &self.not_compared
    }
}

fn has_member(value: &Value, name: &str) -> bool {
    match value {
        Value::Object(members) => members.contains_key(name) || members.values().any(|value| has_member(value, name)),
        Value::Array(values) => values.iter().any(|value| has_member(value, name)),
        _ => false,
    }
}

/// Writes out the path items that are references.
fn inline_path_items(document: &mut Value) {
    let paths = document["paths"].as_object().into_iter().flatten();
    let pointers: Vec<_> = paths
        .filter(|(_, item)| item.get("$ref").is_some())
        .map(|(path, _)| format!("/paths/{}", escape(path)))
        .collect();
    for pointer in pointers {
        let target = document.pointer(&follow(document, &pointer)).filter(|item| item.is_object()).cloned();
        if let (Some(target), Some(place)) = (target, document.pointer_mut(&pointer)) {
            *place = target;
        }
    }
}

fn collect(schema: &Value, pointer: &str, found: &mut BTreeMap<String, Value>) {
    if *schema == false {
        found.insert(pointer.to_owned(), schema.clone());
    }
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        // These two are written as additional properties.
        let is_converted = keyword == "unevaluatedProperties" && value.is_boolean();
        if LOST.contains(&keyword.as_str()) && !is_converted {
            found.insert(format!("{pointer}/{}", escape(keyword)), value.clone());
        }
    }
}

/// OpenAPI 3.1: what stands beside a reference holds, too. In 3.0 that is a composition.
fn constraints_beside_reference(schema: &mut Value) {
    let Some(members) = schema.as_object_mut().filter(|members| members.contains_key("$ref")) else { return };
    let narrows = |name: &str| !BESIDE_REFERENCE.contains(&name) && !ANNOTATIONS.contains(&name);
    let constraints = take(members, narrows);
    if constraints.is_empty() {
        return;
    }
    let reference = take(members, |name| name == "$ref");
    members.insert("allOf".into(), json!([reference, constraints]));
}

/// OpenAPI 3.1: a list of types is a choice. A number that may also be text is what ASP.NET calls a number.
fn several_types(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else { return };
    let Some(kinds) = members.get("type").and_then(Value::as_array).cloned() else { return };
    let is_number_or_text =
        kinds.iter().all(|kind| matches!(kind.as_str(), Some("integer" | "number" | "string" | "null")));
    let several = kinds.iter().filter(|kind| *kind != "null").count() > 1;
    let is_choice = ["anyOf", "oneOf", "allOf"].iter().any(|keyword| members.contains_key(*keyword));
    if !several || is_choice || (is_number_or_text && kinds.iter().any(|kind| kind == "string")) {
        return;
    }
    members.remove("type");
    let rest = take(members, |name| !ANNOTATIONS.contains(&name) && name != "default" && !name.starts_with("x-"));
    let of = |kind: &Value| {
        let mut alternative = rest.clone();
        alternative.insert("type".into(), kind.clone());
        Value::from(alternative)
    };
    members.insert("anyOf".into(), kinds.iter().map(of).collect());
}

/// Takes members out.
fn take(members: &mut Map<String, Value>, which: impl Fn(&str) -> bool) -> Map<String, Value> {
    let names: Vec<String> = members.keys().filter(|name| which(name)).cloned().collect();
    names.into_iter().filter_map(|name| Some((name.clone(), members.remove(&name)?))).collect()
}
