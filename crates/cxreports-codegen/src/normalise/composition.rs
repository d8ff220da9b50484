//! Types that are composed of others.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    components::{components, lift},
    pass::Pass,
};
use crate::document::{for_each_schema, referenced};

pub(super) const COMPOSITION_CYCLES: Pass = Pass {
    name: "composition-cycles",
    why: "a type cannot be composed of itself: the reference that closes such a circle says nothing",
    run: |context| {
        let schemas = components(&mut context.document);
        let names: Vec<String> = schemas.keys().cloned().collect();
        let mut settled = BTreeSet::new();
        for name in &names {
            break_cycles(schemas, name, &mut BTreeSet::new(), &mut settled);
        }
    },
};

/// Follows what a component is made of, and takes out the references to those that it is itself part of.
fn break_cycles(
    schemas: &mut Map<String, Value>,
    name: &str,
    path: &mut BTreeSet<String>,
    settled: &mut BTreeSet<String>,
) {
    if settled.contains(name) {
        return;
    }
    path.insert(name.to_owned());
    if let Some(schema) = schemas.get_mut(name) {
        without_parts(schema, path);
    }
    let mut parts = Vec::new();
    if let Some(schema) = schemas.get(name) {
        part_names(schema, &mut parts);
    }
    for part in parts {
        break_cycles(schemas, &part, path, settled);
    }
    path.remove(name);
    settled.insert(name.to_owned());
}

/// The components that a schema is composed of, is a choice of, or is another name for.
fn part_names(schema: &Value, found: &mut Vec<String>) {
    found.extend(referenced(schema));
    for list in ["allOf", "oneOf", "anyOf"] {
        schema[list].as_array().into_iter().flatten().for_each(|part| part_names(part, found));
    }
}

fn without_parts(schema: &mut Value, path: &BTreeSet<String>) {
    let closes = |schema: &Value| referenced(schema).is_some_and(|name| path.contains(&name));
    if closes(schema) {
        *schema = json!({});
    }
    for list in ["allOf", "oneOf", "anyOf"] {
        let Some(parts) = schema.get_mut(list).and_then(Value::as_array_mut) else { continue };
        parts.retain(|part| !closes(part));
        parts.iter_mut().for_each(|part| without_parts(part, path));
        if parts.is_empty() {
            schema.as_object_mut().into_iter().for_each(|schema| drop(schema.remove(list)));
        }
    }
}

pub(super) const SINGLE_ALL_OF: Pass = Pass {
    name: "single-all-of",
    why: "Swashbuckle wraps a reference in `allOf` to write something beside it; a wrapper of one says nothing by itself",
    run: |context| {
        for_each_schema(&mut context.document, &mut |schema| {
            for list in ["allOf", "oneOf", "anyOf"] {
                let Some(object) = schema.as_object() else { return };
                let Some([only]) = object.get(list).and_then(Value::as_array).map(Vec::as_slice) else { continue };
                let plain = object.keys().all(|key| {
                    key == list
                        || matches!(key.as_str(), "description" | "title" | "readOnly" | "writeOnly" | "deprecated")
                });
                if plain && only.get("$ref").is_some() {
                    *schema = only.clone();
                }
            }
        });
    },
};

pub(super) const COMPOSITION: Pass = Pass {
    name: "composition",
    why: "a type that is composed of others (`allOf`, inheritance) has all of their members; typify merges such types member by member, without end where they are recursive",
    run: |context| {
        // Each composed type is a component, so that what is copied from one to another only refers to others.
        lift(context, &is_composed);
        let whole = components(&mut context.document).clone();
        for (name, schema) in components(&mut context.document).iter_mut().filter(|(_, schema)| is_composed(schema)) {
            let mut composed = Composed::default();
            composed.add(&whole, &whole[name], &mut BTreeSet::new());
            let object = schema.as_object_mut().expect("it has a member");
            object.remove("allOf");
            for keyword in ["type", "properties", "required", "additionalProperties", "oneOf", "anyOf"] {
                object.remove(keyword);
            }
            if composed.is_object {
                object.insert("type".into(), "object".into());
                object.insert("properties".into(), composed.properties.into());
                if !composed.required.is_empty() {
                    object.insert("required".into(), json!(composed.required));
                }
            }
        }
    },
};

/// Whether a schema is composed of others, and not only a reference with something beside it.
fn is_composed(schema: &Value) -> bool {
    match schema["allOf"].as_array().map(Vec::as_slice) {
        None => false,
        Some([only]) => only.get("$ref").is_none() || schema.get("properties").is_some(),
        Some(_) => true,
    }
}

/// The members of a type and of those that it is composed of; those that come later, nearer to the type, win.
#[derive(Default)]
struct Composed {
    is_object: bool,
    properties: Map<String, Value>,
    required: BTreeSet<String>,
}

impl Composed {
    /// Each component is added once, however often it is a part.
    fn add<'a>(&mut self, schemas: &'a Map<String, Value>, schema: &'a Value, added: &mut BTreeSet<&'a str>) {
        if let Some(name) = referenced(schema) {
            if let Some((name, part)) = schemas.get_key_value(&name).filter(|(name, _)| !added.contains(name.as_str()))
            {
                added.insert(name);
                self.add(schemas, part, added);
            }
            return;
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.add(schemas, part, added);
        }
        self.is_object |= schema["type"] == "object" || schema["properties"].is_object();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            self.properties.insert(name.clone(), property.clone());
        }
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        self.required.extend(required.map(str::to_owned));
    }
}
