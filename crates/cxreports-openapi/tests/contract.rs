//! What a match says of documents that lack something, have it twice, or contradict the contract.

use cxreports_core::{Absent, Location};
use cxreports_openapi::contract::{Contract, Overrides, find};
use serde_json::{Value, json};

fn document(paths: Value) -> Value {
    json!({ "openapi": "3.0.4", "info": { "title": "T", "version": "v1" }, "paths": paths })
}

fn found(paths: Value) -> Contract {
    find(&document(paths), &Overrides::new())
}

fn missing(contract: &Contract, name: &str) -> String {
    contract.missing.iter().find(|missing| missing.spec.name == name).unwrap().to_string()
}

#[test]
fn what_is_missing_is_named_with_the_nearest_endpoint() {
    let contract = found(json!({
        "/api/v1/workspaces": { "get": {} },
        "/api/v1/ws/{id}/report": { "get": {} },
        "/api/v1/nonce-tokens": { "get": {} },
    }));
    assert_eq!(contract.coverage(), "1 of 18 operations");
    assert_eq!(
        missing(&contract, "list_reports"),
        "list_reports (GET /api/v1/ws/{workspaceId}/reports): the document has no such endpoint; \
         the nearest is GET /api/v1/ws/{id}/report, but its path is not .../ws/{workspaceId}/reports"
    );
    assert!(
        missing(&contract, "create_nonce")
            .ends_with("the nearest is GET /api/v1/nonce-tokens, but it is not called by POST")
    );
    assert!(missing(&contract, "deliver_job_run").ends_with("the document has no such endpoint"));
}

#[test]
fn two_endpoints_for_one_operation_are_both_named_and_the_operator_decides() {
    let paths = json!({ "/api/v2/ws/{a}/themes": { "get": {} }, "/api/v3/ws/{b}/themes": { "get": {} } });
    let contract = found(paths.clone());
    assert!(contract.operations.is_empty());
    let said = missing(&contract, "list_themes");
    assert!(said.contains("GET /api/v2/ws/{a}/themes and GET /api/v3/ws/{b}/themes could all be it"), "{said}");

    let names = Overrides::from_iter([("GET /api/v3/ws/{b}/themes".to_owned(), "list_themes".to_owned())]);
    let decided = find(&document(paths), &names);
    assert_eq!(decided.operation("list_themes").unwrap().binding.path, "/api/v3/ws/{workspaceId}/themes");

    // The documentation's own place needs no decision.
    let legacy = json!({ "/legacy/api/v1/ws/{a}/themes": { "get": {} }, "/api/v1/ws/{b}/themes": { "get": {} } });
    assert_eq!(found(legacy).operation("list_themes").unwrap().binding.path, "/api/v1/ws/{workspaceId}/themes");
    let both = found(json!({ "/api/v2/ws/{a}/themes": { "get": {} }, "/api/v1/ws/{b}/themes": { "get": {} } }));
    assert_eq!(both.operation("list_themes").unwrap().binding.path, "/api/v1/ws/{workspaceId}/themes");
}

#[test]
fn a_contradiction_refuses_its_operation_alone() {
    let list = |schema: Value| json!({ "responses": { "200": { "content": { "text/json": { "schema": schema } } } } });
    let contract = found(json!({
        "/api/v1/workspaces": { "get": list(json!({ "type": "array", "items": { "type": "object", "properties": { "name": {} } } })) },
        "/api/v1/ws/{w}/themes": { "get": list(json!({ "type": "string" })) },
        "/api/v1/ws/{w}/templates": { "get": {} },
    }));
    assert_eq!(contract.coverage(), "1 of 18 operations");
    assert!(missing(&contract, "list_workspaces").ends_with(
        "/paths/~1api~1v1~1workspaces/get/responses/200/content/text~1json/schema/items/properties: \
         no member `id` (feeds Workspace.id)"
    ));
    assert!(missing(&contract, "list_themes").contains("string, where a list is read"));
}

#[test]
fn required_members_are_null_or_the_contracts_default_or_asked_for() {
    let string = json!({ "type": "string" });
    let members = json!({
        "params": { "type": "object" }, "format": string, "lang": string,
        "timezone": { "type": "string", "nullable": true }, "tenant": string,
    });
    let schema = json!({ "type": "object", "properties": members, "required": ["params", "format", "lang", "timezone", "tenant"] });
    let body = json!({ "requestBody": { "content": { "application/json": { "schema": schema } } } });
    let contract = found(json!({ "/api/v1/ws/{w}/reports/{r}/pdf": { "post": body } }));
    let binding = &contract.operation("export_report").unwrap().binding;
    let absent = |name: &str| binding.field(Location::Body, name).unwrap().absent.clone();
    assert_eq!(absent("params"), Absent::Default("{}".into()));
    assert_eq!(absent("format"), Absent::Default("\"pdf\"".into()));
    assert_eq!(absent("timezone"), Absent::Null);
    assert_eq!(absent("lang"), Absent::Refuse);
    assert_eq!(binding.extras[0].name, "tenant");
    assert!(binding.field(Location::Body, "theme").is_none(), "the instance lacks it");
}
