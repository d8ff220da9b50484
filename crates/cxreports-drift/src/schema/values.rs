//! Listed values.

use std::collections::{BTreeSet, HashSet};

use cxreports_codegen::files::sha256;
use serde_json::Value;

use super::{
    comparison::{Comparison, places},
    number::{canonical, equal},
};
use crate::rules::Rule;

impl Comparison<'_> {
    pub(super) fn values(&mut self) {
        let ignores_case = self.ignores_case();
        let key = |value: &Value| match value {
            Value::String(text) if ignores_case => format!("{:?}", text.to_ascii_lowercase()),
            value => canonical(value),
        };
        let keys = |list: &[Value]| list.iter().map(key).collect::<HashSet<_>>();
        match (self.before.values(), self.after.values()) {
            (None, None) => {}
            (None, Some(after)) => self.changed(Rule::EnumAdded, "enum", None, Some(&after.into())),
            (Some(before), None) => self.changed(Rule::EnumRemoved, "enum", Some(&before.into()), None),
            (Some(before), Some(after)) if !before.is_empty() && keys(&before).is_disjoint(&keys(&after)) => {
                self.changed(Rule::EnumReplaced, "enum", Some(&before.into()), Some(&after.into()));
            }
            (Some(before), Some(after)) => {
                let (was, is) = (keys(&before), keys(&after));
                let removed: Vec<_> = before.into_iter().filter(|value| !is.contains(&key(value))).collect();
                let added: Vec<_> = after.into_iter().filter(|value| !was.contains(&key(value))).collect();
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
        let names =
            |list: &[(&Value, &str)]| list.iter().map(|(_, name)| name.to_ascii_lowercase()).collect::<BTreeSet<_>>();
        let (old, new) = (names(&before), names(&after));
        let has = |names: &BTreeSet<String>, name: &str| names.contains(&name.to_ascii_lowercase());
        let has_moved = renamed.iter().any(|(_, was, is)| has(&old, is) || has(&new, was));
        let rule = if has_moved { Rule::EnumNameMoved } else { Rule::EnumNameChanged };
        let show = |name: fn(&(&Value, &str, &str)) -> String| -> Value { renamed.iter().map(name).collect() };
        let (was, is) =
            (show(|(value, was, _)| format!("{value}: {was}")), show(|(value, _, is)| format!("{value}: {is}")));
        self.changed(rule, "enum", Some(&was), Some(&is));
    }

    /// Values that came or went together: one cause, of which each value can be accepted for itself.
    fn listed(&mut self, rule: Rule, values: Vec<Value>) {
        let (base, revision) = places(&self.before, &self.after, "enum");
        let cause = Value::from(sha256(Value::from(values.clone()).to_string().as_bytes()));
        for value in &values {
            let (before, after) = if rule == Rule::EnumValueAdded { (None, Some(value)) } else { (Some(value), None) };
            self.push_of(rule, base.clone(), revision.clone(), None, before, after, Some(cause.clone()));
        }
    }
}
