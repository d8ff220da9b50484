//! Fields that one version of OpenAPI alone has: compared, or said not to be.

use cxreports_codegen::fetch::Repeated;
use cxreports_drift::{Document, Rule, compare};
use serde_json::{Value, json};

use super::{
    hostile::{BREAKS, INFORMS, NONE, WARNS, check, member},
    support::{findings, operation, with},
};

fn text() -> Value {
    member(json!({ "type": "string" }))
}

fn number() -> Value {
    member(json!({ "type": "integer" }))
}

fn paths(version: &str, paths: Value, components: Value) -> Value {
    json!({ "openapi": version, "info": { "version": "v1" }, "paths": paths, "components": components })
}

fn answer(media: Value) -> Value {
    json!({ "responses": { "200": { "content": { "application/json": media } } } })
}

#[test]
fn what_openapi_3_2_adds_is_compared() {
    let v32 = |item: Value, components: Value| paths("3.2.0", json!({ "/a": item }), components);
    let query = |schema: Value| v32(json!({ "query": answer(json!({ "schema": schema })) }), json!({}));
    let copy = |schema: Value| {
        v32(json!({ "additionalOperations": { "COPY": answer(json!({ "schema": schema })) } }), json!({}))
    };
    let none = || v32(json!({}), json!({}));
    let stream = |schema: Value| v32(json!({ "get": answer(json!({ "itemSchema": schema })) }), json!({}));
    let shared = |schema: Value| {
        v32(
            json!({ "get": answer(json!({ "$ref": "#/components/mediaTypes/M" })) }),
            json!({ "mediaTypes": { "M": { "schema": schema } } }),
        )
    };
    let own = |schema: Value| v32(json!({ "get": answer(json!({ "schema": schema })) }), json!({}));
    let querystring = |schema: Value| {
        let parameter = json!({ "in": "querystring", "name": "q", "content": { "application/x-www-form-urlencoded": { "schema": schema } } });
        v32(json!({ "get": { "parameters": [parameter] } }), json!({}))
    };
    let parts = |kind: &str| {
        let media = json!({ "itemSchema": {}, "prefixEncoding": [{ "contentType": "text/plain" }], "itemEncoding": { "contentType": kind } });
        v32(json!({ "post": { "requestBody": { "content": { "multipart/mixed": media } } } }), json!({}))
    };
    let device = |url: &str| {
        let scheme = json!({ "type": "oauth2", "flows": { "deviceAuthorization": { "deviceAuthorizationUrl": url, "tokenUrl": "/t" } } });
        v32(json!({ "get": { "security": [{ "O": [] }] } }), json!({ "securitySchemes": { "O": scheme } }))
    };
    let described = |url: &str| {
        let scheme = json!({ "type": "oauth2", "oauth2MetadataUrl": url, "flows": {} });
        v32(json!({ "get": { "security": [{ "O": [] }] } }), json!({ "securitySchemes": { "O": scheme } }))
    };
    let otherwise = |name: &str| {
        let schema = json!({ "oneOf": [{ "$ref": "#/components/schemas/A" }, { "$ref": "#/components/schemas/B" }], "discriminator": { "propertyName": "p", "defaultMapping": name } });
        let schemas = json!({ "A": text(), "B": number() });
        v32(json!({ "get": answer(json!({ "schema": schema })) }), json!({ "schemas": schemas }))
    };
    check(vec![
        ("the alternative that holds otherwise", otherwise("A"), otherwise("B"), (WARNS, WARNS)),
        ("where a server describes its flows", described("/a"), described("/b"), (BREAKS, BREAKS)),
        ("QUERY is gone", query(text()), none(), (BREAKS, INFORMS)),
        ("QUERY responds in another way", query(text()), query(number()), (BREAKS, BREAKS)),
        ("COPY is gone", copy(text()), none(), (BREAKS, INFORMS)),
        ("COPY responds in another way", copy(text()), copy(number()), (BREAKS, BREAKS)),
        ("the parts of a stream", stream(text()), stream(number()), (BREAKS, BREAKS)),
        ("a stream of anything", stream(text()), stream(json!({})), (BREAKS, INFORMS)),
        ("a media type by reference", shared(text()), shared(number()), (BREAKS, BREAKS)),
        ("a media type written out", shared(text()), own(text()), (NONE, NONE)),
        ("the query as a whole", querystring(text()), querystring(number()), (BREAKS, INFORMS)),
        ("how parts are encoded", parts("text/csv"), parts("text/plain"), (BREAKS, BREAKS)),
        ("where a device is authorized", device("/a"), device("/b"), (BREAKS, BREAKS)),
    ]);
    let found = findings(&copy(text()), &copy(number()));
    assert_eq!(
        found[0].message().to_string(),
        "response 200, `p`: type changed: was `string`, is `integer`; in response 200 of `COPY /a`"
    );
    let base = "/paths/~1a/additionalOperations/COPY/responses/200/content/application~1json/schema/properties/p/type";
    assert_eq!(found[0].places[0].base.as_deref(), Some(base));
}

