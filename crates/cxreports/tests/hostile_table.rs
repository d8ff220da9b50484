//! Each call of the client against each malice, at each place where it looks: it ends in time, takes little memory, fails with
//! an error that can be shown, writes nothing, and goes nowhere else.
//!
//! `ONLY="a body that stalls" cargo test -p cxreports --test it hostile_table` runs one row.

use std::{error::Error as _, fmt::Debug, path::Path, time::Duration};

use crate::malice::{Expect, MALICE, Malice, NONCE, PDF, Server};
use bytes::Bytes;
use cxreports::{Client, ClientBuilder, Error, Export, PollPolicy, RetryPolicy, core::is_printable};
use futures_util::{StreamExt as _, TryStreamExt as _, future::BoxFuture, stream};
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

const TOKEN: &str = "planted-token-9b1d";
/// Longest time for one call: every limit of the client is one second, and some calls send several requests.
const MAX_TIME: Duration = Duration::from_secs(25);
/// Most memory for all of them together, some of which is the server's.
const MAX_MEMORY: u64 = 512 << 20;
const AT_ONCE: usize = 128;

/// What a call gave: how it is shown, and a file's content if there is one.
type Outcome = Result<(String, Option<Bytes>), Error>;

struct Call {
    name: &'static str,
    /// Where the malice is; everywhere if it is `None`.
    place: Option<&'static str>,
    run: for<'a> fn(ClientBuilder, &'a Path) -> BoxFuture<'a, Outcome>,
}

fn shown(value: &impl Debug) -> (String, Option<Bytes>) {
    (format!("{value:?}"), None)
}

fn with(value: &impl Debug, file: Bytes) -> (String, Option<Bytes>) {
    (format!("{value:?}"), Some(file))
}

macro_rules! calls {
    ($($name:literal at $($place:literal)* => |$cx:ident, $folder:tt| $run:expr;)*) => {
        vec![$($(Call {
            name: $name,
            place: match $place {
                "" => None,
                place => Some(place),
            },
            run: |builder, folder| {
                Box::pin(async move {
                    let $cx = builder.build()?;
                    let $folder = folder;
                    $run
                })
            },
        },)*)*]
    };
}

fn policy() -> PollPolicy {
    let (first, cap) = (Duration::from_millis(1), Duration::from_millis(50));
    PollPolicy { first, cap, transient_failures: 2, ..PollPolicy::default() }
}

async fn export(cx: &Client) -> Result<Export<cxreports::LatestPin>, Error> {
    cx.report(42).export().start().await
}

async fn saved(path: impl AsRef<Path> + Debug) -> Outcome {
    Ok(with(&path, std::fs::read(path.as_ref()).unwrap().into()))
}

