//! Requests and responses as they are on the socket.
#![allow(dead_code, reason = "each test uses a part of it")]

use cxreports_sim::{Builder, Edition, Instance};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

pub(crate) const TOKEN: &str = "a-planted-token";
pub(crate) const API: &str = "/api/v1";
pub(crate) const FINANCE: &str = "/api/v1/ws/finance";

/// A response, with its body without chunks.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// Names of the headers as they were written.
    pub(crate) names: Vec<String>,
    pub(crate) body: Vec<u8>,
}

/// A connection that stays open.
pub(crate) struct Connection(pub(crate) TcpStream);

impl Connection {
    pub(crate) async fn open(instance: &Instance) -> Self {
        let url = instance.url();
        let address = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
        Self(TcpStream::connect(address).await.unwrap())
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Reads one response, and leaves the next one; `None` when the connection has been closed.
    pub(crate) async fn reply(&mut self) -> Option<Reply> {
        let mut bytes = Vec::new();
        loop {
            let complete = bytes.windows(4).position(|part| part == b"\r\n\r\n").is_some_and(|end| {
                let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
                let length = head.split("content-length: ").nth(1).map(|rest| rest.lines().next().unwrap().parse());
                match length {
                    Some(length) => bytes.len() == end + 4 + length.unwrap_or(0_usize),
                    None => head.starts_with("http/1.1 100") || bytes.ends_with(b"0\r\n\r\n"),
                }
            });
            if complete {
                return Some(Reply::parse(&bytes));
            }
            let Ok(byte) = self.0.read_u8().await else { return None };
            bytes.push(byte);
        }
    }
}

pub(crate) fn builder() -> Builder {
    Instance::builder(Edition::V2026_5).token(TOKEN)
}

pub(crate) async fn instance() -> Instance {
    builder().start().await.unwrap()
}

/// Sends bytes, and reads until the connection is closed.
pub(crate) async fn exchange(instance: &Instance, request: &[u8]) -> Reply {
    let Connection(mut stream) = Connection::open(instance).await;
    stream.write_all(request).await.unwrap();
    let mut bytes = Vec::new();
    // A server that refuses a body may reset the connection after its response.
    let _ = stream.read_to_end(&mut bytes).await;
    Reply::parse(&bytes)
}

/// A request with the token; `headers` are lines with their ends.
pub(crate) async fn send(instance: &Instance, method: &str, target: &str, headers: &str, body: &[u8]) -> Reply {
    let authorization = format!("Authorization: Bearer {TOKEN}\r\n");
    bare(instance, method, target, &format!("{authorization}{headers}"), body).await
}

/// A request without the token.
pub(crate) async fn bare(instance: &Instance, method: &str, target: &str, headers: &str, body: &[u8]) -> Reply {
    let head = format!("{method} {target} HTTP/1.1\r\nHost: sim\r\nConnection: close\r\n{headers}\r\n");
    exchange(instance, &[head.as_bytes(), body].concat()).await
}

pub(crate) async fn get(instance: &Instance, target: &str) -> Reply {
    send(instance, "GET", target, "", b"").await
}

/// A POST with a body of a media type.
pub(crate) async fn post_as(instance: &Instance, target: &str, media_type: &str, body: &[u8]) -> Reply {
    let headers = format!("Content-Type: {media_type}\r\nContent-Length: {}\r\n", body.len());
    send(instance, "POST", target, &headers, body).await
}

pub(crate) async fn post(instance: &Instance, target: &str, body: &str) -> Reply {
    post_as(instance, target, "application/json", body.as_bytes()).await
}

/// The response to a request that is sent as it is.
pub(crate) async fn status(instance: &Instance, request: &str) -> Reply {
    exchange(instance, request.as_bytes()).await
}

/// The head of a request with the token.
pub(crate) fn head(method: &str, target: &str, headers: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: sim\r\nAuthorization: Bearer {TOKEN}\r\n{headers}\r\n")
}

/// Whether a reply is how Kestrel itself refuses a request.
pub(crate) fn as_kestrel_refuses(reply: &Reply, expected: u16) -> bool {
    let headers = ["connection", "content-length", "server"].map(|name| reply.header(name));
    reply.status == expected
        && reply.body.is_empty()
        && headers == [Some("close"), Some("0"), Some("Kestrel")]
        && reply.header("date").is_some_and(|date| date.ends_with(" GMT"))
}

/// A new nonce.
pub(crate) async fn nonce(instance: &Instance) -> String {
    let reply = send(instance, "POST", &format!("{API}/nonce-tokens"), "Content-Length: 0\r\n", b"").await;
    reply.json()["nonce"].as_str().unwrap().to_owned()
}

impl Reply {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|part| part == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no response: {:?}", String::from_utf8_lossy(bytes)));
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let written: Vec<_> = lines.map(|line| line.split_once(": ").unwrap()).collect();
        let names = written.iter().map(|(name, _)| (*name).to_owned()).collect();
        let headers = written.iter().map(|(name, value)| (name.to_ascii_lowercase(), (*value).to_owned())).collect();
        let mut reply = Self { status, headers, names, body: bytes[end + 4..].to_vec() };
        if reply.header("transfer-encoding") == Some("chunked") {
            reply.body = without_chunks(&reply.body);
        }
        reply
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The messages for a field that is not valid.
    #[track_caller]
    pub(crate) fn errors(&self, field: &str) -> String {
        assert_eq!((self.status, &self.json()["title"]), (400, &"One or more validation errors occurred.".into()));
        self.json()["errors"][field][0].as_str().unwrap_or_else(|| panic!("{}", self.text())).to_owned()
    }
}

fn without_chunks(mut bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let end = bytes.windows(2).position(|part| part == b"\r\n").expect("the length of a chunk");
        let length = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        let chunk = &bytes[end + 2..];
        if length == 0 {
            return all;
        }
        all.extend_from_slice(&chunk[..length]);
        bytes = &chunk[length + 2..];
    }
}
