//! References within a document: followed in one way everywhere.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;
use thiserror::Error;

/// Why a reference cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// It names a place that the document does not have, or another document.
    #[error("it refers to {0:?}, which the document does not have")]
    Missing(String),
    /// It leads into a circle.
    #[error("its references go in a circle")]
    Endless,
}

/// One segment of a JSON pointer (RFC 6901), escaped.
#[must_use]
pub fn escape(segment: &str) -> String {
    if segment.contains(['~', '/']) { segment.replace('~', "~0").replace('/', "~1") } else { segment.to_owned() }
}

/// One segment of a JSON pointer (RFC 6901), as the member is called.
#[must_use]
pub fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// The JSON pointer of a reference within the document. The fragment of a URI is percent-encoded (RFC 6901, 6).
#[must_use]
pub fn pointer(reference: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(reference.strip_prefix('#')?).decode_utf8().ok()
}

/// What a reference names, with its JSON pointer.
#[must_use]
pub fn target<'a>(document: &'a Value, reference: &str) -> Option<(&'a Value, String)> {
    let pointer = pointer(reference)?;
    document.pointer(&pointer).map(|target| (target, pointer.into_owned()))
}

/// What a value stands for, through any references, with its JSON pointer.
///
/// # Errors
///
/// [`ReferenceError`] when it refers to nothing.
///
/// ```
/// use cxreports_openapi::document::resolve;
///
/// let document = serde_json::json!({ "components": { "schemas": {
///     "Name": { "type": "string" }, "Alias": { "$ref": "#/components/schemas/Name" },
/// } } });
/// let alias = &document["components"]["schemas"]["Alias"];
/// let (schema, at) = resolve(&document, alias, "/components/schemas/Alias")?;
/// assert_eq!((schema["type"].as_str(), at.as_str()), (Some("string"), "/components/schemas/Name"));
/// # Ok::<(), cxreports_openapi::document::ReferenceError>(())
/// ```
pub fn resolve<'a>(
    document: &'a Value,
    value: &'a Value,
    pointer: &str,
) -> Result<(&'a Value, String), ReferenceError> {
    let (mut value, mut pointer) = (value, pointer.to_owned());
    // Documents have chains of two or three. A longer one is watched for circles (Brent's algorithm): whoever is on one comes back
    // to where it was.
    let (mut was, mut steps, mut next) = (std::ptr::null(), 0_usize, 1_usize);
    loop {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Ok((value, pointer)) };
        if std::ptr::eq(was, value) {
            return Err(ReferenceError::Endless);
        }
        steps += 1;
        if steps == next {
            (was, steps, next) = (value, 0, next * 2);
        }
        (value, pointer) = target(document, reference).ok_or_else(|| ReferenceError::Missing(reference.to_owned()))?;
    }
}

/// The JSON pointer of what a place stands for; a place that refers to nothing stands for itself.
#[must_use]
pub fn follow(document: &Value, place: &str) -> String {
    let found = document.pointer(place).map(|value| resolve(document, value, place));
    found.and_then(Result::ok).map_or_else(|| place.to_owned(), |(_, pointer)| pointer)
}

/// The name of the component schema that a reference names.
#[must_use]
pub fn schema_name(reference: &str) -> Option<String> {
    let pointer = pointer(reference)?;
    let name = pointer.strip_prefix("/components/schemas/")?;
    (!name.contains('/')).then(|| unescape(name))
}

/// The name of the component schema that a schema is a reference to.
#[must_use]
pub fn referenced(schema: &Value) -> Option<String> {
    schema.get("$ref").and_then(Value::as_str).and_then(schema_name)
}

/// A reference to a component schema.
#[must_use]
pub fn reference(name: &str) -> Value {
    serde_json::json!({ "$ref": format!("#/components/schemas/{}", escape(name)) })
}
