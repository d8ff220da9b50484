//! Fields of operations that are easily overlooked, one after the other: media types, credentials, routes, parameters, headers.

use serde_json::{Value, json};

use super::{
    hostile::{BREAKS, INFORMS, NONE, WARNS, check, member},
    support::{findings, operation, parameter, with},
};

fn answers(response: Value) -> Value {
    operation(json!({ "responses": { "200": response } }))
}

fn takes(content: Value) -> Value {
    operation(json!({ "requestBody": { "content": content } }))
}

fn gives(content: Value) -> Value {
    answers(json!({ "content": content }))
}

/// What a member with this schema is sent as.
fn media(schema: Value) -> Value {
    json!({ "schema": member(schema) })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn number() -> Value {
    json!({ "type": "integer" })
}

#[test]
fn media_types_are_told_apart_by_their_parameters() {
    let (text, number) = (|| media(text()), || media(number()));
    let odata = |minimal: Value, full: Value| {
        gives(json!({
            "application/json;odata.metadata=minimal": minimal, "application/json;odata.metadata=full": full
        }))
    };
    let versions =
        |one: Value, two: Value| takes(json!({ "application/json; v=1.0": one, "application/json; v=2.0": two }));
    let of = |kind: &str| json!({ kind: text() });
    check(vec![
        ("the first one changes", odata(text(), text()), odata(number(), text()), (BREAKS, BREAKS)),
        ("the last one changes", odata(text(), text()), odata(text(), number()), (BREAKS, BREAKS)),
        ("a version changes", versions(text(), number()), versions(number(), number()), (BREAKS, BREAKS)),
        ("another version", takes(of("a/json; v=1")), takes(of("a/json; v=2")), (BREAKS, BREAKS)),
        (
            "another version of JSON",
            takes(of("application/json; v=1")),
            takes(of("application/json; v=2")),
            (BREAKS, BREAKS),
        ),
        (
            "another version of JSON, in responses",
            gives(of("application/json; v=1")),
            gives(of("application/json; v=2")),
            (BREAKS, BREAKS),
        ),
        ("a version less", versions(text(), text()), takes(of("application/json; v=2.0")), (BREAKS, INFORMS)),
        (
            "a request needs a parameter",
            takes(of("text/csv")),
            takes(of("text/csv; header=present")),
            (BREAKS, INFORMS),
        ),
        ("a response has one", gives(of("text/csv")), gives(of("text/csv; header=present")), (INFORMS, BREAKS)),
        ("JSON has one", gives(of("application/json")), gives(of("application/json; v=1")), (INFORMS, WARNS)),
        ("charset", takes(of("application/json; Charset=\"utf-8\"")), takes(of("application/json")), (NONE, NONE)),
        ("order and case", takes(of("a/b; V=1;w=2")), takes(of("A/B;w=\"2\"; v=1")), (NONE, NONE)),
        ("case of a value", takes(of("a/b; v=A")), takes(of("a/b; v=a")), (BREAKS, BREAKS)),
        (
            "two spellings",
            takes(json!({ "application/json": text(), "Application/JSON": number() })),
            takes(json!({ "application/json": number(), "Application/JSON": number() })),
            (BREAKS, BREAKS),
        ),
        (
            "two boundaries",
            gives(json!({ "multipart/mixed; boundary=a": text(), "multipart/mixed; boundary=b": text() })),
            gives(json!({ "multipart/mixed; boundary=a": number(), "multipart/mixed; boundary=b": text() })),
            (BREAKS, BREAKS),
        ),
        ("anything is JSON", gives(of("*/*")), gives(of("application/json")), (INFORMS, BREAKS)),
        ("anything is JSON, in requests", takes(of("*/*")), takes(of("application/json")), (BREAKS, INFORMS)),
        (
            "anything is JSON of another type",
            gives(json!({ "*/*": text() })),
            gives(json!({ "application/json": number() })),
            (BREAKS, BREAKS),
        ),
        ("a suffix", takes(of("application/json-patch+json")), takes(of("application/*+json")), (INFORMS, WARNS)),
    ]);
}

#[test]
fn a_file_is_a_part_of_its_own() {
    let form = |schema: Value| takes(json!({ "multipart/form-data": media(schema) }));
    let file = || json!({ "type": "string", "format": "binary" });
    let list = |items: Value| json!({ "type": "array", "items": items });
    let older = |kind: &str| {
        json!({ "swagger": "2.0", "info": { "version": "v1" }, "paths": { "/x/{id}": { "post": {
            "consumes": ["multipart/form-data"],
            "parameters": [{ "in": "formData", "name": "p", "type": kind }]
        } } } })
    };
    check(vec![
        ("text", form(file()), form(text()), (BREAKS, BREAKS)),
        ("base64", form(file()), form(json!({ "type": "string", "format": "byte" })), (BREAKS, BREAKS)),
        ("a number", form(file()), form(number()), (BREAKS, BREAKS)),
        ("several", form(list(file())), form(list(text())), (BREAKS, BREAKS)),
        ("one or several", form(file()), form(list(file())), (INFORMS, BREAKS)),
        ("Swagger 2.0", older("file"), older("string"), (BREAKS, BREAKS)),
        ("another version", older("file"), form(file()), (NONE, NONE)),
    ]);
}

fn secured(asks: Value, schemes: Value) -> Value {
    let mut document = operation(json!({ "security": asks }));
    document["components"] = json!({ "securitySchemes": schemes });
    document
}

#[test]
fn security_schemes_are_compared_by_what_they_ask_for() {
    let one = |scheme: Value| secured(json!([{ "O": [] }]), json!({ "O": scheme }));
    let bearer = || json!({ "type": "http", "scheme": "bearer" });
    let by_reference = |scheme: Value| {
        secured(json!([{ "O": [] }]), json!({ "O": { "$ref": "#/components/securitySchemes/P" }, "P": scheme }))
    };
    let key = |name: &str| json!({ "type": "apiKey", "in": "header", "name": name });
    let flow = |rest: Value| with(json!({ "tokenUrl": "/t", "scopes": {} }), rest);
    let oauth = |flows: Value| one(json!({ "type": "oauth2", "flows": flows }));
    let client = |rest: Value| oauth(json!({ "clientCredentials": flow(rest) }));
    let asks = |scopes: Value| {
        let scheme = json!({ "type": "oauth2", "flows": { "clientCredentials": flow(json!({})) } });
        secured(json!([{ "O": scopes }]), json!({ "O": scheme }))
    };
    let named = |name: &str, scheme: Value| secured(json!([{ name: [] }]), json!({ name: scheme }));
    check(vec![
        ("by reference", by_reference(bearer()), one(bearer()), (NONE, NONE)),
        (
            "another one behind the reference",
            by_reference(bearer()),
            by_reference(json!({ "type": "http", "scheme": "basic" })),
            (BREAKS, BREAKS),
        ),
        (
            "a flow more",
            client(json!({})),
            oauth(json!({ "clientCredentials": flow(json!({})), "password": flow(json!({})) })),
            (INFORMS, BREAKS),
        ),
        ("another token URL", client(json!({})), client(json!({ "tokenUrl": "/u" })), (BREAKS, BREAKS)),
        ("a refresh URL", client(json!({})), client(json!({ "refreshUrl": "/r" })), (INFORMS, BREAKS)),
        (
            "another refresh URL",
            client(json!({ "refreshUrl": "/r" })),
            client(json!({ "refreshUrl": "/s" })),
            (BREAKS, BREAKS),
        ),
        ("a scope more", client(json!({})), client(json!({ "scopes": { "a": "" } })), (INFORMS, WARNS)),
        (
            "a scope described in other words",
            client(json!({ "scopes": { "a": "one" } })),
            client(json!({ "scopes": { "a": "two" } })),
            (NONE, NONE),
        ),
        ("a scope asked for", asks(json!(["a"])), asks(json!(["a", "b"])), (BREAKS, INFORMS)),
        ("a header, as Swashbuckle moves", one(key("Authorization")), one(bearer()), (WARNS, WARNS)),
        ("with another name, too", named("oauth2", key("authorization")), named("Bearer", bearer()), (WARNS, WARNS)),
        ("another header", one(key("X-Key")), one(bearer()), (BREAKS, BREAKS)),
        (
            "a hint",
            one(bearer()),
            one(with(bearer(), json!({ "bearerFormat": "JWT", "description": "d" }))),
            (NONE, NONE),
        ),
        (
            "by pointer",
            secured(json!([{ "#/components/securitySchemes/O": [] }]), json!({ "O": bearer() })),
            one(bearer()),
            (NONE, NONE),
        ),
    ]);
    let messages = |base: &Value, revision: &Value| -> Vec<String> {
        findings(base, revision).iter().map(|one| one.message().to_string()).collect()
    };
    assert_eq!(
        messages(&client(json!({})), &client(json!({ "tokenUrl": "/u" }))),
        ["security scheme `O`: security scheme changed: was `tokenUrl of clientCredentials: /t`, is `tokenUrl of \
          clientCredentials: /u`; in the request of `POST /x/{id}`"]
    );
    assert_eq!(
        messages(&one(key("X-Key")), &one(bearer())),
        [
            "security scheme `O`: security scheme changed: was `apiKey in header x-key`, is `http bearer`; in the request \
          of `POST /x/{id}`"
        ]
    );
}

fn at(path: &str, parameters: Value) -> Value {
    json!({ "openapi": "3.0.4", "info": { "version": "v1" }, "paths": { path: { "get": { "parameters": parameters } } } })
}

#[test]
fn routes_are_compared_as_they_are_sent() {
    let id = |schema: Value| json!([{ "in": "path", "name": "id", "required": true, "schema": schema }]);
    let to = |path: &str| at(path, id(number()));
    let plain = || to("/r/{id}");
    check(vec![
        ("a constraint", to("/r/{id:int}"), plain(), (NONE, NONE)),
        ("a constraint with braces", to("/r/{id:regex(^\\d{{3}}$)}"), plain(), (NONE, NONE)),
        ("the rest of a path", to("/r/{*id}"), plain(), (NONE, NONE)),
        ("the rest of a path, with slashes", to("/r/{**id}"), plain(), (NONE, NONE)),
        ("optional", to("/r/{id?}"), plain(), (NONE, NONE)),
        ("with a default", to("/r/{id=7}"), plain(), (NONE, NONE)),
        (
            "a constraint, and another type",
            to("/r/{id:int}"),
            at("/r/{id}", id(json!({ "type": "boolean" }))),
            (BREAKS, BREAKS),
        ),
        ("declared as the route has it", at("/r/{ID:int}", id(number())), plain(), (NONE, NONE)),
        ("not declared", at("/r/{id}", json!([])), plain(), (NONE, NONE)),
        ("encoded", to("/r%20x/{id}"), to("/r x/{id}"), (NONE, NONE)),
        ("an encoded slash is none", at("/a%2Fb", json!([])), at("/a/b", json!([])), (BREAKS, BREAKS)),
        ("another literal after it", to("/r/{id}.pdf"), to("/r/{id}.docx"), (BREAKS, BREAKS)),
        ("another beginning", to("/r/{id:int}"), to("/s/{id}"), (BREAKS, BREAKS)),
    ]);
}

#[test]
fn headers_that_are_no_parameters_change_nothing() {
    let none = || operation(json!({}));
    for name in ["Accept", "content-type", "Authorization"] {
        let with_it = parameter(json!({ "in": "header", "name": name, "required": true, "schema": text() }));
        check(vec![(name, none(), with_it, (NONE, NONE))]);
    }
    let header = |name: &str| answers(json!({ "headers": { name: { "schema": text() } } }));
    check(vec![
        ("the media type of a response", answers(json!({})), header("Content-Type"), (NONE, NONE)),
        ("another header", answers(json!({})), header("Location"), (INFORMS, BREAKS)),
    ]);
}

#[test]
fn the_style_of_values_counts_where_there_are_several() {
    let q = |schema: Value, rest: Value| parameter(with(json!({ "in": "query", "name": "q", "schema": schema }), rest));
    let list = || json!({ "type": "array", "items": text() });
    let object = || json!({ "type": "object", "properties": { "a": text() } });
    let explode = |explode: bool| json!({ "explode": explode });
    let style = |style: &str, explode: bool| json!({ "style": style, "explode": explode });
    let header =
        |schema: Value, rest: Value| answers(json!({ "headers": { "X-A": with(json!({ "schema": schema }), rest) } }));
    let path = |schema: Value, rest: Value| {
        parameter(with(json!({ "in": "path", "name": "id", "required": true, "schema": schema }), rest))
    };
    let referred = |explode: bool| {
        let mut document = q(json!({ "$ref": "#/components/schemas/L" }), json!({ "explode": explode }));
        document["components"] =
            json!({ "schemas": { "L": { "$ref": "#/components/schemas/M" }, "M": { "type": "string" } } });
        document
    };
    check(vec![
        ("one value", q(text(), explode(true)), q(text(), explode(false)), (NONE, NONE)),
        ("one value, behind references", referred(true), referred(false), (NONE, NONE)),
        ("one value, with a separator", q(text(), json!({})), q(text(), style("pipeDelimited", false)), (NONE, NONE)),
        ("a list", q(list(), explode(true)), q(list(), explode(false)), (BREAKS, BREAKS)),
        ("repeated anyway", q(list(), json!({})), q(list(), style("pipeDelimited", true)), (NONE, NONE)),
        ("a separator", q(list(), explode(false)), q(list(), style("pipeDelimited", false)), (BREAKS, BREAKS)),
        ("an object", q(object(), json!({})), q(object(), style("deepObject", true)), (BREAKS, BREAKS)),
        (
            "an object in brackets",
            q(object(), style("deepObject", true)),
            q(object(), style("deepObject", false)),
            (NONE, NONE),
        ),
        ("a list in a path", path(list(), explode(true)), path(list(), explode(false)), (NONE, NONE)),
        ("an object in a path", path(object(), explode(true)), path(object(), explode(false)), (BREAKS, BREAKS)),
        ("a matrix", path(text(), style("matrix", false)), path(text(), json!({})), (BREAKS, BREAKS)),
        ("a list in a header", header(list(), explode(true)), header(list(), explode(false)), (NONE, NONE)),
        ("an object in a header", header(object(), explode(true)), header(object(), explode(false)), (BREAKS, BREAKS)),
    ]);
}

#[test]
fn paths_of_servers_are_all_those_that_their_variables_make() {
    let served = |variable: Value| {
        let server =
            json!({ "url": "https://{host}.example/{v}", "variables": { "v": variable, "host": { "default": "a" } } });
        with(operation(json!({})), json!({ "servers": [server] }))
    };
    let several = || served(json!({ "default": "a", "enum": ["a", "b"] }));
    check(vec![
        ("a value less", several(), served(json!({ "default": "a", "enum": ["a"] })), (BREAKS, NONE)),
        (
            "another default of the same values",
            several(),
            served(json!({ "default": "b", "enum": ["a", "b"] })),
            (NONE, NONE),
        ),
        ("another default", served(json!({ "default": "a" })), served(json!({ "default": "b" })), (BREAKS, BREAKS)),
    ]);
}
