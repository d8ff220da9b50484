//! What is behind references: chains of aliases, and keywords that are not compared.

use cxreports_drift::{Direction::Response, Rule};
use serde_json::{Value, json};

use super::{
    hostile::{BREAKS, NONE, WARNS, check, gives, member, newer, refers, schemas},
    support::{operation, rules, verdicts},
};

#[test]
fn aliases_are_followed_however_many_they_are() {
    for count in [1, 41, 64, 70, 130, 1000] {
        let of = |kind: &str| {
            let mut all = json!({ "S": refers("A0") });
            for index in 0..count {
                all[format!("A{index}")] = refers(&format!("A{}", index + 1));
            }
            all[format!("A{count}")] = member(json!({ "type": kind }));
            schemas("3.0.4", Response, all)
        };
        assert_eq!(rules(&of("string"), &of("integer")), [Rule::TypeChanged], "{count}");
        assert_eq!(rules(&of("integer"), &of("string")), [Rule::TypeChanged], "{count}");
    }
    // A circle ends, wherever it begins.
    for (from, circle) in [(0, 1), (1, 1), (3, 2), (5, 7)] {
        let mut all = json!({ "S": refers("A0") });
        for index in 0..from + circle {
            let next = if index + 1 == from + circle { from } else { index + 1 };
            all[format!("A{index}")] = refers(&format!("A{next}"));
        }
        let document = schemas("3.0.4", Response, all);
        assert_eq!(rules(&document, &document), []);
        assert_eq!(verdicts(&document, &schemas("3.0.4", Response, json!({ "S": {} }))), (NONE, NONE));
    }
}

#[test]
fn a_change_behind_a_reference_under_a_keyword_that_is_not_compared_is_said() {
    let lost = |keyword: &str, value: &Value, kind: &str, name: &str| {
        let schema = json!({ "type": "object", keyword: value });
        newer(schemas(
            "3.0.4",
            Response,
            json!({ "S": refers(name), name: schema, "Z": member(json!({ "type": kind })) }),
        ))
    };
    for (keyword, value) in [
        ("if", refers("Z")),
        ("then", refers("Z")),
        ("else", json!({ "properties": { "q": refers("Z") } })),
        ("propertyNames", refers("Z")),
        ("dependentSchemas", json!({ "a": refers("Z") })),
        ("contains", refers("Z")),
        ("prefixItems", json!([{ "type": "string" }, refers("Z")])),
        ("unevaluatedItems", refers("Z")),
        ("unevaluatedProperties", refers("Z")),
        ("patternProperties", json!({ "^a": {}, "^b": refers("Z") })),
        ("contentSchema", refers("Z")),
    ] {
        let of = |kind: &str, name: &str| lost(keyword, &value, kind, name);
        for (base, revision) in [("string", "integer"), ("integer", "string")] {
            assert!(rules(&of(base, "T"), &of(revision, "T")).contains(&Rule::NotCompared), "{keyword}");
            // The same where the schema is renamed.
            assert!(rules(&of(base, "T"), &of(revision, "U")).contains(&Rule::NotCompared), "{keyword}");
        }
        assert_eq!(rules(&of("string", "T"), &of("string", "U")), [], "{keyword}");
    }
    let not = |kind: &str| {
        schemas("3.0.4", Response, json!({ "S": member(json!({ "not": refers("Z") })), "Z": { "type": kind } }))
    };
    let callback = |kind: &str, is_named: bool| {
        let body = json!({ "content": { "application/json": { "schema": refers("Z") } } });
        let called = json!({ "{$request.body#/url}": { "post": { "requestBody": body, "responses": {} } } });
        let callbacks = if is_named { json!({ "$ref": "#/components/callbacks/C" }) } else { called.clone() };
        let mut document = operation(json!({ "callbacks": { "done": callbacks }, "responses": {} }));
        document["components"] =
            json!({ "schemas": { "Z": member(json!({ "type": kind })) }, "callbacks": { "C": called } });
        document
    };
    let null_or = |kind: &str| {
        let either = json!({ "anyOf": [{ "type": "null" }, { "type": "array", "contains": refers("Z") }] });
        newer(schemas("3.0.4", Response, json!({ "S": member(either), "Z": { "type": kind } })))
    };
    let described = |description: &str| newer(gives(json!({ "if": { "description": description }, "then": {} })));
    check(vec![
        ("not", not("string"), not("integer"), (BREAKS, BREAKS)),
        ("a callback's schema", callback("string", false), callback("integer", false), (WARNS, WARNS)),
        ("a callback by reference", callback("string", true), callback("integer", true), (WARNS, WARNS)),
        ("a callback is written out", callback("string", true), callback("string", false), (NONE, NONE)),
        ("beside null", null_or("string"), null_or("integer"), (WARNS, WARNS)),
        ("what only describes", described("a"), described("b"), (NONE, NONE)),
    ]);
}
