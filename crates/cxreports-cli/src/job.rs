use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
    time::Duration,
};

use cxreports::{Client, JobRun, Probed, model::JobRunStatus};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json, value::RawValue};

use crate::{
    export::{Before, Target, wait_and_save},
    failure::Failure,
    output::Output,
};

/// Start a run of a job; wait for it, review it, deliver it
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cxreports run monthly-invoices --wait
  cxreports run monthly-invoices --review review.pdf --deliver
      waits, saves the review document, asks, and delivers
  cxreports run monthly-invoices --resume 31 --deliver
      goes on with run 31, which was started before

Delivering sends the documents out, and is done once: it is never repeated by itself.")]
pub(crate) struct Run {
    /// Job, by id or code; not needed where --resume is a ticket
    #[arg(required_unless_present = "resume")]
    job: Option<String>,
    /// Go on with a run that was started before: its id, or its ticket
    #[arg(long, value_name = "ID|TICKET", conflicts_with_all = ["params", "data"])]
    resume: Option<String>,
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
        let review = self.review.as_deref().map(|path| Target::prepared(Some(path))).transpose()?;
        let run = self.started(cx).await?;
        let id = run.id();
        let job = run.job().to_owned();
        if !(self.wait || review.is_some() || self.deliver) {
            let json = json!({ "jobRunId": id, "ticket": run.ticket() });
            let text = format!("run {id} has been started\nnext: cxreports run {job} --resume {id} --wait");
            return output.say(&text, &json);
        }
        output.goes_on(format!("nothing was delivered; the run goes on: cxreports run {job} --resume {id} --wait"));

        let bar = counts_bar(output);
        let follow = bar.clone();
        let tell = move |status: &JobRunStatus| {
            follow.set_length(u64::try_from(status.entries).unwrap_or_default());
            follow.set_position(u64::try_from(status.entries.saturating_sub(status.status.queued)).unwrap_or_default());
        };
        output.step(&format!("wait for run {id}"));
        let status = run.wait().within(Duration::from_secs(self.timeout)).on_status(tell).await?;
        bar.finish_and_clear();
        if !output.json {
            let c = &status.status;
            let text = format!(
                "run {id}: {} entries, {} to review, {} completed, {} failed",
                status.entries, c.review, c.completed, c.errors
            );
            output.line(&text)?;
        }
        let mut document = None;
        if let Some(to) = review {
            let export = run.review_document().await?;
            document = wait_and_save(export, "the review document", self.timeout, to, output).await?;
            output.goes_on(format!("nothing was delivered: cxreports run {job} --resume {id} --deliver"));
            if let (Some(path), false) = (&document, output.json) {
                output.line(&path.display().to_string())?;
            }
        }
        let agreed = self.deliver
            && (self.yes || asked(format!("deliver run {id} of {job}? Its documents are sent out. [y/N] ")).await?);
        if agreed {
            output
                .goes_on(format!("run {id} may have been delivered; see on the instance before it is delivered again"));
            run.deliver().await?;
        }
        if output.json {
            let review = document.map(|path| path.display().to_string());
            let counts = counts(&status);
            let json = json!({ "jobRunId": id, "status": counts, "review": review, "delivered": agreed });
            return output.value(&json);
        }
        match (self.deliver, agreed) {
            (true, true) => output.line(&format!("run {id} has been delivered")),
            (true, false) => output.line("not delivered"),
            (false, _) => Ok(()),
        }
    }

    /// The run: a new one, or one that was started before.
    async fn started(&self, cx: &Client<Probed>) -> Result<JobRun<Probed>, Failure> {
        let before = self.resume.as_deref().map(Before::parse).transpose()?;
        if let Some(Before::Ticket(ticket)) = &before {
            return Ok(cx.resume_run(ticket)?);
        }
        let which = || Failure::Usage("which job is the run of? Say cxreports run JOB --resume ID".to_owned());
        let job = self.job.as_deref().ok_or_else(which)?;
        if let Some(Before::Id(id)) = before {
            return Ok(cx.job(job).started(id)?);
        }
        let mut request = cx.job(job).run();
        if let Some(path) = &self.params {
            request = request.params(&read(path)?);
        }
        if let Some(path) = &self.data {
            request = request.data(&read(path)?);
        }
        Ok(request.start().await?)
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

/// Asks a person; the rest of the command can be interrupted meanwhile.
async fn asked(question: String) -> Result<bool, Failure> {
    let ask = move || {
        let mut aside = anstream::stderr();
        write!(aside, "{question}").and_then(|()| aside.flush())?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    };
    let answered =
        tokio::task::spawn_blocking(ask).await.unwrap_or_else(|panicked| Err(std::io::Error::other(panicked)));
    answered.map_err(|error| Failure::System("nobody could be asked", error))
}
