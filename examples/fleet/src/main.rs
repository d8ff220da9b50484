//! Exports on many machines: lines in a queue, workers that export them, and a demonstration of both.

mod demo;
mod line;
mod load;
mod metrics;
mod queue;
mod work;

use std::{error::Error, io, net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Parser, Subcommand};

use queue::Queue;

/// What goes wrong in a program of this size.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Exports reports on many machines, with a queue in PostgreSQL.
#[derive(Parser)]
struct Arguments {
    /// The database of the queue; its table is created if it is missing
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    database_url: Option<String>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Puts lines into the queue: JSON Lines on standard input, such as {"report": "invoice", "params": {"customer": 7}}
    ///
    /// A line that is in the queue already, in any state, is not added again. Either all lines are added, or none.
    Enqueue,
    /// Exports lines until it is stopped by SIGTERM or Ctrl-C
    ///
    /// CX_REPORTS_URL, CX_REPORTS_PAT and CX_REPORTS_WORKSPACE_ID name the instance. When it is stopped, it finishes the lines that
    /// it has begun, or hands them back after the time of grace.
    Work(Work),
    /// Prints how many lines are in each state
    Status,
    /// Prints the dead letters: lines that have failed for good, with the reason
    Dead,
    /// Queues dead letters again: all of them, or those with these keys
    Revive {
        /// Keys, as `dead` prints them
        keys: Vec<String>,
    },
    /// Runs several workers against a simulated instance, ends some of them, and checks that every line is delivered once
    ///
    /// Lines that are in the queue are deleted.
    Demo {
        /// Measure exports a minute with 1, 2 and 4 workers instead, and print a table
        #[arg(long)]
        load: bool,
    },
}

/// How a worker works.
#[derive(clap::Args)]
struct Work {
    /// Where the files go; all workers share it
    folder: PathBuf,
    /// Its name in the queue and in the log
    #[arg(long, env = "HOSTNAME", default_value = "worker")]
    name: String,
    /// Exports at a time
    #[arg(long, default_value_t = 8)]
    jobs: usize,
    /// Tries of a line before it becomes a dead letter
    #[arg(long, default_value_t = 5)]
    attempts: i32,
    /// Pause before the second try, in seconds; it doubles with each further one, up to five minutes
    #[arg(long, default_value = "2", value_parser = seconds)]
    pause: Duration,
    /// How long a worker that is silent keeps its lines, in seconds
    #[arg(long, default_value = "30", value_parser = seconds)]
    lease: Duration,
    /// How long a worker that is stopped may go on with its lines, in seconds
    #[arg(long, default_value = "20", value_parser = seconds)]
    grace: Duration,
    /// Serves metrics for Prometheus at this address
    #[arg(long)]
    metrics: Option<SocketAddr>,
}

fn seconds(text: &str) -> std::result::Result<Duration, String> {
    let seconds = text.parse().map_err(|_| format!("{text:?} is not a number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let Arguments { database_url, verb } = Arguments::parse();
    let url = database_url.ok_or("DATABASE_URL is not set; examples/fleet/run starts a PostgreSQL for a trial")?;
    let queue = Queue::open(&url).await?;
    match verb {
        Verb::Enqueue => {
            let lines = line::read(io::stdin().lock())?;
            let added = queue.enqueue(&lines).await?;
            println!("{added} lines added, {} were in the queue already", lines.len() as u64 - added);
        }
        Verb::Work(work) => work::run(queue, work).await?,
        Verb::Status => {
            for (state, lines) in queue.states().await? {
                println!("{state:<10} {lines}");
            }
        }
        Verb::Dead => {
            for (key, request, attempts, error) in queue.dead().await? {
                println!("{key}  {request}  after {attempts} tries: {error}");
            }
        }
        Verb::Revive { keys } => println!("{} lines queued again", queue.revive(&keys).await?),
        Verb::Demo { load: false } => demo::run(&queue).await?,
        Verb::Demo { load: true } => load::run(&queue).await?,
    }
    Ok(())
}
