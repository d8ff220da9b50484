//! Properties, additional properties and items.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    comparison::{Comparison, places},
    pair::Places,
    view::View,
};
use crate::rules::{Direction, Rule};

/// The properties of both schemas by their names, and the names that each one requires.
struct Members<'a> {
    before: BTreeMap<&'a str, View<'a>>,
    after: BTreeMap<&'a str, View<'a>>,
    required_before: BTreeSet<&'a str>,
    required_after: BTreeSet<&'a str>,
}

/// A property with its name.
type Member<'m, 'a> = (&'m str, &'m View<'a>);

impl<'a> Members<'a> {
    fn of(comparison: &Comparison<'a>) -> Self {
        let views = |document: &'a Value, view: &View<'a>| {
            let properties = view.properties().into_iter();
            properties.map(|(name, places)| (name, View::new(document, &places))).collect()
        };
        Self {
            before: views(comparison.documents.base, &comparison.before),
            after: views(comparison.documents.revision, &comparison.after),
            required_before: comparison.before.required(),
            required_after: comparison.after.required(),
        }
    }

    /// The property of the revision by this name, in any case.
    fn now(&self, name: &str) -> Option<(&&'a str, &View<'a>)> {
        let is_same = |other: &&&str| other.eq_ignore_ascii_case(name) && !self.before.contains_key(**other);
        let in_other_case = || self.after.keys().find(is_same).and_then(|other| self.after.get_key_value(other));
        self.after.get_key_value(name).or_else(in_other_case)
    }
}

impl<'a> Comparison<'a> {
    pub(super) fn properties(&mut self) {
        let members = Members::of(self);
        let mut matched = BTreeSet::new();
        for (name, was) in &members.before {
            match members.now(name) {
                Some((now, is)) => {
                    matched.insert(*now);
                    self.property(&members, (name, was), (now, is));
                }
                None if self.travels(was) => {
                    let (schema, revision) =
                        (self.documents.base.pointer(was.pointer()), self.after.counterpart(owner(was.pointer())));
                    self.push(Rule::PropertyRemoved, was.pointer().to_owned(), revision, Some(name), schema, None);
                }
                None => {}
            }
        }
        for (name, is) in members.after.iter().filter(|(name, _)| !matched.contains(*name)) {
            if !self.travels(is) {
                continue;
            }
            let required = members.required_after.contains(name);
            let rule = if required { Rule::PropertyAddedRequired } else { Rule::PropertyAddedOptional };
            let (schema, base) =
                (self.documents.revision.pointer(is.pointer()), self.before.counterpart(owner(is.pointer())));
            self.push(rule, base, is.pointer().to_owned(), Some(name), None, schema);
        }
        self.undeclared(&members);
    }

    /// A property that both have.
    fn property(&mut self, members: &Members<'a>, (name, was): Member<'_, 'a>, (now, is): Member<'_, 'a>) {
        self.access(name, was, is);
        let travelled = self.travels(was);
        if !self.travels(is) {
            return;
        }
        let (base, revision) = (was.pointer(), is.pointer());
        if travelled {
            if name != now && !self.ignores_case() {
                let (before, after) = (name.into(), now.into());
                let (base, revision) = (base.to_owned(), revision.to_owned());
                self.push(Rule::NameCaseChanged, base, revision, Some(name), Some(&before), Some(&after));
            }
            self.descend(&was.places, &is.places, Some(name));
        }
        match (travelled && members.required_before.contains(name), members.required_after.contains(now)) {
            (false, true) => self.required(Rule::PropertyNowRequired, base, revision, name),
            (true, false) => self.required(Rule::PropertyNowOptional, base, revision, name),
            _ => {}
        }
    }

    fn required(&mut self, rule: Rule, base: &str, revision: &str, name: &str) {
        let (optional, required) = (Value::from("optional"), Value::from("required"));
        let (before, after) =
            if rule == Rule::PropertyNowRequired { (&optional, &required) } else { (&required, &optional) };
        self.push(rule, base.to_owned(), revision.to_owned(), Some(name), Some(before), Some(after));
    }

    /// `required` may name members that no list of properties has.
    fn undeclared(&mut self, members: &Members<'_>) {
        let (base, revision) = places(&self.before, &self.after, "required");
        let (before, after) = (&members.required_before, &members.required_after);
        for name in after.difference(before).filter(|name| !members.after.contains_key(*name)) {
            self.required(Rule::PropertyNowRequired, &base, &revision, name);
        }
        let is_declared = |name: &&str| members.before.contains_key(name) || members.after.contains_key(name);
        for name in before.difference(after).filter(|name| !is_declared(name)) {
            self.required(Rule::PropertyNowOptional, &base, &revision, name);
        }
    }

    /// Whether a property goes this way at all.
    fn travels(&self, property: &View<'_>) -> bool {
        match self.direction {
            Direction::Request => !property.is("readOnly"),
            Direction::Response => !property.is("writeOnly"),
        }
    }

    fn access(&mut self, name: &str, was: &View<'_>, is: &View<'_>) {
        let lacks = [self.documents.base_lacks, self.documents.revision_lacks].iter().any(|lacks| lacks.openapi);
        let rules = [
            ("readOnly", Rule::PropertyNowReadOnly, Rule::PropertyNotReadOnly),
            ("writeOnly", Rule::PropertyNowWriteOnly, Rule::PropertyNotWriteOnly),
        ];
        for (keyword, now, no_more) in rules {
            let rule = match (was.is(keyword), is.is(keyword)) {
                _ if lacks && keyword == "writeOnly" => continue,
                (false, true) => now,
                (true, false) => no_more,
                _ => continue,
            };
            let value = |view: &View<'_>| Value::from(view.is(keyword));
            let (before, after) = (value(was), value(is));
            let (base, revision) = places(was, is, keyword);
            self.push(rule, base, revision, Some(name), Some(&before), Some(&after));
        }
        if !was.is("deprecated") && is.is("deprecated") && !lacks {
            let (base, revision) = (was.pointer().to_owned(), is.place("deprecated"));
            self.push(Rule::PropertyDeprecated, base, revision, Some(name), None, None);
        }
    }

    pub(super) fn additional_properties(&mut self) {
        const KEYWORD: &str = "additionalProperties";
        let refuses = |view: &View<'_>| view.all(KEYWORD).any(|value| *value == false);
        let says = |value: &&Value| value.as_object().is_some_and(|schema| !schema.is_empty());
        let map = self.before.all(KEYWORD).find(says);
        match (refuses(&self.before), refuses(&self.after)) {
            // A dictionary is read for what is in it.
            (false, true) if map.is_some() => {
                let (base, revision) = places(&self.before, &self.after, KEYWORD);
                self.push(Rule::PropertyRemoved, base, revision, Some("*"), map, None);
            }
            (false, true) => self.changed(Rule::AdditionalPropertiesRefused, KEYWORD, None, Some(&false.into())),
            (true, false) => self.changed(Rule::AdditionalPropertiesAllowed, KEYWORD, Some(&false.into()), None),
            (true, true) => {}
            (false, false) => {
                let schemas = |view: &View<'_>| view.places_of(KEYWORD, Value::is_object);
                let (base, revision) = (schemas(&self.before), schemas(&self.after));
                self.descend_below(base, revision, Some("*"));
            }
        }
    }

    pub(super) fn items(&mut self) {
        let items = |view: &View<'_>| view.places_of("items", |_| true);
        let (base, revision) = (items(&self.before), items(&self.after));
        if self.before.kind() == self.after.kind() || !(base.is_empty() || revision.is_empty()) {
            self.descend_below(base, revision, None);
        }
    }

    /// Compares the schemas under a keyword. Where one side does not have it, any value is possible: an empty schema, at a
    /// place that is not there.
    fn descend_below(&mut self, base: Places, revision: Places, field: Option<&str>) {
        if base.is_empty() && revision.is_empty() {
            return;
        }
        let or_none = |places: Places, view: &View<'_>| {
            if places.is_empty() { vec![format!("{}/-", view.pointer())] } else { places }
        };
        let (base, revision) = (or_none(base, &self.before), or_none(revision, &self.after));
        self.descend(&base, &revision, field);
    }
}

/// The schema that declares the property at a place.
fn owner(property: &str) -> &str {
    property.rsplit_once("/properties/").map_or(property, |(owner, _)| owner)
}
