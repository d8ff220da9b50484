//! Servers that answer anything: each call ends, with an error that says what came, and nothing is taken for a success.

use std::{
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use cxreports::{CallError, Client, Error, Ticket, core::retry::RetryPolicy, model::DocumentFormat};
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

/// The response to a request for a path.
type Answer = fn(&str) -> String;

/// Answers each request with what `answer` gives for its path, and counts them.
async fn answering(answer: Answer) -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 64 << 10];
            let read = stream.read(&mut request).await.unwrap_or_default();
            counted.fetch_add(1, Ordering::SeqCst);
            let text = String::from_utf8_lossy(&request[..read]).into_owned();
            let path = text.split(' ').nth(1).unwrap_or_default();
            let _ = stream.write_all(answer(path).as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (url, count)
}

fn response(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn json(body: &str) -> String {
    response("200 OK\r\ncontent-type: application/json; charset=utf-8", body)
}

fn client(url: &str) -> cxreports::ClientBuilder {
    Client::builder(url).token("t").workspace("w").retries(RetryPolicy::NEVER).request_timeout(Duration::from_secs(1))
}

fn detail(error: Error) -> String {
    match error {
        Error::Call(CallError::UnexpectedResponse { detail, .. }) => detail,
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
    let run = cxreports::core::op::DeliverJobRun { workspace: 1.into(), job: 1.into(), job_run_id: 1.into() };
    let error = cxreports::core::Supports::call(cx.pinned(), run).await.unwrap_err();
    assert!(matches!(error, CallError::UnexpectedResponse { .. }), "{error}");

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

#[tokio::test]
async fn only_a_file_is_saved_as_the_report() {
    let table: [(Answer, &str); 5] = [
        (
            |_| "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned(),
            "an empty response instead of a PDF file",
        ),
        (|_| response("200 OK\r\ncontent-type: application/pdf", ""), "an empty response instead of a PDF file"),
        (|_| json(r#"{"error":"no licence"}"#), "JSON (no licence) instead of a PDF file"),
        (
            |_| response("200 OK\r\ncontent-type: application/octet-stream", "PK\x03\x04"),
            "something else instead of a PDF file",
        ),
        (
            |_| {
                response(
                    "200 OK\r\ncontent-type: application/pdf\r\ncontent-disposition: inline; filename=a.pdf",
                    "<html>",
                )
            },
            "something else instead of a PDF file",
        ),
    ];
    for (answer, said) in table {
        let cx = client(&answering(answer).await.0).build().unwrap();
        assert_eq!(detail(cx.report(1).export().now().await.unwrap_err()), said);
        let started = cx.started_export(1).unwrap();
        assert!(started.ready().await.is_err());
    }
    let ready = |path: &str| match path.rsplit('/').next() {
        Some("export") => json(r#"{"temporaryFileId":1}"#),
        Some("status") => json(r#"{"id":1,"status":"Completed","isReady":true}"#),
        _ => json(r#"{"error":"gone"}"#),
    };
    let (folder, cx) = (tempfile::tempdir().unwrap(), client(&answering(ready).await.0).build().unwrap());
    let error = cx.report(1).export().start().await.unwrap().wait().await.unwrap().save_to(folder.path()).await;
    assert_eq!(detail(error.unwrap_err()), "JSON (gone) instead of a PDF file");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_message_alone_says_that_an_export_has_failed() {
    let failed = |_: &str| json(r#"{"id":1,"status":null,"isReady":false,"errorMessage":"no such font"}"#);
    let cx = client(&answering(failed).await.0).build().unwrap();
    let waited = cx.started_export(1).unwrap().wait().within(Duration::from_secs(20)).await;
    let Err(Error::ExportFailed { message }) = waited else { panic!("{waited:?}") };
    assert_eq!(message.as_deref(), Some("no such font"));
}

#[tokio::test]
async fn a_server_that_asks_to_wait_for_long_is_looked_at_once_more_before_the_deadline() {
    let busy = |_: &str| response("503 Service Unavailable\r\nretry-after: 86400", "");
    let (url, looks) = answering(busy).await;
    let (cx, since) = (client(&url).build().unwrap(), Instant::now());
    let error = cx.started_export(1).unwrap().wait().within(Duration::from_secs(1)).await.unwrap_err();
    let Error::WaitTimedOut { source: Some(last), .. } = &error else { panic!("{error}") };
    assert!(last.to_string().contains("503"), "{last}");
    assert!(since.elapsed() > Duration::from_millis(500), "{:?}", since.elapsed());
    assert_eq!(looks.load(Ordering::SeqCst), 2);
}

const PENDING: &str = r#"{"id":1,"status":"InProgress","isReady":false}"#;
const READY: &str = r#"{"id":1,"status":"Completed","isReady":true}"#;

#[tokio::test]
async fn a_status_that_asks_to_wait_is_not_requested_before() {
    static LOOKS: AtomicU32 = AtomicU32::new(0);
    let (url, _) = answering(|_| match LOOKS.fetch_add(1, Ordering::SeqCst) {
        0 => response("200 OK\r\ncontent-type: application/json\r\nretry-after: 1", PENDING),
        1 => response("202 Accepted\r\ncontent-type: application/json\r\nretry-after: soon", PENDING),
        2 => response("202 Accepted\r\ncontent-type: application/json\r\nretry-after: 0", PENDING),
        _ => json(READY),
    })
    .await;
    let (cx, since) = (client(&url).build().unwrap(), Instant::now());
    let _ = cx.started_export(1).unwrap().wait().await.unwrap();
    assert!(since.elapsed() > Duration::from_secs(1), "{:?}", since.elapsed());
    assert_eq!(LOOKS.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn waits_without_a_turn_before_their_deadline_look_once_more() {
    static SINCE: LazyLock<Instant> = LazyLock::new(Instant::now);
    let (url, looks) =
        answering(|_| json(if SINCE.elapsed() < Duration::from_secs(1) { PENDING } else { READY })).await;
    let cx = client(&url).looks_per_second(1).build().unwrap();
    let wait = || cx.started_export(1).unwrap().wait().within(Duration::from_secs(3)).into_future();
    for outcome in futures_util::future::join_all((0..20).map(|_| wait())).await {
        let _ = outcome.unwrap();
    }
    assert!((40..=50).contains(&looks.load(Ordering::SeqCst)), "{looks:?}");
}

#[tokio::test]
async fn an_export_that_should_be_ready_already_is_looked_at_at_once() {
    static STARTED: Mutex<Option<Instant>> = Mutex::new(None);
    let answer = |path: &str| {
        let mut started = STARTED.lock().unwrap();
        if path.ends_with("/export") {
            *started = Some(Instant::now());
            return json(r#"{"temporaryFileId":1}"#);
        }
        json(if started.unwrap().elapsed() < Duration::from_millis(400) { PENDING } else { READY })
    };
    let (url, requests) = answering(answer).await;
    let cx = client(&url).build().unwrap();
    let _ = cx.report(1).export().start().await.unwrap().wait().await.unwrap();
    let export = cx.report(1).export().start().await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (before, since) = (requests.load(Ordering::SeqCst), Instant::now());
    let text = serde_json::to_string(&export.ticket()).unwrap();
    let _ = export.wait().await.unwrap();
    // Another process knows it by the ticket.
    let ticket: Ticket = serde_json::from_str(&text).unwrap();
    let other = client(&url).build().unwrap();
    let _ = other.resume_export(&ticket).unwrap().wait().await.unwrap();
    assert_eq!(requests.load(Ordering::SeqCst) - before, 2);
    assert!(since.elapsed() < Duration::from_millis(200), "{:?}", since.elapsed());
}

#[tokio::test]
async fn an_instance_that_says_nothing_of_reviews_decides_about_a_delivery() {
    let answer = |path: &str| match path.rsplit('/').next() {
        Some("jobs") => json(r#"[{"id":7,"code":"Monthly-Invoices"}]"#),
        _ => response("204 No Content", ""),
    };
    let (url, requests) = answering(answer).await;
    let cx = client(&url).build().unwrap();
    for name in ["7", "monthly-invoices", "MONTHLY-INVOICES"] {
        cx.job(name).started(1).unwrap().deliver().await.unwrap();
    }
    assert_eq!(requests.load(Ordering::SeqCst), 6);
}

#[tokio::test]
async fn a_report_that_takes_too_long_is_rendered_once() {
    let silent = server("", b"").await;
    let cx =
        Client::builder(&silent).token("t").workspace("w").request_timeout(Duration::from_secs(30)).build().unwrap();
    let since = Instant::now();
    let error = cx.report(1).export().within(Duration::from_millis(300)).now_by_query().await.unwrap_err();
    assert!(matches!(error, Error::Call(CallError::TimedOut { .. })), "{error}");
    assert!(since.elapsed() < Duration::from_millis(700), "{:?}", since.elapsed());
}

#[tokio::test]
async fn data_does_not_replace_what_was_uploaded() {
    let (url, requests) = answering(|_| json("{}")).await;
    let cx = client(&url).build().unwrap();
    let export = cx.report(1).export().temporary_data(9).data("x".repeat(2 << 20));
    let error = export.start().await.unwrap_err();
    assert!(matches!(error, Error::ConflictingSettings { with: "temporary_data", .. }), "{error}");
    assert_eq!(requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn only_what_says_that_data_is_gone_is_taken_for_its_expiry() {
    let (url, _) = answering(|_| response("401 Unauthorized", "")).await;
    let cx = client(&url).build().unwrap();
    let gone: cxreports::model::TemporaryData = {
        let text = br#"{"tempDataId":9,"expiryDate":"2020-01-01T00:00:00Z"}"#;
        cxreports::core::Output::from_json(text).unwrap()
    };
    let error = cx.report(1).export().temporary_data(gone).start().await.unwrap_err();
    assert!(matches!(&error, Error::Call(call) if call.is_unauthenticated()), "{error}");
}

#[tokio::test]
async fn a_name_in_raw_utf_8_or_latin_1_is_kept() {
    let named = |_: &str| response("200 OK\r\ncontent-disposition: attachment; filename=\"Müller.pdf\"", "%PDF-1.7");
    let cx = client(&answering(named).await.0).build().unwrap();
    assert_eq!(cx.report(1).export().now().await.unwrap().name(), "Müller.pdf");
}

#[tokio::test]
async fn an_error_whose_body_stalls_keeps_its_status() {
    const STALLED: &str = "HTTP/1.1 403 Forbidden\r\ncontent-length: 1000\r\n\r\n{";
    let cx = client(&server(STALLED, b"").await).build().unwrap();
    let error = cx.workspaces().await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403), "{error}");
    // A delivery whose response has begun with 200 has happened.
    const DELIVERED: &str = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{";
    let cx = client(&server(DELIVERED, b"").await).build().unwrap();
    let run = cxreports::core::op::DeliverJobRun { workspace: 1.into(), job: 1.into(), job_run_id: 1.into() };
    cxreports::core::Supports::call(cx.pinned(), run).await.unwrap();
}

#[tokio::test]
async fn probing_a_server_that_is_slow_each_time_ends() {
    let late = |_: &str| {
        std::thread::sleep(Duration::from_millis(700));
        response("404 Not Found", "")
    };
    let (url, _) = answering(late).await;
    let since = Instant::now();
    let error = client(&url).probe().await.unwrap_err();
    assert!(matches!(error, Error::Call(CallError::TimedOut { operation: "probe", .. })), "{error}");
    assert!(since.elapsed() < Duration::from_secs(6), "{:?}", since.elapsed());
}

#[tokio::test]
async fn a_file_that_ends_with_its_connection_has_to_have_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let table: [(Answer, DocumentFormat, bool); 5] = [
        (|_| PDF_HEAD.to_owned() + "1 0 obj\n", DocumentFormat::Pdf, false),
        (|_| PDF_HEAD.to_owned() + &"x".repeat(3_000) + "%%EOF\n", DocumentFormat::Pdf, true),
        (|_| PDF_HEAD.to_owned() + "%%EOF" + &"x".repeat(3_000), DocumentFormat::Pdf, false),
        (|_| ZIP_HEAD.to_owned() + "rest", DocumentFormat::Xlsx, false),
        (|_| ZIP_HEAD.to_owned() + "restPK\x05\x06 and so on", DocumentFormat::Xlsx, true),
    ];
    for (number, (answer, format, is_whole)) in table.into_iter().enumerate() {
        let cx = client(&answering(answer).await.0).build().unwrap();
        let file = cx.report(1).export().format(format).now().await.unwrap();
        let saved = file.save_as(folder.path().join(number.to_string())).await;
        assert_eq!(saved.is_ok(), is_whole, "{number}: {saved:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

const PDF_HEAD: &str = "HTTP/1.0 200 OK\r\ncontent-type: application/pdf\r\n\r\n%PDF-1.7\n";
const ZIP_HEAD: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nPK\x03\x04";
