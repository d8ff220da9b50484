//! Parameters, by place and name.

use std::sync::Arc;

use serde_json::Value;

use super::{
    comparison::{Comparison, Places},
    side::Side,
};
use crate::{
    finding::At,
    rules::{Direction, Rule},
};

impl Comparison<'_, '_, '_> {
    pub(super) fn parameters(&mut self) {
        let (base_at, revision_at) = (self.before.pointer(), self.after.pointer());
        let direction = Some(Direction::Request);
        let before = self.before.parameters();
        let mut after = self.after.parameters();
        let mut gone = Vec::new();
        for (key, (base, was)) in &before {
            match after.remove(key) {
                Some((revision, is)) => self.parameter(base, was, &revision, is),
                None if is_in_path(self.after, key) => {}
                None => gone.push((key, base, *was)),
            }
        }
        after.retain(|key, _| !is_in_path(self.before, key));
        for ((location, name), base, was) in gone {
            let at = at(was);
            let places = Places { base, revision: &revision_at, at: &at, direction, field: Some(name_of(was)) };
            let moved = after.keys().find(|(_, other)| other == name).cloned();
            if let Some(key) = moved {
                let revision = after.remove(&key).map(|(revision, _)| revision).unwrap_or_default();
                let places = Places { revision: &revision, ..places };
                self.push(Rule::ParameterMoved, &places, Some(location.as_str().into()), Some(key.0.into()));
            } else {
                self.push(Rule::ParameterRemoved, &places, Some(was.clone()), None);
            }
        }
        for (revision, is) in after.values() {
            let at = at(is);
            let places = Places { base: &base_at, revision, at: &at, direction, field: Some(name_of(is)) };
            let rule = if is["required"] == true { Rule::ParameterAddedRequired } else { Rule::ParameterAddedOptional };
            self.push(rule, &places, None, Some((*is).clone()));
        }
    }

    fn parameter(&mut self, base: &str, was: &Value, revision: &str, is: &Value) {
        let documents = self.schemas.documents;
        let (name, location) = (name_of(was), was["in"].as_str().unwrap_or_default());
        let at = at(was);
        let direction = Some(Direction::Request);
        let places = Places { base, revision, at: &at, direction, field: Some(name) };
        // A path has no place for what is left out, whatever a document says.
        if location != "path" {
            self.required([Rule::ParameterNowRequired, Rule::ParameterNowOptional], &places, was, is);
        }
        self.flags(&places, was, is);
        let has_case = location == "query" && !documents.ignore_case || location == "cookie";
        if has_case && name != name_of(is) {
            self.push(Rule::NameCaseChanged, &places, Some(name.into()), Some(name_of(is).into()));
        }
        self.style(&places, location, was, is);
        self.value(&places, was, is, location != "cookie");
    }

    /// What is true of a parameter or not.
    fn flags(&mut self, places: &Places<'_>, was: &Value, is: &Value) {
        let flag = |name: &str| (was[name] == true, is[name] == true);
        let documents = self.schemas.documents;
        // Swagger 2.0 has words for neither of two of them.
        let have_words = !documents.base_lacks.openapi && !documents.revision_lacks.openapi;
        if have_words && flag("deprecated") == (false, true) {
            self.push(Rule::ParameterDeprecated, places, None, None);
        }
        match flag("allowEmptyValue") {
            (true, false) => self.push(Rule::EmptyValueRefused, places, None, None),
            (false, true) => self.push(Rule::EmptyValueAllowed, places, None, None),
            _ => {}
        }
        let (had, has) = flag("allowReserved");
        if have_words && had != has {
            self.push(Rule::ParameterReservedChanged, places, Some(had.into()), Some(has.into()));
        }
    }
}

/// Whether a path has a parameter, which need not be declared to be there.
fn is_in_path(side: Side<'_>, (location, name): &(String, String)) -> bool {
    location == "path" && name.parse().is_ok_and(|place: usize| place < side.path_parameters().len())
}

fn at(parameter: &Value) -> Arc<At> {
    let location = parameter["in"].as_str().unwrap_or_default().to_owned();
    Arc::new(At::Parameter(location, name_of(parameter).to_owned()))
}

fn name_of(parameter: &Value) -> &str {
    parameter["name"].as_str().unwrap_or_default()
}
