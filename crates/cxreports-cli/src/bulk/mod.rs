//! `bulk`: many exports from a file, one a line, with bounded concurrency and a journal to resume by.
//!
//! The journal has an entry for each export that was started (its ticket) and for each file that is done. What is done is never
//! exported again; what was started is waited for again by its ticket.

#[cfg(fuzzing)]
mod fuzzing;
mod journal;
mod plan;
mod summary;
mod worker;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use cxreports::{Client, Probed, model::DocumentFormat};
use futures_util::{StreamExt as _, stream};

use self::{
    journal::{Journal, Known, Owner},
    plan::{Plan, Source},
    summary::{Stop, Summary},
    worker::{Failed, Limits, Worker},
};
use crate::{
    export,
    failure::{Failure, Scope},
    output::Output,
};

/// How many lines in a row may fail because the instance cannot be reached, each after all its tries, before the others are left.
const MAX_UNREACHED: u32 = 8;

/// Export many reports, one for each line of a file; resumes where it was stopped
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cxreports bulk orders.csv -o out/ --dry-run
  cxreports bulk orders.csv -o out/ -j 8
  cxreports bulk orders.jsonl -o out/ --format xlsx --json

The file is CSV (.csv) with a header, or JSON Lines. The columns or members are report and, all optional, format, template, \
theme, language, timezone, output (the file name, below the folder) and dataFile (a JSON file, relative to the file). JSON Lines \
also have params and data; in CSV, param.NAME is a parameter, which is sent as text, and empty cells are left out. The separator of CSV may be a comma, a semicolon or a tab.

  report,output,param.customer
  invoice,0001.pdf,Miller
  invoice,2026/0002.xlsx,Smith

  {\"report\": \"invoice\", \"output\": \"0001.pdf\", \"params\": {\"customer\": \"Miller\"}}
  {\"report\": 42, \"format\": \"docx\", \"dataFile\": \"data/0002.json\"}

The format of a line is its format, or that of the extension of its output; --format is for lines with neither.

A journal beside the file (FILE.journal) says what is done. Run the same command again after an interruption: files that are \
done are not exported again, and exports that were started are waited for. Lines are recognised by their content: they may be \
moved, and a line whose content or data file was changed is exported again. Delete the journal to start over.

A line that fails is reported, and the others go on. When the token is refused, or 8 lines in a row cannot reach the \
instance, the command stops, with exit status 3 or 4.")]
pub(crate) struct Bulk {
    /// CSV or JSON Lines file
    file: PathBuf,
    /// Folder for the exports
    #[arg(long, short, default_value = ".", value_name = "DIR")]
    output: PathBuf,
    /// Format of lines that do not say theirs: pdf, docx, xlsx, pptx or html [default: pdf]
    #[arg(long, short, value_parser = export::format)]
    format: Option<DocumentFormat>,
    /// Show what would be exported, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Journal of what is done; defaults to FILE.journal
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Number of exports at a time
    #[arg(long, short, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// Maximum number of tries for a line
    #[arg(long, default_value_t = 6, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    tries: u16,
    /// Maximum time for one export, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    timeout: u64,
}

impl Bulk {
    pub(crate) async fn run(
        self,
        cx: &Client<Probed>,
        workspace: Option<&str>,
        output: &mut Output,
    ) -> Result<ExitCode, Failure> {
        let folder = std::path::absolute(&self.output).map_err(Failure::file(&self.output))?;
        let source = Source { file: &self.file, folder: &folder, format: self.format.as_ref() };
        let path = self.journal.clone().unwrap_or_else(|| Journal::beside(&self.file));
        let owner = Owner {
            version: Journal::VERSION,
            instance: cx.base_url().to_owned(),
            workspace: workspace.unwrap_or_default().to_owned(),
        };
        let outputs = plan::check(&self.file)?;
        let is_ok = if self.dry_run {
            summary::dry_run(&source, &Known::peek(&path, &owner)?, output)?
        } else {
            std::fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
            let (journal, known) = Journal::open(path, &owner)?;
            let limits = Limits { tries: self.tries, timeout: Duration::from_secs(self.timeout) };
            export::check_writable(&folder)?;
            let worker = Worker::new(cx, &journal, &known, &folder, &outputs, limits, output.has_bars());
            let summary = self.export(&source, &worker, output).await?;
            summary.print(output)?;
            if let Some(stop) = summary.stopped {
                return Ok(stop.exit_code());
            }
            summary.failed.is_empty()
        };
        Ok(if is_ok { ExitCode::SUCCESS } else { ExitCode::from(6) })
    }

    /// Exports the lines that are not done.
    async fn export(&self, source: &Source<'_>, worker: &Worker<'_>, output: &Output) -> Result<Summary, Failure> {
        output.if_interrupted("run the same command again: lines that are done are not exported again");
        let total = worker.bar("{wide_bar} {pos} done, {msg} failed", "0");
        let mut summary = Summary::default();
        let mut done_before = 0;
        let mut unreached = 0;
        let todo = Plan::read(source)?.filter(|planned| {
            let is_done = planned.as_ref().is_ok_and(|work| worker.is_done(work));
            done_before += u64::from(is_done);
            !is_done
        });
        let exports = stream::iter(todo).map(|planned| worker.export(planned)).buffer_unordered(self.jobs.into());
        {
            let mut exports = std::pin::pin!(exports);
            while let Some((number, outcome)) = exports.next().await {
                match outcome {
                    Ok(name) => {
                        summary.done += 1;
                        unreached = 0;
                        output.step(&format!("line {number}: {name}"));
                    }
                    Err(Failed { error, scope }) => {
                        output.step(&format!("line {number}: failed: {error}"));
                        summary.failed.insert(number, error);
                        unreached = if scope == Scope::Instance { unreached + 1 } else { 0 };
                        summary.stopped = match scope {
                            Scope::Token => Some(Stop::TokenRefused),
                            Scope::Instance if unreached >= MAX_UNREACHED => Some(Stop::Unreachable),
                            _ => None,
                        };
                        total.set_message(summary.failed.len().to_string());
                    }
                }
                total.inc(1);
                if summary.stopped.is_some() {
                    break;
                }
            }
        }
        total.finish_and_clear();
        summary.done_before = done_before;
        Ok(summary)
    }
}
