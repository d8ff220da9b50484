//! Hostile pairs of operations: parameters, media types, responses, credentials, servers, older documents.

use cxreports_drift::Direction::Response;
use serde_json::{Value, json};

use super::{
    hostile::{BREAKS, INFORMS, NONE, WARNS, check, member, schemas},
    support::{operation, parameter, with},
};

fn secured(security: Value) -> Value {
    let mut document = operation(json!({ "security": security }));
    document["components"]["securitySchemes"] = json!({
        "Bearer": { "type": "http", "scheme": "bearer" }, "Key": { "type": "apiKey", "in": "header", "name": "X-Key" }
    });
    document
}

#[test]
fn operations_change_in_ways_that_are_easily_missed() {
    let at = |path: &str| {
        let names = path.split('{').skip(1).filter_map(|part| part.split('}').next());
        let parameters: Vec<_> = names
            .map(|name| json!({ "in": "path", "name": name, "required": true, "schema": { "type": "string" } }))
            .collect();
        json!({ "openapi": "3.0.4", "info": { "version": "v1" }, "paths": { path: { "get": { "parameters": parameters } } } })
    };
    let q = |rest: Value| parameter(with(json!({ "in": "query", "name": "q", "schema": { "type": "string" } }), rest));
    let typed = |schema: Value| q(json!({ "schema": schema }));
    let of = |place: &str, name: &str| parameter(json!({ "in": place, "name": name, "schema": { "type": "string" } }));
    let required = |place: &str| parameter(json!({ "in": place, "name": "n", "required": true, "schema": {} }));
    let empty = || operation(json!({}));
    let json_of = |kind: &str| json!({ "application/json": { "schema": { "type": kind } } });
    let answers = |responses: Value| operation(json!({ "responses": responses }));
    let header = |header: Value| answers(json!({ "200": { "headers": { "X-A": header } } }));
    let body = |types: Value| operation(json!({ "requestBody": { "content": types } }));
    let form = |kind: &str| body(json!({ kind: { "schema": member(json!({ "type": "string" })) } }));
    let method =
        |method: &str| json!({ "openapi": "3.0.4", "info": { "version": "v1" }, "paths": { "/x": { method: {} } } });
    let key = |place: &str, name: &str| {
        let mut document = secured(json!([{ "Key": [] }]));
        document["components"]["securitySchemes"]["Key"] = json!({ "type": "apiKey", "in": place, "name": name });
        document
    };
    let mut global = secured(json!([]));
    global["security"] = json!([{ "Bearer": [] }]);
    let mut inherited = global.clone();
    inherited["paths"]["/x/{id}"]["post"].as_object_mut().unwrap().remove("security");
    check(vec![
        ("a path parameter is renamed", at("/x/{id}"), at("/x/{reportId}"), (INFORMS, INFORMS)),
        ("names of path parameters shift", at("/x/{id}/y/{subId}"), at("/x/{parentId}/y/{id}"), (INFORMS, INFORMS)),
        ("path parameters change places", at("/x/{a}/y/{b}"), at("/x/{b}/y/{a}"), (BREAKS, BREAKS)),
        (
            "a path parameter becomes an UUID",
            at("/x/{id}"),
            {
                let mut document = at("/x/{id}");
                document["paths"]["/x/{id}"]["get"]["parameters"][0]["schema"]["format"] = "uuid".into();
                document
            },
            (BREAKS, INFORMS),
        ),
        ("a header is required", empty(), required("header"), (BREAKS, BREAKS)),
        ("a cookie is required", empty(), required("cookie"), (BREAKS, BREAKS)),
        ("case of a header", of("header", "X-Tenant"), of("header", "x-tenant"), (NONE, NONE)),
        ("case of a cookie", of("cookie", "Tenant"), of("cookie", "tenant"), (BREAKS, BREAKS)),
        ("a header becomes a cookie", of("header", "n"), of("cookie", "n"), (BREAKS, BREAKS)),
        ("a parameter is deprecated", q(json!({})), q(json!({ "deprecated": true })), (WARNS, NONE)),
        ("a parameter need not be sent", q(json!({ "required": true })), q(json!({})), (INFORMS, BREAKS)),
        (
            "a truth becomes text, in a query",
            typed(json!({ "type": "boolean" })),
            typed(json!({ "type": "string" })),
            (INFORMS, BREAKS),
        ),
        (
            "a number becomes whole, in a query",
            typed(json!({ "type": "number" })),
            typed(json!({ "type": "integer" })),
            (BREAKS, INFORMS),
        ),
        ("a default, in a query", typed(json!({ "default": "a" })), typed(json!({ "default": "b" })), (WARNS, WARNS)),
        (
            "a header of a media type",
            header(json!({ "schema": { "type": "string" } })),
            header(json!({ "content": json_of("string") })),
            (BREAKS, BREAKS),
        ),
        (
            "what a header of a media type carries",
            header(json!({ "content": json_of("object") })),
            header(json!({ "content": json_of("array") })),
            (BREAKS, BREAKS),
        ),
        (
            "what a parameter of a media type carries",
            q(json!({ "schema": null, "content": json_of("object") })),
            q(json!({ "schema": null, "content": json_of("string") })),
            (BREAKS, BREAKS),
        ),
        (
            "a form is encoded otherwise",
            form("multipart/form-data"),
            form("application/x-www-form-urlencoded"),
            (BREAKS, BREAKS),
        ),
        (
            "XML takes the place of JSON",
            body(json!({ "application/json": {} })),
            body(json!({ "application/xml": {} })),
            (BREAKS, BREAKS),
        ),
        (
            "errors are problems",
            answers(json!({ "400": { "content": json_of("object") } })),
            answers(
                json!({ "400": { "content": { "application/problem+json": { "schema": { "type": "object" } } } } }),
            ),
            (WARNS, WARNS),
        ),
        (
            "200 becomes 204",
            answers(json!({ "200": { "content": json_of("object") } })),
            answers(json!({ "204": {} })),
            (BREAKS, BREAKS),
        ),
        ("200 becomes 201", answers(json!({ "200": {} })), answers(json!({ "201": {} })), (BREAKS, BREAKS)),
        (
            "202 comes beside 200",
            answers(json!({ "200": {} })),
            answers(json!({ "200": {}, "202": {} })),
            (WARNS, BREAKS),
        ),
        ("an error less", answers(json!({ "200": {}, "404": {} })), answers(json!({ "200": {} })), (INFORMS, INFORMS)),
        (
            "a response says what it carries",
            answers(json!({ "200": {} })),
            answers(json!({ "200": { "content": json_of("object") } })),
            (INFORMS, BREAKS),
        ),
        ("PUT becomes PATCH", method("put"), method("patch"), (BREAKS, BREAKS)),
        ("an operation is deprecated", empty(), operation(json!({ "deprecated": true })), (WARNS, INFORMS)),
        ("an operation leaves global security", inherited, global, (INFORMS, BREAKS)),
        (
            "credentials are no longer optional",
            secured(json!([{}, { "Bearer": [] }])),
            secured(json!([{ "Bearer": [] }])),
            (BREAKS, INFORMS),
        ),
        (
            "either is enough",
            secured(json!([{ "Bearer": [], "Key": [] }])),
            secured(json!([{ "Bearer": [] }, { "Key": [] }])),
            (INFORMS, BREAKS),
        ),
        (
            "other scopes",
            secured(json!([{ "Bearer": ["read"] }])),
            secured(json!([{ "Bearer": ["reports.read"] }])),
            (BREAKS, BREAKS),
        ),
        ("a key in another header", key("header", "X-Key"), key("header", "X-Api-Key"), (BREAKS, BREAKS)),
        ("a key in the query", key("header", "key"), key("query", "key"), (BREAKS, BREAKS)),
        (
            "a callback changes",
            operation(json!({ "callbacks": { "done": {} } })),
            operation(json!({ "callbacks": { "ready": {} } })),
            (WARNS, WARNS),
        ),
    ]);
}

