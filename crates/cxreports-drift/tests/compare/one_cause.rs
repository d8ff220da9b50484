//! Where one cause ends and the next begins: equal values, many names, envelopes, renamed alternatives.

use std::collections::BTreeSet;

use cxreports_drift::{Rule, Severity};
use serde_json::{Value, json};

use super::{
    causes::{document, single},
    support::{findings, with},
};

fn text(rest: Value) -> Value {
    with(json!({ "type": "string" }), rest)
}

/// A document of two operations: `GET /orders` responds with `Order`, `GET /users` with `User`.
fn orders_and_users(order: Value, user: Value) -> Value {
    let of = |name: &str| {
        let content = json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } });
        json!({ "get": { "responses": { "200": { "content": content } } } })
    };
    let object = |properties: Value| json!({ "type": "object", "properties": properties });
    json!({
        "openapi": "3.0.4", "info": {}, "paths": { "/orders": of("Order"), "/users": of("User") },
        "components": { "schemas": { "Order": object(order), "User": object(user) } }
    })
}

#[test]
fn equal_values_of_unrelated_members_are_no_common_cause() {
    let both = |value: Value| orders_and_users(json!({ "total": value }), json!({ "phone": value }));
    for (before, after) in [
        (text(json!({})), json!({ "type": "integer" })),
        (text(json!({ "maxLength": 5 })), text(json!({ "maxLength": 9 }))),
        (text(json!({})), text(json!({ "nullable": true }))),
        (text(json!({ "enum": ["a"] })), text(json!({ "enum": ["a", "b"] }))),
    ] {
        for (before, after) in [(&before, &after), (&after, &before)] {
            let found = findings(&both(before.clone()), &both(after.clone()));
            let ids: BTreeSet<_> = found.iter().map(|finding| &finding.id).collect();
            assert_eq!((found.len(), ids.len()), (2, 2), "{before} -> {after}: {found:#?}");
        }
    }
    // Of one name, they are one.
    let same = |value: Value| orders_and_users(json!({ "id": value }), json!({ "id": value }));
    let found = single(
        &same(json!({ "type": "integer", "format": "int32" })),
        &same(json!({ "type": "integer", "format": "int64" })),
    );
    assert_eq!(found.places.len(), 2);
    let parameters = |required: bool| {
        let of = |name: &str| json!({ "get": { "parameters": [{ "in": "query", "name": name, "required": required, "schema": text(json!({})) }] } });
        json!({ "openapi": "3.0.4", "info": {}, "paths": { "/a": of("x"), "/b": of("y"), "/c": of("y") } })
    };
    assert_eq!(findings(&parameters(false), &parameters(true)).len(), 2);
    let responses = |kind: &str| {
        let of = json!({ "get": { "responses": { "200": { "content": { "application/json": { "schema": { "type": kind } } } } } } });
        json!({ "openapi": "3.0.4", "info": {}, "paths": { "/a": of, "/b": of } })
    };
    assert_eq!(findings(&responses("string"), &responses("boolean")).len(), 2);
}

#[test]
fn the_same_change_of_many_names_is_one_cause() {
    let of = |count: usize, before: &str, after: &str, other: &str| {
        let members = |format: &str| -> Value {
            let member = |index: usize| (format!("m{index}"), json!({ "type": "integer", "format": format }));
            (0..count).map(member).collect::<serde_json::Map<_, _>>().into()
        };
        let user = |kind: &str| json!({ "name": { "type": kind } });
        (orders_and_users(members(before), user("string")), orders_and_users(members(after), user(other)))
    };
    for (count, expected) in [(2, 2), (4, 4), (5, 1), (40, 1)] {
        for (before, after) in [("int32", "int64"), ("int64", "int32")] {
            let (base, revision) = of(count, before, after, "string");
            assert_eq!(findings(&base, &revision).len(), expected, "{count}");
            let (base, revision) = of(count, before, after, "boolean");
            assert_eq!(findings(&base, &revision).len(), expected + 1, "another change is apart: {count}");
        }
    }
    // Removed members are apart, whatever their types.
    let (base, _) = of(7, "int32", "int32", "string");
    assert_eq!(findings(&base, &orders_and_users(json!({}), json!({ "name": text(json!({})) }))).len(), 7);
}

#[test]
fn a_finding_in_another_place_has_another_id() {
    let length = |order: u32, user: u32| {
        let of = |most: u32| json!({ "name": text(json!({ "maxLength": most })) });
        orders_and_users(of(order), of(user))
    };
    let id = |order: u32, user: u32| single(&length(5, 5), &length(order, user)).id;
    let ids = BTreeSet::from([id(9, 5), id(5, 9), id(9, 9)]);
    assert_eq!(ids.len(), 3, "what is accepted in one place hides nothing in another one");
    assert_eq!(id(9, 9), id(9, 9));
    // Another operation that uses the schema is no other place of it.
    let mut more = (length(5, 5), length(9, 5));
    for document in [&mut more.0, &mut more.1] {
        document["paths"]["/more"] = document["paths"]["/orders"].clone();
    }
    assert_eq!(single(&more.0, &more.1).id, id(9, 5));
}

