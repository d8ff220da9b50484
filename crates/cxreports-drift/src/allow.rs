//! `spec/drift-allow.toml`: what is accepted, until when, and how bad each rule is here.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use chrono::NaiveDate;
use cxreports_codegen::files::{ReadError, read_if_there, sha256};
use cxreports_openapi::document::unescape;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    causes,
    change::bare,
    finding::{Finding, Place, Subject, Use},
    rules::{Direction, Rule, Severity},
};

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
    pointer: Option<Pointers>,
    #[serde(default)]
    direction: Option<String>,
    #[serde(default)]
    value: Option<String>,
    reason: String,
    expires: toml::value::Datetime,
}

/// One place, or each of several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Pointers {
    One(String),
    Several(Vec<String>),
}

impl Pointers {
    fn as_slice(&self) -> &[String] {
        match self {
            Self::One(pointer) => std::slice::from_ref(pointer),
            Self::Several(pointers) => pointers,
        }
    }
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
    /// [`ReadError`] names the place.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let text = read_if_there(path).map_err(ReadError::io(path))?;
        text.map_or_else(|| Ok(Self::default()), |text| Self::parse(&text, &path.display().to_string()))
    }

    /// Reads the text of the file.
    ///
    /// # Errors
    ///
    /// [`ReadError::Invalid`] names the place.
    pub fn parse(text: &str, path: &str) -> Result<Self, ReadError> {
        let invalid = |reason: String| ReadError::invalid(Path::new(path), reason);
        let file: File = toml::from_str(text).map_err(|error| invalid(error.to_string()))?;
        let rule = |id: &str| Rule::of(id).ok_or_else(|| invalid(format!("no rule is called {id:?}")));
        let mut severity = BTreeMap::new();
        for (id, level) in file.severity {
            severity.insert(rule(&id)?, level);
        }
        for entry in &file.allow {
            rule(&entry.rule)?;
            date(&entry.expires).ok_or_else(|| invalid(format!("{} is not a date like 2027-01-31", entry.expires)))?;
        }
        Ok(Self { severity, entries: file.allow })
    }

    /// Takes out what is accepted, and adds findings for acceptances that match nothing or have expired.
    ///
    /// What is accepted of a finding for one place, direction, operation or value stays a finding for the others.
    #[must_use]
    pub fn apply(&self, mut findings: Vec<Finding>, today: NaiveDate) -> Allowed {
        let mut used = vec![false; self.entries.len()];
        let all = findings.len();
        findings.retain_mut(|finding| {
            self.judge(finding);
            for (entry, used) in self.entries.iter().zip(&mut used) {
                if entry.take(finding, entry.has_expired(today)) {
                    *used = true;
                }
            }
            finding.settle();
            !finding.places.is_empty()
        });
        let accepted = all - findings.len();
        for (entry, used) in self.entries.iter().zip(used) {
            let rule = match (used, entry.has_expired(today)) {
                (_, true) => Rule::AllowExpired,
                (false, false) => Rule::AllowUnused,
                (true, false) => continue,
            };
            let mut finding = entry.about(rule);
            self.judge(&mut finding);
            findings.push(finding);
        }
        causes::sort(&mut findings);
        Allowed { findings, accepted }
    }

    /// Sets the severities that the file has for its rules.
    fn judge(&self, finding: &mut Finding) {
        let of = |rule: Rule, severity| self.severity.get(&rule).copied().unwrap_or(severity);
        for one in finding.places.iter_mut().flat_map(|place| &mut place.uses) {
            one.severity = of(one.rule, one.severity);
        }
        finding.severity = of(finding.rule, finding.severity);
    }
}

impl Entry {
    /// Whether the entry matches anything of a finding; what it matches is taken out unless the entry has expired.
    fn take(&self, finding: &mut Finding, has_expired: bool) -> bool {
        let mut matches = false;
        let rule = finding.rule;
        finding.places.retain_mut(|place| {
            if !self.is_at(place) || !holds(self.value.as_deref(), value(place).as_deref()) {
                return true;
            }
            if place.uses.is_empty() {
                let is_it =
                    self.rule == rule.id() && self.operation.is_none() && holds(self.direction.as_deref(), None);
                matches |= is_it;
                return !is_it || has_expired;
            }
            place.uses.retain(|one| {
                let is_it = self.is_use(one);
                matches |= is_it;
                !is_it || has_expired
            });
            !place.uses.is_empty()
        });
        matches
    }

    fn is_at(&self, place: &Place) -> bool {
        let sides = [&place.base, &place.revision];
        let is_here = |pointer: &String| sides.into_iter().flatten().any(|side| side == pointer);
        self.pointer.as_ref().is_none_or(|pointers| pointers.as_slice().iter().any(is_here))
    }

    fn is_use(&self, one: &Use) -> bool {
        self.rule == one.rule.id()
            && self.operation.as_ref().is_none_or(|operation| **operation == *one.operation)
            && holds(self.direction.as_deref(), one.direction.map(Direction::label))
    }

