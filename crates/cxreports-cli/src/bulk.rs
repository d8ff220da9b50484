//! Many exports from a file, one a line: with bounded concurrency, and a journal by which a run that was killed goes on.
//!
//! The journal has a line for each export that was started (its ticket) and for each file that is whole. What is whole is never
//! exported again; what was started is waited for again by its ticket.

use std::{
    collections::{BTreeMap, HashSet},
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Mutex,
    time::Duration,
};

use cxreports::{CallError, Client, Error, Export, PollPolicy, Probed, Ticket};
use futures_util::{StreamExt as _, stream};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json, value::RawValue};

use crate::{export::format, failure::Failure, output::Output};

/// Export many reports, one for each line of a file; goes on where it was stopped
#[derive(clap::Args)]
#[command(
    after_help = "The file is CSV (.csv) with a header, or JSON Lines. Columns, or members: report, and if wanted format, template, theme, lang, \
timezone, output (file name) and, in JSON Lines, params and data. In CSV, param.NAME is a parameter.

  report,output,param.customer
  invoice,0001.pdf,Miller
  invoice,0002.pdf,Smith

  {\"report\": \"invoice\", \"output\": \"0001.pdf\", \"params\": {\"customer\": \"Miller\"}}

A journal beside the file (FILE.journal) says what is done. Run the same again after an interruption: what is whole is not exported \
again, and what was started is waited for. Delete the journal to begin anew."
)]
pub(crate) struct Bulk {
    /// CSV or JSON Lines file
    file: PathBuf,
    /// Folder for the files
    #[arg(long, short, default_value = ".", value_name = "DIR")]
    output: PathBuf,
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

/// What one line asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    report: Name,
    format: Option<String>,
    template: Option<String>,
    theme: Option<String>,
    lang: Option<String>,
    timezone: Option<String>,
    output: Option<String>,
    params: Option<Box<RawValue>>,
    data: Option<Box<RawValue>>,
}

/// An id or a code.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Name {
    Id(i32),
    Code(String),
}

/// A line of the journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Entry {
    Started {
        line: u64,
        ticket: Box<Ticket>,
    },
    Done {
        line: u64,
    },
    /// It will not come: the next run starts it anew.
    Failed {
        line: u64,
    },
}

/// What the journal knows.
struct Journal {
    file: Mutex<File>,
    done: HashSet<u64>,
    started: BTreeMap<u64, Ticket>,
}

impl Journal {
    /// Opens the journal of a file, and reads what was done before.
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let (mut done, mut started) = (HashSet::new(), BTreeMap::new());
        for line in BufReader::new(&mut file).lines() {
            // A line that was cut off says nothing.
            match serde_json::from_str(&line?) {
                Ok(Entry::Done { line }) => {
                    done.insert(line);
                    started.remove(&line);
                }
                Ok(Entry::Failed { line }) => {
                    started.remove(&line);
                }
                Ok(Entry::Started { line, ticket }) => {
                    started.insert(line, *ticket);
                }
                Err(_) => {}
            }
        }
        if file.seek(SeekFrom::End(0))? > 0 {
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
        }
        Ok(Self { file: Mutex::new(file), done, started })
    }

    fn add(&self, entry: &Entry) -> io::Result<()> {
        let mut text = serde_json::to_vec(entry)?;
        text.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(&text)?;
        file.sync_data()
    }
}

/// What is read from the file: a number and a line, or why there is none.
type Numbered = (u64, Result<Line, String>);

fn lines(path: &Path) -> Result<Box<dyn Iterator<Item = Numbered> + Send>, Failure> {
    let file = File::open(path).map_err(Failure::file(path))?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let bad = |error: csv::Error| Failure::Usage(format!("{}: {error}", path.display()));
        let head = reader.headers().map_err(bad)?.clone();
        return Ok(Box::new(reader.into_records().zip(1..).map(move |(record, number)| {
            (number, record.map_err(|error| error.to_string()).and_then(|record| from_csv(&head, &record)))
        })));
    }
    let lines = BufReader::new(file).lines().zip(1..);
    let read = |line: io::Result<String>| match line {
        Ok(text) if text.trim().is_empty() => None,
        Ok(text) => Some(serde_json::from_str(&text).map_err(|error| error.to_string())),
        Err(error) => Some(Err(error.to_string())),
    };
    Ok(Box::new(lines.filter_map(move |(line, number)| Some((number, read(line)?)))))
}

fn from_csv(head: &csv::StringRecord, record: &csv::StringRecord) -> Result<Line, String> {
    let (mut members, mut params) = (Map::new(), Map::new());
    for (name, value) in head.iter().zip(record).filter(|(_, value)| !value.is_empty()) {
        match name.strip_prefix("param.") {
            Some(name) => params.insert(name.to_owned(), value.into()),
            None => members.insert(name.to_owned(), value.into()),
        };
    }
    if !params.is_empty() {
        members.insert("params".to_owned(), params.into());
    }
    serde_json::from_str(&Value::from(members).to_string()).map_err(|error| error.to_string())
}

/// A run over a file.
struct Running<'a> {
    cx: &'a Client<Probed>,
    journal: &'a Journal,
    options: &'a Bulk,
    bars: Option<MultiProgress>,
}