#[test]
fn an_envelope_around_every_response_is_one_finding() {
    let refers = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let list = |items: Value| json!({ "type": "array", "items": items });
    let page = || json!({ "type": "object", "properties": { "from": { "type": "integer" } } });
    let of = |put: &dyn Fn(Value) -> Value, kind: &str| {
        let mut paths = serde_json::Map::new();
        let schemas = [
            refers("Order"),
            refers("User"),
            list(refers("User")),
            list(text(json!({}))),
            text(json!({})),
            json!({ "type": "integer" }),
            page(),
        ];
        for (index, schema) in schemas.into_iter().enumerate() {
            let content = json!({ "application/json": { "schema": put(schema) } });
            paths.insert(format!("/x{index}"), json!({ "get": { "responses": { "200": { "content": content } } } }));
        }
        let mut document = orders_and_users(
            json!({ "no": { "type": "integer" } }),
            json!({ "name": { "type": kind }, "of": refers("Order") }),
        );
        document["paths"] = paths.into();
        document
    };
    let plain = of(&|schema| schema, "string");
    let error = json!({ "type": "object", "properties": { "code": { "type": "integer" }, "text": { "type": "string", "nullable": true } } });
    let wrap = |schema| json!({ "type": "object", "properties": { "data": schema, "error": error } });
    let wrapped = of(&wrap, "string");
    let found = single(&plain, &wrapped);
    assert_eq!((found.rule, found.severity, found.operations().len()), (Rule::Wrapped, Severity::Breaking, 7));
    assert!(
        found.message().to_string().contains("put into an object, as its property: `data`; in 7 responses"),
        "{}",
        found.message()
    );
    let found = single(&wrapped, &plain);
    assert_eq!((found.rule, found.operations().len()), (Rule::Unwrapped, 7));
    // What changes in it is found all the same.
    let changed = of(&wrap, "boolean");
    let found: Vec<_> = findings(&plain, &changed).into_iter().map(|finding| finding.rule).collect();
    assert_eq!(found, [Rule::TypeChanged, Rule::Wrapped]);
    // Text that becomes an object with text in it is no envelope by itself, nor is what refers to another one of its kind.
    let alone = |schema: Value| document(1, json!({ "Job": schema }));
    let named = json!({ "type": "object", "properties": { "name": text(json!({})), "size": { "type": "integer" } } });
    assert_eq!(single(&alone(text(json!({}))), &alone(named)).rule, Rule::TypeChanged);
    let node = |kind: &str| {
        let properties = json!({ "value": { "type": kind }, "next": { "$ref": "#/components/schemas/Job" } });
        alone(json!({ "type": "object", "properties": properties }))
    };
    assert_eq!(single(&node("string"), &node("boolean")).rule, Rule::TypeChanged);
}

#[test]
fn an_alternative_that_is_renamed_and_changed_is_found_again() {
    let refers = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let shapes = |name: &str, kind: &str, discriminator: Value| {
        let own = |member: &str, kind: &str| json!({ "type": "object", "properties": { "kind": {}, member: { "type": kind }, "size": {} } });
        let choice = with(json!({ "oneOf": [refers(name), refers("B")] }), discriminator);
        let mut all = json!({ "Job": choice, "B": own("b", "string") });
        all[name] = own("a", kind);
        all[name]["properties"]["more"] = json!({});
        document(2, all)
    };
    let told = |name: &str| {
        let mapping = json!({ "a": format!("#/components/schemas/{name}"), "b": "B" });
        json!({ "discriminator": { "propertyName": "kind", "mapping": mapping } })
    };
    let (before, after) = (shapes("A", "string", told("A")), shapes("ZzA", "boolean", told("ZzA")));
    assert_eq!(single(&before, &after).rule, Rule::TypeChanged);
    assert_eq!(single(&after, &before).rule, Rule::TypeChanged);
    let (before, after) = (shapes("A", "string", json!({})), shapes("ZzA", "boolean", json!({})));
    assert_eq!(single(&before, &after).rule, Rule::TypeChanged);
    // The base class of the others has nothing of its own.
    let based = |name: &str, kind: &str| {
        let of = |more: &str| json!({ "type": "object", "properties": { "kind": { "type": kind }, more: {} } });
        let mut all =
            json!({ "Job": { "oneOf": [refers(name), refers("B"), refers("C")] }, "B": of("b"), "C": of("c") });
        all[name] = json!({ "type": "object", "properties": { "kind": { "type": kind } } });
        document(2, all)
    };
    assert_eq!(single(&based("A", "string"), &based("ZzA", "boolean")).rule, Rule::TypeChanged);
    // One that has little in common with another one took its place.
    let mut other = shapes("C", "string", json!({}));
    other["components"]["schemas"]["C"]["properties"] = json!({ "kind": {}, "size": {}, "c": {} });
    let rules: BTreeSet<_> = findings(&before, &other).into_iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, BTreeSet::from([Rule::OptionRemoved, Rule::OptionAdded]));
}
