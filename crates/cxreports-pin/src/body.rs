//! JSON bodies, in pieces: a large document goes to the socket as it is, without a copy of it.

use std::{
    future::ready,
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use bytes::Bytes;
use cxreports_core::{Argument, Encoding, Json, Payload, PayloadBody, WireValue, count_written};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::pieces::written;

/// From this size on, in bytes, a document in memory is a piece of its own.
const OWN_PIECE: usize = 16 << 10;

/// A JSON object that is being written.
#[derive(Default)]
pub(crate) struct Body {
    pieces: Vec<Piece>,
    open: Vec<u8>,
    members: usize,
}

enum Piece {
    Bytes(Bytes),
    Payload {
        payload: Payload,
        /// Whether it is sent as a JSON string that contains the document.
        as_text: bool,
    },
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
        if let Argument::Payload(payload) = value {
            self.payload(payload, *encoding == Encoding::Text);
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
        self.piece(Piece::Bytes(Bytes::from_owner(Shared(json.clone()))));
    }

    fn payload(&mut self, payload: &Payload, as_text: bool) {
        match payload.text() {
            Some(json) if as_text => self.text(json.as_str()),
            Some(json) => self.json(json),
            None => self.piece(Piece::Payload { payload: payload.clone(), as_text }),
        }
    }

    fn piece(&mut self, piece: Piece) {
        self.pieces.push(Piece::Bytes(std::mem::take(&mut self.open).into()));
        self.pieces.push(piece);
    }

    /// The body, its length in bytes if it is known, and what ends it. Values are serialised once to find out their length, unless
    /// `chunked` says that it need not be known.
    pub(crate) async fn finish(mut self, chunked: bool) -> io::Result<(reqwest::Body, Option<u64>, Sending)> {
        self.open.extend_from_slice(if self.members == 0 { b"{}" } else { b"}" });
        if self.pieces.is_empty() {
            let length = self.open.len() as u64;
            return Ok((self.open.into(), Some(length), Sending::default()));
        }
        self.pieces.push(Piece::Bytes(self.open.into()));
        let (mut lengths, mut streams) = (Vec::new(), Vec::new());
        for piece in &self.pieces {
            lengths.push(piece.length(chunked).await?);
        }
        for (piece, length) in self.pieces.into_iter().zip(&lengths) {
            streams.push(piece.stream(*length)?);
        }
        let sending = Sending(Arc::new(Mutex::new(Some(stream::iter(streams).flatten().boxed()))));
        let source = Arc::clone(&sending.0);
        let body = stream::poll_fn(move |context| match &mut *locked(&source) {
            Some(stream) => stream.poll_next_unpin(context),
            None => Poll::Ready(Some(Err(io::Error::other("the request has ended")))),
        });
        Ok((reqwest::Body::wrap_stream(body), lengths.into_iter().sum(), sending))
    }
}

/// The rest of a body that is being sent. Dropped, it drops its sources: while the server reads nothing, the connection holds the
/// body of a request that has been given up, and a thread that writes it would be blocked.
#[derive(Default)]
pub(crate) struct Sending(Arc<Mutex<Option<Stream>>>);

impl Sending {
    /// Has the rest sent without it.
    pub(crate) fn detach(mut self) {
        self.0 = Arc::default();
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let rest = locked(&self.0).take();
        drop(rest);
    }
}

fn locked(source: &Mutex<Option<Stream>>) -> MutexGuard<'_, Option<Stream>> {
    source.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Marks a failure of a payload among the failures of a request.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct PayloadFailed(io::Error);

type Stream = stream::BoxStream<'static, io::Result<Bytes>>;

impl Piece {
    async fn length(&self, chunked: bool) -> io::Result<Option<u64>> {
        let (payload, as_text) = match self {
            Self::Bytes(bytes) => return Ok(Some(bytes.len() as u64)),
            Self::Payload { payload, as_text } => (payload, *as_text),
        };
        match payload.known_length() {
            Some(length) if !as_text => return Ok(Some(length)),
            _ if chunked => return Ok(None),
            _ => {}
        }
        let payload = payload.clone();
        let count = move || if as_text { count_as_text(&payload) } else { payload.count() };
        tokio::task::spawn_blocking(count).await.unwrap_or_else(|panicked| Err(io::Error::other(panicked)))
    }

    /// The bytes; those of a payload are an error when they are not as many as were counted before.
    fn stream(self, length: Option<u64>) -> io::Result<Stream> {
        let (payload, as_text) = match self {
            Self::Bytes(bytes) => return Ok(stream::iter([Ok(bytes)]).boxed()),
            Self::Payload { payload, as_text } => (payload, as_text),
        };
        let stream: Stream = match payload.body()? {
            PayloadBody::Write(write) if as_text => written(move |writer| quoted(writer, write)).boxed(),
            PayloadBody::Write(write) => written(write).boxed(),
            PayloadBody::Stream(stream) if as_text => {
                let chunks = stream.map_ok(|chunk| {
                    let mut escaped = Vec::with_capacity(chunk.len() + chunk.len() / 8);
                    Escape(&mut escaped).write_all(&chunk).map(|()| Bytes::from(escaped))
                });
                let quote = || stream::iter([Ok(Bytes::from_static(b"\""))]);
                quote().chain(chunks.map(|chunk| chunk?)).chain(quote()).boxed()
            }
            PayloadBody::Stream(stream) => stream.boxed(),
        };
        Ok(counted(length, stream).map_err(|error| io::Error::new(error.kind(), PayloadFailed(error))).boxed())
    }
}

/// A stream that fails when it is empty, and when it does not have a number of bytes that was counted before: a file may change
/// while it is sent, and a value may be serialised differently each time.
fn counted(length: Option<u64>, stream: Stream) -> impl futures_util::Stream<Item = io::Result<Bytes>> {
    let is_wrong = move |sent: u64, has_ended: bool| match length {
        Some(length) if sent > length || (has_ended && sent < length) => {
            let than = if sent > length { "more" } else { "fewer" };
            Some(format!("it has changed since it was counted: it has {than} than {length} bytes; send it in chunks"))
        }
        None if has_ended && sent == 0 => Some("it is empty, which is not JSON".to_owned()),
        _ => None,
    };
    let bytes = stream.map_ok(Some).chain(stream::iter([Ok(None)]));
    bytes.scan(0, move |sent, bytes| {
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => return ready(Some(Err(error))),
        };
        *sent += bytes.as_ref().map_or(0, Bytes::len) as u64;
        ready(match is_wrong(*sent, bytes.is_none()) {
            Some(wrong) => Some(Err(io::Error::other(wrong))),
            None => bytes.map(Ok),
        })
    })
}

