//! Listed values.

use serde_json::Value;

use super::{
    comparison::{Comparison, places},
    number::equal,
};
use crate::rules::Rule;

impl Comparison<'_> {
    pub(super) fn values(&mut self) {
        let ignores_case = self.ignores_case();
        let same = |one: &Value, other: &Value| match (one.as_str(), other.as_str()) {
            (Some(one), Some(other)) if ignores_case => one.eq_ignore_ascii_case(other),
            _ => equal(one, other),
        };
        let has = |list: &[Value], value: &Value| list.iter().any(|other| same(value, other));
        match (self.before.values(), self.after.values()) {
            (None, None) => {}
            (None, Some(after)) => self.changed(Rule::EnumAdded, "enum", None, Some(&after.into())),
            (Some(before), None) => self.changed(Rule::EnumRemoved, "enum", Some(&before.into()), None),
            (Some(before), Some(after)) if !before.is_empty() && !before.iter().any(|value| has(&after, value)) => {
                self.changed(Rule::EnumReplaced, "enum", Some(&before.into()), Some(&after.into()));
            }
            (Some(before), Some(after)) => {
                let removed: Vec<_> = before.iter().filter(|value| !has(&after, value)).cloned().collect();
                let added: Vec<_> = after.iter().filter(|value| !has(&before, value)).cloned().collect();
                self.listed(Rule::EnumValueRemoved, removed);
                self.listed(Rule::EnumValueAdded, added);
            }
        }
    }

    /// The names of values that stay. A value with the name that another one had stands for something else.
    pub(super) fn names_of_values(&mut self) {
        let (before, after) = (self.before.names_of_values(), self.after.names_of_values());
        let now = |value: &Value| after.iter().find(|(other, _)| equal(other, value)).map(|(_, name)| *name);
        let renamed: Vec<_> = before
            .iter()
            .filter_map(|(value, was)| Some((*value, *was, now(value)?)))
            .filter(|(_, was, is)| !was.eq_ignore_ascii_case(is))
            .collect();
        if renamed.is_empty() {
            return;
        }
        let was_named = |name: &str| before.iter().any(|(_, other)| other.eq_ignore_ascii_case(name));
        let has_moved = renamed.iter().any(|(_, _, is)| was_named(is));
        let rule = if has_moved { Rule::EnumNameMoved } else { Rule::EnumNameChanged };
        let show = |name: fn(&(&Value, &str, &str)) -> String| -> Value { renamed.iter().map(name).collect() };
        let (was, is) =
            (show(|(value, was, _)| format!("{value}: {was}")), show(|(value, _, is)| format!("{value}: {is}")));
        self.changed(rule, "enum", Some(&was), Some(&is));
    }

    /// Values that came or went together: one cause, of which each value can be accepted for itself.
    fn listed(&mut self, rule: Rule, values: Vec<Value>) {
        let (base, revision) = places(&self.before, &self.after, "enum");
        let cause = Value::from(values.clone());
        for value in &values {
            let (before, after) = if rule == Rule::EnumValueAdded { (None, Some(value)) } else { (Some(value), None) };
            self.push_of(rule, base.clone(), revision.clone(), None, before, after, Some(cause.clone()));
        }
    }
}
