//! Every fault at every stage of an export and of a job: it ends in a typed error or a success, with no partial file, no second
//! delivery and no lost ticket. Prints the matrix.

use std::{
    fmt::Write as _,
    io,
    path::Path,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use cxreports::{CallError, Client, Error, PollPolicy, RetryPolicy};
use cxreports_sim::{Edition, Endpoint, Fault, FaultRule, Instance, op};
use futures_util::{StreamExt as _, stream};
use serde::{Serialize, Serializer};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

const TOKEN: &str = "a-planted-token";

/// Stages of an export that is waited for, of those at once, and of a job.
const UPLOAD: Endpoint = Endpoint::of::<op::CreateTemporaryData>();
const START: Endpoint = Endpoint::of::<op::StartExport>();
const STATUS: Endpoint = Endpoint::of::<op::GetExportStatus>();
const DOWNLOAD: Endpoint = Endpoint::of::<op::DownloadExport>();
const NOW: Endpoint = Endpoint::of::<op::ExportReport>();
const BY_QUERY: Endpoint = Endpoint::of::<op::ExportReportByQuery>();
const START_RUN: Endpoint = Endpoint::of::<op::StartJobRun>();
const RUN_STATUS: Endpoint = Endpoint::of::<op::GetJobRunStatus>();
const REVIEW: Endpoint = Endpoint::of::<op::GenerateReviewDocument>();
const DELIVER: Endpoint = Endpoint::of::<op::DeliverJobRun>();

const STAGES: &[(&str, Endpoint)] = &[
    ("upload", UPLOAD),
    ("start", START),
    ("status", STATUS),
    ("download", DOWNLOAD),
    ("now", NOW),
    ("by query", BY_QUERY),
    ("start run", START_RUN),
    ("run status", RUN_STATUS),
    ("review", REVIEW),
    ("deliver", DELIVER),
];

fn client(instance: &Instance, http: &reqwest::Client) -> Client {
    Client::builder(&instance.url())
        .http(http.clone())
        .token(TOKEN)
        .workspace("finance")
        .request_timeout(Duration::from_secs(1))
        .idle_timeout(Duration::from_secs(1))
        .retries(RetryPolicy { first: Duration::from_millis(5), ..RetryPolicy::default() })
        .build()
        .unwrap()
}

fn quick() -> PollPolicy {
    PollPolicy {
        first: Duration::from_millis(5),
        cap: Duration::from_millis(20),
        transient_failures: 3,
        ..PollPolicy::default()
    }
}

/// Does what has the stage in it.
async fn run(cx: &Client, stage: Endpoint, folder: &Path) -> Result<(), Error> {
    let within = Duration::from_secs(20);
    match stage {
        NOW => cx.report(42).export().now().await?.save_to(folder).await.map(drop),
        BY_QUERY => cx.report(42).export().now_by_query().await?.save_to(folder).await.map(drop),
        START_RUN | RUN_STATUS | REVIEW | DELIVER => {
            let run = cx.job(7).run().start().await?;
            run.wait().policy(quick()).within(within).await?;
            run.review_document().await?.wait().policy(quick()).await?.save_to(folder).await?;
            run.deliver().await
        }
        _ => {
            let data = cx.upload(["Tea"]).send().await?;
            let export = cx.report(42).export().temporary_data(data).start().await?;
            export.wait().policy(quick()).within(within).await?.save_to(folder).await.map(drop)
        }
    }
}

fn name(error: &Error) -> String {
    match error {
        Error::Call(CallError::Connection { maybe_sent: true, .. }) => "connection lost".to_owned(),
        Error::Call(CallError::Status { status, .. }) => format!("status {}", status.as_u16()),
        Error::Call(CallError::Body { .. }) => "broke off".to_owned(),
        Error::Call(CallError::UnexpectedResponse { .. }) => "not as pinned".to_owned(),
        Error::Call(CallError::TimedOut { .. }) => "timed out".to_owned(),
        Error::WaitBroken { source, .. } => format!("wait: {}", name(source)),
        Error::Stalled { .. } => "stalled".to_owned(),
        Error::WrongLength { .. } => "wrong length".to_owned(),
        other => panic!("an error that no fault should give: {other:?}"),
    }
}

/// One fault at one stage; gives how it ended.
async fn cell(http: &reqwest::Client, stage: Endpoint, fault: Fault, always: bool) -> String {
    let case = format!("{fault} at {stage}, {}", if always { "always" } else { "once" });
    let instance = Instance::builder(Edition::V2026_5).token(TOKEN).strict(true).start().await.unwrap();
    let cx = client(&instance, http);
    let rule = FaultRule::new(fault).on(stage);
    instance.set_faults([if always { rule } else { rule.times(1) }]);
    let folder = tempfile::tempdir().unwrap();
    let outcome = run(&cx, stage, folder.path()).await;

    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let job = matches!(stage, START_RUN | RUN_STATUS | REVIEW | DELIVER);
    // An answer whose length is told only by itself cannot be known to be short.
    let whole = fault != Fault::Short || !matches!(stage, NOW | BY_QUERY);
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        assert!(file.extension().is_some_and(|extension| extension == "pdf"), "{case}: {}", file.display());
        let is_whole = bytes.starts_with(b"%PDF") && bytes.trim_ascii_end().ends_with(b"%%EOF");
        assert_eq!(is_whole, whole, "{case}: a partial file");
    }
    assert_eq!(files.len(), usize::from(outcome.is_ok() || stage == DELIVER), "{case}: {outcome:?}");
    assert!(instance.requests(DELIVER) <= 1, "{case}: delivered twice");

    if matches!(stage, STATUS | RUN_STATUS)
        && let Err(error) = &outcome
    {
        let ticket = error.ticket().unwrap_or_else(|| panic!("{case}: the ticket is lost: {error:?}"));
        instance.set_faults([]);
        if job {
            cx.resume_run(ticket).unwrap().wait().policy(quick()).await.unwrap();
        } else {
            cx.resume_export(ticket).unwrap().wait().policy(quick()).await.unwrap().bytes().await.unwrap();
        }
    }
    outcome.map_or_else(|error| name(&error), |()| if whole { "ok" } else { "short, untold" }.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_at_every_stage_ends_well() {
    // Made once: a client that trusts the system's certificates has to read them.
    let http = &reqwest::Client::new();
    let cases = STAGES.iter().flat_map(|(_, stage)| Fault::ALL.map(|fault| (*stage, fault)));
    let ends: Vec<_> =
        stream::iter(cases)
            .map(|(stage, fault)| async move {
                (cell(http, stage, fault, false).await, cell(http, stage, fault, true).await)
            })
            .buffered(16)
            .collect()
            .await;

    let mut matrix = format!("{:<11} {:<15} {:<16} always\n", "stage", "fault", "once");
    let names = STAGES.iter().flat_map(|(name, _)| Fault::ALL.map(|fault| (*name, fault)));
    for ((stage, fault), (once, always)) in names.zip(ends) {
        let _ = writeln!(matrix, "{stage:<11} {:<15} {once:<16} {always}", fault.to_string());
    }
    println!("{matrix}");
    insta::assert_snapshot!(matrix);
}

/// Serialises as a list of so many items, by the number of the pass; `None` panics.
struct Passes(Vec<Option<usize>>, AtomicUsize);

impl Serialize for Passes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pass = self.1.fetch_add(1, Ordering::SeqCst);
        let items = self.0[pass.min(self.0.len() - 1)].expect("a Serialize that panics");
        serializer.collect_seq(std::iter::repeat_n("an item of some length", items))
    }
}

