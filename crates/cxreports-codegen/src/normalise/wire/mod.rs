//! What progenitor cannot express: media types, names, forms, enumerations and choices.
//!
//! The passes leave it in the document, under extensions that only this module knows; after the last pass it is read once
//! into a [`Wire`], from which the templates work.

mod enumeration;
mod form;
mod marks;
mod union;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub use enumeration::{Enumeration, Variant};
pub use form::{Field, FieldType, Form};
pub(crate) use marks::WIRE;
pub(super) use marks::{FILE, FORM, UNION, WRITING};
pub use union::{Alternative, Union};

use crate::{
    document::{endpoints, operation},
    ident,
};

/// The format of what must not be shown (OpenAPI 3.0, Data Types).
const SECRET: &str = "password";

/// How a parameter is serialised, where progenitor would do it differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// In the `Cookie` header.
    Cookie,
    /// Its values joined by commas.
    Commas,
    /// Its values joined by spaces.
    Spaces,
    /// Its values joined by pipes.
    Pipes,
    /// `name[member]=value` for each member.
    Deep,
}

impl Writing {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Cookie, "cookie"),
        (Self::Commas, "commas"),
        (Self::Spaces, "spaces"),
        (Self::Pipes, "pipes"),
        (Self::Deep, "deep"),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(writing, _)| *writing == self).map_or("", |(_, name)| name)
    }

    fn of(parameter: &Value) -> Option<Self> {
        let name = parameter[WRITING].as_str()?;
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(writing, _)| *writing)
    }
}

/// What is sent and received, where progenitor cannot express it.
#[derive(Debug, Clone, Default)]
pub struct Wire {
    /// By operation id, for every operation.
    pub operations: BTreeMap<String, OperationWire>,
    /// By component, then by the member's name in the normalised document: the name that is sent and received.
    pub members: BTreeMap<String, BTreeMap<String, String>>,
    /// By component: the members that `Debug` must not show.
    pub secrets: BTreeMap<String, BTreeSet<String>>,
    /// The enumerations.
    pub enumerations: Vec<Enumeration>,
    /// The bodies that are forms.
    pub forms: Vec<Form>,
    /// The choices between objects.
    pub unions: Vec<Union>,
}

/// What an operation sends and receives.
#[derive(Debug, Clone, Default)]
pub struct OperationWire {
    /// The media type that is asked for, instead of `application/json`.
    pub accept: Option<String>,
    /// The media type of the body, if it differs from the normalised document.
    pub content_type: Option<String>,
    /// By the name in the normalised document.
    pub parameters: BTreeMap<String, ParameterWire>,
    /// The component of the form that is its body.
    pub form: Option<String>,
}

/// How a parameter is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterWire {
    /// Its name.
    pub name: String,
    /// How its value is serialised; `None` for progenitor's own way.
    pub writing: Option<Writing>,
}

impl Wire {
    /// Reads what the passes have left in a document.
    #[must_use]
    pub fn read(document: &Value) -> Self {
        let mut wire = Self::default();
        for endpoint in endpoints(document) {
            let operation = operation(document, &endpoint);
            let id = operation["operationId"].as_str().unwrap_or_default();
            wire.operations.insert(id.to_owned(), OperationWire::read(operation));
        }
        let none = Map::new();
        let schemas = document["components"]["schemas"].as_object().unwrap_or(&none);
        for (name, schema) in schemas {
            for (property, own) in schema["properties"].as_object().unwrap_or(&none) {
                if own["format"] == SECRET {
                    wire.secrets.entry(name.clone()).or_default().insert(property.clone());
                }
            }
            for (alias, member) in schema[WIRE].as_object().unwrap_or(&none) {
                if let Some(member) = member.as_str() {
                    wire.members.entry(name.clone()).or_default().insert(alias.clone(), member.to_owned());
                }
            }
            wire.enumerations.extend(Enumeration::read(name, schema));
            wire.forms.extend(Form::read(schemas, name, schema));
            wire.unions.extend(Union::read(schemas, name, schema));
        }
        wire
    }

    /// The form of an operation's body.
    #[must_use]
    pub fn form(&self, operation: &OperationWire) -> Option<&Form> {
        let name = operation.form.as_ref()?;
        self.forms.iter().find(|form| form.name == *name)
    }

    /// The components that templates of ours write, each with the path of its type.
    pub(crate) fn own_types(&self) -> Vec<(String, String)> {
        let path = |module: &str, name: &String| (name.clone(), format!("crate::{module}::{}", ident::pascal(name)));
        let enumerations = self.enumerations.iter().map(|own| path("enums", &own.name));
        let forms = self.forms.iter().map(|own| path("forms", &own.name));
        let unions = self.unions.iter().map(|own| path("unions", &own.name));
        enumerations.chain(forms).chain(unions).collect()
    }
}

impl OperationWire {
    fn read(operation: &Value) -> Self {
        let json = operation.pointer("/responses/2XX/content/application~1json");
        let body = operation["requestBody"]["content"].as_object().and_then(|content| content.values().next());
        let text = |media: Option<&Value>, key: &str| media.and_then(|media| media[key].as_str()).map(str::to_owned);
        let parameters = operation["parameters"].as_array().into_iter().flatten().filter_map(|parameter| {
            let given = parameter["name"].as_str()?;
            let name = parameter[WIRE].as_str().unwrap_or(given).to_owned();
            let writing = Writing::of(parameter);
            (name != given || writing.is_some()).then(|| (given.to_owned(), ParameterWire { name, writing }))
        });
        Self {
            accept: text(json, WIRE),
            content_type: text(body, WIRE),
            parameters: parameters.collect(),
            form: text(body, FORM),
        }
    }
}
