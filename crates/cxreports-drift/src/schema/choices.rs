//! Choices between alternatives, and the discriminators that tell them apart.

use std::collections::{BTreeMap, BTreeSet};

use cxreports_openapi::document::{escape, follow, referenced};
use serde_json::Value;

use super::{comparison::Comparison, equal::same};
use crate::rules::Rule;

/// An alternative and its place.
type Alternative<'a> = (&'a Value, String);
/// Whether two alternatives are the same one.
type Same<'s> = dyn Fn(&Alternative<'_>, &Alternative<'_>) -> bool + 's;

impl Comparison<'_> {
    /// A schema becomes one of several, or one of several remains.
    pub(super) fn choice_on_one_side(&mut self) -> bool {
        let (before, after) = (self.before.options(), self.after.options());
        let (base, revision) = (self.before.pointer.clone(), self.after.pointer.clone());
        let documents = self.documents;
        let is_part = |document: &Value, place: &str, parts: &[(&Value, String)]| {
            let target = follow(document, place);
            target.starts_with("/components/") && parts.iter().any(|(_, part)| *part == target)
        };
        if before.is_empty() && !after.is_empty() {
            let is_same = |(_, place): &Alternative<'_>| {
                is_part(documents.revision, place, &self.before.parts) || same(documents, &base, place)
            };
            let Some(index) = after.iter().position(is_same) else { return false };
            self.descend(&base, &after[index].1, None);
            let added: Vec<_> = others(after, index);
            self.alternatives(Vec::new(), added);
        } else if !before.is_empty() && after.is_empty() {
            let is_same = |(_, place): &Alternative<'_>| {
                is_part(documents.base, place, &self.after.parts) || same(documents, place, &revision)
            };
            let Some(index) = before.iter().position(is_same) else { return false };
            self.descend(&before[index].1, &revision, None);
            let removed: Vec<_> = others(before, index);
            self.alternatives(removed, Vec::new());
        } else {
            return false;
        }
        self.null();
        true
    }

    /// Alternatives are the same by their name, or else by what they say, or else by their order.
    pub(super) fn options(&mut self) {
        let (mut before, mut after) = (self.before.options(), self.after.options());
        if before.is_empty() && after.is_empty() {
            self.discriminator(false, true);
            return;
        }
        let documents = self.documents;
        let is_same: [&Same<'_>; 3] = [
            &|(one, _), (other, _)| name_of(one).is_some() && name_of(one) == name_of(other),
            &|(one, _), (other, _)| one == other,
            &|(_, base), (_, revision)| same(documents, base, revision),
        ];
        for is_same in is_same {
            before.retain(|one| {
                let Some(found) = after.iter().position(|other| is_same(one, other)) else { return true };
                let (_, revision) = after.remove(found);
                self.descend(&one.1, &revision, None);
                false
            });
        }
        // What is left over on both sides and has no name is one that has changed.
        while let (Some(one), Some(other)) = (unnamed(&before), unnamed(&after)) {
            let ((_, base), (_, revision)) = (before.remove(one), after.remove(other));
            self.descend(&base, &revision, None);
        }
        let has_changed = !before.is_empty() || !after.is_empty();
        self.alternatives(before, after);
        self.discriminator(has_changed, false);
    }

    /// Alternatives that came or went together: one cause.
    fn alternatives(&mut self, removed: Vec<Alternative<'_>>, added: Vec<Alternative<'_>>) {
        let all = |alternatives: &[Alternative<'_>]| -> Option<Value> {
            Some(alternatives.iter().map(|(option, _)| (*option).clone()).collect())
        };
        let cause = all(&removed);
        for (option, base) in removed {
            let revision = self.after.pointer.clone();
            self.push_of(Rule::OptionRemoved, base, revision, None, Some(option), None, cause.clone());
        }
        let cause = all(&added);
        for (option, revision) in added {
            let base = self.before.pointer.clone();
            self.push_of(Rule::OptionAdded, base, revision, None, None, Some(option), cause.clone());
        }
    }

    /// Where there are no alternatives, those are the schemas that derive from this one.
    fn discriminator(&mut self, alternatives_changed: bool, by_inheritance: bool) {
        const KEYWORD: &str = "discriminator";
        let (before, after) = (self.before.get(KEYWORD), self.after.get(KEYWORD));
        let name = |value: Option<&Value>| value.map(|value| value["propertyName"].clone());
        if before.is_none() && after.is_some() {
            self.changed(Rule::DiscriminatorAdded, KEYWORD, None, name(after).as_ref());
            return;
        }
        if name(before) != name(after) {
            self.changed(Rule::DiscriminatorChanged, KEYWORD, name(before).as_ref(), name(after).as_ref());
            return;
        }
        let documents = self.documents;
        let (mut before, mut after) = (mapping(before), mapping(after));
        let by_inheritance = by_inheritance && !self.before.derives(KEYWORD) && !self.after.derives(KEYWORD);
        if by_inheritance {
            add_derived(&mut before, documents.base, self.before.holder(KEYWORD));
            add_derived(&mut after, documents.revision, self.after.holder(KEYWORD));
        }
        let is_renamed = |was: &str, is: &str| same(documents, &schema(was), &schema(is));
        for (name, was) in &before {
            match after.get(name) {
                None if !alternatives_changed => {
                    self.changed(Rule::MappingRemoved, KEYWORD, Some(&name.as_str().into()), None);
                }
                Some(is) if is != was && !is_renamed(was, is) => {
                    let target = |target: &str| Value::from(format!("{name}: {target}"));
                    self.changed(Rule::MappingChanged, KEYWORD, Some(&target(was)), Some(&target(is)));
                }
                Some(is) if by_inheritance => self.descend(&schema(was), &schema(is), None),
                _ => {}
            }
        }
        // A new alternative brings its value with it.
        for name in after.keys().filter(|name| !alternatives_changed && !before.contains_key(*name)) {
            self.changed(Rule::MappingAdded, KEYWORD, None, Some(&name.as_str().into()));
        }
    }
}

