//! Swagger 2.0 to OpenAPI 3.0.

use serde_json::{Map, Value, json};

use crate::{document::METHODS, reference::resolve};

/// The members of a parameter that belong to its schema in 3.0.
const SCHEMA_MEMBERS: [&str; 18] = [
    "type",
    "format",
    "items",
    "default",
    "enum",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "multipleOf",
    "x-enumNames",
    "x-enum-varnames",
];

/// Where the separator of a list stands that 3.0 has no word for.
pub const COLLECTION_FORMAT: &str = "x-collection-format";

/// The document as OpenAPI 3.0. What is malformed is carried over as it is, for the passes to find.
pub(super) fn convert(mut document: Value) -> Value {
    let shared = Shared {
        whole: document.clone(),
        consumes: strings(&take(&mut document, "consumes")),
        produces: strings(&take(&mut document, "produces")),
    };
    for member in ["parameters", "responses"] {
        take(&mut document, member);
    }
    let definitions = take(&mut document, "definitions");
    let security = take(&mut document, "securityDefinitions");
    let server = server(&mut document);
    let Some(root) = document.as_object_mut() else { return document };
    root.remove("swagger");
    root.insert("openapi".into(), "3.0.4".into());
    if let Some(server) = server {
        root.insert("servers".into(), json!([{ "url": server }]));
    }
    let mut components = json!({ "schemas": if definitions.is_object() { definitions } else { json!({}) } });
    if let Some(schemes) = security.as_object() {
        components["securitySchemes"] =
            schemes.iter().map(|(name, scheme)| (name.clone(), security_scheme(scheme))).collect();
    }
    root.insert("components".into(), components);
    for item in root.get_mut("paths").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        path_item(item, &shared);
    }
    schemas_and_references(&mut document);
    document
}

/// What the document says once for all operations.
struct Shared {
    /// The document as it was, in which a reference may name any place.
    whole: Value,
    consumes: Vec<String>,
    produces: Vec<String>,
}

impl Shared {
    /// What a parameter or a response stands for.
    fn resolve(&self, value: &Value) -> Value {
        resolve(&self.whole, value, "").map_or_else(|_| value.clone(), |(found, _)| found.clone())
    }
}

fn path_item(item: &mut Value, shared: &Shared) {
    let Some(item) = item.as_object_mut() else { return };
    let common: Vec<Value> = match item.remove("parameters") {
        Some(Value::Array(parameters)) => parameters.iter().map(|parameter| shared.resolve(parameter)).collect(),
        _ => Vec::new(),
    };
    for method in METHODS {
        if let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) {
            convert_operation(operation, &common, shared);
        }
    }
}

fn convert_operation(operation: &mut Map<String, Value>, common: &[Value], shared: &Shared) {
    let own = |member: Option<Value>, all: &[String]| match member.map(|list| strings(&list)) {
        Some(list) if !list.is_empty() => list,
        _ => all.to_vec(),
    };
    let consumes = own(operation.remove("consumes"), &shared.consumes);
    let produces = own(operation.remove("produces"), &shared.produces);
    operation.remove("schemes");

    let mut parameters: Vec<Value> = match operation.remove("parameters") {
        Some(Value::Array(parameters)) => parameters.iter().map(|parameter| shared.resolve(parameter)).collect(),
        _ => Vec::new(),
    };
    for parameter in common {
        if !parameters.iter().any(|own| own["name"] == parameter["name"] && own["in"] == parameter["in"]) {
            parameters.push(parameter.clone());
        }
    }
    let (body, rest): (Vec<Value>, Vec<Value>) =
        parameters.into_iter().partition(|parameter| matches!(parameter["in"].as_str(), Some("body" | "formData")));
    if !rest.is_empty() {
        operation.insert("parameters".into(), rest.into_iter().map(plain_parameter).collect());
    }
    if let Some(body) = request_body(&body, consumes) {
        operation.insert("requestBody".into(), body);
    }
    for value in operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        *value = shared.resolve(value);
        response(value, &produces);
    }
}

fn request_body(parameters: &[Value], consumes: Vec<String>) -> Option<Value> {
    parameters.first()?;
    if let Some(body) = parameters.iter().find(|parameter| parameter["in"] == "body") {
        let types = if consumes.is_empty() { vec!["application/json".to_owned()] } else { consumes };
        let content: Map<String, Value> =
            types.into_iter().map(|name| (name, json!({ "schema": body["schema"] }))).collect();
        let mut converted = json!({ "content": content });
        for member in ["description", "required"] {
            if let Some(value) = body.get(member) {
                converted[member] = value.clone();
            }
        }
        return Some(converted);
    }
    let mut properties = Map::new();
    let mut required = Vec::new();
    let mut encoding = Map::new();
    for parameter in parameters {
        let Some(name) = parameter["name"].as_str() else { continue };
        if parameter["required"] == true {
            required.push(name.to_owned());
        }
        let how = separators(parameter, true);
        if !how.is_empty() {
            encoding.insert(name.to_owned(), how.into());
        }
        properties.insert(name.to_owned(), schema_of(parameter));
    }
    let mut media = json!({ "schema": { "type": "object", "properties": properties } });
    if !required.is_empty() {
        media["schema"]["required"] = required.into();
    }
    if !encoding.is_empty() {
        media["encoding"] = encoding.into();
    }
    let content: Map<String, Value> =
        form_types(parameters, consumes).into_iter().map(|name| (name, media.clone())).collect();
    Some(json!({ "content": content }))
}

