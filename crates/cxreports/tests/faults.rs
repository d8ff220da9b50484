//! Every fault at every stage of an export and of a job: it ends in a typed error or a success, with no partial file, no second
//! delivery and no lost ticket. Prints the matrix.

use std::{fmt::Write as _, path::Path, time::Duration};

use cxreports::{CallError, Client, Error, PollPolicy, RetryPolicy};
use cxreports_sim::{Edition, Endpoint, Fault, FaultRule, Instance, op};
use futures_util::{StreamExt as _, stream};

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
