//! Whether what a document says of a response contradicts the contract. What it leaves out comes from the contract.

use cxreports_core::{Kind, ObjectSpec, OperationSpec};
use serde_json::Value;

use super::coverage::Finding;
use crate::{
    document::{Endpoint, escape, operation},
    shape::{Shape, resolved},
};

pub(super) fn check(document: &Value, spec: &OperationSpec, endpoint: &Endpoint, findings: &mut Vec<Finding>) {
    if matches!(spec.output, Kind::File | Kind::Nothing) {
        return;
    }
    if let Some((schema, at)) = success(document, endpoint) {
        Checker { document, findings }.value(schema, &at, spec.rust, spec.output, 0);
    }
}

/// The JSON pointer of a member of an operation's success.
pub(super) fn member(document: &Value, endpoint: &Endpoint, is_it: impl Fn(&str) -> bool) -> Option<String> {
    let (schema, at) = success(document, endpoint)?;
    Shape::of(document, schema, &at).members.into_iter().find(|member| is_it(member.name)).map(|member| member.pointer)
}

/// The JSON schema of an operation's success, with its JSON pointer.
fn success<'a>(document: &'a Value, endpoint: &Endpoint) -> Option<(&'a Value, String)> {
    let responses = operation(document, endpoint)["responses"].as_object();
    responses.into_iter().flatten().filter(|(status, _)| status.starts_with('2')).find_map(|(status, response)| {
        let at = format!("{}/responses/{}", endpoint.pointer(), escape(status));
        let (response, at) = resolved(document, response, at);
        let (media_type, schema) = json(&response["content"])?;
        Some((schema, format!("{at}/content/{}/schema", escape(media_type))))
    })
}

/// The schema of JSON content.
fn json(content: &Value) -> Option<(&String, &Value)> {
    let content = content.as_object()?;
    let rank = |media_type: &str| match media_type.split(';').next().unwrap_or_default().trim() {
        "application/json" => 0,
        other if other.ends_with("json") => 1,
        "*/*" | "text/plain" => 2,
        _ => 3,
    };
    let with_schema = content.iter().filter(|(_, media)| media["schema"].is_object());
    let (media_type, media) = with_schema.min_by_key(|(media_type, _)| rank(media_type))?;
    (rank(media_type) < 3).then_some((media_type, &media["schema"]))
}

struct Checker<'a, 'f> {
    document: &'a Value,
    findings: &'f mut Vec<Finding>,
}

impl<'a> Checker<'a, '_> {
    fn value(&mut self, schema: &'a Value, pointer: &str, feeds: &str, kind: Kind, depth: usize) {
        let shape = Shape::of(self.document, schema, pointer);
        let takes = |kinds: &[&str]| kinds.iter().any(|kind| shape.takes(kind));
        let fits = match kind {
            Kind::Bool => takes(&["boolean", "string", "integer"]),
            Kind::Int32 | Kind::Int64 => takes(&["integer", "number", "string"]),
            Kind::String | Kind::IdOrCode => takes(&["string", "integer", "number", "boolean"]),
            Kind::DateTime => takes(&["string"]),
            Kind::Enum(_) => takes(&["string", "integer", "number"]),
            Kind::List(_) => takes(&["array"]),
            Kind::Object(_) => takes(&["object"]),
            Kind::Json | Kind::JsonText | Kind::File | Kind::Nothing => true,
        };
        if !fits {
            let problem = format!("{}, where {} is read", shape.describe(), name(kind));
            self.findings.push(Finding { pointer: pointer.to_owned(), feeds: feeds.to_owned(), problem });
            return;
        }
        match (kind, &shape.items) {
            (Kind::List(item), Some((items, at))) if depth < 8 => self.value(items, at, feeds, *item, depth + 1),
            (Kind::Object(spec), _) if !shape.members.is_empty() => self.object(&shape, pointer, spec, depth),
            _ => {}
        }
    }

    fn object(&mut self, shape: &Shape<'a>, pointer: &str, spec: &'static ObjectSpec, depth: usize) {
        for field in spec.fields.iter().filter(|field| field.required) {
            let feeds = format!("{}.{}", spec.rust, field.rust);
            match shape.member(field.wire) {
                Some(member) => self.value(member.schema, &member.pointer, &feeds, field.kind, depth + 1),
                None => self.findings.push(Finding {
                    pointer: format!("{}/properties", shape.declared_at.as_deref().unwrap_or(pointer)),
                    feeds,
                    problem: format!("no member `{}`", field.wire),
                }),
            }
        }
    }
}

/// A kind in words.
pub(super) fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "a boolean",
        Kind::Int32 => "a 32-bit integer",
        Kind::Int64 => "a 64-bit integer",
        Kind::String => "a string",
        Kind::IdOrCode => "an id or code",
        Kind::DateTime => "a time",
        Kind::Json => "any JSON",
        Kind::JsonText => "JSON as text",
        Kind::Enum(_) => "an enumeration",
        Kind::Object(_) => "an object",
        Kind::List(_) => "a list",
        Kind::File => "a file",
        Kind::Nothing => "nothing",
    }
}
