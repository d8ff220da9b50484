//! The table of malice.

use std::{io::Write as _, sync::LazyLock, time::Duration};

use flate2::{Compression, write::GzEncoder, write::ZlibEncoder};
use serde_json::Value;

use super::{Honest, Request, Script, Then};

pub(crate) struct Malice {
    pub(crate) name: &'static str,
    pub(crate) expect: Expect,
    pub(crate) script: fn(&Honest, &Request, &str) -> Script,
}

/// What a call may do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// It fails.
    Fails,
    /// It fails where anything of the body is read, which is everywhere but in a delivery.
    FailsWhereRead,
    /// It may fail; where it does not, the result is the honest one.
    May,
    /// It may fail; what it gives is what the server sent.
    Believes,
}

use Expect::{Believes, Fails, FailsWhereRead, May};

const NOW: Duration = Duration::ZERO;
const SLOW: Duration = Duration::from_millis(60);
/// What a terminal acts on, and what makes text read otherwise than it is.
const ESCAPES: &str = "\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\r\n\u{85}";

fn close(bytes: impl Into<Vec<u8>>) -> Script {
    Script { bytes: bytes.into(), then: Then::Close }
}

fn stall(bytes: impl Into<Vec<u8>>) -> Script {
    Script { bytes: bytes.into(), then: Then::Stall }
}

fn repeat(bytes: impl Into<Vec<u8>>, again: impl Into<Vec<u8>>, pause: Duration) -> Script {
    Script { bytes: bytes.into(), then: Then::Repeat(again.into(), pause) }
}

/// The honest headers with some more, and the honest body.
fn headed(honest: &Honest, more: &[u8]) -> Vec<u8> {
    let head = honest.head();
    let length = format!("content-length: {}\r\n\r\n", honest.body.len());
    [head.as_bytes(), more, length.as_bytes(), honest.body].concat()
}

/// A response with another status, and JSON as its body.
fn said(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}")
        .into()
}

fn redirect(status: &str, to: &str) -> Script {
    close(said(status, &format!("location: {to}\r\n"), ""))
}

fn chunked(honest: &Honest, body: &[u8]) -> Vec<u8> {
    [honest.head().as_bytes(), b"transfer-encoding: chunked\r\n\r\n", body].concat()
}

fn compressed(honest: &Honest, coding: &str, body: &[u8]) -> Script {
    let head = honest.head();
    close([format!("{head}content-encoding: {coding}\r\nconnection: close\r\n\r\n").as_bytes(), body].concat())
}

/// 16 MiB of blanks, in some 16 KiB.
static GZIP: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut coder = GzEncoder::new(Vec::new(), Compression::best());
    coder.write_all(&vec![b' '; 16 << 20]).unwrap();
    coder.finish().unwrap()
});

static DEFLATE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut coder = ZlibEncoder::new(Vec::new(), Compression::best());
    coder.write_all(&vec![b' '; 16 << 20]).unwrap();
    coder.finish().unwrap()
});

/// The honest JSON with escapes in every string.
fn escaped(body: &[u8]) -> Vec<u8> {
    fn change(value: &mut Value) {
        match value {
            Value::String(text) => text.insert_str(0, ESCAPES),
            Value::Array(items) => items.iter_mut().for_each(change),
            Value::Object(members) => members.values_mut().for_each(change),
            _ => {}
        }
    }
    let Ok(mut value) = serde_json::from_slice(body) else { return body.to_vec() };
    change(&mut value);
    serde_json::to_vec(&value).unwrap()
}

/// Headers that name a file, however it is named.
fn named(honest: &Honest, name: &str) -> Script {
    let head = honest.head().replace("filename=\"Invoice.pdf\"", name);
    close([head.as_bytes(), b"connection: close\r\n\r\n", honest.body].concat())
}

macro_rules! malice {
    ($($name:literal, $expect:ident => |$honest:tt, $request:tt, $elsewhere:tt| $script:expr;)*) => {
        pub(crate) static MALICE: &[Malice] = &[$(
            Malice { name: $name, expect: $expect, script: |$honest, $request, $elsewhere| $script },
        )*];
    };
}

