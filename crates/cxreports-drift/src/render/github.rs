//! Annotations of GitHub's workflows: those of breaking findings, at the line of the pin's document.

use std::fmt::Write as _;

use super::{
    comparison::Comparison,
    escape::{log_line, workflow_data, workflow_property},
};
use crate::{finding::Finding, message::one_line, rules::Severity};

/// GitHub shows ten annotations of a step, and keeps fifty of a job.
const MAX_ANNOTATIONS: usize = 50;

pub(super) fn write(comparisons: &[Comparison]) -> String {
    let mut text = String::new();
    let breaking = comparisons.iter().flat_map(|comparison| {
        let findings = comparison.allowed.findings.iter().filter(|finding| finding.severity == Severity::Breaking);
        findings.map(move |finding| (comparison, finding))
    });
    for (comparison, finding) in breaking.take(MAX_ANNOTATIONS) {
        annotation(&mut text, comparison, finding);
    }
    let summaries: Vec<String> = comparisons
        .iter()
        .map(|comparison| format!("{}: {}", one_line(&comparison.title()), comparison.counts()))
        .collect();
    let _ = writeln!(text, "{}", log_line(&format!("drift: {}", summaries.join("; "))));
    text
}

fn annotation(text: &mut String, comparison: &Comparison, finding: &Finding) {
    let place = finding.places.first();
    let pointer = place.and_then(|place| place.base.as_deref()).unwrap_or_default();
    let file = comparison
        .file
        .as_ref()
        .map(|file| format!("file={},line={},", workflow_property(&file.path), file.line_of(pointer)));
    let of = comparison.deployment.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    let title = workflow_property(&one_line(&format!("{of}{}", finding.rule.id())));
    let message = format!("{}; {} [{}]", finding.message(), finding.effect_in_words(), finding.id);
    let _ = writeln!(text, "::error {}title={title}::{}", file.unwrap_or_default(), workflow_data(&message));
}
