//! SARIF 2.1.0, for services that collect results of analyses.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::comparison::Comparison;
use crate::{
    finding::Finding,
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
    let rule = |rule: &Rule| json!({ "id": rule.id(), "shortDescription": { "text": rule.what() } });
    json!({
        "tool": { "driver": {
            "name": "cxreports-drift",
            "version": env!("CARGO_PKG_VERSION"),
            "rules": used.iter().map(rule).collect::<Vec<_>>(),
        } },
        // One deployment's results replace that deployment's alone.
        "automationDetails": { "id": format!("drift/{}/", one_line(&comparison.title())) },
        "results": findings.iter().map(|finding| result(comparison, finding)).collect::<Vec<_>>(),
    })
}

fn result(comparison: &Comparison, finding: &Finding) -> Value {
    let level = match finding.severity {
        Severity::Breaking => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let place = |pointer: Option<&str>, name: String| {
        let logical = json!([{ "fullyQualifiedName": name }]);
        match &comparison.file {
            Some(file) => json!({
                "physicalLocation": {
                    "artifactLocation": { "uri": file.path },
                    "region": { "startLine": file.line_of(pointer.unwrap_or_default()) },
                },
                "logicalLocations": logical,
            }),
            None => json!({ "logicalLocations": logical }),
        }
    };
    let places = finding.places.iter().take(LISTED);
    let locations: Vec<Value> =
        places.map(|one| place(one.base.as_deref(), one.subject.message().to_string())).collect();
    json!({
        "ruleId": finding.rule.id(),
        "level": level,
        "message": { "text": format!("{}; {}", finding.message(), finding.effect_in_words()) },
        "locations": locations,
        "partialFingerprints": { "cause/v1": finding.id },
        "properties": { "operations": finding.operations(), "methods": finding.effect.methods },
    })
}