impl Bulk {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<ExitCode, Failure> {
        std::fs::create_dir_all(&self.output).map_err(Failure::file(&self.output))?;
        let mut journal_path = self.file.clone().into_os_string();
        journal_path.push(".journal");
        let journal_path = PathBuf::from(journal_path);
        let journal = Journal::open(&journal_path).map_err(Failure::file(&journal_path))?;
        let running =
            Running { cx, journal: &journal, options: &self, bars: output.has_bars().then(MultiProgress::new) };
        let whole = running.bar("{wide_bar} {pos} done, {msg} failed", "0");

        let (mut done, mut skipped) = (0_u64, 0_u64);
        let mut failures: BTreeMap<u64, String> = BTreeMap::new();
        let todo = lines(&self.file)?.filter(|(number, _)| {
            let was_done = journal.done.contains(number);
            skipped += u64::from(was_done);
            !was_done
        });
        {
            let mut results = std::pin::pin!(
                stream::iter(todo).map(|(number, line)| running.line(number, line)).buffer_unordered(self.jobs.into())
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
    Ok(output.flush()?)
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
    async fn line(&self, number: u64, line: Result<Line, String>) -> (u64, Result<String, String>) {
        let line = match line {
            Ok(line) => line,
            Err(why) => return (number, Err(why)),
        };
        let bar = self.bar("{spinner} {msg} {bytes}", &format!("line {number}"));
        let mut ticket = self.journal.started.get(&number).cloned();
        let mut tries = 0;
        let outcome = loop {
            tries += 1;
            match self.once(number, &line, &mut ticket, &bar).await {
                Ok(name) => break Ok(name),
                Err(failure) if tries < self.options.tries && may_pass(&failure, &mut ticket) => {
                    let wait = Duration::from_millis(100 << tries.min(6)).mul_f64(0.5 + fastrand::f64() / 2.0);
                    tokio::time::sleep(wait).await;
                }
                Err(failure) => {
                    if let Failure::Client(Error::ExportFailed { .. } | Error::Expired { .. }) = failure {
                        // If this cannot be written, the next run finds out by itself.
                        let _ = self.journal.add(&Entry::Failed { line: number });
                    }
                    break Err(failure.text().replace("\n  because", "; because"));
                }
            }
        };
        bar.finish_and_clear();
        (number, outcome)
    }

    async fn once(
        &self,
        number: u64,
        line: &Line,
        ticket: &mut Option<Ticket>,
        bar: &ProgressBar,
    ) -> Result<String, Failure> {
        // A name that cannot be is found out before anything is exported.
        let wanted = line.output.as_deref().map(safe).transpose()?;
        let export = match &*ticket {
            Some(ticket) => self.cx.resume_export(ticket)?,
            None => {
                let export = self.start(line).await?;
                let new = export.ticket();
                self.journal.add(&Entry::Started { line: number, ticket: Box::new(new.clone()) })?;
                *ticket = Some(new);
                export
            }
        };
        let within = Duration::from_secs(self.options.timeout);
        // Small files are ready soon, and many wait at once.
        let policy =
            PollPolicy { first: Duration::from_millis(50), cap: Duration::from_secs(5), ..PollPolicy::default() };
        let follow = bar.clone();
        let ready = export.wait().within(within).policy(policy).await?;
        let ready = ready.on_progress(move |progress| follow.set_position(progress.received));
        let name = match wanted {
            Some(name) => name,
            None => {
                let served = ready.status().name.clone().unwrap_or_else(|| "report".to_owned());
                safe(&format!("{number:06}-{served}"))?
            }
        };
        ready.save_as(self.options.output.join(&name)).await?;
        self.journal.add(&Entry::Done { line: number })?;
        Ok(name.display().to_string())
    }

    async fn start(&self, line: &Line) -> Result<Export<Probed>, Failure> {
        let report = match &line.report {
            Name::Id(id) => self.cx.report(*id),
            Name::Code(code) => self.cx.report(code.as_str()),
        };
        let mut request = report.export();
        if let Some(name) = &line.format {
            request = request.format(format(name).map_err(Failure::Usage)?);
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
    let error = match error {
        Error::WaitBroken { source, .. } => source,
        error => error,
    };
    match error {
        Error::Expired { .. } => {
            *ticket = None;
            true
        }
        Error::Call(CallError::Status { status, .. }) => {
            status.is_server_error() || matches!(status.as_u16(), 408 | 429)
        }
        // An export whose answer was lost is started again: a report that nobody fetches expires.
        Error::Call(
            CallError::Connection { .. }
            | CallError::Body { .. }
            | CallError::TimedOut { .. }
            | CallError::UnexpectedAnswer { .. },
        )
        | Error::Stalled { .. }
        | Error::WrongLength { .. }
        | Error::NotReady { .. } => true,
        _ => false,
    }
}

/// A file below the folder, and not elsewhere.
fn safe(name: &str) -> Result<PathBuf, Failure> {
    let path = PathBuf::from(name);
    let plain = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if plain && path.file_name().is_some() {
        return Ok(path);
    }
    Err(Failure::Usage(format!("{name:?} is no file name below the folder")))
}
