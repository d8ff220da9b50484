//! Conversion of Swagger 2.0 and OpenAPI 3.1 and 3.2 to OpenAPI 3.0, and the checks that every later stage relies on.

mod error;
mod from_2_0;
mod from_3_1;
mod inline;
mod json_schema;

use serde_json::Value;

pub use self::{
    error::ConvertError,
    from_2_0::COLLECTION_FORMAT,
    inline::inline,
    json_schema::{LOST, for_each_schema},
};
use crate::document::escape;

/// Gives the document as OpenAPI 3.0.
///
/// The conversions are ours: of the libraries, swagger2openapi 0.2 turns on serde_json's `preserve_order` for the whole
/// build, by which reordering a document would change what is generated, and roas 0.21 reads into types, so that it refuses
/// documents that real servers write, without their pointers.
///
/// # Errors
///
/// [`ConvertError`] names the place, what is there and what a valid document would have.
pub fn convert(mut document: Value) -> Result<Value, ConvertError> {
    without_nulls(&mut document);
    let version = version(&document)?;
    inline(&mut document)?;
    match version {
        Version::Swagger2 => {
            check_paths(&document)?;
            document = from_2_0::convert(document);
        }
        Version::OpenApi31 => document = from_3_1::convert(document),
        Version::OpenApi30 => {}
    }
    check(&document)?;
    Ok(document)
}

/// Sloppy servers write null where they have nothing to say; extensions of the paths are no paths.
fn without_nulls(document: &mut Value) {
    let strip = |value: &mut Value| {
        value.as_object_mut().into_iter().for_each(|object| object.retain(|_, value| !value.is_null()))
    };
    strip(document);
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        // Extensions stand among the paths (OpenAPI 3.0, "Paths Object").
        paths.retain(|path, _| !path.starts_with("x-"));
    }
    if let Some(components) = document.get_mut("components") {
        strip(components);
    }
    for item in
        document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flat_map(|paths| paths.values_mut())
    {
        strip(item);
        for method in crate::document::METHODS {
            item.get_mut(method).into_iter().for_each(strip);
        }
    }
}

enum Version {
    Swagger2,
    OpenApi30,
    OpenApi31,
}

fn version(document: &Value) -> Result<Version, ConvertError> {
    let unknown = |field, version: &str| Err(ConvertError::Version { field, version: version.to_owned() });
    if let Some(version) = document.get("swagger") {
        return match version.as_str() {
            Some("2.0") => Ok(Version::Swagger2),
            _ => Err(invalid("/swagger", version, "the string \"2.0\"")),
        };
    }
    match document.get("openapi") {
        Some(Value::String(version)) if version.starts_with("3.0") => Ok(Version::OpenApi30),
        Some(Value::String(version)) if version.starts_with("3.1") || version.starts_with("3.2") => {
            Ok(Version::OpenApi31)
        }
        Some(Value::String(version)) if version.starts_with(|c: char| c.is_ascii_digit()) => {
            unknown("openapi", version)
        }
        other => Err(invalid("/openapi", other.unwrap_or(&Value::Null), "a version like \"3.0.4\"")),
    }
}

/// What every later stage takes for granted: objects where OpenAPI has objects.
fn check(document: &Value) -> Result<(), ConvertError> {
    check_paths(document)?;
    if let Some(components) = document.get("components") {
        for (kind, entries) in object(components, "/components", "an object of components")? {
            if !kind.starts_with("x-") {
                object(entries, &format!("/components/{}", escape(kind)), "an object of components")?;
            }
        }
    }
    Ok(())
}

fn check_paths(document: &Value) -> Result<(), ConvertError> {
    let paths = document.get("paths").ok_or_else(|| missing("/paths", "an object of path items"))?;
    let paths = object(paths, "/paths", "an object of path items")?;
    for (path, item) in paths {
        let pointer = format!("/paths/{}", escape(path));
        if !path.starts_with('/') {
            return Err(ConvertError::Invalid {
                pointer,
                found: format!("the path {path:?}"),
                wanted: "a path that begins with a slash",
            });
        }
        let item = object(item, &pointer, "a path item object")?;
        for method in crate::document::METHODS {
            if let Some(operation) = item.get(method) {
                let pointer = format!("{pointer}/{method}");
                let operation = object(operation, &pointer, "an operation object")?;
                if let Some(parameters) = operation.get("parameters") {
                    array(parameters, &format!("{pointer}/parameters"), "an array of parameters")?;
                }
                if let Some(responses) = operation.get("responses") {
                    object(responses, &format!("{pointer}/responses"), "an object of responses")?;
                }
            }
        }
        if let Some(parameters) = item.get("parameters") {
            array(parameters, &format!("{pointer}/parameters"), "an array of parameters")?;
        }
    }
    Ok(())
}

fn object<'a>(
    value: &'a Value,
    pointer: &str,
    wanted: &'static str,
) -> Result<&'a serde_json::Map<String, Value>, ConvertError> {
    value.as_object().ok_or_else(|| invalid(pointer, value, wanted))
}

fn array<'a>(value: &'a Value, pointer: &str, wanted: &'static str) -> Result<&'a Vec<Value>, ConvertError> {
    value.as_array().ok_or_else(|| invalid(pointer, value, wanted))
}

fn missing(pointer: &str, wanted: &'static str) -> ConvertError {
    ConvertError::Invalid { pointer: pointer.to_owned(), found: "nothing".to_owned(), wanted }
}

fn invalid(pointer: &str, value: &Value, wanted: &'static str) -> ConvertError {
    let found = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("the boolean {value}"),
        Value::Number(value) => format!("the number {value}"),
        Value::String(value) => format!("the string {:?}", value.chars().take(40).collect::<String>()),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    };
    ConvertError::Invalid { pointer: pointer.to_owned(), found, wanted }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_openapi_is_named_by_its_pointer() {
        let cases = [
            (json!({ "openapi": "3.0.4" }), "/paths: nothing, where OpenAPI has an object of path items"),
            (
                json!({ "openapi": 3, "paths": {} }),
                "/openapi: the number 3, where OpenAPI has a version like \"3.0.4\"",
            ),
            (
                json!({ "openapi": "3.0.4", "paths": { "/a/b": { "get": [] } } }),
                "/paths/~1a~1b/get: an array, where OpenAPI has an operation object",
            ),
            (
                json!({ "openapi": "3.0.4", "paths": { "a": {} } }),
                "/paths/a: the path \"a\", where OpenAPI has a path that begins with a slash",
            ),
            (
                json!({ "openapi": "3.0.4", "paths": { "/a": { "get": { "parameters": {} } } } }),
                "/paths/~1a/get/parameters: an object, where OpenAPI has an array of parameters",
            ),
        ];
        for (document, message) in cases {
            assert_eq!(convert(document).unwrap_err().to_string(), message);
        }
        let future = convert(json!({ "openapi": "4.0.0", "paths": {} })).unwrap_err().to_string();
        assert!(future.starts_with("/openapi: version 4.0.0 is not known"), "{future}");
    }
}
