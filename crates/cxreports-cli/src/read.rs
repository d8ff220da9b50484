//! What reads: workspaces, reports, pages, types, templates, themes, jobs.

use cxreports::{Client, Probed, core::chrono::SecondsFormat};
use serde_json::json;

use crate::{failure::Failure, output::Output};

/// List the reports of the workspace
#[derive(clap::Args)]
pub(crate) struct Reports {
    /// Only those of the type with this code
    #[arg(long, short = 't', value_name = "CODE")]
    r#type: Option<String>,
    /// Leave out the first so many
    #[arg(long, value_name = "N")]
    offset: Option<i32>,
    /// At the most so many
    #[arg(long, value_name = "N")]
    limit: Option<i32>,
}

/// List the pages of a report, whose ids `export --exclude-page` takes
#[derive(clap::Args)]
pub(crate) struct Pages {
    /// Report id, or code of a report type
    report: String,
}

/// Text that may be missing.
fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

impl Reports {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
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
        let reports = reports.await?;
        let json = reports.iter().map(|report| {
            json!({
                "id": report.id, "name": report.name, "reportTypeId": report.report_type_id,
                "reportTypeName": report.report_type_name, "reportTemplateName": report.report_template_name,
                "themeName": report.theme_name, "isDefault": report.is_default,
            })
        });
        let json = json.collect();
        let rows = reports.into_iter().map(|report| {
            let default = if report.is_default { "yes" } else { "" };
            let names = [report.report_type_name, report.report_template_name, report.theme_name].map(or_dash);
            [vec![report.id.to_string(), report.name], names.to_vec(), vec![default.to_owned()]].concat()
        });
        output.table(&["id", "name", "type", "template", "theme", "default"], rows.collect(), json)
    }
}

impl Pages {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let pages = cx.report(self.report).pages().await?;
        let json =
            pages.iter().map(|page| json!({ "id": page.id, "name": page.name, "type": page.page_type.to_string() }));
        let json = json.collect();
        let rows =
            pages.into_iter().map(|page| vec![page.id.to_string(), or_dash(page.name), page.page_type.to_string()]);
        output.table(&["id", "name", "type"], rows.collect(), json)
    }
}

pub(crate) async fn workspaces(cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
    let all = cx.workspaces().await?;
    let json = all
        .iter()
        .map(|one| json!({ "id": one.id, "code": one.code, "name": one.name, "description": one.description }));
    let json = json.collect();
    let rows =
        all.into_iter().map(|one| vec![one.id.to_string(), or_dash(one.code), one.name, or_dash(one.description)]);
    output.table(&["id", "code", "name", "description"], rows.collect(), json)
}

pub(crate) async fn types(cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
    let all = cx.report_types().await?;
    let json = all.iter().map(|one| {
        json!({ "id": one.id, "code": one.code, "name": one.name, "description": one.description,
            "defaultReportId": one.default_report_id, "defaultReportName": one.default_report_name })
    });
    let json = json.collect();
    let rows = all
        .into_iter()
        .map(|one| vec![one.id.to_string(), or_dash(one.code), or_dash(one.name), or_dash(one.default_report_name)]);
    output.table(&["id", "code", "name", "default report"], rows.collect(), json)
}

pub(crate) async fn templates(cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
    let all = cx.templates().await?;
    named(output, all.into_iter().map(|one| (one.id, one.code, one.name)))
}

pub(crate) async fn themes(cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
    let all = cx.themes().await?;
    named(output, all.into_iter().map(|one| (one.id, one.code, one.name)))
}

fn named(output: &mut Output, all: impl Iterator<Item = (i32, Option<String>, String)>) -> Result<(), Failure> {
    let all: Vec<_> = all.collect();
    let json = all.iter().map(|(id, code, name)| json!({ "id": id, "code": code, "name": name })).collect();
    let rows = all.into_iter().map(|(id, code, name)| vec![id.to_string(), or_dash(code), name]).collect();
    output.table(&["id", "code", "name"], rows, json)
}

pub(crate) async fn jobs(cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
    let all = cx.jobs().await?;
    let json = all.iter().map(|one| {
        json!({ "id": one.id, "code": one.code, "name": one.name, "description": one.description,
            "reviewRequired": one.review_required, "isActive": one.is_active,
            "lastRunTime": one.last_run_time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)) })
    });
    let json = json.collect();
    let yes = |value: Option<bool>| if value == Some(true) { "yes" } else { "no" }.to_owned();
    let rows = all.into_iter().map(|one| {
        let last = one.last_run_time.map(|time| time.format("%Y-%m-%d %H:%M UTC").to_string());
        vec![
            one.id.to_string(),
            or_dash(one.code),
            or_dash(one.name),
            yes(one.is_active),
            yes(one.review_required),
            or_dash(last),
        ]
    });
    output.table(&["id", "code", "name", "active", "review", "last run"], rows.collect(), json)
}