#[test]
fn what_a_server_sends_by_itself_is_said_not_to_be_compared() {
    let webhook = |schema: Value| {
        let item = json!({ "post": { "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Z" } } } } } });
        with(
            paths("3.1.1", json!({}), json!({ "schemas": { "Z": schema } })),
            json!({ "webhooks": { "title": { "$ref": "#/components/pathItems/W" } } , "components": { "schemas": { "Z": schema }, "pathItems": { "W": item } } }),
        )
    };
    let none = || paths("3.1.1", json!({}), json!({}));
    let callback = |schema: Value, by_reference: bool| {
        let item = json!({ "u": { "post": { "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Z" } } } } } } });
        let own = if by_reference { json!({ "$ref": "#/components/callbacks/C" }) } else { item.clone() };
        let mut document = operation(json!({ "callbacks": { "done": own } }));
        document["components"] = json!({ "schemas": { "Z": schema }, "callbacks": { "C": item } });
        document
    };
    let link = |id: &str| operation(json!({ "responses": { "200": { "links": { "next": { "operationId": id } } } } }));
    let dialect = |dialect: &str| with(none(), json!({ "jsonSchemaDialect": dialect }));
    check(vec![
        ("a webhook, behind references", webhook(text()), webhook(number()), (WARNS, WARNS)),
        ("a webhook is gone", webhook(text()), none(), (WARNS, WARNS)),
        ("a callback, behind references", callback(text(), true), callback(number(), true), (WARNS, WARNS)),
        ("a callback, behind a reference", callback(text(), false), callback(number(), false), (WARNS, WARNS)),
        ("a callback by reference", callback(text(), true), callback(text(), false), (NONE, NONE)),
        ("a link", link("a"), link("b"), (WARNS, WARNS)),
        ("the dialect of schemas", dialect("a"), dialect("b"), (WARNS, WARNS)),
    ]);
    let found = findings(&webhook(text()), &webhook(number()));
    assert_eq!(
        found[0].message().to_string(),
        "`/webhooks/title`: changed, but not compared: was `string`, is `integer`"
    );
    assert_eq!(found[0].places[0].base.as_deref(), Some("/components/schemas/Z/properties/p/type"));
}

#[test]
fn keywords_that_are_not_compared_are_looked_at_through_references() {
    let of = |version: &str, keyword: &str, value: Value, z: Value| {
        let schema = json!({ "type": "object", keyword: value });
        paths(
            version,
            json!({ "/a": { "get": answer(json!({ "schema": schema })) } }),
            json!({ "schemas": { "Z": z } }),
        )
    };
    let z = || json!({ "$ref": "#/components/schemas/Z" });
    for (keyword, value) in [
        ("prefixItems", json!([z()])),
        ("propertyNames", z()),
        ("contains", z()),
        ("if", z()),
        ("dependentSchemas", json!({ "a": z() })),
        ("contentSchema", z()),
    ] {
        let document = |schema: Value| of("3.1.1", keyword, value.clone(), schema);
        let (base, revision) = (document(text()), document(number()));
        for (base, revision) in [(&base, &revision), (&revision, &base)] {
            let found = findings(base, revision);
            assert!(found.iter().any(|one| one.rule == Rule::NotCompared), "{keyword}: {found:?}");
        }
        assert_eq!(findings(&base, &base), []);
    }
    let xml = |name: &str, kind: &str| {
        let media = json!({ "schema": { "type": "object", "properties": { "p": { "type": "string", "xml": { "name": name } } } } });
        operation(json!({ "responses": { "200": { "content": { kind: media } } } }))
    };
    check(vec![
        ("how a member is written in XML", xml("a", "application/xml"), xml("b", "application/xml"), (WARNS, WARNS)),
        ("in JSON", xml("a", "application/json"), xml("b", "application/json"), (NONE, NONE)),
    ]);
}

