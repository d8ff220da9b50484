use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{Comparison, effect, operations};
use crate::{Finding, Severity};

/// Columns before a message: two, the longest severity, two.
const INDENT: usize = 12;

pub(super) fn write(comparisons: &[Comparison], width: usize) -> String {
    let bold = Style::new().bold();
    let mut text = String::new();
    for (index, comparison) in comparisons.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let _ = writeln!(text, "{bold}{}{bold:#}", comparison.title());
        let _ = writeln!(text, "{}", comparison.counts());
        for (name, findings) in comparison.groups() {
            if findings.is_empty() {
                continue;
            }
            let _ = writeln!(text, "\n{bold}{name}{bold:#}");
            for finding in findings {
                one(&mut text, finding, width);
            }
        }
        if let Some((coverage, missing)) = comparison.coverage.split_first() {
            let _ = writeln!(text, "\n{coverage}");
            for line in missing.iter().flat_map(|missing| wrap(missing, width.saturating_sub(2).max(20))) {
                let _ = writeln!(text, "  {line}");
            }
        }
    }
    text
}

fn one(text: &mut String, finding: &Finding, width: usize) {
    let color = match finding.severity {
        Severity::Breaking => AnsiColor::Red.on_default().bold(),
        Severity::Warning => AnsiColor::Yellow.on_default(),
        Severity::Info => AnsiColor::Cyan.on_default(),
    };
    let dim = Style::new().dimmed();
    let label = finding.severity.label();
    let room = width.saturating_sub(INDENT).max(20);
    let mut lines = wrap(&finding.message, room).into_iter();
    let first = lines.next().unwrap_or_default();
    let _ = writeln!(text, "  {color}{label:<8}{color:#}  {first}");
    for line in lines {
        let _ = writeln!(text, "{:INDENT$}{line}", "");
    }
    // That what is new touches nothing goes without saying.
    let goes_without_saying = finding.severity == Severity::Info && finding.effect.is_none();
    let mut notes: Vec<String> = (!goes_without_saying).then(|| effect(finding)).into_iter().collect();
    let of = operations(finding);
    if !of.is_empty() && !finding.message.contains(&of) {
        let direction = finding.direction.map(|direction| format!("{} of ", direction.label())).unwrap_or_default();
        notes.insert(0, format!("{direction}{of}"));
    }
    notes.push(format!("{} {}", finding.rule.id(), finding.id));
    for note in notes {
        for line in wrap(&note, room) {
            let _ = writeln!(text, "{:INDENT$}{dim}{line}{dim:#}", "");
        }
    }
}

/// Breaks text into lines, at spaces, and inside of words that are longer than a line.
fn wrap(text: &str, width: usize) -> Vec<String> {
    textwrap::wrap(text, textwrap::Options::new(width)).into_iter().map(Into::into).collect()
}
