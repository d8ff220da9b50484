//! The types.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    components::{components, operation_types},
    pass::Pass,
    wire::WIRE,
};
use crate::{
    document::{
        closure, for_each_child, for_each_operation, for_each_operation_schema, for_each_schema, in_schema, operation,
        reference, referenced, schema_name,
    },
    ident,
    reserved::{self, ANY_JSON},
};

pub(super) const HOLES: Pass = Pass {
    name: "schema-holes",
    why: "what is no schema (null, true), or refers to one that the document does not have, allows any JSON value",
    run: |context| {
        let names: BTreeSet<String> = components(&mut context.document).keys().cloned().collect();
        for_each_schema(&mut context.document, &mut |schema| fill_hole(schema, &names));
    },
};

fn fill_hole(schema: &mut Value, names: &BTreeSet<String>) {
    let Some(object) = schema.as_object_mut() else {
        *schema = json!({});
        return;
    };
    if object.contains_key("$ref") {
        let known = referenced(schema).filter(|name| names.contains(name));
        *schema = known.map_or_else(|| json!({}), |name| reference(&name));
        return;
    }
    object.retain(|_, value| !value.is_null());
    match object.get("type").and_then(Value::as_str) {
        Some("string" | "number" | "integer" | "boolean" | "object") => {}
        Some("array") => {
            object.entry("items").or_insert_with(|| json!({}));
        }
        Some("file") => {
            object.insert("type".into(), "string".into());
            object.insert("format".into(), "binary".into());
        }
        _ => {
            object.remove("type");
        }
    }
    for list in ["allOf", "oneOf", "anyOf"] {
        if object.get(list).is_some_and(|list| list.as_array().is_none_or(Vec::is_empty)) {
            object.remove(list);
        }
    }
    for map in ["properties", "discriminator"] {
        if object.get(map).is_some_and(|map| !map.is_object()) {
            object.remove(map);
        }
    }
    for flag in ["nullable", "readOnly", "writeOnly", "deprecated"] {
        if object.get(flag).is_some_and(|flag| !flag.is_boolean()) {
            object.remove(flag);
        }
    }
    for text in ["title", "description", "format"] {
        if object.get(text).is_some_and(|text| !text.is_string()) {
            object.remove(text);
        }
    }
    for child in ["items", "not"] {
        if object.get(child).is_some_and(|child| !child.is_object()) {
            object.insert(child.into(), json!({}));
        }
    }
    if object.get("additionalProperties").is_some_and(|value| !value.is_object() && !value.is_boolean()) {
        object.remove("additionalProperties");
    }
    if let Some(required) = object.remove("required") {
        let names: BTreeSet<&str> = required.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if !names.is_empty() {
            object.insert("required".into(), json!(names));
        }
    }
    let is_object = object.contains_key("properties") || object.contains_key("additionalProperties");
    if is_object
        && !object.contains_key("type")
        && !["allOf", "oneOf", "anyOf"].iter().any(|list| object.contains_key(*list))
    {
        object.insert("type".into(), "object".into());
    }
    object.remove("not");
}

pub(super) const SCHEMA_NAMES: Pass = Pass {
    name: "schema-names",
    why: ".NET's names (`Page`1`, `Ns.Outer+Inner`), and names that would be one Rust name, become Rust type names of their own",
    run: |context| {
        let mut renamed = BTreeMap::new();
        let mut taken: BTreeSet<String> = operation_types(&context.document);
        taken.extend(reserved::TYPES.iter().map(|name| (*name).to_owned()));
        let schemas = std::mem::take(components(&mut context.document));
        // A name that is a type name already keeps it, whatever else would like to have it.
        let (kept, others): (Vec<_>, Vec<_>) =
            schemas.into_iter().partition(|(name, _)| ident::pascal(name) == *name && !taken.contains(name));
        for (name, schema) in kept.into_iter().chain(others) {
            let new = ident::free(&ident::pascal(&name), "", |name| taken.contains(name));
            taken.insert(new.clone());
            components(&mut context.document).insert(new.clone(), schema);
            if new != name {
                renamed.insert(name, new);
            }
        }
        for_each_schema(&mut context.document, &mut |schema| {
            if let Some(new) = referenced(schema).and_then(|name| renamed.get(&name)) {
                *schema = reference(new);
            }
            let mapping = schema.pointer_mut("/discriminator/mapping").and_then(Value::as_object_mut);
            for target in mapping.into_iter().flat_map(Map::values_mut) {
                let old = target.as_str().map(|text| schema_name(text).unwrap_or_else(|| text.to_owned()));
                if let Some(new) = old.and_then(|name| renamed.get(&name)) {
                    *target = reference(new)["$ref"].take();
                }
            }
        });
    },
};

