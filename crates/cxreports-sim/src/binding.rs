//! Requests as ASP.NET binds them: routes, query names, JSON members and enumerations without regard to case, a trailing
//! slash ignored, the first of duplicate values, empty values as null, numbers as text ("Model Binding in ASP.NET Core",
//! "JsonSerializerDefaults.Web", "Routing in ASP.NET Core").

use axum::http::Uri;
use serde_json::{Map, Value};

use crate::{Builder, Endpoint};

/// The path that the simulator's own routes have for the path of a request; `None` when it is no endpoint's.
pub(crate) fn path(settings: &Builder, path: &str) -> Option<String> {
    let below = strip(path, &settings.base_path)?;
    let api = match strip(below, &settings.api_root) {
        Some(rest) if !settings.api_root.is_empty() => format!("/api/v1{rest}"),
        _ => below.to_owned(),
    };
    let given: Vec<&str> = api.trim_end_matches('/').split('/').collect();
    let found = Endpoint::ALL.iter().find_map(|endpoint| {
        let template: Vec<&str> = endpoint.path().split('/').collect();
        let same = |(own, given): (&&str, &&str)| own.starts_with('{') || own.eq_ignore_ascii_case(given);
        (template.len() == given.len() && template.iter().zip(&given).all(same)).then(|| {
            let part = |(own, given): (&&str, &&str)| {
                if own.starts_with('{') { (*given).to_owned() } else { (*own).to_owned() }
            };
            template.iter().zip(&given).map(part).collect::<Vec<_>>().join("/")
        })
    })?;
    Some(format!("{}{found}", settings.base_path))
}

fn strip<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = path.split_at_checked(prefix.len())?;
    (start.eq_ignore_ascii_case(prefix) && (rest.is_empty() || rest.starts_with('/'))).then_some(rest)
}

/// The URI of a request with the path that the simulator's routes have.
pub(crate) fn uri(settings: &Builder, uri: &Uri) -> Option<Uri> {
    let path = path(settings, uri.path())?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{path}{query}").parse().ok()
}

/// A value of a query or a member as its schema has it: enumerations by name or number, booleans in any case.
pub(crate) fn text(schema: &Value, text: &str) -> String {
    if let Some(values) = schema["enum"].as_array() {
        let named = values.iter().filter_map(Value::as_str).find(|value| same_name(value, text));
        let numbered = || values.get(text.parse::<usize>().ok()?)?.as_str();
        return named.or_else(numbered).unwrap_or(text).to_owned();
    }
    if schema["type"] == "boolean" && ["true", "false"].iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return text.to_ascii_lowercase();
    }
    text.to_owned()
}

/// `document-merge` is called `DocumentMerge` in .NET.
fn same_name(one: &str, other: &str) -> bool {
    let letters = |text: &str| text.replace('-', "").to_ascii_lowercase();
    letters(one) == letters(other)
}

/// A body with the names of its schema's members, and values as their schemas have them; without its nulls where the
/// document says that they are taken.
pub(crate) fn body(properties: &[(String, Value)], body: Value, takes_null: bool) -> Value {
    let Value::Object(members) = body else { return body };
    let members = members.into_iter().filter(|(_, value)| !(takes_null && value.is_null()));
    let bound = members.map(|(name, value)| {
        let known = properties.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name));
        match known {
            Some((known, schema)) => (known.clone(), member(schema, value)),
            None => (name, value),
        }
    });
    bound.collect::<Map<_, _>>().into()
}

fn member(schema: &Value, value: Value) -> Value {
    match value {
        Value::String(text) if schema["type"] == "integer" => {
            text.parse::<i64>().map_or(Value::String(text), Value::from)
        }
        Value::String(text) if schema["enum"].is_array() => self::text(schema, &text).into(),
        Value::Number(number) if schema["enum"].is_array() => self::text(schema, &number.to_string()).into(),
        Value::Array(items) => items.into_iter().map(|item| member(&schema["items"], item)).collect(),
        other => other,
    }
}

/// A response as a server with other options of its serialiser writes it.
pub(crate) fn written(settings: &Builder, value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let name = |name: String| match name.chars().next() {
                Some(first) if settings.pascal_members => first.to_uppercase().chain(name.chars().skip(1)).collect(),
                _ => name,
            };
            let members = members.into_iter().map(|(own, value)| (name(own), written(settings, value)));
            members.collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.into_iter().map(|item| written(settings, item)).collect(),
        Value::Number(number) if settings.numbers_as_text => number.to_string().into(),
        other => other,
    }
}
