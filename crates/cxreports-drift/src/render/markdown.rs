use std::{collections::BTreeSet, fmt::Write as _};

use super::{
    comparison::{Comparison, infos_in_short},
    escape::{markdown, markdown_code, markdown_text},
};
use crate::{
    finding::{Finding, Place},
    message::{count, list},
    rules::Severity,
    sentence::describe,
};

/// What GitHub takes as the body of a pull request is 65,536 characters.
const LONGEST: usize = 60_000;
/// The places and operations that one finding lists.
const LISTED: usize = 50;

const HEAD: &str =
    "| change | direction | was | is | seen by | our code | rule, id |\n| --- | --- | --- | --- | --- | --- | --- |\n";

pub(super) fn write(comparisons: &[Comparison]) -> String {
    let mut report = Report { text: String::new(), length: 0, omitted: 0 };
    for comparison in comparisons {
        let title = format!("## {}\n\n{}.\n\n", title(comparison), comparison.counts());
        if !report.add(&title) {
            report.omitted += comparison.allowed.findings.len();
            continue;
        }
        for severity in [Severity::Breaking, Severity::Warning, Severity::Info] {
            report.group(comparison, severity);
        }
    }
    if let Some(more) = count(report.omitted, "more finding does", "more findings do") {
        let _ = writeln!(
            report.text,
            "{more} not fit: a report has at most 60,000 characters. The other formats have every finding."
        );
    }
    report.text
}

/// A report as it is written, and what does not fit into it any more.
struct Report {
    text: String,
    length: usize,
    omitted: usize,
}

impl Report {
    /// Adds text if there is room for it, and for what has to be closed after it.
    fn add(&mut self, text: &str) -> bool {
        let length = text.chars().count();
        let fits = self.omitted == 0 && self.length + length < LONGEST - 200;
        if fits {
            self.text.push_str(text);
            self.length += length;
        }
        fits
    }

    fn group(&mut self, comparison: &Comparison, severity: Severity) {
        let findings: Vec<&Finding> =
            comparison.allowed.findings.iter().filter(|finding| finding.severity == severity).collect();
        if findings.is_empty() {
            return;
        }
        let (head, tail) = match severity {
            Severity::Breaking => ("### Breaking\n\n".to_owned(), ""),
            Severity::Warning => ("### Warnings\n\n".to_owned(), ""),
            Severity::Info => {
                let short = infos_in_short(comparison).unwrap_or_default();
                (format!("<details><summary>{short}</summary>\n\n"), "\n</details>\n")
            }
        };
        if !self.add(&format!("{head}{HEAD}")) {
            self.omitted += findings.len();
            return;
        }
        for finding in findings {
            if !self.add(&row(finding)) {
                self.omitted += 1;
            }
        }
        let _ = writeln!(self.text, "{tail}");
    }
}

fn title(comparison: &Comparison) -> String {
    let from_to = format!("{} to {}", markdown_text(&comparison.base), markdown_text(&comparison.revision));
    match &comparison.deployment {
        Some(deployment) => format!("{}: {from_to}", markdown_text(deployment)),
        None => from_to,
    }
}

fn row(finding: &Finding) -> String {
    let change = format!("{}: {}", markdown(&finding.subjects()), finding.rule.what());
    let directions: Vec<_> = finding.directions().into_iter().map(|direction| direction.label()).collect();
    let [was, is] = [finding.side(|place| place.before.as_ref()), finding.side(|place| place.after.as_ref())];
    let seen = finding.extent().map(|extent| markdown(&extent)).unwrap_or_default();
    format!(
        "| {change} | {} | {was} | {is} | {seen}{} | {} | `{}` `{}` |\n",
        directions.join(", "),
        details(finding),
        finding.effect_in_words().map(|effect| markdown(&effect)).unwrap_or_default(),
        finding.rule.id(),
        finding.id
    )
}

impl Finding {
    /// The values of one side, for a cell.
    fn side<'a>(&'a self, value: impl Fn(&'a Place) -> Option<&'a serde_json::Value>) -> String {
        let mut values: Vec<String> = Vec::new();
        for shown in self.places.iter().filter_map(value).map(|value| markdown_code(&describe(value))) {
            if !values.contains(&shown) {
                values.push(shown);
            }
        }
        let more = values.len().saturating_sub(3);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", values.iter().take(3).cloned().collect::<Vec<_>>().join(", "))
    }
}

/// Every place and operation, where the row does not name them all.
fn details(finding: &Finding) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut add = |line: String| {
        if !lines.contains(&line) && lines.len() <= LISTED {
            lines.push(line);
        }
    };
    let subjects: BTreeSet<_> = finding.places.iter().map(|place| &place.subject).collect();
    for place in &finding.places {
        // The only one is what the row begins with.
        if subjects.len() > 1 {
            add(markdown(&place.subject.message()));
        }
        place.members.iter().take(LISTED).for_each(|member| add(markdown_code(member)));
    }
    let operations = finding.operations();
    operations.iter().take(LISTED).for_each(|operation| add(markdown_code(operation)));
    let more = if lines.len() > LISTED { "<br>and more" } else { "" };
    lines.truncate(LISTED);
    let counts = [
        count(subjects.len(), "place", "places").filter(|_| subjects.len() > 1),
        count(operations.len(), "operation", "operations"),
    ];
    let summary = list(&counts.into_iter().flatten().collect::<Vec<_>>());
    match lines.len() {
        0..=3 => String::new(),
        _ => format!("<details><summary>{summary}</summary>{}{more}</details>", lines.join("<br>")),
    }
}
