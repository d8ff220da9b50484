//! Members that several parts of a composition declare, as ASP.NET documents write them for derived classes: all parts hold.

use cxreports_drift::{
    Direction::{Request, Response},
    Rule,
};
use serde_json::{Value, json};

use super::{
    hostile::{BREAKS, INFORMS, NONE, WARNS, check, gives, member, newer, refers, schemas, takes},
    support::{findings, rules, with},
};

fn text(rest: Value) -> Value {
    with(json!({ "type": "string" }), rest)
}

/// `S` derives from `A`, which has the member `base`, and declares it again as `own`.
fn derived(direction: cxreports_drift::Direction, base: &Value, own: Value, is_first: bool) -> Value {
    let mut parts = vec![refers("A"), json!({ "properties": { "p": own } })];
    if is_first {
        parts.reverse();
    }
    schemas("3.0.4", direction, json!({ "S": { "allOf": parts }, "A": member(base.clone()) }))
}

#[test]
fn a_member_that_a_derived_class_declares_again_is_compared_with_both() {
    let changes = [
        (
            "bound",
            text(json!({})),
            text(json!({ "maxLength": 5 })),
            text(json!({ "maxLength": 3 })),
            (BREAKS, INFORMS),
            (INFORMS, BREAKS),
        ),
        (
            "values",
            text(json!({})),
            text(json!({ "enum": ["a", "b"] })),
            text(json!({ "enum": ["a"] })),
            (BREAKS, INFORMS),
            (INFORMS, WARNS),
        ),
        (
            "no values",
            text(json!({})),
            text(json!({ "enum": ["a"] })),
            text(json!({})),
            (INFORMS, BREAKS),
            (WARNS, INFORMS),
        ),
        (
            "format",
            text(json!({})),
            text(json!({ "format": "uuid" })),
            text(json!({})),
            (INFORMS, BREAKS),
            (BREAKS, INFORMS),
        ),
        (
            "null",
            text(json!({ "nullable": true })),
            text(json!({})),
            text(json!({ "nullable": true })),
            (INFORMS, BREAKS),
            (BREAKS, INFORMS),
        ),
        (
            "read-only",
            text(json!({})),
            text(json!({ "readOnly": true })),
            text(json!({})),
            (INFORMS, BREAKS),
            (INFORMS, INFORMS),
        ),
        (
            "deprecated",
            text(json!({})),
            text(json!({})),
            text(json!({ "deprecated": true })),
            (WARNS, NONE),
            (WARNS, NONE),
        ),
        ("default", json!({}), json!({ "default": 1 }), json!({ "default": 2 }), (WARNS, WARNS), (INFORMS, INFORMS)),
        ("any value", json!({}), text(json!({})), json!({ "type": "integer" }), (BREAKS, BREAKS), (BREAKS, BREAKS)),
        ("type", text(json!({})), text(json!({})), json!({ "type": "integer" }), (BREAKS, BREAKS), (BREAKS, BREAKS)),
        (
            "members",
            member(json!({})),
            member(text(json!({}))),
            member(json!({ "type": "integer" })),
            (BREAKS, BREAKS),
            (BREAKS, BREAKS),
        ),
        (
            "items",
            json!({ "type": "array", "items": {} }),
            json!({ "items": text(json!({})) }),
            json!({ "items": { "type": "integer" } }),
            (BREAKS, BREAKS),
            (BREAKS, BREAKS),
        ),
        (
            "values of a dictionary",
            json!({ "additionalProperties": {} }),
            json!({ "additionalProperties": text(json!({})) }),
            json!({ "additionalProperties": { "type": "integer" } }),
            (BREAKS, BREAKS),
            (BREAKS, BREAKS),
        ),
    ];
    let mut cases = Vec::new();
    for is_first in [false, true] {
        for (name, base, was, is, request, response) in &changes {
            let of = |direction, own: &Value| derived(direction, base, own.clone(), is_first);
            cases.push((*name, of(Request, was), of(Request, is), *request));
            cases.push((*name, of(Response, was), of(Response, is), *response));
        }
    }
    check(cases);
}

