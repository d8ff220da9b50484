//! A worker: it leases lines, exports them, and stops when it is asked to.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use cxreports::{Client, Error, ErrorClass, core::http::StatusCode};
use metrics::{counter, gauge, histogram};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::{Id, JoinSet},
    time::{Instant, interval, timeout_at},
};

use crate::{
    metrics as names,
    queue::{Leased, Outcome, Queue},
    result::Result,
};

/// How a worker works.
#[derive(clap::Args)]
pub(crate) struct Arguments {
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

/// How long one export may take.
const EXPORT_TIME: Duration = Duration::from_secs(30 * 60);
/// How often a worker that has nothing to do looks for lines.
const IDLE: Duration = Duration::from_millis(250);

/// What each line needs.
struct Desk {
    cx: Client,
    queue: Queue,
    work: Arguments,
}

/// The tasks of the lines that are held, with their leases.
struct Held {
    tasks: JoinSet<Option<Outcome>>,
    leases: HashMap<Id, i64>,
}

pub(crate) async fn run(queue: Queue, work: Arguments) -> Result<()> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let cx = Client::from_env()?.build()?;
    tokio::fs::create_dir_all(&work.folder).await?;
    if let Some(address) = work.metrics {
        names::serve(address, queue.clone())?;
    }
    let mut renewal = interval(work.lease / 3);
    let mut look = interval(IDLE);
    let desk = Arc::new(Desk { cx, queue, work });
    let mut held = Held { tasks: JoinSet::new(), leases: HashMap::new() };
    let stopped = loop {
        tokio::select! {
            _ = term.recv() => break Ok(()),
            _ = int.recv() => break Ok(()),
            _ = renewal.tick() => held.renew(&desk).await,
            _ = look.tick() => held.fill(&desk).await,
            Some(ended) = held.tasks.join_next_with_id() => {
                if held.ended(ended) {
                    break Err("the instance refuses the token; the lines were handed back".into());
                }
                held.fill(&desk).await;
            }
        }
    };
    held.finish(&desk).await;
    stopped
}

impl Held {
    /// Takes as many lines as are missing.
    async fn fill(&mut self, desk: &Arc<Desk>) {
        let free = desk.work.jobs.saturating_sub(self.tasks.len());
        if free == 0 {
            return;
        }
        match desk.queue.lease(free, desk.work.lease).await {
            Ok(lines) => {
                for leased in lines {
                    let lease = leased.lease;
                    let desk = Arc::clone(desk);
                    let task = self.tasks.spawn(async move { desk.handle(leased).await });
                    self.leases.insert(task.id(), lease);
                }
            }
            Err(error) => tracing::warn!(error, "the queue cannot be reached"),
        }
        gauge!(names::HELD).set(self.tasks.len() as f64);
    }

    async fn renew(&self, desk: &Desk) {
        let leases: Vec<i64> = self.leases.values().copied().collect();
        if let Err(error) = desk.queue.renew(&leases, desk.work.lease).await {
            tracing::warn!(error, "leases cannot be renewed");
        }
    }

    /// Notes that a line is done with; whether the worker has to stop.
    fn ended(&mut self, ended: std::result::Result<(Id, Option<Outcome>), tokio::task::JoinError>) -> bool {
        match ended {
            Ok((id, outcome)) => {
                self.leases.remove(&id);
                outcome.is_none()
            }
            // The lease of a line that panicked runs out, and that was a try.
            Err(error) => {
                self.leases.remove(&error.id());
                tracing::error!(%error, "a line was dropped");
                false
            }
        }
    }

