//! All of it on one machine: a simulated instance with faults, three workers, one of them killed and one stopped in the middle.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
    process::ExitStatus,
    time::{Duration, Instant},
};

use cxreports_sim::{Edition, Endpoint, Fault, FaultRule, Instance, op};
use serde_json::json;
use tokio::process::{Child, Command};

use crate::{
    line::{Format, Line},
    queue::Queue,
    result::Result,
};

const LINES: u32 = 60;
/// Exports that fail at first.
const FAULTS: u32 = 6;
/// Exports at a time of one worker.
const JOBS: u32 = 4;
const TOKEN: &str = "demo-token";

pub(crate) async fn run(queue: &Queue) -> Result<()> {
    empty(queue).await?;
    let instance = instance(Duration::from_millis(1_500)).await?;
    instance.set_faults([FaultRule::new(Fault::Status(500)).on(Endpoint::of::<op::DownloadExport>()).times(FAULTS)]);
    let folder = tempfile()?;

    let mut lines = lines(LINES);
    let added = queue.enqueue(&lines).await?;
    lines.push(Line { report: "no-such-report".to_owned(), format: Format::Pdf, params: json!({}) });
    let second = queue.enqueue(&lines).await?;
    println!("{added} lines were added; enqueuing them again with a broken one added {second}");

    let mut ada = worker(&instance, "ada", &folder, &[])?;
    let mut bea = worker(&instance, "bea", &folder, &["--grace", "0.2"])?;
    let metrics = free_address()?;
    let mut cyd = worker(&instance, "cyd", &folder, &["--metrics", &metrics])?;
    let begun = |name: &str| format!("ticket IS NOT NULL AND state = 'queued' AND started_by = '{name}'");
    let orphaned = wait_for(queue, &begun("ada"), 3).await?;
    ada.kill().await?;
    println!("ada was killed, with {orphaned} exports in progress");
    wait_for(queue, &begun("bea"), 3).await?;
    let status = terminate(&mut bea).await?;
    let back = wait_for(queue, &format!("{} AND lease IS NULL", begun("bea")), 0).await?;
    println!("bea was stopped, handed {back} exports back, and ended with {status}");

    wait_for(queue, "state <> 'queued'", i64::from(LINES) + 1).await?;
    // The state of the queue is read every two seconds.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let metrics = scrape(&metrics).await?;
    let cyd_status = terminate(&mut cyd).await?;

    let dead = queue.dead().await?;
    let count = async |condition: &str| wait_for(queue, condition, 0).await;
    let inherited = count("delivered_by <> started_by").await?;
    let once = count("state = 'delivered' AND deliveries = 1").await?;
    let retried = count("state = 'delivered' AND attempts > 1").await?;
    let files = whole_files(&folder)?;
    tokio::fs::remove_dir_all(&folder).await?;
    let started = instance.requests(Endpoint::of::<op::StartExport>());
    println!(
        "{once} lines were delivered exactly once, {} files are whole, {started} exports were started",
        files.len()
    );
    println!("{inherited} exports were continued by another worker; {retried} lines were tried more than once");
    for (key, _, attempts, error) in &dead {
        println!("dead letter {key}, after {attempts} try: {error}");
    }
    let checks = [
        ("each line is enqueued once", added == u64::from(LINES) && second == 1),
        ("every line is delivered exactly once", once == i64::from(LINES)),
        ("every file is whole", files.len() == LINES as usize),
        ("the dead worker's exports were continued", inherited > 0),
        // A worker that ends between a start and its ticket leaves an export that nobody fetches; two workers end.
        ("exports are continued, and not started again", started <= LINES + 1 + 2 * JOBS),
        ("the broken line is a dead letter", dead.len() == 1),
        ("a worker that is stopped ends well", status.success() && cyd_status.success()),
        ("the metrics tell how it went", metrics.contains("fleet_queue_lines{state=\"delivered\"} 60")),
    ];
    match checks.iter().find(|(_, holds)| !holds) {
        Some((broken, _)) => Err(format!("this does not hold: {broken}\n{metrics}").into()),
        None => Ok(()),
    }
}

pub(crate) async fn empty(queue: &Queue) -> Result<()> {
    sqlx::query("DELETE FROM lines").execute(&queue.pool).await?;
    Ok(())
}

pub(crate) async fn instance(export_time: Duration) -> Result<Instance> {
    Ok(Instance::builder(Edition::V2026_5).token(TOKEN).export_time(export_time).start().await?)
}

pub(crate) fn lines(count: u32) -> Vec<Line> {
    let line =
        |number| Line { report: "invoice".to_owned(), format: Format::Pdf, params: json!({ "customer": number }) };
    (1..=count).map(line).collect()
}

/// A new folder for files.
pub(crate) fn tempfile() -> Result<PathBuf> {
    let folder = env::temp_dir().join(format!("cxreports-fleet-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

pub(crate) fn worker(instance: &Instance, name: &str, folder: &Path, more: &[&str]) -> Result<Child> {
    let jobs = JOBS.to_string();
    let child = Command::new(env::current_exe()?)
        .arg("work")
        .arg(folder)
        .args(["--name", name, "--jobs", &jobs, "--lease", "2", "--pause", "0.2"])
        .args(more)
        .env("CX_REPORTS_URL", instance.url())
        .env("CX_REPORTS_PAT", TOKEN)
        .env("CX_REPORTS_WORKSPACE_ID", "finance")
        .kill_on_drop(true)
        .spawn()?;
    Ok(child)
}

/// Asks a worker to stop, and waits until it has.
pub(crate) async fn terminate(worker: &mut Child) -> Result<ExitStatus> {
    let id = worker.id().ok_or("the worker has ended before")?.to_string();
    Command::new("kill").args(["-TERM", &id]).status().await?;
    Ok(tokio::time::timeout(Duration::from_secs(30), worker.wait()).await??)
}

fn free_address() -> Result<String> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// The metrics of a worker.
async fn scrape(address: &str) -> Result<String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    Ok(response)
}

/// Waits until so many lines are as the condition says, and gives how many are.
pub(crate) async fn wait_for(queue: &Queue, condition: &str, lines: i64) -> Result<i64> {
    let since = Instant::now();
    loop {
        let query = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM lines WHERE {condition}"));
        let (count,): (i64,) = sqlx::query_as(query).fetch_one(&queue.pool).await?;
        if count >= lines {
            return Ok(count);
        }
        if since.elapsed() > Duration::from_secs(120) {
            return Err(format!("after two minutes there are {count} of {lines} lines with {condition}").into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The files that are whole; one that is not is an error.
fn whole_files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        // What a killed process was writing has a name of no meaning.
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            continue;
        }
        if !std::fs::read(&path)?.trim_ascii_end().ends_with(b"%%EOF") {
            return Err(format!("{} is not whole", path.display()).into());
        }
        files.insert(path);
    }
    Ok(files)
}