fn calls() -> Vec<Call> {
    const WITHIN: Duration = Duration::from_secs(2);
    let mut calls = calls! {
        "workspaces" at "" => |cx, _| Ok(shown(&cx.workspaces().await?));
        "reports" at "" => |cx, _| Ok(shown(&cx.reports().of_type("invoice").await?));
        "pages" at "" => |cx, _| Ok(shown(&cx.report(42).pages().await?));
        "report_types" at "" => |cx, _| Ok(shown(&cx.report_types().await?));
        "templates" at "" => |cx, _| Ok(shown(&cx.templates().await?));
        "themes" at "" => |cx, _| Ok(shown(&cx.themes().await?));
        "jobs" at "" => |cx, _| Ok(shown(&cx.jobs().await?));
        "upload" at "" => |cx, _| Ok(shown(&cx.upload("x").send().await?));
        "start" at "" => |cx, _| Ok(shown(&export(&cx).await?));
        "start with large data" at "data" => |cx, _| Ok(shown(&cx.report(42).export().inline_up_to(1).data("xx").start().await?));
        "now, bytes" at "" => |cx, _| Ok(with(&(), cx.report(42).export().now().await?.bytes().await?));
        "now, save_to" at "" => |cx, folder| saved(cx.report(42).export().now().await?.save_to(folder).await?).await;
        "now_by_query, save_as" at "" => |cx, folder| {
            let path = folder.join("r.pdf");
            cx.report(42).export().now_by_query().await?.save_as(&path).await?;
            saved(path).await
        };
        "now, stream" at "" => |cx, _| {
            let chunks: Vec<_> = cx.report(42).export().now().await?.into_stream().try_collect().await?;
            Ok(with(&(), chunks.concat().into()))
        };
        "status" at "" => |cx, _| Ok(shown(&cx.started_export(5)?.status().await?));
        "ready" at "" => |cx, _| Ok(shown(&cx.started_export(5)?.ready().await?));
        "wait" at "" => |cx, _| Ok(shown(&cx.started_export(5)?.wait().policy(policy()).within(WITHIN).await?));
        "statuses" at "" => |cx, _| {
            let statuses = cx.started_export(5)?.wait().policy(policy()).within(WITHIN).statuses();
            Ok(shown(&statuses.try_collect::<Vec<_>>().await?))
        };
        "export, wait, save_to" at "export" "status" "content" => |cx, folder| {
            let ready = export(&cx).await?.wait().policy(policy()).within(WITHIN).await?;
            saved(ready.save_to(folder).await?).await
        };
        "export, wait, save_as" at "content" => |cx, folder| {
            let path = folder.join("r.pdf");
            export(&cx).await?.wait().policy(policy()).within(WITHIN).await?.save_as(&path).await?;
            saved(path).await
        };
        "export, wait, bytes" at "content" => |cx, _| {
            Ok(with(&(), export(&cx).await?.wait().policy(policy()).within(WITHIN).await?.bytes().await?))
        };
        "export, wait, stream" at "content" => |cx, _| {
            let ready = export(&cx).await?.wait().policy(policy()).within(WITHIN).await?;
            let chunks: Vec<_> = ready.stream().await?.try_collect().await?;
            Ok(with(&(), chunks.concat().into()))
        };
        "run" at "" => |cx, _| Ok(shown(&cx.job("monthly").run().start().await?));
        "run status" at "" => |cx, _| Ok(shown(&cx.job("monthly").started(3)?.status().await?));
        "run wait" at "" => |cx, _| Ok(shown(&cx.job("monthly").started(3)?.wait().policy(policy()).within(WITHIN).await?));
        "review" at "" => |cx, _| Ok(shown(&cx.job("monthly").started(3)?.review_document().await?));
        "review, wait, save_to" at "review" "status" "content" => |cx, folder| {
            let review = cx.job("monthly").started(3)?.review_document().await?;
            saved(review.wait().policy(policy()).within(WITHIN).await?.save_to(folder).await?).await
        };
        "deliver" at "jobs" "deliver" => |cx, _| Ok(shown(&cx.job("monthly").started(3)?.deliver().await?));
        "preview" at "nonce" => |cx, _| Ok(shown(&cx.report(42).preview().url().await?));
        "preview with large data" at "data" => |cx, _| Ok(shown(&cx.report(42).preview().inline_up_to(1).data("xx").url().await?));
        "check" at "" "swagger" => |cx, _| Ok(shown(&cx.instance().check().await?));
    };
    for place in [None, Some("swagger"), Some("options")] {
        let run: for<'a> fn(ClientBuilder, &'a Path) -> BoxFuture<'a, Outcome> =
            |builder, _| Box::pin(async move { Ok(shown(&builder.probe().await?.pinned().probed_from())) });
        calls.push(Call { name: "probe", place, run });
    }
    calls
}

fn builder(url: &str) -> ClientBuilder {
    let limit = Duration::from_secs(1);
    let retries = RetryPolicy { retries: 1, first: Duration::from_millis(1), ..RetryPolicy::default() };
    Client::builder(url)
        .token(TOKEN)
        .workspace("finance")
        .request_timeout(limit)
        .idle_timeout(limit)
        .retries(retries)
        .json_limit(1 << 20)
        .memory_limit(1 << 20)
        .file_limit(4 << 20)
}

