//! `{"verdict": …, "accepted": …, "findings": […]}`.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::comparison::Comparison;
use crate::{
    effect::Effect,
    finding::{Finding, Place, verdict},
    message::Message,
    rules::{Direction, Rule, Severity},
};

#[derive(Serialize)]
struct All<'a> {
    verdict: &'static str,
    accepted: usize,
    findings: Vec<One<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<&'a str>,
    id: &'a str,
    rule: Rule,
    severity: Severity,
    directions: BTreeSet<Direction>,
    message: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a Value>,
    operations: BTreeSet<&'a str>,
    effect: &'a Effect,
    places: &'a [Place],
}

pub(super) fn write(comparisons: &[Comparison]) -> String {
    let worst = comparisons.iter().filter_map(|comparison| verdict(&comparison.allowed.findings)).max();
    let all = All {
        verdict: worst.map_or("none", Severity::label),
        accepted: comparisons.iter().map(|comparison| comparison.allowed.accepted).sum(),
        findings: comparisons.iter().flat_map(findings).collect(),
    };
    let mut text = serde_json::to_string_pretty(&all).unwrap_or_default();
    text.push('\n');
    text
}

fn findings(comparison: &Comparison) -> impl Iterator<Item = One<'_>> {
    comparison.allowed.findings.iter().map(|finding: &Finding| One {
        deployment: comparison.deployment.as_deref(),
        id: &finding.id,
        rule: finding.rule,
        severity: finding.severity,
        directions: finding.directions(),
        message: finding.message(),
        before: finding.before(),
        after: finding.after(),
        operations: finding.operations(),
        effect: &finding.effect,
        places: &finding.places,
    })
}