/// The length of a document inside of a JSON string; `None` for a reader, which cannot be read twice.
fn count_as_text(payload: &Payload) -> io::Result<Option<u64>> {
    if payload.known_length().is_none() && payload.count()?.is_none() {
        return Ok(None);
    }
    let PayloadBody::Write(write) = payload.body()? else { return Ok(None) };
    count_written(|count| quoted(count, write)).map(Some)
}

/// Writes a document as a JSON string that contains it.
fn quoted(writer: &mut dyn Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    writer.write_all(b"\"")?;
    write(&mut Escape(&mut *writer))?;
    writer.write_all(b"\"")
}

/// Escapes what is written for a JSON string (RFC 8259, 7).
struct Escape<W>(W);

impl<W: Write> Write for Escape<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) {
            self.0.write_all(&rest[..at])?;
            match rest[at] {
                byte @ (b'"' | b'\\') => self.0.write_all(&[b'\\', byte])?,
                byte => write!(self.0, "\\u{byte:04x}")?,
            }
            rest = &rest[at + 1..];
        }
        self.0.write_all(rest)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_in_a_string_is_escaped_as_serde_escapes_it() {
        let document = serde_json::json!({ "a\"b": "\n\u{1}\\ \u{fc}", "rows": [1, 2.5, null] }).to_string() + "\n";
        let mut written = Vec::new();
        quoted(&mut written, |writer| writer.write_all(document.as_bytes())).unwrap();
        assert_eq!(serde_json::from_slice::<String>(&written).unwrap(), document);
    }
}