pub(super) const CLOSED_OBJECTS: Pass = Pass {
    name: "closed-objects",
    why: "ASP.NET writes `additionalProperties: false` on every object, but the next release adds a field; and members beside the named ones that may be anything are not read",
    run: |context| {
        for_each_schema(&mut context.document, &mut |schema| {
            let Some(object) = schema.as_object_mut() else { return };
            let named = object.get("properties").and_then(Value::as_object).is_some_and(|p| !p.is_empty());
            let drop = match object.get("additionalProperties") {
                Some(Value::Bool(false)) => true,
                Some(Value::Bool(true)) => named,
                Some(Value::Object(any)) => named && is_free(any),
                _ => false,
            };
            if drop {
                object.remove("additionalProperties");
            }
        });
    },
};

pub(super) const BOUNDS: Pass = Pass {
    name: "bounds",
    why: "lengths, ranges and patterns are the server's to check: a client that checks them refuses responses of the next release",
    run: |context| {
        const BOUNDS: [&str; 13] = [
            "exclusiveMaximum",
            "exclusiveMinimum",
            "maxItems",
            "maxLength",
            "maxProperties",
            "maximum",
            "minItems",
            "minLength",
            "minProperties",
            "minimum",
            "multipleOf",
            "pattern",
            "uniqueItems",
        ];
        for_each_schema(&mut context.document, &mut |schema| {
            let Some(object) = schema.as_object_mut() else { return };
            for bound in BOUNDS {
                object.remove(bound);
            }
        });
    },
};

pub(super) const DEFAULTS: Pass = Pass {
    name: "defaults",
    why: "a default is the server's: a client that fills it in would send what its user left out",
    run: |context| {
        for_each_schema(&mut context.document, &mut |schema| {
            schema.as_object_mut().into_iter().for_each(|object| {
                object.remove("default");
            });
        });
    },
};

pub(super) const FORMATS: Pass = Pass {
    name: "formats",
    why: "ASP.NET writes times without an offset, which no strict type reads: they stay text. So do formats that only the server knows",
    run: |context| {
        for_each_schema(&mut context.document, &mut |schema| {
            let Some(object) = schema.as_object_mut() else { return };
            let known: &[&str] = match object.get("type").and_then(Value::as_str) {
                Some("string") => &["binary", "password", "uuid"],
                Some("integer") => &["int32", "int64"],
                Some("number") => &["float", "double"],
                _ => &[],
            };
            if object.get("format").and_then(Value::as_str).is_some_and(|format| !known.contains(&format)) {
                object.remove("format");
            }
        });
        // Bytes inside JSON are text, in base64.
        for_each_json_schema(&mut context.document, &mut |schema| {
            if schema["format"] == "binary" {
                schema.as_object_mut().into_iter().for_each(|object| {
                    object.remove("format");
                });
            }
        });
    },
};

/// The schemas that are read and written as JSON.
fn for_each_json_schema(document: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    components(document).values_mut().for_each(|schema| in_schema(schema, visit));
    for_each_operation(document, |_, operation| {
        if let Some(body) = operation.get_mut("requestBody") {
            json_media(body, visit);
        }
        for response in
            operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
        {
            json_media(response, visit);
        }
    });
}

fn json_media(carrier: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    if let Some(schema) = carrier.pointer_mut("/content/application~1json/schema") {
        in_schema(schema, visit);
    }
}

