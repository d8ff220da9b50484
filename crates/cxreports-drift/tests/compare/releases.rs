//! What a release manager relies on: acceptances that hold for one change, the methods that break, and no break where the wire is
//! the same.

use std::collections::{BTreeMap, BTreeSet};

use cxreports_drift::{
    Allow,
    Direction::{Request, Response},
    Document, Options, Rule, compare, entry, verdict,
};
use cxreports_openapi::document::Endpoint;
use serde_json::{Value, json};

use super::{
    causes::single,
    hostile::{BREAKS, NONE, WARNS, check},
    support::{findings, operation, rules, schema, with},
};

#[test]
fn what_is_accepted_is_what_was_added_and_nothing_later() {
    let today = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    let required = |place: &str, name: &str| json!({ "in": place, "name": name, "required": true, "schema": { "type": "string" } });
    let parameters = |list: Value| operation(json!({ "parameters": list }));
    let body = |required: Value| {
        schema(Request, json!({ "type": "object", "required": required, "properties": { "a": {}, "b": {} } }))
    };
    let choice = |names: &[&str]| {
        let options: Vec<_> =
            names.iter().map(|name| json!({ "$ref": format!("#/components/schemas/{name}") })).collect();
        schema(Response, json!({ "oneOf": options }))
    };
    let properties = |names: &[&str]| {
        let properties: serde_json::Map<_, _> =
            names.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
        schema(Request, json!({ "type": "object", "required": names, "properties": properties }))
    };
    let added_body = |required: Value| {
        let schema = json!({ "type": "object", "required": required });
        operation(
            json!({ "requestBody": { "required": true, "content": { "application/json": { "schema": schema } } } }),
        )
    };
    for (base, first, both, later) in [
        (
            parameters(json!([])),
            parameters(json!([required("query", "folder")])),
            parameters(json!([required("query", "folder"), required("header", "tenant")])),
            parameters(json!([required("header", "tenant")])),
        ),
        (properties(&[]), properties(&["a"]), properties(&["a", "b"]), properties(&["b"])),
        (body(json!([])), body(json!(["a"])), body(json!(["a", "b"])), body(json!(["b"]))),
        (choice(&["A", "B"]), choice(&["A", "B", "C"]), choice(&["A", "B", "C", "B3"]), choice(&["A", "B", "B3"])),
        (operation(json!({})), added_body(json!([])), added_body(json!(["a"])), added_body(json!(["b"]))),
    ] {
        let with_other = |document: &Value| {
            let mut document = document.clone();
            if document["components"]["schemas"].is_object() {
                document["components"]["schemas"]["B3"] = json!({ "type": "array", "items": { "type": "integer" } });
            }
            document
        };
        let found = |revision: &Value| findings(&with_other(&base), &with_other(revision));
        let accepted: String = found(&first)
            .iter()
            .filter(|finding| verdict(std::slice::from_ref(finding)) == BREAKS)
            .map(|finding| entry(finding, today))
            .collect();
        let allow = Allow::parse(&accepted, "file").unwrap();
        let left = |revision: &Value| allow.apply(found(revision), today).findings;
        assert_ne!(verdict(&left(&first)), BREAKS, "{accepted}");
        assert_eq!(verdict(&left(&both)), BREAKS, "{accepted}");
        let left = left(&later);
        assert_eq!(verdict(&left), BREAKS, "{accepted}");
        assert!(left.iter().any(|finding| finding.rule == Rule::AllowUnused), "{accepted}");
    }
}

