//! The commands that list: workspaces, reports and their pages, types, templates, themes, jobs.

use cxreports::{
    Client, Probed,
    model::{Job, ReportTemplate, ReportType, Theme, Workspace},
};

use crate::{
    failure::Failure,
    output::{Column, Output},
};

/// A noun whose only verb is `list`, which may be left out.
#[derive(clap::Args)]
pub(crate) struct Listing {
    #[command(subcommand)]
    verb: Option<ListVerb>,
}

#[derive(clap::Subcommand)]
enum ListVerb {
    /// List all of them (the default)
    List,
}

/// Which list.
pub(crate) enum Noun {
    Workspaces,
    Types,
    Templates,
    Themes,
    Jobs,
}

/// List the reports of the workspace, or the pages of one report
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cxreports reports list
  cxreports reports list --type invoice
  cxreports reports pages 42
      the ids of pages, which export --exclude-page takes")]
pub(crate) struct Reports {
    #[command(subcommand)]
    verb: Option<ReportsVerb>,
    #[command(flatten)]
    list: ReportsList,
}

#[derive(clap::Subcommand)]
enum ReportsVerb {
    /// List the reports of the workspace (the default)
    List(ReportsList),
    /// List the pages of a report
    Pages(Pages),
}

#[derive(Default, clap::Args)]
struct ReportsList {
    /// List only the reports of the type with this code
    #[arg(long, short = 't', value_name = "CODE")]
    r#type: Option<String>,
    /// Skip this many reports
    #[arg(long, value_name = "N")]
    offset: Option<i32>,
    /// List at most this many reports
    #[arg(long, value_name = "N")]
    limit: Option<i32>,
}

/// List the pages of a report
#[derive(clap::Args)]
pub(crate) struct Pages {
    /// Report id, or code of a report type
    report: String,
}

/// Text that may be missing.
fn or_dash<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)
}

fn yes_or_no(value: Option<bool>) -> String {
    if value == Some(true) { "yes" } else { "no" }.to_owned()
}

impl Reports {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let outer = self.list;
        match self.verb {
            None => outer.run(cx, output).await,
            Some(ReportsVerb::List(list)) => {
                let list = ReportsList {
                    r#type: list.r#type.or(outer.r#type),
                    offset: list.offset.or(outer.offset),
                    limit: list.limit.or(outer.limit),
                };
                list.run(cx, output).await
            }
            Some(ReportsVerb::Pages(_)) if !outer.is_empty() => {
                Err(Failure::Usage("--type, --offset and --limit are options of reports list".to_owned()))
            }
            Some(ReportsVerb::Pages(pages)) => pages.run(cx, output).await,
        }
    }
}

impl ReportsList {
    fn is_empty(&self) -> bool {
        self.r#type.is_none() && self.offset.is_none() && self.limit.is_none()
    }

    async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let mut reports = cx.reports();
        if let Some(code) = self.r#type {
            reports = reports.of_type(code);
        }
        if let Some(offset) = self.offset {
            reports = reports.offset(offset);
        }
        if let Some(limit) = self.limit {
            reports = reports.limit(limit);
        }
        output.list(
            &reports.await?,
            &[
                ("id", |report| report.id.to_string()),
                ("name", |report| report.name.clone()),
                ("type", |report| or_dash(&report.report_type_name)),
                ("template", |report| or_dash(&report.report_template_name)),
                ("theme", |report| or_dash(&report.theme_name)),
                ("default", |report| if report.is_default { "yes" } else { "" }.to_owned()),
            ],
        )
    }
}

impl Pages {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        output.list(
            &cx.report(self.report).pages().await?,
            &[
                ("id", |page| page.id.to_string()),
                ("name", |page| or_dash(&page.name)),
                ("type", |page| page.page_type.to_string()),
            ],
        )
    }
}

/// The columns of what has an id, a code and a name; `$name` is the cell of the name.
macro_rules! id_code_name {
    ($model:ty, $name:expr) => {{
        let columns: [Column<$model>; 3] =
            [("id", |one| one.id.to_string()), ("code", |one| or_dash(&one.code)), ("name", $name)];
        columns
    }};
}

impl Noun {
    pub(crate) async fn list(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Workspaces => {
                let [id, code, name] = id_code_name!(Workspace, |one| one.name.clone());
                let description: Column<Workspace> = ("description", |one| or_dash(&one.description));
                output.list(&cx.workspaces().await?, &[id, code, name, description])
            }
            Self::Types => {
                let [id, code, name] = id_code_name!(ReportType, |one| or_dash(&one.name));
                let report: Column<ReportType> = ("default report", |one| or_dash(&one.default_report_name));
                output.list(&cx.report_types().await?, &[id, code, name, report])
            }
            Self::Templates => {
                output.list(&cx.templates().await?, &id_code_name!(ReportTemplate, |one| one.name.clone()))
            }
            Self::Themes => output.list(&cx.themes().await?, &id_code_name!(Theme, |one| one.name.clone())),
            Self::Jobs => {
                let [id, code, name] = id_code_name!(Job, |one| or_dash(&one.name));
                output.list(
                    &cx.jobs().await?,
                    &[
                        id,
                        code,
                        name,
                        ("active", |job| yes_or_no(job.is_active)),
                        ("review", |job| yes_or_no(job.review_required)),
                        ("last run", |job| {
                            or_dash(&job.last_run_time.map(|time| time.format("%Y-%m-%d %H:%M UTC").to_string()))
                        }),
                    ],
                )
            }
        }
    }
}
