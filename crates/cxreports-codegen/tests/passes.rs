//! Each pass alone: a small document of the kind that needs it, and what the pass makes of it.

use std::fmt::Write as _;

use cxreports_codegen::normalise::{Change, PASSES, changes};
use serde_json::{Value, json};

/// A document whose one operation is `operation`, at `path`.
fn operation_at(path: &str, operation: Value) -> Value {
    json!({ "openapi": "3.0.4", "paths": { path: { "post": operation } } })
}

fn operation(operation: Value) -> Value {
    operation_at("/things/{id}", operation)
}

fn schemas(schemas: Value) -> Value {
    json!({ "openapi": "3.0.4", "paths": {}, "components": { "schemas": schemas } })
}

/// A document that needs the pass.
fn document(pass: &str) -> Value {
    match pass {
        "methods" => json!({ "paths": { "/a": { "query": {}, "additionalOperations": { "LINK": {} } } } }),
        "deep-references" => schemas(json!({
            "Order": { "properties": {
                "lines": { "items": { "properties": { "next": { "$ref": "#/components/schemas/Order/properties/lines/items" } } } },
                "best": { "$ref": "#/components/schemas/Order/properties/lines/items" },
            } },
        })),
        "servers" => json!({
            "servers": [{ "url": "/prefix" }],
            "paths": { "/a": { "servers": [], "get": { "servers": [] } } },
        }),
        "unread-parts" => json!({
            "tags": [{ "name": "Things" }],
            "paths": { "/a": { "summary": "s", "get": {
                "externalDocs": {},
                "parameters": [{ "name": "q", "in": "query", "example": 1 }],
                "responses": { "200": { "headers": {}, "content": { "application/json": { "example": {} } } } },
            } } },
            "components": { "examples": {}, "schemas": { "Thing": { "properties": { "example": { "example": 1 } } } } },
        }),
        "references" => json!({
            "paths": {
                "/a": { "get": {
                    "parameters": [{ "$ref": "#/components/parameters/q" }],
                    "responses": { "200": { "$ref": "#/components/responses/Ok" } },
                } },
                "/b": {
                    "parameters": [{ "name": "shared", "in": "query" }],
                    "get": { "responses": { "200": { "$ref": "#/paths/~1a/get/responses/200" } } },
                },
                "/c": { "get": { "parameters": [{ "$ref": "#/paths/~1b/parameters/0" }] } },
                "/lost": { "get": { "requestBody": { "$ref": "#/components/requestBodies/Lost" } } },
            },
            "components": {
                "parameters": { "q": { "name": "q", "in": "query" } },
                "responses": { "Ok": { "$ref": "#/components/responses/Really" }, "Really": { "description": "OK" } },
            },
        }),
        "inlined-components" => json!({
            "paths": {},
            "components": { "parameters": {}, "requestBodies": {}, "responses": {}, "pathItems": {}, "schemas": {} },
        }),
        "route-constraints" => operation_at("/things/{id:int}/{*rest}", json!({})),
        "shared-parameters" => json!({ "paths": { "/a": {
            "parameters": [{ "name": "q", "in": "query" }, { "name": "own", "in": "query" }],
            "get": { "parameters": [{ "name": "own", "in": "query", "required": true }] },
        } } }),
        "ignored-headers" => operation(json!({ "parameters": [
            { "name": "accept", "in": "header" }, { "name": "authorization" }, { "name": "X-Kept", "in": "header" },
        ] })),
        "parameter-places" => operation(json!({ "parameters": [
            { "name": "ID", "in": "path" }, { "name": "q" }, { "name": "q" }, { "name": "lost", "in": "path" },
        ] })),
        "parameter-schemas" => json!({ "paths": {
            "/a": { "get": { "parameters": [
                { "name": "none", "in": "query" },
                { "name": "filter", "in": "query", "content": { "application/json": { "schema": {} } } },
                { "name": "maybe", "in": "query", "allowReserved": true, "schema": { "type": "string", "nullable": true } },
                { "name": "deep", "in": "query", "style": "deepObject", "schema": { "type": "object" } },
                { "name": "joined", "in": "query", "explode": false, "schema": { "type": "array" } },
                { "name": "session", "in": "cookie", "schema": { "type": "string" } },
                { "name": "X-List", "in": "header", "schema": { "type": "array" } },
            ] } },
            "/matrix": { "get": { "parameters": [{ "name": "m", "in": "path", "style": "matrix" }] } },
        } }),
        "path-names" => operation_at(
            "/{body}/{Body}",
            json!({ "parameters": [
            { "name": "body", "in": "path" }, { "name": "Body", "in": "path" },
        ] }),
        ),
        "parameter-names" => operation(json!({ "parameters": [
            { "name": "id", "in": "path" },
            { "name": "sort", "in": "query" }, { "name": "Sort", "in": "header" },
            { "name": "body", "in": "query" }, { "name": "Id", "in": "query" },
        ] })),
        "request-media-types" => json!({ "paths": {
            "/json": { "post": { "requestBody": { "content": {
                "text/json": { "schema": { "type": "object" } },
                "application/*+json": { "schema": { "type": "object" } },
                "application/json": { "schema": { "type": "object" } },
            } } } },
            "/bytes": { "post": { "requestBody": { "content": { "image/png": { "schema": { "type": "string" } } } } } },
            "/empty": { "post": { "requestBody": { "content": {} } } },
            "/form": { "post": { "operationId": "send", "requestBody": { "content": { "multipart/form-data": {
                "schema": { "properties": { "file": { "type": "string", "format": "binary" }, "note": { "type": "string" } } },
                "encoding": { "note": { "contentType": "text/markdown" } },
            } } } } },
        } }),
        "error-responses" => operation(json!({ "responses": {
            "200": { "description": "OK" },
            "404": { "description": "Not Found", "content": { "text/plain": {} } },
            "default": { "description": "Error" },
        } })),
        "response-media-types" => json!({ "paths": {
            "/json": { "get": { "responses": { "200": { "content": {
                "text/plain": { "schema": { "type": "object" } }, "application/json": { "schema": { "type": "object" } },
            } } } } },
            "/file": { "get": { "responses": { "200": { "content": { "application/zip": {}, "application/pdf": {} } } } } },
        } }),
        "file-responses" => operation(
            json!({ "responses": { "200": { "description": "OK" }, "204": { "description": "No Content" } } }),
        ),
        "success-responses" => json!({ "paths": {
            "/same": { "get": { "responses": { "200": { "content": { "application/json": { "schema": {} } } } } } },
            "/differ": { "get": { "responses": {
                "200": { "content": { "application/json": { "schema": { "type": "string" } } } }, "204": {},
            } } },
        } }),
        "schema-holes" => schemas(json!({
            "Hole": { "properties": { "a": null, "b": true, "c": { "$ref": "#/components/schemas/Lost" }, "d": { "type": "array" } } },
            "Odd": { "type": "unknown", "properties": [], "required": ["x", "x", 1], "description": 5 },
        })),
        "schema-names" => schemas(json!({
            "Page`1[[My.Thing, My]]": { "properties": { "next": { "$ref": "#/components/schemas/Page`1[[My.Thing, My]]" } } },
            "thing": {}, "Thing": {},
        })),
        "closed-objects" => schemas(json!({
            "Closed": { "type": "object", "properties": { "a": {} }, "additionalProperties": false },
            "Open": { "type": "object", "properties": { "a": {} }, "additionalProperties": {} },
            "Map": { "type": "object", "additionalProperties": { "type": "string" } },
        })),
        "bounds" => schemas(json!({ "Text": { "type": "string", "minLength": 1, "maxLength": 5, "pattern": "[" } })),
        "defaults" => schemas(json!({ "Flag": { "properties": { "on": { "type": "boolean", "default": false } } } })),
        "formats" => schemas(json!({
            "Time": { "type": "string", "format": "date-time" },
            "Id": { "type": "string", "format": "uuid" },
            "Bytes": { "type": "string", "format": "byte" },
            "Money": { "type": "number", "format": "decimal" },
        })),
        "enum-values" => schemas(json!({
            "Nullable": { "enum": ["a", null, "a"] },
            "Numbers": { "enum": [0, 1, 2] },
            "Mixed": { "type": "string", "enum": ["a", 1] },
        })),
        "single-all-of" => schemas(json!({
            "Thing": { "properties": { "kind": { "allOf": [{ "$ref": "#/components/schemas/Kind" }], "description": "d" } } },
            "Kind": { "enum": ["a"] },
        })),
        "inheritance" => schemas(json!({
            "Pet": { "type": "object", "properties": { "kind": {} }, "discriminator": { "propertyName": "kind" } },
            "Cat": { "allOf": [{ "$ref": "#/components/schemas/Pet" }, { "type": "object", "properties": { "lives": {} } }] },
            "Owner": { "properties": { "pets": { "type": "array", "items": { "$ref": "#/components/schemas/Pet" } } } },
        })),
        "composition" => schemas(json!({
            "Base": { "type": "object", "required": ["id"], "properties": { "id": {}, "kind": { "type": "string" } } },
            "Derived": { "allOf": [
                { "$ref": "#/components/schemas/Base" },
                { "type": "object", "properties": { "kind": { "type": "integer" }, "self": { "$ref": "#/components/schemas/Derived" } } },
            ] },
        })),
        "aliases" => schemas(json!({
            "Thing": { "properties": { "names": { "$ref": "#/components/schemas/Names" } } },
            "Names": { "type": "array", "items": { "$ref": "#/components/schemas/Name" } },
            "Name": { "type": "string" },
            "Tree": { "type": "array", "items": { "$ref": "#/components/schemas/Tree" } },
        })),
        "free-form" => schemas(
            json!({ "Thing": { "properties": { "data": { "nullable": true }, "more": { "type": "object" } } } }),
        ),
        "inline-enums" => {
            schemas(json!({ "Thing": { "properties": { "kind": { "enum": ["a"], "nullable": true } } } }))
        }
        "inline-objects" => schemas(json!({ "Thing": { "properties": {
            "parts": { "type": "array", "items": { "type": "object", "properties": { "a": { "type": "string" } } } },
        } } })),
        "property-names" => {
            schemas(json!({ "Thing": { "required": ["id"], "properties": { "ID": {}, "id": {}, "Id": {} } } }))
        }
        "composition-cycles" => schemas(json!({
            "A": { "allOf": [{ "$ref": "#/components/schemas/B" }, { "properties": { "a": {} } }] },
            "B": { "allOf": [{ "$ref": "#/components/schemas/A" }, { "properties": { "b": {} } }] },
            "Self": { "$ref": "#/components/schemas/Self" },
        })),
        "choices" => schemas(json!({
            "Pet": {
                "oneOf": [{ "$ref": "#/components/schemas/Cat" }, { "$ref": "#/components/schemas/Dog" }],
                "discriminator": { "propertyName": "kind", "mapping": { "cat": "#/components/schemas/Cat" } },
            },
            "Cat": { "properties": { "kind": {} } },
            "Dog": { "properties": { "kind": {}, "either": { "anyOf": [{ "type": "string" }, { "type": "integer" }] } } },
        })),
        "response-fields" => json!({
            "paths": { "/a": { "get": { "responses": {
                "2XX": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Answer" } } } },
            } } } },
            "components": { "schemas": {
                "Answer": { "required": ["id"], "properties": { "id": { "type": "integer" }, "tags": { "type": "array" } } },
                "Request": { "required": ["id"], "properties": { "id": { "type": "integer" } } },
            } },
        }),
        other => panic!("the pass {other} has no document here: add one"),
    }
}

#[test]
fn each_pass_does_what_it_says() {
    for pass in PASSES {
        let before = document(pass.name);
        let (after, refused) = pass.apply(before.clone());
        let found = changes(&before, &after);
        assert!(!found.is_empty(), "{} does nothing to its own document", pass.name);

        let mut text = format!("{}: {}\n\n", pass.name, pass.why);
        for Change { pointer, before, after } in &found {
            let _ = writeln!(text, "{pointer}");
            for (sign, value) in [('-', before), ('+', after)] {
                if let Some(value) = value {
                    let _ = writeln!(text, "  {sign} {value}");
                }
            }
        }
        for refusal in &refused {
            let _ = writeln!(text, "refused {}: {}", refusal.operation, refusal.reason);
        }
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(pass.name, text);
        });

        // What a pass has mended needs no mending.
        let (again, _) = pass.apply(after.clone());
        assert_eq!(again, after, "{} changes its own outcome", pass.name);
    }
}
