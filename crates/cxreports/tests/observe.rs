//! What observers and servers are told of each request.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cxreports::{Client, ClientBuilder, Observer, RequestEvent, ResponseEvent, RetryPolicy};
use cxreports_sim::{Edition, Endpoint, Fault, FaultRule, Instance, op};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

const TOKEN: &str = "a-planted-token";
const CALLERS_TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Writes down what it sees, one line for each event.
#[derive(Default)]
struct Seen {
    lines: Mutex<Vec<String>>,
    trace_parent: Option<&'static str>,
}

impl Seen {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap())
    }
}

impl Observer for Seen {
    fn on_request(&self, event: &RequestEvent<'_>) {
        let RequestEvent { operation, method, template, workspace, attempt, .. } = event;
        let workspace = workspace.unwrap_or("none");
        self.lines.lock().unwrap().push(format!("{operation}: {method} {template} of {workspace}, attempt {attempt}"));
    }

    fn on_response(&self, event: &ResponseEvent<'_>) {
        let status = event.status.map(|status| status.as_u16());
        let sizes = (event.request_bytes.is_some(), event.response_bytes.is_some());
        let line = format!("{}: {status:?} {:?} {sizes:?}", event.request.operation, event.error_type());
        self.lines.lock().unwrap().push(line);
    }

    fn trace_parent(&self) -> Option<String> {
        self.trace_parent.map(str::to_owned)
    }
}

fn builder(url: &str, seen: &Arc<Seen>) -> ClientBuilder {
    let retries = RetryPolicy { first: Duration::from_millis(1), retries: 1, ..RetryPolicy::default() };
    Client::builder(url).token(TOKEN).workspace("finance").retries(retries).observe(Arc::clone(seen))
}

#[tokio::test]
async fn each_attempt_is_seen_with_its_outcome() {
    let instance = Instance::builder(Edition::V2026_5).token(TOKEN).start().await.unwrap();
    let seen = Arc::new(Seen::default());
    let cx = builder(&instance.url(), &seen).request_timeout(Duration::from_millis(300)).build().unwrap();
    let template = "GET /api/v1/ws/{workspaceId}/themes of finance";

    instance.set_faults([FaultRule::new(Fault::Status(503)).times(1)]);
    cx.themes().await.unwrap();
    assert_eq!(
        seen.take(),
        [
            format!("list_themes: {template}, attempt 1"),
            "list_themes: Some(503) Some(\"503\") (false, true)".to_owned(),
            format!("list_themes: {template}, attempt 2"),
            "list_themes: Some(200) None (false, true)".to_owned(),
        ]
    );

    let export = cx.report(42).export().params(&[("secret", TOKEN)]).start().await.unwrap();
    let lines = seen.take();
    assert_eq!(lines[1], "start_export: Some(202) None (true, true)");
    assert!(lines.iter().all(|line| !line.contains(TOKEN)));
    let file = export.wait().await.unwrap().download().await.unwrap();
    assert_eq!(file.request_id(), None);
    assert_eq!(seen.take().last().unwrap(), "download_export: Some(200) None (false, true)");

    instance.set_faults([FaultRule::new(Fault::Silence).on(Endpoint::of::<op::ListThemes>())]);
    cx.themes().await.unwrap_err();
    assert_eq!(seen.take()[1], "list_themes: None Some(\"timeout\") (false, false)");
    let dropped = tokio::time::timeout(Duration::from_millis(50), cx.themes()).await;
    assert!(dropped.is_err());
    assert_eq!(seen.take()[1], "list_themes: None Some(\"cancelled\") (false, false)");

    drop(instance);
    let nobody = builder("http://127.0.0.1:1", &seen).build().unwrap();
    nobody.workspaces().await.unwrap_err();
    assert_eq!(
        seen.take()[..2],
        [
            "list_workspaces: GET /api/v1/workspaces of none, attempt 1",
            "list_workspaces: None Some(\"connect\") (false, false)"
        ]
    );
}

/// Answers one request with an error, and returns what was sent.
async fn request_of(build: impl FnOnce(&str) -> Client) -> (String, cxreports::Error) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let cx = build(&format!("http://{}", listener.local_addr().unwrap()));
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 8 << 10];
        let read = stream.read(&mut request).await.unwrap();
        let head = format!("HTTP/1.1 404 Not Found\r\nx-request-id: 0HN{TOKEN}7\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&request[..read]).to_ascii_lowercase()
    };
    let (request, outcome) = tokio::join!(serve, cx.themes());
    (request, outcome.unwrap_err())
}

#[tokio::test]
async fn requests_carry_an_id_and_the_servers_is_kept() {
    let seen = Arc::new(Seen::default());
    let (request, error) = request_of(|url| builder(url, &seen).build().unwrap()).await;
    let id = request.lines().find_map(|line| line.strip_prefix("traceparent: ")).unwrap();
    let parts: Vec<_> = id.split('-').collect();
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 32, 16, 2], "{id}");
    assert!(
        id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()) && !parts[1].bytes().all(|byte| byte == b'0')
    );
    // The credentials are hidden in it, as in everything that a server repeats.
    let cxreports::Error::Call(error) = error else { panic!("{error}") };
    assert_eq!(error.request_id(), Some(format!("0HN{}7", "*".repeat(TOKEN.len())).as_str()));

    let continuing = Arc::new(Seen { trace_parent: Some(CALLERS_TRACE), ..Seen::default() });
    let (request, _) = request_of(|url| builder(url, &continuing).build().unwrap()).await;
    assert!(request.contains(&format!("traceparent: {CALLERS_TRACE}\r\n")), "{request}");

    let (request, _) = request_of(|url| builder(url, &seen).without_trace_ids().build().unwrap()).await;
    assert!(!request.contains("traceparent"), "{request}");
}
