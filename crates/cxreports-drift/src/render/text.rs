use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{
    comparison::{BaseFile, Comparison, infos_in_short},
    escape::log_line,
    lines::Lines,
};
use crate::{finding::Finding, message::one_line, rules::Severity};

/// Columns before a message: two, the longest severity, two.
const INDENT: usize = 12;

pub(super) fn write(comparisons: &[Comparison], width: usize, infos: bool) -> String {
    let bold = Style::new().bold();
    let mut text = String::new();
    for (index, comparison) in comparisons.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let _ = writeln!(text, "{bold}{}{bold:#}", log_line(&one_line(&comparison.title())));
        let _ = writeln!(text, "{}", comparison.counts());
        let mut lines = comparison.file.as_ref().map(BaseFile::lines).filter(Lines::are_known);
        let shown = comparison.allowed.findings.iter().filter(|finding| infos || finding.severity > Severity::Info);
        for (index, finding) in shown.enumerate() {
            if index == 0 {
                text.push('\n');
            }
            one(&mut text, finding, comparison.file.as_ref().zip(lines.as_mut()), width);
        }
        if !infos && let Some(short) = infos_in_short(comparison) {
            let color = color(Severity::Info);
            let _ = write!(text, "\n  {color}info{color:#}      ");
            indented(&mut text, &short, width);
        }
        if let Some((coverage, missing)) = comparison.coverage.split_first() {
            let _ = writeln!(text, "\n{}", log_line(&one_line(coverage)));
            for line in missing.iter().flat_map(|missing| wrap(missing, width.saturating_sub(2).max(20))) {
                let _ = writeln!(text, "  {}", log_line(&line));
            }
        }
    }
    text
}

fn color(severity: Severity) -> Style {
    match severity {
        Severity::Breaking => AnsiColor::Red.on_default().bold(),
        Severity::Warning => AnsiColor::Yellow.on_default(),
        Severity::Info => AnsiColor::Cyan.on_default(),
    }
}

fn one(text: &mut String, finding: &Finding, file: Option<(&BaseFile, &mut Lines<'_>)>, width: usize) {
    let (color, dim) = (color(finding.severity), Style::new().dimmed());
    let _ = write!(text, "  {color}{:<8}{color:#}  ", finding.severity.label());
    indented(text, &finding.message().to_string(), width);
    let base = finding.places.first().and_then(|place| place.base.as_deref()).filter(|base| !base.is_empty());
    let place = file.zip(base).map(|((file, lines), base)| format!("{}:{}", one_line(&file.path), lines.line_of(base)));
    let effect = finding.effect_in_words().map(|effect| effect.to_string());
    let rule = format!("{} {}", finding.rule.id(), finding.id);
    let note = effect.into_iter().chain(place).chain([rule]).collect::<Vec<_>>().join("; ");
    for line in wrap(&note, room(width)) {
        let _ = writeln!(text, "{:INDENT$}{dim}{}{dim:#}", "", log_line(&line));
    }
}

/// Lines of which the first is begun already.
fn indented(text: &mut String, message: &str, width: usize) {
    for (index, line) in wrap(message, room(width)).into_iter().enumerate() {
        let indent = if index == 0 { 0 } else { INDENT };
        let _ = writeln!(text, "{:indent$}{}", "", log_line(&line));
    }
}

fn room(width: usize) -> usize {
    width.saturating_sub(INDENT).max(20)
}

/// Breaks text into lines, at spaces, and inside of words that are longer than a line: names and rules stay whole.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let options = textwrap::Options::new(width).word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(Into::into).collect()
}
