//! The request line and the headers of a request, read as they arrive.

use bytes::{Buf as _, BytesMut};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Version,
    header::{self, Entry},
};

use super::{headers::Lines, host, refusal::Refusal, target::Target};

/// Kestrel's `MaxRequestLineSize`, in bytes.
const MAX_LINE: usize = 8 * 1024;

/// A request without its body.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) method: Method,
    /// The request target as it is.
    pub(crate) target: String,
    /// Its path, decoded.
    pub(crate) path: String,
    /// Its query, without the question mark.
    pub(crate) query: String,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    /// The length of the request line, in bytes, with its end.
    pub(crate) line: usize,
    /// The values of `Host` that agree with the target; none for a target without an authority.
    hosts: Vec<String>,
    /// The lines after the request line; trailers go on with them.
    pub(super) lines: Lines,
}

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
}

impl Head {
    /// Whether the client wants to send more requests, and may.
    pub(super) fn keeps_alive(&self) -> bool {
        let tokens = |value: &str, token: &str| value.split(',').any(|own| own.trim().eq_ignore_ascii_case(token));
        let names = |token: &str| {
            let mut values = self.headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
            values.any(|value| tokens(value, token))
        };
        // A body with a length and chunks: what one server takes for its end, another may not.
        let is_ambiguous = self.content_length().is_some() && self.headers.contains_key(header::TRANSFER_ENCODING);
        !is_ambiguous && !names("close") && (self.version == Version::HTTP_11 || names("keep-alive"))
    }

    /// Whether the client waits with its body until it is asked for it.
    pub(super) fn expects_continue(&self) -> bool {
        let expected = self.headers.get(header::EXPECT).and_then(|value| value.to_str().ok());
        self.version == Version::HTTP_11 && expected.is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    }

    /// The length of the body, if the client tells it.
    pub(crate) fn content_length(&self) -> Option<u64> {
        self.headers.get(header::CONTENT_LENGTH).and_then(length)
    }

    /// How the end of the body is known; fails for one whose end cannot be known, and for a bad `Host`.
    pub(super) fn framing(&self) -> Result<Framing, Refusal> {
        self.check_host()?;
        if let Some(codings) = self.headers.get_all(header::TRANSFER_ENCODING).iter().next_back() {
            let last = codings.to_str().ok().and_then(|codings| codings.rsplit(',').next());
            let is_chunked = last.is_some_and(|last| last.trim().eq_ignore_ascii_case("chunked"));
            return is_chunked.then_some(Framing::Chunked).ok_or(Refusal::BAD_REQUEST);
        }
        match self.content_length() {
            // HTTP/1.0 has no bodies without a length.
            None if self.version == Version::HTTP_10 && matches!(self.method, Method::POST | Method::PUT) => {
                Err(Refusal::BAD_REQUEST)
            }
            length => Ok(Framing::Length(length.unwrap_or(0))),
        }
    }

    fn check_host(&self) -> Result<(), Refusal> {
        let mut hosts = self.headers.get_all(header::HOST).iter();
        let (host, other) = (hosts.next(), hosts.next());
        let Some(host) = host else {
            return if self.version == Version::HTTP_10 { Ok(()) } else { Err(Refusal::BAD_REQUEST) };
        };
        let host = host.to_str().unwrap_or("?");
        let agrees = self.hosts.is_empty() || self.hosts.iter().any(|own| own == host);
        if other.is_none() && agrees && host::is_valid(host) { Ok(()) } else { Err(Refusal::BAD_REQUEST) }
    }

    /// Adds a header; a second `Content-Length` is refused, and one that is no number.
    fn add(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) -> Result<(), Refusal> {
        let is_length = name == header::CONTENT_LENGTH;
        match headers.entry(name) {
            Entry::Occupied(_) if is_length => return Err(Refusal::BAD_REQUEST),
            Entry::Vacant(_) if is_length && length(&value).is_none() => return Err(Refusal::BAD_REQUEST),
            Entry::Occupied(mut entry) => entry.append(value),
            Entry::Vacant(entry) => drop(entry.insert(value)),
        }
        Ok(())
    }
}

