//! For each rule a pair of documents that triggers it, and nothing else, and one that must not.

use std::collections::BTreeSet;

use cxreports_drift::{
    Direction::{self, Request, Response},
    Rule, Severity,
};
use serde_json::{Value, json};

use super::support::{findings, operation, parameter, rules, schema, with};

/// Documents that must not trigger a rule, where going back does.
type MustNot = Option<(Value, Value)>;

/// Rules about an operation: before, after, and, where going back triggers the same, a pair that must not.
fn endpoint_rules() -> Vec<(Rule, Value, Value, MustNot)> {
    let empty = || operation(json!({}));
    let none = || json!({ "openapi": "3.0.4", "info": { "version": "v1" }, "paths": {} });
    let query = |rest: Value| {
        let mut all =
            json!({ "in": "query", "name": "q", "schema": { "type": "array", "items": { "type": "string" } } });
        all.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        parameter(all)
    };
    let body = |body: Value| operation(json!({ "requestBody": body }));
    let content = |types: &[&str]| -> Value {
        types.iter().map(|name| ((*name).to_owned(), json!({ "schema": {} }))).collect::<serde_json::Map<_, _>>().into()
    };
    let answers = |answers: Value| operation(json!({ "responses": answers }));
    let answer = |types: &[&str]| answers(json!({ "200": { "description": "", "content": content(types) } }));
    let header = |required: bool| {
        answers(json!({ "200": { "headers": { "X-A": { "required": required, "schema": { "type": "string" } } } } }))
    };
    let secured = |security: Value, scheme: &str| {
        let mut document = operation(json!({ "security": security }));
        document["components"] = json!({ "securitySchemes": {
            "a": { "type": "http", "scheme": scheme }, "b": { "type": "apiKey", "in": "header", "name": "k" }
        } });
        document
    };
    let defined = |scheme: Value| {
        let mut document = operation(json!({ "security": [{ "a": [] }] }));
        document["components"] = json!({ "securitySchemes": { "a": scheme } });
        document
    };
    let oauth = |more: Value| {
        let flows = with(json!({ "clientCredentials": { "tokenUrl": "/t" } }), more);
        defined(json!({ "type": "oauth2", "flows": flows }))
    };
    let at = |path: &str| {
        json!({ "openapi": "3.0.4", "info": { "version": "v1" }, "paths": { path: { "post": {
            "parameters": [{ "in": "path", "name": path.trim_matches(|c| "/x{}".contains(c)), "required": true, "schema": { "type": "string" } }]
        } } } })
    };
    let info = |version: &str, server: &str| json!({ "openapi": "3.0.4", "info": { "version": version }, "servers": [{ "url": server }], "paths": {} });
    vec![
        (Rule::OperationRemoved, empty(), none(), None),
        (Rule::OperationAdded, none(), empty(), None),
        (Rule::OperationDeprecated, empty(), operation(json!({ "deprecated": true })), None),
        (Rule::OperationNotDeprecated, operation(json!({ "deprecated": true })), empty(), None),
        (
            Rule::OperationIdChanged,
            operation(json!({ "operationId": "a" })),
            operation(json!({ "operationId": "b" })),
            Some((operation(json!({ "summary": "a" })), operation(json!({ "summary": "b" })))),
        ),
        (Rule::PathParameterRenamed, at("/x/{id}"), at("/x/{key}"), Some((at("/x/{id}"), at("/x/{id}")))),
        (Rule::ParameterAddedRequired, empty(), query(json!({ "required": true })), Some((empty(), query(json!({}))))),
        (Rule::ParameterAddedOptional, empty(), query(json!({})), Some((empty(), query(json!({ "required": true }))))),
        (Rule::ParameterRemoved, query(json!({})), empty(), None),
        (
            Rule::ParameterMoved,
            query(json!({})),
            query(json!({ "in": "header" })),
            Some((query(json!({ "in": "header", "name": "Q" })), query(json!({ "in": "header", "name": "q" })))),
        ),
        (Rule::ParameterNowRequired, query(json!({})), query(json!({ "required": true })), None),
        (Rule::ParameterNowOptional, query(json!({ "required": true })), query(json!({})), None),
        (
            Rule::ParameterStyleChanged,
            query(json!({})),
            query(json!({ "style": "pipeDelimited" })),
            Some((query(json!({})), query(json!({ "style": "form" })))),
        ),
        (
            Rule::ParameterExplodeChanged,
            query(json!({})),
            query(json!({ "explode": false })),
            Some((
                query(json!({ "schema": { "type": "string" } })),
                query(json!({ "schema": { "type": "string" }, "explode": false })),
            )),
        ),
        (
            Rule::ParameterContentChanged,
            query(json!({})),
            parameter(json!({ "in": "query", "name": "q", "content": { "application/json": { "schema": {} } } })),
            Some((query(json!({})), query(json!({})))),
        ),
        (
            Rule::EncodingChanged,
            body(
                json!({ "content": { "multipart/form-data": { "encoding": { "a": { "contentType": "text/csv" } } } } }),
            ),
            body(
                json!({ "content": { "multipart/form-data": { "encoding": { "a": { "contentType": "text/plain" } } } } }),
            ),
            Some((
                body(json!({ "content": { "multipart/form-data": {} } })),
                body(json!({ "content": { "multipart/form-data": { "encoding": {} } } })),
            )),
        ),
        (Rule::ParameterDeprecated, query(json!({})), query(json!({ "deprecated": true })), None),
        (
            Rule::ParameterReservedChanged,
            query(json!({})),
            query(json!({ "allowReserved": true })),
            Some((query(json!({})), query(json!({ "allowReserved": false })))),
        ),
        (Rule::EmptyValueRefused, query(json!({ "allowEmptyValue": true })), query(json!({})), None),
        (Rule::EmptyValueAllowed, query(json!({})), query(json!({ "allowEmptyValue": true })), None),
        (Rule::BodyAddedRequired, empty(), body(json!({ "required": true })), Some((empty(), body(json!({}))))),
        (Rule::BodyAddedOptional, empty(), body(json!({})), Some((empty(), body(json!({ "required": true }))))),
        (Rule::BodyRemoved, body(json!({})), empty(), None),
        (Rule::BodyNowRequired, body(json!({})), body(json!({ "required": true })), None),
        (Rule::BodyNowOptional, body(json!({ "required": true })), body(json!({})), None),
        (Rule::MediaTypeRemoved, answer(&["application/json", "application/xml"]), answer(&["application/json"]), None),
        (Rule::MediaTypeAliasRemoved, answer(&["application/json", "text/json"]), answer(&["application/json"]), None),
        (Rule::MediaTypeAdded, answer(&["application/json"]), answer(&["application/json", "text/json"]), None),
        (
            Rule::MediaTypeNarrowed,
            body(json!({ "content": { "*/*": {} } })),
            body(json!({ "content": { "text/csv": {} } })),
            None,
        ),
        (Rule::MediaTypeWidened, answer(&["text/csv"]), answer(&["text/*"]), None),
        (
            Rule::SuccessRemoved,
            answers(json!({ "200": {}, "202": {} })),
            answers(json!({ "200": {} })),
            Some((answers(json!({ "200": {}, "404": {} })), answers(json!({ "200": {} })))),
        ),
        (
            Rule::SuccessAdded,
            answers(json!({ "200": {} })),
            answers(json!({ "200": {}, "202": {} })),
            Some((answers(json!({ "200": {} })), answers(json!({ "200": {}, "404": {} })))),
        ),
        (Rule::FailureRemoved, answers(json!({ "200": {}, "404": {} })), answers(json!({ "200": {} })), None),
        (Rule::FailureAdded, answers(json!({ "200": {} })), answers(json!({ "200": {}, "404": {} })), None),
        (Rule::ContentRemoved, answer(&["application/json"]), answer(&[]), None),
        (Rule::ContentAdded, answer(&[]), answer(&["application/json"]), None),
        (Rule::HeaderRemoved, header(false), answers(json!({ "200": {} })), None),
        (Rule::HeaderAdded, answers(json!({ "200": {} })), header(false), None),
        (Rule::HeaderNowOptional, header(true), header(false), None),
        (Rule::HeaderNowRequired, header(false), header(true), None),
        (
            Rule::HeaderDeprecated,
            header(false),
            answers(json!({ "200": { "headers": { "X-A": { "deprecated": true, "schema": { "type": "string" } } } } })),
            None,
        ),
        (
            Rule::SecurityAdded,
            secured(json!([{ "a": [] }]), "bearer"),
            secured(json!([{ "a": [], "b": [] }]), "bearer"),
            Some((secured(json!([{ "a": [] }]), "bearer"), secured(json!([{ "a": [] }, { "b": [] }]), "bearer"))),
        ),
        (
            Rule::SecurityRelaxed,
            secured(json!([{ "a": [] }]), "bearer"),
            secured(json!([{ "a": [] }, { "b": [] }]), "bearer"),
            Some((
                secured(json!([{ "a": [] }, { "b": [] }]), "bearer"),
                secured(json!([{ "b": [] }, { "a": [] }]), "bearer"),
            )),
        ),
        (
            Rule::ScopeAdded,
            secured(json!([{ "a": ["read"] }]), "bearer"),
            secured(json!([{ "a": ["read", "write"] }]), "bearer"),
            None,
        ),
        (
            Rule::SecuritySchemeChanged,
            secured(json!([{ "a": [] }]), "bearer"),
            secured(json!([{ "a": [] }]), "basic"),
            Some((secured(json!([{ "b": [] }]), "bearer"), secured(json!([{ "b": [] }]), "basic"))),
        ),
        (
            Rule::SecuritySchemeRestated,
            defined(json!({ "type": "apiKey", "in": "header", "name": "Authorization" })),
            defined(json!({ "type": "http", "scheme": "bearer" })),
            Some((
                defined(json!({ "type": "apiKey", "in": "header", "name": "X-Key" })),
                defined(json!({ "type": "http", "scheme": "bearer" })),
            )),
        ),
        (Rule::SecuritySchemeExtended, oauth(json!({})), oauth(json!({ "password": { "tokenUrl": "/t" } })), None),
        (Rule::SecuritySchemeReduced, oauth(json!({ "password": { "tokenUrl": "/t" } })), oauth(json!({})), None),
        (
            Rule::SecuritySchemeDeprecated,
            defined(json!({ "type": "http", "scheme": "bearer" })),
            defined(json!({ "type": "http", "scheme": "bearer", "deprecated": true })),
            None,
        ),
        (
            Rule::ScopeWithdrawn,
            oauth(json!({ "password": { "scopes": { "read": "", "write": "" } } })),
            oauth(json!({ "password": { "scopes": { "read": "" } } })),
            None,
        ),
        (
            Rule::BasePathChanged,
            info("v1", "/"),
            info("v1", "/cx"),
            Some((info("v1", "https://a/cx"), info("v1", "https://b/cx/"))),
        ),
        (Rule::VersionChanged, info("v1", "/"), info("v2", "/"), Some((info("v1", "/"), info("v1", "/")))),
    ]
}