#[test]
fn methods_break_by_what_they_lack_and_by_the_response_that_they_read() {
    let names = [(Endpoint { path: "/x/{id}".into(), method: "post".into() }, "start_export".to_owned())].into();
    let methods = |base: &Value, revision: &Value| -> BTreeSet<String> {
        let read = |document: &Value| Document::read(document.clone()).unwrap();
        let found = compare(&read(base), &read(revision), &names, Options::default());
        found.into_iter().flat_map(|finding| finding.effect.methods).collect()
    };
    let header = json!({ "in": "header", "name": "X-Tenant", "required": true, "schema": { "type": "string" } });
    assert!(!methods(&operation(json!({})), &operation(json!({ "parameters": [header] }))).is_empty());
    let body = |names: &[&str]| {
        let properties: serde_json::Map<_, _> =
            names.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
        schema(Request, json!({ "type": "object", "required": names, "properties": properties }))
    };
    assert!(!methods(&body(&[]), &body(&["tenant"])).is_empty());
    let response = |status: &str, kind: &str| {
        let schema = json!({ "type": "object", "properties": { "temporaryFileId": { "type": kind } } });
        operation(
            json!({ "responses": { status: { "description": "", "content": { "application/json": { "schema": schema } } } } }),
        )
    };
    assert!(!methods(&response("200", "integer"), &response("200", "string")).is_empty());
    assert!(methods(&response("404", "integer"), &response("404", "string")).is_empty());
}

#[test]
fn the_same_wire_is_no_break() {
    let served = |server: Value| with(operation(json!({})), json!({ "servers": [server] }));
    let at = |url: &str| served(json!({ "url": url }));
    let variable = |url: &str| {
        served(json!({ "url": url, "variables": { "origin": { "default": "https://uploads.example.com" } } }))
    };
    let number = |format: &str| schema(Response, json!({ "type": "number", "format": format }));
    let text = |format: &str| schema(Response, json!({ "type": "string", "format": format }));
    let statuses = |statuses: &[&str]| {
        let responses: serde_json::Map<_, _> =
            statuses.iter().map(|status| ((*status).to_owned(), json!({ "description": "" }))).collect();
        operation(json!({ "responses": responses }))
    };
    check(vec![
        ("an origin in a variable", variable("{origin}"), at("https://uploads.example.com"), (NONE, NONE)),
        ("an origin in a variable, with a path", variable("{origin}/api"), at("/api"), (NONE, NONE)),
        ("a URL without a scheme", at("//reports.example/api"), at("/api"), (NONE, NONE)),
        ("another path", variable("{origin}/api"), at("/v2"), (BREAKS, BREAKS)),
        ("decimal numbers", number("double"), number("decimal"), (NONE, NONE)),
        ("GUIDs", text("uuid"), text("guid"), (NONE, NONE)),
        ("two statuses become a range", statuses(&["200", "201"]), statuses(&["2XX"]), (NONE, WARNS)),
    ]);
    // Two successes of which one goes are no default response.
    assert!(rules(&statuses(&["200"]), &statuses(&["204", "default"])).contains(&Rule::SuccessRemoved));
}

#[test]
fn a_value_that_is_inserted_gives_the_others_another_name() {
    for keyword in ["x-enumNames", "x-enum-varnames"] {
        let named = |values: Value, names: Value| json!({ "type": "integer", "enum": values, keyword: names });
        let (before, after) =
            (named(json!([0, 1]), json!(["A", "C"])), named(json!([0, 1, 2]), json!(["A", "B", "C"])));
        for direction in [Request, Response] {
            let of = |values: &Value| schema(direction, values.clone());
            check(vec![("inserted", of(&before), of(&after), (BREAKS, BREAKS))]);
        }
    }
}

#[test]
fn what_refers_to_itself_is_not_put_into_an_envelope() {
    let item = |names: [&str; 3]| {
        let own = json!({ "$ref": "#/components/schemas/S" });
        schema(
            Response,
            json!({ "type": "object", "properties": { names[0]: { "type": "string" }, names[1]: own, names[2]: {} } }),
        )
    };
    let found = single(&item(["Name", "Current", "Id"]), &item(["name", "current", "id"]));
    assert_eq!(found.rule, Rule::NameCaseChanged);
}

