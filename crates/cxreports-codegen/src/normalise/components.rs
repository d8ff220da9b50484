//! The components, and what becomes one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::pass::{Context, Pass};
use crate::{
    document::{for_each_operation, for_each_schema, in_schema, operation, reference, referenced, target},
    ident, reserved,
};

pub(super) const DEEP_REFERENCES: Pass = Pass {
    name: "deep-references",
    why: "ASP.NET refers to a schema inside another one, or inside an operation, by its pointer: it becomes a component of its own",
    run: |context| {
        let whole = context.document.clone();
        let mut lifted: BTreeMap<String, String> = BTreeMap::new();
        let mut taken: BTreeSet<String> = components(&mut context.document).keys().cloned().collect();
        let mut found: Vec<(String, Value)> = Vec::new();
        let mut redirect = |schema: &mut Value, found: &mut Vec<(String, Value)>| {
            let Some(reference_to) = schema.get("$ref").and_then(Value::as_str) else { return };
            if referenced(schema).is_some_and(|name| whole["components"]["schemas"].get(name).is_some()) {
                return;
            }
            let Some((target, pointer)) = target(&whole, reference_to).filter(|(target, _)| target.is_object()) else {
                return;
            };
            let name = lifted.entry(pointer.clone()).or_insert_with(|| {
                let words: Vec<&str> = pointer.split('/').filter(|word| !PLACES.contains(word)).collect();
                let name = ident::free(&ident::pascal(&words.join("-")), "", |name| taken.contains(name));
                taken.insert(name.clone());
                found.push((name.clone(), target.clone()));
                name
            });
            *schema = reference(name);
        };
        for_each_schema(&mut context.document, &mut |schema| redirect(schema, &mut found));
        // What is lifted may refer in the same way.
        while let Some((name, mut schema)) = found.pop() {
            in_schema(&mut schema, &mut |schema| redirect(schema, &mut found));
            components(&mut context.document).insert(name, schema);
        }
    },
};

/// Words of a pointer that say nothing about what is there.
const PLACES: [&str; 10] = [
    "",
    "$defs",
    "additionalProperties",
    "allOf",
    "components",
    "content",
    "definitions",
    "properties",
    "schema",
    "schemas",
];

pub(super) const INLINE_OBJECTS: Pass = Pass {
    name: "inline-objects",
    why: "an object that is written where it is used gets a name, so that its Rust type has one that does not depend on order",
    run: |context| lift(context, &|schema| schema["properties"].as_object().is_some_and(|p| !p.is_empty())),
};

/// Makes a component of every schema below another one, or directly in an operation, for which `wanted` holds.
pub(super) fn lift(context: &mut Context, wanted: &dyn Fn(&Value) -> bool) {
    let mut lifted = Lifted { schemas: Map::new(), taken: operation_types(&context.document) };
    lifted.taken.extend(reserved::TYPES.iter().map(|name| (*name).to_owned()));
    lifted.taken.extend(components(&mut context.document).keys().cloned());
    for (name, schema) in components(&mut context.document) {
        lifted.below(name, schema, wanted);
    }
    for_each_operation(&mut context.document, |_, operation| {
        let name = ident::pascal(operation.get("operationId").and_then(Value::as_str).unwrap_or_default());
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let own = format!("{name}{}", ident::pascal(parameter["name"].as_str().unwrap_or_default()));
            if let Some(schema) = parameter.get_mut("schema") {
                lifted.at(&own, schema, wanted);
            }
        }
        let body = operation.get_mut("requestBody").into_iter();
        crate::document::for_each_media_schema(body, &mut |schema| {
            lifted.at(&format!("{name}Request"), schema, wanted)
        });
        let responses =
            operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut);
        crate::document::for_each_media_schema(responses, &mut |schema| {
            lifted.at(&format!("{name}Output"), schema, wanted)
        });
    });
    components(&mut context.document).append(&mut lifted.schemas);
}

struct Lifted {
    schemas: Map<String, Value>,
    taken: BTreeSet<String>,
}

impl Lifted {
    /// Lifts the schema itself, with what is below it, or only what is below it.
    fn at(&mut self, name: &str, schema: &mut Value, wanted: &dyn Fn(&Value) -> bool) {
        if !wanted(schema) {
            return self.below(name, schema, wanted);
        }
        let name = ident::free(name, "", |name| self.taken.contains(name));
        self.taken.insert(name.clone());
        let nullable = schema.as_object_mut().and_then(|object| object.remove("nullable")) == Some(Value::Bool(true));
        let mut own = std::mem::replace(schema, reference(&name));
        if nullable {
            *schema = json!({ "allOf": [schema], "nullable": true });
        }
        self.below(&name, &mut own, wanted);
        self.schemas.insert(name, own);
    }

    fn below(&mut self, name: &str, schema: &mut Value, wanted: &dyn Fn(&Value) -> bool) {
        let Some(object) = schema.as_object_mut() else { return };
        for (property, child) in object.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
            self.at(&format!("{name}{}", ident::pascal(property)), child, wanted);
        }
        for (keyword, suffix) in [("items", "Item"), ("additionalProperties", "Value")] {
            if let Some(child) = object.get_mut(keyword).filter(|child| child.is_object()) {
                self.at(&format!("{name}{suffix}"), child, wanted);
            }
        }
        // The parts of an `allOf` are one type; those of a choice are types of their own.
        for child in object.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
            self.below(name, child, wanted);
        }
        for keyword in ["oneOf", "anyOf"] {
            for (index, child) in
                object.get_mut(keyword).and_then(Value::as_array_mut).into_iter().flatten().enumerate()
            {
                self.at(&format!("{name}Variant{}", index + 1), child, wanted);
            }
        }
    }
}

/// The types that progenitor and our templates name after the operations.
pub(super) fn operation_types(document: &Value) -> BTreeSet<String> {
    crate::document::endpoints(document)
        .iter()
        .filter_map(|endpoint| operation(document, endpoint)["operationId"].as_str())
        .flat_map(|id| ["Response", "Body"].map(|suffix| ident::pascal(&format!("{id}-{suffix}"))))
        .collect()
}

pub(super) fn components(document: &mut Value) -> &mut Map<String, Value> {
    let components = &mut document["components"];
    if !components.is_object() {
        *components = json!({});
    }
    let schemas = &mut components["schemas"];
    if !schemas.is_object() {
        *schemas = json!({});
    }
    schemas.as_object_mut().expect("it has just been made an object")
}
