//! Connections as Kestrel keeps and ends them.

use std::time::Duration;

use crate::raw::{API, Connection, FINANCE, TOKEN, as_kestrel_refuses, builder, head, instance, post_as, status};
use cxreports_sim::Timeouts;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

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
    // Nobody is asked for what is there.
    let both = expect("application/json", 15) + r#"{ "content":1 }"#;
    connection.send(&both).await;
    assert_eq!(connection.reply().await.unwrap().status, 200);
    connection.send(both.replace("application/json", "text/plain")).await;
    assert_eq!(connection.reply().await.unwrap().status, 415);
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
async fn an_upgrade_that_nobody_speaks_is_ignored() {
    let instance = instance().await;
    let mut connection = Connection::open(&instance).await;
    for upgrade in
        ["Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"]
    {
        connection.send(head("GET", &format!("{FINANCE}/themes"), &format!("Connection: Upgrade\r\n{upgrade}"))).await;
        assert_eq!(connection.reply().await.unwrap().status, 200, "{upgrade}");
    }
    let headers = "Connection: upgrade\r\nUpgrade: x\r\nContent-Type: application/json\r\nContent-Length: 13\r\n";
    connection.send(head("POST", &format!("{FINANCE}/temporary-data"), headers) + r#"{"content":1}"#).await;
    assert_eq!(connection.reply().await.unwrap().status, 200);
}

/// What one server takes for the next request, another may take for a body.
#[tokio::test]
async fn a_connection_ends_after_a_body_with_a_length_and_chunks() {
    let instance = instance().await;
    for (token, expected) in [(format!("Authorization: Bearer {TOKEN}\r\n"), 200), (String::new(), 401)] {
        let mut connection = Connection::open(&instance).await;
        let upload = format!(
            "POST {FINANCE}/temporary-data HTTP/1.1\r\nHost: sim\r\n{token}Content-Type: application/json\r\n\
             Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{{\"content\":1}}\r\n0\r\n\r\n"
        );
        connection.send(upload + &head("GET", &format!("{FINANCE}/themes"), "")).await;
        let reply = connection.reply().await.unwrap();
        assert_eq!((reply.status, reply.header("connection")), (expected, Some("close")));
        assert!(connection.reply().await.is_none());
    }
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