malice! {
    // Time.
    "nothing at all", Fails => |_, _, _| stall("");
    "a status line that stalls", Fails => |_, _, _| stall("HTTP/1.1 20");
    "headers that stall", Fails => |h, _, _| stall(h.head());
    "headers a byte at a time", Fails => |h, _, _| repeat(h.head() + "x-slow: ", "x", SLOW);
    "a body that stalls", FailsWhereRead => |h, _, _| stall([h.head().as_bytes(), b"content-length: 10000\r\n\r\n", h.beginning()].concat());
    "a chunk that stalls", FailsWhereRead => |h, _, _| stall(chunked(h, b"7ff\r\n%PDF-1.7 [{"));
    "a body a byte at a time", FailsWhereRead => |h, _, _| repeat(h.with(h.beginning()), " ", SLOW);
    "an error whose body stalls", Fails => |_, _, _| stall("HTTP/1.1 400 Bad Request\r\ncontent-length: 10000\r\n\r\n{");
    "an error a byte at a time", Fails => |_, _, _| repeat("HTTP/1.1 503 Busy\r\nconnection: close\r\n\r\n", " ", SLOW);
    "a wait that is asked for", Fails => |_, _, _| close(said("503 Busy", "retry-after: 99999999999\r\n", ""));
    "a wait up to a date", Fails => |_, _, _| close(said("429 Busy", "retry-after: Fri, 31 Dec 9999 23:59:59 GMT\r\n", ""));

    // Size.
    "a body without end", FailsWhereRead => |h, _, _| repeat(h.with(h.beginning()), vec![b' '; 64 << 10], NOW);
    "chunks without end", FailsWhereRead => |h, _, _| {
        repeat(chunked(h, &[b"9\r\n", h.beginning(), b"\r\n"].concat()), [b"8000\r\n".as_slice(), &[b'x'; 0x8000], b"\r\n"].concat(), NOW)
    };
    "text without end", FailsWhereRead => |h, _, _| repeat(h.with(b"%PDF-1.7 [\""), vec![b'x'; 64 << 10], NOW);
    "an error without end", Fails => |_, _, _| repeat("HTTP/1.1 500 Oops\r\n\r\n", vec![b' '; 64 << 10], NOW);
    "a page without end", FailsWhereRead => |_, _, _| {
        repeat("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<title>", vec![b'<'; 64 << 10], NOW)
    };
    "items without end", FailsWhereRead => |h, _, _| repeat(h.with(b"[{\"id\":1}"), br#",{"id":1,"name":"","code":""}"#.repeat(1 << 10), NOW);
    "2 MiB of JSON", FailsWhereRead => |h, _, _| close(h.with(&[b"[".as_slice(), &br#"{"id":1,"name":""},"#.repeat(100 << 10), b"{}]"].concat()));
    "an exbibyte that is told", FailsWhereRead => |h, _, _| {
        repeat(format!("{}content-length: 1152921504606846976\r\n\r\n%PDF-1.7 [", h.head()), vec![b' '; 64 << 10], NOW)
    };
    "a header without end", Fails => |h, _, _| repeat(h.head() + "x-long: ", vec![b'x'; 64 << 10], NOW);
    "headers without end", Fails => |h, _, _| repeat(h.head(), "x-many: x\r\n".repeat(1 << 10), NOW);
    "10,000 headers", Fails => |h, _, _| close(headed(h, "x-many: x\r\n".repeat(10_000).as_bytes()));
    "responses that announce one, without end", Fails => |_, _, _| repeat("", "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".repeat(100), NOW);
    "a chunk's extension without end", FailsWhereRead => |h, _, _| repeat(chunked(h, b"9;x="), vec![b'x'; 64 << 10], NOW);
    "trailers without end", FailsWhereRead => |h, _, _| {
        repeat(chunked(h, &[b"9\r\n", h.beginning(), b"\r\n0\r\n"].concat()), "x-trailer: x\r\n".repeat(1 << 10), NOW)
    };
    "a bomb of gzip", FailsWhereRead => |h, _, _| compressed(h, "gzip", &GZIP.repeat(64));
    "a bomb of deflate", FailsWhereRead => |h, _, _| compressed(h, "deflate", &DEFLATE);
    "what calls itself br", FailsWhereRead => |h, _, _| compressed(h, "br", h.body);
    "what is compressed twice", FailsWhereRead => |h, _, _| compressed(h, "identity, GZip", h.body);

    // Depth.
    "a million lists", FailsWhereRead => |h, _, _| close(h.with(&vec![b'['; 1_000_000]));
    "a million objects", FailsWhereRead => |h, _, _| close(h.with("{\"id\":".repeat(170_000).as_bytes()));
    "depth below a member that is not known", FailsWhereRead => |h, _, _| {
        close(h.with(format!("[{{\"id\":1,\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000)).as_bytes()))
    };
    "depth below a member that is known", FailsWhereRead => |h, _, _| {
        close(h.with(format!("[{{\"id\":{}{}}}]", "[".repeat(100_000), "]".repeat(100_000)).as_bytes()))
    };

    // Framing.
    "a connection that closes", Fails => |_, _, _| close("");
    "noise", Fails => |_, _, _| close(vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0xff, 0, 0x0d, 0x0a, 0x0d, 0x0a]);
    "no headers", Fails => |_, _, _| close("<html>HTTP/0.9</html>");
    "torn headers", Fails => |h, _, _| close(h.head());
    "a torn body", FailsWhereRead => |h, _, _| {
        close([h.head().as_bytes(), b"content-length: 10000\r\n\r\n", &h.body[..h.body.len() / 2]].concat())
    };
    "a torn chunk", FailsWhereRead => |h, _, _| close(chunked(h, &[b"2710\r\n", h.beginning()].concat()));
    "a torn body without a length", FailsWhereRead => |h, _, _| close(h.with(&h.body[..h.body.len() / 2]));
    "no last chunk", FailsWhereRead => |h, _, _| close(chunked(h, &[b"9\r\n", h.beginning(), b"\r\n"].concat()));
    "a chunk's size that is no number", FailsWhereRead => |h, _, _| close(chunked(h, b"xyz\r\nabc\r\n0\r\n\r\n"));
    "a chunk of 2^64 bytes", FailsWhereRead => |h, _, _| close(chunked(h, b"10000000000000000\r\nabc"));
    "a length that is too short", Believes => |h, _, _| close([h.head().as_bytes(), b"content-length: 5\r\n\r\n", h.body].concat());
    "a length that is too long", FailsWhereRead => |h, _, _| {
        close([h.head().as_bytes(), format!("content-length: {}\r\n\r\n", h.body.len() + 1).as_bytes(), h.body].concat())
    };
    "a length below zero", Fails => |h, _, _| close([h.head().as_bytes(), b"content-length: -1\r\n\r\n", h.body].concat());
    "two lengths", Fails => |h, _, _| close(headed(h, b"content-length: 3\r\n"));
    "a length and chunks", May => |h, _, _| close(headed(h, b"transfer-encoding: chunked\r\n"));
    "a coding of transfer that nobody knows", May => |h, _, _| close(headed(h, b"transfer-encoding: rot13\r\n"));
    "HTTP/1.0", May => |h, _, _| close([b"HTTP/1.0", &h.bytes()[8..]].concat());
    "trailers", May => |h, _, _| {
        let size = format!("{:x}\r\n", h.body.len());
        close(chunked(h, &[size.as_bytes(), h.body, b"\r\n0\r\ncontent-length: 3\r\nx-trailer: x\r\n\r\n"].concat()))
    };
    "a connection that ends after each response", May => |h, _, _| close(h.bytes());
    "cookies", May => |h, _, _| close(headed(h, b"set-cookie: a=b; domain=.example.com\r\nset-cookie: \r\n"));
    "another version of HTTP", Fails => |h, _, _| close([b"HTTP/3.7 200 OK\r\n\r\n", h.body].concat());
    "a status of five digits", Fails => |h, _, _| close([b"HTTP/1.1 20000 OK\r\n\r\n", h.body].concat());
    "a header without a name", Fails => |h, _, _| close(headed(h, b": x\r\n"));
    "a folded header", May => |h, _, _| close(headed(h, b"x-folded: a\r\n b\r\n"));
    "headers that are no UTF-8", May => |h, _, _| close(headed(h, b"x-bytes: \xff\xfe\x80\r\n"));
    "NUL in a header", Fails => |h, _, _| close(headed(h, b"x-nul: a\0b\r\n"));
    "two media types", May => |h, _, _| close(headed(h, b"content-type: text/html\r\n"));
    "two names", May => |h, _, _| close(headed(h, b"content-disposition: attachment; filename=\"../../evil.sh\"\r\n"));
    "a response nobody asked for after it", May => |h, _, _| stall([h.bytes(), said("200 OK", "", "[]")].concat());

    // Statuses.
    "100 and no more", Fails => |_, _, _| stall("HTTP/1.1 100 Continue\r\n\r\n");
    "100 before it", May => |h, _, _| close([b"HTTP/1.1 100 Continue\r\n\r\n".as_slice(), &h.bytes()].concat());
    "another protocol", Fails => |_, _, _| stall("HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n");
    "nothing, with 200", FailsWhereRead => |h, _, _| close(h.with(b""));
    "204", FailsWhereRead => |_, _, _| close("HTTP/1.1 204 No Content\r\n\r\n");
    "205", FailsWhereRead => |_, _, _| close("HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n");
    "a part", Fails => |h, _, _| {
        close([b"HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 0-30/9999\r\n", &h.bytes()[17..]].concat())
    };
    "a part that calls itself the whole", May => |h, _, _| close(headed(h, b"content-range: bytes 0-30/9999\r\n"));
    "416", Fails => |_, _, _| close(said("416 Range Not Satisfiable", "content-range: bytes */9999\r\n", ""));
    "304", Fails => |_, _, _| close("HTTP/1.1 304 Not Modified\r\netag: \"x\"\r\n\r\n");
    "an error that says what it was sent", Fails => |_, r, _| {
        close(said("400 Bad Request", "", &format!(r#"{{"error":"Bearer {0}","errors":{{"{0}":["{0}"]}},"traceId":"{0}"}}"#, r.token)))
    };
    "an error with escapes", Fails => |_, _, _| {
        let text = Value::from(ESCAPES.repeat(100)).to_string();
        close(said("500 Oops", "", &format!(r#"{{"title":{text},"detail":{text},"errors":{{{text}:[{text}]}},"traceId":{text}}}"#)))
    };
    "an error of 60 KiB", Fails => |_, _, _| close(said("404 Not Found", "", &Value::from("x".repeat(60_000)).to_string()));
    "401", Fails => |_, _, _| close(said("401 Unauthorized", "www-authenticate: Bearer\r\n", ""));
    "407", Fails => |_, _, _| close(said("407 Proxy Authentication Required", "proxy-authenticate: Basic\r\n", ""));
    "421", Fails => |_, _, _| close(said("421 Misdirected Request", "", ""));

    // Redirects.
    "a redirect to itself", Fails => |_, r, _| redirect("307 Temporary Redirect", &r.target);
    "a redirect to another host", Fails => |_, r, e| redirect("302 Found", &format!("{e}{}", r.target));
    "a redirect for good to another host", Fails => |_, r, e| redirect("308 Permanent Redirect", &format!("{e}{}", r.target));
    "a redirect to a file", Fails => |_, _, _| redirect("301 Moved Permanently", "file:///etc/passwd");
    "a redirect that says what it was sent", Fails => |_, r, e| {
        redirect("303 See Other", &format!("{}//{1}:{1}@x/{1}?{1}#{1}", e.split("//").next().unwrap(), r.token))
    };
    "a redirect to nowhere", Fails => |_, _, _| close(said("302 Found", "", ""));
    "a redirect of 60 KiB", Fails => |_, _, _| redirect("302 Found", &format!("/{}", "x".repeat(60_000)));

    // Content.
    "a page", FailsWhereRead => |_, _, _| close(Honest { status: "200 OK", headers: "content-type: text/html\r\n", body: b"<h1>Down</h1>" }.bytes());
    "a page of another name", FailsWhereRead => |h, _, _| close(h.with(b"<!doctype html><h1>Down</h1>"));
    "null", FailsWhereRead => |h, _, _| close(h.with(b"null"));
    "a number", FailsWhereRead => |h, _, _| close(h.with(b"1e999"));
    "an empty object", FailsWhereRead => |h, _, _| close(h.with(b"{}"));
    "a list of nothing known", FailsWhereRead => |h, _, _| close(h.with(br#"[null,[],{"id":{}}]"#));
    "an error that calls itself a success", FailsWhereRead => |h, r, _| {
        close(h.with(format!(r#"{{"error":"{} has no licence"}}"#, r.token).as_bytes()))
    };
    "a charset that nobody knows", May => |h, _, _| {
        close([h.whole_head().replace("utf-8", "x-none").as_bytes(), h.body].concat())
    };
    "JSON in UTF-16", FailsWhereRead => |h, _, _| {
        close(h.with(&h.body.iter().flat_map(|byte| [*byte, 0]).collect::<Vec<_>>()))
    };
    "text that is no UTF-8", FailsWhereRead => |h, _, _| close(h.with(b"[{\"id\":1,\"name\":\"\xff\xfe\x80\"}]"));
    "half of a surrogate", FailsWhereRead => |h, _, _| close(h.with(br#"[{"id":1,"name":"\ud800"}]"#));
    "more after the end", Believes => |h, _, _| close(h.with(&[h.body, b"\n]"].concat()));
    "escapes in every string", Believes => |h, _, _| close(h.with(&escaped(h.body)));
    "escapes in a name", May => |h, _, _| named(h, "filename*=UTF-8''%1b%5d0;x%07%e2%80%ae%c2%9b2J.pdf");
    "a path for a name", May => |h, _, _| named(h, "filename=\"/../../../../tmp/evil.sh\"");
    "a name of 10,000 letters", May => |h, _, _| named(h, &format!("filename=\"{}.pdf\"", "x".repeat(10_000)));
    "a name that is reserved", May => |h, _, _| named(h, "filename=\"..\\..\\NUL:.pdf \"");
    "half of a name", May => |h, _, _| named(h, "filename=\"");
}
