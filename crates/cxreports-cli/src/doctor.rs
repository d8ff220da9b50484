use std::{process::ExitCode, time::Instant};

use cxreports::{Check, Client, Difference, Probed};
use serde_json::json;
use url::Url;

use crate::{
    failure::Failure,
    iframe::{self, Verdict},
    output::{Output, printable},
    profile::Connection,
};

/// Check an instance: can it be reached, is the token valid, what does it lack, would an iframe work
#[derive(clap::Args)]
pub(crate) struct Doctor {
    /// Address of the page that would embed reports: `https://app.example.com`
    #[arg(long, value_name = "URL")]
    origin: Option<Url>,
}

/// What was found, as it is printed.
struct Report<'a> {
    output: &'a mut Output,
    checks: Vec<serde_json::Value>,
    bad: bool,
}

impl Report<'_> {
    fn add(&mut self, what: &'static str, verdict: &Verdict) -> Result<(), Failure> {
        use anstyle::AnsiColor::{Green, Red, Yellow};
        let (label, color, text) = match verdict {
            Verdict::Good(text) => ("ok", Green, text),
            Verdict::Doubtful(text) => ("warn", Yellow, text),
            Verdict::Bad(text) => ("fail", Red, text),
        };
        self.bad |= matches!(verdict, Verdict::Bad(_));
        self.checks.push(json!({ "check": what, "verdict": label, "text": text }));
        if !self.output.json {
            let color = color.on_default().bold();
            self.output.styled(&format!("{color}{label:<5}{color:#} {what:<9} {}", printable(text)))?;
        }
        Ok(())
    }

    fn end(self) -> Result<ExitCode, Failure> {
        if self.output.json {
            self.output.value(&json!({ "ok": !self.bad, "checks": self.checks }))?;
        }
        Ok(if self.bad { ExitCode::from(6) } else { ExitCode::SUCCESS })
    }
}

impl Doctor {
    pub(crate) async fn run(self, connection: &Connection, output: &mut Output) -> Result<ExitCode, Failure> {
        let mut report = Report { output, checks: Vec::new(), bad: false };
        let since = Instant::now();
        let cx = match connection.builder().await?.probe().await {
            Ok(cx) => cx,
            Err(error) => {
                report.add("reached", &Verdict::Bad(Failure::from(error).text()))?;
                return report.end();
            }
        };
        report.add("reached", &Verdict::Good(format!("{} in {} ms", connection.url, since.elapsed().as_millis())))?;
        let workspaces = match cx.workspaces().await {
            Ok(workspaces) => workspaces,
            Err(error) => {
                report.add("token", &Verdict::Bad(Failure::from(error).text()))?;
                return report.end();
            }
        };
        let codes: Vec<_> =
            workspaces.iter().map(|one| one.code.clone().unwrap_or_else(|| one.id.to_string())).collect();
        report.add("token", &Verdict::Good(format!("it opens {} workspaces: {}", codes.len(), codes.join(", "))))?;
        edition(&cx, &mut report).await?;
        self.iframe(&cx, connection, codes.first(), &mut report).await?;
        report.end()
    }

    /// Opens a preview page as an iframe would, and reads what it is answered with.
    async fn iframe(
        &self,
        cx: &Client<Probed>,
        connection: &Connection,
        first: Option<&String>,
        report: &mut Report<'_>,
    ) -> Result<(), Failure> {
        let workspace = if connection.workspace().is_some() { None } else { first };
        let reports = match workspace {
            Some(code) => cx.workspace(code.as_str()).reports().limit(1).await,
            None => cx.reports().limit(1).await,
        };
        let id = match reports {
            Ok(reports) => match reports.first() {
                Some(one) => one.id,
                None => {
                    return report
                        .add("iframe", &Verdict::Doubtful("the workspace has no report to try it with".to_owned()));
                }
            },
            Err(error) => return report.add("iframe", &Verdict::Bad(Failure::from(error).text())),
        };
        let handle = match workspace {
            Some(code) => cx.workspace(code.as_str()).report(id),
            None => cx.report(id),
        };
        let url = match handle.preview().url().await {
            Ok(url) => url,
            Err(error) => return report.add("iframe", &Verdict::Bad(Failure::from(error).text())),
        };
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let answer = match browser.map_err(no_browser)?.get(url.expose()).send().await {
            Ok(answer) => answer,
            Err(error) => return report.add("iframe", &Verdict::Bad(error.without_url().to_string())),
        };
        if !answer.status().is_success() {
            return report.add("iframe", &Verdict::Bad(format!("the preview page answers {}", answer.status())));
        }
        let page = Url::parse(url.expose()).map_err(no_browser)?;
        for verdict in iframe::judge(&page, self.origin.as_ref(), answer.headers()) {
            report.add("iframe", &verdict)?;
        }
        Ok(())
    }
}

/// What the instance looks like, and what the client's pin would miss.
async fn edition(cx: &Client<Probed>, report: &mut Report<'_>) -> Result<(), Failure> {
    let lacks: Vec<_> = cx.pinned().lacks().collect();
    let pin = cx.pin().name;
    let verdict = match (cx.pinned().judged_by(), lacks.as_slice()) {
        (None, _) => {
            Verdict::Doubtful(format!("it does not say what it serves; everything of {pin} is taken to be there"))
        }
        (Some(by), []) => Verdict::Good(format!("like {pin}, by {by}")),
        (Some(by), lacks) => Verdict::Doubtful(format!("older than {pin}, by {by}: it lacks {}", lacks.join(", "))),
    };
    report.add("edition", &verdict)?;
    match cx.instance().check().await? {
        Check::SwaggerOff => report
            .add("swagger", &Verdict::Doubtful("off; its operator can enable it, so that it can be pinned".to_owned())),
        Check::Compared(differences) => {
            let new = differences
                .iter()
                .filter(|one| matches!(one, Difference::OperationNew { .. } | Difference::FieldNew { .. }));
            let new = new.count();
            let text = format!(
                "on; against the pin {pin}, {} differences are known, {new} of them new things",
                differences.len()
            );
            report.add("swagger", &Verdict::Good(text))
        }
    }
}

/// What only this system can be at fault for.
fn no_browser(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::System("the page cannot be asked for", std::io::Error::other(error))
}