#[test]
fn what_a_derived_class_declares_holds_wherever_it_is_written() {
    let data = |kind: &str| {
        let result = json!({ "allOf": [refers("A"), member(refers("X"))] });
        schemas("3.0.4", Response, json!({ "S": result, "A": member(json!({})), "X": member(json!({ "type": kind })) }))
    };
    let beside = |own: Value| {
        let own = with(json!({ "allOf": [refers("A")] }), member(own));
        schemas("3.0.4", Request, json!({ "S": own, "A": member(text(json!({}))) }))
    };
    let of_reference = |own: Value| {
        let own = with(refers("A"), json!({ "properties": { "p": own } }));
        newer(schemas("3.0.4", Request, json!({ "S": own, "A": member(text(json!({}))) })))
    };
    let deep = |most: u32| {
        let part = |from: &str, rest: Value| json!({ "allOf": [refers(from), member(rest)] });
        let grand = part("Mid", member(text(json!({ "maxLength": most }))));
        schemas(
            "3.0.4",
            Request,
            json!({ "S": grand, "Mid": part("A", member(text(json!({})))), "A": member(member(json!({}))) }),
        )
    };
    let twice = |keyword: &str, first: Value, second: Value| {
        let part = |value: Value| json!({ "type": "object", keyword: value });
        gives(json!({ "allOf": [part(first), part(second)] }))
    };
    let bound = |most: u32| text(json!({ "maxLength": most }));
    check(vec![
        ("a payload of any type gets one", data("string"), data("integer"), (BREAKS, BREAKS)),
        ("beside the composition", beside(bound(5)), beside(bound(3)), (BREAKS, INFORMS)),
        ("beside a reference, in 3.1", of_reference(bound(5)), of_reference(bound(3)), (BREAKS, INFORMS)),
        ("below a member that three classes declare", deep(5), deep(3), (BREAKS, INFORMS)),
        (
            "additional properties twice",
            twice("additionalProperties", json!({}), json!({ "type": "string" })),
            twice("additionalProperties", json!({}), json!({ "type": "integer" })),
            (BREAKS, BREAKS),
        ),
        (
            "closed by the second part",
            twice("additionalProperties", json!(true), json!(true)),
            twice("additionalProperties", json!(true), json!(false)),
            (INFORMS, INFORMS),
        ),
        (
            "parts that contradict each other in another way",
            takes(json!({ "allOf": [text(json!({})), { "type": "integer" }] })),
            takes(json!({ "allOf": [text(json!({})), { "type": "boolean" }] })),
            (BREAKS, BREAKS),
        ),
    ]);
}

#[test]
fn null_is_allowed_where_openapi_and_generators_say_so() {
    let needs = |p: Value| with(member(p), json!({ "required": ["p"] }));
    let of = |p: Value| gives(needs(p));
    let both = |first: Value, second: Value| json!({ "allOf": [first, second] });
    check(vec![
        ("any value is null, too", of(json!({})), of(json!({ "nullable": true })), (NONE, NONE)),
        ("false says nothing", of(json!({})), of(json!({ "nullable": false })), (NONE, NONE)),
        ("beside allOf", of(refers("A")), of(json!({ "allOf": [refers("A")], "nullable": true })), (BREAKS, INFORMS)),
        (
            "of one part of two",
            of(both(text(json!({ "nullable": true })), text(json!({})))),
            of(both(text(json!({ "nullable": true })), text(json!({ "nullable": true })))),
            (BREAKS, INFORMS),
        ),
        (
            "a part without type forbids nothing",
            of(text(json!({ "nullable": true }))),
            of(both(text(json!({ "nullable": true })), json!({ "maxLength": 9 }))),
            (INFORMS, BREAKS),
        ),
        (
            "an alternative has it",
            of(text(json!({ "nullable": true }))),
            of(json!({ "oneOf": [text(json!({ "nullable": true })), { "type": "integer" }] })),
            (BREAKS, INFORMS),
        ),
    ]);
}

