//! Exports: one at a time, in the foreground or left to go on; and uploading data.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use cxreports::{
    Client, Export as Started, ExportRequest, Probed, ReadyExport, ReportFile, Ticket,
    core::{Operation as _, op},
    model::DocumentFormat,
};
use futures_util::TryStreamExt as _;
use indicatif::ProgressBar;
use serde_json::{
    json,
    value::{RawValue, to_raw_value},
};

use crate::{failure::Failure, output::Output};

/// Export a report to a file
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cxreports export invoice -p customer=7 -o out/
      the default report of the type `invoice`, as PDF, under the server's file name
  cxreports export 42 -f xlsx --data lines.json -o report.xlsx
      report 42 as Excel, with data from a file
  jq '.orders' shop.json | cxreports export 42 --data - -o - > report.pdf
      from a pipe to a pipe
  cxreports export 42 --detach
      start it and leave; cxreports download ID fetches it later")]
pub(crate) struct Export {
    /// Report id, or code of a report type
    report: String,
    #[command(flatten)]
    options: Options,
    /// File, folder, or - for standard output; defaults to the current folder
    #[arg(long, short, value_name = "FILE|DIR|-")]
    output: Option<PathBuf>,
    /// Start it, print its id, and do not wait
    #[arg(long, conflicts_with = "output")]
    detach: bool,
    /// Longest time to wait, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    timeout: u64,
}

/// What a report is asked for.
#[derive(clap::Args)]
struct Options {
    /// Format: pdf, docx, xlsx, pptx or html
    #[arg(long, short, value_parser = format)]
    format: Option<DocumentFormat>,
    /// Parameter; a value that is JSON is sent as it stands (7, true, null), anything else as text; text that looks like JSON
    /// goes in quotes: -p 'zip="01234"'
    #[arg(long = "param", short, value_name = "KEY=VALUE", value_parser = pair)]
    params: Vec<(String, Box<RawValue>)>,
    /// File with all parameters, as a JSON object; --param adds to it
    #[arg(long = "params", value_name = "FILE")]
    params_file: Option<PathBuf>,
    /// File with the data, as JSON, or - for standard input
    #[arg(long, value_name = "FILE|-")]
    data: Option<PathBuf>,
    /// Data that was uploaded before, by its id
    #[arg(long, value_name = "ID", conflicts_with = "data")]
    temporary_data: Option<i32>,
    /// Template, by code or id
    #[arg(long)]
    template: Option<String>,
    /// Theme, by code or id
    #[arg(long)]
    theme: Option<String>,
    /// Language, for example de
    #[arg(long)]
    lang: Option<String>,
    /// Time zone, for example Europe/Berlin
    #[arg(long)]
    timezone: Option<String>,
    /// Page to leave out, by its id (see cxreports pages); may be given several times
    #[arg(long = "exclude-page", value_name = "N")]
    exclude_pages: Vec<i32>,
    /// Put the report and its attachments into a ZIP
    #[arg(long)]
    attachments: bool,
}

/// Show how far an export is
#[derive(clap::Args)]
pub(crate) struct Status {
    /// Id that export --detach printed, or its ticket
    id: String,
}

/// Wait for an export that was started before, and download it
#[derive(clap::Args)]
pub(crate) struct Download {
    /// Id that export --detach printed, or its ticket
    id: String,
    /// File, folder, or - for standard output; defaults to the current folder
    #[arg(long, short, value_name = "FILE|DIR|-")]
    output: Option<PathBuf>,
    /// Longest time to wait, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    timeout: u64,
}

/// Upload data, to be used by several exports
#[derive(clap::Args)]
pub(crate) struct Data {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(clap::Subcommand)]
enum DataCommand {
    /// Upload a JSON file, and print the id that export --temporary-data takes
    Push {
        /// JSON file, or - for standard input
        file: PathBuf,
    },
}

pub(crate) fn format(name: &str) -> Result<DocumentFormat, String> {
    use DocumentFormat::{Docx, Html, Pdf, Pptx, Xlsx};
    let known = [Pdf, Docx, Xlsx, Pptx, Html];
    let found = known.into_iter().find(|format| format.to_string().eq_ignore_ascii_case(name));
    found.ok_or_else(|| "there are pdf, docx, xlsx, pptx and html".to_owned())
}

/// The format of an export: what was asked for, or else what the extension of its file says; the two must not differ.
pub(crate) fn format_of(
    file: Option<&Path>,
    asked: Option<DocumentFormat>,
    attachments: bool,
) -> Result<Option<DocumentFormat>, String> {
    let Some(extension) = file.and_then(Path::extension).map(|extension| extension.to_string_lossy().to_lowercase())
    else {
        return Ok(asked);
    };
    let named = format(&extension).ok();
    match (&named, &asked) {
        (Some(named), _) if attachments => {
            Err(format!("the report and its attachments are a ZIP, which a .{named} file is not; name it .zip"))
        }
        (Some(named), Some(asked)) if named != asked => {
            Err(format!("the format is {asked}, and the file is named .{named}; make them the same"))
        }
        // PDF is what every instance makes by itself; older ones know no format.
        _ => Ok(asked.or(named.filter(|named| *named != DocumentFormat::Pdf))),
    }
}

