//! What an operation takes beside its body.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    pass::Pass,
    wire::{WIRE, WRITING, Writing},
};
use crate::{document::resolve, ident, reserved};

pub(super) const SHARED_PARAMETERS: Pass = Pass {
    name: "shared-parameters",
    why: "parameters of a path item are written to each of its operations, so that later passes see one place",
    run: |context| {
        let document = &mut context.document;
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
    run: |context| {
        context.each_operation(|_, operation| {
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
    run: |context| {
        context.each_operation(|endpoint, operation| {
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
    why: "every parameter has one schema and a style; what progenitor writes otherwise (cookies, joined lists, deep objects) says so beside it, and what stands in a path, a header or a cookie is one value",
    run: |context| {
        let document = json!({ "components": { "schemas": context.document["components"]["schemas"] } });
        context.each_operation(|_, operation| {
            parameters(operation).iter_mut().try_for_each(|parameter| {
                parameter_schema(parameter)?;
                if parameter["in"] != "query" {
                    parameter["schema"] = one_value(&document, &parameter["schema"]);
                } else if is_named_object(&document, &parameter["schema"]) {
                    // Progenitor gives up on a query that is a named object.
                    parameter["schema"] = json!({ "type": "object", "additionalProperties": {} });
                } else if is_joined(parameter) {
                    parameter["schema"]["items"] = one_value(&document, &parameter["schema"]["items"]);
                }
                Ok(())
            })
        });
    },
};

/// Whether a parameter is a list whose parts are written into one text.
fn is_joined(parameter: &Value) -> bool {
    let joined = [Writing::Commas, Writing::Spaces, Writing::Pipes];
    joined.iter().any(|writing| parameter[WRITING] == writing.name())
}

/// The schema of one value that is never null. A list or an object is one text, its parts joined by commas: the caller writes it.
fn one_value(document: &Value, schema: &Value) -> Value {
    let (mut found, mut may_be_null) = (schema, false);
    while let Ok((resolved, _)) = resolve(document, found, "") {
        found = resolved;
        may_be_null |= found["nullable"] == true;
        match found["allOf"].as_array().map(Vec::as_slice) {
            Some([only]) => found = only,
            _ => break,
        }
    }
    let values = found["enum"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_one = match found["type"].as_str() {
        Some(kind) => matches!(kind, "string" | "integer" | "number" | "boolean"),
        None => !values.is_empty() && values.iter().all(Value::is_string),
    };
    may_be_null |= values.contains(&Value::Null);
    if is_one && !may_be_null {
        return schema.clone();
    }
    let mut own = if is_one { found.clone() } else { json!({ "type": "string" }) };
    if let Some(own) = own.as_object_mut() {
        own.remove("nullable");
        own.get_mut("enum")
            .and_then(Value::as_array_mut)
            .into_iter()
            .for_each(|values| values.retain(|v| !v.is_null()));
    }
    own
}

/// Whether a schema refers to a component that is an object, or has members of its own.
fn is_named_object(document: &Value, schema: &Value) -> bool {
    let Ok((schema, _)) = resolve(document, schema, "") else { return false };
    let wrapped = match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([only]) => resolve(document, only, "").map_or(schema, |(schema, _)| schema),
        _ => schema,
    };
    wrapped["properties"].is_object() || wrapped["allOf"].is_array()
}

fn parameter_schema(parameter: &mut Value) -> Result<(), String> {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    let place = parameter["in"].as_str().unwrap_or_default().to_owned();
    let Some(object) = parameter.as_object_mut() else { return Ok(()) };
    // A value in a media type of its own (JSON, as a rule) is text that the caller writes.
    if object.remove("content").is_some() || !object.get("schema").is_some_and(Value::is_object) {
        object.insert("schema".into(), json!({ "type": "string" }));
    }
    object.remove("allowEmptyValue");
    object.remove("allowReserved");
    for (member, valid) in [
        ("deprecated", Value::is_boolean as fn(&Value) -> bool),
        ("description", Value::is_string),
        ("required", Value::is_boolean),
    ] {
        if object.get(member).is_some_and(|value| !valid(value)) {
            object.remove(member);
        }
    }
    if let Some(schema) = object.get_mut("schema").and_then(Value::as_object_mut) {
        schema.remove("nullable");
    }
    let style = object.remove("style").and_then(|style| style.as_str().map(str::to_owned));
    let explode = object.remove("explode").and_then(|explode| explode.as_bool());
    let kind = object["schema"]["type"].as_str().unwrap_or_default().to_owned();
    let writing = match (place.as_str(), style.as_deref()) {
        ("query", None | Some("form")) if explode == Some(false) && kind == "array" => Some(Writing::Commas),
        ("query", None | Some("form")) => None,
        ("query", Some("spaceDelimited")) if kind == "array" && explode != Some(true) => Some(Writing::Spaces),
        ("query", Some("pipeDelimited")) if kind == "array" && explode != Some(true) => Some(Writing::Pipes),
        ("query", Some("spaceDelimited" | "pipeDelimited")) if kind == "array" => None,
        ("query", Some("deepObject")) => Some(Writing::Deep),
        ("path" | "header", None | Some("simple")) => None,
        ("cookie", None | Some("form")) => Some(Writing::Cookie),
        ("query" | "path" | "header" | "cookie", Some(style)) => {
            return Err(format!("its {place} parameter {name:?} has the style {style:?}, which cannot be written"));
        }
        _ => return Err(format!("its parameter {name:?} is in {place:?}, which OpenAPI 3.0 does not know")),
    };
    let header = matches!(place.as_str(), "header" | "cookie");
    if header && reqwest::header::HeaderName::try_from(&name).is_err() {
        return Err(format!("its {place} parameter {name:?} has a name that no {place} can have"));
    }
    if let Some(writing) = writing {
        object.insert(WRITING.into(), writing.name().into());
    }
    if writing == Some(Writing::Cookie) {
        object.insert("in".into(), "header".into());
    }
    Ok(())
}

pub(super) const PATH_NAMES: Pass = Pass {
    name: "path-names",
    why: "names in a path's template are not sent: where they would be one Rust name, or one that progenitor needs, they are others",
    run: |context| {
        let Some(paths) = context.document["paths"].as_object_mut() else { return };
        for (path, mut item) in std::mem::take(paths) {
            let mut taken: BTreeSet<String> = reserved::ARGUMENTS.map(str::to_owned).into();
            let mut template = path.clone();
            for name in template_names(&path) {
                let rust = ident::snake(&name);
                if taken.insert(rust.clone()) && !rust.is_empty() {
                    continue;
                }
                let free =
                    ident::free(&format!("{}_path", rust.trim_end_matches('_')), "_", |free| taken.contains(free));
                taken.insert(free.clone());
                template = template.replace(&format!("{{{name}}}"), &format!("{{{free}}}"));
                for operation in
                    item.as_object_mut().into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut)
                {
                    for parameter in
                        parameters(operation).iter_mut().filter(|p| p["in"] == "path" && p["name"] == *name)
                    {
                        parameter["name"] = free.clone().into();
                    }
                }
            }
            paths.insert(template, item);
        }
    },
};

pub(super) const NAMES: Pass = Pass {
    name: "parameter-names",
    why: "names that would be one Rust name, or one that progenitor needs, get a free one; what is sent stays as it was",
    run: |context| {
        context.each_operation(|_, operation| {
            let mut taken: BTreeSet<String> = reserved::ARGUMENTS.map(str::to_owned).into();
            let in_path = |parameter: &Value| parameter["in"] == "path";
            let of_path = parameters(operation).iter().filter(|p| in_path(p)).filter_map(|p| p["name"].as_str());
            taken.extend(of_path.map(ident::snake));
            for parameter in parameters(operation).iter_mut().filter(|parameter| !in_path(parameter)) {
                let name = parameter["name"].as_str().unwrap_or_default().to_owned();
                let rust = ident::snake(&name);
                if taken.insert(rust.clone()) {
                    continue;
                }
                let place = parameter["in"].as_str().unwrap_or_default();
                let free =
                    ident::free(&format!("{}_{place}", rust.trim_end_matches('_')), "_", |free| taken.contains(free));
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
