//! One line for one cause: however many places, media types, directions and operations see a change, it is one finding.

use std::collections::BTreeSet;

use cxreports_drift::{
    Direction::{Request, Response},
    Document, Finding, Options, Rule, Severity,
};
use serde_json::{Value, json};

use super::support::{findings, findings_with, verdicts};

/// A document of operations that all take and return schemas, in the three media types of ASP.NET.
pub(crate) fn document(operations: usize, schemas: Value) -> Value {
    let names: Vec<String> =
        schemas.as_object().unwrap().keys().filter(|name| name.starts_with("Job")).cloned().collect();
    let mut paths = serde_json::Map::new();
    for index in 0..operations {
        let schema = json!({ "schema": { "$ref": format!("#/components/schemas/{}", names[index % names.len()]) } });
        let content = json!({ "application/json": schema, "text/json": schema, "text/plain": schema });
        paths.insert(
            format!("/x{index}"),
            json!({ "post": { "requestBody": { "content": content }, "responses": { "200": { "content": content } } } }),
        );
    }
    json!({ "openapi": "3.0.4", "info": { "version": "v1" }, "paths": paths, "components": { "schemas": schemas } })
}

pub(crate) fn single(base: &Value, revision: &Value) -> Finding {
    let mut found = findings(base, revision);
    let messages: Vec<_> = found.iter().map(|finding| finding.message().to_string()).collect();
    assert_eq!(found.len(), 1, "{messages:#?}");
    found.remove(0)
}

fn jobs(span: &Value) -> Value {
    let span = |name: &str| {
        if span["x-inline"] == true { span.clone() } else { json!({ "$ref": format!("#/components/schemas/{name}") }) }
    };
    let job = || json!({ "type": "object", "properties": { "wait": span("TimeSpan"), "run": span("TimeSpan"), "all": { "type": "array", "items": span("TimeSpan") } } });
    json!({ "JobA": job(), "JobB": job(), "JobC": job() })
}

#[test]
fn a_schema_that_many_places_use_is_one_finding() {
    let with_span = |span: Value| {
        let mut schemas = jobs(&json!({}));
        schemas["TimeSpan"] = span;
        document(6, schemas)
    };
    let object = with_span(json!({ "type": "object", "properties": { "ticks": { "type": "integer" } } }));
    let text = with_span(json!({ "type": "string", "format": "date-span" }));
    let found = single(&object, &text);
    assert_eq!((found.rule, found.severity), (Rule::TypeChanged, Severity::Breaking));
    assert_eq!(
        found.message().to_string(),
        "`TimeSpan`: type changed: was `object`, is `string`; used by 9 properties, in 6 responses and 6 requests of `POST /x0` \
         and 5 more operations"
    );
    assert_eq!(found.directions(), BTreeSet::from([Request, Response]));
    // The same where the type is written out in each place, and back.
    let inline = document(6, jobs(&json!({ "x-inline": true, "type": "string", "format": "date-span" })));
    for (base, revision) in [(&object, &inline), (&inline, &object)] {
        let found = single(base, revision);
        let message = found.message().to_string();
        assert!(
            message.starts_with("`TimeSpan`: type changed: was ")
                && message.contains("; used by 9 properties, in 6 responses"),
            "{message}"
        );
    }
}

#[test]
fn below_a_type_change_nothing_else_is_reported() {
    let schema = |schema: Value| document(1, json!({ "Job": schema }));
    let before =
        schema(json!({ "type": "object", "required": ["a"], "properties": { "a": {}, "b": {} }, "nullable": true }));
    let after = schema(json!({ "type": "string", "maxLength": 5, "pattern": "a", "enum": ["a"], "default": "a" }));
    assert_eq!(single(&before, &after).rule, Rule::TypeChanged);
    assert_eq!(single(&after, &before).rule, Rule::TypeChanged);
}

#[test]
fn a_base_class_that_gains_a_member_is_one_finding() {
    let derived = |base: Value, inherits: bool| {
        let own = json!({ "type": "object", "properties": { "own": { "type": "string" } } });
        let mut schemas = json!({ "Base": base.clone() });
        for name in ["JobA", "JobB", "JobC"] {
            schemas[name] = if inherits {
                json!({ "allOf": [{ "$ref": "#/components/schemas/Base" }, own.clone()] })
            } else {
                let mut flat = base.clone();
                flat["properties"]["own"] = json!({ "type": "string" });
                flat
            };
        }
        document(6, schemas)
    };
    let base = json!({ "type": "object", "properties": { "id": { "type": "integer" } } });
    let more = json!({ "type": "object", "required": ["tenant"], "properties": { "id": { "type": "integer" }, "tenant": { "type": "string" } } });
    for inherits in [true, false] {
        let (before, after) = (derived(base.clone(), inherits), derived(more.clone(), inherits));
        let found = single(&before, &after);
        assert_eq!((found.rule, found.severity), (Rule::PropertyAddedRequired, Severity::Breaking));
        assert_eq!(found.directions(), BTreeSet::from([Request]), "in responses it is no break");
        assert_eq!(found.places.len(), if inherits { 1 } else { 3 });
        assert!(found.message().to_string().contains("; harmless in 6 responses of"), "{}", found.message());
        let gone = single(&after, &before);
        assert_eq!((gone.rule, gone.directions().len()), (Rule::PropertyRemoved, 2));
    }
}