fn others(mut alternatives: Vec<Alternative<'_>>, index: usize) -> Vec<Alternative<'_>> {
    alternatives.remove(index);
    alternatives
}

/// The values of a discriminator, each with the name of its schema.
fn mapping(discriminator: Option<&Value>) -> BTreeMap<String, String> {
    let names = discriminator.and_then(|discriminator| discriminator["mapping"].as_object());
    // The target is a reference, or the name of a schema.
    let last = |target: &Value| target.as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
    names.into_iter().flatten().map(|(name, target)| (name.clone(), last(target))).collect()
}

/// Adds the schemas that derive from one and have no value of their own: their names are their values (OpenAPI 3.0, "Discriminator
/// Object").
fn add_derived(mapping: &mut BTreeMap<String, String>, document: &Value, base: Option<&str>) {
    let Some(schemas) = document.pointer("/components/schemas").and_then(Value::as_object) else { return };
    let derives_from = |schema_of: &Value, base: &str| {
        let parts = schema_of["allOf"].as_array().into_iter().flatten();
        parts.filter_map(referenced).any(|name| schema(&name) == base)
    };
    let mut open: Vec<String> = base.map(str::to_owned).into_iter().collect();
    let mut found = BTreeSet::new();
    while let Some(base) = open.pop() {
        for (name, _) in schemas.iter().filter(|(_, derived)| derives_from(derived, &base)) {
            if found.insert(name.clone()) {
                open.push(schema(name));
            }
        }
    }
    found.retain(|name| !mapping.values().any(|known| known == name));
    mapping.extend(found.into_iter().map(|name| (name.clone(), name)));
}

fn schema(name: &str) -> String {
    format!("/components/schemas/{}", escape(name))
}

fn name_of(option: &Value) -> Option<&str> {
    option["$ref"].as_str()?.rsplit('/').next()
}

fn unnamed(options: &[Alternative<'_>]) -> Option<usize> {
    options.iter().position(|(option, _)| name_of(option).is_none())
}
