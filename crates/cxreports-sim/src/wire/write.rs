//! Responses on their way out.

use std::{
    fmt::Write as _,
    io,
    time::{Duration, SystemTime},
};

use http::{
    HeaderName, Method, StatusCode, Version,
    header::{self, HeaderMap},
};
use tokio::{net::TcpStream, time::timeout};

use super::head::Head;
use crate::response::{End, Part, Response};

/// Kestrel's `MinResponseDataRate`, in bytes a second.
const MIN_RATE: u64 = 240;

/// What is gathered before it is written, in bytes.
const GATHERED: usize = 16 << 10;

/// How a response ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// In full: other requests may follow.
    Whole,
    /// In full, and it is the last on this connection.
    Last,
    /// Before its end, on purpose.
    Broken,
    /// Before its end, on purpose, and the connection stays open.
    Silent,
}

/// Writes a response to a request; `head` is `None` for one that could not be read.
pub(super) async fn response(
    stream: &TcpStream,
    head: Option<&Head>,
    response: Response,
    keeps_alive: bool,
    grace: Duration,
) -> io::Result<Written> {
    let (parts, mut body) = response.into_parts();
    let version = head.map_or(Version::HTTP_11, |head| head.version);
    let has_body = parts.status != StatusCode::NO_CONTENT
        && parts.status != StatusCode::NOT_MODIFIED
        && head.is_none_or(|head| head.method != Method::HEAD);
    let announced = match parts.headers.get(header::CONTENT_LENGTH) {
        Some(length) => length.to_str().ok().and_then(|length| length.parse().ok()),
        None => body.announced(),
    };
    // HTTP/1.0 knows no chunks: the end of the connection is that of the body.
    let is_chunked = announced.is_none() && version == Version::HTTP_11 && has_body;
    let asks_to_close = parts.headers.get(header::CONNECTION).is_some_and(|value| value.as_bytes() == b"close");
    let keeps_alive = keeps_alive && !asks_to_close && (announced.is_some() || is_chunked || !has_body);

    let mut out = Vec::with_capacity(1024);
    write_head(&mut out, parts.status, &parts.headers);
    match announced {
        Some(_) if parts.headers.contains_key(header::CONTENT_LENGTH) => {}
        Some(length) if parts.status != StatusCode::NO_CONTENT => line(&mut out, "Content-Length", &length.to_string()),
        None if is_chunked => line(&mut out, "Transfer-Encoding", "chunked"),
        _ => {}
    }
    if !keeps_alive && !asks_to_close {
        line(&mut out, "Connection", "close");
    } else if keeps_alive && version == Version::HTTP_10 {
        line(&mut out, "Connection", "keep-alive");
    }
    out.extend_from_slice(b"\r\n");

    let mut written = 0;
    let end = loop {
        let part = if has_body { body.next() } else { Part::End(End::Whole) };
        match part {
            Part::Bytes(bytes) => {
                written += bytes.len() as u64;
                if is_chunked {
                    let _ = write!(Text(&mut out), "{:x}\r\n", bytes.len());
                }
                if out.len() + bytes.len() <= GATHERED {
                    out.extend_from_slice(&bytes);
                } else {
                    all(stream, &out, grace).await?;
                    out.clear();
                    all(stream, &bytes, grace).await?;
                }
                if is_chunked {
                    out.extend_from_slice(b"\r\n");
                }
            }
            Part::End(end) => break end,
        }
    };
    if is_chunked && end == End::Whole {
        out.extend_from_slice(b"0\r\n\r\n");
    }
    all(stream, &out, grace).await?;
    Ok(match end {
        End::Silent => Written::Silent,
        End::Broken => Written::Broken,
        // Less than was announced.
        End::Whole if has_body && announced.is_some_and(|length| length != written) => Written::Broken,
        End::Whole if keeps_alive => Written::Whole,
        End::Whole => Written::Last,
    })
}

fn write_head(out: &mut Vec<u8>, status: StatusCode, headers: &HeaderMap) {
    let _ = write!(Text(out), "HTTP/1.1 {} {}\r\n", status.as_u16(), status.canonical_reason().unwrap_or_default());
    for (name, value) in headers {
        name_as_kestrel(out, name);
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    if !headers.contains_key(header::DATE) {
        line(out, "Date", &httpdate::fmt_http_date(SystemTime::now()));
    }
    if !headers.contains_key(header::SERVER) {
        line(out, "Server", "Kestrel");
    }
}

fn line(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend([name, ": ", value, "\r\n"].iter().flat_map(|text| text.bytes()));
}

/// A name with its first letters in upper case, and `WWW` in whole.
fn name_as_kestrel(out: &mut Vec<u8>, name: &HeaderName) {
    if *name == header::WWW_AUTHENTICATE {
        out.extend_from_slice(b"WWW-Authenticate");
        return;
    }
    let mut first = true;
    out.extend(name.as_str().bytes().map(|letter| {
        let written = if first { letter.to_ascii_uppercase() } else { letter };
        first = letter == b'-';
        written
    }));
}

/// Text at the end of some bytes.
struct Text<'a>(&'a mut Vec<u8>);

impl std::fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Writes all of some bytes, but not to a client that takes them too slowly.
pub(super) async fn all(stream: &TcpStream, mut bytes: &[u8], grace: Duration) -> io::Result<()> {
    let allowed = grace.saturating_add(Duration::from_secs(bytes.len() as u64 / MIN_RATE));
    while !bytes.is_empty() {
        match stream.try_write(bytes) {
            Ok(length) => bytes = &bytes[length..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                timeout(allowed, stream.writable()).await.map_err(|_| io::ErrorKind::TimedOut)??;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