#[test]
fn a_schema_that_becomes_a_choice_is_compared_with_the_alternative_of_its_type() {
    let of = |most: u32| text(json!({ "maxLength": most }));
    let one_of = |schema: Value| json!({ "oneOf": [{ "type": "integer" }, schema] });
    let list = json!({ "type": "array", "items": {} });
    let one = |own: &str| json!({ "type": "object", "properties": { own: {}, "kind": {} } });
    check(vec![
        ("the same", takes(member(of(5))), takes(member(one_of(of(5)))), (INFORMS, BREAKS)),
        ("narrower", takes(member(of(5))), takes(member(one_of(of(3)))), (BREAKS, BREAKS)),
        ("in responses", gives(member(of(3))), gives(member(one_of(of(3)))), (BREAKS, INFORMS)),
        ("of no such type", takes(member(list.clone())), takes(member(one_of(of(3)))), (BREAKS, BREAKS)),
        ("any value", takes(member(json!({}))), takes(member(one_of(of(3)))), (BREAKS, INFORMS)),
        ("any value, in responses", gives(member(json!({}))), gives(member(one_of(of(3)))), (INFORMS, BREAKS)),
        (
            "the one with most in common",
            takes(member(one("a"))),
            takes(member(json!({ "oneOf": [one("b"), one("a")] }))),
            (INFORMS, BREAKS),
        ),
    ]);
}

#[test]
fn alternatives_beside_other_keywords_narrow_them() {
    let either = |rest: Value| {
        let own = json!({ "type": "object", "properties": { "a": {}, "b": {} } });
        with(own, rest)
    };
    let required = || either(json!({ "anyOf": [{ "required": ["a"] }, { "required": ["b"] }] }));
    let plain = || either(json!({}));
    let either_of = |rest: Value| with(json!({ "anyOf": [text(json!({})), { "type": "object" }] }), rest);
    let repeated = |count: usize| json!({ "allOf": vec![member(either_of(json!({}))); count] });
    let one = |first: Value| {
        let other = member(text(json!({})));
        schemas(
            "3.0.4",
            Request,
            json!({ "S": { "anyOf": [first, with(other, json!({ "required": ["p"] }))] }, "A": either(json!({})) }),
        )
    };
    check(vec![
        ("in requests", takes(plain()), takes(required()), (BREAKS, INFORMS)),
        ("in responses", gives(plain()), gives(required()), (INFORMS, BREAKS)),
        (
            "a type",
            takes(member(either_of(json!({})))),
            takes(member(either_of(json!({ "type": "string" })))),
            (BREAKS, INFORMS),
        ),
        ("a part that is repeated", takes(repeated(1)), takes(repeated(2)), (NONE, NONE)),
        (
            "a composition of one part",
            one(refers("A")),
            one(json!({ "allOf": [{ "allOf": [refers("A")] }] })),
            (NONE, NONE),
        ),
    ]);
}

#[test]
fn alternatives_are_found_again_however_they_are_written() {
    let of = |one: Value, other: Value| {
        let parts = json!({ "S": { "anyOf": [one, other] }, "N": { "type": "integer" }, "A": member(text(json!({}))) });
        schemas("3.0.4", Request, parts)
    };
    let number = json!({ "type": "integer" });
    let object = || member(text(json!({})));
    let twice = |part: Value| json!({ "allOf": [part, part] });
    let mixed = |values: Value| json!({ "enum": values });
    let contradicts = |one: &str, other: &str| {
        takes(json!({ "allOf": [member(json!({ "type": one })), member(json!({ "type": other }))] }))
    };
    check(vec![
        ("written out", of(refers("N"), object()), of(number.clone(), refers("A")), (NONE, NONE)),
        ("in two parts", of(refers("N"), object()), of(twice(number), twice(refers("A"))), (NONE, NONE)),
        ("another type", of(refers("N"), object()), of(json!({ "type": "boolean" }), object()), (BREAKS, BREAKS)),
        (
            "values of several types are not any value",
            of(text(json!({})), object()),
            of(mixed(json!(["a", 1])), object()),
            (BREAKS, BREAKS),
        ),
        (
            "the order of parts that contradict",
            contradicts("string", "boolean"),
            contradicts("boolean", "string"),
            (NONE, NONE),
        ),
    ]);
}

