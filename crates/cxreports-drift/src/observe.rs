//! Real responses of an instance, compared with the document that it is pinned to.
//!
//! Only operations that read are called, and only those whose path parameters are known: ids of workspaces and reports are
//! taken from earlier responses.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cxreports_codegen::{
    fetch::{self, FetchError, Options},
    files::sha256,
};
use cxreports_core::{Kind, ObjectSpec, OperationSpec, op};
use cxreports_openapi::document::{Endpoint, escape, follow, operation};
use serde_json::Value;
use url::Url;

use crate::{
    effect::methods,
    finding::{At, Finding, Place, Subject, Use},
    rules::{Direction, Rule},
};

/// What real responses show.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Where they differ from the document, or from what our code needs.
    pub findings: Vec<Finding>,
    /// How many responses were read.
    pub responses: usize,
    /// Operations that were not called, with the reason.
    pub skipped: Vec<(String, String)>,
}

/// Calls what reads on the instance at `base`, and compares the responses with its pinned document.
///
/// # Errors
///
/// [`FetchError`] when the instance cannot be reached, or refuses the token.
pub async fn observe(
    base: &Url,
    options: &Options,
    document: &Value,
    names: &BTreeMap<Endpoint, String>,
    progress: &mut dyn FnMut(&str),
) -> Result<Observed, FetchError> {
    let mut observed = Observed::default();
    // The first id of each operation that lists something.
    let mut ids: BTreeMap<&str, String> = BTreeMap::new();
    let callable = callable();
    for spec in &callable {
        let Some((endpoint, _)) =
            names.iter().find(|(endpoint, name)| *name == spec.name && operation(document, endpoint).is_object())
        else {
            continue;
        };
        let Some(path) = fill(&endpoint.path, spec, &ids) else {
            let why = "no id for its path is known: the list that has them is empty".to_owned();
            observed.skipped.push((endpoint.to_string(), why));
            continue;
        };
        progress(&endpoint.to_string());
        let mut url = base.clone();
        let _ = url.path_segments_mut().map(|mut segments| {
            segments.pop_if_empty().extend(&path);
        });
        let response = fetch::json(&url, options).await?;
        observed.responses += 1;
        if let Some(id) = response.pointer("/0/id").and_then(Value::as_i64) {
            ids.insert(spec.name, id.to_string());
        }
        observed.findings.extend(check(document, endpoint, spec.name, &response));
    }
    for (endpoint, name) in names.iter().filter(|(endpoint, _)| endpoint.method == "get") {
        if operation(document, endpoint).is_object() && !callable.iter().any(|spec| spec.name == name) {
            observed.skipped.push((endpoint.to_string(), "it needs an export or a run, or makes a file".to_owned()));
        }
    }
    Ok(observed)
}

/// The operations that only read and whose path takes ids that other operations list, each after those.
fn callable() -> Vec<&'static OperationSpec> {
    let mut waiting: Vec<_> =
        op::ALL.iter().copied().filter(|spec| spec.effect == cxreports_core::Effect::Reads).collect();
    let mut order: Vec<&OperationSpec> = Vec::new();
    let is_listed = |lister: Option<&str>, order: &[&OperationSpec]| order.iter().any(|spec| Some(spec.name) == lister);
    while let Some(next) =
        waiting.iter().position(|spec| spec.path_parameters().all(|parameter| is_listed(parameter.listed_by, &order)))
    {
        order.push(waiting.remove(next));
    }
    order
}

/// The segments of a document's path with its parameters filled in. They stand in the order of the contract, whatever the
/// document calls them.
fn fill(path: &str, spec: &OperationSpec, ids: &BTreeMap<&str, String>) -> Option<Vec<String>> {
    let mut listers = spec.path_parameters().map(|parameter| parameter.listed_by);
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    segments
        .map(|segment| match segment.starts_with('{') {
            true => listers.next().flatten().and_then(|lister| ids.get(lister).cloned()),
            false => Some(segment.to_owned()),
        })
        .collect()
}

/// Compares a response with what the document says of it, and with what core needs.
#[must_use]
pub fn check(document: &Value, endpoint: &Endpoint, name: &str, response: &Value) -> Vec<Finding> {
    let content = operation(document, endpoint).pointer("/responses/200/content").and_then(Value::as_object);
    let json = content.and_then(|content| content.iter().find(|(media_type, _)| media_type.ends_with("json")));
    let spec = op::ALL.iter().copied().find(|spec| spec.name == name);
    let mut checking = Checking { document, endpoint, spec, seen: BTreeSet::new(), findings: Vec::new() };
    if let Some((media_type, _)) = json {
        let pointer = format!("{}/responses/200/content/{}/schema", endpoint.pointer(), escape(media_type));
        checking.value(&pointer, response, &mut Vec::new());
    }
    if let Some(spec) = spec {
        checking.needs(spec.output, response, &mut Vec::new());
    }
    checking.findings
}

