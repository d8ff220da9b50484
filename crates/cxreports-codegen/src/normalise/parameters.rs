//! What an operation takes beside its body.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Pass, WIRE};
use crate::ident;

pub(super) const SHARED_PARAMETERS: Pass = Pass {
    name: "shared-parameters",
    why: "parameters of a path item are written to each of its operations, so that later passes see one place",
    run: |working| {
        let document = &mut working.document;
        for (_, item) in document["paths"].as_object_mut().into_iter().flatten() {
            let Some(shared) = item.as_object_mut().and_then(|item| item.remove("parameters")) else { continue };
            let shared = shared.as_array().cloned().unwrap_or_default();
            for method in crate::document::METHODS {
                let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else { continue };
                let own = operation.entry("parameters").or_insert_with(|| json!([]));
                let Some(own) = own.as_array_mut() else { continue };
                for parameter in &shared {
                    if !own.iter().any(|p| p["name"] == parameter["name"] && p["in"] == parameter["in"]) {
                        own.push(parameter.clone());
                    }
                }
            }
        }
    },
};

pub(super) const IGNORED_HEADERS: Pass = Pass {
    name: "ignored-headers",
    why: "OpenAPI 3.0 (Parameter Object) ignores header parameters called Accept, Content-Type and Authorization",
    run: |working| {
        working.each_operation(|_, operation| {
            retain(operation, |parameter| {
                let name = parameter["name"].as_str().unwrap_or_default();
                let ignored =
                    ["accept", "content-type", "authorization"].iter().any(|known| name.eq_ignore_ascii_case(known));
                !(ignored && matches!(parameter["in"].as_str(), Some("header") | None))
            });
            Ok(())
        });
    },
};

pub(super) const PLACES: Pass = Pass {
    name: "parameter-places",
    why: "a parameter without a place gets one, path parameters are required and match the path's template, and a parameter that is declared twice is declared once",
    run: |working| {
        working.each_operation(|endpoint, operation| {
            let template = template_names(&endpoint.path);
            let twice: Vec<_> =
                template.iter().filter(|name| template.iter().filter(|n| n == name).count() > 1).collect();
            if let Some(name) = twice.first() {
                return Err(format!("its path has the parameter {name:?} twice"));
            }
            for parameter in parameters(operation) {
                let Some(parameter) = parameter.as_object_mut() else {
                    return Err("a parameter is not an object".to_owned());
                };
                let Some(name) = parameter.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
                    return Err("a parameter has no name".to_owned());
                };
                let in_template = template.iter().find(|n| n.eq_ignore_ascii_case(name)).cloned();
                if !parameter.get("in").is_some_and(Value::is_string) {
                    let place = if in_template.is_some() { "path" } else { "query" };
                    parameter.insert("in".into(), place.into());
                }
                if parameter["in"] == "path" {
                    if let Some(name) = in_template {
                        parameter.insert("name".into(), name.into());
                    }
                    parameter.insert("required".into(), true.into());
                }
            }
            let mut seen = BTreeSet::new();
            retain(operation, |parameter| {
                let name = parameter["name"].as_str().unwrap_or_default();
                let place = parameter["in"].as_str().unwrap_or_default();
                let belongs = place != "path" || template.iter().any(|n| n == name);
                belongs && seen.insert((place.to_owned(), name.to_owned()))
            });
            for name in template {
                if !seen.contains(&("path".to_owned(), name.clone())) {
                    let parameter =
                        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
                    let list = operation.entry("parameters").or_insert_with(|| json!([]));
                    list.as_array_mut().into_iter().for_each(|list| list.push(parameter.clone()));
                }
            }
            Ok(())
        });
    },
};

