//! Exports: one at a time, in the foreground or left to go on; and uploading data.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use cxreports::{
    Client, Export as Started, ExportRequest, Probed, ReadyExport, ReportFile,
    core::{Operation as _, op},
    model::DocumentFormat,
};
use futures_util::TryStreamExt as _;
use indicatif::ProgressBar;
use serde_json::{Map, Value, json, value::RawValue};

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
    /// File, folder, or - for standard output; the current folder unless told
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
    /// Parameter; a value that is JSON is sent as such, anything else as text
    #[arg(long = "param", short, value_name = "KEY=VALUE", value_parser = pair)]
    params: Vec<(String, Value)>,
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
    /// Id that export --detach printed
    id: i32,
}

/// Wait for an export that was started before, and download it
#[derive(clap::Args)]
pub(crate) struct Download {
    /// Id that export --detach printed
    id: i32,
    /// File, folder, or - for standard output; the current folder unless told
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

fn pair(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').ok_or("write it like customer=7")?;
    Ok((key.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
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
        let mut params = Map::new();
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
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let request = self.options.apply(cx.report(self.report.as_str()).export()).await?;
        let only_at_once = cx.pinned().lacks().any(|operation| operation == op::StartExport::SPEC.name);
        if only_at_once && !self.detach {
            // An older instance makes the file while we wait for the answer.
            let spinner = output.spinner(&format!("export {}", self.report));
            let file = request.now_by_query().await;
            spinner.finish_and_clear();
            return deliver_file(file?, self.output.as_deref(), output).await;
        }
        let export = request.start().await?;
        if self.detach {
            let id = export.file_id();
            let json = json!({ "id": id, "ticket": export.ticket() });
            return Ok(output.say(&format!("{id}\nnext: cxreports download {id}"), &json)?);
        }
        wait_and_save(export, &self.report, self.timeout, self.output.as_deref(), output).await
    }
}

impl Status {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let status = cx.started_export(self.id)?.status().await?;
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
        Ok(output.say(&text, &json)?)
    }
}

impl Download {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let export = cx.started_export(self.id)?;
        wait_and_save(export, &format!("export {}", self.id), self.timeout, self.output.as_deref(), output).await
    }
}

impl Data {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let DataCommand::Push { file } = self.command;
        let data = cx.upload(&read_json(&file).await?).send().await?;
        let expires = data.expiry_date.map(|time| time.to_rfc3339());
        let until = expires.as_ref().map(|time| format!(", until {time}")).unwrap_or_default();
        let json = json!({ "tempDataId": data.temp_data_id, "expiryDate": expires });
        Ok(output.say(&format!("{}{until}", data.temp_data_id), &json)?)
    }
}

/// Waits for an export, and puts its file where it is wanted.
pub(crate) async fn wait_and_save(
    export: Started<Probed>,
    name: &str,
    timeout: u64,
    to: Option<&Path>,
    output: &mut Output,
) -> Result<(), Failure> {
    let id = export.file_id();
    let spinner = output.spinner(&format!("wait for {name}"));
    let wait = export.wait().within(Duration::from_secs(timeout)).into_future();
    let ready = tokio::select! {
        ready = wait => ready,
        _ = tokio::signal::ctrl_c() => return Err(Failure::Interrupted(id)),
    };
    spinner.finish_and_clear();
    save(ready?, to, output).await
}

async fn save(ready: ReadyExport<Probed>, to: Option<&Path>, output: &mut Output) -> Result<(), Failure> {
    let bar = output.download_bar();
    let ready = ready.on_progress(follow(&bar));
    let path = match Target::of(to) {
        Target::StandardOutput => return pipe(ready.download().await?, output).await,
        Target::Folder(folder) => ready.save_to(folder).await?,
        Target::File(path) => {
            ready.save_as(&path).await?;
            path
        }
    };
    bar.finish_and_clear();
    told(&path, output)
}

async fn deliver_file(file: ReportFile, to: Option<&Path>, output: &mut Output) -> Result<(), Failure> {
    let bar = output.download_bar();
    let file = file.on_progress(follow(&bar));
    let path = match Target::of(to) {
        Target::StandardOutput => return pipe(file, output).await,
        Target::Folder(folder) => file.save_to(folder).await?,
        Target::File(path) => {
            file.save_as(&path).await?;
            path
        }
    };
    bar.finish_and_clear();
    told(&path, output)
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

async fn pipe(file: ReportFile, output: &mut Output) -> Result<(), Failure> {
    let mut chunks = std::pin::pin!(file.into_stream());
    while let Some(chunk) = chunks.try_next().await? {
        output.bytes(&chunk)?;
    }
    Ok(())
}

fn told(path: &Path, output: &mut Output) -> Result<(), Failure> {
    let shown = path.display().to_string();
    Ok(output.say(&shown, &json!({ "path": shown }))?)
}

/// Where a file is wanted.
enum Target {
    StandardOutput,
    Folder(PathBuf),
    File(PathBuf),
}

impl Target {
    fn of(to: Option<&Path>) -> Self {
        match to {
            None => Self::Folder(PathBuf::from(".")),
            Some(path) if path == Path::new("-") => Self::StandardOutput,
            Some(path) if path.is_dir() => Self::Folder(path.to_owned()),
            Some(path) => Self::File(path.to_owned()),
        }
    }
}