/// A length as Kestrel reads it, which may have a sign (`Utf8Parser`).
fn length(value: &HeaderValue) -> Option<u64> {
    value.to_str().ok()?.parse::<i64>().ok()?.try_into().ok()
}

/// Reads a head as it arrives.
#[derive(Default)]
pub(super) struct Parser {
    head: Option<Head>,
    /// Up to where the request line has no end.
    scanned: usize,
}

impl Parser {
    /// Takes what has arrived of a head out of the buffer; gives the head when it is complete.
    pub(super) fn read(&mut self, buffer: &mut BytesMut) -> Result<Option<Head>, Refusal> {
        let head = match &mut self.head {
            Some(head) => head,
            None => {
                // NUL ends it, too: a TLS handshake, for one, has no line to wait for.
                let end = buffer[self.scanned..].iter().position(|byte| matches!(byte, b'\n' | 0));
                self.scanned = end.map_or(buffer.len(), |end| self.scanned + end);
                if self.scanned >= MAX_LINE {
                    return Err(Refusal::LINE_TOO_LONG);
                }
                match end {
                    None => return Ok(None),
                    Some(_) if buffer[self.scanned] == 0 => return Err(Refusal::BAD_REQUEST),
                    Some(_) => {}
                }
                let head = request_line(&buffer[..self.scanned])?;
                buffer.advance(self.scanned + 1);
                self.head.insert(head)
            }
        };
        let headers = &mut head.headers;
        let is_complete = head.lines.take(buffer, |name, value| Head::add(headers, name, value))?;
        Ok(if is_complete { self.head.take() } else { None })
    }

    /// Whether some of the head has arrived.
    pub(super) fn has_begun(&self) -> bool {
        self.scanned > 0
    }
}