/// Why an outcome is not as it should be.
fn judge(malice: &Malice, call: &Call, outcome: &Outcome, folder: &Path) -> Result<(), String> {
    let left = std::fs::read_dir(folder).unwrap().count();
    match outcome {
        Ok((text, file)) => {
            let is_allowed = match malice.expect {
                Expect::Fails => false,
                Expect::FailsWhereRead => call.place == Some("deliver"),
                Expect::May | Expect::Believes => true,
            };
            // Whether a document is there is found out by asking for it: what is no document is none.
            if !is_allowed && !matches!(call.name, "check" | "probe") {
                return Err(format!("it was taken for a success: {text}"));
            }
            if malice.expect == Expect::May && file.as_ref().is_some_and(|file| file != PDF) {
                return Err("the file is not the honest one".to_owned());
            }
            if [TOKEN, NONCE].iter().any(|secret| text.contains(secret)) {
                return Err(format!("a secret is shown: {text}"));
            }
        }
        Err(error) => {
            let mut said = error.to_string();
            let mut source = error.source();
            while let Some(error) = source {
                said.push_str(&format!(" <- {error}"));
                source = error.source();
            }
            if let Some(c) = said.chars().find(|c| !is_printable(*c)) {
                return Err(format!("{c:?} is in the error: {said:?}"));
            }
            if said.len() > 12_000 {
                return Err(format!("the error has {} bytes", said.len()));
            }
            for text in [said, format!("{error:?}"), format!("{error:#?}")] {
                if [TOKEN, NONCE].iter().any(|secret| text.contains(secret)) {
                    return Err(format!("a secret is shown: {text}"));
                }
            }
            if left > 0 {
                return Err(format!("{left} files are left"));
            }
        }
    }
    Ok(())
}

async fn cell(malice: &'static Malice, call: Call) -> Result<(), String> {
    let which = format!("{} at {}, {}", call.name, call.place.unwrap_or("every place"), malice.name);
    // A machine that is busy may not get as far as the malice.
    for _ in 0..4 {
        let server = Server::start(malice, call.place).await;
        let folder = TempDir::new().unwrap();
        let since = Instant::now();
        let run = (call.run)(builder(&server.url), folder.path());
        let Ok(outcome) = timeout(MAX_TIME, std::panic::AssertUnwindSafe(run)).await else {
            return Err(format!("{which}: it goes on after {} s", MAX_TIME.as_secs()));
        };
        judge(malice, &call, &outcome, folder.path()).map_err(|why| format!("{which}: {why}"))?;
        if server.strays() > 0 {
            return Err(format!("{which}: it went where it was redirected to"));
        }
        if since.elapsed() > Duration::from_secs(12) {
            println!("{which}: {:.1} s", since.elapsed().as_secs_f32());
        }
        if call.place.is_none_or(|place| server.requests(place) > 0) {
            return Ok(());
        }
    }
    Err(format!("{which}: it never got there"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_call_meets_every_malice() {
    let only = std::env::var("ONLY").ok();
    let rows = MALICE.iter().filter(|malice| only.as_deref().is_none_or(|only| malice.name == only));
    let cells: Vec<_> = rows.flat_map(|malice| calls().into_iter().map(move |call| (malice, call))).collect();
    let (count, since, before) = (cells.len(), Instant::now(), peak());
    assert!(count >= calls().len(), "no malice has this name");
    let running = cells.into_iter().map(|(malice, call)| {
        let which = format!("{}, {}", call.name, malice.name);
        let task = async move { tokio::spawn(cell(malice, call)).await };
        async move { task.await.unwrap_or_else(|panic| Err(format!("{which}: {panic}"))) }
    });
    let outcomes: Vec<_> = stream::iter(running).buffer_unordered(AT_ONCE).collect().await;
    let wrong: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    let grown = peak() - before;
    println!("{count} cells in {:.1} s; the process grew by {} MiB", since.elapsed().as_secs_f32(), grown >> 20);
    assert!(wrong.is_empty(), "{} of {count} cells:\n{}", wrong.len(), wrong.join("\n"));
    assert!(grown < MAX_MEMORY, "{grown} bytes");
}

/// The most memory that the process has had, in bytes; 0 where the system does not say.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kibibytes| kibibytes.parse::<u64>().ok()).unwrap_or_default() << 10
}
