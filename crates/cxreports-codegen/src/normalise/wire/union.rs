use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::marks::{UNION, WIRE};
use crate::document::referenced;

/// A choice between objects.
#[derive(Debug, Clone)]
pub struct Union {
    /// Its component.
    pub name: String,
    /// The document's description.
    pub description: Option<String>,
    /// The member that tells which alternative an object is (OpenAPI 3.0, Discriminator Object).
    pub tag: Option<String>,
    /// What it is a choice of, each once.
    pub alternatives: Vec<Alternative>,
}

/// An alternative of a choice.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// Its component.
    pub component: String,
    /// The values of the tag that mean it.
    pub tags: Vec<String>,
    /// The names of its members, as they are sent.
    pub members: BTreeSet<String>,
}

impl Union {
    pub(super) fn read(schemas: &Map<String, Value>, name: &str, schema: &Value) -> Option<Self> {
        let union = schema.get(UNION)?;
        let variants = union["variants"].as_array().into_iter().flatten().map(|variant| {
            let component = variant["component"].as_str().unwrap_or_default().to_owned();
            let tags = variant["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let mut members = BTreeSet::new();
            if let Some(schema) = schemas.get(&component) {
                collect_members(schemas, schema, &mut BTreeSet::new(), &mut members);
            }
            Alternative { tags: tags.map(str::to_owned).collect(), component, members }
        });
        let mut alternatives: Vec<Alternative> = variants.collect();
        let mut seen = BTreeSet::new();
        alternatives.retain(|alternative| seen.insert(alternative.component.clone()));
        Some(Self {
            name: name.to_owned(),
            description: schema["description"].as_str().map(str::to_owned),
            tag: union["tag"].as_str().map(str::to_owned),
            alternatives,
        })
    }
}

/// The names of a schema's members, with those of the schemas that it is composed of; each component is read once.
fn collect_members<'a>(
    schemas: &'a Map<String, Value>,
    schema: &'a Value,
    seen: &mut BTreeSet<String>,
    found: &mut BTreeSet<String>,
) {
    if let Some(name) = referenced(schema) {
        if let Some(target) = schemas.get(&name).filter(|_| seen.insert(name)) {
            collect_members(schemas, target, seen, found);
        }
        return;
    }
    for property in schema["properties"].as_object().into_iter().flat_map(|properties| properties.keys()) {
        found.insert(schema[WIRE][property].as_str().unwrap_or(property).to_owned());
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        collect_members(schemas, part, seen, found);
    }
}
