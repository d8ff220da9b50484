//! The schemas of OpenAPI 3.1, which are JSON Schema: where they stand, and what 3.0 has no words for.

use serde_json::Value;

use crate::document::escape;

/// Keywords of JSON Schema that constrain values and that OpenAPI 3.0 does not have. Converting drops them, or widens them to what
/// 3.0 can say.
pub const LOST: [&str; 15] = [
    "$dynamicRef",
    "contains",
    "contentSchema",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "minContains",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords of JSON Schema that are about the schema itself, and that OpenAPI 3.0 does not have.
pub(super) const ABOUT_THE_SCHEMA: [&str; 6] =
    ["$anchor", "$comment", "$dynamicAnchor", "$id", "$schema", "$vocabulary"];

/// Calls `visit` with every schema of a document of OpenAPI 3.1 and its JSON pointer, a schema before those inside it.
pub fn for_each_schema(document: &mut Value, visit: &mut dyn FnMut(&mut Value, &str)) {
    let components = document.get_mut("components").and_then(Value::as_object_mut);
    for (kind, entries) in components.into_iter().flatten() {
        let pointer = format!("/components/{}", escape(kind));
        if kind == "schemas" { map_of_schemas(entries, &pointer, visit) } else { below(entries, &pointer, visit) }
    }
    for member in ["paths", "webhooks"] {
        if let Some(items) = document.get_mut(member) {
            below(items, &format!("/{member}"), visit);
        }
    }
}

/// Outside of schemas, a schema stands under `schema`, or `itemSchema` for each part of a stream (OpenAPI 3.2).
fn below(value: &mut Value, pointer: &str, visit: &mut dyn FnMut(&mut Value, &str)) {
    match value {
        Value::Array(values) => {
            values.iter_mut().enumerate().for_each(|(index, value)| below(value, &format!("{pointer}/{index}"), visit));
        }
        Value::Object(members) => {
            for (member, value) in
                members.iter_mut().filter(|(member, _)| !matches!(&***member, "example" | "examples"))
            {
                let pointer = format!("{pointer}/{}", escape(member));
                if matches!(&**member, "schema" | "itemSchema") {
                    in_schema(value, &pointer, visit);
                } else {
                    below(value, &pointer, visit);
                }
            }
        }
        _ => {}
    }
}

fn map_of_schemas(schemas: &mut Value, pointer: &str, visit: &mut dyn FnMut(&mut Value, &str)) {
    for (name, schema) in schemas.as_object_mut().into_iter().flatten() {
        in_schema(schema, &format!("{pointer}/{}", escape(name)), visit);
    }
}

fn in_schema(schema: &mut Value, pointer: &str, visit: &mut dyn FnMut(&mut Value, &str)) {
    visit(schema, pointer);
    for (keyword, value) in schema.as_object_mut().into_iter().flatten() {
        let pointer = format!("{pointer}/{}", escape(keyword));
        match keyword.as_str() {
            "properties" | "$defs" | "definitions" => map_of_schemas(value, &pointer, visit),
            // Whether there may be any is no schema.
            "additionalProperties" if value.is_boolean() => {}
            "items" | "not" | "additionalProperties" => in_schema(value, &pointer, visit),
            "allOf" | "anyOf" | "oneOf" => {
                for (index, value) in value.as_array_mut().into_iter().flatten().enumerate() {
                    in_schema(value, &format!("{pointer}/{index}"), visit);
                }
            }
            _ => {}
        }
    }
}
