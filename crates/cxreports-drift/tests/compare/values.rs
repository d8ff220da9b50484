//! Values, numbers and formats that are the same in other words, and those that look the same and are not.

use cxreports_drift::{Direction::Request, Rule};
use serde_json::{Value, json};

use super::{
    hostile::{BREAKS, INFORMS, NONE, WARNS, check, gives, member, newer, takes},
    support::{findings, operation, parameter, rules, schema, with},
};

fn integer(rest: Value) -> Value {
    member(with(json!({ "type": "integer" }), rest))
}

fn number(rest: Value) -> Value {
    member(with(json!({ "type": "number" }), rest))
}

#[test]
fn numbers_are_what_they_say_however_they_are_written_and_however_large_they_are() {
    let large = |keyword: &str, value: i64| integer(json!({ keyword: value }));
    let most = |value: u64| integer(json!({ "maximum": value }));
    let values = |value: i64| integer(json!({ "enum": [value] }));
    let int32 = |rest: Value| integer(with(json!({ "format": "int32" }), rest));
    let whole = json!({ "minimum": i32::MIN, "maximum": i32::MAX });
    check(vec![
        ("above 2^53", takes(large("maximum", (1 << 53) + 1)), takes(large("maximum", 1 << 53)), (BREAKS, INFORMS)),
        ("in responses", gives(large("minimum", (1 << 53) + 1)), gives(large("minimum", 1 << 53)), (BREAKS, INFORMS)),
        ("above 2^63", takes(most(u64::MAX)), takes(most(u64::MAX - 1)), (BREAKS, INFORMS)),
        ("values above 2^53", takes(values((1 << 53) + 1)), takes(values(1 << 53)), (BREAKS, BREAKS)),
        (
            "a listed value",
            takes(number(json!({ "enum": [1] }))),
            takes(number(json!({ "enum": [1.0] }))),
            (NONE, NONE),
        ),
        ("a bound", takes(number(json!({ "minimum": 1 }))), takes(number(json!({ "minimum": 1.0 }))), (NONE, NONE)),
        ("a default", takes(number(json!({ "default": 1 }))), takes(number(json!({ "default": 1.0 }))), (NONE, NONE)),
        (
            "a default with members",
            takes(member(json!({ "default": { "a": [1] } }))),
            takes(member(json!({ "default": { "a": [1.0] } }))),
            (NONE, NONE),
        ),
        (
            "a constant",
            newer(takes(member(json!({ "const": 2 })))),
            newer(takes(member(json!({ "const": 2.0 })))),
            (NONE, NONE),
        ),
        (
            "above 0 is 1 and more",
            takes(integer(json!({ "minimum": 0, "exclusiveMinimum": true }))),
            takes(integer(json!({ "minimum": 1 }))),
            (NONE, NONE),
        ),
        (
            "below 10 is 9 and less",
            gives(integer(json!({ "maximum": 10, "exclusiveMaximum": true }))),
            gives(integer(json!({ "maximum": 9.5 }))),
            (NONE, NONE),
        ),
        (
            "of numbers it is not",
            takes(number(json!({ "minimum": 0, "exclusiveMinimum": true }))),
            takes(number(json!({ "minimum": 1 }))),
            (BREAKS, INFORMS),
        ),
        (
            "a whole number's steps of 1",
            takes(integer(json!({}))),
            takes(integer(json!({ "multipleOf": 1 }))),
            (NONE, NONE),
        ),
        ("the whole range of a type", takes(int32(json!({}))), takes(int32(whole.clone())), (NONE, NONE)),
        ("more than it", gives(int32(json!({}))), gives(int32(json!({ "maximum": 4e9 }))), (NONE, NONE)),
        ("less than it", takes(int32(json!({}))), takes(int32(json!({ "minimum": 0 }))), (BREAKS, INFORMS)),
        ("of no type", takes(integer(json!({}))), takes(integer(whole)), (BREAKS, INFORMS)),
    ]);
    let wider = integer(json!({ "format": "int64", "minimum": i32::MIN, "maximum": i32::MAX }));
    let found = rules(&takes(int32(json!({}))), &takes(wider));
    assert_eq!(found, [Rule::FormatWidened], "the range is that of the former format");
}

