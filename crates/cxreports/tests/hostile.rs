//! Servers that answer anything: each call ends, with an error that says what came, and nothing is taken for a success.

use std::time::{Duration, Instant};

use cxreports::{CallError, Client, Error, core::retry::RetryPolicy};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// Answers every request with these bytes; then the connection stays open, or `more` is sent until it breaks.
async fn server(answer: &'static str, more: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                while !more.is_empty() && stream.write_all(more).await.is_ok() {}
                tokio::time::sleep(Duration::from_secs(30)).await;
            });
        }
    });
    url
}

fn client(url: &str) -> cxreports::ClientBuilder {
    Client::builder(url).token("t").workspace("w").retries(RetryPolicy::NEVER).request_timeout(Duration::from_secs(1))
}

fn detail(error: Error) -> String {
    match error {
        Error::Call(CallError::UnexpectedAnswer { detail, .. }) => detail,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_response_without_end_is_bounded() {
    let endless = server("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[", &[b' '; 65_536]).await;
    let cx = client(&endless).json_limit(1 << 20).request_timeout(Duration::from_secs(20)).build().unwrap();
    let error = detail(cx.workspaces().await.unwrap_err());
    assert_eq!(error, "its JSON is larger than 1048576 bytes, the limit of this client");
}

#[tokio::test]
async fn a_page_is_no_delivery_and_an_empty_response_no_list() {
    const PAGE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<h1>Down</h1>";
    let cx = client(&server(PAGE, b"").await).build().unwrap();
    let run = cxreports::core::op::DeliverJobRun { workspace: 1.into(), job: 1.into(), job_run_id: 1 };
    let error = cxreports::core::Supports::call(cx.pinned(), run).await.unwrap_err();
    assert!(matches!(error, CallError::UnexpectedAnswer { .. }), "{error}");

    let cx = client(&server("HTTP/1.1 204 No Content\r\n\r\n", b"").await).build().unwrap();
    assert_eq!(detail(cx.workspaces().await.unwrap_err()), "204 No Content without a body");
}

#[tokio::test]
async fn probing_a_document_that_stalls_ends() {
    const STALLED: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
    let since = Instant::now();
    let error = client(&server(STALLED, b"").await).probe().await.unwrap_err();
    assert!(matches!(error, Error::Call(CallError::TimedOut { .. })), "{error}");
    assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
}
