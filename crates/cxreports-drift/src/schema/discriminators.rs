//! Discriminators: the values that tell alternatives apart.

use std::collections::BTreeSet;

use cxreports_openapi::document::{referenced, unescape};
use serde_json::Value;

use super::{
    alternatives::{Alternative, Matched, Values},
    comparison::{Comparison, places},
    equal::same_at,
    pair::pointer_of,
    view::View,
};
use crate::rules::Rule;

const KEYWORD: &str = "discriminator";

/// Two values, or one that came or went.
type Sides = (Option<Value>, Option<Value>);

impl Comparison<'_> {
    /// The values of both discriminators. A schema without a value of its own has its name as its value (OpenAPI 3.0, "Discriminator
    /// Object"): an alternative of a choice, or else a class that derives from this schema.
    pub(super) fn values_of_discriminators(&self, is_choice: bool) -> (Values, Values) {
        let both = self.before.get(KEYWORD).is_some() && self.after.get(KEYWORD).is_some();
        if !both || (!is_choice && (self.before.derives(KEYWORD) || self.after.derives(KEYWORD))) {
            return Default::default();
        }
        let values = |document: &Value, view: &View<'_>| {
            let mut values = mapping(view.get(KEYWORD));
            let mut names = match is_choice {
                true => view.options().iter().filter_map(|(option, _)| referenced(option)).collect(),
                false => derived_from(document, view.holder(KEYWORD)),
            };
            names.retain(|name| !values.values().any(|known| known == name));
            values.extend(names.into_iter().map(|name| (name.clone(), name)));
            values
        };
        (values(self.documents.base, &self.before), values(self.documents.revision, &self.after))
    }

    pub(super) fn discriminator(&mut self, (before, after): (Values, Values), matched: &Matched<'_>, is_choice: bool) {
        let property = |view: &View<'_>| view.get(KEYWORD).map(|value| value["propertyName"].clone());
        let (was, is) = (property(&self.before), property(&self.after));
        if was != is {
            let rule = if was.is_none() { Rule::DiscriminatorAdded } else { Rule::DiscriminatorChanged };
            self.changed(rule, KEYWORD, was.as_ref(), is.as_ref());
            return;
        }
        let documents = self.documents;
        let is_pair = |was: &String, is: &String| {
            let named = matched
                .pairs
                .iter()
                .any(|(one, other)| one.name.as_ref() == Some(was) && other.name.as_ref() == Some(is));
            was == is || named || same_at(documents, &pointer_of(was), &pointer_of(is))
        };
        let mut new: Vec<(&String, &String)> = after.iter().filter(|(value, _)| !before.contains_key(*value)).collect();
        let (mut renamed, mut moved, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        let mut exchanged = BTreeSet::new();
        for (value, was) in &before {
            match after.get(value) {
                Some(is) if is_pair(was, is) => {}
                Some(is) => {
                    let target = |target: &str| Some(Value::from(format!("{value}: {target}")));
                    moved.push((target(was), target(is)));
                    exchanged.extend([was, is]);
                }
                None => match new.iter().position(|(_, is)| is_pair(was, is)) {
                    Some(found) => {
                        let (now, _) = new.remove(found);
                        renamed.push((Some(value.as_str().into()), Some(now.as_str().into())));
                    }
                    None => gone.push((value, was)),
                },
            }
        }
        // An alternative takes its value with it, and a new one brings its own.
        let names = |all: &[Alternative<'_>]| all.iter().filter_map(|one| one.name.clone()).collect();
        let (removed, added): (BTreeSet<String>, BTreeSet<String>) = (names(&matched.removed), names(&matched.added));
        // The same is true of a schema that gets or loses the value of another one.
        let is_explained =
            |name: &String, with: &BTreeSet<String>| (is_choice && with.contains(name)) || exchanged.contains(name);
        let gone = gone.into_iter().filter(|(_, name)| !is_explained(name, &removed));
        let new = new.into_iter().filter(|(_, name)| !is_explained(name, &added));
        let gone = gone.map(|(value, _)| (Some(value.as_str().into()), None)).collect();
        let new = new.map(|(value, _)| (None, Some(value.as_str().into()))).collect();
        self.together(Rule::MappingValueChanged, renamed);
        self.together(Rule::MappingChanged, moved);
        self.together(Rule::MappingRemoved, gone);
        self.together(Rule::MappingAdded, new);
    }

    /// Values that changed together: one cause, of which each can be accepted for itself.
    fn together(&mut self, rule: Rule, values: Vec<Sides>) {
        let (base, revision) = places(&self.before, &self.after, KEYWORD);
        let cause: Value = values.iter().map(|(was, is)| Value::from(vec![was.clone(), is.clone()])).collect();
        for (was, is) in values {
            let (base, revision) = (base.clone(), revision.clone());
            self.push_of(rule, base, revision, None, was.as_ref(), is.as_ref(), Some(cause.clone()));
        }
    }
}

/// The values that a discriminator lists.
fn mapping(discriminator: Option<&Value>) -> Values {
    let names = discriminator.and_then(|discriminator| discriminator["mapping"].as_object());
    // The target is a reference, or the name of a schema.
    let last = |target: &Value| unescape(target.as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default());
    names.into_iter().flatten().map(|(name, target)| (name.clone(), last(target))).collect()
}

/// The classes that derive from a schema, also through others.
fn derived_from(document: &Value, base: Option<&str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let Some(schemas) = document.pointer("/components/schemas").and_then(Value::as_object) else { return found };
    let derives_from = |schema_of: &Value, base: &str| {
        let parts = schema_of["allOf"].as_array().into_iter().flatten();
        parts.filter_map(referenced).any(|name| pointer_of(&name) == base)
    };
    let mut open: Vec<String> = base.map(str::to_owned).into_iter().collect();
    while let Some(base) = open.pop() {
        for (name, _) in schemas.iter().filter(|(_, derived)| derives_from(derived, &base)) {
            if found.insert(name.clone()) {
                open.push(pointer_of(name));
            }
        }
    }
    found
}
