//! Many exports from a file, one a line: with bounded concurrency, and a journal by which a run that was killed goes on.
//!
//! The journal has a line for each export that was started (its ticket) and for each file that is whole. What is whole is never
//! exported again; what was started is waited for again by its ticket.

#[cfg(fuzzing)]
mod fuzzing;
mod journal;
mod plan;

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use cxreports::{Client, Error, ErrorClass, Export, Probed, Ticket};
use futures_util::{StreamExt as _, stream};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use self::{
    journal::{Entry, Journal, Owner},
    plan::{Name, Plan, Work},
};
use crate::{failure::Failure, output::Output};

/// Export many reports, one for each line of a file; goes on where it was stopped
#[derive(clap::Args)]
#[command(
    after_help = "The file is CSV (.csv) with a header, or JSON Lines. Columns, or members: report, and if wanted format, template, theme, lang, \
timezone, output (file name) and, in JSON Lines, params and data. In CSV, param.NAME is a parameter.

  report,output,param.customer
  invoice,0001.pdf,Miller
  invoice,0002.pdf,Smith

  {\"report\": \"invoice\", \"output\": \"0001.pdf\", \"params\": {\"customer\": \"Miller\"}}

The format follows the extension of the output; a contradiction fails the line.

A journal beside the file (FILE.journal) says what is done. Run the same again after an interruption: what is whole is not exported \
again, and what was started is waited for. Lines are known by their content: they may be moved, and a line that was changed is \
exported again. Delete the journal to begin anew."
)]
pub(crate) struct Bulk {
    /// CSV or JSON Lines file
    file: PathBuf,
    /// Folder for the files
    #[arg(long, short, default_value = ".", value_name = "DIR")]
    output: PathBuf,
    /// Journal of what is done; defaults to FILE.journal
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// How many exports go on at once
    #[arg(long, short, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// How often a line is tried
    #[arg(long, default_value_t = 6, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    tries: u16,
    /// Longest time for one export, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    timeout: u64,
}

/// A run over a file.
struct Running<'a> {
    cx: &'a Client<Probed>,
    journal: &'a Journal,
    options: &'a Bulk,
    /// Files below the folder, each with the key of the line that it belongs to, by the journal or by this run.
    taken: Mutex<HashMap<PathBuf, String>>,
    bars: Option<MultiProgress>,
}

impl Bulk {
    pub(crate) async fn run(
        self,
        cx: &Client<Probed>,
        workspace: Option<&str>,
        output: &mut Output,
    ) -> Result<ExitCode, Failure> {
        let folder = std::path::absolute(&self.output).map_err(Failure::file(&self.output))?;
        plan::check(&self.file)?;
        std::fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
        let path = self.journal.clone().unwrap_or_else(|| Journal::beside(&self.file));
        let owner = Owner {
            version: Journal::VERSION,
            instance: cx.base_url().to_owned(),
            workspace: workspace.unwrap_or_default().to_owned(),
        };
        let journal = Journal::open(path, &owner)?;
        output.goes_on("run the same again: what is done is not exported again");
        let taken = journal.done.iter().map(|(key, file)| (file.clone(), key.clone()));
        let taken = Mutex::new(taken.collect());
        let bars = output.has_bars().then(MultiProgress::new);
        let running = Running { cx, journal: &journal, options: &self, taken, bars };
        let whole = running.bar("{wide_bar} {pos} done, {msg} failed", "0");

        let (mut done, mut skipped) = (0_u64, 0_u64);
        let mut failures: BTreeMap<u64, String> = BTreeMap::new();
        let todo = Plan::read(&self.file, &folder)?.filter(|planned| {
            let file = planned.as_ref().ok().and_then(|work| journal.done.get(&work.key));
            let was_done = file.is_some_and(|file| folder.join(file).is_file());
            skipped += u64::from(was_done);
            !was_done
        });
        {
            let mut results = std::pin::pin!(
                stream::iter(todo).map(|planned| running.line(planned)).buffer_unordered(self.jobs.into())
            );
            while let Some((number, result)) = results.next().await {
                match result {
                    Ok(name) => {
                        done += 1;
                        output.step(&format!("line {number}: {name}"));
                    }
                    Err(why) => {
                        output.step(&format!("line {number}: failed: {why}"));
                        failures.insert(number, why);
                        whole.set_message(failures.len().to_string());
                    }
                }
                whole.inc(1);
            }
        }
        whole.finish_and_clear();
        report(output, done, skipped, &failures)?;
        Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(6) })
    }
}

fn report(output: &mut Output, done: u64, skipped: u64, failures: &BTreeMap<u64, String>) -> Result<(), Failure> {
    let failed: Vec<_> = failures.iter().map(|(line, why)| json!({ "line": line, "error": why })).collect();
    if output.json {
        output.value(&json!({ "done": done, "doneBefore": skipped, "failed": failed }))?;
    } else {
        output.line(&format!("{done} exported, {skipped} were done before, {} failed", failures.len()))?;
        if !failures.is_empty() {
            let rows = failures.iter().map(|(line, why)| vec![line.to_string(), why.clone()]).collect();
            output.table(&["line", "error"], rows, Value::Null)?;
            output.line("next: run the same again; what is done is not exported again")?;
        }
    }
    Ok(())
}