#[test]
fn global_security_is_one_finding() {
    let before = document(12, json!({ "Job": { "type": "object" } }));
    let mut after = before.clone();
    after["components"]["securitySchemes"] = json!({ "Bearer": { "type": "http", "scheme": "bearer" } });
    after["security"] = json!([{ "Bearer": [] }]);
    let found = single(&before, &after);
    assert_eq!((found.rule, found.operations().len()), (Rule::SecurityAdded, 12));
    assert_eq!(
        found.message().to_string(),
        "credentials: more credentials required: was `none`, is `Bearer`; in 12 requests of `POST /x0` and 11 more \
         operations"
    );
    assert_eq!(single(&after, &before).rule, Rule::SecurityRelaxed);
}

#[test]
fn names_of_json_that_go_everywhere_are_one_finding() {
    let before = document(8, json!({ "Job": { "type": "object" } }));
    let mut after = before.clone();
    for item in after["paths"].as_object_mut().unwrap().values_mut() {
        for content in ["/post/requestBody/content", "/post/responses/200/content"] {
            item.pointer_mut(content).unwrap().as_object_mut().unwrap().remove("text/json");
        }
    }
    let found = single(&before, &after);
    assert_eq!((found.rule, found.severity), (Rule::MediaTypeAliasRemoved, Severity::Warning));
    assert_eq!(
        found.message().to_string(),
        "request body, response 200: one of several names of JSON removed: `text/json`; in 8 responses and 8 requests of \
         `POST /x0` and 7 more operations"
    );
    assert_eq!(single(&after, &before).rule, Rule::MediaTypeAdded);
}

fn parameters(names: &[String]) -> Value {
    let parameters: Vec<_> =
        names.iter().map(|name| json!({ "in": "query", "name": name, "schema": { "type": "string" } })).collect();
    json!({ "openapi": "3.0.4", "info": {}, "paths": { "/x": { "get": { "parameters": parameters } } } })
}

#[test]
fn names_in_another_case_are_one_finding_where_case_counts() {
    let names = |first: &str| (0..30).map(|index| format!("{first}ame{index}")).collect::<Vec<_>>();
    let (before, after) = (parameters(&names("N")), parameters(&names("n")));
    assert_eq!(verdicts(&before, &after), (None, None));
    let with_case = findings_with(&before, &after, Options { ignore_case: false });
    assert_eq!((with_case.len(), with_case[0].rule, with_case[0].places.len()), (1, Rule::NameCaseChanged, 30));
    // Responses are read with regard to case.
    let job = |name: &str| document(1, json!({ "Job": { "type": "object", "properties": { name: {}, "other": {} } } }));
    let found = single(&job("Id"), &job("id"));
    assert_eq!((found.rule, found.directions()), (Rule::NameCaseChanged, BTreeSet::from([Response])));
    assert_eq!(
        found.message().to_string(),
        "`Job.Id`: name spelled in another case: was `Id`, is `id`; in response 200 of `POST /x0`"
    );
    // Routes.
    let at = |path: &str| json!({ "openapi": "3.0.4", "info": {}, "paths": { path: { "get": {} } } });
    let found = findings_with(&at("/A"), &at("/a"), Options { ignore_case: false });
    assert_eq!((found.len(), found[0].rule), (1, Rule::NameCaseChanged));
}

#[test]
fn an_enumeration_that_changes_is_one_finding() {
    let kind = |kind: Value| {
        let job =
            |name: &str| json!({ "type": "object", "properties": { name: { "$ref": "#/components/schemas/Kind" } } });
        document(6, json!({ "Kind": kind, "JobA": job("a"), "JobB": job("b") }))
    };
    let few = kind(json!({ "type": "string", "enum": ["a", "b"] }));
    let text = kind(json!({ "type": "string" }));
    let many = kind(json!({ "type": "string", "enum": ["a", "b", "c", "d"] }));
    assert_eq!(single(&few, &text).rule, Rule::EnumRemoved);
    assert_eq!(single(&text, &few).rule, Rule::EnumAdded);
    let found = single(&few, &many);
    assert_eq!(found.places.len(), 2, "each value can be accepted for itself");
    assert!(
        found
            .message()
            .to_string()
            .starts_with("`Kind`: listed value added: `c`, `d`; used by 2 properties, in 6 responses")
    );
    assert_eq!(single(&many, &few).rule, Rule::EnumValueRemoved);
}

