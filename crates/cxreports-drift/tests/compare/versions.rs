//! Documents of other versions than 3.0: what converting would lose, and the same API in two versions.

use cxreports_drift::{Rule, Severity};
use serde_json::{Value, json};

use super::support::{findings, rules, verdicts, with};

/// A document of OpenAPI 3.1 whose response is this schema.
fn newer(schema: Value) -> Value {
    let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/S" } } });
    json!({
        "openapi": "3.1.0", "info": { "version": "v1" },
        "paths": { "/x": { "get": { "responses": { "200": { "description": "", "content": content } } } } },
        "components": { "schemas": { "S": schema, "A": { "type": "string" } } }
    })
}

#[test]
fn constraints_beside_a_reference_are_compared() {
    let a =
        |rest: Value| newer(json!({ "properties": { "p": with(json!({ "$ref": "#/components/schemas/A" }), rest) } }));
    let worst = |base: &Value, revision: &Value| verdicts(base, revision);
    let (breaks, informs) = (Some(Severity::Breaking), Some(Severity::Info));
    assert_eq!(worst(&a(json!({ "maxLength": 5 })), &a(json!({ "maxLength": 3 }))), (informs, breaks));
    assert_eq!(worst(&a(json!({})), &a(json!({ "enum": ["a"] }))), (informs, Some(Severity::Warning)));
    assert_eq!(worst(&a(json!({ "description": "a" })), &a(json!({ "description": "b" }))), (None, None));
    let nullable = json!({ "type": ["string", "null"] });
    assert_eq!(rules(&a(json!({})), &a(nullable)), [Rule::NullAllowed]);
}

#[test]
fn what_is_not_compared_is_said_by_its_pointer() {
    for (keyword, before, after) in [
        ("if", json!({ "required": ["a"] }), json!({ "required": ["b"] })),
        ("then", json!({ "required": ["a"] }), json!({ "required": ["b"] })),
        ("else", json!({ "required": ["a"] }), json!({ "required": ["b"] })),
        ("propertyNames", json!({ "pattern": "a" }), json!({ "pattern": "b" })),
        ("dependentRequired", json!({ "a": ["b"] }), json!({ "a": ["c"] })),
        ("dependentSchemas", json!({ "a": {} }), json!({ "b": {} })),
        ("contains", json!({ "type": "string" }), json!({ "type": "integer" })),
        ("minContains", json!(1), json!(2)),
        ("maxContains", json!(1), json!(2)),
        ("prefixItems", json!([{ "type": "string" }]), json!([{ "type": "integer" }])),
        ("unevaluatedItems", json!(false), json!(true)),
        ("unevaluatedProperties", json!({ "type": "string" }), json!({ "type": "integer" })),
        ("patternProperties", json!({ "^a": {}, "^b": { "type": "string" } }), json!({ "^a": {}, "^c": {} })),
        ("contentSchema", json!({ "type": "string" }), json!({ "type": "integer" })),
    ] {
        let document = |value: &Value| newer(json!({ "type": "object", keyword: value }));
        let (base, revision) = (document(&before), document(&after));
        for (base, revision) in [(&base, &revision), (&revision, &base)] {
            let found = findings(base, revision);
            let said = found.iter().find(|finding| finding.rule == Rule::NotCompared);
            let place = &said.unwrap_or_else(|| panic!("{keyword}: {found:?}")).places[0];
            assert_eq!(place.base.as_deref(), Some(&*format!("/components/schemas/S/{keyword}")));
        }
        assert_eq!(findings(&base, &base), [], "{keyword}");
    }
    // What converting keeps is compared, and nothing is said about it.
    let closed = newer(json!({ "type": "object", "unevaluatedProperties": false }));
    assert_eq!(rules(&closed, &newer(json!({ "type": "object" }))), [Rule::AdditionalPropertiesAllowed]);
    let never = |schema: Value| newer(json!({ "properties": { "p": schema } }));
    assert!(rules(&never(json!(true)), &never(json!(false))).contains(&Rule::NotCompared));
}

#[test]
fn a_list_of_types_is_a_choice() {
    let of = |kinds: Value| newer(json!({ "type": kinds }));
    let three = json!(["boolean", "integer", "object"]);
    assert_eq!(rules(&of(json!(["boolean", "integer"])), &of(three.clone())), [Rule::OptionAdded]);
    assert_eq!(rules(&of(three), &of(json!(["boolean", "integer"]))), [Rule::OptionRemoved]);
    assert_eq!(rules(&of(json!(["boolean", "integer"])), &of(json!(["integer", "boolean"]))), []);
    // ASP.NET writes numbers so that are read from text, too.
    let number = newer(json!({ "type": ["string", "integer"], "pattern": "^-?(?:0|[1-9]\\d*)$" }));
    assert_eq!(rules(&number, &of(json!("integer"))), []);
    // Any other text is another type.
    assert_eq!(rules(&of(json!("integer")), &of(json!(["string", "integer"]))), [Rule::OptionAdded]);
    assert_eq!(rules(&of(json!(["string", "integer"])), &of(json!("string"))), [Rule::OptionRemoved]);
}

