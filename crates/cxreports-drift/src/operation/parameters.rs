//! Parameters, by place and name.

use std::sync::Arc;

use serde_json::Value;

use super::comparison::{Comparison, Places};
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
                None => gone.push((key, base, *was)),
            }
        }
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
        if was["deprecated"] != true && is["deprecated"] == true && !documents.base_lacks.openapi {
            self.push(Rule::ParameterDeprecated, &places, None, None);
        }
        let has_case = location == "query" && !documents.ignore_case || location == "cookie";
        if has_case && name != name_of(is) {
            self.push(Rule::NameCaseChanged, &places, Some(name.into()), Some(name_of(is).into()));
        }
        self.style(&places, location, was, is);
        self.value(&places, was, is, location != "cookie");
    }

    /// How several values are written. OpenAPI 3.0, "Style Values": what holds where nothing is said.
    fn style(&mut self, places: &Places<'_>, location: &str, was: &Value, is: &Value) {
        let style = |parameter: &Value| {
            let default = if matches!(location, "query" | "cookie") { "form" } else { "simple" };
            parameter["style"].as_str().unwrap_or(default).to_owned()
        };
        let explode = |parameter: &Value| parameter["explode"].as_bool().unwrap_or(style(parameter) == "form");
        let documents = self.schemas.documents;
        let is_single = is_single(documents.base, was) && is_single(documents.revision, is);
        if style(was) != style(is) {
            self.push(Rule::ParameterStyleChanged, places, Some(style(was).into()), Some(style(is).into()));
        } else if explode(was) != explode(is) && !is_single {
            self.push(Rule::ParameterExplodeChanged, places, Some(explode(was).into()), Some(explode(is).into()));
        }
    }
}

fn at(parameter: &Value) -> Arc<At> {
    let location = parameter["in"].as_str().unwrap_or_default().to_owned();
    Arc::new(At::Parameter(location, name_of(parameter).to_owned()))
}

fn name_of(parameter: &Value) -> &str {
    parameter["name"].as_str().unwrap_or_default()
}

/// Whether a parameter has one value, which `explode` does nothing to.
fn is_single(document: &Value, parameter: &Value) -> bool {
    let schema = &parameter["schema"];
    let target = schema["$ref"].as_str().and_then(|target| document.pointer(target.strip_prefix('#')?));
    let kind = target.unwrap_or(schema)["type"].as_str();
    !matches!(kind, Some("array" | "object") | None)
}
