//! Small documents that would keep a careless reader busy for ever: every stage ends, in time that grows with their size.

use cxreports_codegen::{
    generate::{Target, generate},
    names::Names,
    pipeline::Pipeline,
};
use serde_json::{Map, Value, json};

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A document whose list of workspaces has this schema, among these components.
fn document(schema: Value, schemas: Map<String, Value>) -> Value {
    let content = json!({ "application/json": { "schema": schema } });
    json!({
        "openapi": "3.0.4",
        "info": { "title": "Hostile", "version": "v1" },
        "paths": { "/api/v1/workspaces": { "get": { "responses": { "200": { "content": content } } } } },
        "components": { "schemas": schemas },
    })
}

/// A document whose operation refers to a parameter and a response through chains of references.
fn shared(length: usize) -> Value {
    let mut document = document(json!({}), Map::new());
    for kind in ["parameters", "responses"] {
        let next = |at: usize| json!({ "$ref": format!("#/components/{kind}/A{at}") });
        document["components"][kind] = (0..length).map(|at| (format!("A{at}"), next(at + 1))).collect();
    }
    let operation = &mut document["paths"]["/api/v1/workspaces"]["get"];
    operation["parameters"] = json!([{ "$ref": "#/components/parameters/A0" }]);
    operation["responses"]["201"] = json!({ "$ref": "#/components/responses/A0" });
    document
}

fn all_of(parts: Vec<Value>) -> Value {
    json!({ "allOf": parts })
}

#[test]
fn circles_chains_and_depth_end() {
    let itself = Map::from_iter([("A".to_owned(), all_of(vec![reference("A"); 25]))]);
    // Each doubles the next: 2^200 ways through.
    let doubling = (0..200).map(|at| (format!("A{at}"), all_of(vec![reference(&format!("A{}", at + 1)); 2]))).collect();
    let everyone = || (0..20).map(|other| reference(&format!("A{other}"))).collect();
    let woven = (0..20).map(|at| (format!("A{at}"), all_of(everyone()))).collect();
    let chain = (0..5_000).map(|at| (format!("A{at}"), reference(&format!("A{}", at + 1)))).collect();
    let choices =
        (0..40).map(|at| (format!("A{at}"), json!({ "oneOf": vec![reference(&format!("A{}", at + 1)); 4] }))).collect();
    let deep = (0..60).fold(json!({ "type": "string" }), |inner, _| json!({ "type": "array", "items": inner }));
    let cases = [
        ("itself", document(reference("A"), itself)),
        ("doubling", document(reference("A0"), doubling)),
        ("woven", document(reference("A0"), woven)),
        ("chain", document(reference("A0"), chain)),
        ("chain of parameters", shared(5_000)),
        ("choices", document(reference("A0"), choices)),
        ("deep", document(deep, Map::new())),
    ];
    for (name, document) in cases {
        let pipeline = Pipeline::default();
        let normalised = pipeline.normalise(document.clone(), &mut Names::default(), &mut |_| {}).unwrap();
        generate(&normalised, Target::Standalone { name }).unwrap_or_else(|error| panic!("{name}: {error}"));
        // The match sees the same schemas; what they say of the response decides.
        let _ = pipeline.normalise_instance(document, &mut Names::default(), &mut |_| {});
    }
}

/// Bundlers and ASP.NET write a thing once, and refer to it where it stands, also in an operation that the passes change.
#[test]
fn references_may_name_any_place() {
    let error = json!({ "description": "refused", "content": { "text/json": { "schema": {
        "type": "object", "properties": { "detail": { "type": "object", "properties": { "code": { "type": "integer" } } } },
    } } } });
    let of_error = |rest: &str| json!({ "$ref": format!("#/paths/~1a~1{{id%3Aint}}/get/responses/401{rest}") });
    let version_3 = json!({ "openapi": "3.0.4", "paths": {
        "/a/{id:int}": {
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } }],
            "get": { "responses": { "200": { "description": "" }, "401": error } },
        },
        "/b/{id}": { "get": {
            "parameters": [{ "$ref": "#/paths/~1a~1%7Bid:int%7D/parameters/0" }],
            "responses": {
                "200": { "description": "", "content": { "application/json": {
                    "schema": of_error("/content/text~1json/schema/properties/detail"),
                } } },
                "401": of_error(""),
            },
        } },
    } });
    let version_2 = json!({ "swagger": "2.0", "paths": {
        "/a": {
            "parameters": [{ "name": "id", "in": "query", "type": "integer" }],
            "get": { "responses": { "200": { "description": "", "schema": { "type": "string" } } } },
        },
        "/b": { "get": {
            "parameters": [{ "$ref": "#/paths/~1a/parameters/0" }],
            "responses": { "200": { "$ref": "#/paths/~1a/get/responses/200" } },
        } },
    } });
    for (document, kept) in [(version_3, "code"), (version_2, "\"string\"")] {
        let mut names = Names::default();
        let normalised = Pipeline::default().normalise(document, &mut names, &mut |_| {}).unwrap();
        assert!(normalised.report.refused.is_empty(), "{:?}", normalised.report.refused);
        assert!(normalised.document["paths"].to_string().contains("\"id\"") && normalised.text().contains(kept));
        generate(&normalised, Target::Standalone { name: "any-place" }).unwrap();
    }
}
