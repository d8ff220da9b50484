//! One pair of schemas while it is compared.

use serde_json::Value;

use super::{
    pair::{Below, Compared, Documents},
    view::{Stated, View},
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
        let (base, revision) = places(&self.before, &self.after, keyword);
        self.push(rule, base, revision, None, before, after);
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

    /// Compares what stands at other places, too.
    pub(super) fn descend(&mut self, base: &[String], revision: &[String], field: Option<&str>) {
        let pair = self.documents.pair(base, revision, self.direction, self.text);
        // The side that refers to a schema names the member.
        let referrer = |from: &[String], to: &[String]| match (from, to) {
            ([from], [to]) if from != to => named(Some(from)),
            _ => None,
        };
        let referrer = referrer(base, &pair.base).or_else(|| referrer(revision, &pair.revision));
        let referrer = referrer.filter(|named| !named.is_root).map(|named| named.text);
        self.out.below.push(Below { pair, field: field.map(str::to_owned), referrer });
    }

    /// Whether names and listed values are taken without regard to case.
    pub(super) fn ignores_case(&self) -> bool {
        self.documents.ignore_case && self.direction == Direction::Request
    }
}

/// Where a keyword stands in both documents; where only one has it, the schema that would hold it in the other one. Of several
/// parts, the one that states another value than it did.
pub(super) fn places(before: &View<'_>, after: &View<'_>, keyword: &str) -> (String, String) {
    let (was, is): (Vec<_>, Vec<_>) = (before.stated(keyword).collect(), after.stated(keyword).collect());
    let holder = |own: &[Stated<'_, '_>], other: &[Stated<'_, '_>]| {
        let differs = own.iter().find(|stated| !other.contains(stated));
        differs.or(own.first()).map(|(_, place)| (*place).to_owned())
    };
    match (holder(&was, &is), holder(&is, &was)) {
        (Some(base), Some(revision)) => (format!("{base}/{keyword}"), format!("{revision}/{keyword}")),
        (Some(base), None) => (format!("{base}/{keyword}"), after.counterpart(&base)),
        (None, Some(revision)) => (before.counterpart(&revision), format!("{revision}/{keyword}")),
        (None, None) => (before.pointer().to_owned(), after.pointer().to_owned()),
    }
}