/// Rules about schemas: which way, before, after, and, where going back triggers the same, a pair that must not.
fn schema_rules() -> Vec<(Rule, Direction, Value, Value, MustNot)> {
    let text = |rest: Value| with(json!({ "type": "string" }), rest);
    let number = |rest: Value| with(json!({ "type": "number" }), rest);
    let list = |rest: Value| with(json!({ "type": "array", "items": {} }), rest);
    let object = |properties: Value, rest: Value| with(json!({ "type": "object", "properties": properties }), rest);
    let p = |rest: Value| object(json!({ "p": with(json!({ "type": "string" }), rest) }), json!({}));
    let a = json!({ "$ref": "#/components/schemas/A" });
    let b = json!({ "$ref": "#/components/schemas/B" });
    let tells = |rest: Value| json!({ "oneOf": [a.clone(), b.clone()], "discriminator": rest });
    let mut table = Vec::new();
    let mut both = |rule, before: Value, after: Value, must_not: Option<(Value, Value)>| {
        for direction in [Request, Response] {
            table.push((rule, direction, before.clone(), after.clone(), must_not.clone()));
        }
    };
    both(
        Rule::TypeChanged,
        text(json!({})),
        number(json!({})),
        Some((json!({ "type": "integer" }), number(json!({})))),
    );
    both(Rule::TypeNarrowed, number(json!({})), json!({ "type": "integer" }), None);
    both(Rule::TypeWidened, json!({ "type": "integer" }), number(json!({})), None);
    both(
        Rule::FormatChanged,
        text(json!({ "format": "date" })),
        text(json!({ "format": "uuid" })),
        Some((text(json!({})), text(json!({ "format": "uuid" })))),
    );
    both(Rule::FormatNarrowed, text(json!({})), text(json!({ "format": "uuid" })), None);
    both(
        Rule::FormatWidened,
        json!({ "type": "integer", "format": "int32" }),
        json!({ "type": "integer", "format": "int64" }),
        None,
    );
    both(Rule::NullRefused, text(json!({ "nullable": true })), text(json!({})), None);
    both(Rule::NullAllowed, text(json!({})), text(json!({ "nullable": true })), None);
    both(Rule::EnumAdded, text(json!({})), text(json!({ "enum": ["a"] })), None);
    both(Rule::EnumRemoved, text(json!({ "enum": ["a"] })), text(json!({})), None);
    both(Rule::EnumValueRemoved, text(json!({ "enum": ["a", "b"] })), text(json!({ "enum": ["a"] })), None);
    both(Rule::EnumValueAdded, text(json!({ "enum": ["a"] })), text(json!({ "enum": ["b", "a"] })), None);
    both(
        Rule::EnumReplaced,
        text(json!({ "enum": ["a"] })),
        text(json!({ "enum": ["b", "c"] })),
        Some((text(json!({ "enum": ["a"] })), text(json!({ "enum": ["a", "c"] })))),
    );
    let named = |names: [&str; 2]| json!({ "type": "integer", "enum": [0, 1], "x-enumNames": names });
    both(Rule::EnumNameMoved, named(["a", "b"]), named(["b", "a"]), Some((named(["a", "b"]), named(["a", "c"]))));
    both(Rule::EnumNameChanged, named(["a", "b"]), named(["a", "c"]), Some((named(["a", "b"]), named(["A", "b"]))));
    both(Rule::NotRemoved, json!({ "not": { "type": "string" } }), json!({}), None);
    both(Rule::DiscriminatorAdded, json!({ "oneOf": [a, b] }), tells(json!({ "propertyName": "kind" })), None);
    let in_object = |schema: Value| object(json!({ "data": schema }), json!({}));
    both(Rule::Wrapped, list(json!({})), in_object(list(json!({}))), None);
    both(Rule::Unwrapped, in_object(list(json!({}))), list(json!({})), None);
    both(
        Rule::MappingChanged,
        tells(json!({ "propertyName": "kind", "mapping": { "a": "A" } })),
        tells(json!({ "propertyName": "kind", "mapping": { "a": "B" } })),
        Some((
            tells(json!({ "propertyName": "kind", "mapping": { "a": "A" } })),
            tells(json!({ "propertyName": "kind", "mapping": { "a": "#/components/schemas/A" } })),
        )),
    );
    both(
        Rule::PropertyAddedRequired,
        object(json!({}), json!({})),
        object(json!({ "p": {} }), json!({ "required": ["p"] })),
        Some((object(json!({}), json!({})), p(json!({})))),
    );
    both(Rule::PropertyAddedOptional, object(json!({}), json!({})), p(json!({})), None);
    both(Rule::PropertyRemoved, p(json!({})), object(json!({}), json!({})), None);
    let needs_p = || object(json!({ "p": { "type": "string" } }), json!({ "required": ["p"] }));
    both(Rule::PropertyNowRequired, p(json!({})), needs_p(), None);
    both(Rule::PropertyNowOptional, needs_p(), p(json!({})), None);
    both(Rule::PropertyNowReadOnly, p(json!({})), p(json!({ "readOnly": true })), None);
    both(Rule::PropertyNotReadOnly, p(json!({ "readOnly": true })), p(json!({})), None);
    both(Rule::PropertyNowWriteOnly, p(json!({})), p(json!({ "writeOnly": true })), None);
    both(Rule::PropertyNotWriteOnly, p(json!({ "writeOnly": true })), p(json!({})), None);
    both(Rule::PropertyDeprecated, p(json!({})), p(json!({ "deprecated": true })), None);
    let closed = || object(json!({}), json!({ "additionalProperties": false }));
    both(
        Rule::AdditionalPropertiesRefused,
        object(json!({}), json!({})),
        closed(),
        Some((object(json!({}), json!({ "additionalProperties": true })), object(json!({}), json!({})))),
    );
    both(Rule::AdditionalPropertiesAllowed, closed(), object(json!({}), json!({})), None);
    both(
        Rule::DefaultChanged,
        text(json!({ "default": "a" })),
        text(json!({ "default": "b" })),
        Some((text(json!({ "example": "a" })), text(json!({ "example": "b" })))),
    );
    both(Rule::OptionRemoved, json!({ "oneOf": [a, b] }), json!({ "oneOf": [a] }), None);
    both(
        Rule::OptionAdded,
        json!({ "anyOf": [a] }),
        json!({ "anyOf": [b, a] }),
        Some((json!({ "anyOf": [a, b] }), json!({ "anyOf": [b, a] }))),
    );
    both(
        Rule::NotChanged,
        json!({ "not": { "type": "string" } }),
        json!({ "not": { "type": "integer" } }),
        Some((json!({ "not": {} }), json!({ "not": {} }))),
    );
    both(
        Rule::DiscriminatorChanged,
        tells(json!({ "propertyName": "kind" })),
        tells(json!({ "propertyName": "type" })),
        Some((tells(json!({ "propertyName": "kind" })), tells(json!({ "propertyName": "kind" })))),
    );
    let kinds = |mapping: Value| tells(json!({ "propertyName": "kind", "mapping": mapping }));
    both(Rule::MappingRemoved, kinds(json!({ "a": "A", "z": "A" })), kinds(json!({ "a": "A" })), None);
    both(Rule::MappingAdded, kinds(json!({ "a": "A" })), kinds(json!({ "a": "A", "z": "A" })), None);
    both(
        Rule::MappingValueChanged,
        tells(json!({ "propertyName": "kind" })),
        kinds(json!({ "a": "A" })),
        Some((tells(json!({ "propertyName": "kind" })), kinds(json!({ "A": "A", "B": "B" })))),
    );
    let upper = |rest: fn(u32) -> Value| (rest(5), rest(3));
    for (narrowed, widened, (wide, narrow)) in [
        (Rule::MaxLengthNarrowed, Rule::MaxLengthWidened, upper(|n| json!({ "type": "string", "maxLength": n }))),
        (Rule::MaximumNarrowed, Rule::MaximumWidened, upper(|n| json!({ "type": "number", "maximum": n }))),
        (
            Rule::MaxItemsNarrowed,
            Rule::MaxItemsWidened,
            upper(|n| json!({ "type": "array", "items": {}, "maxItems": n })),
        ),
        (
            Rule::MaxPropertiesNarrowed,
            Rule::MaxPropertiesWidened,
            upper(|n| json!({ "type": "object", "maxProperties": n })),
        ),
        (
            Rule::MinLengthNarrowed,
            Rule::MinLengthWidened,
            (text(json!({ "minLength": 0 })), text(json!({ "minLength": 1 }))),
        ),
        (Rule::MinimumNarrowed, Rule::MinimumWidened, (number(json!({})), number(json!({ "minimum": 0 })))),
        (
            Rule::MinimumNarrowed,
            Rule::MinimumWidened,
            (number(json!({ "minimum": 0 })), number(json!({ "minimum": 0, "exclusiveMinimum": true }))),
        ),
        (Rule::MinItemsNarrowed, Rule::MinItemsWidened, (list(json!({})), list(json!({ "minItems": 1 })))),
        (
            Rule::MinPropertiesNarrowed,
            Rule::MinPropertiesWidened,
            (json!({ "type": "object" }), json!({ "type": "object", "minProperties": 2 })),
        ),
        (Rule::UniqueItemsNarrowed, Rule::UniqueItemsWidened, (list(json!({})), list(json!({ "uniqueItems": true })))),
        (
            Rule::MultipleOfNarrowed,
            Rule::MultipleOfWidened,
            (number(json!({ "multipleOf": 5 })), number(json!({ "multipleOf": 10 }))),
        ),
    ] {
        both(narrowed, wide.clone(), narrow.clone(), None);
        both(widened, narrow, wide, None);
    }
    both(
        Rule::MultipleOfChanged,
        number(json!({ "multipleOf": 3 })),
        number(json!({ "multipleOf": 10 })),
        Some((number(json!({ "multipleOf": 3 })), number(json!({ "multipleOf": 6 })))),
    );
    both(
        Rule::FormatNoteChanged,
        text(json!({ "format": "html" })),
        text(json!({ "format": "multiline" })),
        Some((text(json!({ "format": "date" })), text(json!({ "format": "date-time" })))),
    );
    both(Rule::PatternAdded, text(json!({})), text(json!({ "pattern": "a" })), None);
    both(Rule::PatternRemoved, text(json!({ "pattern": "a" })), text(json!({})), None);
    both(
        Rule::PatternChanged,
        text(json!({ "pattern": "a" })),
        text(json!({ "pattern": "b" })),
        Some((text(json!({})), text(json!({ "pattern": "b" })))),
    );
    table
}