/// What was wrong with the data.
fn payload_error(error: Error) -> String {
    match error {
        Error::Call(CallError::Payload { source, .. }) => source.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn data_that_is_not_the_same_twice_is_not_taken_for_whole() {
    let instance = Instance::builder(Edition::V2026_5).token(TOKEN).strict(true).start().await.unwrap();
    let builder = || Client::builder(&instance.url()).token(TOKEN).workspace("finance");
    let (cx, chunked) = (builder().build().unwrap(), builder().chunked_bodies().build().unwrap());
    // The first pass finds that it is too large for memory, the second one counts, and the third one is sent.
    const MANY: usize = 100_000;
    let passes = |passes: &[Option<usize>]| Passes(passes.to_vec(), AtomicUsize::new(0));
    for (third, than) in [(MANY + 1, "more"), (MANY - 1, "fewer"), (0, "fewer")] {
        let error = cx.upload(passes(&[Some(MANY), Some(MANY), Some(third)])).send().await.unwrap_err();
        let text = payload_error(error);
        assert!(text.starts_with(&format!("it has changed since it was counted: it has {than} than")), "{text}");
    }
    for panics in [[Some(MANY), None, None], [Some(MANY), Some(MANY), None]] {
        payload_error(cx.upload(passes(&panics)).send().await.unwrap_err());
    }
    payload_error(chunked.upload(passes(&[Some(MANY), None])).send().await.unwrap_err());
    chunked.upload(passes(&[Some(MANY), Some(MANY + 1)])).send().await.unwrap();

    let text = payload_error(cx.upload_reader(tokio::io::empty()).send().await.unwrap_err());
    assert_eq!(text, "it is empty, which is not JSON");
    let error = cx.upload_file("/dev/zero").send().await.unwrap_err();
    assert!(matches!(error, Error::NotJson { .. }), "{error:?}");
}

/// A server for one connection, which `act` has when the head of a request has been read.
async fn once<F: Future<Output = ()> + Send>(act: impl FnOnce(TcpStream) -> F + Send + 'static) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 16];
        stream.read_exact(&mut head).await.unwrap();
        act(stream).await;
    });
    let retries = RetryPolicy::default();
    let builder = Client::builder(&url).token(TOKEN).workspace("finance").retries(retries);
    builder.request_timeout(Duration::from_secs(2)).build().unwrap()
}

