//! One comparison, as it is written.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::Lines;
use crate::{allow::Allowed, message::count, rules::Severity};

/// One comparison, with what it found.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// The deployment, if it is one.
    pub deployment: Option<String>,
    /// What was compared: a pin, a file, a URL.
    pub base: String,
    /// With what.
    pub revision: String,
    /// What was found.
    pub allowed: Allowed,
    /// The file of the base, where it has one: annotations point into it.
    pub file: Option<BaseFile>,
    /// What of the API documentation the instance has: how much, then each operation that is missing and why. Empty where no
    /// instance was compared.
    pub coverage: Vec<String>,
}

/// The file that the base was read from.
#[derive(Debug, Clone)]
pub struct BaseFile {
    /// Its path in the repository.
    pub path: String,
    /// What is in it.
    pub text: String,
}

impl BaseFile {
    pub(super) fn lines(&self) -> Lines<'_> {
        Lines::new(&self.text)
    }
}

impl Comparison {
    pub(super) fn title(&self) -> String {
        let from_to = format!("{} -> {}", self.base, self.revision);
        self.deployment.as_ref().map_or(from_to.clone(), |deployment| format!("{deployment}: {from_to}"))
    }

    pub(super) fn count(&self, severity: Severity) -> usize {
        self.allowed.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// How many there are of a severity, in words.
    pub(super) fn count_in_words(&self, severity: Severity) -> Option<String> {
        let (one, many) = match severity {
            Severity::Breaking => ("breaking change", "breaking changes"),
            Severity::Warning => ("warning", "warnings"),
            Severity::Info => ("other change", "other changes"),
        };
        count(self.count(severity), one, many)
    }

    /// How many there are of each severity, in words.
    pub(super) fn counts(&self) -> String {
        let severities = [Severity::Breaking, Severity::Warning, Severity::Info];
        let mut parts: Vec<String> =
            severities.into_iter().filter_map(|severity| self.count_in_words(severity)).collect();
        if parts.is_empty() {
            parts.push("no difference".to_owned());
        }
        if self.allowed.accepted > 0 {
            parts.push(format!("{} accepted", self.allowed.accepted));
        }
        let parts = parts.join(", ");
        let breaking = self.allowed.findings.iter().filter(|finding| finding.severity == Severity::Breaking);
        let methods: BTreeSet<&String> = breaking.flat_map(|finding| &finding.effect.methods).collect();
        match (
            self.count(Severity::Breaking),
            count(methods.len(), "method of cxreports breaks", "methods of cxreports break"),
        ) {
            (0, _) => parts,
            (_, None) => format!("{parts}; no method of cxreports breaks"),
            (_, Some(methods)) => format!("{parts}; {methods}"),
        }
    }
}

/// The changes that break nobody, in one line: how many there are of each rule, the most frequent first.
pub(super) fn infos_in_short(comparison: &Comparison) -> Option<String> {
    let all = comparison.count_in_words(Severity::Info)?;
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in comparison.allowed.findings.iter().filter(|finding| finding.severity == Severity::Info) {
        *rules.entry(finding.rule.what()).or_default() += 1;
    }
    let mut rules: Vec<_> = rules.into_iter().collect();
    rules.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let rule = |(what, count): (&str, usize)| if count == 1 { what.to_owned() } else { format!("{what} ({count})") };
    let rules: Vec<String> = rules.into_iter().map(rule).collect();
    Some(format!("{all}: {}", rules.join(", ")))
}