/// A request line without its LF.
fn request_line(line: &[u8]) -> Result<Head, Refusal> {
    let text = std::str::from_utf8(line).map_err(|_| Refusal::BAD_REQUEST)?;
    let (method, rest) = text.split_once(' ').ok_or(Refusal::BAD_REQUEST)?;
    let (target, version) = rest.split_once(' ').ok_or(Refusal::BAD_REQUEST)?;
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| Refusal::BAD_REQUEST)?;
    if target.is_empty() || target.starts_with(['?', '%']) {
        return Err(Refusal::BAD_REQUEST);
    }
    // Several spaces may precede the version; what does not have its length is no version.
    let version = version.trim_start_matches(' ');
    let version = match version.strip_suffix('\r').filter(|version| version.len() == 8).unwrap_or(version) {
        "HTTP/1.1" => Version::HTTP_11,
        "HTTP/1.0" => Version::HTTP_10,
        version if version.len() == 8 => return Err(Refusal::UNKNOWN_VERSION),
        _ => return Err(Refusal::BAD_REQUEST),
    };
    let parsed = Target::parse(method.as_str(), target)?;
    Ok(Head {
        method,
        target: target.to_owned(),
        path: parsed.path,
        query: parsed.query,
        version,
        headers: HeaderMap::with_capacity(8),
        line: line.len() + 1,
        hosts: parsed.hosts,
        lines: Lines::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Head, Refusal> {
        let (mut parser, mut buffer) = (Parser::default(), BytesMut::new());
        let mut bytes = text.bytes();
        // Byte by byte, as it may arrive.
        let head = loop {
            buffer.extend_from_slice(&[bytes.next().expect("a whole head")]);
            if let Some(head) = parser.read(&mut buffer)? {
                break head;
            }
        };
        assert_eq!((bytes.next(), buffer.len()), (None, 0));
        Ok(head)
    }

    #[test]
    fn a_head_is_read_as_it_arrives() {
        let head = read("POST /a%20b?c=d HTTP/1.1\r\nHost: sim\r\nX-One:  1 \r\nx-one: 2\r\n\r\n").unwrap();
        assert_eq!((head.method.as_str(), &*head.path, &*head.query), ("POST", "/a b", "c=d"));
        assert_eq!(head.headers.get_all("x-one").iter().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!((head.framing(), head.keeps_alive()), (Ok(Framing::Length(0)), true));
    }

    #[test]
    fn request_lines_are_read_as_by_kestrel() {
        for (line, expected) in [
            ("GET / HTTP/1.1\r\n", Ok(())),
            ("GET /   HTTP/1.1\n", Ok(())),
            ("GET / HTTP/1.0\n", Ok(())),
            ("\r\n", Err(400)),
            ("GET\r\n", Err(400)),
            ("GET /\r\n", Err(400)),
            ("GET / \r\n", Err(400)),
            ("GET  / HTTP/1.1\r\n", Err(400)),
            ("G@T / HTTP/1.1\r\n", Err(400)),
            ("GET ?a HTTP/1.1\r\n", Err(400)),
            ("GET / a HTTP/1.1\r\n", Err(400)),
            ("GET / HTTP/1.1 \r\n", Err(400)),
            ("GET / HTTP/1.1\r\r\n", Err(400)),
            ("GET /\0", Err(400)),
            ("\u{16}\u{3}\u{1}\0", Err(400)),
            ("GET / HTTP/1.2\r\n", Err(505)),
            ("GET / http/1.1\r\n", Err(505)),
        ] {
            let read = read(&format!("{line}\r\n")).map(drop).map_err(|refusal| refusal.status.as_u16());
            assert_eq!(read, expected, "{line:?}");
        }
        let line = |length: usize| read(&format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(length - 16)));
        assert_eq!(line(MAX_LINE).unwrap().line, MAX_LINE);
        assert_eq!(line(MAX_LINE + 1).unwrap_err(), Refusal::LINE_TOO_LONG);
    }

    #[test]
    fn bad_heads_are_refused() {
        for lines in [
            "Host: a\r\nHost: a\r\n",
            "Host: a/b\r\n",
            "Host: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
            "Host: a\r\nContent-Length: -1\r\n",
            "Host: a\r\nContent-Length: 1, 1\r\n",
            "Host: a\r\nContent-Length: 9223372036854775808\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: x\r\n",
            "Host: a\r\nTransfer-Encoding: chunked, gzip\r\n",
            "",
        ] {
            let read = read(&format!("GET / HTTP/1.1\r\n{lines}\r\n")).and_then(|head| head.framing());
            assert_eq!(read, Err(Refusal::BAD_REQUEST), "{lines}");
        }
        assert_eq!(read("POST / HTTP/1.0\r\n\r\n").unwrap().framing(), Err(Refusal::BAD_REQUEST));
        assert_eq!(read("GET / HTTP/1.0\r\n\r\n").unwrap().framing(), Ok(Framing::Length(0)));
        assert_eq!(read("PUT / HTTP/1.0\nContent-Length: +01\n\n").unwrap().framing(), Ok(Framing::Length(1)));
    }

    #[test]
    fn connections_are_kept_as_by_kestrel() {
        for (version, lines, expected) in [
            ("1.1", "", true),
            ("1.1", "Connection: x, Close\r\n", false),
            ("1.1", "Connection: x\r\nConnection: close\r\n", false),
            ("1.1", "Connection: upgrade\r\n", true),
            ("1.1", "Transfer-Encoding: chunked\r\n", true),
            ("1.1", "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", false),
            ("1.0", "", false),
            ("1.0", "Connection: Keep-Alive\r\n", true),
            ("1.0", "Connection: keep-alive, close\r\n", false),
        ] {
            let head = read(&format!("GET / HTTP/{version}\r\n{lines}\r\n")).unwrap();
            assert_eq!(head.keeps_alive(), expected, "{version} {lines}");
        }
    }
}
