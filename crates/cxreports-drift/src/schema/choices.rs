//! Choices between alternatives, and classes that derive from one.

use std::collections::BTreeSet;

use cxreports_openapi::document::{follow, referenced};
use serde_json::Value;

use super::{
    alternatives::{Alternative, Values, matched},
    comparison::Comparison,
    equal::{only_part, same_at},
    pair::pointer_of,
    view::{CHOICES, View},
};
use crate::rules::Rule;

impl<'a> Comparison<'a> {
    /// A schema becomes one of several, or one of several remains.
    pub(super) fn choice_on_one_side(&mut self) -> bool {
        let (before, after) = (self.before.options(), self.after.options());
        let (base, revision) = (self.before.places.clone(), self.after.places.clone());
        let documents = self.documents;
        let is_part = |document: &Value, place: &str, parts: &[(&Value, String)]| {
            let target = follow(document, place);
            target.starts_with("/components/") && parts.iter().any(|(_, part)| *part == target)
        };
        if before.is_empty() && !after.is_empty() {
            let is_same = |(_, place): &(&Value, String)| {
                is_part(documents.revision, place, &self.before.parts)
                    || base.iter().any(|base| same_at(documents, base, place))
            };
            let found =
                after.iter().position(is_same).or_else(|| nearest(documents.revision, &self.before, &self.after));
            let Some(index) = found else { return false };
            // What stands beside the alternatives holds, too.
            self.descend(&base, &[vec![after[index].1.clone()], revision].concat(), None);
            self.came_and_went(Vec::new(), others(after, index));
        } else if !before.is_empty() && after.is_empty() {
            let is_same = |(_, place): &(&Value, String)| {
                is_part(documents.base, place, &self.after.parts)
                    || revision.iter().any(|revision| same_at(documents, place, revision))
            };
            let found = before.iter().position(is_same).or_else(|| nearest(documents.base, &self.after, &self.before));
            let Some(index) = found else { return false };
            self.descend(&[vec![before[index].1.clone()], base].concat(), &revision, None);
            self.came_and_went(others(before, index), Vec::new());
        } else {
            return false;
        }
        true
    }

    /// The alternatives of a choice; where there is none, the classes that derive from the schema.
    pub(super) fn options(&mut self) {
        let (was_choice, is_choice) = (!self.before.options().is_empty(), !self.after.options().is_empty());
        if was_choice != is_choice {
            self.choice_beside(is_choice);
            return;
        }
        let values = self.values_of_discriminators(is_choice);
        let (before, after) = if is_choice {
            (choice(&self.before, &values.0), choice(&self.after, &values.1))
        } else {
            (derived(self.documents.base, &values.0), derived(self.documents.revision, &values.1))
        };
        let matched = matched(self.documents, before, after);
        for (one, other) in &matched.pairs {
            self.descend(std::slice::from_ref(&one.place), std::slice::from_ref(&other.place), None);
        }
        if is_choice {
            let with_place =
                |all: &[Alternative<'a>]| all.iter().map(|one| (one.schema, one.place.clone())).collect::<Vec<_>>();
            self.came_and_went(with_place(&matched.removed), with_place(&matched.added));
        }
        self.discriminator(values, &matched, is_choice);
    }

    /// Alternatives that a schema of the same type has on one side alone narrow what its keywords allow.
    fn choice_beside(&mut self, is_new: bool) {
        let (any, choice) = (Value::from("any"), Value::from("one of several"));
        let keyword = |view: &View<'_>| CHOICES.into_iter().find(|keyword| view.get(keyword).is_some());
        match is_new {
            true => {
                let keyword = keyword(&self.after).unwrap_or_default();
                self.changed(Rule::TypeNarrowed, keyword, Some(&any), Some(&choice));
            }
            false => {
                let keyword = keyword(&self.before).unwrap_or_default();
                self.changed(Rule::TypeWidened, keyword, Some(&choice), Some(&any));
            }
        }
    }

    /// Alternatives that came or went together: one cause.
    fn came_and_went(&mut self, removed: Vec<(&Value, String)>, added: Vec<(&Value, String)>) {
        let all = |alternatives: &[(&Value, String)]| -> Option<Value> {
            Some(alternatives.iter().map(|(option, _)| (*option).clone()).collect())
        };
        let cause = all(&removed);
        for (option, base) in removed {
            let revision = self.after.pointer().to_owned();
            self.push_of(Rule::OptionRemoved, base, revision, None, Some(option), None, cause.clone());
        }
        let cause = all(&added);
        for (option, revision) in added {
            let base = self.before.pointer().to_owned();
            self.push_of(Rule::OptionAdded, base, revision, None, None, Some(option), cause.clone());
        }
    }
}

/// The alternative that has the type of a schema; of several, the one that has most members in common with it.
fn nearest(document: &Value, view: &View<'_>, choice: &View<'_>) -> Option<usize> {
    let options = choice.options();
    let (kind, names) = (view.kind()?, view.names());
    let shared = |(index, (_, place)): (usize, &(&Value, String))| {
        let option = View::new(document, std::slice::from_ref(place));
        (option.kind() == Some(kind)).then(|| (index, (&option.names() & &names).len()))
    };
    // Of equal ones, the first.
    options.iter().enumerate().rev().filter_map(shared).max_by_key(|(_, shared)| *shared).map(|(index, _)| index)
}

fn others(mut options: Vec<(&Value, String)>, index: usize) -> Vec<(&Value, String)> {
    options.remove(index);
    options
}

/// The alternatives of a choice.
fn choice<'a>(view: &View<'a>, values: &Values) -> Vec<Alternative<'a>> {
    let name = |schema| referenced(schema).or_else(|| referenced(only_part(schema)?));
    let of = |(schema, place)| Alternative::new(schema, place, name(schema), values);
    view.options().into_iter().map(of).collect()
}

/// The classes that a discriminator's values stand for.
fn derived<'a>(document: &'a Value, values: &Values) -> Vec<Alternative<'a>> {
    let names: BTreeSet<&String> = values.values().collect();
    let of = |name: &String| {
        let place = pointer_of(name);
        Some(Alternative::new(document.pointer(&place)?, place, Some(name.clone()), values))
    };
    names.into_iter().filter_map(of).collect()
}
