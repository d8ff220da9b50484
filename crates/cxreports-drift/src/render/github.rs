//! Annotations of GitHub's workflows: those of findings that are a failure, at the line of the pin's document.

use std::fmt::Write as _;

use super::{
    comparison::{BaseFile, Comparison},
    escape::{log_line, workflow_data, workflow_property},
    lines::Lines,
};
use crate::{finding::Finding, message::one_line, rules::Severity};

/// GitHub shows ten annotations of a step, and keeps fifty of a job.
const MAX_ANNOTATIONS: usize = 50;

pub(super) fn write(comparisons: &[Comparison], fail_on: Severity) -> String {
    let mut text = String::new();
    let mut left = MAX_ANNOTATIONS;
    for comparison in comparisons {
        let mut lines = comparison.file.as_ref().map(BaseFile::lines);
        let findings = comparison.allowed.findings.iter().filter(|finding| finding.severity >= fail_on);
        for finding in findings.take(left) {
            annotation(&mut text, comparison, lines.as_mut(), finding);
            left -= 1;
        }
    }
    let summaries: Vec<String> = comparisons
        .iter()
        .map(|comparison| format!("{}: {}", one_line(&comparison.title()), comparison.counts()))
        .collect();
    let _ = writeln!(text, "{}", log_line(&format!("drift: {}", summaries.join("; "))));
    text
}

fn annotation(text: &mut String, comparison: &Comparison, lines: Option<&mut Lines<'_>>, finding: &Finding) {
    let place = finding.places.first();
    let pointer = place.and_then(|place| place.base.as_deref()).unwrap_or_default();
    let file = comparison.file.as_ref().zip(lines).map(|(file, lines)| {
        let path = workflow_property(&file.path.replace('\\', "/"));
        format!("file={path},line={},", lines.line_of(pointer))
    });
    let of = comparison.deployment.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    let title = workflow_property(&one_line(&format!("{of}{}", finding.rule.id())));
    let message = format!("{} [{}]", finding.message_with_effect(), finding.id);
    let level = if finding.severity == Severity::Breaking { "error" } else { "warning" };
    let _ = writeln!(text, "::{level} {}title={title}::{}", file.unwrap_or_default(), workflow_data(&message));
}
