//! Polymorphism: one of several types.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{components, pass::Pass, wire::UNION};
use crate::{
    document::{for_each_operation, for_each_operation_schema, for_each_schema, reference, referenced},
    ident,
    reserved::ANY_JSON,
};

pub(super) const INHERITANCE: Pass = Pass {
    name: "inheritance",
    why: "where a base type with a discriminator is expected, a server sends the derived ones: what refers to it becomes a choice between them, so that their members are not lost",
    run: |context| {
        let schemas = components::components(&mut context.document).clone();
        let mut choices: BTreeMap<String, String> = BTreeMap::new();
        for (base, schema) in &schemas {
            let whole = !["oneOf", "anyOf"].iter().any(|list| schema.get(list).is_some());
            let Some(discriminator) = discriminator(&schemas, base).filter(|_| whole) else { continue };
            let derived = schemas.keys().filter(|name| *name != base && derives(&schemas, name, base));
            let alternatives: Vec<Value> = derived.chain([base]).map(|name| reference(name)).collect();
            if alternatives.len() > 1 {
                let name = ident::free(&format!("Any{base}"), "", |name| schemas.contains_key(name));
                let choice = json!({ "oneOf": alternatives, "discriminator": discriminator });
                components::components(&mut context.document).insert(name.clone(), choice);
                choices.insert(base.clone(), name);
            }
        }
        for base in choices.keys() {
            if let Some(Value::Object(base)) = components::components(&mut context.document).get_mut(base) {
                base.remove("discriminator");
            }
        }
        for_each_schema(&mut context.document, &mut |schema| {
            let Some(object) = schema.as_object_mut() else { return };
            let properties = object.get_mut("properties").and_then(Value::as_object_mut);
            properties.into_iter().flat_map(Map::values_mut).for_each(|child| redirect(child, &choices));
            for keyword in ["items", "additionalProperties"] {
                object.get_mut(keyword).into_iter().for_each(|child| redirect(child, &choices));
            }
        });
        for_each_operation(&mut context.document, |_, operation| {
            for_each_operation_schema(operation, &mut |schema| redirect(schema, &choices));
        });
    },
};

/// A component and those that it is composed of, directly or not, each once.
fn lineage(schemas: &Map<String, Value>, name: &str) -> Vec<String> {
    let mut found = vec![name.to_owned()];
    let mut next = 0;
    while let Some(schema) = found.get(next).map(|name| schemas.get(name)) {
        let parts = schema.and_then(|schema| schema["allOf"].as_array());
        for part in parts.into_iter().flatten().filter_map(referenced) {
            if !found.contains(&part) {
                found.push(part);
            }
        }
        next += 1;
    }
    found
}

/// The discriminator of a component, or of what it is composed of.
fn discriminator(schemas: &Map<String, Value>, name: &str) -> Option<Value> {
    let own = |name: &String| schemas.get(name).map(|schema| &schema["discriminator"]);
    lineage(schemas, name).iter().filter_map(own).find(|own| own["propertyName"].is_string()).cloned()
}

/// Whether a component is composed of another, directly or not.
fn derives(schemas: &Map<String, Value>, name: &str, base: &str) -> bool {
    lineage(schemas, name)[1..].iter().any(|part| part == base)
}

/// Lets a reference to a base type, or one that may be null, refer to the choice.
fn redirect(schema: &mut Value, choices: &BTreeMap<String, String>) {
    if let Some(choice) = referenced(schema).and_then(|name| choices.get(&name)) {
        *schema = reference(choice);
    } else if let Some([only]) = schema.get_mut("allOf").and_then(Value::as_array_mut).map(Vec::as_mut_slice) {
        redirect(only, choices);
    }
}

pub(super) const CHOICES: Pass = Pass {
    name: "choices",
    why: "a choice between objects becomes a type of ours that keeps what it does not know; a choice with anything else in it is any JSON value",
    run: |context| {
        let components = components::components(&mut context.document).clone();
        let is_object = |schema: &Value| referenced(schema).is_some_and(|name| has_members(&components, &name));
        let mut used = false;
        for_each_schema(&mut context.document, &mut |schema| {
            let Some(object) = schema.as_object_mut() else { return };
            let Some(alternatives) = take_choice(object) else { return };
            // Members beside a choice are those of a base type: what it is chosen from says more elsewhere.
            if object.contains_key("properties") || object.contains_key("allOf") {
                return;
            }
            let nullable = object.get("nullable").cloned();
            if alternatives.iter().all(is_object) {
                let tag = object.get("discriminator").map(|found| found["propertyName"].clone()).unwrap_or_default();
                let variants: Vec<Value> =
                    alternatives.iter().map(|alternative| variant(object, alternative)).collect();
                *schema = json!({ "oneOf": alternatives, UNION: { "tag": tag, "variants": variants } });
            } else {
                *schema = json!({ "allOf": [reference(ANY_JSON)] });
                used = true;
            }
            if let Some(nullable) = nullable {
                schema["nullable"] = nullable;
            }
        });
        if used {
            components::components(&mut context.document)
                .insert(ANY_JSON.into(), json!({ "description": "Any JSON value." }));
        }
        components::lift(context, &|schema| schema.get(UNION).is_some());
    },
};

/// The alternatives of a choice that is still to be dealt with.
fn take_choice(object: &mut Map<String, Value>) -> Option<Vec<Value>> {
    if object.contains_key(UNION) {
        return None;
    }
    let list = ["oneOf", "anyOf"].into_iter().find(|list| object.contains_key(*list))?;
    let alternatives = object.remove(list)?.as_array().cloned()?;
    object.remove("oneOf");
    object.remove("anyOf");
    Some(alternatives)
}

/// An alternative's component, and the values of the discriminator that mean it (OpenAPI 3.0, Discriminator Object).
fn variant(object: &Map<String, Value>, alternative: &Value) -> Value {
    let name = referenced(alternative).unwrap_or_default();
    let mapping = object.get("discriminator").and_then(|discriminator| discriminator["mapping"].as_object());
    let pointer = alternative["$ref"].as_str().unwrap_or_default();
    let mapped = mapping
        .into_iter()
        .flatten()
        .filter(|(_, target)| target.as_str().is_some_and(|target| target == pointer || target == name));
    let mut tags: Vec<String> = mapped.map(|(tag, _)| tag.clone()).collect();
    if tags.is_empty() {
        tags.push(name.clone());
    }
    json!({ "component": name, "tags": tags })
}

/// Whether a component, or what it is composed of, has members.
fn has_members(components: &Map<String, Value>, name: &str) -> bool {
    lineage(components, name).iter().filter_map(|name| components.get(name)).any(|schema| {
        let inline = schema["allOf"].as_array().into_iter().flatten().any(|part| part["properties"].is_object());
        schema["properties"].is_object() || schema["type"] == "object" || inline
    })
}
