//! Small documents, and what comparing them finds.

use std::collections::BTreeMap;

use cxreports_drift::{Direction, Document, Finding, Options, Rule, Severity, compare, verdict};
use serde_json::{Value, json};

/// A document with one operation.
pub(crate) fn operation(operation: Value) -> Value {
    json!({ "openapi": "3.0.4", "info": { "version": "v1" }, "paths": { "/x/{id}": { "post": operation } } })
}

pub(crate) fn parameter(parameter: Value) -> Value {
    operation(json!({ "parameters": [parameter] }))
}

/// A document with one schema that goes one way: `S`, and what it refers to.
pub(crate) fn schema(direction: Direction, schema: Value) -> Value {
    let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/S" } } });
    let mut document = match direction {
        Direction::Request => operation(json!({ "requestBody": { "content": content } })),
        Direction::Response => operation(json!({ "responses": { "200": { "description": "", "content": content } } })),
    };
    document["components"] = json!({ "schemas": { "S": schema, "A": { "type": "object" }, "B": { "type": "string" }, "B2": { "type": "string", "description": "b" }, "C": { "type": "boolean" } } });
    document
}

pub(crate) fn rules(base: &Value, revision: &Value) -> Vec<Rule> {
    findings(base, revision).into_iter().map(|finding| finding.rule).collect()
}

pub(crate) fn findings(base: &Value, revision: &Value) -> Vec<Finding> {
    findings_with(base, revision, Options::default())
}

pub(crate) fn findings_with(base: &Value, revision: &Value, options: Options) -> Vec<Finding> {
    let read = |document: &Value| Document::read(document.clone()).unwrap();
    let found = compare(&read(base), &read(revision), &BTreeMap::new(), options);
    for finding in &found {
        assert_eq!(finding.id.len(), 10);
        assert!(!finding.places.is_empty());
        for place in &finding.places {
            for (document, pointer) in [(base, &place.base), (revision, &place.revision)] {
                let document = read(document);
                let pointer = pointer.as_deref().unwrap_or("");
                let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
                assert!(document.value().pointer(parent).is_some(), "{pointer} leads nowhere: {finding:?}");
            }
        }
    }
    found
}

/// The worst that is found, forth and back.
pub(crate) fn verdicts(base: &Value, revision: &Value) -> (Option<Severity>, Option<Severity>) {
    (verdict(&findings(base, revision)), verdict(&findings(revision, base)))
}

pub(crate) fn with(mut value: Value, rest: Value) -> Value {
    value.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    value
}
