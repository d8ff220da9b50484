//! Properties, additional properties and items.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{comparison::Comparison, view::View};
use crate::rules::{Direction, Rule};

/// The properties of both schemas by their names, and the names that each one requires.
struct Members<'a> {
    before: BTreeMap<&'a str, String>,
    after: BTreeMap<&'a str, String>,
    required_before: BTreeSet<&'a str>,
    required_after: BTreeSet<&'a str>,
}

impl<'a> Members<'a> {
    /// The property of the revision by this name, in any case.
    fn in_other_case(&self, name: &str) -> Option<(&&'a str, &String)> {
        let is_same = |other: &&&str| other.eq_ignore_ascii_case(name) && !self.before.contains_key(**other);
        self.after.keys().find(is_same).and_then(|other| self.after.get_key_value(other))
    }
}

impl Comparison<'_> {
    pub(super) fn properties(&mut self) {
        let members = Members {
            before: self.before.properties(),
            after: self.after.properties(),
            required_before: self.before.required(),
            required_after: self.after.required(),
        };
        let mut matched = BTreeSet::new();
        for (name, base) in &members.before {
            match members.after.get_key_value(name).or_else(|| members.in_other_case(name)) {
                Some((now, revision)) => {
                    matched.insert(*now);
                    self.property(&members, (name, base), (now, revision));
                }
                None if self.travels(self.documents.base, base) => {
                    let (schema, owner) = (self.documents.base.pointer(base), owner(base));
                    let revision = self.after.counterpart(owner);
                    self.push(Rule::PropertyRemoved, base.clone(), revision, Some(name), schema, None);
                }
                None => {}
            }
        }
        for (name, revision) in members.after.iter().filter(|(name, _)| !matched.contains(*name)) {
            if !self.travels(self.documents.revision, revision) {
                continue;
            }
            let required = members.required_after.contains(name);
            let rule = if required { Rule::PropertyAddedRequired } else { Rule::PropertyAddedOptional };
            let (schema, base) = (self.documents.revision.pointer(revision), self.before.counterpart(owner(revision)));
            self.push(rule, base, revision.clone(), Some(name), None, schema);
        }
        self.undeclared(&members);
    }

    /// A property that both have.
    fn property(&mut self, members: &Members<'_>, (name, base): (&str, &str), (now, revision): (&str, &str)) {
        self.access(name, base, revision);
        let travelled = self.travels(self.documents.base, base);
        if !self.travels(self.documents.revision, revision) {
            return;
        }
        if travelled {
            if name != now && !self.ignores_case() {
                let (before, after) = (name.into(), now.into());
                let (base, revision) = (base.to_owned(), revision.to_owned());
                self.push(Rule::NameCaseChanged, base, revision, Some(name), Some(&before), Some(&after));
            }
            self.descend(base, revision, Some(name));
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
        let (base, revision) = self.places("required");
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
    fn travels(&self, document: &Value, pointer: &str) -> bool {
        let view = View::new(document, pointer);
        match self.direction {
            Direction::Request => !view.is("readOnly"),
            Direction::Response => !view.is("writeOnly"),
        }
    }

    fn access(&mut self, name: &str, base: &str, revision: &str) {
        let was = View::new(self.documents.base, base);
        let is = View::new(self.documents.revision, revision);
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
            let (before, after) = (value(&was), value(&is));
            self.push(rule, was.place(keyword), is.place(keyword), Some(name), Some(&before), Some(&after));
        }
        if !was.is("deprecated") && is.is("deprecated") && !lacks {
            self.push(Rule::PropertyDeprecated, base.to_owned(), is.place("deprecated"), Some(name), None, None);
        }
    }

    pub(super) fn additional_properties(&mut self) {
        const KEYWORD: &str = "additionalProperties";
        let (before, after) = (self.before.get(KEYWORD), self.after.get(KEYWORD));
        let refuses = |view: &View<'_>| view.all(KEYWORD).any(|value| *value == false);
        let is_map = before.and_then(Value::as_object).is_some_and(|schema| !schema.is_empty());
        match (refuses(&self.before), refuses(&self.after)) {
            // A dictionary is read for what is in it.
            (false, true) if is_map => {
                let (base, revision) = self.places(KEYWORD);
                self.push(Rule::PropertyRemoved, base, revision, Some("*"), before, None);
            }
            (false, true) => self.changed(Rule::AdditionalPropertiesRefused, KEYWORD, None, Some(&false.into())),
            (true, false) => self.changed(Rule::AdditionalPropertiesAllowed, KEYWORD, Some(&false.into()), None),
            (true, true) => {}
            (false, false) => {
                let is_schema = |value: Option<&Value>| value.is_some_and(Value::is_object);
                if is_schema(before) || is_schema(after) {
                    self.descend_below(KEYWORD, is_schema(before), is_schema(after), Some("*"));
                }
            }
        }
    }

    pub(super) fn items(&mut self) {
        let has = |view: &View<'_>| view.get("items").is_some();
        let (had, has) = (has(&self.before), has(&self.after));
        if (had || has) && (self.before.kind() == self.after.kind() || (had && has)) {
            self.descend_below("items", had, has, None);
        }
    }

    /// Compares the schemas under a keyword. Where one side does not have it, any value is possible: an empty schema, at a
    /// place that is not there.
    fn descend_below(&mut self, keyword: &str, had: bool, has: bool, field: Option<&str>) {
        let place = |there: bool, place: String| if there { place } else { format!("{place}/-") };
        let (base, revision) = (place(had, self.before.place(keyword)), place(has, self.after.place(keyword)));
        self.descend(&base, &revision, field);
    }
}

/// The schema that declares the property at a place.
fn owner(property: &str) -> &str {
    property.rsplit_once("/properties/").map_or(property, |(owner, _)| owner)
}
