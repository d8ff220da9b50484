//! Checks requests against the schemas of the instance's document, for tests of a client.

use cxreports_core::op;
use http::{HeaderMap, StatusCode, header};
use jsonschema::Validator;
use serde_json::{Value, json, value::RawValue};

use crate::{auth, endpoint::Endpoint, json, problem::Problem};

/// What the document says of the query and the body of an operation.
pub(crate) struct Rules {
    parameters: Vec<Parameter>,
    body: Option<Body>,
}

struct Parameter {
    name: String,
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
    validator: Validator,
}

impl Rules {
    /// Reads the rules of an operation. What the document leaves out is not checked.
    pub(crate) fn read(document: &Value, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten().filter_map(|parameter| {
            (parameter["in"] == "query").then_some(Parameter {
                name: parameter["name"].as_str()?.to_owned(),
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

    /// Checks a request; everything that is wrong with it is named.
    pub(crate) fn check(
        &self,
        endpoint: Endpoint,
        query: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), Problem> {
        let query: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let mut errors = Vec::new();
        for parameter in &self.parameters {
            match query.iter().find(|(name, _)| *name == parameter.name) {
                Some((_, text)) => parameter.schema.check_text(&parameter.name, text, &mut errors),
                None if parameter.required => {
                    errors.push((parameter.name.clone(), "The parameter is required.".to_owned()))
                }
                None => {}
            }
        }
        // A nonce is for whoever lets the request in; the operation does not see it.
        let takes_nonce = endpoint == Endpoint::of::<op::ExportReportByQuery>();
        for (name, _) in &query {
            let is_known = self.parameters.iter().any(|parameter| parameter.name == *name);
            if !(is_known || takes_nonce && name == auth::NONCE) {
                errors.push((name.to_string(), "The operation has no such parameter.".to_owned()));
            }
        }
        if let Some(rules) = &self.body {
            rules.check(headers, body, &mut errors)?;
        }
        if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
    }
}

/// A name, and what is wrong with its value.
type Errors = Vec<(String, String)>;

impl Body {
    fn check(&self, headers: &HeaderMap, body: &[u8], errors: &mut Errors) -> Result<(), Problem> {
        if body.is_empty() {
            if self.required {
                errors.push((String::new(), "A non-empty request body is required.".to_owned()));
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
        let text = serde_json::from_slice::<&RawValue>(body).map(RawValue::get);
        match text.and_then(json::approximate) {
            Ok(body) => self.schema.check("$", &body, errors),
            Err(error) => errors.push(("$".to_owned(), format!("The body is not valid JSON: {error}."))),
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
        Some(Self { kind, validator })
    }

    /// Checks text of a query.
    fn check_text(&self, name: &str, text: &str, errors: &mut Errors) {
        let value = match self.kind.as_deref() {
            Some("integer" | "number") => text.parse().ok().map(Value::Number),
            Some("boolean") => text.to_lowercase().parse().ok().map(Value::Bool),
            _ => None,
        };
        self.check(name, &value.unwrap_or_else(|| text.into()), errors);
    }

    fn check(&self, name: &str, value: &Value, errors: &mut Errors) {
        let found = self.validator.iter_errors(value).take(10);
        errors.extend(found.map(|error| {
            let place = error.instance_path().as_str().replace('/', ".");
            (format!("{name}{place}"), format!("{}.", error.masked()))
        }));
    }
}

/// Rewrites what OpenAPI 3.0 says in words of its own: `nullable`, and the ranges of integers.
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
