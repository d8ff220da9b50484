//! `status` and `download`: exports that were started before.

use std::{path::PathBuf, time::Duration};

use cxreports::{Client, Probed, Ticket};

use crate::{
    export::{Destination, print_path},
    failure::Failure,
    input::Started,
    output::Output,
    run,
};

/// Show the status of an export, or of a job run by its ticket
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cxreports status 6
  cxreports run monthly-invoices --json | cxreports status -")]
pub(crate) struct Status {
    /// Id that export --detach printed; a ticket, as --json prints it; or - to read either from standard input
    #[arg(value_name = "ID|TICKET|-")]
    export: String,
}

/// Wait for an export that was started before, and download it
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cxreports download 6 -o report.pdf
  cxreports export 42 --detach --json | cxreports download -
      the ticket also names the workspace")]
pub(crate) struct Download {
    /// Id that export --detach printed; a ticket, as --json prints it; or - to read either from standard input
    #[arg(value_name = "ID|TICKET|-")]
    export: String,
    /// File or folder, or - for standard output; defaults to the current folder
    #[arg(long, short, value_name = "FILE|DIR|-")]
    output: Option<PathBuf>,
    /// Maximum time to wait, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    timeout: u64,
}

impl Status {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let export = match Started::read(&self.export).await? {
            Started::Ticket(ticket) if ticket.job_run().is_some() => {
                let run = cx.resume_run(&ticket)?;
                let status = run.status().await?;
                return output.say(&run::summary(run.id(), &status), &status);
            }
            Started::Ticket(ticket) => cx.resume_export(&ticket)?,
            Started::Id(id) => cx.started_export(id)?,
        };
        let status = export.status().await?;
        let state = status.status.as_ref().map(ToString::to_string);
        let mut text = state.unwrap_or_else(|| if status.is_ready { "ready" } else { "not ready" }.to_owned());
        let size = status.content_size.map(|size| format!("{size} bytes"));
        for part in [status.error_message.clone(), status.name.clone(), size] {
            text.extend(part.map(|part| format!(", {part}")));
        }
        output.say(&text, &status)
    }
}

impl Download {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let to = Destination::prepare(self.output.as_deref(), output)?;
        let export = match Started::read(&self.export).await? {
            Started::Ticket(ticket) => cx.resume_export(of_export(&ticket)?)?,
            Started::Id(id) => cx.started_export(id)?,
        };
        let name = format!("export {}", export.file_id());
        let timeout = Duration::from_secs(self.timeout);
        print_path(to.receive(export, &name, timeout, output).await?, output)
    }
}

fn of_export(ticket: &Ticket) -> Result<&Ticket, Failure> {
    match ticket.job_run() {
        None => Ok(ticket),
        Some((job, run)) => Err(Failure::Usage(format!(
            "the ticket is for a job run, which has no file of its own; cxreports run {job} --resume {run} --review FILE \
             downloads its review document"
        ))),
    }
}
