//! A document as it is compared: as OpenAPI 3.0, with what its version cannot say and what is not compared.

use cxreports_codegen::fetch::Repeated;
use cxreports_openapi::convert::{ConvertError, LOST, convert, for_each_schema, inline};
use serde_json::{Map, Value, json};

use crate::{
    change::ANNOTATIONS,
    schema::{Lacks, NOT_COMPARED},
};

/// What stands beside a reference and narrows nothing.
const BESIDE_REFERENCE: [&str; 6] = ["$ref", "type", "default", "deprecated", "readOnly", "writeOnly"];

/// A document that can be compared.
#[derive(Debug, Clone)]
pub struct Document {
    value: Value,
    lacks: Lacks,
    dialect: Option<Value>,
    repeated: Vec<Repeated>,
}

impl Document {
    /// Reads what an instance serves, in any version of OpenAPI from 2.0 to 3.2.
    ///
    /// # Errors
    ///
    /// [`ConvertError`] names the place, what is there and what a valid document would have.
    pub fn read(mut served: Value) -> Result<Self, ConvertError> {
        let mut lacks = Lacks::default();
        let dialect = served.get("jsonSchemaDialect").cloned();
        let is_newer = served["openapi"].as_str().is_some_and(|version| version.starts_with("3.2"));
        inline(&mut served)?;
        if served.get("swagger").is_some() {
            lacks = Lacks { openapi: true, null: !has_member(&served, "x-nullable") };
        } else if served["openapi"].as_str().is_some_and(|version| !version.starts_with("3.0")) {
            for_each_schema(&mut served, &mut |schema, _| {
                keep_not_compared(schema);
                constraints_beside_reference(schema);
                several_types(schema);
            });
        }
        let mut value = convert(served)?;
        // What is not compared, and counts where it is used alone.
        let has_xml = has_xml(&value);
        let keywords =
            [("/xml", has_xml), ("/collectionFormat", lacks.openapi), ("/discriminator/defaultMapping", is_newer)];
        let keywords: Vec<&str> =
            keywords.into_iter().filter(|(_, counts)| *counts).map(|(keyword, _)| keyword).collect();
        if !keywords.is_empty() {
            for_each_schema(&mut value, &mut |schema, _| {
                for keyword in &keywords {
                    if let Some(said) = schema.pointer(keyword).cloned() {
                        let name = keyword.split('/').nth(1).unwrap_or_default();
                        let kept = &mut schema[NOT_COMPARED];
                        if !kept.is_object() {
                            *kept = json!({});
                        }
                        kept[name] = said;
                    }
                }
            });
        }
        Ok(Self { value, lacks, dialect, repeated: Vec::new() })
    }

    /// The document with what its text has more than once, of which JSON keeps the last one.
    #[must_use]
    pub fn with_repeated(mut self, repeated: Vec<Repeated>) -> Self {
        self.repeated = repeated;
        self
    }

    /// The document as OpenAPI 3.0.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    pub(crate) fn lacks(&self) -> Lacks {
        self.lacks
    }

    pub(crate) fn dialect(&self) -> Option<&Value> {
        self.dialect.as_ref()
    }

    pub(crate) fn repeated(&self) -> &[Repeated] {
        &self.repeated
    }

    /// A place of the document as it was served, or the nearest one above it that was kept when it was converted.
    pub(crate) fn nearest(&self, pointer: &str) -> String {
        let mut pointer = match pointer.strip_prefix("/definitions/") {
            Some(name) if self.value.pointer(pointer).is_none() => format!("/components/schemas/{name}"),
            _ => pointer.to_owned(),
        };
        while self.value.pointer(&pointer).is_none() {
            pointer.truncate(pointer.rfind('/').unwrap_or_default());
        }
        pointer
    }
}

fn has_member(value: &Value, name: &str) -> bool {
    match value {
        Value::Object(members) => members.contains_key(name) || members.values().any(|value| has_member(value, name)),
        Value::Array(values) => values.iter().any(|value| has_member(value, name)),
        _ => false,
    }
}

/// Whether anything is sent as XML, for which schemas say how their members are written.
fn has_xml(document: &Value) -> bool {
    match document {
        Value::Object(members) => members.iter().any(|(name, value)| {
            let is_xml = |content: &Value| {
                content
                    .as_object()
                    .is_some_and(|content| content.keys().any(|name| name.to_ascii_lowercase().contains("xml")))
            };
            name == "content" && is_xml(value) || has_xml(value)
        }),
        Value::Array(values) => values.iter().any(has_xml),
        _ => false,
    }
}

/// Keeps the keywords that converting drops, so that a difference in them can be named.
fn keep_not_compared(schema: &mut Value) {
    if *schema == false {
        *schema = json!({ NOT_COMPARED: { "": false } });
        return;
    }
    let Some(members) = schema.as_object_mut() else { return };
    // These two are written as additional properties.
    let is_converted = |keyword: &str, value: &Value| keyword == "unevaluatedProperties" && value.is_boolean();
    // The items after those of a tuple.
    let is_tuple = members.contains_key("prefixItems");
    let is_lost = |keyword: &str| LOST.contains(&keyword) || (is_tuple && keyword == "items");
    let kept = members.iter().filter(|(keyword, value)| is_lost(keyword) && !is_converted(keyword, value));
    let kept: Map<String, Value> = kept.map(|(keyword, value)| (keyword.clone(), value.clone())).collect();
    if !kept.is_empty() {
        members.insert(NOT_COMPARED.to_owned(), kept.into());
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

/// OpenAPI 3.1: a list of types is a choice. A number that may also be text of a pattern is what ASP.NET calls a number.
fn several_types(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else { return };
    let Some(kinds) = members.get("type").and_then(Value::as_array).cloned() else { return };
    let is_number_or_text = members.contains_key("pattern")
        && kinds.iter().all(|kind| matches!(kind.as_str(), Some("integer" | "number" | "string" | "null")));
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