#[test]
fn each_rule_is_triggered_by_its_pair_and_not_by_the_other() {
    let mut seen = BTreeSet::new();
    for (rule, base, revision, must_not) in endpoint_rules() {
        assert_eq!(rules(&base, &revision), [rule], "{base} -> {revision}");
        let (base, revision) = must_not.unwrap_or((revision, base));
        assert!(!rules(&base, &revision).contains(&rule), "{rule:?} must not be: {base} -> {revision}");
        seen.insert(rule);
    }
    for (rule, direction, before, after, must_not) in schema_rules() {
        let document = |value: &Value| schema(direction, value.clone());
        let found = findings(&document(&before), &document(&after));
        let rules_found: Vec<_> = found.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules_found, [rule], "{direction:?}: {before} -> {after}");
        assert_eq!(found[0].directions(), BTreeSet::from([direction]));
        assert_eq!(found[0].severity, rule.severity(Some(direction)));
        let (before, after) = must_not.unwrap_or((after, before));
        let found = rules(&document(&before), &document(&after));
        assert!(!found.contains(&rule), "{rule:?} must not be, {direction:?}: {before} -> {after}");
        seen.insert(rule);
    }
    // These have tests of their own.
    let not_compared = [Rule::NameCaseChanged, Rule::NotCompared, Rule::MemberRepeated];
    // What responses show, and the list of acceptances, are not found by comparing documents.
    let elsewhere = |rule: &Rule| {
        not_compared.contains(rule) || rule.id().starts_with("observed-") || rule.id().starts_with("allow-")
    };
    let missing: Vec<_> = Rule::ALL.iter().filter(|rule| !seen.contains(rule) && !elsewhere(rule)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    println!("{} rules", Rule::ALL.len());
}

#[test]
fn what_a_server_demands_less_and_answers_more_narrowly_breaks_nobody() {
    for rule in Rule::ALL {
        let (request, response) = (rule.severity(Some(Request)), rule.severity(Some(Response)));
        if rule.id().ends_with("-narrowed") {
            assert_eq!((request, response), (Severity::Breaking, Severity::Info), "{}", rule.id());
        }
        if rule.id().ends_with("-widened") {
            assert_eq!((request, response), (Severity::Info, Severity::Breaking), "{}", rule.id());
        }
        assert_eq!(Rule::of(rule.id()), Some(*rule));
    }
    assert_eq!(Rule::EnumValueAdded.severity(Some(Response)), Severity::Warning);
}