pub(super) const FREE_FORM: Pass = Pass {
    name: "free-form",
    why: "schemas that allow anything are one type, so that a bridge can carry such values as they were written",
    run: |context| {
        let mut used = false;
        let mut visit = |schema: &mut Value| {
            for_each_child(schema, &mut |child| {
                if child.as_object().is_some_and(is_free) {
                    let description = child.get("description").cloned();
                    *child = reference(ANY_JSON);
                    if let Some(description) = description {
                        *child = json!({ "allOf": [child], "description": description });
                    }
                    used = true;
                }
            });
        };
        for_each_schema(&mut context.document, &mut visit);
        for_each_operation(&mut context.document, |_, operation| {
            for_each_operation_schema(operation, &mut |schema| {
                if schema.as_object().is_some_and(is_free) {
                    *schema = reference(ANY_JSON);
                    used = true;
                }
            });
        });
        if used {
            components(&mut context.document).insert(ANY_JSON.into(), json!({ "description": "Any JSON value." }));
        }
    },
};

/// Whether a schema allows any value, or any object.
pub(super) fn is_free(schema: &Map<String, Value>) -> bool {
    let says_nothing = |key: &str| {
        matches!(key, "nullable" | "description" | "title" | "readOnly" | "writeOnly" | "deprecated")
            || key.starts_with("x-")
    };
    schema.iter().all(|(key, value)| match key.as_str() {
        "type" => value == "object",
        "properties" => value.as_object().is_some_and(Map::is_empty),
        "additionalProperties" => {
            value == &Value::Bool(true) || value.as_object().is_some_and(|inner| inner.is_empty())
        }
        key => says_nothing(key),
    })
}

pub(super) const PROPERTY_NAMES: Pass = Pass {
    name: "property-names",
    why: "two members that would be one Rust field (`id` and `ID`) get names of their own; what is sent stays as it was",
    run: |context| {
        for_each_schema(&mut context.document, &mut |schema| {
            let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
            // A member whose name is the Rust name already keeps it.
            let (plain, others): (Vec<_>, Vec<_>) = properties.keys().partition(|name| ident::snake(name) == **name);
            let mut taken: BTreeSet<String> = plain.into_iter().cloned().collect();
            let mut renamed = Vec::new();
            for name in others {
                let rust = ident::snake(name);
                if taken.insert(rust.clone()) {
                    continue;
                }
                let stem = rust.trim_end_matches('_');
                let free = ident::free(stem, "_", |free| {
                    free == stem || taken.contains(free) || properties.contains_key(free)
                });
                taken.insert(free.clone());
                renamed.push((name.clone(), free));
            }
            for (name, free) in &renamed {
                if let Some(property) = properties.remove(name) {
                    properties.insert(free.clone(), property);
                }
            }
            for name in schema.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some((_, free)) = renamed.iter().find(|(old, _)| name == old) {
                    *name = free.clone().into();
                }
            }
            if !renamed.is_empty() {
                let wire: Map<String, Value> = renamed.into_iter().map(|(name, free)| (free, name.into())).collect();
                schema[WIRE] = wire.into();
            }
        });
    },
};

pub(super) const RESPONSE_FIELDS: Pass = Pass {
    name: "response-fields",
    why: "servers send null, or nothing, where the document promises a value: every field of a response may be missing",
    run: |context| {
        let document = &context.document;
        let responses: Vec<&Value> = crate::document::endpoints(document)
            .iter()
            .filter_map(|endpoint| {
                operation(document, endpoint).pointer("/responses/2XX/content/application~1json/schema")
            })
            .collect();
        let names = closure(document, &responses);
        for (_, schema) in components(&mut context.document).iter_mut().filter(|(name, _)| names.contains(*name)) {
            in_schema(schema, &mut |schema| {
                let Some(object) = schema.as_object_mut() else { return };
                object.remove("required");
                for property in
                    object.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
                {
                    // Other types are optional by not being required; lists and maps would come out as empty ones.
                    if matches!(property["type"].as_str(), Some("array" | "object")) {
                        property["nullable"] = true.into();
                    }
                }
            });
        }
    },
};
