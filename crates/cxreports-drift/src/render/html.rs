use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;

use super::{Comparison, effect, escape};
use crate::{Finding, Severity};

const STYLE: &str = "
:root { color-scheme: light dark; --line: #d0d7de; --breaking: #b42318; --warning: #9a6700; --info: #0969da; --code: #f3f4f6 }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --breaking: #ff8a80; --warning: #e3b341; --info: #79b8ff; --code: #1f242b } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere }
.counts { display: flex; gap: 1rem; padding: 0; list-style: none; flex-wrap: wrap }
.counts li { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem 1rem; min-width: 7rem }
.counts b { display: block; font-size: 1.6rem; line-height: 1.2 }
.breaking { color: var(--breaking) } .warning { color: var(--warning) } .info { color: var(--info) }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
th, td { text-align: left; vertical-align: top; border-top: 1px solid var(--line); padding: .5rem .6rem; overflow-wrap: anywhere }
th { font-size: .8rem; font-weight: 600 } col.severity { width: 6rem } col.side { width: 20% } col.change { width: 34% }
pre { margin: 0; white-space: pre-wrap; background: var(--code); border-radius: .3rem; padding: .3rem .5rem; font-size: .8rem }
small { opacity: .75; display: block } code { font-size: .85em }
";

pub(super) fn write(comparisons: &[Comparison]) -> String {
    let mut body = String::new();
    for comparison in comparisons {
        section(&mut body, comparison);
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"UTF-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Drift</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

fn section(body: &mut String, comparison: &Comparison) {
    let _ = writeln!(body, "<h1>{}</h1>", escape(&comparison.title()));
    let _ = writeln!(body, "<ul class=\"counts\">");
    for severity in [Severity::Breaking, Severity::Warning, Severity::Info] {
        let (label, count) = (severity.label(), comparison.count(severity));
        let _ = writeln!(body, "<li class=\"{label}\"><b>{count}</b>{label}</li>");
    }
    if comparison.allowed.accepted > 0 {
        let _ = writeln!(body, "<li><b>{}</b>accepted</li>", comparison.allowed.accepted);
    }
    let _ = writeln!(body, "</ul>");
    if comparison.allowed.findings.is_empty() {
        let _ = writeln!(body, "<p>No difference.</p>");
    }
    for (operations, findings) in by_operations(comparison) {
        let _ = writeln!(body, "<h2>{}</h2>", escape(&operations));
        let _ = writeln!(
            body,
            "<table><colgroup><col class=\"severity\"><col class=\"change\"><col class=\"side\"><col class=\"side\"><col></colgroup>\n\
             <thead><tr><th>severity</th><th>change</th><th>before</th><th>after</th><th>our code</th></tr></thead>\n<tbody>"
        );
        for finding in findings {
            row(body, finding);
        }
        let _ = writeln!(body, "</tbody></table>");
    }
}

/// The findings by the operations that they touch, those with the worst first.
fn by_operations(comparison: &Comparison) -> Vec<(String, Vec<&Finding>)> {
    let mut groups: BTreeMap<&[String], Vec<&Finding>> = BTreeMap::new();
    for finding in &comparison.allowed.findings {
        groups.entry(&finding.operations).or_default().push(finding);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, findings)| std::cmp::Reverse(findings.iter().map(|finding| finding.severity).max()));
    let name = |operations: &[String]| match operations {
        [] => "The document".to_owned(),
        all => all.join(" \u{b7} "),
    };
    groups.into_iter().map(|(operations, findings)| (name(operations), findings)).collect()
}

/// What stands in backquotes is code.
fn code(escaped: &str) -> String {
    let parts = escaped.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}

fn row(body: &mut String, finding: &Finding) {
    let label = finding.severity.label();
    let side = |value: &Option<Value>, pointer: &Option<String>| {
        let value =
            value.as_ref().map(|value| format!("<pre>{}</pre>", escape(&format!("{value:#}")))).unwrap_or_default();
        let pointer = pointer.as_ref().map(|pointer| format!("<small>{}</small>", escape(pointer))).unwrap_or_default();
        format!("{value}{pointer}")
    };
    let _ = writeln!(
        body,
        "<tr><td class=\"{label}\">{label}</td><td>{}<small>{} <code>{}</code></small></td><td>{}</td><td>{}</td><td>{}</td></tr>",
        code(&escape(&finding.message)),
        finding.rule.id(),
        finding.id,
        side(&finding.before, &finding.base),
        side(&finding.after, &finding.revision),
        escape(&effect(finding)),
    );
}
