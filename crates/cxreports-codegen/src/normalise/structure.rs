//! The document as a whole.

use serde_json::{Map, Value};

use super::{pass::Pass, report::Refusal};
use crate::document::{for_each_operation, for_each_schema, resolve, uncallable};

pub(super) const METHODS: Pass = Pass {
    name: "methods",
    why: "OpenAPI 3.2 has methods that the HTTP client cannot send: their operations are refused by name",
    run: |context| {
        for endpoint in uncallable(&context.document) {
            let reason = "its method cannot be sent".to_owned();
            let (operation, pointer) = (endpoint.to_string(), endpoint.pointer());
            context.refused.push(Refusal { operation, pointer, reason });
        }
        for item in path_items(&mut context.document) {
            remove(item, &["query", "additionalOperations"]);
        }
    },
};

pub(super) const SERVERS: Pass = Pass {
    name: "servers",
    why: "where an instance lives is no part of its contract: `deployments.toml` says it",
    run: |context| {
        remove(&mut context.document, &["servers"]);
        for item in path_items(&mut context.document) {
            remove(item, &["servers"]);
        }
        for_each_operation(&mut context.document, |_, operation| {
            operation.remove("servers");
        });
    },
};

pub(super) const UNREAD_PARTS: Pass = Pass {
    name: "unread-parts",
    why: "examples, links and the like are often malformed, and nothing is generated from them",
    run: |context| {
        let document = &mut context.document;
        remove(document, &["externalDocs", "tags", "webhooks"]);
        if let Some(components) = document.get_mut("components") {
            remove(components, &["callbacks", "examples", "headers", "links"]);
        }
        for item in path_items(document) {
            remove(item, &["summary", "description"]);
        }
        for_each_operation(document, |_, operation| {
            for part in ["callbacks", "externalDocs"] {
                operation.remove(part);
            }
            for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
                remove(parameter, &["example", "examples"]);
            }
            let bodies = operation.get_mut("requestBody").into_iter();
            for_each_media(bodies, |media| remove(media, &["example", "examples"]));
            for response in
                operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
            {
                remove(response, &["headers", "links"]);
                for_each_media(std::iter::once(response), |media| remove(media, &["example", "examples"]));
            }
        });
        for_each_schema(document, &mut |schema| {
            remove(schema, &["example", "examples", "externalDocs", "xml"]);
            title_to_description(schema);
        });
    },
};

/// Titles are text for people. Typify names types by them, also two types by one.
fn title_to_description(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    let Some(title) = schema.remove("title").filter(Value::is_string) else { return };
    schema.entry("description").or_insert(title);
}

pub(super) const REFERENCES: Pass = Pass {
    name: "references",
    why: "parameters, bodies and responses are written where they are used, so that later passes see one form",
    run: |context| {
        // References may name any place, also one in an operation.
        let whole = context.document.clone();
        let find = |value: &Value| match resolve(&whole, value, "") {
            Ok((found, _)) => Ok(found.clone()),
            Err(error) => Err(error.to_string()),
        };
        context.each_operation(|_, operation| {
            for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
                *parameter = find(parameter)?;
            }
            if let Some(body) = operation.get_mut("requestBody") {
                *body = find(body)?;
            }
            for response in
                operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
            {
                *response = find(response)?;
            }
            Ok(())
        });
        for item in path_items(&mut context.document) {
            for parameter in item.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Ok(found) = find(parameter) {
                    *parameter = found;
                }
            }
            remove(item, &["$ref"]);
        }
    },
};

pub(super) const INLINED_COMPONENTS: Pass = Pass {
    name: "inlined-components",
    why: "what is written where it is used is no component any more",
    run: |context| {
        if let Some(components) = context.document.get_mut("components") {
            remove(components, &["mediaTypes", "parameters", "pathItems", "requestBodies", "responses"]);
        }
    },
};

pub(super) const ROUTE_CONSTRAINTS: Pass = Pass {
    name: "route-constraints",
    why: "a route's constraints (`{id:int}`, `{name?}`, `{*rest}`) are the server's own; a path template has names only",
    run: |context| {
        let Some(paths) = context.document["paths"].as_object_mut() else { return };
        for (path, item) in std::mem::take(paths) {
            let plain = without_constraints(&path);
            let free = if paths.contains_key(&plain) { path } else { plain };
            paths.insert(free, item);
        }
    },
};

fn without_constraints(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let mut depth = 1_usize;
        // A constraint may hold braces of its own: `{id:regex(^\\d{{3}}$)}`.
        let end = after.char_indices().find_map(|(at, c)| {
            depth = match c {
                '{' => depth + 1,
                '}' => depth - 1,
                _ => depth,
            };
            (depth == 0).then_some(at)
        });
        let Some(end) = end else { break };
        let name = after[..end].trim_start_matches('*').split([':', '=', '?']).next().unwrap_or_default();
        plain.push_str(&format!("{before}{{{name}}}"));
        rest = &after[end + 1..];
    }
    plain.push_str(rest);
    plain
}

fn path_items(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut)
}

fn for_each_media<'a>(carriers: impl Iterator<Item = &'a mut Value>, mut visit: impl FnMut(&mut Value)) {
    for carrier in carriers {
        carrier
            .get_mut("content")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flat_map(Map::values_mut)
            .for_each(&mut visit);
    }
}

fn remove(value: &mut Value, members: &[&str]) {
    if let Some(object) = value.as_object_mut() {
        for member in members {
            object.remove(*member);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::without_constraints;

    #[test]
    fn constraints_leave_the_name() {
        let cases = [
            ("/a/{id:int}/b", "/a/{id}/b"),
            ("/a/{*rest}", "/a/{rest}"),
            ("/a/{id:regex(^\\d{{3}}$)}/b", "/a/{id}/b"),
            ("/a/{name?}", "/a/{name}"),
            ("/plain", "/plain"),
        ];
        for (path, plain) in cases {
            assert_eq!(without_constraints(path), plain);
        }
    }
}
