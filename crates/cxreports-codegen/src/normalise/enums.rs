//! Enumerations.

use serde_json::{Value, json};

use super::{components, pass::Pass};
use crate::document::for_each_schema;

pub(super) const ENUM_VALUES: Pass = Pass {
    name: "enum-values",
    why: "an enumeration has strings or integers, each once, and its type says which; null among them means nullable, and other kinds are not enumerations that Rust can match on",
    run: |context| {
        for_each_schema(&mut context.document, &mut |schema| {
            let Some(object) = schema.as_object_mut() else { return };
            let Some(values) = object.remove("enum") else { return };
            let mut values: Vec<Value> = values.as_array().cloned().unwrap_or_default();
            let listed = values.len();
            values.retain(|value| !value.is_null());
            if values.len() < listed {
                object.insert("nullable".into(), true.into());
            }
            let mut seen = Vec::new();
            values.retain(|value| {
                !seen.contains(value) && {
                    seen.push(value.clone());
                    true
                }
            });
            let kind = match object.get("type").and_then(Value::as_str) {
                _ if values.is_empty() => return,
                Some("integer") | None if values.iter().all(Value::is_i64) => "integer",
                Some("string") | None if values.iter().all(Value::is_string) => "string",
                _ => return,
            };
            object.insert("type".into(), kind.into());
            object.insert("enum".into(), json!(values));
        });
    },
};

pub(super) const INLINE_ENUMS: Pass = Pass {
    name: "inline-enums",
    why: "an enumeration that is written where it is used gets a name, so that its type can keep values it does not know",
    run: |context| components::lift(context, &|schema| schema.get("enum").is_some()),
};
