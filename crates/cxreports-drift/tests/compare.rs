//! Pairs of documents: what is found between them, both ways round.

mod causes;
mod compositions;
mod fields;
mod fields_of_versions;
mod hostile;
mod hostile_operations;
mod hostile_schemas;
mod one_cause;
mod references;
mod releases;
mod rules;
mod support;
mod values;
mod versions;

use std::collections::BTreeSet;

use cxreports_drift::{
    Allow,
    Direction::{Request, Response},
    Options, Severity, entry, verdict,
};
use serde_json::{Value, json};
use support::{findings, findings_with, operation, parameter, schema, verdicts, with};

#[test]
fn changes_are_found_through_references_compositions_choices_and_cycles() {
    let document = |kind: &str| {
        let mut document = schema(Response, json!({ "$ref": "#/components/schemas/Node" }));
        let schemas = document["components"]["schemas"].as_object_mut().unwrap();
        schemas.insert("Base".into(), json!({ "type": "object", "properties": { "leaf": { "type": kind } } }));
        schemas.insert(
            "Node".into(),
            json!({
                "allOf": [{ "$ref": "#/components/schemas/Base" }],
                "properties": {
                    "children": { "type": "array", "items": { "$ref": "#/components/schemas/Node" } },
                    "either": { "oneOf": [{ "$ref": "#/components/schemas/Node" }, { "type": kind }] },
                    "map": { "type": "object", "additionalProperties": { "$ref": "#/components/schemas/Base" } },
                    "twin": { "allOf": [{ "$ref": "#/components/schemas/Node" }], "nullable": true }
                }
            }),
        );
        document
    };
    let found = findings(&document("string"), &document("boolean"));
    let places: Vec<_> =
        found.iter().flat_map(|finding| &finding.places).map(|place| place.base.clone().unwrap()).collect();
    let expected =
        ["/components/schemas/Base/properties/leaf/type", "/components/schemas/Node/properties/either/oneOf/1/type"];
    assert_eq!(places, expected, "{found:#?}");
    assert_eq!(findings(&document("string"), &document("string")), []);
}

#[test]
fn one_change_that_many_operations_see_is_one_finding() {
    let document = |kind: &str| {
        let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/S" } } });
        let get = json!({ "get": { "responses": { "200": { "content": content } } } });
        json!({
            "openapi": "3.0.4", "info": {}, "paths": { "/a": get, "/b": get },
            "components": { "schemas": { "S": { "properties": { "p": { "type": kind } } } } }
        })
    };
    let found = findings(&document("string"), &document("integer"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].operations(), BTreeSet::from(["GET /a", "GET /b"]));
    assert_eq!(
        found[0].message().to_string(),
        "`S.p`: type changed: was `string`, is `integer`; in 2 responses of `GET /a` and 1 more operation"
    );
}

const BREAKS: Option<Severity> = Some(Severity::Breaking);
const WARNS: Option<Severity> = Some(Severity::Warning);
const INFORMS: Option<Severity> = Some(Severity::Info);

fn responds(responses: Value) -> Value {
    operation(json!({ "responses": responses }))
}

