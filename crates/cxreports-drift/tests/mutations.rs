//! Whatever a document looks like, it can be compared.

use std::collections::BTreeMap;

use crate::mutate::{documents, mutate, rounds};
use cxreports_drift::{
    Allowed, Document, Finding, Options, Severity, compare,
    render::{BaseFile, Comparison, Format, Style, render},
};
use serde_json::{Value, json};

#[test]
fn a_mutated_document_is_compared_with_what_it_was() {
    let found = each_mutation(&|document, random| mutate(document, random));
    assert!(found > rounds() as usize / 2, "only {found} findings");
}

#[test]
fn what_newer_versions_have_is_compared_whatever_is_in_it() {
    let found = each_mutation(&|document, random| match random.bool() {
        true => feature(document, random),
        false => mutate(document, random),
    });
    assert!(found > rounds() as usize / 2, "only {found} findings");
}

/// Compares documents with mutated ones, and gives how many findings there were.
fn each_mutation(change: &dyn Fn(&mut Value, &mut fastrand::Rng) -> String) -> usize {
    let originals: Vec<_> =
        documents().into_iter().filter(|(_, document)| Document::read(document.clone()).is_ok()).collect();
    let mut found = 0;
    for seed in 0..rounds() {
        let mut random = fastrand::Rng::with_seed(seed);
        let (name, original) = &originals[random.usize(0..originals.len())];
        let mut document = original.clone();
        let did: Vec<String> = (0..random.usize(1..4)).map(|_| change(&mut document, &mut random)).collect();
        let outcome = std::panic::catch_unwind(|| {
            let (_, format) = Format::ALL[seed as usize % Format::ALL.len()];
            both_ways(original, document, format)
        });
        found += outcome.unwrap_or_else(|_| panic!("seed {seed}: {name}, {did:?}: a panic"));
    }
    found
}

fn both_ways(original: &Value, mutated: Value, format: Format) -> usize {
    let Ok(revision) = Document::read(mutated.clone()) else { return 0 };
    let base = Document::read(original.clone()).unwrap();
    let (names, options) = (BTreeMap::new(), Options::default());
    assert_eq!(compare(&revision, &revision, &names, options), []);
    let mut count = 0;
    for (base, revision, text) in [(&base, &revision, original), (&revision, &base, &mutated)] {
        let findings = compare(base, revision, &names, options);
        findings.iter().for_each(|finding| leads_somewhere(finding, base, revision));
        count += findings.len();
        let file = Some(BaseFile { path: "a b.json".to_owned(), text: format!("{text:#}") });
        let comparison = Comparison { allowed: Allowed { findings, accepted: 0 }, file, ..Comparison::default() };
        let style = Style { width: 100, fail_on: Severity::Breaking, infos: true };
        assert!(!render(format, &[comparison], style).is_empty());
    }
    count
}

/// Each place is in its document, or the place that would hold it is.
fn leads_somewhere(finding: &Finding, base: &Document, revision: &Document) {
    for place in &finding.places {
        for (document, pointer) in [(base, &place.base), (revision, &place.revision)] {
            let pointer = pointer.as_deref().unwrap_or_default();
            let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            assert!(document.value().pointer(parent).is_some(), "{pointer} leads nowhere: {finding:?}");
        }
    }
}

