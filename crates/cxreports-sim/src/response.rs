//! What is sent, and how its end is reached.

use std::mem;

use bytes::Bytes;
use thiserror::Error;

pub(crate) type Response = http::Response<Body>;

/// The connection is to be closed without a response.
#[derive(Debug, Error)]
#[error("closed on request")]
pub(crate) struct Closed;

/// The body of a response: bytes, and spaces after them that are never all in memory.
pub(crate) struct Body {
    bytes: Bytes,
    padding: u64,
    /// Whether the length is announced; without it, the body is sent in chunks.
    sized: bool,
    end: End,
}

/// What comes after the bytes of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The end of the body.
    Whole,
    /// The end of the connection.
    Broken,
    /// Nothing, on an open connection.
    Silent,
}

impl Body {
    pub(crate) fn empty() -> Self {
        Self::sized(Bytes::new())
    }

    /// A body with `Content-Length`.
    pub(crate) fn sized(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), padding: 0, sized: true, end: End::Whole }
    }

    /// A body with `Transfer-Encoding: chunked`.
    pub(crate) fn chunked(bytes: impl Into<Bytes>) -> Self {
        Self { sized: false, ..Self::sized(bytes) }
    }

    /// A body that is filled up to a length with spaces.
    pub(crate) fn padded(bytes: Bytes, length: u64) -> Self {
        let padding = length.saturating_sub(bytes.len() as u64);
        Self { padding, ..Self::sized(bytes) }
    }

    pub(crate) fn length(&self) -> u64 {
        (self.bytes.len() as u64).saturating_add(self.padding)
    }

    /// The first bytes of the body, and then this end. Its length is for the caller to announce.
    pub(crate) fn cut(self, keep: u64, end: End) -> Self {
        let first = usize::try_from(keep).unwrap_or(usize::MAX).min(self.bytes.len());
        let padding = self.padding.min(keep - first as u64);
        Self { bytes: self.bytes.slice(..first), padding, sized: false, end }
    }
}

/// A part of a body, in its turn.
pub(crate) enum Part {
    Bytes(Bytes),
    End(End),
}

impl Body {
    /// The length that is announced.
    pub(crate) fn announced(&self) -> Option<u64> {
        self.sized.then(|| self.length())
    }

    /// The next part.
    pub(crate) fn next(&mut self) -> Part {
        const SPACES: Bytes = Bytes::from_static(&[b' '; 64 << 10]);
        if !self.bytes.is_empty() {
            return Part::Bytes(mem::take(&mut self.bytes));
        }
        if self.padding > 0 {
            let chunk = usize::try_from(self.padding).unwrap_or(usize::MAX).min(SPACES.len());
            self.padding -= chunk as u64;
            return Part::Bytes(SPACES.slice(..chunk));
        }
        Part::End(self.end)
    }
}
