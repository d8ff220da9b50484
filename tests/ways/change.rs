//! What the ways change documents with.

use serde_json::{Map, Value, json};

pub(super) const METHODS: [&str; 2] = ["get", "post"];

/// Calls `visit` with the path and each operation.
pub(super) fn operations(document: &mut Value, mut visit: impl FnMut(&str, &str, &mut Value)) {
    for (path, item) in document["paths"].as_object_mut().unwrap() {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                visit(path, method, operation);
            }
        }
    }
}

/// Calls `visit` with every object of the document.
pub(super) fn objects(value: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            visit(object);
            object.values_mut().for_each(|value| objects(value, visit));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| objects(value, visit)),
        _ => {}
    }
}

/// Gives every path another text.
pub(super) fn paths(document: &mut Value, rename: impl Fn(&str) -> String) {
    let paths = std::mem::take(document["paths"].as_object_mut().unwrap());
    document["paths"] = paths.into_iter().map(|(path, item)| (rename(&path), item)).collect::<Map<_, _>>().into();
}

/// Calls `visit` with the schema of each component that has members.
pub(super) fn models(document: &mut Value, mut visit: impl FnMut(&str, &mut Value)) {
    for (name, schema) in document["components"]["schemas"].as_object_mut().unwrap() {
        if schema["properties"].is_object() && name != "ProblemDetails" {
            visit(name, schema);
        }
    }
}

/// Adds a parameter to every operation.
pub(super) fn add_parameter(document: &mut Value, parameter: &Value) {
    operations(document, |_, _, operation| match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(parameter.clone()),
        None => operation["parameters"] = json!([parameter]),
    });
}

pub(super) fn pascal(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_ascii_uppercase() + rest
}

/// Whether an operation hands over a file.
pub(super) fn is_file(path: &str) -> bool {
    path.ends_with("/pdf") || path.ends_with("/content")
}