    /// Ends what is held within the time of grace, and hands the rest back.
    async fn finish(mut self, desk: &Desk) {
        let end = Instant::now() + desk.work.grace;
        tracing::info!(lines = self.tasks.len(), "stopping");
        let mut renewal = interval(desk.work.lease / 3);
        while !self.tasks.is_empty() {
            let next = async {
                tokio::select! {
                    ended = self.tasks.join_next_with_id() => ended,
                    _ = renewal.tick() => None,
                }
            };
            match timeout_at(end, next).await {
                Ok(Some(ended)) => {
                    self.ended(ended);
                }
                Ok(None) => self.renew(desk).await,
                Err(_) => break,
            }
        }
        self.tasks.shutdown().await;
        for lease in self.leases.into_values() {
            desk.end(lease, &Outcome::HandedBack).await;
        }
    }
}

impl Desk {
    /// Works on one line; `None` if the fault is the worker's own.
    async fn handle(&self, leased: Leased) -> Option<Outcome> {
        let since = Instant::now();
        let outcome = match self.deliver(&leased).await {
            Ok(()) => {
                histogram!(names::SECONDS).record(since.elapsed().as_secs_f64());
                Outcome::Delivered
            }
            Err(error) => self.judge(&leased, &*error),
        };
        self.end(leased.lease, &outcome).await;
        (!matches!(outcome, Outcome::HandedBack)).then_some(outcome)
    }

    async fn deliver(&self, leased: &Leased) -> Result<()> {
        let path = self.work.folder.join(leased.line.file()?);
        // A file appears under its name when it is whole: one that is there was brought by a worker that died after it.
        if tokio::fs::try_exists(&path).await? {
            return Ok(());
        }
        self.export(leased, &path).await
    }

    async fn export(&self, leased: &Leased, path: &Path) -> Result<()> {
        let export = match &leased.ticket {
            Some(ticket) => {
                counter!(names::RESUMED).increment(1);
                self.cx.resume_export(ticket)?
            }
            None => {
                let line = &leased.line;
                let request = self.cx.report(line.report.as_str()).export().format(line.format.document());
                let request = if line.params.is_null() { request } else { request.params(&line.params) };
                let export = request.start().await?;
                counter!(names::STARTED).increment(1);
                if !self.queue.started(leased.lease, &export.ticket(), &self.work.name).await? {
                    return Err("the lease has passed to another worker".into());
                }
                export
            }
        };
        Ok(export.wait().within(EXPORT_TIME).await?.save_as(path).await?)
    }

    /// What becomes of a line that has failed.
    fn judge(&self, leased: &Leased, error: &(dyn std::error::Error + 'static)) -> Outcome {
        let known = error.downcast_ref::<Error>();
        let text = error.to_string();
        tracing::warn!(error = text, attempt = leased.attempt, report = leased.line.report, "a line failed");
        if known.and_then(Error::status) == Some(StatusCode::UNAUTHORIZED) {
            return Outcome::HandedBack;
        }
        // Its export cannot be continued: it failed, is gone, or is on an instance that was left.
        let restart =
            matches!(known, Some(Error::ExportFailed { .. } | Error::Expired { .. } | Error::OtherInstance { .. }));
        let local = matches!(known, None | Some(Error::Save { .. }));
        let passes = restart || local || known.is_some_and(|error| error.class() != ErrorClass::Permanent);
        if !passes || leased.attempt >= self.work.attempts {
            return Outcome::Dead { error: text };
        }
        let doubled = self.work.pause.saturating_mul(1 << (leased.attempt - 1).clamp(0, 16));
        Outcome::Retried { pause: doubled.min(Duration::from_secs(300)), restart, error: text }
    }

    /// Writes an outcome down. If that fails, the lease runs out, and the next worker finds the file or the ticket.
    async fn end(&self, lease: i64, outcome: &Outcome) {
        let name = match outcome {
            Outcome::Delivered => "delivered",
            Outcome::Retried { .. } => "retried",
            Outcome::Dead { .. } => "dead",
            Outcome::HandedBack => "handed_back",
        };
        counter!(names::ENDED, "outcome" => name).increment(1);
        if let Err(error) = self.queue.end(lease, outcome, &self.work.name).await {
            tracing::warn!(error, "an outcome cannot be written down");
        }
    }
}
