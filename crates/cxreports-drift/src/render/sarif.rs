//! SARIF 2.1.0, for services that collect results of analyses.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    comparison::{BaseFile, Comparison},
    escape::{sarif_text, uri},
    lines::Lines,
};
use crate::{
    finding::{Finding, Place},
    message::one_line,
    rules::{Rule, Severity},
};

/// The places that one result lists.
const LISTED: usize = 100;

pub(super) fn write(comparisons: &[Comparison]) -> String {
    let runs: Vec<Value> = comparisons.iter().map(run).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": runs,
    });
    format!("{log:#}\n")
}

fn run(comparison: &Comparison) -> Value {
    let findings = &comparison.allowed.findings;
    let used: BTreeSet<Rule> = findings.iter().map(|finding| finding.rule).collect();
    let mut lines = comparison.file.as_ref().map(BaseFile::lines);
    let results: Vec<Value> = findings.iter().map(|finding| result(comparison, lines.as_mut(), finding)).collect();
    let rule = |rule: &Rule| json!({ "id": rule.id(), "shortDescription": { "text": rule.what() } });
    json!({
        "tool": { "driver": {
            "name": "cxreports-drift",
            "version": env!("CARGO_PKG_VERSION"),
            "rules": used.iter().map(rule).collect::<Vec<_>>(),
        } },
        // One deployment's results replace that deployment's alone.
        "automationDetails": { "id": format!("drift/{}/", one_line(&comparison.title())) },
        "results": results,
    })
}

fn result(comparison: &Comparison, mut lines: Option<&mut Lines<'_>>, finding: &Finding) -> Value {
    let level = match finding.severity {
        Severity::Breaking => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let mut location = |place: &Place| {
        let mut location =
            json!({ "logicalLocations": [{ "fullyQualifiedName": place.subject.message().to_string() }] });
        if let Some((file, lines)) = comparison.file.as_ref().zip(lines.as_deref_mut()) {
            location["physicalLocation"] = json!({
                "artifactLocation": { "uri": uri(&file.path) },
                "region": { "startLine": lines.line_of(place.base.as_deref().unwrap_or_default()) },
            });
        }
        location
    };
    let locations: Vec<Value> = finding.places.iter().take(LISTED).map(&mut location).collect();
    json!({
        "ruleId": finding.rule.id(),
        "level": level,
        "message": { "text": sarif_text(&finding.message_with_effect().to_string()) },
        "locations": locations,
        "partialFingerprints": { "cause/v2": finding.id },
        "properties": { "operations": finding.operations(), "methods": finding.effect.methods },
    })
}
