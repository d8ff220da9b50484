//! Pairs as ASP.NET's generators write them, where a small difference hides a break or looks like one. The verdict is what a client
//! of the base document meets, forth and back.

use cxreports_drift::{
    Direction::{self, Request, Response},
    Severity,
};
use serde_json::{Value, json};

use super::support::{findings, operation, parameter, verdicts, with};

pub(crate) const NONE: Option<Severity> = None;
pub(crate) const INFORMS: Option<Severity> = Some(Severity::Info);
pub(crate) const WARNS: Option<Severity> = Some(Severity::Warning);
pub(crate) const BREAKS: Option<Severity> = Some(Severity::Breaking);

/// What it is, before, after, and the worst that is found forth and back.
pub(crate) type Case = (&'static str, Value, Value, (Option<Severity>, Option<Severity>));

pub(crate) fn check(cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for (name, base, revision, expected) in &cases {
        let found = verdicts(base, revision);
        if found != *expected {
            let messages = |base, revision| {
                findings(base, revision).iter().map(|one| one.message().to_string()).collect::<Vec<_>>()
            };
            wrong.push(format!(
                "{name}: expected {expected:?}, found {found:?}\n  forth {:#?}\n  back {:#?}",
                messages(base, revision),
                messages(revision, base)
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// A document with schemas, of which `S` goes one way.
pub(crate) fn schemas(version: &str, direction: Direction, schemas: Value) -> Value {
    let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/S" } } });
    let of = match direction {
        Request => json!({ "requestBody": { "content": content } }),
        Response => json!({ "responses": { "200": { "description": "", "content": content } } }),
    };
    let mut document = operation(of);
    document["openapi"] = version.into();
    document["components"] = json!({ "schemas": schemas });
    document
}

pub(crate) fn takes(schema: Value) -> Value {
    schemas("3.0.4", Request, json!({ "S": schema, "A": { "type": "string" }, "O": { "type": "object" } }))
}

pub(crate) fn gives(schema: Value) -> Value {
    schemas("3.0.4", Response, json!({ "S": schema, "A": { "type": "string" }, "O": { "type": "object" } }))
}

pub(crate) fn newer(mut document: Value) -> Value {
    document["openapi"] = "3.1.1".into();
    document
}

pub(crate) fn member(schema: Value) -> Value {
    json!({ "type": "object", "properties": { "p": schema } })
}

pub(crate) fn refers(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

#[test]
fn generators_write_the_same_in_other_words() {
    let number = json!({ "type": "integer", "format": "int32" });
    let number_or_text = json!({ "type": ["integer", "string"], "pattern": "^-?(?:0|[1-9]\\d*)$", "format": "int32" });
    let nullable_reference = member(json!({ "allOf": [refers("A")], "nullable": true }));
    let null_or_reference = member(json!({ "oneOf": [{ "type": "null" }, refers("A")] }));
    let file =
        |schema: Value| operation(json!({ "responses": { "200": { "content": { "application/pdf": schema } } } }));
    let bytes = || json!({ "schema": { "type": "string", "format": "binary" } });
    let upload = |schema: Value| {
        let mut document =
            operation(json!({ "requestBody": { "content": { "multipart/form-data": { "schema": member(schema) } } } }));
        document["components"] = json!({ "schemas": { "IFormFile": { "type": "string", "format": "binary" } } });
        document
    };
    let raw =
        |schema: Value| operation(json!({ "requestBody": { "content": { "application/octet-stream": schema } } }));
    let plain = |schema: Value| operation(json!({ "responses": { "200": { "content": { "text/plain": schema } } } }));
    let nullable_at = |component: bool| {
        let p = if component { refers("T") } else { json!({ "allOf": [refers("T")], "nullable": true }) };
        schemas("3.0.4", Response, json!({ "S": member(p), "T": { "type": "string", "nullable": component } }))
    };
    let inherits = json!({ "allOf": [refers("Base"), { "properties": { "own": { "type": "string" } } }] });
    let flat = json!({ "type": "object", "properties": { "id": { "type": "integer" }, "own": { "type": "string" } } });
    let classes = |derived: &Value| {
        let base = json!({ "type": "object", "properties": { "id": { "type": "integer" } } });
        schemas("3.0.4", Response, json!({ "S": derived, "Base": base }))
    };
    let q = json!({ "in": "query", "name": "q", "schema": { "type": "string" } });
    let mut by_reference = operation(json!({ "parameters": [{ "$ref": "#/components/parameters/q" }] }));
    by_reference["components"] = json!({ "parameters": { "q": q } });
    let mut of_path = operation(json!({}));
    of_path["paths"]["/x/{id}"]["parameters"] = json!([q]);
    let id = |rest: Value| parameter(with(json!({ "in": "path", "name": "id", "schema": { "type": "string" } }), rest));
    let header = |version: &str, schema: Value| {
        let headers = json!({ "X-Left": { "$ref": "#/components/headers/Left" } });
        let mut document = operation(json!({ "responses": { "200": { "headers": headers } } }));
        document["openapi"] = version.into();
        document["components"] = json!({ "headers": { "Left": { "schema": schema } } });
        document
    };
    check(vec![
        (
            ".NET 10: a number that may be text",
            gives(member(number.clone())),
            newer(gives(member(number_or_text.clone()))),
            (NONE, NONE),
        ),
        (".NET 10, in requests", takes(member(number)), newer(takes(member(number_or_text))), (NONE, NONE)),
        (
            "a nullable reference",
            gives(nullable_reference.clone()),
            newer(gives(null_or_reference.clone())),
            (NONE, NONE),
        ),
        ("a nullable reference, in requests", takes(nullable_reference), newer(takes(null_or_reference)), (NONE, NONE)),
        (
            "a nullable string",
            gives(member(json!({ "type": "string", "nullable": true }))),
            newer(gives(member(json!({ "type": ["null", "string"] })))),
            (NONE, NONE),
        ),
        (
            "null among the values",
            gives(member(json!({ "type": "string", "enum": ["a", "b"], "nullable": true }))),
            newer(gives(member(json!({ "enum": ["a", "b", null] })))),
            (NONE, NONE),
        ),
        (
            "null among the values, OpenAPI 3.0",
            takes(member(json!({ "type": "string", "enum": ["a", "b"], "nullable": true }))),
            takes(member(json!({ "type": "string", "enum": ["a", "b", null], "nullable": true }))),
            (NONE, NONE),
        ),
        ("a file", file(bytes()), newer(file(json!({}))), (NONE, NONE)),
        (
            "a file of a media type's own",
            file(bytes()),
            newer(file(json!({ "schema": { "contentMediaType": "application/pdf" } }))),
            (NONE, NONE),
        ),
        ("a file that is sent", raw(bytes()), newer(raw(json!({}))), (NONE, NONE)),
        (
            "a file that becomes text of bytes",
            file(bytes()),
            file(json!({ "schema": { "type": "string", "format": "byte" } })),
            (BREAKS, BREAKS),
        ),
        ("text", plain(json!({ "schema": { "type": "string" } })), newer(plain(json!({}))), (NONE, NONE)),
        (
            "a file in a form",
            upload(json!({ "type": "string", "format": "binary" })),
            upload(refers("IFormFile")),
            (NONE, NONE),
        ),
        (
            "a file in a form, OpenAPI 3.1",
            upload(refers("IFormFile")),
            newer(upload(json!({ "type": "string", "contentMediaType": "application/octet-stream" }))),
            (NONE, NONE),
        ),
        ("null moves from the component to its reference", nullable_at(true), nullable_at(false), (NONE, NONE)),
        ("a base class is written out", classes(&inherits), classes(&flat), (NONE, NONE)),
        (
            "oneOf and anyOf",
            gives(json!({ "oneOf": [refers("A"), refers("O")] })),
            gives(json!({ "anyOf": [refers("A"), refers("O")] })),
            (NONE, NONE),
        ),
        (
            "what stands beside a reference in 3.0 does not hold",
            gives(member(refers("A"))),
            gives(member(with(refers("A"), json!({ "nullable": true, "description": "d", "maxLength": 3 })))),
            (NONE, NONE),
        ),
        ("a parameter by reference", parameter(q.clone()), by_reference, (NONE, NONE)),
        ("a parameter of the path item", parameter(q), of_path, (NONE, NONE)),
        (
            "a path parameter is required, whatever is written",
            id(json!({})),
            id(json!({ "required": true })),
            (NONE, NONE),
        ),
        (
            "an exclusive bound",
            takes(member(json!({ "type": "integer", "minimum": 0, "exclusiveMinimum": true }))),
            newer(takes(member(json!({ "type": "integer", "exclusiveMinimum": 0 })))),
            (NONE, NONE),
        ),
        (
            "both bounds",
            takes(member(json!({ "type": "integer", "minimum": 5 }))),
            newer(takes(member(json!({ "type": "integer", "minimum": 5, "exclusiveMinimum": 3 })))),
            (NONE, NONE),
        ),
        (
            "a constant",
            gives(member(json!({ "type": "string", "enum": ["a"] }))),
            newer(gives(member(json!({ "const": "a" })))),
            (NONE, NONE),
        ),
        (
            "a closed class",
            takes(json!({ "type": "object", "additionalProperties": false })),
            newer(takes(json!({ "type": "object", "unevaluatedProperties": false }))),
            (NONE, NONE),
        ),
        (
            "a component header",
            header("3.0.4", json!({ "type": "integer", "nullable": true })),
            header("3.1.0", json!({ "type": ["integer", "null"] })),
            (NONE, NONE),
        ),
        (
            "a component header that changes",
            header("3.1.0", json!({ "type": ["integer", "null"] })),
            header("3.1.0", json!({ "type": ["boolean", "null"] })),
            (BREAKS, BREAKS),
        ),
    ]);
}
