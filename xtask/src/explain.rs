//! One finding with every place of it, and the rules: what `cargo xtask drift` prints with `--explain` and `--rules`.

use std::io::Write;

use cxreports_core::is_printable;
use cxreports_drift::{Direction, Rule, entry, render::Comparison};

use crate::failure::{Failure, Outcome};

/// Prints one finding, and the entry that accepts it.
pub(crate) fn explain(
    id: &str,
    comparisons: &[Comparison],
    today: chrono::NaiveDate,
    out: &mut dyn Write,
) -> Result<Outcome, Failure> {
    let mut findings = comparisons.iter().flat_map(|comparison| &comparison.allowed.findings);
    let Some(finding) = findings.find(|finding| finding.id == id) else {
        return Err(Failure::Usage(format!(
            "no finding has the id {id} now; run the same without --explain to see the findings"
        )));
    };
    let value =
        |value: &Option<serde_json::Value>| value.as_ref().map_or("not set".to_owned(), |value| format!("{value:#}"));
    let pointer = |pointer: &Option<String>| printable(pointer.as_deref().unwrap_or("nowhere"));
    writeln!(out, "{}\n", finding.message())?;
    writeln!(out, "rule        {}: {}", finding.rule.id(), finding.rule.what())?;
    writeln!(out, "severity    {}", finding.severity.label())?;
    for direction in finding.directions() {
        writeln!(out, "direction   {}", direction.label())?;
    }
    for operation in finding.operations() {
        writeln!(out, "operation   {}", printable(operation))?;
    }
    for method in &finding.effect.methods {
        writeln!(out, "relies      {method}")?;
    }
    for symbol in &finding.effect.symbols {
        writeln!(out, "generated   {}", printable(symbol))?;
    }
    for place in &finding.places {
        writeln!(out, "\nplace       {}", place.subject.message())?;
        for member in &place.members {
            writeln!(out, "property    {}", printable(member))?;
        }
        let has_values = place.before.is_some() || place.after.is_some();
        for (what, at, side) in [("was", &place.base, &place.before), ("is", &place.revision, &place.after)] {
            writeln!(out, "{what:<11} {}", pointer(at))?;
            if has_values {
                writeln!(out, "{}", indented(&printable(&value(side))))?;
            }
        }
    }
    let expires = today.checked_add_months(chrono::Months::new(3)).unwrap_or(today);
    writeln!(out, "\nto accept it, put into spec/drift-allow.toml:\n\n{}", entry(finding, expires))?;
    Ok(Outcome::Done)
}

/// Lines below the words at the left.
fn indented(text: &str) -> String {
    text.lines().map(|line| format!("            {line}")).collect::<Vec<_>>().join("\n")
}

/// Text of a document, without what acts on a terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || is_printable(*c)).collect()
}

/// Lists the rules.
pub(crate) fn rules(out: &mut dyn Write) -> Result<Outcome, Failure> {
    use Direction::{Request, Response};
    writeln!(out, "{:<30} {:<9} {:<9} what it means", "rule", "request", "response")?;
    for rule in Rule::ALL {
        let [request, response] = [Request, Response].map(|direction| rule.severity(Some(direction)).label());
        writeln!(out, "{:<30} {request:<9} {response:<9} {}", rule.id(), rule.what())?;
    }
    Ok(Outcome::Done)
}