pub(super) const SCHEMAS: Pass = Pass {
    name: "parameter-schemas",
    why: "every parameter has one schema and the default style of its place; those whose value progenitor cannot write are refused",
    run: |working| {
        working.each_operation(|_, operation| {
            for parameter in parameters(operation) {
                let name = parameter["name"].as_str().unwrap_or_default().to_owned();
                let place = parameter["in"].as_str().unwrap_or_default().to_owned();
                let Some(object) = parameter.as_object_mut() else { continue };
                // A value in a media type of its own (JSON, as a rule) is text that the caller writes.
                if object.remove("content").is_some() {
                    object.insert("schema".into(), json!({ "type": "string" }));
                }
                if !object.get("schema").is_some_and(Value::is_object) {
                    object.insert("schema".into(), json!({ "type": "string" }));
                }
                object.remove("allowEmptyValue");
                object.remove("allowReserved");
                if !object.get("description").is_some_and(Value::is_string) {
                    object.remove("description");
                }
                if !object.get("required").is_some_and(Value::is_boolean) {
                    object.remove("required");
                }
                if let Some(schema) = object.get_mut("schema").and_then(Value::as_object_mut) {
                    schema.remove("nullable");
                }
                let default_style = match place.as_str() {
                    "query" => "form",
                    "path" | "header" => "simple",
                    "cookie" => return Err(format!("its parameter {name:?} is a cookie, which is not supported yet")),
                    other => {
                        return Err(format!("its parameter {name:?} is in {other:?}, which OpenAPI 3.0 does not know"));
                    }
                };
                if let Some(style) = object.remove("style").filter(|style| style.as_str() != Some(default_style)) {
                    return Err(format!(
                        "its {place} parameter {name:?} has the style {style}, which is not supported yet"
                    ));
                }
                let many = matches!(object["schema"]["type"].as_str(), Some("array" | "object"));
                match object.remove("explode") {
                    Some(Value::Bool(false)) if many && place == "query" => {
                        return Err(format!(
                            "its query parameter {name:?} has `explode: false`, which is not supported yet"
                        ));
                    }
                    _ if many && place != "query" => {
                        return Err(format!(
                            "its {place} parameter {name:?} is a list or an object, which is not supported yet"
                        ));
                    }
                    _ => {}
                }
                if place == "header" && reqwest::header::HeaderName::try_from(&name).is_err() {
                    return Err(format!("its header parameter {name:?} is not a name that a header can have"));
                }
            }
            Ok(())
        });
    },
};

pub(super) const NAMES: Pass = Pass {
    name: "parameter-names",
    why: "names that would be one Rust name, or one that progenitor needs, get a free one; what is sent stays as it was",
    run: |working| {
        working.each_operation(|_, operation| {
            let mut taken: BTreeSet<String> = ["body", "new", "send", "stream", "body_map"].map(str::to_owned).into();
            let path: BTreeSet<String> = parameters(operation)
                .iter()
                .filter(|p| p["in"] == "path")
                .filter_map(|p| p["name"].as_str().map(ident::snake))
                .collect();
            for parameter in parameters(operation) {
                let name = parameter["name"].as_str().unwrap_or_default().to_owned();
                let rust = ident::snake(&name);
                let in_path = parameter["in"] == "path";
                if taken.insert(rust.clone()) && (in_path || !path.contains(&rust)) {
                    continue;
                }
                if in_path {
                    return Err(format!(
                        "its path parameter {name:?} has a name that the generated code needs, or that another one has"
                    ));
                }
                let stem = format!("{}_{}", rust.trim_end_matches('_'), parameter["in"].as_str().unwrap_or_default());
                let numbered = (2..).map(|n| format!("{stem}_{n}"));
                let free = std::iter::once(stem.clone())
                    .chain(numbered)
                    .find(|free| !taken.contains(free) && !path.contains(free));
                let free = free.expect("there is always a free number");
                taken.insert(free.clone());
                parameter["name"] = free.into();
                parameter[WIRE] = name.into();
            }
            Ok(())
        });
    },
};

/// The names of a path template, in order.
pub(crate) fn template_names(path: &str) -> Vec<String> {
    let parts = path.split('{').skip(1);
    parts.filter_map(|part| part.split_once('}').map(|(name, _)| name.to_owned())).collect()
}

fn parameters(operation: &mut Map<String, Value>) -> &mut [Value] {
    operation.get_mut("parameters").and_then(Value::as_array_mut).map(Vec::as_mut_slice).unwrap_or_default()
}

fn retain(operation: &mut Map<String, Value>, keep: impl FnMut(&Value) -> bool) {
    if let Some(list) = operation.get_mut("parameters").and_then(Value::as_array_mut) {
        list.retain(keep);
        if list.is_empty() {
            operation.remove("parameters");
        }
    }
}
