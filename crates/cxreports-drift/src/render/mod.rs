//! What a comparison found, for people and for programs.

mod html;
mod markdown;
mod text;

use std::{fmt::Write as _, str::FromStr};

use serde::Serialize;

use crate::{Allowed, Finding, Rule, Severity, verdict};

/// One comparison, with what it found.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// The deployment, if it is one.
    pub deployment: Option<String>,
    /// What was compared: a pin, a file, a URL.
    pub base: String,
    /// With what.
    pub revision: String,
    /// What was found.
    pub allowed: Allowed,
    /// What of the API documentation the instance has: how much, then each operation that is missing and why. Empty where no
    /// instance was compared.
    pub coverage: Vec<String>,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a terminal, with colours.
    Text,
    /// `{"verdict": …, "accepted": …, "findings": […]}`.
    Json,
    /// For a pull request or a job's summary.
    Markdown,
    /// Annotations of GitHub's workflows.
    Github,
    /// For CI systems that read test results.
    Junit,
    /// One page that needs nothing else.
    Html,
}

impl Format {
    /// Every format, with its name.
    pub const ALL: [(&'static str, Self); 6] = [
        ("text", Self::Text),
        ("json", Self::Json),
        ("markdown", Self::Markdown),
        ("github", Self::Github),
        ("junit", Self::Junit),
        ("html", Self::Html),
    ];
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, format)| format).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|(name, _)| *name).collect();
            format!("there are {}", names.join(", "))
        })
    }
}

/// How to write.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Columns of the terminal, for [`Format::Text`].
    pub width: usize,
    /// What is a failure, for [`Format::Junit`].
    pub fail_on: Severity,
}

/// Writes comparisons in a format.
#[must_use]
pub fn render(format: Format, comparisons: &[Comparison], style: Style) -> String {
    match format {
        Format::Text => text::write(comparisons, style.width),
        Format::Json => json(comparisons),
        Format::Markdown => markdown::write(comparisons),
        Format::Github => github(comparisons),
        Format::Junit => junit(comparisons, style.fail_on),
        Format::Html => html::write(comparisons),
    }
}

impl Comparison {
    fn title(&self) -> String {
        let from_to = format!("{} -> {}", self.base, self.revision);
        self.deployment.as_ref().map_or(from_to.clone(), |deployment| format!("{deployment}: {from_to}"))
    }

    fn count(&self, severity: Severity) -> usize {
        self.allowed.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// How many there are of each severity, in words.
    fn counts(&self) -> String {
        let mut parts = Vec::new();
        for (severity, one, many) in [
            (Severity::Breaking, "breaking change", "breaking changes"),
            (Severity::Warning, "warning", "warnings"),
            (Severity::Info, "other change", "other changes"),
        ] {
            match self.count(severity) {
                0 => {}
                1 => parts.push(format!("1 {one}")),
                n => parts.push(format!("{n} {many}")),
            }
        }
        if parts.is_empty() {
            parts.push("no difference".to_owned());
        }
        if self.allowed.accepted > 0 {
            parts.push(format!("{} accepted", self.allowed.accepted));
        }
        parts.join(", ")
    }

    /// The findings in their two groups, with the names of the groups.
    fn groups(&self) -> [(&'static str, Vec<&Finding>); 2] {
        let (endpoints, fields) = self.allowed.findings.iter().partition(|finding| finding.rule.is_about_endpoints());
        [("Endpoints", endpoints), ("Fields", fields)]
    }
}

/// The operations of a finding, shortened.
fn operations(finding: &Finding) -> String {
    match finding.operations.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// What a finding does to our code, in words.
fn effect(finding: &Finding) -> String {
    let verb = if finding.severity == Severity::Info { "touches" } else { "breaks" };
    let join = |names: &std::collections::BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
    match (finding.effect.methods.is_empty(), finding.effect.symbols.is_empty()) {
        _ if matches!(finding.rule, Rule::AllowUnused | Rule::AllowExpired) => "mend the list".to_owned(),
        (true, true) => "touches none of our code".to_owned(),
        (true, false) => format!("in {}, which no method of cxreports relies on", join(&finding.effect.symbols)),
        (false, true) => format!("{verb} {}", join(&finding.effect.methods)),
        (false, false) => {
            format!("{verb} {}; in {}", join(&finding.effect.methods), join(&finding.effect.symbols))
        }
    }
}

fn json(comparisons: &[Comparison]) -> String {
    #[derive(Serialize)]
    struct One<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        deployment: Option<&'a str>,
        #[serde(flatten)]
        finding: &'a Finding,
    }
    #[derive(Serialize)]
    struct All<'a> {
        verdict: &'static str,
        accepted: usize,
        findings: Vec<One<'a>>,
    }
    let findings: Vec<_> = comparisons
        .iter()
        .flat_map(|comparison| {
            let deployment = comparison.deployment.as_deref();
            comparison.allowed.findings.iter().map(move |finding| One { deployment, finding })
        })
        .collect();
    let worst = comparisons.iter().filter_map(|comparison| verdict(&comparison.allowed.findings)).max();
    let all = All {
        verdict: worst.map_or("none", Severity::label),
        accepted: comparisons.iter().map(|comparison| comparison.allowed.accepted).sum(),
        findings,
    };
    let mut text = serde_json::to_string_pretty(&all).unwrap_or_default();
    text.push('\n');
    text
}

/// Workflow commands; what stands in them is escaped as GitHub's runner reads it.
fn github(comparisons: &[Comparison]) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut text = String::new();
    for comparison in comparisons {
        for finding in &comparison.allowed.findings {
            let command = match finding.severity {
                Severity::Breaking => "error",
                Severity::Warning => "warning",
                Severity::Info => "notice",
            };
            let of = comparison.deployment.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
            let title = property(&format!("{of}{}", finding.rule.id()));
            let message = data(&format!("{}; {} [{}]", finding.message, effect(finding), finding.id));
            let _ = writeln!(text, "::{command} title={title}::{message}");
        }
        let _ = writeln!(text, "{}: {}", comparison.title(), comparison.counts());
    }
    text
}

fn junit(comparisons: &[Comparison], fail_on: Severity) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for comparison in comparisons {
        let findings = &comparison.allowed.findings;
        let fails = |finding: &&Finding| finding.severity >= fail_on;
        let failures = findings.iter().filter(fails).count();
        let tests = findings.len().max(1);
        let name = escape(&comparison.title());
        let _ = writeln!(text, "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\">");
        if findings.is_empty() {
            let _ = writeln!(text, "    <testcase classname=\"drift\" name=\"no difference\"/>");
        }
        for finding in findings {
            let class = finding.rule.id();
            let message = escape(&finding.message);
            let _ = write!(text, "    <testcase classname=\"drift.{class}\" name=\"{message}\"");
            if fails(&finding) {
                let detail = escape(&format!("{}\n{}\n{}", operations(finding), effect(finding), finding.id));
                let _ = writeln!(text, ">");
                let _ = writeln!(text, "      <failure type=\"{class}\" message=\"{message}\">{detail}</failure>");
                let _ = writeln!(text, "    </testcase>");
            } else {
                let _ = writeln!(text, "/>");
            }
        }
        let _ = writeln!(text, "  </testsuite>");
    }
    text.push_str("</testsuites>\n");
    text
}

/// For HTML and XML; characters that XML cannot hold are left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => escaped.push(c),
            _ => {}
        }
    }
    escaped
}
