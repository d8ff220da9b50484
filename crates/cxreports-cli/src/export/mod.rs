//! `export`: one report, in the foreground or started only.

mod destination;
mod settings;

use std::{path::PathBuf, time::Duration};

use cxreports::{
    Client, Probed,
    core::{Operation as _, op},
    model::DocumentFormat,
};
use serde_json::json;

pub(crate) use self::{
    destination::{Destination, check_writable, print_path},
    settings::{ExportSettings, format, format_for},
};
use crate::{failure::Failure, input::JsonArguments, output::Output, recommend::again};

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
      start it and print its id; cxreports download ID fetches it later")]
pub(crate) struct Export {
    /// Report id, or code of a report type
    report: String,
    #[command(flatten)]
    options: Options,
    /// File or folder, or - for standard output; defaults to the current folder
    #[arg(long, short, value_name = "FILE|DIR|-")]
    output: Option<PathBuf>,
    /// Start the export, print its id and exit
    #[arg(long, conflicts_with = "output")]
    detach: bool,
    /// Maximum time to wait, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    timeout: u64,
}

#[derive(clap::Args)]
struct Options {
    /// Format: pdf, docx, xlsx, pptx or html; defaults to the extension of --output, or else pdf
    #[arg(long, short, value_parser = format)]
    format: Option<DocumentFormat>,
    #[command(flatten)]
    input: JsonArguments,
    /// Id of data that was uploaded with cxreports data upload
    #[arg(long, value_name = "ID", conflicts_with = "data")]
    temporary_data: Option<i32>,
    /// Template, by code or id; defaults to the report's own
    #[arg(long)]
    template: Option<String>,
    /// Theme, by code or id; defaults to the report's own
    #[arg(long)]
    theme: Option<String>,
    /// Language, for example de
    #[arg(long, alias = "lang")]
    language: Option<String>,
    /// Time zone, for example Europe/Berlin
    #[arg(long)]
    timezone: Option<String>,
    /// Page to leave out, by its id (see cxreports reports pages); may be given several times
    #[arg(long = "exclude-page", value_name = "ID")]
    exclude_pages: Vec<i32>,
    /// Pack the report and its attachments into a ZIP file
    #[arg(long)]
    attachments: bool,
}

impl Options {
    async fn settings(self, to: &Destination) -> Result<ExportSettings, Failure> {
        let format = format_for(to.file(), self.format, self.attachments).map_err(Failure::Usage)?;
        let (params, data) = self.input.read().await?;
        Ok(ExportSettings {
            format,
            params,
            data,
            temporary_data: self.temporary_data,
            template: self.template,
            theme: self.theme,
            language: self.language,
            timezone: self.timezone,
            exclude_pages: self.exclude_pages,
            attachments: self.attachments,
        })
    }
}

/// Whether an instance only exports while the request lasts, as those before 2026 do.
pub(crate) fn is_synchronous(cx: &Client<Probed>) -> bool {
    cx.pinned().missing_operations().any(|operation| operation == op::StartExport::SPEC.name)
}

impl Export {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let timeout = Duration::from_secs(self.timeout);
        let to = Destination::prepare(self.output.as_deref(), output)?;
        let settings = self.options.settings(&to).await?;
        let request = settings.apply(cx.report(self.report.as_str()).export());
        if is_synchronous(cx) && !self.detach {
            let spinner = output.spinner(&format!("exporting {}", self.report));
            let file = request.within(timeout).now_by_query().await;
            spinner.finish_and_clear();
            return print_path(to.write(file?, output).await?, output);
        }
        let export = request.start().await?;
        if !self.detach {
            return print_path(to.receive(export, &self.report, timeout, output).await?, output);
        }
        let id = export.file_id();
        output.if_interrupted(format!("it continues on the server: {}", again(&format!("download {id}"))));
        output.has_started(export.ticket());
        output.say(&id.to_string(), &json!({ "id": id, "ticket": export.ticket() }))?;
        output.note(&format!("next: {}", again(&format!("download {id}"))));
        Ok(())
    }
}
