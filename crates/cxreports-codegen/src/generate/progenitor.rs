//! Progenitor, kept from panicking and from taking a whole document down with one operation.

use std::{
    cell::Cell,
    collections::BTreeSet,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, InterfaceStyle, TypeImpl};
use serde_json::{Map, Value, json};

use crate::{
    document::{Endpoint, closure, endpoints, escape, operation},
    normalise::{ANY_JSON, Refusal},
};

/// The code that progenitor generated from a document, and what it refused.
pub(super) struct Output {
    pub(super) tokens: TokenStream,
    /// The document that was generated from: without the refused operations.
    pub(super) document: Value,
    pub(super) refused: Vec<Refusal>,
    /// Schemas that typify could not express; they are any JSON value.
    pub(super) untyped: Vec<(String, String)>,
}

/// How the types and calls are to be generated.
pub(super) struct Settings<'a> {
    /// Components that our templates write: name and path.
    pub(super) replaced: &'a [(String, String)],
    /// The type of any JSON value.
    pub(super) any_json: &'a str,
    /// The client's inner type.
    pub(super) inner: Option<TokenStream>,
}

impl Settings<'_> {
    fn build(&self) -> GenerationSettings {
        let mut settings = GenerationSettings::new();
        // Methods with arguments by position: the builders are ours, and a quarter of the text.
        settings.with_interface(InterfaceStyle::Positional);
        settings.with_replacement(ANY_JSON, self.any_json, std::iter::empty());
        for (name, path) in self.replaced {
            settings.with_replacement(name, path, [TypeImpl::Display, TypeImpl::FromStr].into_iter());
        }
        if let Some(inner) = &self.inner {
            settings.with_inner_type(inner.clone());
        }
        settings
    }
}

/// Generates from a normalised document. What cannot be generated is found by trying each schema and each operation alone.
pub(super) fn run(document: &Value, settings: &Settings<'_>) -> Result<Output, String> {
    let mut document = visible_part(document);
    if let Ok(tokens) = attempt(&document, settings) {
        return Ok(Output { tokens, document, refused: Vec::new(), untyped: Vec::new() });
    }
    let untyped = without_types(&mut document, settings);
    let mut refused = Vec::new();
    for endpoint in endpoints(&document) {
        if let Err(reason) = attempt(&alone(&document, Some(&endpoint), &[]), settings) {
            if let Some(item) = document["paths"][&endpoint.path].as_object_mut() {
                item.remove(&endpoint.method);
            }
            refused.push(Refusal { operation: endpoint.to_string(), pointer: endpoint.pointer(), reason });
        }
    }
    let tokens = attempt(&document, settings)?;
    Ok(Output { tokens, document, refused, untyped })
}

/// Schemas that fail although those they refer to do not become any JSON value.
fn without_types(document: &mut Value, settings: &Settings<'_>) -> Vec<(String, String)> {
    let names: Vec<String> = schemas(document).map(|schemas| schemas.keys().cloned().collect()).unwrap_or_default();
    let failing: Vec<(String, String, BTreeSet<String>)> = names
        .into_iter()
        .filter_map(|name| {
            let reason = attempt(&alone(document, None, &[&name]), settings).err()?;
            let needs = closure(document, &[&document["components"]["schemas"][&name]]);
            Some((name, reason, needs))
        })
        .collect();
    let all: BTreeSet<&String> = failing.iter().map(|(name, ..)| name).collect();
    let causes: Vec<(String, String)> = failing
        .iter()
        .filter(|(name, _, needs)| {
            !needs.iter().any(|need| need != name && all.contains(need) && !needs_back(document, need, name))
        })
        .map(|(name, reason, _)| (name.clone(), reason.clone()))
        .collect();
    for (name, _) in &causes {
        document["components"]["schemas"][name] = json!({});
    }
    causes
}

fn needs_back(document: &Value, from: &str, to: &str) -> bool {
    closure(document, &[&document["components"]["schemas"][from]]).contains(to)
}

/// The document with one operation, or none, and the schemas that are needed.
fn alone(document: &Value, endpoint: Option<&Endpoint>, roots: &[&str]) -> Value {
    let mut paths = Map::new();
    let mut needed: BTreeSet<String> = roots.iter().map(|name| (*name).to_owned()).collect();
    let mut values: Vec<&Value> =
        roots.iter().filter_map(|name| document.pointer(&format!("/components/schemas/{}", escape(name)))).collect();
    if let Some(endpoint) = endpoint {
        let operation = operation(document, endpoint);
        paths.insert(endpoint.path.clone(), json!({ &endpoint.method: operation }));
        values.push(operation);
    }
    needed.extend(closure(document, &values));
    let kept: Map<String, Value> = schemas(document)
        .into_iter()
        .flatten()
        .filter(|(name, _)| needed.contains(*name))
        .map(|(n, s)| (n.clone(), s.clone()))
        .collect();
    json!({ "openapi": document["openapi"], "info": document["info"], "paths": paths, "components": { "schemas": kept } })
}

fn schemas(document: &Value) -> Option<&Map<String, Value>> {
    document.pointer("/components/schemas").and_then(Value::as_object)
}

/// What progenitor is shown of a document: nothing that it does not read.
fn visible_part(document: &Value) -> Value {
    let text = |field: &str| super::docs::escape(document["info"][field].as_str().unwrap_or("unknown"));
    let mut info = json!({ "title": text("title"), "version": text("version") });
    if document["info"]["description"].is_string() {
        info["description"] = text("description").into();
    }
    let schemas = schemas(document).cloned().unwrap_or_default();
    let mut shown =
        json!({ "openapi": "3.0.4", "info": info, "paths": document["paths"], "components": { "schemas": schemas } });
    crate::document::for_each_operation(&mut shown, |_, operation| {
        const READ: [&str; 6] = ["operationId", "summary", "description", "parameters", "requestBody", "responses"];
        operation.retain(|member, value| READ.contains(&member.as_str()) && !value.is_null());
        escape_texts(operation);
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            parameter.as_object_mut().into_iter().for_each(escape_texts);
        }
        if let Some(body) = operation.get_mut("requestBody").and_then(Value::as_object_mut) {
            escape_texts(body);
        }
    });
    crate::document::for_each_schema(&mut shown, &mut |schema| {
        schema.as_object_mut().into_iter().for_each(escape_texts)
    });
    shown
}

/// Texts become documentation of the generated code.
fn escape_texts(object: &mut Map<String, Value>) {
    for text in ["title", "summary", "description"] {
        match object.get(text) {
            Some(Value::String(value)) => {
                let escaped = super::docs::escape(value);
                object.insert(text.to_owned(), escaped.into());
            }
            Some(_) => {
                object.remove(text);
            }
            None => {}
        }
    }
}

/// One run; a panic is an error.
fn attempt(document: &Value, settings: &Settings<'_>) -> Result<TokenStream, String> {
    let api: OpenAPI = serde_json::from_value(document.clone()).map_err(|error| error.to_string())?;
    quietly(|| Generator::new(&settings.build()).generate_tokens(&api))?.map_err(|error| one_line(&error.to_string()))
}

/// Runs something that may panic, without its message on standard error.
fn quietly<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    thread_local! { static QUIET: Cell<bool> = const { Cell::new(false) }; }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    QUIET.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(run));
    QUIET.set(false);
    outcome.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        one_line(text.unwrap_or("the generator gave up"))
    })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}
