//! JSON that is sent: text in memory, or a source that is written to the connection piece by piece.

use std::{
    any::Any,
    fmt,
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use bytes::Bytes;
use futures_core::Stream;
use serde::Serialize;

use crate::json::Json;

/// Bytes of a payload as they are read.
pub type PayloadStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// A JSON document that is sent: the data of a report, or of an upload.
///
/// Anything that implements [`Serialize`] and owns what it refers to is one: it is serialised while it is sent, so that the
/// document as a whole is never in memory. Files and readers are sent as they are; they have to contain JSON. Its `Debug` does
/// not show the content.
///
/// ```
/// use cxreports_core::{Json, Payload};
///
/// let rows = vec![("Tea", 12.5), ("Cake", 30.0)];
/// let buffered = Payload::from(Json::new(&rows)?); // serialised now: for values that are borrowed
/// let streamed = Payload::from(rows); // serialised while it is sent
/// assert_eq!(streamed.count()?, buffered.count()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Payload(Source);

#[derive(Clone)]
enum Source {
    Text(Json),
    Written { write: Arc<dyn WriteTo>, length: Arc<OnceLock<u64>> },
    Once(Arc<Mutex<Option<Reader>>>),
}

/// Something that can write its JSON, as often as it is asked to.
trait WriteTo: Send + Sync {
    fn write_to(&self, writer: &mut dyn Write) -> io::Result<()>;

    /// The number of bytes, where it is known without writing them.
    fn length(&self) -> Option<io::Result<u64>> {
        None
    }
}

struct Value<T>(T);

impl<T: Serialize + Send + Sync> WriteTo for Value<T> {
    fn write_to(&self, writer: &mut dyn Write) -> io::Result<()> {
        Ok(serde_json::to_writer(writer, &self.0)?)
    }
}

impl WriteTo for PathBuf {
    fn write_to(&self, writer: &mut dyn Write) -> io::Result<()> {
        regular_size(self)?;
        io::copy(&mut File::open(self)?, writer).map(drop)
    }

    fn length(&self) -> Option<io::Result<u64>> {
        Some(regular_size(self))
    }
}

/// The size of a file. A pipe or a device tells none, and cannot be read again.
fn regular_size(path: &Path) -> io::Result<u64> {
    let file = path.metadata()?;
    if file.is_file() {
        return Ok(file.len());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file; pass it as a reader"))
}

/// A source that can be read once.
enum Reader {
    Blocking(Box<dyn Read + Send>),
    Stream(PayloadStream),
}

/// Writes the bytes of a payload, and blocks meanwhile.
pub type WritePayload = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + Send>;

/// What a payload consists of when it is sent.
pub enum PayloadBody {
    /// Bytes that are written by a blocking function.
    Write(WritePayload),
    /// Bytes that are read asynchronously.
    Stream(PayloadStream),
}

impl Payload {
    /// The content of a JSON file, which is opened when it is sent. It has to be a regular file, and must not change meanwhile.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Source::Written { write: Arc::new(path.into()), length: Arc::default() })
    }

    /// What a reader reads: JSON, sent once. A request with it cannot be repeated after some of it was sent.
    #[must_use]
    pub fn reader(reader: impl Read + Send + 'static) -> Self {
        Self::once(Reader::Blocking(Box::new(reader)))
    }

    /// What a stream yields: JSON, sent once. A request with it cannot be repeated after some of it was sent.
    #[must_use]
    pub fn stream(stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self::once(Reader::Stream(Box::pin(stream)))
    }

    fn once(reader: Reader) -> Self {
        Self(Source::Once(Arc::new(Mutex::new(Some(reader)))))
    }

    /// Whether it can be sent (again): a reader cannot when it has been read.
    #[must_use]
    pub fn can_be_sent(&self) -> bool {
        match &self.0 {
            Source::Text(_) | Source::Written { .. } => true,
            Source::Once(reader) => reader.lock().unwrap_or_else(PoisonError::into_inner).is_some(),
        }
    }

    /// The text, if it has at most `limit` bytes; `None` for a longer one, and for a reader.
    ///
    /// # Errors
    ///
    /// When the value cannot be serialised, or the file cannot be read.
    pub fn text_up_to(&self, limit: usize) -> io::Result<Option<Json>> {
        let write = match &self.0 {
            Source::Text(text) => return Ok(Some(text.clone()).filter(|text| text.as_str().len() <= limit)),
            Source::Written { write, .. } => write,
            Source::Once(_) => return Ok(None),
        };
        if let Some(length) = write.length()
            && length? > limit as u64
        {
            return Ok(None);
        }
        let mut text = Limited { text: Vec::new(), limit };
        match write.write_to(&mut text) {
            Ok(()) => Json::from_text(text.text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The text, if it is in memory.
    #[must_use]
    pub fn text(&self) -> Option<&Json> {
        match &self.0 {
            Source::Text(text) => Some(text),
            Source::Written { .. } | Source::Once(_) => None,
        }
    }

    /// The number of bytes, where it is known already.
    #[must_use]
    pub fn known_length(&self) -> Option<u64> {
        match &self.0 {
            Source::Text(text) => Some(text.as_str().len() as u64),
            Source::Written { length, .. } => length.get().copied(),
            Source::Once(_) => None,
        }
    }

    /// Counts the bytes, by serialising the value once without keeping it; blocks meanwhile. `None` for a reader.
    ///
    /// # Errors
    ///
    /// When the value cannot be serialised, or the file cannot be read.
    pub fn count(&self) -> io::Result<Option<u64>> {
        let Source::Written { write, length } = &self.0 else { return Ok(self.known_length()) };
        if let Some(known) = length.get() {
            return Ok(Some(*known));
        }
        // A file may have changed since the last attempt.
        if let Some(known) = write.length() {
            return known.map(Some);
        }
        let count = count_written(|count| write.write_to(count))?;
        Ok(Some(*length.get_or_init(|| count)))
    }

    /// What is to be sent; a reader is used up by it.
    ///
    /// # Errors
    ///
    /// When a reader has been used up before.
    pub fn body(&self) -> io::Result<PayloadBody> {
        let reader = match &self.0 {
            Source::Text(text) => {
                let text = text.clone();
                return Ok(PayloadBody::Write(Box::new(move |writer| writer.write_all(text.as_str().as_bytes()))));
            }
            Source::Written { write, .. } => {
                let write = Arc::clone(write);
                return Ok(PayloadBody::Write(Box::new(move |writer| write.write_to(writer))));
            }
            Source::Once(reader) => reader.lock().unwrap_or_else(PoisonError::into_inner).take(),
        };
        match reader {
            Some(Reader::Blocking(mut reader)) => {
                Ok(PayloadBody::Write(Box::new(move |writer| io::copy(&mut reader, writer).map(drop))))
            }
            Some(Reader::Stream(stream)) => Ok(PayloadBody::Stream(stream)),
            None => Err(io::Error::other("the reader was used up by an earlier attempt")),
        }
    }
}

impl<T: Serialize + Send + Sync + 'static> From<T> for Payload {
    fn from(value: T) -> Self {
        let text = (&value as &dyn Any).downcast_ref::<Json>();
        text.map(|text| Self(Source::Text(text.clone())))
            .unwrap_or_else(|| Self(Source::Written { write: Arc::new(Value(value)), length: Arc::default() }))
    }
}

/// Equal texts, or the same source.
impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Source::Text(one), Source::Text(other)) => one == other,
            (Source::Written { length: one, .. }, Source::Written { length: other, .. }) => Arc::ptr_eq(one, other),
            (Source::Once(one), Source::Once(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known_length() {
            Some(length) => write!(f, "Payload({length} bytes)"),
            None => f.write_str("Payload(..)"),
        }
    }
}

/// Keeps up to a number of bytes, and fails with more.
struct Limited {
    text: Vec<u8>,
    limit: usize,
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.len() + bytes.len() > self.limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The number of bytes that something writes; they are dropped.
///
/// # Errors
///
/// What `write` fails with.
pub fn count_written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<u64> {
    let mut count = Count(0);
    write(&mut count)?;
    Ok(count.0)
}

struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_up_to_a_limit() {
        let rows = Payload::from(vec!["x".repeat(10); 3]);
        assert_eq!(rows.text_up_to(40).unwrap().unwrap().as_str().len(), 40);
        assert_eq!(rows.text_up_to(39).unwrap(), None);
        assert_eq!((rows.known_length(), rows.count().unwrap()), (None, Some(40)));
        assert_eq!(rows.known_length(), Some(40));
        let unusable = Payload::from(std::collections::BTreeMap::from([((1, 2), 3)]));
        assert!(unusable.text_up_to(1 << 10).is_err() && unusable.count().is_err());
    }

    #[test]
    fn readers_are_used_up_and_everything_else_is_not() {
        let reader = Payload::reader(&b"[1]"[..]);
        assert!(reader.can_be_sent() && reader.text_up_to(10).unwrap().is_none());
        let Ok(PayloadBody::Write(write)) = reader.body() else { panic!() };
        let mut written = Vec::new();
        write(&mut written).unwrap();
        assert_eq!(written, b"[1]");
        assert!(!reader.can_be_sent() && reader.body().is_err());
        let value = Payload::from(7);
        assert!(value.body().is_ok() && value.body().is_ok() && value.can_be_sent());
    }
}
