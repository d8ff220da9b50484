//! One page that needs nothing else: counts, a filter, contents, and the findings by operation.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use super::{
    comparison::{BaseFile, Comparison},
    lines::Lines,
};
use crate::{
    finding::Finding,
    message::{Message, Part, one_line},
    rules::Severity,
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// The longest value that the page shows, in characters.
const LONGEST: usize = 2_000;
/// The places and operations that one finding lists.
const LISTED: usize = 200;

pub(super) fn write(comparisons: &[Comparison]) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="UTF-8";
                meta name="viewport" content="width=device-width";
                title { "Drift" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                form id="filter" {
                    input type="search" placeholder="Operation, schema, method …" aria-label="Filter" size="40" autocomplete="off";
                    @for severity in SEVERITIES {
                        label { input type="checkbox" value=(severity.label()) checked; " " (severity.label()) }
                    }
                    label { input type="checkbox" value="used"; " only what methods of cxreports rely on" }
                    output {}
                }
                @for (index, comparison) in comparisons.iter().enumerate() { (section(index, comparison)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    format!("{}\n", page.into_string())
}

const SEVERITIES: [Severity; 3] = [Severity::Breaking, Severity::Warning, Severity::Info];

fn section(index: usize, comparison: &Comparison) -> Markup {
    let groups = groups(comparison);
    html! {
        h1 { (one_line(&comparison.title())) }
        ul class="counts" {
            @for severity in SEVERITIES {
                li class=(severity.label()) { b { (comparison.count(severity)) } (severity.label()) }
            }
            @if comparison.allowed.accepted > 0 { li { b { (comparison.allowed.accepted) } "accepted" } }
        }
        @if groups.is_empty() { p { "No difference." } }
        @if groups.len() > 1 {
            nav {
                @for (number, group) in groups.iter().enumerate() {
                    a href={ "#g" (index) "-" (number) } class=(group.findings[0].severity.label()) {
                        (group.name) " (" (group.findings.len()) ")"
                    }
                }
            }
        }
        @let mut lines = comparison.file.as_ref().map(BaseFile::lines).filter(Lines::are_known);
        @for (number, group) in groups.iter().enumerate() {
            section {
                h2 id={ "g" (index) "-" (number) } { (group.name) }
                table {
                    colgroup { col class="severity"; col class="change"; col class="side"; col class="side"; col; }
                    thead { tr { th { "severity" } th { "change" } th { "was" } th { "is" } th { "our code" } } }
                    tbody { @for finding in &group.findings { (row(finding, &group.name, comparison.file.as_ref().zip(lines.as_mut()))) } }
                }
            }
        }
    }
}

/// Findings of one operation, or of several together.
struct Group<'a> {
    name: String,
    findings: Vec<&'a Finding>,
}

/// The findings by operation, the worst first; in the same severity those of the document and of several operations first.
fn groups(comparison: &Comparison) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<(u8, String), Vec<&Finding>> = BTreeMap::new();
    for finding in &comparison.allowed.findings {
        let operations: Vec<&str> = finding.operations().into_iter().collect();
        let key = match operations[..] {
            [] => (0, "The document".to_owned()),
            [one] => (2, one_line(one)),
            _ => (1, "Several operations".to_owned()),
        };
        groups.entry(key).or_default().push(finding);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|((kind, _), findings)| {
        (std::cmp::Reverse(findings.iter().map(|finding| finding.severity).max()), *kind)
    });
    groups.into_iter().map(|((_, name), findings)| Group { name, findings }).collect()
}

/// A finding. What the heading above it names is not named again.
fn row(finding: &Finding, heading: &str, file: Option<(&BaseFile, &mut Lines<'_>)>) -> Markup {
    let label = finding.severity.label();
    let place = finding.places.first();
    let base = place.and_then(|place| place.base.as_deref()).filter(|base| !base.is_empty());
    let line = file.zip(base).map(|((file, lines), base)| format!("{}:{}", file.path, lines.line_of(base)));
    let is_heading = matches!(finding.subjects().parts(), [Part::Code(only)] if only == heading);
    let is_used = if finding.effect.methods.is_empty() { "" } else { "used" };
    // The page names the first few; the filter finds all.
    let methods = finding.effect.methods.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    html! {
        tr id=(finding.id) data-severity=(label) data-used=(is_used) data-methods=(methods) {
            td class=(label) { (label) }
            td {
                @if !is_heading { (marked(&finding.subjects())) ": " }
                (finding.rule.what())
                @if let Some(extent) = finding.extent() { small { (marked(&extent)) } }
                (details(finding))
                small { (finding.rule.id()) " " code { (finding.id) } }
            }
            td data-label="was" {
                (side(finding.before(), base))
                @if let Some(line) = line { small { (one_line(&line)) } }
            }
            td data-label="is" { (side(finding.after(), place.and_then(|place| place.revision.as_deref()))) }
            td data-label="our code" { @if let Some(effect) = finding.effect_in_words() { (marked(&effect)) } }
        }
    }
}

/// Every place and operation, where there are several.
fn details(finding: &Finding) -> Markup {
    let operations = finding.operations();
    let members: usize = finding.places.iter().map(|place| place.members.len()).sum();
    if finding.places.len() + operations.len() + members <= 2 {
        return html! {};
    }
    html! {
        details {
            summary { "places and operations" }
            ul {
                @for place in finding.places.iter().take(LISTED) {
                    li {
                        (marked(&place.subject.message()))
                        @if finding.before().is_none() && finding.after().is_none() {
                            @for value in [&place.before, &place.after].into_iter().flatten() { " " code { (shown(value)) } }
                        }
                        @for member in place.members.iter().take(LISTED) { " " code { (one_line(member)) } }
                    }
                }
                @for operation in operations.iter().take(LISTED) { li { code { (one_line(operation)) } } }
            }
        }
    }
}

fn side(value: Option<&Value>, pointer: Option<&str>) -> Markup {
    html! {
        @if let Some(value) = value { pre { (shown(value)) } }
        @if let Some(pointer) = pointer { small { (one_line(pointer)) } }
    }
}

fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| format!("{value:#}"), str::to_owned);
    text.chars().filter(|c| *c == '\n' || cxreports_core::is_printable(*c)).take(LONGEST).collect()
}

fn marked(message: &Message) -> Markup {
    html! {
        @for part in message.parts() {
            @match part {
                Part::Text(text) => (text),
                Part::Code(code) => code { (code) },
            }
        }
    }
}
