use serde_json::json;

use super::{expect::Edit, *};
use crate::{
    generate::progenitor::{self, Settings},
    names::Names,
    normalise::{Normalised, normalise},
};

/// A document that calls for each edit at least once.
fn document() -> Normalised {
    let order = json!({ "$ref": "#/components/schemas/Order" });
    let content = |media_type: &str, schema: &Value| json!({ "content": { media_type: { "schema": schema } } });
    let form = json!({ "type": "object", "properties": { "note": { "type": "string" } } });
    let document = json!({
        "openapi": "3.0.4",
        "info": { "title": "Edits", "version": "v1" },
        "paths": {
            "/orders/{id}": {
                "get": {
                    "operationId": "readOrder",
                    "parameters": [
                        { "name": "body", "in": "query", "schema": { "type": "string" } },
                        { "name": "session", "in": "cookie", "schema": { "type": "string" } },
                        { "name": "ids", "in": "query", "explode": false, "schema": { "type": "array", "items": { "type": "string" } } },
                    ],
                    "responses": { "200": content("text/json", &order) },
                },
                "put": { "operationId": "writeOrder", "requestBody": content("text/json", &order), "responses": {} },
                "options": { "operationId": "orderOptions", "responses": {} },
            },
            "/notes": {
                "post": { "operationId": "sendNote", "requestBody": content("application/x-www-form-urlencoded", &form), "responses": {} },
            },
        },
        "components": { "schemas": { "Order": { "type": "object", "properties": {
            "id": { "type": "integer" }, "ID": { "type": "integer" }, "pin": { "type": "string", "format": "password" },
        } } } },
    });
    normalise(document, Vec::new(), &mut Names::default()).unwrap()
}

/// What another version of progenitor could write instead: by edit, a text of its output and what replaces it.
const ALTERED: [(Edit, &str, &str); Edit::ALL.len()] = [
    (Edit::Types, "pub mod types", "pub mod kinds"),
    (Edit::PathEncoding, "{ encode_path ,", "{"),
    (Edit::TotalTimeout, ". timeout (dur)", ""),
    (Edit::Hooks, "impl ClientHooks", "impl ClientHook"),
    (Edit::Methods, "pub async fn read_order", "pub fn read_order"),
    (Edit::Arguments, ", session :", ", (session) :"),
    (Edit::VersionHeader, "\"api-version\"", "\"api-revision\""),
    (Edit::EmptyHeaders, ". headers (header_map)", ". all_headers (header_map)"),
    (Edit::SharedSend, "400u16 ..= 499u16", "400u16 ..= 498u16"),
    (Edit::Accept, "header :: ACCEPT ,", "header :: ACCEPTED ,"),
    (Edit::ContentType, ". json (& body)", ". content (& body)"),
    (Edit::Forms, ". body (body)", ". payload (body)"),
    (Edit::NamesOnTheWire, "new (\"body_query\"", "new (\"body query\""),
    (Edit::Cookies, "value . to_string () . try_into () ?", "value . into ()"),
    (Edit::QueryStyles, "new (\"ids\"", "new (\"ids[]\""),
    (Edit::RareMethods, ". options (", ". ask_for_options ("),
    (Edit::MemberNames, "pub id_2 :", "pub id_b :"),
    (Edit::Secrets, "Clone , Debug", "Clone"),
];

#[test]
fn each_edit_fails_by_name_where_progenitor_writes_something_else() {
    let normalised = document();
    let settings = Settings { replaced: &normalised.wire.own_types(), any_json: "::serde_json::Value", inner: None };
    let output = progenitor::run(&normalised.document, &settings).unwrap();
    let tokens = output.tokens.to_string();
    let edited = |tokens: &str| {
        let file = syn::parse_str(tokens).unwrap();
        edit(file, &output.document, &normalised.wire, None).map(|edited| edited.operations.len())
    };
    assert_eq!(edited(&tokens), Ok(4));
    for (edit, from, to) in ALTERED {
        assert!(tokens.contains(from), "{}: progenitor does not write {from:?}: {tokens}", edit.name());
        let error = edited(&tokens.replace(from, to)).unwrap_err();
        assert_eq!(error.edit, edit.name(), "{error}");
        assert!(error.found < error.expected, "{error}");
        assert!(error.to_string().starts_with(&format!("the edit `{}` applies to", edit.name())));
    }
    let all = ALTERED.map(|(edit, ..)| edit);
    assert_eq!(all, Edit::ALL, "each edit is altered once");
}

#[test]
fn an_operation_that_progenitor_adds_is_seen() {
    let normalised = document();
    let settings = Settings { replaced: &normalised.wire.own_types(), any_json: "::serde_json::Value", inner: None };
    let output = progenitor::run(&normalised.document, &settings).unwrap();
    let mut without = output.document.clone();
    without["paths"].as_object_mut().unwrap().remove("/notes");
    let error = edit(syn::parse2(output.tokens).unwrap(), &without, &normalised.wire, None).err().unwrap();
    assert_eq!((error.edit, error.expected, error.found), ("methods", 3, 4));
}