fn types(names: &[&str]) -> Value {
    names.iter().map(|name| ((*name).to_owned(), json!({ "schema": {} }))).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn changes_of_operations_are_judged_both_ways_round() {
    let of = |names: &[&str]| responds(json!({ "200": { "content": types(names) } }));
    let takes = |names: &[&str]| operation(json!({ "requestBody": { "content": types(names) } }));
    let answer = |status: &str, kind: &str| {
        responds(json!({ status: { "content": { "application/json": { "schema": { "type": kind } } } } }))
    };
    let q = |name: &str, schema: Value| parameter(json!({ "in": "query", "name": name, "schema": schema }));
    let text = || json!({ "type": "string" });
    let number = || json!({ "type": "integer" });
    let list_of = |items: Value| json!({ "type": "array", "items": items });
    let carried = |place: &str, schema: Value| {
        parameter(json!({ "in": place, "name": "id", "required": true, "schema": schema }))
    };
    let form_of = |name: &str, schema: Value| {
        let schema = json!({ "type": "object", "properties": { name: schema } });
        operation(json!({ "requestBody": { "content": { "multipart/form-data": { "schema": schema } } } }))
    };
    let form = |schema: Value| form_of("p", schema);
    let json_body = |schema: Value| {
        let schema = json!({ "type": "object", "properties": { "p": schema } });
        operation(json!({ "requestBody": { "content": { "application/json": { "schema": schema } } } }))
    };
    let header_parameter = |name: &str| parameter(json!({ "in": "header", "name": name, "schema": text() }));
    let encoded = |encoding: Value| {
        operation(json!({ "requestBody": { "content": { "multipart/form-data": { "encoding": encoding } } } }))
    };
    let served_at = |server: &str, path: &str| json!({ "openapi": "3.0.4", "info": {}, "servers": [{ "url": server }], "paths": { path: { "get": {} } } });
    let at = |path: &str| json!({ "openapi": "3.0.4", "info": {}, "paths": { path: { "get": {} } } });
    let header = |name: &str, scheme: &str| {
        let mut document = operation(json!({ "security": [{ scheme: [] }] }));
        document["components"] =
            json!({ "securitySchemes": { scheme: { "type": "apiKey", "in": "header", "name": name } } });
        document
    };
    let token_at = |url: &str| {
        let mut document = operation(json!({ "security": [{ "o": [] }] }));
        document["components"] = json!({ "securitySchemes": { "o": {
            "type": "oauth2", "flows": { "clientCredentials": { "tokenUrl": url } }
        } } });
        document
    };
    let served = |path: &str| operation(json!({ "servers": [{ "url": path }] }));
    let path_served = |path: &str| {
        let mut document = operation(json!({}));
        document["paths"]["/x/{id}"]["servers"] = json!([{ "url": path }]);
        document
    };
    let login_at = |kind: &str, url: &str| {
        let mut document = operation(json!({ "security": [{ "o": [] }] }));
        document["components"] = json!({ "securitySchemes": { "o": { "type": "oauth2", "flows": { "authorizationCode": { kind: url } } } } });
        document
    };
    let response_header = |name: &str| responds(json!({ "200": { "headers": { name: { "schema": text() } } } }));
    let shared = json!({
        "openapi": "3.0.4", "info": {}, "paths": { "/a": { "$ref": "#/x-items/a" } }, "x-items": { "a": { "get": {} } }
    });
    let aspnet = ["application/json", "text/json", "text/plain"];
    let cases = [
        ("json, text", of(&["application/json"]), of(&["text/plain"]), (BREAKS, BREAKS)),
        ("json by another name", of(&["application/json"]), of(&["application/hal+json"]), (WARNS, WARNS)),
        ("the three names of ASP.NET", of(&aspnet), of(&["application/json"]), (WARNS, INFORMS)),
        ("case of a media type", of(&["Application/JSON; charset=utf-8"]), of(&["application/json"]), (None, None)),
        ("a range", takes(&["application/json"]), takes(&["*/*"]), (INFORMS, BREAKS)),
        ("default, another type", answer("default", "string"), answer("200", "integer"), (BREAKS, BREAKS)),
        ("default, same type", answer("default", "string"), answer("200", "string"), (None, None)),
        ("2XX", answer("200", "string"), answer("2XX", "string"), (None, None)),
        ("2XX, another type", answer("200", "string"), answer("2XX", "integer"), (BREAKS, BREAKS)),
        ("servers of an operation", served("/a"), served("/b"), (BREAKS, BREAKS)),
        ("servers of a path", path_served("/a"), path_served("/b"), (BREAKS, BREAKS)),
        ("token URL", token_at("/a"), token_at("/b"), (BREAKS, BREAKS)),
        ("login", login_at("authorizationUrl", "/a"), login_at("authorizationUrl", "/b"), (BREAKS, BREAKS)),
        ("refreshing", login_at("refreshUrl", "/a"), login_at("refreshUrl", "/b"), (BREAKS, BREAKS)),
        ("case of a response header", response_header("X-Total"), response_header("x-total"), (None, None)),
        ("scheme renamed", header("X-Key", "one"), header("x-key", "other"), (None, None)),
        ("number to text, path", carried("path", number()), carried("path", text()), (INFORMS, BREAKS)),
        ("number to text, header", carried("header", number()), carried("header", text()), (INFORMS, BREAKS)),
        ("number to text, cookie", carried("cookie", number()), carried("cookie", text()), (BREAKS, BREAKS)),
        ("number to text, form", form(number()), form(text()), (INFORMS, BREAKS)),
        ("number to text, JSON", json_body(number()), json_body(text()), (BREAKS, BREAKS)),
        ("value to list, header", carried("header", number()), carried("header", list_of(number())), (INFORMS, BREAKS)),
        ("value to list, form", form(number()), form(list_of(number())), (INFORMS, BREAKS)),
        (
            "number to bounded text",
            q("q", number()),
            q("q", json!({ "type": "string", "maxLength": 3 })),
            (BREAKS, BREAKS),
        ),
        ("case of a form's member", form_of("P", number()), form_of("p", number()), (None, None)),
        ("case of a header", header_parameter("X-Id"), header_parameter("x-id"), (None, None)),
        ("encoding as it is anyway", encoded(json!({ "a": { "style": "form" } })), encoded(json!({})), (None, None)),
        ("server's path moved into the paths", served_at("/cx", "/x"), served_at("/", "/cx/x"), (None, None)),
        ("server's path", served_at("/cx", "/x"), served_at("/other", "/x"), (BREAKS, BREAKS)),
        ("number to text", q("q", number()), q("q", text()), (INFORMS, BREAKS)),
        ("value to list", q("q", number()), q("q", json!({ "type": "array", "items": number() })), (INFORMS, BREAKS)),
        ("case of a query", q("Limit", number()), q("limit", number()), (None, None)),
        ("case of a route", at("/A"), at("/a/"), (None, None)),
        ("shared path items", at("/a"), shared, (None, None)),
    ];
    for (name, base, revision, expected) in cases {
        assert_eq!(verdicts(&base, &revision), expected, "{name}: {:#?}", findings(&base, &revision));
    }
}

#[test]
fn changes_of_schemas_are_judged_both_ways_round() {
    let p = |rest: Value| json!({ "type": "object", "properties": { "p": with(json!({ "type": "string" }), rest) } });
    let list = |rest: Value| with(json!({ "type": "array" }), rest);
    let a = || json!({ "$ref": "#/components/schemas/A" });
    let b = || json!({ "$ref": "#/components/schemas/B" });
    let all = |max: u32| json!({ "allOf": [{ "type": "string", "maxLength": 9 }, { "maxLength": max }] });
    fn twice(keyword: &str, one: impl Into<Value>, other: impl Into<Value>) -> Value {
        json!({ "allOf": [{ keyword: one.into() }, { keyword: other.into() }] })
    }
    let b2 = || json!({ "$ref": "#/components/schemas/B2" });
    let c = || json!({ "$ref": "#/components/schemas/C" });
    let text = |rest: Value| with(json!({ "type": "string" }), rest);
    let needs = |names: Value| json!({ "type": "object", "required": names });
    let needed = |rest: Value| with(p(rest), json!({ "required": ["p"] }));
    let cases = [
        ("items", Request, list(json!({})), list(json!({ "items": { "type": "string" } })), (BREAKS, INFORMS)),
        ("items", Response, list(json!({})), list(json!({ "items": { "type": "string" } })), (INFORMS, BREAKS)),
        ("encoded", Response, json!({ "$ref": "#/components/%73chemas/A" }), a(), (None, None)),
        ("encoded, other", Response, json!({ "$ref": "#/components/%73chemas/B" }), a(), (BREAKS, BREAKS)),
        ("twice", Request, all(8), all(3), (BREAKS, INFORMS)),
        ("twice", Request, twice("minLength", 1, 2), twice("minLength", 1, 5), (BREAKS, INFORMS)),
        ("twice", Request, twice("maximum", 9, 8), twice("maximum", 9, 3), (BREAKS, INFORMS)),
        ("twice", Request, twice("minimum", 1, 2), twice("minimum", 1, 5), (BREAKS, INFORMS)),
        ("twice", Request, twice("maxItems", 9, 8), twice("maxItems", 9, 3), (BREAKS, INFORMS)),
        ("twice", Request, twice("minItems", 1, 2), twice("minItems", 1, 5), (BREAKS, INFORMS)),
        ("twice", Request, twice("maxProperties", 9, 8), twice("maxProperties", 9, 3), (BREAKS, INFORMS)),
        ("twice", Request, twice("minProperties", 1, 2), twice("minProperties", 1, 5), (BREAKS, INFORMS)),
        ("twice, looser than the other", Request, twice("maxLength", 3, 8), twice("maxLength", 3, 5), (None, None)),
        ("twice", Request, twice("multipleOf", 2, 2), twice("multipleOf", 2, 3), (BREAKS, INFORMS)),
        ("twice", Request, twice("uniqueItems", false, false), twice("uniqueItems", false, true), (BREAKS, INFORMS)),
        ("twice", Request, twice("enum", ["a", "b"], ["a", "b"]), twice("enum", ["a", "b"], ["b"]), (BREAKS, INFORMS)),
        ("twice", Request, twice("pattern", "a", "a"), twice("pattern", "a", "b"), (BREAKS, BREAKS)),
        (
            "twice",
            Request,
            twice("not", json!({ "enum": ["a"] }), json!({ "enum": ["a"] })),
            twice("not", json!({ "enum": ["a"] }), json!({ "enum": ["b"] })),
            (BREAKS, INFORMS),
        ),
        (
            "twice",
            Request,
            twice("additionalProperties", true, true),
            twice("additionalProperties", true, false),
            (BREAKS, INFORMS),
        ),
        (
            "alternative renamed",
            Response,
            json!({ "oneOf": [a(), b()] }),
            json!({ "oneOf": [a(), b2()] }),
            (None, None),
        ),
        (
            "alternative inlined",
            Response,
            json!({ "oneOf": [a(), b()] }),
            json!({ "oneOf": [a(), { "type": "string" }] }),
            (None, None),
        ),
        (
            "alternative renamed and changed",
            Response,
            json!({ "oneOf": [a(), b()] }),
            json!({ "oneOf": [a(), c()] }),
            (BREAKS, BREAKS),
        ),
        ("one schema, then a choice with its twin", Request, b(), json!({ "oneOf": [b2(), a()] }), (INFORMS, BREAKS)),
        ("values without a type", Response, json!({ "enum": ["a"] }), text(json!({ "enum": ["a"] })), (None, None)),
        ("disjoint", Response, text(json!({ "enum": ["a"] })), text(json!({ "enum": ["b"] })), (BREAKS, BREAKS)),
        ("not read-only", Request, needed(json!({ "readOnly": true })), needed(json!({})), (BREAKS, BREAKS)),
        ("undeclared", Request, needs(json!([])), needs(json!(["x"])), (BREAKS, INFORMS)),
        (
            "read-only",
            Request,
            p(json!({ "readOnly": true })),
            p(json!({ "readOnly": true, "type": "integer" })),
            (None, None),
        ),
        (
            "write-only",
            Response,
            p(json!({ "writeOnly": true })),
            p(json!({ "writeOnly": true, "type": "integer" })),
            (None, None),
        ),
        ("choice of one", Response, a(), json!({ "oneOf": [a()] }), (None, None)),
        (
            "choice with null",
            Response,
            with(json!({ "allOf": [a()] }), json!({ "nullable": true })),
            json!({ "oneOf": [{ "nullable": true }, a()] }),
            (None, None),
        ),
        ("another choice", Request, a(), json!({ "oneOf": [a(), b()] }), (INFORMS, BREAKS)),
        ("another choice", Response, a(), json!({ "oneOf": [a(), b()] }), (BREAKS, INFORMS)),
        ("any text", Response, text(json!({ "pattern": "^.*$" })), text(json!({})), (None, None)),
        ("password", Request, text(json!({})), text(json!({ "format": "password" })), (None, None)),
        (
            "case of a member",
            Request,
            p(json!({})),
            json!({ "type": "object", "properties": { "P": { "type": "string" } } }),
            (None, None),
        ),
        (
            "case of a member",
            Response,
            p(json!({})),
            json!({ "type": "object", "properties": { "P": { "type": "string" } } }),
            (BREAKS, BREAKS),
        ),
        ("case of a value", Request, text(json!({ "enum": ["Pdf"] })), text(json!({ "enum": ["pdf"] })), (None, None)),
    ];
    for (name, direction, before, after, expected) in cases {
        let (base, revision) = (schema(direction, before), schema(direction, after));
        assert_eq!(verdicts(&base, &revision), expected, "{name}, {direction:?}: {:#?}", findings(&base, &revision));
    }
}

#[test]
fn other_servers_than_aspnet_have_regard_to_case() {
    let q = |name: &str| parameter(json!({ "in": "query", "name": name, "schema": { "type": "string" } }));
    let body = |media_type: &str, name: &str| {
        let schema = json!({ "type": "object", "properties": { name: { "type": "string" } } });
        operation(json!({ "requestBody": { "content": { media_type: { "schema": schema } } } }))
    };
    let listed = |value: &str| schema(Request, json!({ "type": "string", "enum": [value] }));
    let at = |path: &str| json!({ "openapi": "3.0.4", "info": {}, "paths": { path: { "get": {} } } });
    for (base, revision) in [
        (q("Q"), q("q")),
        (body("application/json", "P"), body("application/json", "p")),
        (body("multipart/form-data", "P"), body("multipart/form-data", "p")),
        (listed("Pdf"), listed("pdf")),
        (at("/A"), at("/a")),
    ] {
        for (base, revision) in [(&base, &revision), (&revision, &base)] {
            assert_eq!(verdict(&findings(base, revision)), None);
            assert_eq!(verdict(&findings_with(base, revision, Options { ignore_case: false })), BREAKS, "{base}");
        }
    }
}

#[test]
fn an_acceptance_holds_for_its_direction_and_value_alone() {
    let today = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    let listed = |values: Value| json!({ "type": "string", "enum": values });
    let (base, revision) = (schema(Response, listed(json!(["a"]))), schema(Response, listed(json!(["a", "b", "c"]))));
    let found = findings(&base, &revision);
    assert_eq!((found.len(), found[0].places.len()), (1, 2));
    // One value is accepted: the other one stays.
    let entries = entry(&found[0], today);
    let one = &entries[..entries.rfind("[[allow]]").unwrap()];
    let allow = Allow::parse(one, "spec/drift-allow.toml").unwrap();
    let allowed = allow.apply(found.clone(), today);
    assert_eq!((allowed.findings.len(), allowed.accepted), (1, 0));
    assert_eq!(allowed.findings[0].places, [found[0].places[1].clone()]);
    // Both are.
    let both = Allow::parse(&entries, "file").unwrap().apply(found.clone(), today);
    assert_eq!((both.findings, both.accepted), (vec![], 1));
    // The other direction is not.
    let (base, revision) = (schema(Request, listed(json!(["a"]))), schema(Request, listed(json!(["a", "b", "c"]))));
    let other_way = allow.apply(findings(&base, &revision), today).findings;
    assert!(other_way.iter().any(|finding| finding.rule.id() == "enum-value-added" && finding.places.len() == 2));
    let wide = "[[allow]]\nrule = \"enum-value-added\"\ndirection = \"any\"\nvalue = \"any\"\nreason = \"r\"\nexpires = 2026-01-01\n";
    assert_eq!(Allow::parse(wide, "file").unwrap().apply(found, today).accepted, 1);
}

#[test]
fn what_is_accepted_for_requests_stays_for_responses() {
    let today = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    let document = |properties: Value| {
        let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/S" } } });
        let mut document = operation(json!({
            "requestBody": { "content": content }, "responses": { "200": { "content": content } }
        }));
        document["components"] = json!({ "schemas": { "S": { "type": "object", "properties": properties } } });
        document
    };
    let found = findings(&document(json!({ "p": {} })), &document(json!({})));
    assert_eq!((found.len(), found[0].directions()), (1, BTreeSet::from([Request, Response])));
    let accepted = entry(&found[0], today).replace("direction = \"any\"", "direction = \"request\"");
    let left = Allow::parse(&accepted, "file").unwrap().apply(found, today).findings;
    assert_eq!((left.len(), left[0].directions()), (1, BTreeSet::from([Response])));
}
