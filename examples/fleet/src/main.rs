//! Exports on many machines: lines in a queue, workers that export them, and a demonstration of both.

mod demo;
mod line;
mod load;
mod metrics;
mod queue;
mod result;
mod work;

use std::io;

use clap::{Parser, Subcommand};

use queue::Queue;
use result::Result;

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
    Work(work::Arguments),
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
        Verb::Work(arguments) => work::run(queue, arguments).await?,
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
