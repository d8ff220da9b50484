//! Hostile pairs of schemas: inheritance, enumerations, classes.

use cxreports_drift::Direction::{Request, Response};
use serde_json::{Value, json};

use super::{
    hostile::{BREAKS, INFORMS, NONE, WARNS, check, gives, member, newer, refers, schemas, takes},
    support::{findings, operation, parameter, with},
};

/// A base class `S` and those that derive from it.
fn animals(mapping: Value, own: Value, more: Value) -> Value {
    let mut base = json!({ "type": "object", "required": ["kind"], "properties": { "kind": { "type": "string" } } });
    base["discriminator"] = with(json!({ "propertyName": "kind" }), mapping);
    let derived = |from: &str, properties: Value| json!({ "allOf": [refers(from), { "type": "object", "properties": properties }] });
    let mut all = json!({ "S": base, "Dog": derived("S", json!({ "name": { "type": "string" } })), "Puppy": derived("Dog", own) });
    for (name, properties) in more.as_object().unwrap() {
        all[name] = derived("S", properties.clone());
    }
    all
}

#[test]
fn derived_classes_are_seen_through_their_base_class() {
    let by_name = |own: Value, direction| schemas("3.0.4", direction, animals(json!({}), own, json!({})));
    let listed = |names: &[&str], own: Value, direction| {
        let mapping: serde_json::Map<_, _> =
            names.iter().map(|name| (name.to_lowercase(), format!("#/components/schemas/{name}").into())).collect();
        schemas("3.0.4", direction, animals(json!({ "mapping": mapping }), own, json!({})))
    };
    let text = || json!({ "p": { "type": "string" } });
    let number = || json!({ "p": { "type": "integer" } });
    let all = ["Dog", "Puppy"];
    let nullable = |own: Value| {
        let mut document = by_name(own, Response);
        let content = &mut document["paths"]["/x/{id}"]["post"]["responses"]["200"]["content"]["application/json"];
        content["schema"] = member(json!({ "allOf": [refers("S")], "nullable": true }));
        document
    };
    let more = |more: Value, direction| schemas("3.0.4", direction, animals(json!({}), text(), more));
    check(vec![
        ("a derived class loses a member", by_name(text(), Response), by_name(json!({}), Response), (BREAKS, INFORMS)),
        (
            "a member of a derived class changes",
            by_name(text(), Response),
            by_name(number(), Response),
            (BREAKS, BREAKS),
        ),
        ("in requests", by_name(text(), Request), by_name(number(), Request), (BREAKS, BREAKS)),
        ("by mapping", listed(&all, text(), Response), listed(&all, number(), Response), (BREAKS, BREAKS)),
        ("through a nullable reference", nullable(text()), nullable(number()), (BREAKS, BREAKS)),
        (
            "mapped, then by name",
            listed(&["Dog"], text(), Response),
            listed(&["Dog"], number(), Response),
            (BREAKS, BREAKS),
        ),
        (
            "a class more, in responses",
            more(json!({}), Response),
            more(json!({ "Cat": {} }), Response),
            (WARNS, INFORMS),
        ),
        ("a class more, in requests", more(json!({}), Request), more(json!({ "Cat": {} }), Request), (INFORMS, BREAKS)),
        ("another value of a class", listed(&all, text(), Request), by_name(text(), Request), (BREAKS, BREAKS)),
    ]);
    // What derives from a class is not seen by who is given another one that derives from it.
    let mut of_dog = by_name(text(), Response);
    of_dog["components"]["schemas"]["Cat"] = json!({ "allOf": [refers("S"), member(json!({ "type": "string" }))] });
    let content = &mut of_dog["paths"]["/x/{id}"]["post"]["responses"]["200"]["content"]["application/json"];
    content["schema"] = refers("Cat");
    let mut changed = of_dog.clone();
    changed["components"]["schemas"]["Puppy"]["allOf"][1]["properties"]["p"]["type"] = "integer".into();
    assert_eq!(findings(&of_dog, &changed), []);
}

