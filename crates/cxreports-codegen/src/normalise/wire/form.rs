use serde_json::{Map, Value};

use super::marks::{FILE, FORM, WIRE};
use crate::document::referenced;

/// A body that is a form.
#[derive(Debug, Clone)]
pub struct Form {
    /// Its component.
    pub name: String,
    /// Whether it is sent as `multipart/form-data`; otherwise as `application/x-www-form-urlencoded`.
    pub multipart: bool,
    /// Its fields, by name.
    pub fields: Vec<Field>,
}

/// A field of a form.
#[derive(Debug, Clone)]
pub struct Field {
    /// The name that is sent.
    pub name: String,
    /// Its name in the normalised document.
    pub member: String,
    /// The document's description.
    pub description: Option<String>,
    /// What it holds.
    pub kind: FieldType,
    /// Whether it may be there several times.
    pub many: bool,
    /// Whether it has to be there.
    pub required: bool,
    /// The media type of its part, where the document has one.
    pub media_type: Option<String>,
}

/// What a field of a form holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldType {
    /// A file.
    File,
    /// An enumeration, by its component.
    Enumeration(String),
    /// A Rust type that prints itself, by its path.
    Scalar(&'static str),
    /// Any other JSON value.
    Json,
}

impl Form {
    pub(super) fn read(schemas: &Map<String, Value>, name: &str, schema: &Value) -> Option<Self> {
        let multipart = schema.get(FORM)?.as_str()? == "multipart";
        let required =
            |name: &str| schema["required"].as_array().into_iter().flatten().any(|required| required == name);
        let properties = schema["properties"].as_object();
        let fields = properties.into_iter().flatten().map(|(property, own)| {
            let many = own["type"] == "array";
            Field {
                name: schema[WIRE][property].as_str().unwrap_or(property).to_owned(),
                member: property.clone(),
                description: own["description"].as_str().map(str::to_owned),
                kind: FieldType::read(schemas, if many { &own["items"] } else { own }),
                many,
                required: required(property),
                media_type: own[WIRE].as_str().map(str::to_owned),
            }
        });
        Some(Self { name: name.to_owned(), multipart, fields: fields.collect() })
    }
}

impl FieldType {
    fn read(schemas: &Map<String, Value>, schema: &Value) -> Self {
        if schema.get(FILE).is_some() {
            return Self::File;
        }
        let name = referenced(schema).or_else(|| schema["allOf"].as_array().and_then(|all| referenced(all.first()?)));
        if let Some(name) = name.filter(|name| schemas.get(name).is_some_and(|schema| schema.get("enum").is_some())) {
            return Self::Enumeration(name);
        }
        Self::Scalar(match (schema["type"].as_str(), schema["format"].as_str()) {
            (Some("string"), Some("uuid")) => "::uuid::Uuid",
            (Some("string"), _) => "String",
            (Some("integer"), Some("int32")) => "i32",
            (Some("integer"), _) => "i64",
            (Some("number"), _) => "f64",
            (Some("boolean"), _) => "bool",
            _ => return Self::Json,
        })
    }
}