impl Running<'_> {
    fn bar(&self, template: &str, message: &str) -> ProgressBar {
        let Some(bars) = &self.bars else { return ProgressBar::hidden() };
        let bar = bars.add(ProgressBar::no_length());
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(message.to_owned());
        bar
    }

    /// Exports one line, however often that takes; gives the file's name.
    async fn line(&self, planned: plan::Planned) -> (u64, Result<String, String>) {
        let work = match planned {
            Ok(work) => work,
            Err((number, why)) => return (number, Err(why)),
        };
        let number = work.number;
        let bar = self.bar("{spinner} {msg} {bytes}", &format!("line {number}"));
        let mut ticket = self.journal.started.get(&work.key).cloned();
        let mut tries = 0;
        let outcome = loop {
            tries += 1;
            match self.once(&work, &mut ticket, &bar).await {
                Ok(name) => break Ok(name),
                Err(failure) if tries < self.options.tries && may_pass(&failure, &mut ticket) => {
                    let wait = Duration::from_millis(100 << tries.min(6)).mul_f64(0.5 + fastrand::f64() / 2.0);
                    tokio::time::sleep(wait).await;
                }
                Err(failure) => {
                    if let Failure::Client(Error::ExportFailed { .. } | Error::Expired { .. }) = failure {
                        // If this cannot be written, the next run finds out by itself.
                        let _ = self.journal.add(&Entry::Failed { line: number, key: work.key.clone() });
                    }
                    break Err(failure.text().replace("\n  because", "; because"));
                }
            }
        };
        bar.finish_and_clear();
        (number, outcome)
    }

    async fn once(&self, work: &Work, ticket: &mut Option<Ticket>, bar: &ProgressBar) -> Result<String, Failure> {
        if let Some(output) = &work.target.output {
            self.make_folder_of(output)?;
        }
        let export = match &*ticket {
            Some(ticket) => self.cx.resume_export(ticket)?,
            None => {
                let export = self.start(work).await?;
                let new = Box::new(export.ticket());
                *ticket = Some((*new).clone());
                self.journal.add(&Entry::Started { line: work.number, key: work.key.clone(), ticket: new })?;
                export
            }
        };
        let ready = export.wait().within(Duration::from_secs(self.options.timeout)).await?;
        let follow = bar.clone();
        let ready = ready.on_progress(move |progress| follow.set_position(progress.received));
        let name = match &work.target.output {
            Some(name) => name.clone(),
            None => self.free_name(work, ready.status().name.as_deref())?,
        };
        ready.save_as(self.options.output.join(&name)).await?;
        self.journal.add(&Entry::Done { line: work.number, key: work.key.clone(), file: name.clone() })?;
        Ok(name.display().to_string())
    }

    fn make_folder_of(&self, output: &Path) -> Result<(), Failure> {
        let path = self.options.output.join(output);
        let folder = path.parent().unwrap_or(&path);
        std::fs::create_dir_all(folder).map_err(Failure::file(folder))
    }

    /// A name for the file of a line that names none, which no other line has; it is the same each time for one line.
    fn free_name(&self, work: &Work, served: Option<&str>) -> Result<PathBuf, Failure> {
        let Work { number, key, .. } = work;
        let served = plan::safe(served.unwrap_or("report")).map_err(Failure::Usage)?;
        let (stem, extension) = (served.file_stem().unwrap_or_default(), served.extension().unwrap_or_default());
        let (stem, extension) = (stem.to_string_lossy(), extension.to_string_lossy());
        let dot = if extension.is_empty() { "" } else { "." };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names = (1_u64..).map(|copy| {
            let copy = if copy == 1 { String::new() } else { format!(" ({copy})") };
            PathBuf::from(format!("{number:06}-{stem}{copy}{dot}{extension}"))
        });
        let free = names.find(|name| taken.entry(name.clone()).or_insert_with(|| key.clone()) == key);
        free.ok_or_else(|| Failure::Usage("no name is free".to_owned()))
    }

    async fn start(&self, work: &Work) -> Result<Export<Probed>, Failure> {
        let line = &work.line;
        let report = match &line.report {
            Name::Id(id) => self.cx.report(*id),
            Name::Code(code) => self.cx.report(code.as_str()),
        };
        let mut request = report.export();
        if let Some(format) = &work.target.format {
            request = request.format(format.clone());
        }
        if let Some(template) = &line.template {
            request = request.template(template);
        }
        if let Some(theme) = &line.theme {
            request = request.theme(theme);
        }
        if let Some(language) = &line.lang {
            request = request.language(language);
        }
        if let Some(timezone) = &line.timezone {
            request = request.timezone(timezone);
        }
        if let Some(params) = &line.params {
            request = request.params(params);
        }
        if let Some(data) = &line.data {
            request = request.data(data);
        }
        Ok(request.start().await?)
    }
}

/// Whether another try may go better. What was started is forgotten when it will not come any more.
fn may_pass(failure: &Failure, ticket: &mut Option<Ticket>) -> bool {
    let Failure::Client(error) = failure else { return false };
    if matches!(error, Error::Expired { .. }) {
        *ticket = None;
        return true;
    }
    if matches!(error, Error::WaitTimedOut { .. }) {
        return false;
    }
    match error.class() {
        ErrorClass::Permanent => false,
        // Each start makes another export: what cannot be read once cannot be read the next time.
        ErrorClass::ServerFault if ticket.is_none() => error.status().is_some(),
        // An export whose response was lost is started again: a report that nobody fetches expires.
        _ => true,
    }
}