/// Adds what OpenAPI 3.1 and 3.2 have, mostly in a wrong form. Says what it did.
fn feature(document: &mut Value, random: &mut fastrand::Rng) -> String {
    if document.get("swagger").is_none() {
        document["openapi"] = random.choice(["3.0.4", "3.1.1", "3.2.0"]).into();
    }
    let is_object = |value: &Value| value.is_object();
    if !document.get("paths").is_some_and(is_object) || !document.get("components").is_none_or(is_object) {
        return "nothing".to_owned();
    }
    let names: Vec<String> =
        document["components"]["schemas"].as_object().into_iter().flat_map(|all| all.keys().cloned()).collect();
    let named = |random: &mut fastrand::Rng| random.choice(&names).cloned().unwrap_or_default();
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let schemas = [
        reference(&named(random)),
        json!({ "type": ["string", "null"] }),
        json!({ "const": 1 }),
        json!(false),
        json!({ "prefixItems": [{}, true] }),
        json!({ "$ref": "#" }),
        json!({ "$ref": "#/paths" }),
        json!({ "if": {}, "then": reference(&named(random)), "else": false }),
        json!({ "anyOf": [{ "type": "null" }, { "type": "integer" }] }),
        json!({ "$anchor": "a%b", "$defs": { "t": {} }, "properties": { "self": { "$ref": "#a%b" } } }),
    ];
    let schema = random.choice(&schemas).cloned().unwrap_or_default();
    let odd = [json!([]), json!(5), json!("x"), json!({}), json!({ "a": 5 }), json!([{}]), json!({ "": {} })];
    let odd = random.choice(&odd).cloned().unwrap_or_default();
    let media = json!({ "application/json; v=1;;=": { "schema": schema, "itemSchema": schema } });
    let responds = json!({ "responses": { "200": { "content": media } } });
    let chance = random.u8(0..14);
    let paths = &mut document["paths"];
    match chance {
        0 => document["webhooks"] = json!({ "w": { "post": responds }, "v": { "$ref": "#/webhooks/w" }, "o": odd }),
        1 => {
            let target = random.choice(["#/components/pathItems/P", "#/paths/~1pi", "#/nowhere", "x.json", ""]);
            paths["/pi"] = json!({ "$ref": target, "post": responds, "parameters": odd });
            document["components"]["pathItems"] = json!({ "P": { "get": {}, "parameters": odd }, "Q": odd });
        }
        2 => paths["/q"] = json!({ "query": responds, "additionalOperations": odd }),
        3 => paths["/q"] = json!({ "additionalOperations": { "COPY": responds, "get": {}, "a/b": responds, "": odd } }),
        4 => {
            let target = random.choice(["M", "L", "N"]).unwrap_or_default();
            let content = json!({ "application/json": { "$ref": format!("#/components/mediaTypes/{target}") } });
            paths["/m"] = json!({ "get": { "responses": { "200": { "content": content } } } });
            document["components"]["mediaTypes"] =
                json!({ "M": { "schema": schema }, "L": { "$ref": "#/components/mediaTypes/L" } });
        }
        5 => {
            paths["/c"] = json!({ "post": { "callbacks": { "c": { "$ref": "#/components/callbacks/C" }, "d": odd } } })
        }
        6 => {
            let (one, other) = (named(random), named(random));
            document["components"]["schemas"] = json!({ &one: reference(&other), &other: reference(&one) });
        }
        7 => {
            let name = named(random);
            let loops =
                json!({ "allOf": [reference(&name), schema], "oneOf": [reference(&name), { "type": "string" }] });
            document["components"]["schemas"][name] = loops;
        }
        8 => {
            document["components"]["securitySchemes"] = json!({
                "O": { "$ref": "#/components/securitySchemes/P" },
                "P": random.choice([json!({ "$ref": "#/components/securitySchemes/O" }), json!({ "type": "oauth2", "flows": { "x": 5, "password": { "tokenUrl": 1, "scopes": [] } } })])
            });
            document["security"] = json!([{ "O": [] }, { "#/components/securitySchemes/P": odd }]);
        }
        9 => {
            let values: Vec<String> = (0..60).map(|at| at.to_string()).collect();
            let variable = json!({ "default": "{a}", "enum": values });
            document["servers"] =
                json!([{ "url": "/{a}{b}{c}", "variables": { "a": variable, "b": variable, "c": odd } }]);
        }
        10 => {
            let place = random.choice(["query", "path", "header", "cookie", "querystring", ""]);
            paths["/{a:int}/{*b}"] =
                json!({ "get": { "parameters": [{ "in": place, "name": "a", "content": media }, odd] } });
        }
        11 => {
            let media = json!({ "itemSchema": schema, "encoding": odd, "prefixEncoding": odd, "itemEncoding": odd });
            paths["/f"] = json!({ "post": { "requestBody": { "content": { "multipart/mixed": media } } } });
        }
        12 => {
            let item = json!({ "get": responds });
            for path in ["/{", "/}{", "/{{}}", "/%zz%41%2f", "/{a:regex(^x{{1,2}}$)}"] {
                paths[path] = item.clone();
            }
        }
        _ => {
            let response =
                json!({ "headers": { "H": odd, "Content-Type": {} }, "links": { "l": odd }, "content": media });
            paths["/r"] = json!({ "get": { "responses": { "200": response, "2XX": odd, "default": response } } });
        }
    }
    format!("feature {chance}")
}
