//! `run`: runs of jobs, from the start to the delivery.

use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
    time::Duration,
};

use cxreports::{Client, JobRun, JobRunId, Probed, model::JobRunStatus};
use serde_json::json;

use crate::{
    export::Destination,
    failure::Failure,
    input::{JsonArguments, Started},
    output::Output,
    recommend::{again, quoted},
};

/// Start a run of a job, or resume one; wait for it, review it, deliver it
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cxreports run monthly-invoices
      starts a run and prints its id
  cxreports run monthly-invoices --wait
  cxreports run monthly-invoices --review review.pdf --deliver
      waits, saves the review document, asks, and delivers
  cxreports run monthly-invoices --resume 31 --deliver
      resumes run 31, which was started before

Delivering sends the documents to their recipients. A delivery that may have happened is never repeated.")]
pub(crate) struct Run {
    /// Job, by id or code; not needed where --resume has a ticket
    #[arg(required_unless_present = "resume")]
    job: Option<String>,
    /// Resume a run instead of starting one: its id; a ticket, as --json prints it; or - to read either from standard input
    #[arg(long, value_name = "ID|TICKET|-", conflicts_with_all = ["params", "parameters", "data"])]
    resume: Option<String>,
    #[command(flatten)]
    input: JsonArguments,
    /// Wait until every entry is completed or ready for review
    #[arg(long)]
    wait: bool,
    /// Save the review document to this file or folder; implies --wait
    #[arg(long, value_name = "FILE|DIR|-")]
    review: Option<PathBuf>,
    /// Deliver the run when it is done, after a confirmation; implies --wait
    #[arg(long)]
    deliver: bool,
    /// Deliver without a confirmation
    #[arg(long, requires = "deliver")]
    yes: bool,
    /// Maximum time to wait, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    timeout: u64,
}

impl Run {
    pub(crate) async fn run(mut self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        if self.deliver && !self.yes && !std::io::stdin().is_terminal() {
            return Err(Failure::Usage(
                "standard input is not a terminal, so the delivery cannot be confirmed; pass --yes to deliver without asking"
                    .to_owned(),
            ));
        }
        let review = self.review.as_deref().map(|path| Destination::prepare(Some(path), output)).transpose()?;
        let run = self.start_or_resume(cx, output).await?;
        let (id, ticket) = (run.id(), run.ticket());
        output.has_started(ticket.clone());
        let resume = |then: &str| again(&format!("run {} --resume {id} {then}", quoted(run.job())));
        output.if_interrupted(format!("nothing was delivered; the run continues on the server: {}", resume("--wait")));
        if !(self.wait || review.is_some() || self.deliver) {
            output.say(&id.to_string(), &json!({ "jobRunId": id, "ticket": ticket }))?;
            output.note(&format!("next: {}", resume("--wait")));
            return Ok(());
        }
        let status = self.wait(&run, output).await?;
        let is_piped = matches!(review, Some(Destination::StandardOutput));
        if !output.json && !is_piped {
            output.line(&summary(id, &status))?;
        }
        let mut document = None;
        if let Some(to) = review {
            let export = run.review_document().await?;
            let timeout = Duration::from_secs(self.timeout);
            document = to.receive(export, "the review document", timeout, output).await?;
            output.if_interrupted(format!("nothing was delivered: {}", resume("--deliver")));
            output.has_started(ticket.clone());
        }
        let document = document.map(|path| path.display().to_string());
        if let (Some(path), false) = (&document, output.json) {
            output.line(path)?;
        }
        if self.deliver && self.resume.is_some() && self.yes {
            refuse_second_delivery(&status, id)?;
        }
        let delivered = self.deliver && self.deliver(run, output).await?;
        if output.json {
            return output.value(&json!({
                "jobRunId": id, "ticket": ticket, "status": status, "review": document, "delivered": delivered,
            }));
        }
        match (self.deliver, delivered) {
            _ if is_piped => Ok(()),
            (true, true) => output.line(&format!("run {id} has been delivered")),
            (true, false) => output.line("not delivered"),
            (false, _) => Ok(()),
        }
    }