#[test]
fn a_choice_between_constants_is_a_list_of_values() {
    let list = |values: &[&str]| json!({ "type": "string", "enum": values });
    let choice = |keyword: &str, values: &[&str]| {
        let constant = |value: &&str| json!({ "const": value, "type": "string", "title": value });
        json!({ keyword: values.iter().map(constant).collect::<Vec<_>>() })
    };
    let either = |rest: Value| json!({ "anyOf": [list(&["a"]), with(json!({ "type": "integer" }), rest)] });
    let takes = |schema: Value| newer(takes(member(schema)));
    let gives = |schema: Value| newer(gives(member(schema)));
    let (one, two) = (["a", "b"], ["a", "b", "c"]);
    check(vec![
        ("in other words", takes(choice("oneOf", &one)), takes(list(&one)), (NONE, NONE)),
        ("in other words, in responses", gives(choice("anyOf", &one)), gives(list(&one)), (NONE, NONE)),
        (
            "beside another alternative",
            takes(either(json!({ "enum": [1, 2] }))),
            takes(either(json!({}))),
            (INFORMS, BREAKS),
        ),
        (
            "of two types",
            gives(either(json!({ "enum": [1] }))),
            gives(either(json!({ "enum": [1, 2] }))),
            (WARNS, INFORMS),
        ),
        ("another keyword", gives(choice("anyOf", &one)), gives(choice("oneOf", &one)), (NONE, NONE)),
        ("a value more", takes(choice("oneOf", &one)), takes(choice("oneOf", &two)), (INFORMS, BREAKS)),
        ("a value more, in responses", gives(choice("oneOf", &one)), gives(choice("oneOf", &two)), (WARNS, INFORMS)),
    ]);
}

#[test]
fn formats_that_only_annotate_break_nobody() {
    let text = |rest: Value| member(with(json!({ "type": "string" }), rest));
    let of = |format: &str| text(json!({ "format": format }));
    let q = |rest: Value| {
        parameter(json!({ "in": "query", "name": "q", "schema": with(json!({ "type": "string" }), rest) }))
    };
    let mut cases = Vec::new();
    for format in ["html", "multiline", "currency", "postal-code", "tel", "phone", "credit-card", "MultilineText"] {
        cases.push((format, takes(text(json!({}))), takes(of(format)), (INFORMS, INFORMS)));
        cases.push((format, gives(text(json!({}))), gives(of(format)), (INFORMS, INFORMS)));
        cases.push((format, q(json!({})), q(json!({ "format": format })), (INFORMS, INFORMS)));
    }
    for format in ["uuid", "date-time", "uri", "email", "byte", "duration", "ipv4"] {
        cases.push((format, takes(text(json!({}))), takes(of(format)), (BREAKS, INFORMS)));
        cases.push((format, gives(text(json!({}))), gives(of(format)), (INFORMS, BREAKS)));
        cases.push(("from an annotation", takes(of("html")), takes(of(format)), (BREAKS, INFORMS)));
    }
    cases.push(("password", takes(text(json!({}))), takes(of("password")), (NONE, NONE)));
    cases.push((
        "a smaller integer",
        takes(integer(json!({ "format": "int64" }))),
        takes(integer(json!({ "format": "uint32" }))),
        (BREAKS, INFORMS),
    ));
    let form = |schema: Value| {
        operation(json!({ "requestBody": { "content": { "multipart/form-data": { "schema": member(schema) } } } }))
    };
    let file = || json!({ "type": "string", "format": "binary" });
    let list = |items: Value| json!({ "type": "array", "items": items });
    cases.push(("a file becomes text", form(file()), form(json!({ "type": "string" })), (BREAKS, BREAKS)));
    cases.push(("a list of files", form(list(file())), form(list(json!({ "type": "string" }))), (BREAKS, BREAKS)));
    check(cases);
    let base = schema(Request, of("html"));
    let found = findings(&base, &schema(Request, of("tel")));
    assert!(found[0].message().to_string().contains("was `html`, is `tel`"), "{}", found[0].message());
}
