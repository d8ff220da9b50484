//! The request line and the headers of a request, read as they arrive.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Version,
    header::{self, Entry},
};

use super::{host, refusal::Refusal, target::Target};

/// Kestrel's `MaxRequestLineSize`, in bytes.
const MAX_LINE: usize = 8 * 1024;

/// Kestrel's `MaxRequestHeadersTotalSize`, in bytes.
const MAX_HEADER_BYTES: usize = 32 * 1024;

/// Kestrel's `MaxRequestHeaderCount`.
const MAX_HEADERS: usize = 100;

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
    authority: Option<String>,
}

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
}

impl Head {
    /// Whether the client wants to send more requests.
    pub(super) fn keeps_alive(&self) -> bool {
        let tokens = |value: &str, token: &str| value.split(',').any(|own| own.trim().eq_ignore_ascii_case(token));
        let names = |token: &str| {
            let mut values = self.headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
            values.any(|value| tokens(value, token))
        };
        if self.version == Version::HTTP_10 { names("keep-alive") } else { !names("close") }
    }

    /// Whether the client waits with its body until it is asked for it.
    pub(super) fn expects_continue(&self) -> bool {
        let expected = self.headers.get(header::EXPECT).and_then(|value| value.to_str().ok());
        self.version == Version::HTTP_11 && expected.is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    }

    /// How the end of the body is known; fails for one whose end cannot be known, and for a bad `Host`.
    pub(super) fn framing(&self) -> Result<Framing, Refusal> {
        self.check_host()?;
        if let Some(codings) = self.headers.get_all(header::TRANSFER_ENCODING).iter().next_back() {
            let last = codings.to_str().ok().and_then(|codings| codings.rsplit(',').next());
            let is_chunked = last.is_some_and(|last| last.trim().eq_ignore_ascii_case("chunked"));
            return is_chunked.then_some(Framing::Chunked).ok_or(Refusal::BAD_REQUEST);
        }
        match self.headers.get(header::CONTENT_LENGTH) {
            Some(length) => {
                let digits = length.to_str().ok().filter(|text| text.bytes().all(|c| c.is_ascii_digit()));
                let length =
                    digits.and_then(|digits| digits.parse::<i64>().ok()).and_then(|length| length.try_into().ok());
                length.map(Framing::Length).ok_or(Refusal::BAD_REQUEST)
            }
            // HTTP/1.0 has no bodies without a length.
            None if self.version == Version::HTTP_10 && matches!(self.method, Method::POST | Method::PUT) => {
                Err(Refusal::BAD_REQUEST)
            }
            None => Ok(Framing::Length(0)),
        }
    }

    fn check_host(&self) -> Result<(), Refusal> {
        let mut hosts = self.headers.get_all(header::HOST).iter();
        let (host, other) = (hosts.next(), hosts.next());
        let Some(host) = host else {
            return if self.version == Version::HTTP_10 { Ok(()) } else { Err(Refusal::BAD_REQUEST) };
        };
        let host = host.to_str().unwrap_or("?");
        let is_same = |authority: &String| {
            let default = authority.strip_suffix(":80").or(authority.strip_suffix(":443")).unwrap_or(authority);
            [host, host.strip_suffix(":80").unwrap_or(host)].iter().any(|host| host.eq_ignore_ascii_case(default))
                || host.eq_ignore_ascii_case(authority)
        };
        let is_good = other.is_none() && host::is_valid(host) && self.authority.as_ref().is_none_or(is_same);
        if is_good { Ok(()) } else { Err(Refusal::BAD_REQUEST) }
    }
}

/// Reads a head as it arrives.
#[derive(Default)]
pub(super) struct Parser {
    head: Option<Head>,
    /// Where the line that is still to be read begins.
    line: usize,
    /// Up to where there is no end of that line.
    scanned: usize,
    headers: usize,
}

impl Parser {
    /// Reads on in a buffer that has grown; gives the head and its length when it is complete.
    pub(super) fn read(&mut self, buffer: &[u8]) -> Result<Option<(Head, usize)>, Refusal> {
        loop {
            let end = buffer[self.scanned..].iter().position(|byte| *byte == b'\n').map(|at| self.scanned + at + 1);
            let seen = end.unwrap_or(buffer.len());
            match &self.head {
                None if seen > MAX_LINE || (end.is_none() && seen == MAX_LINE) => {
                    return Err(Refusal::LINE_TOO_LONG);
                }
                // The empty line at the end does not count.
                Some(head) if seen > head.line + MAX_HEADER_BYTES + 2 => return Err(Refusal::HEADERS_TOO_LARGE),
                _ => {}
            }
            let Some(end) = end else {
                self.scanned = buffer.len();
                return Ok(None);
            };
            let line = buffer[self.line..end].strip_suffix(b"\r\n").ok_or(Refusal::BAD_REQUEST)?;
            (self.line, self.scanned) = (end, end);
            match &mut self.head {
                None => self.head = Some(request_line(line)?),
                Some(_) if line.is_empty() => return Ok(self.head.take().map(|head| (head, end))),
                Some(head) => {
                    self.headers += 1;
                    if self.headers > MAX_HEADERS {
                        return Err(Refusal::HEADERS_TOO_LARGE);
                    }
                    add_header(&mut head.headers, line)?;
                }
            }
        }
    }

