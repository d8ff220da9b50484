//! Checks requests against the instance's own document, and says what is wrong with them.

use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode, header},
};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::{answer::Problem, binding};

/// What an operation takes.
pub(crate) struct Rules {
    parameters: Vec<Parameter>,
    body: Option<Body>,
}

struct Parameter {
    name: String,
    in_path: bool,
    required: bool,
    schema: Schema,
}

struct Body {
    required: bool,
    media_types: Vec<String>,
    schema: Schema,
}

struct Schema {
    kind: Option<String>,
    /// The schema itself, where it is a reference the one that it names.
    plain: Value,
    /// The members of an object, each with its schema.
    properties: Vec<(String, Value)>,
    validator: Validator,
}

impl Rules {
    /// Reads the rules of an operation; what the document does not say is not checked.
    pub(crate) fn read(document: &Value, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten().filter_map(|parameter| {
            let location = parameter["in"].as_str()?;
            (matches!(location, "path" | "query")).then_some(Parameter {
                name: parameter["name"].as_str()?.to_owned(),
                in_path: location == "path",
                required: parameter["required"] == true,
                schema: Schema::read(document, &parameter["schema"])?,
            })
        });
        let content = operation["requestBody"]["content"].as_object();
        let body = content.and_then(|content| {
            let (_, media) = content.iter().next()?;
            Some(Body {
                required: operation["requestBody"]["required"] == true,
                media_types: content.keys().cloned().collect(),
                schema: Schema::read(document, &media["schema"])?,
            })
        });
        Self { parameters: parameters.collect(), body }
    }

    /// A query with the names and values that the operation has for them. What is empty is null, and of several the first
    /// counts.
    pub(crate) fn bind_query(&self, query: Vec<(String, String)>) -> Vec<(String, String)> {
        let mut bound: Vec<(String, String)> = Vec::new();
        for (name, text) in query {
            let of_name = |parameter: &&Parameter| !parameter.in_path && parameter.name.eq_ignore_ascii_case(&name);
            let (name, text) = match self.parameters.iter().find(of_name) {
                Some(known) => (known.name.clone(), binding::text(&known.schema.plain, &text)),
                None => (name, text),
            };
            if !text.is_empty() && !bound.iter().any(|(known, _)| *known == name) {
                bound.push((name, text));
            }
        }
        bound
    }

    /// A JSON body with the names and values that the operation has for them; what is no JSON is left as it is.
    pub(crate) fn bind_body(&self, body: Bytes, takes_null: bool) -> Bytes {
        let Some(rules) = &self.body else { return body };
        match serde_json::from_slice(&body) {
            Ok(json) => {
                let bound = binding::body(&rules.schema.properties, json, takes_null);
                bound.to_string().into()
            }
            Err(_) => body,
        }
    }

    /// Checks a request; every fault that is found is named.
    pub(crate) fn check(
        &self,
        path: &[(String, String)],
        query: &[(String, String)],
        headers: &HeaderMap,
        body: &[u8],
        strict: bool,
    ) -> Result<(), Problem> {
        // A route does not match what is not of its type, so there is nothing there.
        for parameter in self.parameters.iter().filter(|parameter| parameter.in_path) {
            let given = path.iter().find(|(name, _)| *name == parameter.name);
            if let Some(fault) = given.and_then(|(name, text)| parameter.schema.check_text(name, text).pop()) {
                return Err(Problem::new(StatusCode::NOT_FOUND, format!("There is nothing at this path: {fault}.")));
            }
        }
        let mut faults = Vec::new();
        for parameter in self.parameters.iter().filter(|parameter| !parameter.in_path) {
            match query.iter().find(|(name, _)| *name == parameter.name) {
                Some((_, text)) => faults.extend(parameter.schema.check_text(&parameter.name, text)),
                None if parameter.required => faults.push(format!("{}: the parameter is required", parameter.name)),
                None => {}
            }
        }
        for (name, _) in query.iter().filter(|_| strict) {
            if !self.parameters.iter().any(|parameter| !parameter.in_path && parameter.name == *name) {
                faults.push(format!("{name}: the operation has no such parameter"));
            }
        }
        if let Some(rules) = &self.body {
            rules.check(headers, body, &mut faults)?;
        }
        if faults.is_empty() {
            return Ok(());
        }
        Err(Problem::new(StatusCode::BAD_REQUEST, format!("The request is not valid: {}.", faults.join("; "))))
    }
}