#[test]
fn servers_and_older_documents() {
    let served = |servers: Value| json!({ "openapi": "3.0.4", "info": { "version": "v1" }, "servers": servers, "paths": { "/x": { "get": {} } } });
    let own = |servers: Value| {
        let mut document = served(json!([{ "url": "/cx" }]));
        document["paths"]["/x"]["get"]["servers"] = servers;
        document
    };
    let one = |url: &str| json!([{ "url": url }]);
    let variable = json!([{ "url": "https://{host}/{base}", "variables": { "host": { "default": "a" }, "base": { "default": "cx" } } }]);
    let query = |list: Value| json!({ "swagger": "2.0", "info": { "version": "v1" }, "paths": { "/x/{id}": { "post": { "parameters": [with(json!({ "in": "query", "name": "q", "type": "array", "items": { "type": "string" } }), list)], "responses": {} } } } });
    let list = |explode: bool| {
        let schema = json!({ "type": "array", "items": { "type": "string" } });
        parameter(json!({ "in": "query", "name": "q", "explode": explode, "schema": schema }))
    };
    let older = |schemas: Value| {
        json!({ "swagger": "2.0", "info": { "version": "v1" }, "produces": ["application/json"], "definitions": schemas, "paths": { "/x/{id}": { "post": {
            "responses": { "200": { "description": "", "schema": { "$ref": "#/definitions/S" } } }
        } } } })
    };
    let pet = |discriminator: Value| {
        let kind = json!({ "kind": { "type": "string" } });
        json!({ "type": "object", "discriminator": discriminator, "required": ["kind"], "properties": kind })
    };
    let cat = |root: &str, kind: &str| json!({ "allOf": [{ "$ref": format!("#/{root}/S") }, member(json!({ "type": kind }))] });
    let new = |kind: &str| {
        schemas(
            "3.0.4",
            Response,
            json!({ "S": pet(json!({ "propertyName": "kind" })), "Cat": cat("components/schemas", kind) }),
        )
    };
    let old = older(json!({ "S": pet(json!("kind")), "Cat": cat("definitions", "string") }));
    check(vec![
        ("a variable of a server", served(variable), served(one("https://b/cx/")), (NONE, NONE)),
        ("a server more", served(one("/cx")), served(json!([{ "url": "/cx" }, { "url": "/other" }])), (NONE, BREAKS)),
        ("no server is the root", served(json!([])), served(one("https://reports.acme.example/")), (NONE, NONE)),
        ("an operation's own server is that of all", served(one("/cx")), own(one("/cx")), (NONE, NONE)),
        ("an operation's own server", served(one("/cx")), own(one("/files")), (BREAKS, BREAKS)),
        ("lists with commas, from 2.0 to 3.0", query(json!({})), list(false), (NONE, NONE)),
        ("lists with commas become several values", query(json!({})), list(true), (BREAKS, BREAKS)),
        ("several values, from 2.0 to 3.0", query(json!({ "collectionFormat": "multi" })), list(true), (NONE, NONE)),
        ("a discriminator, from 2.0 to 3.0", old.clone(), new("string"), (NONE, NONE)),
        ("a derived class, from 2.0 to 3.0", old, new("integer"), (BREAKS, BREAKS)),
    ]);
}
