//! One pair of schemas while it is compared.

use serde_json::Value;

use super::{
    pair::{Below, Compared, Documents},
    view::View,
};
use crate::{
    change::{Change, named},
    rules::{Direction, Rule},
};

pub(super) struct Comparison<'a> {
    pub(super) documents: Documents<'a>,
    pub(super) direction: Direction,
    pub(super) text: bool,
    pub(super) before: View<'a>,
    pub(super) after: View<'a>,
    pub(super) out: Compared,
}

impl Comparison<'_> {
    /// A keyword has another value.
    pub(super) fn changed(&mut self, rule: Rule, keyword: &str, before: Option<&Value>, after: Option<&Value>) {
        let (base, revision) = self.places(keyword);
        self.push(rule, base, revision, None, before, after);
    }

    /// Where a keyword stands in both documents; where only one has it, the schema that would hold it in the other one.
    pub(super) fn places(&self, keyword: &str) -> (String, String) {
        match (self.before.holder(keyword), self.after.holder(keyword)) {
            (Some(base), Some(revision)) => (format!("{base}/{keyword}"), format!("{revision}/{keyword}")),
            (Some(base), None) => (format!("{base}/{keyword}"), self.after.counterpart(base)),
            (None, Some(revision)) => (self.before.counterpart(revision), format!("{revision}/{keyword}")),
            (None, None) => (self.before.pointer.clone(), self.after.pointer.clone()),
        }
    }

    pub(super) fn push(
        &mut self,
        rule: Rule,
        base: String,
        revision: String,
        field: Option<&str>,
        before: Option<&Value>,
        after: Option<&Value>,
    ) {
        self.push_of(rule, base, revision, field, before, after, None);
    }

    #[allow(clippy::too_many_arguments, reason = "a change has that many sides")]
    pub(super) fn push_of(
        &mut self,
        rule: Rule,
        base: String,
        revision: String,
        field: Option<&str>,
        before: Option<&Value>,
        after: Option<&Value>,
        cause: Option<Value>,
    ) {
        let change = Change {
            rule,
            base: Some(base),
            revision: Some(revision),
            field: field.map(str::to_owned),
            before: before.cloned(),
            after: after.cloned(),
            cause,
        };
        self.out.changes.push(change.into());
    }

    /// Compares what is at two places, too.
    pub(super) fn descend(&mut self, base: &str, revision: &str, field: Option<&str>) {
        let pair = self.documents.pair(base, revision, self.direction, self.text);
        // The side that refers to a schema names the member.
        let referrer = if pair.base != base {
            named(Some(base))
        } else if pair.revision != revision {
            named(Some(revision))
        } else {
            None
        };
        let referrer = referrer.filter(|named| !named.is_root).map(|named| named.text);
        self.out.below.push(Below { pair, field: field.map(str::to_owned), referrer });
    }

    /// Whether names and listed values are taken without regard to case.
    pub(super) fn ignores_case(&self) -> bool {
        self.documents.ignore_case && self.direction == Direction::Request
    }
}
