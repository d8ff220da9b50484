//! HTTP as Kestrel speaks it, on the socket.

mod raw;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use cxreports_sim::{Instance, Timeouts};
use raw::{API, Connection, FINANCE, Reply, TOKEN, bare, builder, exchange, instance, post_as, send};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// The response to a request that is sent as it is.
async fn status(instance: &Instance, request: &str) -> Reply {
    exchange(instance, request.as_bytes()).await
}

/// The head of a request with the token.
fn head(method: &str, target: &str, headers: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: sim\r\nAuthorization: Bearer {TOKEN}\r\n{headers}\r\n")
}

fn as_kestrel_refuses(reply: &Reply, expected: u16) -> bool {
    let headers = ["connection", "content-length", "server"].map(|name| reply.header(name));
    reply.status == expected
        && reply.body.is_empty()
        && headers == [Some("close"), Some("0"), Some("Kestrel")]
        && reply.header("date").is_some_and(|date| date.ends_with(" GMT"))
}

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
async fn requests_follow_each_other_on_a_connection() {
    let instance = instance().await;
    let mut connection = Connection::open(&instance).await;
    let (one, two) = (head("GET", &format!("{FINANCE}/themes"), ""), head("GET", &format!("{FINANCE}/templates"), ""));
    connection.send(format!("{one}{two}{one}")).await;
    for expected in ["light", "letter", "light"] {
        assert!(connection.reply().await.unwrap().text().contains(expected));
    }
    // In pieces, too.
    for part in two.as_bytes().chunks(7) {
        connection.send(part).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(connection.reply().await.unwrap().status, 200);
    connection.send(head("GET", &format!("{FINANCE}/themes"), "Connection: close\r\n")).await;
    assert_eq!(connection.reply().await.unwrap().header("connection"), Some("close"));
    assert!(connection.reply().await.is_none());
}

#[tokio::test]
async fn http_1_0_has_no_chunks() {
    let instance = instance().await;
    let request = format!("GET {API}/workspaces HTTP/1.0\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
    let reply = status(&instance, &request).await;
    assert_eq!(
        (reply.status, reply.header("transfer-encoding"), reply.header("connection")),
        (200, None, Some("close"))
    );
    assert_eq!(reply.json()[0]["code"], "finance");
}

/// The client has written all of its body before it reads, and loses nothing.
#[tokio::test]
async fn a_body_that_is_not_read_is_drained() {
    let instance = instance().await;
    let body = vec![b' '; 5_000_000];
    let mut connection = Connection::open(&instance).await;
    let upload = format!("{FINANCE}/temporary-data");
    let length = format!("Content-Type: text/plain\r\nContent-Length: {}\r\n", body.len());
    for _ in 0..3 {
        connection.send(head("POST", &upload, &length)).await;
        connection.send(&body).await;
        assert_eq!(connection.reply().await.unwrap().status, 415);
    }
    let chunked = "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n";
    connection.send(head("POST", &upload, chunked)).await;
    connection.send(format!("4c4b40\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n", " ".repeat(5_000_000))).await;
    assert_eq!(connection.reply().await.unwrap().status, 415);
    connection.send(head("GET", &format!("{FINANCE}/themes"), "")).await;
    assert_eq!(connection.reply().await.unwrap().status, 200);
}

/// What is too large is not drained, but the client can read why.
#[tokio::test]
async fn a_refused_body_does_not_cost_the_response() {
    let instance = instance().await;
    let body = vec![b' '; 40_000_000];
    for media_type in ["application/json", "text/plain"] {
        let mut connection = Connection::open(&instance).await;
        let length = format!("Content-Type: {media_type}\r\nContent-Length: {}\r\n", body.len());
        connection.send(head("POST", &format!("{FINANCE}/temporary-data"), &length)).await;
        connection.send(&body).await;
        let reply = connection.reply().await.unwrap();
        assert_eq!(reply.status, if media_type == "text/plain" { 415 } else { 413 });
        assert!(connection.reply().await.is_none(), "the connection is closed");
    }
}

#[tokio::test]
async fn slow_clients_are_dropped() {
    let soon = Duration::from_millis(200);
    let timeouts = Timeouts { keep_alive: soon, headers: soon, body_grace: soon };
    let instance = builder().timeouts(timeouts).start().await.unwrap();

    let mut idle = Connection::open(&instance).await;
    assert!(idle.reply().await.is_none(), "closed without a response");
    idle = Connection::open(&instance).await;
    idle.send(head("GET", &format!("{FINANCE}/themes"), "")).await;
    assert_eq!(idle.reply().await.unwrap().status, 200);
    assert!(idle.reply().await.is_none(), "closed after a while");

    for begun in ["GET / HT", "GET / HTTP/1.1\r\nHost: s"] {
        let mut slow = Connection::open(&instance).await;
        slow.send(begun).await;
        assert!(as_kestrel_refuses(&slow.reply().await.unwrap(), 408), "{begun}");
    }
    let upload = format!("{FINANCE}/temporary-data");
    for framing in ["Content-Length: 100", "Transfer-Encoding: chunked"] {
        let mut slow = Connection::open(&instance).await;
        slow.send(head("POST", &upload, &format!("Content-Type: application/json\r\n{framing}\r\n"))).await;
        slow.send("1\r\n").await;
        assert!(as_kestrel_refuses(&slow.reply().await.unwrap(), 408), "{framing}");
    }
}

#[tokio::test]
async fn a_client_that_sends_enough_is_not_slow() {
    let timeouts = Timeouts { body_grace: Duration::from_millis(100), ..Timeouts::default() };
    let instance = builder().timeouts(timeouts).start().await.unwrap();
    let mut connection = Connection::open(&instance).await;
    let body = format!(r#"{{ "content": "{}" }}"#, "x".repeat(900));
    let headers = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    connection.send(head("POST", &format!("{FINANCE}/temporary-data"), &headers)).await;
    for part in body.as_bytes().chunks(300) {
        connection.send(part).await;
        tokio::time::sleep(Duration::from_millis(80)).await;
    }
    assert_eq!(connection.reply().await.unwrap().status, 200);
}

#[tokio::test]
async fn the_media_type_is_judged_before_the_body() {
    let instance = instance().await;
    let upload = format!("{FINANCE}/temporary-data");
    let expect = |media_type: &str, length: usize| {
        head(
            "POST",
            &upload,
            &format!("Content-Type: {media_type}\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n"),
        )
    };
    for (media_type, length, expected) in
        [("text/plain", 15, 415), ("text/plain", 30_000_001, 415), ("application/json", 30_000_001, 413)]
    {
        let mut connection = Connection::open(&instance).await;
        connection.send(expect(media_type, length)).await;
        assert_eq!(connection.reply().await.unwrap().status, expected, "{media_type}, {length}");
        assert!(connection.reply().await.is_none(), "nobody knows what would follow");
    }
    let mut connection = Connection::open(&instance).await;
    for _ in 0..2 {
        connection.send(expect("application/json", 15)).await;
        assert_eq!(connection.reply().await.unwrap().status, 100);
        connection.send(br#"{ "content":1 }"#).await;
        assert_eq!(connection.reply().await.unwrap().status, 200);
    }
    let reply = post_as(&builder().body_limit(5).start().await.unwrap(), &upload, "text/plain", &[b' '; 20]).await;
    assert_eq!(reply.status, 415);
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
    for (host, expected) in [("sim:81", 200), ("SIM:81", 200), ("sim", 400), ("other:81", 400)] {
        let absolute = request(&format!("http://sim:81{path}"), &format!("Host: {host}\r\n"));
        assert_eq!(status(&instance, &absolute).await.status, expected, "{host}");
    }
    for host in ["sim", "sim:80"] {
        let absolute = request(&format!("http://sim{path}"), &format!("Host: {host}\r\n"));
        assert_eq!(status(&instance, &absolute).await.status, 200, "{host}");
    }
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
        ("\r\n", 400),
        ("G T / HTTP/1.1\r\n\r\n", 505),
        ("GET / HTTP/1.1\nHost: sim\n\n", 400),
        ("GET / HTTP/1.1\r\nHost: sim\r\nNo colon\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : sim\r\n\r\n", 400),
        ("POST / HTTP/1.0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: sim\r\nContent-Length: x\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: sim\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: sim\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
    ] {
        assert!(as_kestrel_refuses(&status(&instance, request).await, expected), "{request:?}");
    }
}

#[tokio::test]
async fn a_bad_chunk_is_400() {
    let instance = instance().await;
    for chunks in [
        "x\r\n",
        "-1\r\n",
        "0x1\r\n{\r\n",
        "123456789\r\n",
        "\r\n",
        "2\r\n{}xx",
        "80000000\r\n",
        "2 \r\n{}\r\n0\r\n\r\n",
    ] {
        let headers = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
        let request = format!("{}{chunks}", head("POST", &format!("{FINANCE}/reports/42/export"), headers));
        assert!(as_kestrel_refuses(&status(&instance, &request).await, 400), "{chunks:?}");
    }
    let good = "00001;name=value\r\n{\r\n1\r\n}\r\n000\r\nX-Trailer: 1\r\n\r\n";
    let headers = "Connection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    let request = format!("{}{good}", head("POST", &format!("{FINANCE}/reports/42/export"), headers));
    assert_eq!(status(&instance, &request).await.status, 202);
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

/// A client that goes away ends what it asked for.
#[tokio::test]
async fn a_client_may_go_away() {
    let instance = builder().export_time(Duration::from_secs(3_600)).start().await.unwrap();
    let mut connection = Connection::open(&instance).await;
    connection.send(head("GET", &format!("{FINANCE}/reports/42/pdf"), "")).await;
    connection.0.shutdown().await.unwrap();
    assert_eq!(connection.0.read(&mut [0; 10]).await.unwrap(), 0);
}
