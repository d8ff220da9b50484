use std::{borrow::Cow, fmt, pin::Pin};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, header};

use crate::{error::CallError, exchange::request_id};

/// The bytes of a file as they arrive.
pub type DownloadStream = Pin<Box<dyn Stream<Item = Result<Bytes, CallError>> + Send + Sync>>;

/// A file that is being downloaded: its headers have arrived, its bytes are still to come.
pub struct Download {
    headers: HeaderMap,
    stream: DownloadStream,
}

impl Download {
    /// A download from a response's headers and body.
    #[must_use]
    pub fn new(headers: HeaderMap, stream: DownloadStream) -> Self {
        Self { headers, stream }
    }

    /// Media type of the file, with its parameters.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.header(&header::CONTENT_TYPE)
    }

    /// The `Content-Disposition` header as it was sent (RFC 6266): it carries the file's name.
    #[must_use]
    pub fn content_disposition(&self) -> Option<Cow<'_, str>> {
        let value = self.headers.get(header::CONTENT_DISPOSITION)?.as_bytes();
        // Servers write UTF-8 where the RFC allows ASCII, or Latin-1 as older ones did (RFC 9110, 5.5).
        let latin = || Cow::Owned(value.iter().copied().map(char::from).collect());
        Some(std::str::from_utf8(value).map_or_else(|_| latin(), Cow::Borrowed))
    }

    /// Size in bytes, when the server told it beforehand.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.header(&header::CONTENT_LENGTH)?.parse().ok()
    }

    /// Whether the framing shows where the file ends: by its length or by chunks (RFC 9112, 6.3). Otherwise it ends where the
    /// connection does, and a connection that breaks looks the same.
    #[must_use]
    pub fn is_framed(&self) -> bool {
        [header::CONTENT_LENGTH, header::TRANSFER_ENCODING].iter().any(|name| self.headers.contains_key(name))
    }

    /// The server's id of the request, for its log.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        request_id(&self.headers)
    }

    /// The bytes.
    #[must_use]
    pub fn into_stream(self) -> DownloadStream {
        self.stream
    }

    fn header(&self, name: &header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("content_type", &self.content_type())
            .field("content_length", &self.content_length())
            .finish_non_exhaustive()
    }
}
