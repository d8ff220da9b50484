//! How many exports a minute several workers make against one simulated instance.

use std::{thread::available_parallelism, time::Duration};

use crate::{
    demo::{empty, instance, lines, tempfile, terminate, wait_for, worker},
    queue::Queue,
    result::Result,
};

const WORKERS: [u32; 3] = [1, 2, 4];

pub(crate) async fn run(queue: &Queue) -> Result<()> {
    let build = if cfg!(debug_assertions) { "a debug build" } else { "a release build" };
    println!(
        "exports a minute, 4 at a time in each worker, {build}, {} cores for everything\n",
        available_parallelism()?
    );
    println!("| workers | rendering takes 1 s | rendering takes no time |");
    println!("| --- | --- | --- |");
    for workers in WORKERS {
        let slow = measure(queue, workers, Duration::from_secs(1), 60 * workers).await?;
        let fast = measure(queue, workers, Duration::ZERO, 600).await?;
        println!("| {workers} | {slow:.0} | {fast:.0} |");
    }
    Ok(())
}

/// Exports a minute.
async fn measure(queue: &Queue, workers: u32, export_time: Duration, count: u32) -> Result<f64> {
    empty(queue).await?;
    let (instance, folder) = (instance(export_time).await?, tempfile()?);
    let mut running = Vec::new();
    for number in 1..=workers {
        running.push(worker(&instance, &format!("worker-{number}"), &folder, &[])?);
    }
    // All of them have to be up before the clock starts.
    tokio::time::sleep(Duration::from_secs(1)).await;
    queue.enqueue(&lines(count)).await?;
    wait_for(queue, "state = 'delivered'", i64::from(count)).await?;
    let took = "SELECT extract(epoch FROM max(delivered) - min(added))::float8 FROM lines";
    let (seconds,): (f64,) = sqlx::query_as(took).fetch_one(&queue.pool).await?;
    for mut worker in running {
        terminate(&mut worker).await?;
    }
    tokio::fs::remove_dir_all(&folder).await?;
    Ok(f64::from(count) * 60.0 / seconds)
}