#[test]
fn the_values_of_discriminators_are_names_where_none_are_listed() {
    let shape = |own: &str| json!({ "type": "object", "properties": { "kind": { "type": "string" }, own: { "type": "string" } } });
    let of = |direction, first: &str, mapping: Value| {
        let discriminator = with(json!({ "propertyName": "kind" }), mapping);
        let s = json!({ "oneOf": [refers(first), refers("B")], "discriminator": discriminator });
        let mut all = json!({ "S": s, "B": shape("b") });
        all[first] = shape("a");
        schemas("3.0.4", direction, all)
    };
    let none = || json!({});
    let listed = |values: Value| json!({ "mapping": values });
    let a = "#/components/schemas/A";
    let own = || listed(json!({ "A": a, "B": "B" }));
    let mut cases = Vec::new();
    for direction in [Request, Response] {
        let of = |first: &str, mapping: Value| of(direction, first, mapping);
        cases.extend([
            ("an alternative is renamed", of("A", none()), of("A2", none()), (BREAKS, BREAKS)),
            (
                "its value stays",
                of("A", listed(json!({ "a": a }))),
                of("A2", listed(json!({ "a": "A2" }))),
                (NONE, NONE),
            ),
            ("the names are listed", of("A", none()), of("A", own()), (NONE, NONE)),
            ("one of the names is listed", of("A", own()), of("A", listed(json!({ "B": "B" }))), (NONE, NONE)),
            (
                "other values are listed",
                of("A", none()),
                of("A", listed(json!({ "a": a, "b": "B" }))),
                (BREAKS, BREAKS),
            ),
            ("another value", of("A", listed(json!({ "a": a }))), of("A", listed(json!({ "x": a }))), (BREAKS, BREAKS)),
            ("its case", of("A", listed(json!({ "a": a }))), of("A", listed(json!({ "A": a }))), (BREAKS, BREAKS)),
        ]);
    }
    for direction in [Request, Response] {
        let renamed = |name: &str| {
            let mut all = animals(json!({}), json!({}), json!({}));
            let dog = all.as_object_mut().unwrap().remove("Dog").unwrap();
            all[name] = dog;
            all["Puppy"]["allOf"][0] = refers(name);
            schemas("3.0.4", direction, all)
        };
        cases.push(("a derived class is renamed", renamed("Dog"), renamed("Hound"), (BREAKS, BREAKS)));
    }
    check(cases);
    // All values that change together are one finding.
    let found = findings(&of(Request, "A", none()), &of(Request, "A", listed(json!({ "a": a, "b": "B" }))));
    assert_eq!((found.len(), found[0].places.len()), (1, 2), "{found:#?}");
}

#[test]
fn enumerations_change_their_values_or_names() {
    let named = |values: Value, names: Value| json!({ "type": "integer", "enum": values, "x-enumNames": names });
    let varnames = |names: Value| json!({ "type": "integer", "enum": [0, 1], "x-enum-varnames": names });
    let text = |values: Value| json!({ "type": "string", "enum": values });
    let two = || named(json!([0, 1]), json!(["Pdf", "Docx"]));
    let q = |schema: Value| parameter(json!({ "in": "query", "name": "q", "schema": schema }));
    check(vec![
        ("names change places", takes(two()), takes(named(json!([0, 1]), json!(["Docx", "Pdf"]))), (BREAKS, BREAKS)),
        (
            "names change places, in responses",
            gives(two()),
            gives(named(json!([0, 1]), json!(["Docx", "Pdf"]))),
            (BREAKS, BREAKS),
        ),
        (
            "a name is inserted and moves the others",
            takes(two()),
            takes(named(json!([0, 1, 2]), json!(["None", "Pdf", "Docx"]))),
            (BREAKS, BREAKS),
        ),
        (
            "values and names are listed in another order",
            takes(two()),
            takes(named(json!([1, 0]), json!(["Docx", "Pdf"]))),
            (NONE, NONE),
        ),
        ("another name", takes(two()), takes(named(json!([0, 1]), json!(["Pdf", "Word"]))), (WARNS, WARNS)),
        ("case of a name", takes(two()), takes(named(json!([0, 1]), json!(["PDF", "docx"]))), (NONE, NONE)),
        ("another extension for names", gives(two()), gives(varnames(json!(["Pdf", "Docx"]))), (NONE, NONE)),
        ("names are left out", gives(two()), gives(json!({ "type": "integer", "enum": [0, 1] })), (NONE, NONE)),
        (
            "a value more, in responses",
            gives(two()),
            gives(named(json!([0, 1, 2]), json!(["Pdf", "Docx", "Xlsx"]))),
            (WARNS, INFORMS),
        ),
        (
            "a value more, in requests",
            takes(two()),
            takes(named(json!([0, 1, 2]), json!(["Pdf", "Docx", "Xlsx"]))),
            (INFORMS, BREAKS),
        ),
        ("numbers become names", gives(two()), gives(text(json!(["Pdf", "Docx"]))), (BREAKS, BREAKS)),
        ("numbers become names, in a query", q(two()), q(text(json!(["Pdf", "Docx"]))), (BREAKS, BREAKS)),
        (
            "case of a value, in responses",
            gives(text(json!(["Pdf", "Docx"]))),
            gives(text(json!(["pdf", "Docx"]))),
            (WARNS, WARNS),
        ),
        (
            "one value is renamed, in requests",
            takes(text(json!(["Pdf", "Docx"]))),
            takes(text(json!(["Pdf", "Word"]))),
            (BREAKS, BREAKS),
        ),
    ]);
}

