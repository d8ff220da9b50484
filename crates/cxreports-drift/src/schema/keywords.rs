//! The order in which keywords are compared, and those that stand alone: types, formats, null, defaults, patterns, `not`.

use serde_json::Value;

use super::comparison::Comparison;
use crate::rules::{Direction, Rule};

impl Comparison<'_> {
    /// Compares everything that the two schemas say.
    pub(super) fn compare(&mut self) {
        if self.choice_on_one_side() || self.list_instead_of_one() || self.types() {
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
    }

    /// A query takes one value where it takes several.
    fn list_instead_of_one(&mut self) -> bool {
        let is_single = matches!(self.before.kind(), Some("string" | "integer" | "number" | "boolean"));
        let takes_one = self.text && self.direction == Direction::Request && self.after.kind() == Some("array");
        if !(takes_one && is_single && self.after.get("items").is_some()) {
            return false;
        }
        let (base, revision) = (self.before.pointer.clone(), self.after.place("items"));
        self.changed(Rule::TypeWidened, "type", self.before.get("type"), self.after.get("type"));
        self.descend(&base, &revision, None);
        true
    }

    /// Whether the type is another one, so that nothing below it can be compared.
    fn types(&mut self) -> bool {
        // A choice has no type of its own: its alternatives are compared.
        if !self.before.options().is_empty() && !self.after.options().is_empty() {
            return false;
        }
        if self.contradiction() {
            return true;
        }
        let (before, after) = (self.before.kind(), self.after.kind());
        let (rule, is_other) = match (before, after) {
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
        let value = |kind: Option<&str>| Some(Value::from(kind.unwrap_or("any")));
        self.changed(rule, "type", value(before).as_ref(), value(after).as_ref());
        is_other
    }

    /// Whether one side's `allOf` has parts of different types, so that no value is left: the type of one part has changed.
    fn contradiction(&mut self) -> bool {
        let (was, is) = (self.before.is_contradictory(), self.after.is_contradictory());
        if was == is {
            return false;
        }
        let (whole, contradictory) = if is { (&self.before, &self.after) } else { (&self.after, &self.before) };
        let Some(kind) = whole.kind() else { return false };
        let Some((other, place)) = contradictory.part_of_other_type(kind) else { return false };
        let (other, place) = (Value::from(other), format!("{place}/type"));
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

    fn formats(&mut self) {
        // How a password is displayed changes no value.
        let (before, after) = (&self.before, &self.after);
        let [before, after] = [before, after].map(|view| view.get("format").filter(|format| *format != "password"));
        if before == after || self.before.kind() != self.after.kind() {
            return;
        }
        let names = (before.and_then(Value::as_str), after.and_then(Value::as_str));
        let rule = match names {
            // A file is a part of a form of its own, with a name: ASP.NET takes no text for it, nor the reverse.
            (Some("binary"), _) | (_, Some("binary")) => Rule::FormatChanged,
            (None, Some(_)) | (Some("int64"), Some("int32")) | (Some("double"), Some("float")) => Rule::FormatNarrowed,
            (Some(_), None) | (Some("int32"), Some("int64")) | (Some("float"), Some("double")) => Rule::FormatWidened,
            _ => Rule::FormatChanged,
        };
        self.changed(rule, "format", before, after);
    }

    pub(super) fn null(&mut self) {
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

    fn default(&mut self) {
        let (before, after) = (self.before.get("default"), self.after.get("default"));
        if before != after {
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

    fn not(&mut self) {
        // Each of them excludes something.
        let before: Vec<&Value> = self.before.all("not").collect();
        let after: Vec<&Value> = self.after.all("not").collect();
        let gone = before.iter().find(|excluded| !after.contains(excluded)).copied();
        let new = after.iter().find(|excluded| !before.contains(excluded)).copied();
        match (gone, new) {
            (None, None) => {}
            (Some(_), None) => self.changed(Rule::NotRemoved, "not", gone, None),
            _ => self.changed(Rule::NotChanged, "not", gone, new),
        }
    }
}
