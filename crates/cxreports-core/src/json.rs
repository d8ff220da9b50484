use std::{fmt, io, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON document that is carried as it was written: serialised once, cloned for free, never parsed into a tree.
///
/// Its `Debug` shows the size only, so that a report's data does not end up in a log.
///
/// ```
/// use cxreports_core::Json;
///
/// let data = Json::new(&serde_json::json!({ "customer": 7 }))?;
/// assert_eq!(data.as_str(), r#"{"customer":7}"#);
/// assert_eq!(format!("{data:?}"), "Json(14 bytes)");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone)]
pub struct Json(
    // The box is kept: its text would be copied into a slice of the `Arc`'s own.
    Arc<Box<RawValue>>,
);

impl Json {
    /// Serialises `value`, straight to JSON text.
    ///
    /// # Errors
    ///
    /// What the value's own `Serialize` reports, for example a map whose keys are not strings.
    pub fn new<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self::from)
    }

    /// Takes text that should be JSON already.
    pub(crate) fn from_text(text: Vec<u8>) -> io::Result<Self> {
        let text = String::from_utf8(text).map_err(io::Error::other)?;
        Ok(RawValue::from_string(text)?.into())
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl From<Box<RawValue>> for Json {
    fn from(raw: Box<RawValue>) -> Self {
        Self(Arc::new(raw))
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({} bytes)", self.as_str().len())
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self::from)
    }
}