#[test]
fn path_items_hold_with_what_stands_beside_their_reference() {
    let shared = json!({ "pathItems": { "P": { "get": {} } } });
    let q = json!([{ "in": "query", "name": "q", "required": true, "schema": { "type": "string" } }]);
    let v31 = |item: Value| paths("3.1.1", json!({ "/a": item }), shared.clone());
    check(vec![
        (
            "an operation",
            v31(json!({ "$ref": "#/components/pathItems/P", "post": {} })),
            v31(json!({ "get": {}, "post": {} })),
            (NONE, NONE),
        ),
        (
            "parameters",
            v31(json!({ "$ref": "#/components/pathItems/P", "parameters": q })),
            v31(json!({ "get": {}, "parameters": q })),
            (NONE, NONE),
        ),
        (
            "parameters that are new",
            v31(json!({ "$ref": "#/components/pathItems/P" })),
            v31(json!({ "$ref": "#/components/pathItems/P", "parameters": q })),
            (BREAKS, BREAKS),
        ),
    ]);
    let anchored = |reference: &str| {
        let a = json!({ "$anchor": "a", "type": "object" });
        paths(
            "3.1.1",
            json!({ "/a": { "get": answer(json!({ "schema": { "$ref": reference } })) } }),
            json!({ "schemas": { "A": a } }),
        )
    };
    check(vec![("an anchor", anchored("#a"), anchored("#/components/schemas/A"), (NONE, NONE))]);
    let chain = |last: &str| {
        let mut schemas: serde_json::Map<_, _> = (0..300)
            .map(|at| (format!("S{at}"), json!({ "$ref": format!("#/components/schemas/S{}", at + 1) })))
            .collect();
        schemas.insert("S300".into(), json!({ "type": last }));
        paths(
            "3.0.4",
            json!({ "/a": { "get": answer(json!({ "schema": { "$ref": "#/components/schemas/S0" } })) } }),
            json!({ "schemas": schemas }),
        )
    };
    check(vec![("a long chain of references", chain("string"), chain("integer"), (BREAKS, BREAKS))]);
}

