//! One line at a time: started or resumed, waited for, saved, and tried again where that may help.

use std::{
    collections::{HashMap, hash_map},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use cxreports::{Client, Error, ErrorClass, ExportRequest, Probed, Ticket, safe_file_name};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{
    journal::{Entry, Journal, Known},
    plan::{Name, Outputs, Planned, Work, folded},
};
use crate::{
    export::{self, ExportSettings, check_writable},
    failure::{Failure, Scope},
};

/// How long and how often a line is tried.
pub(super) struct Limits {
    pub(super) tries: u16,
    pub(super) timeout: Duration,
}

/// Why a line was not exported.
pub(super) struct Failed {
    pub(super) error: String,
    pub(super) scope: Scope,
}

/// What all lines of a run share.
pub(super) struct Worker<'a> {
    cx: &'a Client<Probed>,
    /// Whether the instance only exports while the request lasts, as those before 2026 do.
    is_synchronous: bool,
    journal: &'a Journal,
    known: &'a Known,
    limits: Limits,
    folder: &'a Path,
    /// The files that lines name.
    outputs: &'a Outputs,
    /// Files, each with the key of the line that it belongs to, by the journal or by this run.
    taken: Mutex<HashMap<PathBuf, String>>,
    bars: Option<MultiProgress>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        cx: &'a Client<Probed>,
        journal: &'a Journal,
        known: &'a Known,
        folder: &'a Path,
        outputs: &'a Outputs,
        limits: Limits,
        has_bars: bool,
    ) -> Self {
        let taken = known.owners.iter().map(|(file, key)| (folded(&folder.join(file)), key.clone())).collect();
        let bars = has_bars.then(MultiProgress::new);
        let is_synchronous = export::is_synchronous(cx);
        Self { cx, is_synchronous, journal, known, limits, folder, outputs, taken: Mutex::new(taken), bars }
    }

    /// Whether the file of a line is there, and is still its own.
    pub(super) fn is_done(&self, work: &Work) -> bool {
        let Some(file) = self.known.done.get(&work.key) else { return false };
        let path = self.folder.join(file);
        let is_claimed = || path.strip_prefix(self.folder).is_ok_and(|file| self.outputs.contains_key(&folded(file)));
        path.is_file() && (work.target.output.is_some() || !is_claimed())
    }

    pub(super) fn bar(&self, template: &str, message: &str) -> ProgressBar {
        let Some(bars) = &self.bars else { return ProgressBar::hidden() };
        let bar = bars.add(ProgressBar::no_length());
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(message.to_owned());
        bar
    }

    /// Exports a line, with as many tries as are allowed; gives its number, and the name of its file or the error.
    pub(super) async fn export(&self, planned: Planned) -> (u64, Result<String, Failed>) {
        let work = match planned {
            Ok(work) => work,
            Err((number, error)) => return (number, Err(Failed { error, scope: Scope::This })),
        };
        let number = work.number;
        // The file is read twice: whoever changes it in between must not make two lines write one file.
        let is_as_checked = |output: &PathBuf| self.outputs.get(&folded(output)) == Some(&number);
        if !work.target.output.as_ref().is_none_or(is_as_checked) {
            let error = "the file of the lines has been changed; run the same command again".to_owned();
            return (number, Err(Failed { error, scope: Scope::This }));
        }
        let bar = self.bar("{spinner} {msg} {bytes}", &format!("line {number}"));
        let mut ticket = self.known.started.get(&work.key).cloned();
        let mut tries = 0;
        let outcome = loop {
            tries += 1;
            match self.attempt(&work, &mut ticket, &bar).await {
                Ok(name) => break Ok(name),
                Err(failure) if tries < self.limits.tries && may_succeed_again(&failure, &mut ticket) => {
                    let wait = Duration::from_millis(100 << tries.min(6)).mul_f64(0.5 + fastrand::f64() / 2.0);
                    tokio::time::sleep(wait).await;
                }
                Err(failure) => {
                    if let Failure::Client(Error::ExportFailed { .. } | Error::Expired { .. }) = failure {
                        // If this cannot be written, the next run finds the failure again.
                        let _ = self.journal.add(&Entry::Failed { line: number, key: work.key.clone() });
                    }
                    break Err(Failed { error: failure.line(), scope: failure.scope() });
                }
            }
        };
        bar.finish_and_clear();
        (number, outcome)
    }

    async fn attempt(&self, work: &Work, ticket: &mut Option<Ticket>, bar: &ProgressBar) -> Result<String, Failure> {
        if ticket.is_none() {
            self.prepare(work.target.output.as_deref())?;
        }
        if self.is_synchronous {
            let request = self.request(work).await?.within(self.limits.timeout);
            let file = request.now_by_query().await?;
            let follow = bar.clone();
            let file = file.on_progress(move |progress| follow.set_position(progress.received));
            let saving = self.saving(work, Some(file.name()))?;
            file.save_as(&saving.file).await?;
            return self.saved(work, saving);
        }
        let export = match &*ticket {
            Some(ticket) => self.cx.resume_export(ticket)?,
            None => {
                let export = self.request(work).await?.start().await?;
                let new = Box::new(export.ticket());
                *ticket = Some((*new).clone());
                self.journal.add(&Entry::Started { line: work.number, key: work.key.clone(), ticket: new })?;
                export
            }
        };
        let ready = export.wait().within(self.limits.timeout).await?;
        let follow = bar.clone();
        let ready = ready.on_progress(move |progress| follow.set_position(progress.received));
        let saving = self.saving(work, ready.status().name.as_deref())?;
        ready.save_as(&saving.file).await?;
        self.saved(work, saving)
    }

    /// Where the file of a line goes, by the line or by the name that the server gives it.
    fn saving(&self, work: &Work, served: Option<&str>) -> Result<Saving, Failure> {
        let name = match &work.target.output {
            Some(name) => name.clone(),
            None => self.free_name(work, served)?,
        };
        let (line, key, file) = (work.number, work.key.clone(), self.folder.join(&name));
        // The folder may have been removed since a run before.
        make_folder_of(&file)?;
        if work.target.output.is_none() || file.exists() {
            self.journal.add(&Entry::Saving { line, key, file: file.clone() })?;
        }
        Ok(Saving { name, file })
    }

    fn saved(&self, work: &Work, Saving { name, file }: Saving) -> Result<String, Failure> {
        self.journal.add(&Entry::Done { line: work.number, key: work.key.clone(), file })?;
        Ok(name.display().to_string())
    }

    /// Makes sure that a file can be saved, before anything is exported for it.
    fn prepare(&self, output: Option<&Path>) -> Result<(), Failure> {
        let Some(output) = output else { return Ok(()) };
        let path = self.folder.join(output);
        let folder = make_folder_of(&path)?;
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => {
                return Err(Failure::Usage(format!("{} is a folder; give the line another output", path.display())));
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Failure::file(&path)(error)),
            _ => {}
        }
        if folder == self.folder { Ok(()) } else { check_writable(folder) }
    }

    /// A name for the file of a line without an output, which no other line has and no other file; a line gets the same one each
    /// time.
    fn free_name(&self, work: &Work, served: Option<&str>) -> Result<PathBuf, Failure> {
        let Work { number, key, .. } = work;
        let served = served.and_then(safe_file_name).unwrap_or_else(|| "report".to_owned());
        let (stem, extension) = served.rsplit_once('.').unwrap_or((&served, ""));
        let dot = if extension.is_empty() { "" } else { "." };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.known.files.get(key).map(|file| file.strip_prefix(self.folder).unwrap_or(file).to_owned());
        let names = (1_u64..).map(|copy| {
            let copy = if copy == 1 { String::new() } else { format!(" ({copy})") };
            PathBuf::from(format!("{number:06}-{stem}{copy}{dot}{extension}"))
        });
        let mut is_free = |name: &PathBuf| {
            let path = self.folder.join(name);
            match taken.entry(folded(&path)) {
                _ if self.outputs.contains_key(&folded(name)) => false,
                hash_map::Entry::Occupied(owner) => owner.get() == key,
                // A file of somebody else, such as another list of lines.
                hash_map::Entry::Vacant(_) if path.symlink_metadata().is_ok() => false,
                hash_map::Entry::Vacant(vacant) => {
                    vacant.insert(key.clone());
                    true
                }
            }
        };
        let free = before.into_iter().chain(names).find(|name| is_free(name));
        free.ok_or_else(|| Failure::Usage("no name is free".to_owned()))
    }

    async fn request(&self, work: &Work) -> Result<ExportRequest<Probed>, Failure> {
        let line = &work.line;
        let report = match &line.report {
            Name::Id(id) => self.cx.report(*id),
            Name::Code(code) => self.cx.report(code.as_str()),
        };
        let settings = ExportSettings {
            format: work.target.format.clone(),
            params: line.params.clone(),
            data: match &work.data {
                Some(file) => Some(file.read().await?),
                None => line.data.clone(),
            },
            template: line.template.clone(),
            theme: line.theme.clone(),
            language: line.language.clone(),
            timezone: line.timezone.clone(),
            ..ExportSettings::default()
        };
        Ok(settings.apply(report.export()))
    }
}

/// Where a file goes.
struct Saving {
    /// Below the folder, or as the line names it.
    name: PathBuf,
    file: PathBuf,
}

/// Makes the folder of a file; gives it.
fn make_folder_of(file: &Path) -> Result<&Path, Failure> {
    let folder = file.parent().unwrap_or(file);
    std::fs::create_dir_all(folder).map_err(Failure::file(folder))?;
    Ok(folder)
}

/// Whether another try may succeed. The ticket of an export that has expired is dropped.
fn may_succeed_again(failure: &Failure, ticket: &mut Option<Ticket>) -> bool {
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
        // Each start creates another export: a response that cannot be read once will not be readable the next time.
        ErrorClass::ServerFault if ticket.is_none() => error.status().is_some(),
        // An export whose response was lost is started again: a report that nobody downloads expires.
        _ => true,
    }
}