/// The value is kept as it is written: a number of 24 digits stays one.
fn pair(text: &str) -> Result<(String, Box<RawValue>), String> {
    let (key, value) = text.split_once('=').ok_or("write it like customer=7")?;
    let raw = RawValue::from_string(value.to_owned()).or_else(|_| to_raw_value(value));
    Ok((key.to_owned(), raw.map_err(|error| error.to_string())?))
}

/// JSON as it stands in a file or on standard input: checked, and never taken apart.
async fn read_json(path: &Path) -> Result<Box<RawValue>, Failure> {
    let text = if path == Path::new("-") {
        let read = tokio::task::spawn_blocking(|| std::io::read_to_string(std::io::stdin())).await;
        read.map_err(std::io::Error::other).and_then(|text| text).map_err(Failure::file("standard input"))?
    } else {
        tokio::fs::read_to_string(path).await.map_err(Failure::file(path))?
    };
    RawValue::from_string(text).map_err(|error| Failure::Usage(format!("{}: no JSON: {error}", path.display())))
}

impl Options {
    async fn apply(self, mut request: ExportRequest<Probed>) -> Result<ExportRequest<Probed>, Failure> {
        let mut params: BTreeMap<String, Box<RawValue>> = BTreeMap::new();
        if let Some(path) = &self.params_file {
            let text = read_json(path).await?;
            params = serde_json::from_str(text.get())
                .map_err(|_| Failure::Usage(format!("{}: the parameters are no JSON object", path.display())))?;
        }
        params.extend(self.params);
        if !params.is_empty() {
            request = request.params(&params);
        }
        if let Some(path) = &self.data {
            request = request.data(&read_json(path).await?);
        }
        if let Some(id) = self.temporary_data {
            request = request.temporary_data(id);
        }
        if let Some(format) = self.format {
            request = request.format(format);
        }
        if let Some(template) = self.template {
            request = request.template(template);
        }
        if let Some(theme) = self.theme {
            request = request.theme(theme);
        }
        if let Some(language) = self.lang {
            request = request.language(language);
        }
        if let Some(timezone) = self.timezone {
            request = request.timezone(timezone);
        }
        request = request.exclude_pages(self.exclude_pages);
        Ok(if self.attachments { request.attachments() } else { request })
    }
}

impl Export {
    pub(crate) async fn run(mut self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let to = Target::prepared(self.output.as_deref())?;
        let options = &mut self.options;
        options.format = format_of(to.file(), options.format.take(), options.attachments).map_err(Failure::Usage)?;
        let request = self.options.apply(cx.report(self.report.as_str()).export()).await?;
        let only_at_once = cx.pinned().lacks().any(|operation| operation == op::StartExport::SPEC.name);
        if only_at_once && !self.detach {
            // An older instance makes the file while we wait for the answer.
            let spinner = output.spinner(&format!("export {}", self.report));
            let file = request.within(Duration::from_secs(self.timeout)).now_by_query().await;
            spinner.finish_and_clear();
            return tell(to.save(file?, output).await?, output);
        }
        let export = request.start().await?;
        if self.detach {
            let id = export.file_id();
            let json = json!({ "id": id, "ticket": export.ticket() });
            return output.say(&format!("{id}\nnext: cxreports download {id}"), &json);
        }
        tell(wait_and_save(export, &self.report, self.timeout, to, output).await?, output)
    }
}

impl Status {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let status = started(cx, &self.id)?.status().await?;
        let state = status.status.as_ref().map(ToString::to_string);
        let expires = status.expiry_time.map(|time| time.to_rfc3339());
        let json = json!({
            "id": status.id, "status": state, "isReady": status.is_ready, "errorMessage": status.error_message,
            "expiryTime": expires, "name": status.name, "contentSize": status.content_size, "contentType": status.content_type,
        });
        let mut text = state.unwrap_or_else(|| if status.is_ready { "ready" } else { "not ready" }.to_owned());
        for part in [status.error_message, status.name, status.content_size.map(|size| format!("{size} bytes"))] {
            text.extend(part.map(|part| format!(", {part}")));
        }
        output.say(&text, &json)
    }
}

impl Download {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let to = Target::prepared(self.output.as_deref())?;
        let export = started(cx, &self.id)?;
        let name = format!("export {}", export.file_id());
        tell(wait_and_save(export, &name, self.timeout, to, output).await?, output)
    }
}

impl Data {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let DataCommand::Push { file } = self.command;
        let data = cx.upload(&read_json(&file).await?).send().await?;
        let expires = data.expiry_date.map(|time| time.to_rfc3339());
        let until = expires.as_ref().map(|time| format!(", until {time}")).unwrap_or_default();
        let json = json!({ "tempDataId": data.temp_data_id, "expiryDate": expires });
        output.say(&format!("{}{until}", data.temp_data_id), &json)
    }
}

