use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
    time::Duration,
};

use cxreports::{Client, Probed, model::JobRunStatus};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json, value::RawValue};

use crate::{export::wait_and_save, failure::Failure, output::Output};

/// Start a run of a job; wait for it, review it, deliver it
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cxreports run monthly-invoices --wait
  cxreports run monthly-invoices --review review.pdf --deliver
      waits, saves the review document, asks, and delivers

Delivering sends the documents out, and is done once: it is never repeated by itself.")]
pub(crate) struct Run {
    /// Job, by id or code
    job: String,
    /// File with the parameters, as JSON
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// File with the data, as JSON
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Wait until every entry has been dealt with, or awaits review
    #[arg(long)]
    wait: bool,
    /// Save the review document to this file; waits, too
    #[arg(long, value_name = "FILE")]
    review: Option<PathBuf>,
    /// Deliver the run when it is done; waits, too, and asks first
    #[arg(long)]
    deliver: bool,
    /// Do not ask before delivering
    #[arg(long, requires = "deliver")]
    yes: bool,
    /// Longest time to wait, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    timeout: u64,
}

impl Run {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        // Before anything is started: a run that nobody delivers is of no use.
        if self.deliver && !self.yes && !std::io::stdin().is_terminal() {
            return Err(Failure::Usage("there is nobody to ask; say --yes to deliver without asking".to_owned()));
        }
        let mut request = cx.job(self.job.as_str()).run();
        if let Some(path) = &self.params {
            request = request.params(&read(path)?);
        }
        if let Some(path) = &self.data {
            request = request.data(&read(path)?);
        }
        let run = request.start().await?;
        let id = run.id();
        if !(self.wait || self.review.is_some() || self.deliver) {
            return Ok(output.say(&format!("run {id} has been started"), &json!({ "jobRunId": id }))?);
        }

        let bar = counts_bar(output);
        let follow = bar.clone();
        let tell = move |status: &JobRunStatus| {
            follow.set_length(u64::try_from(status.entries).unwrap_or_default());
            follow.set_position(u64::try_from(status.entries - status.status.queued).unwrap_or_default());
        };
        output.step(&format!("wait for run {id}"));
        let status = run.wait().within(Duration::from_secs(self.timeout)).on_status(tell).await?;
        bar.finish_and_clear();
        let counts = counts(&status);
        if !output.json {
            let c = &status.status;
            let text = format!(
                "run {id}: {} entries, {} to review, {} completed, {} failed",
                status.entries, c.review, c.completed, c.errors
            );
            output.line(&text)?;
        }
        if let Some(path) = &self.review {
            let document = run.review_document().await?;
            wait_and_save(document, "the review document", self.timeout, Some(path), output).await?;
        }
        let delivered = if self.deliver {
            if !self.yes && !asked(&format!("deliver run {id} of {}? Its documents are sent out. [y/N] ", self.job))? {
                return Ok(
                    output.say("not delivered", &json!({ "jobRunId": id, "status": counts, "delivered": false }))?
                );
            }
            run.deliver().await?;
            true
        } else {
            false
        };
        if output.json {
            output.value(&json!({ "jobRunId": id, "status": counts, "delivered": delivered }))?;
        } else if delivered {
            output.line(&format!("run {id} has been delivered"))?;
        }
        Ok(())
    }
}

fn counts(status: &JobRunStatus) -> Value {
    let counts = &status.status;
    json!({
        "finished": status.finished, "entries": status.entries, "queued": counts.queued, "review": counts.review,
        "completed": counts.completed, "errors": counts.errors,
    })
}

fn read(path: &PathBuf) -> Result<Box<RawValue>, Failure> {
    let text = std::fs::read_to_string(path).map_err(Failure::file(path))?;
    RawValue::from_string(text).map_err(|error| Failure::Usage(format!("{}: no JSON: {error}", path.display())))
}

fn counts_bar(output: &Output) -> ProgressBar {
    if !output.has_bars() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length();
    bar.set_style(
        ProgressStyle::with_template("{spinner} {pos}/{len} entries {wide_bar}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar
}

/// Asks a person.
fn asked(question: &str) -> Result<bool, Failure> {
    anstream::eprint!("{question}");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
