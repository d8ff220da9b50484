//! `doctor`: whether an instance can be reached and used, and whether its previews work in an iframe.

mod finding;
mod iframe;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use cxreports::{Check, Client, Difference, Probed, ReportHandle};
use cxreports_openapi::discover::is_loopback;
use serde::Serialize;
use serde_json::json;
use url::Url;

use self::finding::{Finding, Severity};
use crate::{connection::Connection, failure::Failure, output::Output, terminal::printable};

/// Check an instance: connection, token, supported operations, previews in an iframe
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cxreports doctor
  cxreports doctor --origin https://app.example.com
      would a page of app.example.com be able to show a preview in an iframe?
  cxreports doctor --json | jq '.checks[] | select(.severity == \"fail\") | .code'

Exit status: 0 if nothing fails, 6 otherwise. With --json, the codes of the checks are stable:
  reached, unreachable; token-accepted, token-refused, workspaces-unavailable, workspace-unknown; operations-complete, operations-missing, operations-unknown;
  swagger-same, swagger-differs, swagger-off, swagger-unreadable; preview-no-report, preview-unavailable;
  frame-options-absent, -overridden, -same-origin, -forbidden; frame-ancestors-absent, -allowed, -unchecked, -forbidden;
  cookie-same-site, -cross-site, -unpartitioned, -insecure, -blocked, -absent")]
pub(crate) struct Doctor {
    /// Origin of the page that would embed reports: `https://app.example.com`
    #[arg(long, value_name = "URL")]
    origin: Option<Url>,
}

/// The findings so far, each printed as it is found.
pub(crate) struct Checkup<'a> {
    output: &'a mut Output,
    findings: Vec<Found>,
}

/// A finding, and what was checked.
#[derive(Serialize)]
struct Found {
    check: &'static str,
    #[serde(flatten)]
    finding: Finding,
}

impl<'a> Checkup<'a> {
    pub(crate) fn new(output: &'a mut Output) -> Self {
        Self { output, findings: Vec::new() }
    }

    fn add(&mut self, check: &'static str, finding: Finding) -> Result<(), Failure> {
        if !self.output.json {
            let severity = finding.severity();
            let style = severity.color().on_default().bold();
            let (label, text) = (severity.label(), printable(finding.text()));
            self.output.styled(&format!("{style}{label:<5}{style:#} {check:<10} {text}"))?;
        }
        self.findings.push(Found { check, finding });
        Ok(())
    }

    /// Checks that the instance can be reached, accepts the token and has the workspace; returns a client and the codes of its workspaces if so.
    pub(crate) async fn connect(
        &mut self,
        connection: &Connection,
    ) -> Result<Option<(Client<Probed>, Vec<String>)>, Failure> {
        let since = Instant::now();
        let cx = match connection.builder().await?.probe().await {
            Ok(cx) => cx,
            Err(error) => {
                self.add("connection", Finding::fail("unreachable", Failure::from(error).text()))?;
                return Ok(None);
            }
        };
        let text = format!("{} in {} ms", connection.url, since.elapsed().as_millis());
        self.add("connection", Finding::ok("reached", text))?;
        let workspaces = match cx.workspaces().await {
            Ok(workspaces) => workspaces,
            Err(error) => {
                let failure = Failure::from(error);
                let code = if failure.is_unauthenticated() { "token-refused" } else { "workspaces-unavailable" };
                self.add("token", Finding::fail(code, failure.text()))?;
                return Ok(None);
            }
        };
        connection.keep(&cx);
        let codes: Vec<_> =
            workspaces.iter().map(|one| one.code.clone().unwrap_or_else(|| one.id.to_string())).collect();
        let count = if let [_] = &codes[..] { "1 workspace".to_owned() } else { format!("{} workspaces", codes.len()) };
        self.add("token", Finding::ok("token-accepted", format!("it gives access to {count}: {}", codes.join(", "))))?;
        if let Some(chosen) = connection.workspace()
            && !workspaces.iter().any(|one| one.code.as_deref() == Some(chosen) || one.id.to_string() == chosen)
        {
            let text = format!("the token gives no access to {chosen}, or there is no such workspace");
            self.add("workspace", Finding::fail("workspace-unknown", text))?;
            return Ok(None);
        }
        Ok(Some((cx, codes)))
    }

    /// Prints the findings as JSON if that was asked for; the exit status.
    pub(crate) fn end(self) -> Result<ExitCode, Failure> {
        let is_ok = self.findings.iter().all(|found| found.finding.severity() != Severity::Fail);
        if self.output.json {
            self.output.value(&json!({ "ok": is_ok, "checks": self.findings }))?;
        }
        Ok(if is_ok { ExitCode::SUCCESS } else { ExitCode::from(6) })
    }
}