const LARGE: usize = 32 << 20;

#[tokio::test]
async fn a_response_before_the_body_was_read_is_seen() {
    let heads = ["413 Content Too Large", "401 Unauthorized", "500 Internal Server Error", "503 Service Unavailable"];
    for head in heads {
        let cx = once(move |mut stream| async move {
            let response = format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(response.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        });
        let error = cx.await.upload(vec!["x".repeat(64); LARGE / 64]).send().await.unwrap_err();
        assert!(error.status().is_some_and(|status| head.starts_with(status.as_str())), "{error:?}");
    }
    let moved = once(|mut stream| async move {
        let response = "HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(response.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    });
    let error = moved.await.upload(vec!["x".repeat(64); LARGE / 64]).send().await.unwrap_err();
    assert!(matches!(error, Error::Call(CallError::Redirect { .. })), "{error:?}");
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_is_not_taken_for_whole() {
    let folder = tempfile::tempdir().unwrap();
    for (number, size) in [LARGE as u64 / 2, LARGE as u64 + 1].into_iter().enumerate() {
        let path = folder.path().join(number.to_string());
        let file = std::fs::File::create_new(&path).unwrap();
        file.set_len(LARGE as u64).unwrap();
        let cx = once(move |mut stream| async move {
            file.set_len(size).unwrap();
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        });
        let text = payload_error(cx.await.upload_file(path).send().await.unwrap_err());
        assert!(text.starts_with("it has changed since it was counted"), "{text}");
    }
}

/// Blanks without end; tells when it is dropped.
struct Endless(Arc<AtomicBool>);

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl AsyncRead for Endless {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        into.initialize_unfilled().fill(b' ');
        into.set_filled(into.capacity());
        Poll::Ready(Ok(()))
    }
}

impl io::Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        into.fill(b' ');
        Ok(into.len())
    }
}

#[tokio::test]
async fn an_upload_that_ends_early_lets_go_of_its_source() {
    let is_dropped = async |dropped: &AtomicBool| {
        for _ in 0..100 {
            if dropped.load(Ordering::SeqCst) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    };
    let reading = |mut stream: TcpStream| async move {
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    };
    let stalled = |stream: TcpStream| async move {
        tokio::time::sleep(Duration::from_secs(10)).await;
        drop(stream);
    };
    for blocking in [true, false] {
        let servers =
            [("reading", once(reading).await), ("stalled", once(stalled).await), ("dropped", once(reading).await)];
        for (server, cx) in servers {
            let drops_it = server == "dropped";
            let dropped = Arc::new(AtomicBool::new(false));
            let endless = Endless(Arc::clone(&dropped));
            let upload =
                if blocking { cx.upload(cxreports::core::Payload::reader(endless)) } else { cx.upload_reader(endless) };
            if drops_it {
                tokio::time::timeout(Duration::from_millis(200), upload.send()).await.unwrap_err();
            } else {
                let error = upload.send().await.unwrap_err();
                assert!(matches!(error, Error::Call(CallError::TimedOut { .. })), "{error:?}");
            }
            assert!(is_dropped(&dropped).await, "{server}, blocking: {blocking}");
        }
    }
    let (sent, received) = oneshot::channel();
    let closing = once(move |stream| async move {
        drop(stream);
        sent.send(()).unwrap();
    });
    let error = closing.await.upload(vec!["x".repeat(64); LARGE / 64]).send().await.unwrap_err();
    assert!(matches!(error, Error::Call(CallError::Connection { maybe_sent: true, .. })), "{error:?}");
    received.await.unwrap();
}
