//! From whatever version a document is in to OpenAPI 3.0, and the checks without which no later stage can work.

use serde_json::Value;
use thiserror::Error;

use crate::document::escape;

/// Why a document is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// A version that cannot be read yet.
    #[error(
        "/{field}: version {version} cannot be read yet, only OpenAPI 3.0; have the instance serve 3.0, in ASP.NET with `options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_0`"
    )]
    Version {
        /// The member that names it.
        field: &'static str,
        /// The version.
        version: String,
    },
    /// Something is not what OpenAPI has there.
    #[error("{pointer}: {found}, where OpenAPI has {wanted}")]
    Invalid {
        /// JSON pointer.
        pointer: String,
        /// What is there.
        found: String,
        /// What a valid document would have.
        wanted: &'static str,
    },
}

/// Gives the document as OpenAPI 3.0.
///
/// # Errors
///
/// [`ConvertError`] names the place, what is there and what a valid document would have.
pub fn convert(document: Value) -> Result<Value, ConvertError> {
    version(&document)?;
    check(&document)?;
    Ok(document)
}

fn version(document: &Value) -> Result<(), ConvertError> {
    let unreadable = |field, version: &str| Err(ConvertError::Version { field, version: version.to_owned() });
    if let Some(version) = document.get("swagger") {
        return match version.as_str() {
            Some("2.0") => unreadable("swagger", "2.0"),
            _ => Err(invalid("/swagger", version, "the string \"2.0\"")),
        };
    }
    match document.get("openapi") {
        Some(Value::String(version)) if version.starts_with("3.0") => Ok(()),
        Some(Value::String(version)) if version.starts_with("3.") => unreadable("openapi", version),
        other => Err(invalid("/openapi", other.unwrap_or(&Value::Null), "a version like \"3.0.4\"")),
    }
}

/// What every later stage takes for granted: objects where OpenAPI has objects.
fn check(document: &Value) -> Result<(), ConvertError> {
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
                    object(responses, &format!("{pointer}/responses"), "an object of answers")?;
                }
            }
        }
        if let Some(parameters) = item.get("parameters") {
            array(parameters, &format!("{pointer}/parameters"), "an array of parameters")?;
        }
    }
    if let Some(components) = document.get("components") {
        for (kind, entries) in object(components, "/components", "an object of components")? {
            if !kind.starts_with("x-") {
                object(entries, &format!("/components/{}", escape(kind)), "an object of components")?;
            }
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
        let old = convert(json!({ "swagger": "2.0", "paths": {} })).unwrap_err().to_string();
        assert!(old.starts_with("/swagger: version 2.0 cannot be read yet"), "{old}");
    }
}