impl Body {
    fn check(&self, headers: &HeaderMap, body: &[u8], faults: &mut Vec<String>) -> Result<(), Problem> {
        if body.is_empty() {
            if self.required {
                faults.push("a body is required".to_owned());
            }
            return Ok(());
        }
        let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = given.split(';').next().unwrap_or_default().trim();
        let suffix = essence.rsplit_once('+').map(|(_, suffix)| format!("application/*+{suffix}"));
        let taken = |known: &String| known.eq_ignore_ascii_case(essence) || suffix.as_ref() == Some(known);
        if !self.media_types.iter().any(taken) {
            let detail = format!("The media type {essence:?} is not taken; send {}.", self.media_types.join(", "));
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        match serde_json::from_slice(body) {
            Ok(body) => faults.extend(self.schema.check("body", &body)),
            Err(error) => faults.push(format!("the body is no JSON: {error}")),
        }
        Ok(())
    }
}

impl Schema {
    fn read(document: &Value, schema: &Value) -> Option<Self> {
        let mut target = schema;
        if let Some(name) = schema["$ref"].as_str() {
            target = document.pointer(name.strip_prefix('#')?)?;
        }
        let kind = target["type"].as_str().map(str::to_owned);
        // The components are there for references to them; reading them is most of the work.
        let components =
            if schema.to_string().contains("\"$ref\"") { document["components"].clone() } else { json!({}) };
        let mut root = json!({ "allOf": [schema], "components": components });
        in_json_schema(&mut root);
        let validator = jsonschema::draft4::new(&root).ok()?;
        let follow = |schema: &Value| {
            let inner = schema["allOf"][0]["$ref"].as_str().or(schema["$ref"].as_str());
            let target = inner.and_then(|name| document.pointer(name.strip_prefix('#')?));
            target.unwrap_or(schema).clone()
        };
        let members = target["properties"].as_object().into_iter().flatten();
        let properties = members.map(|(name, member)| (name.clone(), follow(member))).collect();
        Some(Self { kind, validator, plain: follow(schema), properties })
    }

    /// Text of a path or a query, as ASP.NET reads it.
    fn check_text(&self, name: &str, text: &str) -> Vec<String> {
        let value = match self.kind.as_deref() {
            Some("integer" | "number") => text.parse().ok().map(Value::Number),
            Some("boolean") => text.to_lowercase().parse().ok().map(Value::Bool),
            _ => None,
        };
        self.check(name, &value.unwrap_or_else(|| text.into()))
    }

    fn check(&self, name: &str, value: &Value) -> Vec<String> {
        let faults = self.validator.iter_errors(value);
        faults.map(|fault| format!("{name}{}: {}", fault.instance_path(), fault.masked())).take(10).collect()
    }
}

/// What OpenAPI 3.0 says in its own words: `nullable`, and the ranges of integers.
fn in_json_schema(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let bounds = match members.get("format").and_then(Value::as_str) {
                Some("int32") => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
                _ => None,
            };
            if let Some((least, most)) = bounds {
                members.entry("minimum").or_insert(least.into());
                members.entry("maximum").or_insert(most.into());
            }
            if members.remove("nullable") == Some(true.into())
                && let Some(kind) = members.get_mut("type")
            {
                *kind = json!([kind.take(), "null"]);
            }
            members.values_mut().for_each(in_json_schema);
        }
        Value::Array(items) => items.iter_mut().for_each(in_json_schema),
        _ => {}
    }
}
