//! Workers that are stopped or killed at each of their steps: another one goes on, and every line is delivered once.
//!
//! `examples/fleet/run test` starts a PostgreSQL and runs this.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use cxreports_sim::{Edition, Endpoint, Fault, FaultRule, Instance, op};
use sqlx::PgPool;
use tokio::{
    process::{Child, Command as Process},
    sync::Mutex,
    time::{sleep, timeout},
};

const TOKEN: &str = "a-planted-token";
const LIMIT: Duration = Duration::from_secs(60);

/// The steps of a worker, by the request that is made in each.
const STEPS: [Endpoint; 3] =
    [Endpoint::of::<op::StartExport>(), Endpoint::of::<op::GetExportStatus>(), Endpoint::of::<op::DownloadExport>()];

/// The tests share one table.
static TABLE: Mutex<()> = Mutex::const_new(());

/// The address of the database; `None` where there is none.
fn database() -> Option<String> {
    let url = std::env::var("DATABASE_URL").ok();
    if url.is_none() {
        assert!(std::env::var_os("NO_SKIPS").is_none(), "DATABASE_URL is not set");
        println!("SKIPPED: DATABASE_URL is not set; examples/fleet/run test starts a database");
    }
    url
}

/// An empty queue with one line in it.
async fn queue(url: &str) -> PgPool {
    fleet(url, &["status"], "");
    let pool = PgPool::connect(url).await.unwrap();
    sqlx::query("DELETE FROM lines").execute(&pool).await.unwrap();
    fleet(url, &["enqueue"], "{\"report\":\"invoice\",\"params\":{\"customer\":7}}\n");
    pool
}

/// Runs the program to its end.
fn fleet(url: &str, arguments: &[&str], input: &str) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fleet"))
        .args(arguments)
        .env("DATABASE_URL", url)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{arguments:?}");
}

async fn instance(export_time: Duration) -> Instance {
    Instance::builder(Edition::V2026_5).token(TOKEN).export_time(export_time).start().await.unwrap()
}

/// A worker whose log goes to a file beside its folder.
#[allow(clippy::disallowed_methods, reason = "a test's own folder")]
fn worker(url: &str, instance: &Instance, folder: &Path, name: &str) -> Child {
    Process::new(env!("CARGO_BIN_EXE_fleet"))
        .arg("work")
        .arg(folder.join("out"))
        .args(["--name", name, "--jobs", "2", "--lease", "1", "--pause", "0.1", "--grace", "0.2"])
        .env("DATABASE_URL", url)
        .env("CX_REPORTS_URL", instance.url())
        .env("CX_REPORTS_PAT", TOKEN)
        .env("CX_REPORTS_WORKSPACE_ID", "finance")
        .stderr(File::create(folder.join(name)).unwrap())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

fn signal(worker: &Child, signal: &str) {
    let id = worker.id().expect("the worker runs").to_string();
    assert!(Command::new("kill").args([format!("-{signal}"), id]).status().unwrap().success());
}

/// Waits until something holds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(timeout(LIMIT, wait).await.is_ok(), "{what}: not within {LIMIT:?}");
}

async fn count(pool: &PgPool, condition: &str) -> i64 {
    let query = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM lines WHERE {condition}"));
    sqlx::query_as::<_, (i64,)>(query).fetch_one(pool).await.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_ends_at_any_step_is_continued_by_another() {
    let Some(url) = database() else { return };
    let _table = TABLE.lock().await;
    for end in ["KILL", "TERM", "INT"] {
        for step in STEPS {
            let (pool, instance) = (queue(&url).await, instance(Duration::from_millis(50)).await);
            let folder = tempfile::tempdir().unwrap();
            // The step gets no response, so that the worker is in it when the signal comes.
            instance.set_faults([FaultRule::new(Fault::Silence).on(step)]);
            let mut first = worker(&url, &instance, folder.path(), "first");
            until("the step is reached", async || instance.requests(step) > 0).await;
            signal(&first, end);
            let status = timeout(LIMIT, first.wait()).await.expect("it ends").unwrap();
            assert_eq!(status.success(), end != "KILL", "{end} at {step:?}: {status}");
            assert_eq!(count(&pool, "state = 'queued' AND deliveries = 0").await, 1, "{end} at {step:?}");

            instance.set_faults([]);
            let mut second = worker(&url, &instance, folder.path(), "second");
            until("the line is delivered", async || count(&pool, "state = 'delivered'").await == 1).await;
            signal(&second, "TERM");
            assert!(timeout(LIMIT, second.wait()).await.expect("it ends").unwrap().success());
            assert_eq!(count(&pool, "deliveries = 1 AND delivered_by = 'second'").await, 1, "{end} at {step:?}");
            let files: Vec<_> =
                fs::read_dir(folder.path().join("out")).unwrap().map(|entry| entry.unwrap().path()).collect();
            let whole = files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "pdf"));
            let whole: Vec<_> = whole.map(|path| fs::read(path).unwrap()).collect();
            assert!(whole.len() == 1 && whole[0].trim_ascii_end().ends_with(b"%%EOF"), "{end} at {step:?}: {files:?}");
            // An export whose start was not seen to succeed is nobody's, and another one is started.
            let started = instance.requests(STEPS[0]);
            assert_eq!(started, if step == STEPS[0] { 2 } else { 1 }, "{end} at {step:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_line_has_passed_to_another_changes_it_no_more() {
    let Some(url) = database() else { return };
    let _table = TABLE.lock().await;
    let pool = queue(&url).await;
    let (slow, other) = (instance(Duration::from_secs(600)).await, instance(Duration::from_secs(600)).await);
    let folder = tempfile::tempdir().unwrap();
    let mut first = worker(&url, &slow, folder.path(), "first");
    until("it waits", async || slow.requests(STEPS[1]) > 0).await;
    // It stops until its lease has run out and another one, on another instance, has started the export anew.
    signal(&first, "STOP");
    let second = worker(&url, &other, folder.path(), "second");
    until("the other waits", async || other.requests(STEPS[1]) > 0).await;
    let state = async || {
        let line = "SELECT lease, ticket::text, state FROM lines";
        sqlx::query_as::<_, (Option<i64>, Option<String>, String)>(line).fetch_one(&pool).await.unwrap()
    };
    let before = state().await;
    assert!(before.1.as_deref().is_some_and(|ticket| ticket.contains(&other.url())), "{before:?}");

    // What the first one finds makes it give its ticket up.
    slow.set_faults([FaultRule::new(Fault::Status(404)).on(STEPS[1])]);
    signal(&first, "CONT");
    let log = folder.path().join("first");
    until("it fails", async || fs::read_to_string(&log).unwrap().contains("a line failed")).await;
    signal(&first, "TERM");
    timeout(LIMIT, first.wait()).await.expect("it ends").unwrap();
    assert_eq!(state().await, before);
    drop(second);
}
