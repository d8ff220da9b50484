//! Versions of OpenAPI.

use serde_json::{Map, Value, json};

use super::{
    Kind, Way,
    change::{objects, operations},
};

pub(super) const WAYS: &[Way] = &[
    Way { name: "openapi-3.1", cause: "ASP.NET Core's generator, .NET 10", kind: Kind::Dialect, apply: openapi_3_1 },
    Way {
        name: "openapi-3.1-numbers",
        cause: ".NET 10, JsonNumberHandling.AllowReadingFromString",
        kind: Kind::Dialect,
        apply: |document| {
            openapi_3_1(document);
            objects(document, &mut |object| {
                if object.get("type").is_some_and(|kind| kind == "integer") && !object.contains_key("enum") {
                    object.insert("type".into(), json!(["integer", "string"]));
                    object.insert("pattern".into(), "^-?(?:0|[1-9]\\d*)$".into());
                }
            });
        },
    },
    Way { name: "swagger-2.0", cause: "SerializeAsV2", kind: Kind::Dialect, apply: swagger_2_0 },
];

/// Nullable as a type among types, or as a choice.
fn openapi_3_1(document: &mut Value) {
    document["openapi"] = "3.1.1".into();
    objects(document, &mut |object| {
        if object.remove("nullable") != Some(true.into()) {
            return;
        }
        match object.get("type").cloned() {
            Some(Value::String(kind)) => _ = object.insert("type".into(), json!(["null", kind])),
            _ => {
                for keyword in ["oneOf", "anyOf"] {
                    if let Some(Value::Array(branches)) = object.get_mut(keyword) {
                        branches.insert(0, json!({ "type": "null" }));
                        return;
                    }
                }
                let own = std::mem::take(object);
                object.insert("oneOf".into(), json!([{ "type": "null" }, own]));
            }
        }
    });
}

fn swagger_2_0(document: &mut Value) {
    let server = document["servers"][0]["url"].as_str().unwrap_or_default().to_owned();
    let variables = document["servers"][0]["variables"].as_object().cloned().unwrap_or_default();
    let server = variables.iter().fold(server, |url, (name, variable)| {
        url.replace(&format!("{{{name}}}"), variable["default"].as_str().unwrap())
    });
    let base =
        server.split_once("://").map_or(server.as_str(), |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
    let components = document["components"].clone();
    operations(document, |_, _, operation| operation_2_0(operation, &components));
    let root = document.as_object_mut().unwrap();
    root.remove("openapi");
    root.remove("servers");
    root.remove("components");
    root.remove("security");
    root.insert("swagger".into(), "2.0".into());
    if !base.is_empty() {
        root.insert("basePath".into(), base.trim_end_matches('/').into());
    }
    root.insert("definitions".into(), components["schemas"].clone());
    for item in root["paths"].as_object_mut().unwrap().values_mut() {
        for parameter in item.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            flatten(parameter);
        }
    }
    objects(document, &mut |object| {
        if let Some(Value::String(reference)) = object.get_mut("$ref") {
            *reference = reference.replace("#/components/schemas/", "#/definitions/");
        }
        if object.remove("nullable") == Some(true.into()) {
            object.insert("x-nullable".into(), true.into());
        }
        // Swagger 2.0 has no choices.
        for keyword in ["oneOf", "anyOf"] {
            if let Some(branches) = object.remove(keyword) {
                object.insert("allOf".into(), branches);
            }
        }
    });
}

fn target(components: &Value, value: &Value) -> Option<Value> {
    let path = value["$ref"].as_str()?.strip_prefix("#/components")?;
    components.pointer(path).cloned()
}

fn operation_2_0(operation: &mut Value, components: &Value) {
    let operation = operation.as_object_mut().unwrap();
    operation.remove("security");
    let mut parameters: Vec<Value> =
        operation.remove("parameters").and_then(|list| list.as_array().cloned()).unwrap_or_default();
    // There are no cookies in Swagger 2.0.
    for parameter in &mut parameters {
        if let Some(own) = target(components, parameter) {
            *parameter = own;
        }
        flatten(parameter);
    }
    parameters.retain(|parameter| parameter["in"] != "cookie");
    if let Some(body) = operation.remove("requestBody") {
        let body = target(components, &body).unwrap_or(body);
        let content = body["content"].as_object().unwrap();
        operation.insert("consumes".into(), content.keys().cloned().collect::<Vec<_>>().into());
        let schema = content.values().next().unwrap()["schema"].clone();
        parameters.push(json!({ "name": "body", "in": "body", "schema": schema }));
    }
    operation.insert("parameters".into(), parameters.into());
    let mut produces: Vec<String> = Vec::new();
    for response in operation["responses"].as_object_mut().unwrap().values_mut() {
        let response = response.as_object_mut().unwrap();
        if let Some(Value::Object(content)) = response.remove("content") {
            produces.extend(content.keys().cloned());
            let schema = content.values().next().unwrap()["schema"].clone();
            let is_file = schema["format"] == "binary";
            response.insert("schema".into(), if is_file { json!({ "type": "file" }) } else { schema });
        }
    }
    produces.dedup();
    operation.insert("produces".into(), produces.into());
}

/// The members of a parameter's schema stand in the parameter itself.
fn flatten(parameter: &mut Value) {
    let Some(Value::Object(schema)) = parameter.as_object_mut().unwrap().remove("schema") else { return };
    let plain: Map<String, Value> =
        schema.into_iter().filter(|(name, _)| name != "$ref" && name != "nullable").collect();
    parameter.as_object_mut().unwrap().extend(plain);
    if parameter.get("type").is_none() {
        parameter["type"] = "string".into();
    }
}