/// The media types of a form. A file is sent in parts (Swagger 2.0, "Parameter Object").
fn form_types(parameters: &[Value], consumes: Vec<String>) -> Vec<String> {
    let has_file = parameters.iter().any(|parameter| parameter["type"] == "file");
    let is_form = |name: &String| {
        name.starts_with("multipart/") || !has_file && name.starts_with("application/x-www-form-urlencoded")
    };
    let types: Vec<String> = consumes.into_iter().filter(is_form).collect();
    match types.is_empty() {
        true if has_file => vec!["multipart/form-data".to_owned()],
        true => vec!["application/x-www-form-urlencoded".to_owned()],
        false => types,
    }
}

/// How the values of a list are separated, in the words of 3.0, which repeats the name by default; 2.0 separates by commas.
fn separators(parameter: &Value, repeats: bool) -> Map<String, Value> {
    if parameter["type"] != "array" {
        return Map::new();
    }
    let said = match (parameter["collectionFormat"].as_str().unwrap_or("csv"), repeats) {
        ("multi", _) | ("csv", false) => json!({}),
        ("csv", true) => json!({ "explode": false }),
        ("ssv", true) => json!({ "style": "spaceDelimited" }),
        ("pipes", true) => json!({ "style": "pipeDelimited" }),
        // 3.0 has no word for it.
        (other, true) => json!({ "explode": false, COLLECTION_FORMAT: other }),
        (other, false) => json!({ COLLECTION_FORMAT: other }),
    };
    said.as_object().cloned().unwrap_or_default()
}

/// A parameter outside of the body, its type under `schema`.
fn plain_parameter(mut parameter: Value) -> Value {
    let schema = schema_of(&parameter);
    let separators = separators(&parameter, parameter["in"] == "query");
    if let Some(object) = parameter.as_object_mut() {
        object.retain(|member, _| {
            !SCHEMA_MEMBERS.contains(&member.as_str()) && !matches!(member.as_str(), "collectionFormat" | "x-nullable")
        });
        object.insert("schema".into(), schema);
        object.extend(separators);
    }
    parameter
}

fn schema_of(parameter: &Value) -> Value {
    if parameter.get("schema").is_some_and(Value::is_object) {
        return parameter["schema"].clone();
    }
    let members = parameter.as_object().into_iter().flatten();
    let mut schema: Map<String, Value> = members
        .filter(|(member, _)| SCHEMA_MEMBERS.contains(&member.as_str()))
        .map(|(m, v)| (m.clone(), v.clone()))
        .collect();
    if parameter["description"].is_string() && parameter["in"] == "formData" {
        schema.insert("description".into(), parameter["description"].clone());
    }
    schema.into()
}

fn response(value: &mut Value, produces: &[String]) {
    let Some(object) = value.as_object_mut() else { return };
    for header in object.get_mut("headers").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        let mut converted = separators(header, false);
        converted.insert("schema".into(), schema_of(header));
        *header = converted.into();
    }
    object.remove("examples");
    let Some(schema) = object.remove("schema") else { return };
    let file = schema["type"] == "file";
    let types = match produces {
        [] if file => vec!["application/octet-stream".to_owned()],
        [] => vec!["application/json".to_owned()],
        types => types.to_vec(),
    };
    let content: Map<String, Value> = types.into_iter().map(|name| (name, json!({ "schema": schema }))).collect();
    object.insert("content".into(), content.into());
}

/// 2.0's own words in schemas, and references to where 3.0 keeps things.
fn schemas_and_references(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(schemas_and_references),
        Value::Object(object) => {
            if let Some(name) =
                object.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/definitions/"))
            {
                object.insert("$ref".into(), format!("#/components/schemas/{name}").into());
            }
            if let Some(nullable) = object.remove("x-nullable") {
                object.insert("nullable".into(), nullable);
            }
            if object.get("type").is_some_and(|kind| kind == "file") {
                object.insert("type".into(), "string".into());
                object.insert("format".into(), "binary".into());
            }
            if let Some(Value::String(property)) = object.get("discriminator") {
                let property = property.clone();
                object.insert("discriminator".into(), json!({ "propertyName": property }));
            }
            object.values_mut().for_each(schemas_and_references);
        }
        _ => {}
    }
}

fn security_scheme(scheme: &Value) -> Value {
    let kind = |kind: &str| scheme["type"] == kind;
    if kind("basic") {
        return json!({ "type": "http", "scheme": "basic" });
    }
    if !kind("oauth2") {
        return scheme.clone();
    }
    let flow = match scheme["flow"].as_str() {
        Some("application") => "clientCredentials",
        Some("accessCode") => "authorizationCode",
        Some("password") => "password",
        _ => "implicit",
    };
    let members = ["authorizationUrl", "tokenUrl", "scopes"];
    let found: Map<String, Value> =
        members.iter().filter_map(|member| Some(((*member).to_owned(), scheme.get(*member)?.clone()))).collect();
    json!({ "type": "oauth2", "flows": { flow: found } })
}

/// Where the document says that the server is.
fn server(document: &mut Value) -> Option<String> {
    let (host, base, schemes) = (take(document, "host"), take(document, "basePath"), take(document, "schemes"));
    let base = base.as_str().unwrap_or_default().trim_end_matches('/').to_owned();
    match host.as_str() {
        Some(host) => {
            let scheme = strings(&schemes).into_iter().next().unwrap_or_else(|| "https".to_owned());
            Some(format!("{scheme}://{host}{base}"))
        }
        None => Some(base).filter(|base| !base.is_empty()),
    }
}

fn take(document: &mut Value, member: &str) -> Value {
    document.as_object_mut().and_then(|object| object.remove(member)).unwrap_or_default()
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