#[test]
fn classes_change_in_ways_that_are_easily_missed() {
    let map = |value: Value| json!({ "type": "object", "additionalProperties": value });
    let contradicts = |kind: &str| {
        let parts = json!([refers("First"), refers("Second")]);
        let second = json!({ "type": kind, "properties": { "a": {}, "b": {} } });
        schemas("3.0.4", Request, json!({ "S": { "allOf": parts }, "First": { "type": "object" }, "Second": second }))
    };
    let needs = |schema: Value| with(member(schema), json!({ "required": ["p"] }));
    let empty = || json!({ "type": "object", "properties": {} });
    let body = |schema: Value| {
        operation(json!({ "requestBody": { "content": { "application/json": { "schema": schema } } } }))
    };
    let step = |step: f64| member(json!({ "type": "number", "multipleOf": step }));
    check(vec![
        (
            "a dictionary becomes a closed class",
            gives(map(json!({ "type": "integer" }))),
            gives(map(json!(false))),
            (BREAKS, INFORMS),
        ),
        ("in requests", takes(map(json!({ "type": "integer" }))), takes(map(json!(false))), (BREAKS, INFORMS)),
        (
            "values of a dictionary",
            gives(map(json!({ "type": "integer" }))),
            gives(map(json!({ "type": "string" }))),
            (BREAKS, BREAKS),
        ),
        ("an open class is closed", gives(json!({ "type": "object" })), gives(map(json!(false))), (INFORMS, INFORMS)),
        (
            "an open class is closed, in requests",
            takes(json!({ "type": "object" })),
            takes(map(json!(false))),
            (BREAKS, INFORMS),
        ),
        ("a part of a composition changes its type", contradicts("object"), contradicts("string"), (BREAKS, BREAKS)),
        (
            "a member may be null",
            gives(needs(json!({ "type": "string" }))),
            gives(needs(json!({ "type": "string", "nullable": true }))),
            (BREAKS, INFORMS),
        ),
        (
            "a member may not be null",
            takes(member(json!({ "type": "string", "nullable": true }))),
            takes(member(json!({ "type": "string" }))),
            (BREAKS, INFORMS),
        ),
        (
            "a body may not be null",
            newer(body(json!({ "oneOf": [{ "type": "null" }, { "type": "object" }] }))),
            newer(body(json!({ "type": "object" }))),
            (BREAKS, INFORMS),
        ),
        (
            "what is read-only is never required of requests",
            takes(empty()),
            takes(needs(json!({ "type": "string", "readOnly": true }))),
            (NONE, NONE),
        ),
        (
            "what is write-only is never in responses",
            gives(needs(json!({ "type": "string", "writeOnly": true }))),
            gives(empty()),
            (NONE, NONE),
        ),
        (
            "a reference becomes read-only",
            newer(takes(member(refers("A")))),
            newer(takes(member(with(refers("A"), json!({ "readOnly": true }))))),
            (BREAKS, INFORMS),
        ),
        (
            "a member is deprecated",
            gives(member(json!({ "type": "string" }))),
            gives(member(json!({ "type": "string", "deprecated": true }))),
            (WARNS, NONE),
        ),
        (
            "an array becomes a page",
            gives(json!({ "type": "array", "items": {} })),
            gives(member(json!({ "type": "array", "items": {} }))),
            (BREAKS, BREAKS),
        ),
        (
            "any value becomes text",
            gives(member(json!({}))),
            gives(member(json!({ "type": "string" }))),
            (INFORMS, BREAKS),
        ),
        (
            "a time becomes a date",
            gives(member(json!({ "type": "string", "format": "date-time" }))),
            gives(member(json!({ "type": "string", "format": "date" }))),
            (BREAKS, BREAKS),
        ),
        (
            "a wider integer",
            gives(member(json!({ "type": "integer", "format": "int32" }))),
            gives(member(json!({ "type": "integer", "format": "int64" }))),
            (BREAKS, INFORMS),
        ),
        ("coarser steps, in requests", takes(step(0.01)), takes(step(0.1)), (BREAKS, INFORMS)),
        ("coarser steps, in responses", gives(step(0.01)), gives(step(0.1)), (INFORMS, BREAKS)),
        (
            "a choice loses one, in responses",
            gives(json!({ "oneOf": [refers("A"), refers("O")] })),
            gives(json!({ "oneOf": [refers("A")] })),
            (INFORMS, BREAKS),
        ),
        (
            "another constant",
            newer(gives(json!({ "const": "a" }))),
            newer(gives(json!({ "const": "b" }))),
            (BREAKS, BREAKS),
        ),
        (
            "a default, in responses",
            gives(member(json!({ "default": 1 }))),
            gives(member(json!({ "default": 2 }))),
            (INFORMS, INFORMS),
        ),
    ]);
}
