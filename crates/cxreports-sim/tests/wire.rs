//! Requests as Kestrel reads them, on the socket.

mod raw;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use cxreports_sim::{Instance, Timeouts};
use raw::{API, Connection, FINANCE, Reply, TOKEN, as_kestrel_refuses, bare, builder, head, instance, send, status};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::test]
async fn names_of_headers_are_written_as_by_kestrel() {
    let instance = instance().await;
    let reply = send(&instance, "GET", &format!("{API}/workspaces"), "", b"").await;
    for name in ["Content-Type", "Transfer-Encoding", "Date", "Server", "Connection"] {
        assert!(reply.names.iter().any(|own| own == name), "{name}: {:?}", reply.names);
    }
    let reply = bare(&instance, "GET", &format!("{API}/workspaces"), "", b"").await;
    for name in ["WWW-Authenticate", "Content-Length"] {
        assert!(reply.names.iter().any(|own| own == name), "{name}: {:?}", reply.names);
    }
}

#[tokio::test]
async fn a_bad_host_is_400() {
    let instance = instance().await;
    let request = |target: &str, hosts: &str| {
        format!("GET {target} HTTP/1.1\r\n{hosts}Connection: close\r\nAuthorization: Bearer {TOKEN}\r\n\r\n")
    };
    let path = format!("{API}/workspaces");
    for hosts in
        ["", "Host: sim\r\nHost: sim\r\n", "Host: a b\r\n", "Host: a/b\r\n", "Host: :80\r\n", "Host: sim:x\r\n"]
    {
        assert!(as_kestrel_refuses(&status(&instance, &request(&path, hosts)).await, 400), "{hosts}");
    }
    for hosts in ["Host:\r\n", "Host: sim:80\r\n", "Host: [::1]:80\r\n"] {
        assert_eq!(status(&instance, &request(&path, hosts)).await.status, 200, "{hosts}");
    }
    for (host, expected) in [("sim:81", 200), ("SIM:81", 400), ("sim", 400), ("other:81", 400)] {
        let absolute = request(&format!("http://Sim:81{path}"), &format!("Host: {host}\r\n"));
        assert_eq!(status(&instance, &absolute).await.status, expected, "{host}");
    }
    for host in ["sim", "sim:80"] {
        let absolute = request(&format!("http://sim{path}"), &format!("Host: {host}\r\n"));
        assert_eq!(status(&instance, &absolute).await.status, 200, "{host}");
    }
    for (host, expected) in [("sim", 200), ("sim:443", 200), ("sim:80", 400)] {
        let absolute = request(&format!("https://sim{path}"), &format!("Host: {host}\r\n"));
        assert_eq!(status(&instance, &absolute).await.status, expected, "{host}");
    }
    let connect = |host: &str| format!("CONNECT sim:80 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    assert_eq!(status(&instance, &connect("sim:80")).await.status, 404);
    assert!(as_kestrel_refuses(&status(&instance, &connect("sim")).await, 400));
}

#[tokio::test]
async fn segments_of_dots_are_taken_out_of_paths() {
    let instance = instance().await;
    for path in
        ["/api/./v1/workspaces", "/api/v0/../v1/workspaces", "/../api/v1/%2e/workspaces", "/x/%2E./api/v1/workspaces/."]
    {
        assert_eq!(send(&instance, "GET", path, "", b"").await.status, 200, "{path}");
    }
    for path in ["/api/v1/workspaces/..", "/api/.v1/workspaces", "/api/v1/ws%2F..%2Fworkspaces"] {
        assert_eq!(send(&instance, "GET", path, "", b"").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn bad_targets_are_400() {
    let instance = instance().await;
    for target in ["/api/v1/workspaces%00", "/api/v1/é", "/api/v1/workspaces?name=é", "/a\0b", "a/b", "?a", "%2F"] {
        assert!(as_kestrel_refuses(&status(&instance, &head("GET", target, "")).await, 400), "{target:?}");
    }
    assert_eq!(send(&instance, "GET", &format!("{FINANCE}/reports?type=%00"), "", b"").await.status, 200);
}

#[tokio::test]
async fn forms_of_targets_have_their_methods() {
    let instance = instance().await;
    for (method, target, allow) in [("GET", "*", "OPTIONS"), ("GET", "sim:80", "CONNECT"), ("options", "*", "OPTIONS")]
    {
        let reply = status(&instance, &head(method, target, "")).await;
        assert!(as_kestrel_refuses(&reply, 405), "{method} {target}");
        assert_eq!(reply.header("allow"), Some(allow));
    }
    assert_eq!(send(&instance, "OPTIONS", "*", "", b"").await.status, 404);
}

#[tokio::test]
async fn bad_lines_are_refused() {
    let instance = instance().await;
    for (request, expected) in [
        ("GET / HTTP/1.2\r\nHost: sim\r\n\r\n", 505),
        ("GET / http/1.1\r\nHost: sim\r\n\r\n", 505),
        ("GET / HTTP/2.0\r\nHost: sim\r\n\r\n", 505),
        ("GET /\r\n\r\n", 400),
        ("G T / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1 \r\nHost: sim\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: sim\r\nNo colon\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : sim\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: sim\r\nFolded: a\r\n b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: sim\r\nA: b\rc\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: sim\r\nA: \0\r\n\r\n", 400),
        ("POST / HTTP/1.0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: sim\r\nContent-Length: x\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: sim\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: sim\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: sim\r\nTransfer-Encoding: chunked, identity\r\n\r\n", 400),
    ] {
        assert!(as_kestrel_refuses(&status(&instance, request).await, expected), "{request:?}");
    }
}

#[tokio::test]
async fn odd_lines_are_taken() {
    let instance = instance().await;
    let request = head("GET", &format!("{API}/workspaces"), "Connection: close\r\n");
    let with = |header: &str| request.replacen("Connection", &format!("{header}\r\nConnection"), 1);
    for odd in [
        request.replace("\r\n", "\n"),
        request.replacen("\r\n", "\n", 1),
        request.strip_suffix("\r\n").unwrap().to_owned() + "\n",
        format!("\r\n\n\r\n{request}"),
        request.replacen(" HTTP", "   HTTP", 1),
        with("X@[Y]: 1"),
        with("X: \u{1}\u{7f}é"),
        with("X:"),
        with("Content-Length: +0"),
    ] {
        assert_eq!(status(&instance, &odd).await.status, 200, "{odd:?}");
    }
    for target in ["/a\u{1}b", "/a\u{7f}b", "/a\rb"] {
        assert_eq!(send(&instance, "GET", target, "", b"").await.status, 404, "{target:?}");
    }
}

/// A client that speaks TLS or HTTP/2 learns at once that nobody else does.
#[tokio::test]
async fn other_protocols_are_refused_at_once() {
    let instance = instance().await;
    for hello in [&b"\x16\x03\x01\x02\x00\x01\x00"[..], b"GET /\0"] {
        let mut connection = Connection::open(&instance).await;
        connection.send(hello).await;
        assert!(as_kestrel_refuses(&connection.reply().await.unwrap(), 400), "{hello:?}");
    }
    let Connection(mut stream) = Connection::open(&instance).await;
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut frame = Vec::new();
    stream.read_to_end(&mut frame).await.unwrap();
    // `GOAWAY` on stream 0, which says HTTP_1_1_REQUIRED.
    assert_eq!(frame, b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0d");
    let reply = status(&instance, "PRI * HTTP/2.0\n\n").await;
    assert!(as_kestrel_refuses(&reply, 505));
}

/// The response to an export whose body is sent in these chunks, with another request after it.
async fn after_chunks(instance: &Instance, chunks: &str) -> [Option<Reply>; 2] {
    let mut connection = Connection::open(instance).await;
    let headers = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    let export = head("POST", &format!("{FINANCE}/reports/42/export"), headers);
    connection.send(format!("{export}{chunks}{}", head("GET", &format!("{FINANCE}/themes"), ""))).await;
    [connection.reply().await, connection.reply().await]
}

#[tokio::test]
async fn a_bad_chunk_is_400() {
    let instance = instance().await;
    let long = format!("2\r\n{{}}\r\n0\r\nA: {}\r\n\r\n", "x".repeat(40_000));
    let many = format!("2\r\n{{}}\r\n0\r\n{}\r\n", "A: 1\r\n".repeat(100));
    for (chunks, expected) in [
        ("x\r\n", 400),
        ("-1\r\n", 400),
        ("0x1\r\n{\r\n", 400),
        ("123456789\r\n", 400),
        ("\r\n", 400),
        ("2\r\n{}xx", 400),
        ("80000000\r\n", 400),
        ("2 \r\n{}\r\n0\r\n\r\n", 400),
        ("2\n{}\r\n0\r\n\r\n", 400),
        ("2\r\n{}\n0\r\n\r\n", 400),
        ("2;a\n{}\r\n0\r\n\r\n", 400),
        ("2;a\nb\r\n{}\r\n0\r\n\r\n", 400),
        ("2;a\rb\r\n{}\r\n0\r\n\r\n", 400),
        ("2\r\n{}\r\n0\r\nNo colon\r\n\r\n", 400),
        ("2\r\n{}\r\n0\r\nA : 1\r\n\r\n", 400),
        ("2\r\n{}\r\n0\r\nA: \0\r\n\r\n", 400),
        (&long, 431),
        (&many, 431),
    ] {
        let [refused, next] = after_chunks(&instance, chunks).await;
        assert!(as_kestrel_refuses(&refused.unwrap(), expected), "{chunks:?}");
        assert!(next.is_none(), "{chunks:?}");
    }
}

#[tokio::test]
async fn chunks_have_extensions_and_trailers() {
    let instance = instance().await;
    let long = format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "x".repeat(20_000));
    for chunks in [
        "00000001;name=value\r\n{\r\n1\r\n}\r\n000\r\nX-Trailer: 1\r\n\r\n",
        "2;\r\n{}\r\n0;a=\"b;c\"\r\n\r\n",
        "2\r\n{}\r\n0\r\nContent-Length: 7\r\nX: 1\n\n",
        &long,
    ] {
        let replies = after_chunks(&instance, chunks).await.map(|reply| reply.unwrap().status);
        assert_eq!(replies, [202, 200], "{chunks:?}");
    }
}

/// Whatever arrives, no task panics, and the instance goes on.
#[tokio::test]
async fn spoilt_requests_do_no_harm() {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        report(panic);
    }));
    let soon = Duration::from_millis(300);
    let timeouts = Timeouts { keep_alive: soon, headers: soon, body_grace: soon };
    let instance = builder().timeouts(timeouts).start().await.unwrap();
    let upload = |framing: &str| {
        let headers = format!("Connection: close\r\nContent-Type: application/json; charset=utf-16\r\n{framing}\r\n");
        head("POST", &format!("{FINANCE}/temporary-data"), &headers)
    };
    let whole = [
        head("GET", "/api/./v1/%77s/finance/reports?type=%20&limit=1", "Connection: close\r\nAccept: a/b;q=1\r\n"),
        head("GET", &format!("http://sim{FINANCE}/reports/42/pdf?format=html&params=%7B%7D"), "Connection: close\r\n"),
        format!("{}{{\0}}\0", upload("Content-Length: 4")),
        format!("{}2;a=b\r\n{{\0\r\n2\r\n}}\0\r\n0\r\nT: 1\r\n\r\n", upload("Transfer-Encoding: chunked")),
    ];
    let mut random = fastrand::Rng::with_seed(1);
    let mut sent = tokio::task::JoinSet::new();
    for _ in 0..500 {
        let mut bytes = random.choice(&whole).unwrap().clone().into_bytes();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..bytes.len());
            match random.u8(..4) {
                0 => drop(bytes.remove(at)),
                1 => bytes.insert(at, *random.choice(b"\r\n\0 %:/?;\xff0").unwrap()),
                2 => bytes.truncate(at.max(1)),
                _ => bytes[at] = random.u8(..),
            }
        }
        let Connection(mut stream) = Connection::open(&instance).await;
        sent.spawn(async move {
            stream.write_all(&bytes).await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
        });
    }
    sent.join_all().await;
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
    assert_eq!(send(&instance, "GET", &format!("{API}/workspaces"), "", b"").await.status, 200);
}
