use std::fmt::Write as _;

use super::{Comparison, effect, operations};
use crate::{Finding, Severity};

pub(super) fn write(comparisons: &[Comparison]) -> String {
    let mut text = String::new();
    for comparison in comparisons {
        let _ = writeln!(text, "## {}\n", cell(&comparison.title()));
        let _ = writeln!(text, "{}.\n", comparison.counts());
        for (name, findings) in comparison.groups() {
            if findings.is_empty() {
                continue;
            }
            let _ = writeln!(text, "### {name}\n");
            let _ = writeln!(text, "| | change | operations | our code | rule, id |");
            let _ = writeln!(text, "| --- | --- | --- | --- | --- |");
            for finding in findings {
                row(&mut text, finding);
            }
            text.push('\n');
        }
    }
    text
}

fn row(text: &mut String, finding: &Finding) {
    let severity = match finding.severity {
        Severity::Breaking => "**breaking**",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    let cells = [&finding.message, &operations(finding), &effect(finding)].map(|text| cell(text));
    let _ = writeln!(text, "| {severity} | {} | `{}` `{}` |", cells.join(" | "), finding.rule.id(), finding.id);
}

/// Text for a cell of a table: what a document says is text, and nothing else.
fn cell(text: &str) -> String {
    // Code is left as it is; all else that Markdown or HTML would read is escaped.
    let mut escaped = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index > 0 {
            escaped.push('`');
        }
        let characters: Vec<char> = part.chars().collect();
        for (place, &c) in characters.iter().enumerate() {
            let is_word = |place: usize| characters.get(place).is_some_and(|c| c.is_alphanumeric());
            match c {
                // GitHub Flavored Markdown, 6.2: inside of a word it is a sign like any other.
                '_' if is_word(place.wrapping_sub(1)) && is_word(place + 1) => escaped.push('_'),
                '|' => escaped.push_str("\\|"),
                '\n' | '\r' => escaped.push(' '),
                '<' if index % 2 == 0 => escaped.push_str("&lt;"),
                '*' | '_' | '[' | ']' | '\\' if index % 2 == 0 => {
                    escaped.push('\\');
                    escaped.push(c);
                }
                c => escaped.push(c),
            }
        }
    }
    escaped
}