    async fn start_or_resume(&mut self, cx: &Client<Probed>, output: &Output) -> Result<JobRun<Probed>, Failure> {
        let resumed = match &self.resume {
            Some(text) => Some(Started::read(text).await?),
            None => None,
        };
        if let Some(Started::Ticket(ticket)) = &resumed {
            return Ok(cx.resume_run(ticket)?);
        }
        let no_job =
            || Failure::Usage("an id does not say which job it is of: cxreports run JOB --resume ID".to_owned());
        let job = self.job.as_deref().ok_or_else(no_job)?;
        if let Some(Started::Id(id)) = resumed {
            return Ok(cx.job(job).started(id)?);
        }
        let (params, data) = std::mem::take(&mut self.input).read().await?;
        let mut request = cx.job(job).run();
        if let Some(params) = &params {
            request = request.params(params);
        }
        if let Some(data) = data {
            request = request.data(data);
        }
        output.if_interrupted("a run may have been started: look for it on the instance before starting another");
        Ok(request.start().await?)
    }

    async fn wait(&self, run: &JobRun<Probed>, output: &Output) -> Result<JobRunStatus, Failure> {
        let bar = output.bar("{spinner} {msg} {pos}/{len} entries {wide_bar}");
        let message = format!("waiting for run {}", run.id());
        output.step(&message);
        bar.set_message(message);
        let shown = bar.clone();
        let follow = move |status: &JobRunStatus| {
            shown.set_length(u64::try_from(status.entries).unwrap_or_default());
            shown.set_position(u64::try_from(status.entries.saturating_sub(status.status.queued)).unwrap_or_default());
        };
        let status = run.wait().within(Duration::from_secs(self.timeout)).on_status(follow).await?;
        bar.finish_and_clear();
        Ok(status)
    }

    /// Delivers, if that is confirmed; returns whether it was.
    async fn deliver(&self, run: JobRun<Probed>, output: &Output) -> Result<bool, Failure> {
        let id = run.id();
        let question = format!("deliver run {id} of {}? Its documents are sent to their recipients. [y/N] ", run.job());
        if !self.yes && !confirmed(question).await? {
            return Ok(false);
        }
        output.if_interrupted(format!(
            "run {id} may have been delivered; check on the instance before delivering it again"
        ));
        run.deliver().await?;
        Ok(true)
    }
}

/// Refuses a delivery that nobody confirms of a run of which nothing awaits it: it may have been delivered before this command.
fn refuse_second_delivery(status: &JobRunStatus, id: JobRunId) -> Result<(), Failure> {
    let counts = &status.status;
    if counts.review > 0 || counts.completed == 0 {
        return Ok(());
    }
    Err(Failure::Delivered(id))
}

/// The state of a run in a line.
pub(crate) fn summary(id: JobRunId, status: &JobRunStatus) -> String {
    let counts = &status.status;
    let queued = if counts.queued > 0 { format!("{} queued, ", counts.queued) } else { String::new() };
    format!(
        "run {id}: {} entries, {queued}{} to review, {} completed, {} failed",
        status.entries, counts.review, counts.completed, counts.errors
    )
}

/// Asks on the terminal. Waiting for the reply does not keep the command from being interrupted.
async fn confirmed(question: String) -> Result<bool, Failure> {
    let ask = move || {
        let mut terminal = anstream::stderr();
        write!(terminal, "{question}").and_then(|()| terminal.flush())?;
        let mut reply = String::new();
        std::io::stdin().read_line(&mut reply)?;
        Ok(matches!(reply.trim(), "y" | "Y" | "yes"))
    };
    let reply = tokio::task::spawn_blocking(ask).await.unwrap_or_else(|panic| Err(std::io::Error::other(panic)));
    reply.map_err(|error| Failure::System("the confirmation cannot be read", error))
}