#[test]
fn the_same_members_in_other_compositions_differ_in_nothing() {
    let flat = json!({ "type": "object", "required": ["p"], "properties": {
        "p": text(json!({ "maxLength": 5, "enum": ["a", "b"] })), "q": { "type": "integer", "minimum": 1 }
    } });
    let of = |s: Value| {
        schemas(
            "3.0.4",
            Response,
            json!({
                "S": s, "Flat": flat, "T": text(json!({ "maxLength": 5 })),
                "A": member(text(json!({ "enum": ["a", "b", "c"] })))
            }),
        )
    };
    let own =
        |p: Value| json!({ "type": "object", "required": ["p"], "properties": { "p": p, "q": { "minimum": 1 } } });
    let number = json!({ "properties": { "q": { "type": "integer" } } });
    let others = [
        refers("Flat"),
        json!({ "allOf": [refers("Flat")] }),
        json!({ "allOf": [refers("A"), number, own(text(json!({ "maxLength": 5, "enum": ["a", "b"] })))] }),
        json!({ "allOf": [own(json!({ "allOf": [refers("T"), { "enum": ["b", "a"] }] })), number, refers("A")] }),
        json!({ "allOf": [refers("Flat"), refers("A"), { "properties": { "p": refers("T") } }] }),
    ];
    for other in others {
        assert_eq!(findings(&of(flat.clone()), &of(other.clone())), [], "{other}");
        assert_eq!(findings(&of(other.clone()), &of(flat.clone())), [], "{other}");
    }
}

#[test]
fn a_base_class_and_those_that_declare_its_member_again_are_one_finding() {
    let of = |most: u32| {
        let mut all = json!({ "S": { "type": "object", "properties": { "a": refers("D0"), "b": refers("D1"), "c": refers("Base") } } });
        for name in ["D0", "D1"] {
            all[name] = json!({ "allOf": [refers("Base"), member(json!({ "description": name }))] });
        }
        all["Base"] = member(text(json!({ "maxLength": most })));
        schemas("3.0.4", Request, all)
    };
    let found = findings(&of(5), &of(3));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].places.len(), 1);
    assert_eq!(found[0].places[0].base.as_deref(), Some("/components/schemas/Base/properties/p/maxLength"));
    assert_eq!(rules(&of(3), &of(5)), [Rule::MaxLengthWidened]);
}

/// The lists of places double with each step: they tell which of the last sixteen steps went through `a`.
#[test]
fn compositions_with_very_many_combinations_are_compared_in_bounded_time_and_it_is_said() {
    let steps = 16;
    let of = |kind: &str| {
        let class =
            |a: Value, b: Value| json!({ "type": "object", "properties": { "a": a, "b": b, "x": { "type": kind } } });
        let mut all = json!({ "S": class(json!({ "allOf": [refers("S"), refers("N1")] }), refers("S")) });
        for index in 1..steps {
            let next = || refers(&format!("N{}", index + 1));
            all[format!("N{index}")] = class(next(), next());
        }
        all[format!("N{steps}")] = class(json!({}), json!({}));
        schemas("3.0.4", Response, all)
    };
    let found = findings(&of("string"), &of("integer"));
    assert!(found.iter().any(|finding| finding.rule == Rule::TypeChanged));
    assert!(found.iter().any(|finding| finding.rule == Rule::NotCompared), "{}", found.len());
}