#[test]
fn what_swagger_2_0_says_in_its_own_words_is_compared() {
    let of = |operation: Value, rest: Value| {
        let document =
            json!({ "swagger": "2.0", "info": { "version": "v1" }, "paths": { "/x": { "post": operation } } });
        with(document, rest)
    };
    let list = |place: &str, format: &str| {
        let items = json!({ "type": "string" });
        let parameter =
            json!({ "in": place, "name": "a", "type": "array", "items": items, "collectionFormat": format });
        of(json!({ "parameters": [parameter] }), json!({}))
    };
    let header = |format: &str| {
        let header = json!({ "type": "array", "items": { "type": "string" }, "collectionFormat": format });
        of(json!({ "responses": { "200": { "headers": { "X-A": header } } } }), json!({}))
    };
    let nested = |format: &str| {
        let items = json!({ "type": "array", "items": { "type": "string" }, "collectionFormat": format });
        of(json!({ "parameters": [{ "in": "query", "name": "a", "type": "array", "items": items }] }), json!({}))
    };
    let form = |consumes: &[&str]| {
        of(
            json!({ "consumes": consumes, "parameters": [{ "in": "formData", "name": "a", "type": "string" }] }),
            json!({}),
        )
    };
    let body = || json!({ "parameters": [{ "in": "body", "name": "b", "schema": { "type": "string" } }] });
    let schema = || json!({ "responses": { "200": { "schema": { "type": "string" } } } });
    let shared = |required: bool| {
        of(
            json!({ "parameters": [{ "$ref": "#/parameters/P" }] }),
            json!({ "parameters": { "P": { "in": "query", "name": "a", "type": "string", "required": required } } }),
        )
    };
    let empty = |allowed: bool| {
        of(
            json!({ "parameters": [{ "in": "query", "name": "a", "type": "string", "allowEmptyValue": allowed }] }),
            json!({}),
        )
    };
    let multipart = "multipart/form-data";
    let encoded = "application/x-www-form-urlencoded";
    check(vec![
        ("an empty value", empty(true), empty(false), (WARNS, INFORMS)),
        ("a separator, in a query", list("query", "csv"), list("query", "multi"), (BREAKS, BREAKS)),
        ("tabs, in a query", list("query", "csv"), list("query", "tsv"), (BREAKS, BREAKS)),
        ("pipes, in a path", list("path", "csv"), list("path", "pipes"), (BREAKS, BREAKS)),
        ("spaces, in a header", list("header", "csv"), list("header", "ssv"), (BREAKS, BREAKS)),
        ("a separator, in a form", list("formData", "csv"), list("formData", "multi"), (BREAKS, BREAKS)),
        ("tabs, in a form", list("formData", "csv"), list("formData", "tsv"), (BREAKS, BREAKS)),
        ("a separator, in a header of a response", header("csv"), header("pipes"), (BREAKS, BREAKS)),
        ("a separator, of lists in lists", nested("csv"), nested("pipes"), (WARNS, WARNS)),
        ("a media type of forms", form(&[multipart, encoded]), form(&[multipart]), (BREAKS, INFORMS)),
        ("another one", form(&[multipart]), form(&[encoded]), (BREAKS, BREAKS)),
        ("the one that holds anyway", form(&[]), form(&[encoded]), (NONE, NONE)),
        (
            "media types of all operations",
            of(body(), json!({ "consumes": ["application/json"] })),
            of(with(body(), json!({ "consumes": ["application/json"] })), json!({})),
            (NONE, NONE),
        ),
        (
            "other ones of all operations",
            of(schema(), json!({ "produces": ["application/json"] })),
            of(schema(), json!({ "produces": ["application/xml"] })),
            (BREAKS, BREAKS),
        ),
        ("parameters of all operations", shared(false), shared(true), (BREAKS, INFORMS)),
        (
            "the path of the server",
            of(body(), json!({ "basePath": "/a" })),
            of(body(), json!({ "basePath": "/b" })),
            (BREAKS, BREAKS),
        ),
        ("its host", of(body(), json!({ "host": "a" })), of(body(), json!({ "host": "b" })), (NONE, NONE)),
        (
            "its schemes",
            of(body(), json!({ "host": "a", "schemes": ["http", "https"] })),
            of(body(), json!({ "host": "a", "schemes": ["https"] })),
            (NONE, NONE),
        ),
    ]);
}

#[test]
fn what_only_describes_changes_nothing() {
    let base = || {
        json!({
            "openapi": "3.0.4", "info": { "version": "v1", "title": "a" }, "tags": [{ "name": "a" }], "x-a": 1,
            "paths": { "/x": { "summary": "a", "get": {
                "tags": ["a"], "summary": "a", "description": "a", "externalDocs": { "url": "a" }, "x-a": 1,
                "parameters": [{ "in": "query", "name": "q", "description": "a", "example": 1, "schema": { "type": "string" } }],
                "responses": { "200": { "description": "a", "headers": { "X-A": { "description": "a", "schema": {} } } } }
            } } }
        })
    };
    fn other(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match name.as_str() {
                        "summary" | "description" | "title" | "url" => *value = "b".into(),
                        "tags" => *value = json!([]),
                        "x-a" | "example" => *value = 2.into(),
                        _ => other(value),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(other),
            _ => {}
        }
    }
    let mut revision = base();
    other(&mut revision);
    assert_ne!(base(), revision);
    assert_eq!(findings(&base(), &revision), []);
}

#[test]
fn what_is_written_twice_is_said() {
    let repeated = |pointer: &str| Repeated { pointer: pointer.to_owned(), line: Some(7) };
    let read = || Document::read(operation(json!({}))).unwrap();
    let names = std::collections::BTreeMap::new();
    let options = cxreports_drift::Options::default();
    let revision = read().with_repeated(vec![repeated("/paths/~1x~1{id}/post/deprecated"), repeated("/definitions/A")]);
    let found = compare(&read(), &revision, &names, options);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].rule, found[0].severity), (Rule::MemberRepeated, cxreports_drift::Severity::Warning));
    assert_eq!(
        found[0].message().to_string(),
        "the document: member written more than once, and only the last one counts: `/paths/~1x~1{id}/post/deprecated \
         in line 7`, `/definitions/A in line 7`"
    );
    let places: Vec<_> = found[0].places.iter().map(|place| place.revision.as_deref()).collect();
    assert_eq!(places, [Some("/paths/~1x~1{id}/post"), Some("")]);
    assert_eq!(compare(&revision, &read(), &names, options).len(), 1);
}