struct Checking<'a> {
    document: &'a Value,
    endpoint: &'a Endpoint,
    spec: Option<&'static OperationSpec>,
    /// What has been found: the same for many items is one finding.
    seen: BTreeSet<String>,
    findings: Vec<Finding>,
}

impl<'a> Checking<'a> {
    fn value(&mut self, pointer: &str, value: &Value, path: &mut Vec<String>) {
        let (pointer, schema) = self.resolve(pointer);
        if value.is_null() {
            if schema["nullable"] != true && !schema.is_null() && schema["type"].is_string() {
                self.add(Rule::ObservedNull, &pointer, path, None);
            }
            return;
        }
        let kind = match value {
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) | Value::Null => "object",
        };
        let said = schema["type"].as_str();
        if said.is_some_and(|said| said != kind && !(said == "number" && kind == "integer")) {
            self.add(Rule::ObservedType, &pointer, path, Some(kind.into()));
            return;
        }
        if let Some(values) = schema["enum"].as_array()
            && !values.contains(value)
        {
            self.add(Rule::ObservedValue, &pointer, path, Some(value.clone()));
        }
        match value {
            Value::Array(items) => {
                for item in items {
                    self.value(&format!("{pointer}/items"), item, path);
                }
            }
            Value::Object(members) => self.members(&pointer, schema, members, path),
            _ => {}
        }
    }

    fn members(
        &mut self,
        pointer: &str,
        schema: &'a Value,
        members: &serde_json::Map<String, Value>,
        path: &mut Vec<String>,
    ) {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                path.push(name.to_owned());
                self.add(Rule::ObservedMissing, pointer, path, None);
                path.pop();
            }
        }
        let Some(properties) = schema["properties"].as_object() else { return };
        for (name, value) in members {
            path.push(name.clone());
            if properties.contains_key(name) {
                self.value(&format!("{pointer}/properties/{}", escape(name)), value, path);
            } else {
                self.add(Rule::ObservedUnknown, pointer, path, None);
            }
            path.pop();
        }
    }

    /// What core's models need, whatever the document says.
    fn needs(&mut self, kind: Kind, value: &Value, path: &mut Vec<String>) {
        match (kind, value) {
            (Kind::List(item), Value::Array(items)) => items.iter().for_each(|value| self.needs(*item, value, path)),
            (Kind::Object(ObjectSpec { fields, .. }), Value::Object(members)) => {
                for field in *fields {
                    path.push(field.wire.to_owned());
                    match members.get(field.wire).filter(|value| !value.is_null()) {
                        Some(value) => self.needs(field.kind, value, path),
                        None if field.required => self.add(Rule::ObservedNeeded, &self.endpoint.pointer(), path, None),
                        None => {}
                    }
                    path.pop();
                }
            }
            _ => {}
        }
    }

    fn resolve(&self, pointer: &str) -> (String, &'a Value) {
        let pointer = follow(self.document, pointer);
        let schema = self.document.pointer(&pointer).unwrap_or(&Value::Null);
        (pointer, schema)
    }

    fn add(&mut self, rule: Rule, pointer: &str, path: &[String], after: Option<Value>) {
        let at = Arc::new(At::Response("200".to_owned()));
        let (direction, path) = (Some(Direction::Response), path.join("."));
        let key = format!("{}|{}|{path}|{after:?}", rule.id(), self.endpoint);
        if !self.seen.insert(key.clone()) {
            return;
        }
        let needed = self.spec.filter(|_| rule != Rule::ObservedUnknown).map(|spec| methods(spec.name));
        let one = Use {
            operation: self.endpoint.to_string().into(),
            at: Arc::clone(&at),
            direction,
            rule,
            severity: rule.severity(direction),
            methods: needed.unwrap_or_default(),
        };
        let place = Place {
            subject: Subject::Part(at, path),
            base: Some(pointer.to_owned()),
            revision: None,
            before: None,
            after,
            members: BTreeSet::new(),
            uses: vec![one],
            symbols: BTreeSet::new(),
        };
        self.findings.push(Finding::new(sha256(key.as_bytes())[..10].to_owned(), rule, vec![place]));
    }
}
