//! All of it on one machine: a simulated instance, three workers, and one of them killed in the middle.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use cxreports_sim::{Edition, Endpoint, Instance, op};
use sqlx::PgPool;
use tokio::process::{Child, Command};

use crate::{Result, work};

const LINES: i64 = 60;
const TOKEN: &str = "demo-token";

pub(crate) async fn run(pool: &PgPool) -> Result<()> {
    let time = Duration::from_millis(1_500);
    let instance = Instance::builder(Edition::V2026_5).token(TOKEN).export_time(time).start().await?;
    let folder = env::temp_dir().join(format!("cxreports-fleet-{}", std::process::id()));
    tokio::fs::create_dir_all(&folder).await?;
    work::setup(pool).await?;
    work::submit(pool, LINES).await?;

    let mut workers = Vec::new();
    for name in ["ada", "bea", "cyd"] {
        workers.push(worker(&instance, name, &folder)?);
    }
    // The first one dies when it has started exports and not brought their files.
    let orphaned = wait_for(pool, "ticket IS NOT NULL AND deliveries = 0 AND started_by = 'ada'", 3).await?;
    workers.remove(0).kill().await?;
    println!("ada was killed, with {orphaned} exports on their way");
    wait_for(pool, "deliveries > 0", LINES).await?;
    for mut worker in workers {
        worker.kill().await?;
    }

    let inherited: (i64,) =
        sqlx::query_as("SELECT count(*) FROM exports WHERE started_by = 'ada' AND delivered_by <> 'ada'")
            .fetch_one(pool)
            .await?;
    let twice: (i64,) = sqlx::query_as("SELECT count(*) FROM exports WHERE deliveries <> 1").fetch_one(pool).await?;
    let files = whole_files(&folder)?;
    tokio::fs::remove_dir_all(&folder).await?;
    let started = instance.requests(Endpoint::of::<op::StartExport>());
    println!(
        "{LINES} lines, {} whole files, {started} exports started; {} of the dead worker's were finished by others",
        files.len(),
        inherited.0
    );
    if twice.0 != 0 || files.len() as i64 != LINES || inherited.0 == 0 || i64::from(started) > LINES + 1 {
        return Err("a line was lost, or delivered twice, or nothing was handed over".into());
    }
    println!("every line was delivered exactly once");
    Ok(())
}

fn worker(instance: &Instance, name: &str, folder: &Path) -> Result<Child> {
    let child = Command::new(env::current_exe()?)
        .args(["work", name])
        .arg(folder)
        .env("CX_REPORTS_URL", instance.url())
        .env("CX_REPORTS_PAT", TOKEN)
        .env("CX_REPORTS_WORKSPACE_ID", "finance")
        .kill_on_drop(true)
        .spawn()?;
    Ok(child)
}

/// Waits until so many lines are as the condition says.
async fn wait_for(pool: &PgPool, condition: &str, lines: i64) -> Result<i64> {
    let since = Instant::now();
    loop {
        let query = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM exports WHERE {condition}"));
        let (count,): (i64,) = sqlx::query_as(query).fetch_one(pool).await?;
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