impl Doctor {
    pub(crate) async fn run(self, connection: &Connection, output: &mut Output) -> Result<ExitCode, Failure> {
        let mut checkup = Checkup::new(output);
        if let Some((cx, workspaces)) = checkup.connect(connection).await? {
            checkup.add("operations", operations(&cx))?;
            checkup.add("swagger", swagger(&cx).await)?;
            let workspace = connection.workspace().or(workspaces.first().map(String::as_str));
            for finding in self.preview(&cx, workspace, connection.request_timeout()).await? {
                checkup.add("iframe", finding)?;
            }
        }
        checkup.end()
    }

    /// Opens the preview of a report as an iframe would, and checks the response.
    async fn preview(
        &self,
        cx: &Client<Probed>,
        workspace: Option<&str>,
        limit: Duration,
    ) -> Result<Vec<Finding>, Failure> {
        let unavailable = |text| Ok(vec![Finding::fail("preview-unavailable", text)]);
        let report = match first_report(cx, workspace).await {
            Ok(Some(report)) => report,
            Ok(None) => {
                let text = "there is no report to check the preview with";
                return Ok(vec![Finding::warn("preview-no-report", text)]);
            }
            Err(failure) => return unavailable(failure.text()),
        };
        let url = match report.preview().url().await {
            Ok(url) => url,
            Err(error) => return unavailable(Failure::from(error).text()),
        };
        let page = Url::parse(url.expose()).map_err(no_browser)?;
        // It has no token: a browser has none, either.
        let response = match browser(&page)?.get(page.clone()).timeout(limit).send().await {
            Ok(response) => response,
            Err(error) => return unavailable(error.without_url().to_string()),
        };
        if !response.status().is_success() {
            return unavailable(format!("the preview page responds with {}", response.status()));
        }
        Ok(iframe::check(&page, self.origin.as_ref(), response.headers()).into())
    }
}

async fn first_report(cx: &Client<Probed>, workspace: Option<&str>) -> Result<Option<ReportHandle<Probed>>, Failure> {
    let Some(workspace) = workspace else { return Ok(None) };
    let reports = cx.workspace(workspace).reports().await?;
    Ok(reports.first().map(|report| cx.workspace(workspace).report(report.id)))
}

/// Whether the instance has every operation.
fn operations(cx: &Client<Probed>) -> Finding {
    let missing: Vec<_> = cx.pinned().missing_operations().collect();
    let pin = cx.pin().name;
    match (cx.pinned().probed_from(), missing.as_slice()) {
        (None, _) => Finding::warn(
            "operations-unknown",
            format!("the instance does not say which operations it has; it is used as {pin}"),
        ),
        (Some(by), []) => Finding::ok("operations-complete", format!("all of {pin}, by {by}")),
        (Some(by), missing) => {
            Finding::warn("operations-missing", format!("older than {pin}, by {by}; it lacks {}", missing.join(", ")))
        }
    }
}

/// Whether the instance serves its document, and how that differs from the newest pin.
async fn swagger(cx: &Client<Probed>) -> Finding {
    let pin = cx.pin().name;
    let differences = match cx.instance().check().await {
        Ok(Check::SwaggerOff) => {
            let text = "off; the instance's operator can enable it, so that the instance can be pinned";
            return Finding::warn("swagger-off", text);
        }
        Ok(Check::Compared(differences)) => differences,
        Err(error) => return Finding::fail("swagger-unreadable", Failure::from(error).text()),
    };
    let is_new = |one: &&Difference| matches!(one, Difference::OperationNew { .. } | Difference::FieldNew { .. });
    let new = differences.iter().filter(is_new).count();
    match differences.len() - new {
        0 if new == 0 => Finding::ok("swagger-same", format!("on; the same as the pin {pin}")),
        absent => Finding::ok(
            "swagger-differs",
            format!("on; of the pin {pin}, {absent} operations or fields are absent or moved, and {new} are new"),
        ),
    }
}

/// What requests the page. A proxy of the environment is no part of this machine: as the token, the nonce does not go there over
/// plain http.
fn browser(page: &Url) -> Result<reqwest::Client, Failure> {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let is_local = page.host_str().is_some_and(is_loopback);
    let builder = if is_local { builder.no_proxy() } else { builder };
    builder.build().map_err(no_browser)
}

/// A failure of this system, not of the instance.
fn no_browser(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::System("the preview page cannot be requested", std::io::Error::other(error))
}
