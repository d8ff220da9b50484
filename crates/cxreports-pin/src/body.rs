//! JSON bodies, in pieces: a large document goes to the socket as it is, without a copy of it.

use std::convert::Infallible;

use bytes::Bytes;
use cxreports_core::{Argument, Encoding, Json, WireValue};

/// From this size on, in bytes, a document is a piece of its own.
const OWN_PIECE: usize = 16 << 10;

/// A JSON object that is being written.
#[derive(Default)]
pub(crate) struct Body {
    pieces: Vec<Bytes>,
    open: Vec<u8>,
    members: usize,
}

struct Shared(Json);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.as_str().as_bytes()
    }
}

impl Body {
    /// Adds a member.
    pub(crate) fn member(&mut self, name: &str, value: &Argument<'_>, encoding: &Encoding) -> Result<(), String> {
        self.name(name);
        self.value(value, encoding)
    }

    /// Adds a member whose value is JSON already.
    pub(crate) fn raw_member(&mut self, name: &str, json: &str) {
        self.name(name);
        self.open.extend_from_slice(json.as_bytes());
    }

    fn name(&mut self, name: &str) {
        self.open.push(if self.members == 0 { b'{' } else { b',' });
        self.members += 1;
        self.text(name);
        self.open.push(b':');
    }

    fn text(&mut self, text: &str) {
        serde_json::to_writer(&mut self.open, text).expect("text can always be written");
    }

    fn value(&mut self, value: &Argument<'_>, encoding: &Encoding) -> Result<(), String> {
        if let Argument::List(items) = value {
            self.open.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    self.open.push(b',');
                }
                self.value(item, encoding)?;
            }
            self.open.push(b']');
            return Ok(());
        }
        match encoding {
            Encoding::Text => self.text(&value.to_text()),
            Encoding::Integer => {
                let text = value.to_text();
                let number: i64 = text.parse().map_err(|_| "the instance takes a number there".to_owned())?;
                self.open.extend_from_slice(number.to_string().as_bytes());
            }
            Encoding::Values(values) => self.wire(&listed(value, values)?),
            Encoding::Native => match value {
                Argument::Bool(_) | Argument::Integer(_) => self.open.extend_from_slice(value.to_text().as_bytes()),
                Argument::Json(json) => self.json(json),
                Argument::Unknown(value) => self.wire(value),
                _ => self.text(&value.to_text()),
            },
        }
        Ok(())
    }

    fn wire(&mut self, value: &WireValue) {
        match value {
            WireValue::Integer(number) => self.open.extend_from_slice(number.to_string().as_bytes()),
            WireValue::String(text) => self.text(text),
        }
    }

    fn json(&mut self, json: &Json) {
        if json.as_str().len() < OWN_PIECE {
            self.open.extend_from_slice(json.as_str().as_bytes());
            return;
        }
        self.pieces.push(std::mem::take(&mut self.open).into());
        self.pieces.push(Bytes::from_owner(Shared(json.clone())));
    }

    /// The body, and its length in bytes.
    pub(crate) fn finish(mut self) -> (reqwest::Body, u64) {
        self.open.extend_from_slice(if self.members == 0 { b"{}" } else { b"}" });
        self.pieces.push(self.open.into());
        let length = self.pieces.iter().map(|piece| piece.len() as u64).sum();
        let body = match <[Bytes; 1]>::try_from(self.pieces) {
            Ok([only]) => only.into(),
            Err(pieces) => {
                reqwest::Body::wrap_stream(futures_util::stream::iter(pieces.into_iter().map(Ok::<_, Infallible>)))
            }
        };
        (body, length)
    }
}

/// The instance's own value of an enumeration.
pub(crate) fn listed(
    value: &Argument<'_>,
    values: &[(std::borrow::Cow<'static, str>, WireValue)],
) -> Result<WireValue, String> {
    let text = match value {
        Argument::Unknown(value) => return Ok((*value).clone()),
        value => value.to_text(),
    };
    let found = values.iter().find(|(known, _)| known.eq_ignore_ascii_case(&text));
    found.map(|(_, own)| own.clone()).ok_or_else(|| format!("the instance has no value `{text}` there"))
}
