//! The order in which keywords are compared, and those that stand alone: types, null, defaults, patterns, `not`, and what is not
//! compared.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    comparison::Comparison,
    equal::{Placed, difference, difference_below},
    number::equal,
    view::{Stated, View},
};
use crate::rules::{Direction, Rule};

impl Comparison<'_> {
    /// Compares everything that the two schemas say.
    pub(super) fn compare(&mut self) {
        if self.envelope() || self.choice_on_one_side() || self.list_instead_of_one() || self.types() {
            return;
        }
        self.formats();
        self.null();
        self.values();
        self.names_of_values();
        self.default();
        self.bounds();
        self.pattern();
        self.multiple_of();
        self.properties();
        self.additional_properties();
        self.items();
        self.options();
        self.not();
        self.not_compared();
    }

    /// A query takes one value where it takes several.
    fn list_instead_of_one(&mut self) -> bool {
        let is_single = matches!(self.before.kind(), Some("string" | "integer" | "number" | "boolean"));
        let takes_one = self.text && self.direction == Direction::Request && self.after.kind() == Some("array");
        if !(takes_one && is_single && self.after.get("items").is_some()) {
            return false;
        }
        let (base, revision) = (self.before.places.clone(), self.after.places_of("items", |_| true));
        let (was, is) = (self.before.get("type"), self.after.get("type"));
        self.changed(Rule::TypeWidened, "type", was, is);
        self.descend(&base, &revision, None);
        true
    }

    /// Whether the type is another one, so that nothing below it can be compared.
    fn types(&mut self) -> bool {
        // A choice has no type of its own: its alternatives are compared.
        let (was_choice, is_choice) = (!self.before.options().is_empty(), !self.after.options().is_empty());
        if was_choice && is_choice {
            self.type_of_choice();
            return false;
        }
        if self.contradiction() {
            return true;
        }
        let (before, after) = (self.before.kind(), self.after.kind());
        let (rule, is_other) = match (before, after) {
            // The values tell that it is not any type.
            (None, Some(_)) if self.before.values().is_some() => (Rule::TypeChanged, true),
            (Some(_), None) if self.after.values().is_some() => (Rule::TypeChanged, true),
            (None, None) if was_choice => (Rule::TypeWidened, true),
            (None, None) if is_choice => (Rule::TypeNarrowed, true),
            (None, Some(_)) if was_choice => (Rule::TypeChanged, true),
            (Some(_), None) if is_choice => (Rule::TypeChanged, true),
            (one, other) if one == other => return false,
            (Some("number"), Some("integer")) => (Rule::TypeNarrowed, false),
            (Some("integer"), Some("number")) => (Rule::TypeWidened, false),
            (None, Some(_)) => (Rule::TypeNarrowed, true),
            (Some(_), None) => (Rule::TypeWidened, true),
            (Some("integer" | "number" | "boolean"), Some("string")) if self.takes_any_text() => {
                (Rule::TypeWidened, true)
            }
            _ => (Rule::TypeChanged, true),
        };
        let value = |kind: Option<&str>, is_choice: bool| match kind {
            Some(kind) => Value::from(kind),
            None => if is_choice { "one of several" } else { "any" }.into(),
        };
        let (before, after) = (value(before, was_choice), value(after, is_choice));
        self.changed(rule, "type", Some(&before), Some(&after));
        is_other
    }

    /// A type beside alternatives says something where one of them is of another type.
    fn type_of_choice(&mut self) {
        let says = |document: &Value, view: &View<'_>| {
            let of_other_type = |(_, place): (&Value, String)| View::new(document, &[place]).kind() != view.kind();
            view.kind().is_some() && view.options().into_iter().any(of_other_type)
        };
        let (was, is) = (says(self.documents.base, &self.before), says(self.documents.revision, &self.after));
        let (before, after) = (self.before.get("type"), self.after.get("type"));
        match (was, is) {
            (false, true) => self.changed(Rule::TypeNarrowed, "type", None, after),
            (true, false) => self.changed(Rule::TypeWidened, "type", before, None),
            (true, true) if self.before.kind() != self.after.kind() => {
                self.changed(Rule::TypeChanged, "type", before, after);
            }
            _ => {}
        }
    }

    /// Whether a side has parts of different types, so that no value is left: the type of a part has changed.
    fn contradiction(&mut self) -> bool {
        let (was, is) = (self.before.kinds(), self.after.kinds());
        match (was.len() > 1, is.len() > 1) {
            (false, false) => false,
            (true, true) => {
                let value =
                    |kinds: &BTreeSet<&str>| Value::from(kinds.iter().copied().collect::<Vec<_>>().join(" and "));
                let (before, after) = (value(&was), value(&is));
                let is_other = before != after;
                if is_other {
                    self.changed(Rule::TypeChanged, "type", Some(&before), Some(&after));
                }
                is_other
            }
            (false, true) => self.part_of_other_type(true),
            (true, false) => self.part_of_other_type(false),
        }
    }

    /// One side alone contradicts itself, by a part of another type than the other side has.
    fn part_of_other_type(&mut self, is: bool) -> bool {
        let (whole, contradictory) = if is { (&self.before, &self.after) } else { (&self.after, &self.before) };
        let Some(kind) = whole.kind() else { return false };
        let Some((other, place)) = contradictory.part_of_other_type(kind) else { return false };
        let (other, place) = (other.clone(), format!("{place}/type"));
        let (kind, counterpart) = (Value::from(kind), whole.counterpart_of(&place));
        match is {
            true => self.push(Rule::TypeChanged, counterpart, place, None, Some(&kind), Some(&other)),
            false => self.push(Rule::TypeChanged, place, counterpart, None, Some(&other), Some(&kind)),
        }
        true
    }

    /// Whether the request takes whatever text was a value before.
    fn takes_any_text(&self) -> bool {
        let says_more = ["format", "enum", "pattern", "maxLength", "minLength"].map(|keyword| self.after.get(keyword));
        self.text && self.direction == Direction::Request && says_more.iter().all(Option::is_none)
    }

    fn null(&mut self) {
        let documents = self.documents;
        let rule = match (self.before.nullable(), self.after.nullable()) {
            (true, false) if !documents.revision_lacks.null => Rule::NullRefused,
            (false, true) if !documents.base_lacks.null => Rule::NullAllowed,
            _ => return,
        };
        let value = |is: bool| Value::from(if is { "nullable" } else { "not nullable" });
        let (before, after) = (value(rule == Rule::NullRefused), value(rule == Rule::NullAllowed));
        self.changed(rule, "nullable", Some(&before), Some(&after));
    }

    /// Where several parts state a default, which of them counts is up to the reader.
    fn default(&mut self) {
        let before: Vec<_> = self.before.all("default").collect();
        let after: Vec<_> = self.after.all("default").collect();
        if let Some((gone, new)) = unmatched(&before, &after, equal) {
            let (before, after) = (gone.or(before.first().copied()), new.or(after.first().copied()));
            self.changed(Rule::DefaultChanged, "default", before, after);
        }
    }

    fn pattern(&mut self) {
        let (before, after) = (self.before.patterns(), self.after.patterns());
        let (before, after) = (before.as_ref(), after.as_ref());
        let rule = match (before, after) {
            (one, other) if one == other => return,
            (None, _) => Rule::PatternAdded,
            (_, None) => Rule::PatternRemoved,
            _ => Rule::PatternChanged,
        };
        self.changed(rule, "pattern", before, after);
    }

    /// Each `not` excludes something.
    fn not(&mut self) {
        let documents = self.documents;
        let before: Vec<_> = self.before.all("not").collect();
        let after: Vec<_> = self.after.all("not").collect();
        let is_same =
            |was: &Value, is: &Value| difference(documents, Placed::new(was, ""), Placed::new(is, "")).is_none();
        match unmatched(&before, &after, is_same) {
            None => {}
            Some((gone, None)) => self.changed(Rule::NotRemoved, "not", gone, None),
            Some((gone, new)) => self.changed(Rule::NotChanged, "not", gone, new),
        }
    }

    /// Keywords that OpenAPI 3.0 has no words for, with everything that they refer to.
    fn not_compared(&mut self) {
        let documents = self.documents;
        let (mut before, mut after) = (self.before.not_compared(), self.after.not_compared());
        let keywords: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        let mut changes = Vec::new();
        for keyword in keywords {
            let (was, is) = (before.remove(keyword).unwrap_or_default(), after.remove(keyword).unwrap_or_default());
            let (before, after) = (values(&was), values(&is));
            let differs = |was, is| difference_below(documents, keyword, Placed::new(was, ""), Placed::new(is, ""));
            let Some((gone, new)) = unmatched(&before, &after, |was, is| differs(was, is).is_none()) else { continue };
            // What is behind references is shown where it differs.
            let (gone, new) = match gone.zip(new).and_then(|(gone, new)| differs(gone, new)) {
                Some((gone, new)) => (Some(gone.value.clone()), Some(new.value.clone())),
                None => (gone.cloned(), new.cloned()),
            };
            let place = |view: &View<'_>, stated: &[Stated<'_, '_>]| match stated.first() {
                Some((_, place)) if !keyword.is_empty() => format!("{place}/{keyword}"),
                Some((_, place)) => (*place).to_owned(),
                None => view.pointer().to_owned(),
            };
            changes.push((place(&self.before, &was), place(&self.after, &is), gone, new));
        }
        for (base, revision, gone, new) in changes {
            self.push(Rule::NotCompared, base, revision, None, gone.as_ref(), new.as_ref());
        }
    }
}

fn values<'a>(stated: &[Stated<'_, 'a>]) -> Vec<&'a Value> {
    stated.iter().map(|(value, _)| *value).collect()
}

/// What only one of two lists has.
fn unmatched<'a>(
    before: &[&'a Value],
    after: &[&'a Value],
    is_same: impl Fn(&'a Value, &'a Value) -> bool,
) -> Option<(Option<&'a Value>, Option<&'a Value>)> {
    let gone = before.iter().copied().find(|was| !after.iter().any(|is| is_same(was, is)));
    let new = after.iter().copied().find(|is| !before.iter().any(|was| is_same(was, is)));
    (gone.is_some() || new.is_some()).then_some((gone, new))
}