#[test]
fn extensions_among_the_paths_are_no_paths() {
    let document = |extension: Value| {
        let mut document = operation(json!({}));
        document["paths"]["x-tool"] = extension;
        document
    };
    assert!(findings(&document(json!({ "get": {} })), &document(json!("text"))).is_empty());
}

#[test]
fn long_lists_of_values_are_compared_at_once() {
    let listed = |prefix: &str| -> Value {
        let values: Vec<_> = (0..20_000).map(|index| format!("{prefix}{index}")).chain(["same".to_owned()]).collect();
        schema(Response, json!({ "type": "string", "enum": values }))
    };
    let read = |document: Value| Document::read(document).unwrap();
    let found = compare(&read(listed("a")), &read(listed("b")), &BTreeMap::new(), Options::default());
    assert_eq!(found.iter().map(|finding| finding.places.len()).collect::<Vec<_>>(), [20_000, 20_000]);
}

#[test]
fn what_stands_beside_alternatives_is_compared_with_a_schema_that_has_none() {
    let object = |required: &[&str], properties: Value| json!({ "type": "object", "required": required, "properties": properties });
    let x = || object(&[], json!({ "x": { "type": "string" } }));
    let z = || object(&[], json!({ "z": { "type": "string" } }));
    let p = |kind: &str| object(&["p"], json!({ "p": { "type": kind } }));
    let beside = |kind: &str| with(p(kind), json!({ "oneOf": [x(), z()] }));
    let p_and_x = |kind: &str| object(&["p"], json!({ "p": { "type": kind }, "x": { "type": "string" } }));
    let no_value = json!({ "type": "null" });
    let new = |value: Value| {
        let mut document = schema(Response, value);
        document["openapi"] = json!("3.1.0");
        document
    };
    check(vec![
        (
            "a required member beside the choice",
            schema(Request, x()),
            schema(Request, beside("integer")),
            (BREAKS, BREAKS),
        ),
        ("its type", schema(Response, beside("integer")), schema(Response, p_and_x("string")), (BREAKS, BREAKS)),
        (
            "a base class beside the choice",
            schema(Request, json!({ "allOf": [p("string"), x()] })),
            schema(Request, json!({ "allOf": [p("string"), { "oneOf": [x(), z()] }] })),
            (Some(cxreports_drift::Severity::Info), BREAKS),
        ),
        (
            "one alternative of a nullable choice is left",
            new(json!({ "oneOf": [no_value, x(), z()] })),
            new(json!({ "oneOf": [no_value, x()] })),
            (Some(cxreports_drift::Severity::Info), BREAKS),
        ),
    ]);
}

#[test]
fn alternatives_are_told_apart_by_the_one_value_of_a_member() {
    let of = |tag: &str, kind: &str, more: bool| {
        let mut properties = json!({ "t": { "type": "string", "enum": [tag] }, "v": { "type": kind } });
        if more {
            properties["w"] = json!({ "type": "string" });
        }
        json!({ "type": "object", "properties": properties })
    };
    let (base, revision) = (
        json!({ "oneOf": [of("a", "integer", false), of("b", "string", false)] }),
        json!({ "oneOf": [of("b", "string", true), of("a", "integer", true)] }),
    );
    for direction in [Request, Response] {
        let found = rules(&schema(direction, base.clone()), &schema(direction, revision.clone()));
        assert!(found.iter().all(|rule| *rule == Rule::PropertyAddedOptional), "{found:?}");
    }
}

#[test]
fn the_items_after_a_tuple_are_not_compared_and_it_is_said() {
    let tuple = |items: Value| {
        let mut document =
            schema(Response, json!({ "type": "array", "prefixItems": [{ "type": "string" }], "items": items }));
        document["openapi"] = json!("3.1.0");
        document
    };
    let kind = |kind: &str| json!({ "type": kind });
    assert_eq!(rules(&tuple(kind("integer")), &tuple(kind("string"))), [Rule::NotCompared]);
    assert_eq!(rules(&tuple(json!(false)), &tuple(kind("string"))), [Rule::NotCompared]);
}