#[test]
fn alternatives_that_come_with_their_discriminator_values_are_one_finding() {
    let shapes = |names: &[&str]| {
        let references: Vec<_> =
            names.iter().map(|name| json!({ "$ref": format!("#/components/schemas/{name}") })).collect();
        let mapping: serde_json::Map<_, _> = names.iter().map(|name| ((*name).to_owned(), (*name).into())).collect();
        let shape = |kind: &str| json!({ "type": "object", "properties": { kind: {} } });
        document(
            2,
            json!({
                "Job": { "oneOf": references, "discriminator": { "propertyName": "kind", "mapping": mapping } },
                "A": shape("a"), "B": shape("b"), "C": shape("c"), "D": shape("d")
            }),
        )
    };
    let (few, many) = (shapes(&["A", "B"]), shapes(&["A", "B", "C", "D"]));
    assert_eq!(single(&few, &many).rule, Rule::OptionAdded);
    assert_eq!(single(&many, &few).rule, Rule::OptionRemoved);
}

#[test]
fn a_beginning_of_paths_that_changes_is_one_finding() {
    let at = |beginning: &str, kind: &str| {
        let paths: serde_json::Map<_, _> = (0..5)
            .map(|index| {
                let schema = json!({ "type": kind });
                let responses = json!({ "200": { "content": { "application/json": { "schema": schema } } } });
                (format!("{beginning}/x{index}/{{id}}"), json!({ "get": { "responses": responses } }))
            })
            .collect();
        json!({ "openapi": "3.0.4", "info": {}, "paths": paths })
    };
    for (before, after) in [("/api/v1", "/api/v2"), ("/api/v2", "/api/v1"), ("", "/cx"), ("/cx", "")] {
        let found = single(&at(before, "string"), &at(after, "string"));
        assert_eq!((found.rule, found.operations().len()), (Rule::BasePathChanged, 5));
        let shown = |path: &str| Value::from(if path.is_empty() { "/" } else { path });
        assert_eq!((found.before(), found.after()), (Some(&shown(before)), Some(&shown(after))));
    }
    // The operations themselves are compared all the same.
    assert_eq!(findings(&at("/api/v1", "string"), &at("/api/v2", "integer")).len(), 2);
}

#[test]
fn every_message_has_direction_operation_place_and_values() {
    let body = |schema: Value| document(1, json!({ "Job": schema }));
    let object = |properties: Value| body(json!({ "type": "object", "properties": properties }));
    let parameter = |schema: Value| {
        let parameters = json!([{ "in": "query", "name": "q", "schema": schema }]);
        json!({ "openapi": "3.0.4", "info": {}, "paths": { "/x": { "get": { "parameters": parameters } } } })
    };
    for (base, revision, message) in [
        (
            object(json!({ "p": { "type": "string", "maxLength": 5 } })),
            object(json!({ "p": { "type": "string", "maxLength": 3 } })),
            "`Job.p`: maximum length lowered: was `5`, is `3`; in the request body of `POST /x0`; harmless in response 200 of `POST /x0`",
        ),
        (
            object(json!({ "p": { "type": "string", "nullable": true } })),
            object(json!({ "p": { "type": "string" } })),
            "`Job.p`: null no longer allowed: was `nullable`, is `not nullable`; in the request body of `POST /x0`; harmless in \
             response 200 of `POST /x0`",
        ),
        (
            object(json!({ "p": { "type": "string", "format": "date" } })),
            object(json!({})),
            "`Job.p`: property removed: `string (date)`; in 1 response and 1 request of `POST /x0`",
        ),
        (
            parameter(json!({ "type": "string" })),
            parameter(json!({ "type": "string", "enum": ["a"] })),
            "query parameter `q`: restricted to listed values: was not set, is `[\"a\"]`; in the request of `GET /x`",
        ),
    ] {
        assert_eq!(single(&base, &revision).message().to_string(), message);
    }
}

#[test]
fn the_worst_is_first_and_among_it_what_our_methods_rely_on() {
    let names = [("get", "/reports", "list_reports"), ("get", "/other", "other")]
        .map(|(method, path, name)| {
            (cxreports_openapi::document::Endpoint { path: path.into(), method: method.into() }, name.into())
        })
        .into();
    let of = |other: &str, theme: &str| {
        let list = |name: &str, kind: &str| {
            let item = json!({ "type": "object", "properties": { name: { "type": kind } } });
            json!({ "get": { "responses": { "200": { "content": { "application/json": { "schema": { "type": "array", "items": item } } } } } } })
        };
        let document = json!({ "openapi": "3.0.4", "info": {}, "paths": { "/other": list("a", other), "/reports": list("themeName", theme) } });
        Document::read(document).unwrap()
    };
    let found =
        cxreports_drift::compare(&of("string", "string"), &of("boolean", "integer"), &names, Options::default());
    assert_eq!(found.len(), 2);
    assert!(found[0].effect.methods.contains("Client::reports") && found[1].effect.methods.is_empty(), "{found:#?}");
}