/// Work that was started before, as a command names it.
pub(crate) enum Before {
    Id(i32),
    Ticket(Ticket),
}

impl Before {
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let ticket = serde_json::from_str(text);
        let neither = |error| Failure::Usage(format!("{text:?} is neither an id nor a ticket: {error}"));
        ticket.map(Self::Ticket).map_err(neither)
    }
}

fn started(cx: &Client<Probed>, id: &str) -> Result<Started<Probed>, Failure> {
    Ok(match Before::parse(id)? {
        Before::Id(id) => cx.started_export(id)?,
        Before::Ticket(ticket) => cx.resume_export(&ticket)?,
    })
}

/// Waits for an export, and puts its file where it is wanted.
pub(crate) async fn wait_and_save(
    export: Started<Probed>,
    name: &str,
    timeout: u64,
    to: Target,
    output: &mut Output,
) -> Result<Option<PathBuf>, Failure> {
    output.goes_on(format!("it goes on: cxreports download {}", export.file_id()));
    let spinner = output.spinner(&format!("wait for {name}"));
    let ready = export.wait().within(Duration::from_secs(timeout)).await;
    spinner.finish_and_clear();
    to.save(ready?, output).await
}

fn tell(path: Option<PathBuf>, output: &mut Output) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    let shown = path.display().to_string();
    output.say(&shown, &json!({ "path": shown }))
}

/// A file that can be saved: one that is ready on the server, or one that is coming already.
pub(crate) enum Source {
    Ready(Box<ReadyExport<Probed>>),
    Coming(Box<ReportFile>),
}

impl From<ReadyExport<Probed>> for Source {
    fn from(ready: ReadyExport<Probed>) -> Self {
        Self::Ready(Box::new(ready))
    }
}

impl From<ReportFile> for Source {
    fn from(file: ReportFile) -> Self {
        Self::Coming(Box::new(file))
    }
}

/// Where a file is wanted.
pub(crate) enum Target {
    StandardOutput,
    Folder(PathBuf),
    File(PathBuf),
}

impl Target {
    /// What `-o` names, made sure of before anything is exported: a folder is made, that of a file has to be there.
    pub(crate) fn prepared(to: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = to else { return Ok(Self::Folder(PathBuf::from("."))) };
        if path == Path::new("-") {
            return Ok(Self::StandardOutput);
        }
        let ends_as_folder = path.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
        if ends_as_folder || path.is_dir() {
            std::fs::create_dir_all(path).map_err(Failure::file(path))?;
            return Ok(Self::Folder(path.to_owned()));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::metadata(folder).map_err(Failure::file(folder))?;
        Ok(Self::File(path.to_owned()))
    }

    fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            _ => None,
        }
    }

    /// Saves a file here; gives its path, if it has one.
    async fn save(self, source: impl Into<Source>, output: &mut Output) -> Result<Option<PathBuf>, Failure> {
        let bar = output.download_bar();
        let path = match (source.into(), self) {
            (Source::Ready(ready), Self::StandardOutput) => return pipe(ready.download().await?, output).await,
            (Source::Coming(file), Self::StandardOutput) => return pipe(*file, output).await,
            (Source::Ready(ready), Self::Folder(folder)) => ready.on_progress(follow(&bar)).save_to(folder).await?,
            (Source::Coming(file), Self::Folder(folder)) => file.on_progress(follow(&bar)).save_to(folder).await?,
            (Source::Ready(ready), Self::File(path)) => {
                ready.on_progress(follow(&bar)).save_as(&path).await?;
                path
            }
            (Source::Coming(file), Self::File(path)) => {
                file.on_progress(follow(&bar)).save_as(&path).await?;
                path
            }
        };
        bar.finish_and_clear();
        Ok(Some(path))
    }
}

fn follow(bar: &ProgressBar) -> impl Fn(cxreports::Progress) + Send + Sync + 'static {
    let bar = bar.clone();
    move |progress| {
        if let Some(total) = progress.total {
            bar.set_length(total);
        }
        bar.set_position(progress.received);
    }
}

async fn pipe(file: ReportFile, output: &mut Output) -> Result<Option<PathBuf>, Failure> {
    let mut chunks = std::pin::pin!(file.into_stream());
    while let Some(chunk) = chunks.try_next().await? {
        output.bytes(&chunk)?;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_sent_as_they_are_written() {
        let table = [
            ("account=123456789012345678901234", "123456789012345678901234"),
            ("amount=12.50", "12.50"),
            ("zip=01234", "\"01234\""),
            ("zip=\"1234\"", "\"1234\""),
            ("on=true", "true"),
            ("name=M\u{fc}ller \"&\" Co", "\"M\u{fc}ller \\\"&\\\" Co\""),
            ("empty=", "\"\""),
        ];
        for (written, sent) in table {
            let (key, value) = pair(written).unwrap();
            assert_eq!(
                serde_json::to_string(&BTreeMap::from([(&key, value)])).unwrap(),
                format!("{{\"{key}\":{sent}}}")
            );
        }
        assert!(pair("nothing").is_err());
    }
}