    fn has_expired(&self, today: NaiveDate) -> bool {
        date(&self.expires).is_none_or(|expires| expires < today)
    }

    /// A finding about the entry itself.
    fn about(&self, rule: Rule) -> Finding {
        let pointers = self.pointer.as_ref().map(Pointers::as_slice).unwrap_or_default();
        let place = pointers.first().or(self.operation.as_ref()).map_or("anywhere", String::as_str);
        let entry = format!("{} at {place} ({}, {})", self.rule, self.reason, self.expires);
        let id = sha256(format!("{}|{entry}", rule.id()).as_bytes())[..10].to_owned();
        let place = Place {
            subject: Subject::Acceptance(entry),
            base: None,
            revision: None,
            before: None,
            after: None,
            members: BTreeSet::new(),
            uses: Vec::new(),
            symbols: BTreeSet::new(),
        };
        Finding::new(id, rule, vec![place])
    }
}

fn holds(accepted: Option<&str>, found: Option<&str>) -> bool {
    accepted == Some("any") || accepted == found
}

/// What changed, as an acceptance names it: the value that came or went, or both. Of two acceptances at one place, each accepts
/// its own.
fn value(place: &Place) -> Option<String> {
    let side = |value: &Option<Value>, own: &Option<String>, other: &Option<String>| {
        value.as_ref().map(|value| match value {
            Value::Object(members) => name_of(members, own, other),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    };
    let before = side(&place.before, &place.base, &place.revision);
    let after = side(&place.after, &place.revision, &place.base);
    match (before, after) {
        (Some(before), Some(after)) => Some(format!("{before} -> {after}")),
        (before, after) => before.or(after),
    }
}

/// What names an object: a parameter by its place and name, a property by its name, a reference by what it refers to; anything
/// else by its content.
fn name_of(members: &Map<String, Value>, own: &Option<String>, other: &Option<String>) -> String {
    let text = |member: &str| members.get(member).and_then(Value::as_str);
    if let (Some(location), Some(name)) = (text("in"), text("name")) {
        return format!("{location} {name}");
    }
    let property = own.as_deref().filter(|_| own != other).and_then(|pointer| pointer.rsplit_once("/properties/"));
    if let Some((_, name)) = property.filter(|(_, name)| !name.contains('/')) {
        return unescape(name);
    }
    match text("$ref").and_then(|reference| reference.rsplit('/').next()) {
        Some(name) => unescape(name),
        None => format!("content {}", &sha256(bare(&members.clone().into()).to_string().as_bytes())[..10]),
    }
}

fn date(datetime: &toml::value::Datetime) -> Option<NaiveDate> {
    let date = datetime.date?;
    NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
}

/// The entries that accept a finding, to be pasted into the file: one for each value.
#[must_use]
pub fn entry(finding: &Finding, expires: NaiveDate) -> String {
    let mut by_value: BTreeMap<Option<String>, Vec<&Place>> = BTreeMap::new();
    for place in &finding.places {
        by_value.entry(value(place)).or_default().push(place);
    }
    let entries: Vec<_> =
        by_value.iter().map(|(value, places)| entry_of(finding, value.as_deref(), places, expires)).collect();
    entries.join("\n")
}

fn entry_of(finding: &Finding, value: Option<&str>, places: &[&Place], expires: NaiveDate) -> String {
    let text = |text: &str| toml::Value::from(text).to_string();
    let uses = || places.iter().flat_map(|place| &place.uses).filter(|one| one.rule == finding.rule);
    let mut entry = format!("[[allow]]\nrule = {}\n", text(finding.rule.id()));
    let operations: BTreeSet<&str> = uses().map(|one| &*one.operation).collect();
    if let [operation] = operations.into_iter().collect::<Vec<_>>()[..] {
        entry.push_str(&format!("operation = {}\n", text(operation)));
    }
    let pointers: BTreeSet<&String> =
        places.iter().filter_map(|place| place.base.as_ref().or(place.revision.as_ref())).collect();
    match pointers.into_iter().collect::<Vec<_>>()[..] {
        [] => {}
        [pointer] => entry.push_str(&format!("pointer = {}\n", text(pointer))),
        ref several => {
            let lines: String = several.iter().map(|pointer| format!("    {},\n", text(pointer))).collect();
            entry.push_str(&format!("pointer = [\n{lines}]\n"));
        }
    }
    let directions: BTreeSet<_> = uses().map(|one| one.direction).collect();
    match directions.into_iter().collect::<Vec<_>>()[..] {
        [] | [None] => {}
        [Some(direction)] => entry.push_str(&format!("direction = {}\n", text(direction.label()))),
        _ => entry.push_str("direction = \"any\"\n"),
    }
    if let Some(value) = value {
        entry.push_str(&format!("value = {}\n", text(value)));
    }
    entry.push_str(&format!("reason = \"why this is accepted\"\nexpires = {expires}\n"));
    entry
}