/// The same API, as Swashbuckle writes it in Swagger 2.0 and in OpenAPI 3.0.
fn twins() -> (Value, Value) {
    let older = json!({
        "swagger": "2.0", "info": { "title": "t", "version": "v1" }, "basePath": "/cx",
        "consumes": ["application/json"],
        "paths": { "/x/{id}": { "post": {
            "operationId": "x", "produces": ["text/plain", "application/json", "text/json"],
            "parameters": [
                { "in": "path", "name": "id", "required": true, "type": "integer", "format": "int32" },
                { "in": "query", "name": "tags", "type": "array", "items": { "type": "string" }, "collectionFormat": "multi" },
                { "in": "query", "name": "kind", "type": "string", "enum": ["a", "b"], "default": "a" },
                { "in": "header", "name": "X-Trace", "type": "string" },
                { "in": "body", "name": "body", "required": true, "schema": { "$ref": "#/definitions/New" } }
            ],
            "responses": {
                "200": {
                    "description": "", "schema": { "type": "array", "items": { "$ref": "#/definitions/Item" } },
                    "headers": { "X-Total": { "type": "integer", "format": "int32" } }
                },
                "404": { "description": "" }
            },
            "security": [{ "Bearer": [] }]
        } }, "/upload": { "post": {
            "consumes": ["multipart/form-data"],
            "parameters": [{ "in": "formData", "name": "file", "type": "file", "required": true }, { "in": "formData", "name": "note", "type": "string" }],
            "responses": { "200": { "description": "" } }
        } } },
        "definitions": {
            "New": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } }, "additionalProperties": false },
            "Item": { "type": "object", "properties": { "name": { "type": "string" }, "size": { "type": "integer", "format": "int64" } } }
        },
        "securityDefinitions": { "Bearer": { "type": "apiKey", "in": "header", "name": "Authorization" } }
    });
    let item = json!({ "schema": { "type": "array", "items": { "$ref": "#/components/schemas/Item" } } });
    let new = json!({ "schema": { "$ref": "#/components/schemas/New" } });
    let newer = json!({
        "openapi": "3.0.4", "info": { "title": "t", "version": "v1" },
        "paths": { "/cx/x/{id}": { "post": {
            "operationId": "x",
            "parameters": [
                { "in": "path", "name": "id", "required": true, "schema": { "type": "integer", "format": "int32" } },
                { "in": "query", "name": "tags", "schema": { "type": "array", "items": { "type": "string" } } },
                { "in": "query", "name": "kind", "schema": { "type": "string", "enum": ["a", "b"], "default": "a" } },
                { "in": "header", "name": "X-Trace", "schema": { "type": "string" } }
            ],
            "requestBody": { "required": true, "content": { "application/json": new } },
            "responses": {
                "200": {
                    "description": "", "headers": { "X-Total": { "schema": { "type": "integer", "format": "int32" } } },
                    "content": { "text/plain": item, "application/json": item, "text/json": item }
                },
                "404": { "description": "" }
            },
            "security": [{ "Bearer": [] }]
        } }, "/cx/upload": { "post": {
            "requestBody": { "content": { "multipart/form-data": {
                "schema": {
                    "type": "object", "required": ["file"],
                    "properties": { "file": { "type": "string", "format": "binary" }, "note": { "type": "string" } }
                },
                "encoding": { "file": { "style": "form" }, "note": { "style": "form" } }
            } } },
            "responses": { "200": { "description": "" } }
        } } },
        "components": {
            "schemas": {
                "New": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } }, "additionalProperties": false },
                "Item": { "type": "object", "properties": {
                    "name": { "type": "string", "nullable": true },
                    "size": { "type": "integer", "format": "int64", "deprecated": true }
                } }
            },
            "securitySchemes": { "Bearer": { "type": "http", "scheme": "bearer" } }
        }
    });
    (older, newer)
}

#[test]
fn the_same_api_in_swagger_2_0_and_openapi_3_0_differs_in_nothing() {
    let (older, newer) = twins();
    assert_eq!(findings(&older, &newer), []);
    assert_eq!(findings(&newer, &older), []);
    // What does differ is found.
    let mut changed = newer.clone();
    changed["components"]["schemas"]["Item"]["properties"]["size"]["type"] = "string".into();
    assert_eq!(verdicts(&older, &changed), (Some(Severity::Breaking), Some(Severity::Breaking)));
    // NSwag writes null in 2.0, too.
    let mut nswag = older.clone();
    nswag["definitions"]["Item"]["properties"]["name"]["x-nullable"] = true.into();
    assert_eq!(findings(&nswag, &newer), []);
    let mut other = newer;
    other["components"]["schemas"]["Item"]["properties"]["name"]["nullable"] = false.into();
    assert_eq!(rules(&nswag, &other), [Rule::NullRefused]);
}