    /// Whether some of the head has arrived.
    pub(super) fn has_begun(&self) -> bool {
        self.scanned > 0
    }
}

fn request_line(line: &[u8]) -> Result<Head, Refusal> {
    let text = std::str::from_utf8(line).map_err(|_| Refusal::BAD_REQUEST)?;
    let (method, rest) = text.split_once(' ').ok_or(Refusal::BAD_REQUEST)?;
    let (target, version) = rest.split_once(' ').ok_or(Refusal::BAD_REQUEST)?;
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| Refusal::BAD_REQUEST)?;
    if target.is_empty() || target.starts_with(['?', '%']) || version.is_empty() {
        return Err(Refusal::BAD_REQUEST);
    }
    let version = match version {
        "HTTP/1.1" => Version::HTTP_11,
        "HTTP/1.0" => Version::HTTP_10,
        _ => return Err(Refusal::UNKNOWN_VERSION),
    };
    let parsed = Target::parse(method.as_str(), target)?;
    Ok(Head {
        method,
        target: target.to_owned(),
        path: parsed.path,
        query: parsed.query,
        version,
        headers: HeaderMap::with_capacity(8),
        line: line.len() + 2,
        authority: parsed.authority,
    })
}

fn add_header(headers: &mut HeaderMap, line: &[u8]) -> Result<(), Refusal> {
    let colon = line.iter().position(|byte| *byte == b':').ok_or(Refusal::BAD_REQUEST)?;
    let name = HeaderName::from_bytes(&line[..colon]).map_err(|_| Refusal::BAD_REQUEST)?;
    let value = line[colon + 1..].trim_ascii();
    let is_utf_8 = std::str::from_utf8(value).is_ok();
    let value = HeaderValue::from_bytes(value).ok().filter(|_| is_utf_8).ok_or(Refusal::BAD_REQUEST)?;
    match headers.entry(name) {
        Entry::Occupied(entry) if *entry.key() == header::CONTENT_LENGTH => return Err(Refusal::BAD_REQUEST),
        Entry::Occupied(mut entry) => entry.append(value),
        Entry::Vacant(entry) => drop(entry.insert(value)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Head, Refusal> {
        let mut parser = Parser::default();
        // Byte by byte, as it may arrive.
        for end in 1..text.len() {
            assert!(parser.read(&text.as_bytes()[..end])?.is_none(), "{end}");
        }
        let (head, length) = parser.read(text.as_bytes())?.expect("a whole head");
        assert_eq!(length, text.len());
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
    fn bad_heads_are_refused() {
        for (text, status) in [
            ("\r\n", 400),
            ("GET\r\n", 400),
            ("GET /\r\n", 400),
            ("GET / \r\n", 400),
            ("G@T / HTTP/1.1\r\n", 400),
            ("GET / HTTP/1.1\n", 400),
            ("GET ?a HTTP/1.1\r\n", 400),
            ("GET / HTTP/1.2\r\n", 505),
            ("GET / http/1.1\r\n", 505),
            ("GET / a HTTP/1.1\r\n", 505),
            ("GET / HTTP/1.1\r\nno colon\r\n", 400),
            ("GET / HTTP/1.1\r\nX : 1\r\n", 400),
            ("GET / HTTP/1.1\r\n X: 1\r\n", 400),
            ("GET / HTTP/1.1\r\nX: 1\n", 400),
            ("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n", 400),
        ] {
            assert_eq!(read(text).unwrap_err().status, status, "{text}");
        }
        for (lines, status) in [
            ("Host: a\r\nHost: a\r\n", 400),
            ("Host: a/b\r\n", 400),
            ("Host: a\r\nContent-Length: +1\r\n", 400),
            ("Host: a\r\nContent-Length: 99999999999999999999\r\n", 400),
            ("Host: a\r\nTransfer-Encoding: chunked, gzip\r\n", 400),
            ("", 400),
        ] {
            let refusal = read(&format!("GET / HTTP/1.1\r\n{lines}\r\n")).unwrap().framing().unwrap_err();
            assert_eq!(refusal.status, status, "{lines}");
        }
        assert_eq!(read("POST / HTTP/1.0\r\n\r\n").unwrap().framing(), Err(Refusal::BAD_REQUEST));
        assert_eq!(read("GET / HTTP/1.0\r\n\r\n").unwrap().framing(), Ok(Framing::Length(0)));
    }
}
