//! `spec/drift-allow.toml`: what is accepted, until when, and how bad each rule is here.

use std::{collections::BTreeMap, path::Path};

use chrono::NaiveDate;
use cxreports_codegen::files::read_if_there;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::{Direction, Effect, Finding, Rule, Severity};

/// The file is not what it should be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AllowError {
    /// It cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no list of acceptances.
    #[error("{path}: {reason}")]
    Invalid {
        /// The file.
        path: String,
        /// What is wrong, with line and column.
        reason: String,
    },
}

/// What is accepted.
#[derive(Debug, Clone, Default)]
pub struct Allow {
    severity: BTreeMap<Rule, Severity>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    severity: BTreeMap<String, Severity>,
    #[serde(default)]
    allow: Vec<Entry>,
}

/// One acceptance. Without `operation` or `pointer` it holds for each of them; without `direction` or `value` for findings that
/// have none, and `"any"` stands for all.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    #[serde(default)]
    operation: Option<String>,
    #[serde(default)]
    pointer: Option<String>,
    #[serde(default)]
    direction: Option<String>,
    #[serde(default)]
    value: Option<String>,
    reason: String,
    expires: toml::value::Datetime,
}

/// Findings, with what is accepted taken out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Allowed {
    /// What is left, and findings about the acceptances themselves.
    pub findings: Vec<Finding>,
    /// How many were accepted.
    pub accepted: usize,
}

impl Allow {
    /// Reads the file; none at all accepts nothing.
    ///
    /// # Errors
    ///
    /// [`AllowError`] names the place.
    pub fn read(path: &Path) -> Result<Self, AllowError> {
        let shown = path.display().to_string();
        match read_if_there(path) {
            Ok(text) => text.map_or_else(|| Ok(Self::default()), |text| Self::parse(&text, &shown)),
            Err(source) => Err(AllowError::Read { path: shown, source }),
        }
    }

    /// Reads the text of the file.
    ///
    /// # Errors
    ///
    /// [`AllowError::Invalid`] names the place.
    pub fn parse(text: &str, path: &str) -> Result<Self, AllowError> {
        let invalid = |reason: String| AllowError::Invalid { path: path.to_owned(), reason };
        let file: File = toml::from_str(text).map_err(|error| invalid(error.to_string()))?;
        let rule = |id: &str| {
            Rule::of(id)
                .ok_or_else(|| invalid(format!("no rule is called {id:?}; cargo xtask drift --rules lists them")))
        };
        let mut severity = BTreeMap::new();
        for (id, level) in file.severity {
            severity.insert(rule(&id)?, level);
        }
        for entry in &file.allow {
            rule(&entry.rule)?;
            date(&entry.expires).ok_or_else(|| invalid(format!("{} is no date like 2027-01-31", entry.expires)))?;
        }
        Ok(Self { severity, entries: file.allow })
    }

    /// Takes out what is accepted, and adds findings for acceptances that match nothing or have expired.
    #[must_use]
    pub fn apply(&self, mut findings: Vec<Finding>, today: NaiveDate) -> Allowed {
        for finding in &mut findings {
            finding.severity = self.severity.get(&finding.rule).copied().unwrap_or(finding.severity);
        }
        let mut used = vec![false; self.entries.len()];
        let all = findings.len();
        findings.retain(|finding| {
            let mut accepted = false;
            for (entry, used) in self.entries.iter().zip(&mut used) {
                if entry.matches(finding) {
                    *used = true;
                    accepted |= !entry.has_expired(today);
                }
            }
            !accepted
        });
        let accepted = all - findings.len();
        for (entry, used) in self.entries.iter().zip(used) {
            let rule = match (used, entry.has_expired(today)) {
                (_, true) => Rule::AllowExpired,
                (false, false) => Rule::AllowUnused,
                (true, false) => continue,
            };
            findings.push(self.about(entry, rule));
        }
        Allowed { findings, accepted }
    }

    fn about(&self, entry: &Entry, rule: Rule) -> Finding {
        let place = entry.pointer.as_deref().or(entry.operation.as_deref()).unwrap_or("anywhere");
        let message = format!(
            "spec/drift-allow.toml: {}: {} at {place} ({}, {})",
            rule.what(),
            entry.rule,
            entry.reason,
            entry.expires
        );
        Finding {
            id: cxreports_codegen::generate::sha256(message.as_bytes())[..10].to_owned(),
            rule,
            severity: self.severity.get(&rule).copied().unwrap_or_else(|| rule.severity(None)),
            direction: None,
            operations: entry.operation.iter().cloned().collect(),
            base: entry.pointer.clone(),
            revision: None,
            before: None,
            after: None,
            message,
            effect: Effect::default(),
        }
    }
}

impl Entry {
    fn matches(&self, finding: &Finding) -> bool {
        let place =
            |pointer: &String| finding.base.as_ref() == Some(pointer) || finding.revision.as_ref() == Some(pointer);
        self.rule == finding.rule.id()
            && self.operation.as_ref().is_none_or(|operation| finding.operations.contains(operation))
            && self.pointer.as_ref().is_none_or(place)
            && holds(self.direction.as_deref(), finding.direction.map(Direction::label))
            && holds(self.value.as_deref(), value(finding).as_deref())
    }

    fn has_expired(&self, today: NaiveDate) -> bool {
        date(&self.expires).is_none_or(|expires| expires < today)
    }
}

fn holds(accepted: Option<&str>, found: Option<&str>) -> bool {
    accepted == Some("any") || accepted == found
}

/// What changed, as an acceptance names it: the value that came or went, or both.
fn value(finding: &Finding) -> Option<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let scalar = |value: &Option<Value>| value.as_ref().filter(|value| !value.is_object()).map(text);
    match (scalar(&finding.before), scalar(&finding.after)) {
        (Some(before), Some(after)) => Some(format!("{before} -> {after}")),
        (before, after) => before.or(after),
    }
}

fn date(datetime: &toml::value::Datetime) -> Option<NaiveDate> {
    let date = datetime.date?;
    NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
}

/// The entry that accepts a finding, to be pasted into the file.
#[must_use]
pub fn entry(finding: &Finding, expires: NaiveDate) -> String {
    let text = |text: &str| toml::Value::from(text).to_string();
    let mut entry = format!("[[allow]]\nrule = {}\n", text(finding.rule.id()));
    if let [operation] = finding.operations.as_slice() {
        entry.push_str(&format!("operation = {}\n", text(operation)));
    }
    if let Some(pointer) = finding.base.as_ref().or(finding.revision.as_ref()) {
        entry.push_str(&format!("pointer = {}\n", text(pointer)));
    }
    if let Some(direction) = finding.direction {
        entry.push_str(&format!("direction = {}\n", text(direction.label())));
    }
    if let Some(value) = value(finding) {
        entry.push_str(&format!("value = {}\n", text(&value)));
    }
    entry.push_str(&format!("reason = \"why this is accepted\"\nexpires = {expires}\n"));
    entry
}
