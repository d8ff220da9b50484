//! The order in which the parts of operations are compared, and what belongs to an operation as a whole.

use std::sync::Arc;

use serde_json::Value;

use super::{
    comparison::{Comparison, Outcome, Places},
    side::{Side, paths_in_words},
};
use crate::{
    finding::At,
    rules::{Direction, Rule},
    schema::Schemas,
};

/// Compares two operations.
pub(crate) fn compare(before: Side<'_>, after: Side<'_>, schemas: &mut Schemas<'_>) -> Outcome {
    let mut comparison = Comparison { before, after, schemas, out: Outcome::default() };
    comparison.itself();
    comparison.parameters();
    comparison.body();
    comparison.responses();
    comparison.security();
    comparison.out
}

impl Comparison<'_, '_, '_> {
    fn itself(&mut self) {
        let (base, revision) = (self.before.pointer(), self.after.pointer());
        let at = Arc::new(At::Operation);
        let places = Places { base: &base, revision: &revision, at: &at, direction: None, field: None };
        let (was, is) = (self.before.operation(), self.after.operation());
        match (was["deprecated"] == true, is["deprecated"] == true) {
            (false, true) => self.push(Rule::OperationDeprecated, &places, None, None),
            (true, false) => self.push(Rule::OperationNotDeprecated, &places, None, None),
            _ => {}
        }
        if was["operationId"] != is["operationId"] {
            let id = |operation: &Value| Some(operation["operationId"].clone()).filter(|id| !id.is_null());
            self.push(Rule::OperationIdChanged, &places, id(was), id(is));
        }
        self.not_compared("callbacks", &places, was, is);
        self.path_parameters(&places);
        let (before, after) = (self.before.servers(), self.after.servers());
        let has_own = self.before.has_servers() || self.after.has_servers();
        if has_own && !before.is_subset(&after) {
            self.push(Rule::BasePathChanged, &places, Some(paths_in_words(&before)), Some(paths_in_words(&after)));
        }
    }

    /// Path parameters are known by their place: other names change nothing, unless the same names have changed places.
    fn path_parameters(&mut self, places: &Places<'_>) {
        let ignores_case = self.schemas.documents.ignore_case;
        let same = |was: &str, is: &str| was == is || ignores_case && was.eq_ignore_ascii_case(is);
        let (before, after) = (self.before.path_parameters(), self.after.path_parameters());
        let place_now = |was: &str| after.iter().position(|is| same(was, is));
        let have_moved = before.iter().all(|was| place_now(was).is_some());
        for (place, (was, is)) in before.iter().zip(&after).enumerate().filter(|(_, (was, is))| !same(was, is)) {
            let number = |place: usize| Value::from(format!("path parameter {}", place + 1));
            match place_now(was).filter(|_| have_moved) {
                Some(now) => {
                    let places = Places { field: Some(was), direction: Some(Direction::Request), ..*places };
                    self.push(Rule::ParameterMoved, &places, Some(number(place)), Some(number(now)));
                }
                None => self.push(Rule::PathParameterRenamed, places, Some((*was).into()), Some((*is).into())),
            }
        }
    }

    fn body(&mut self) {
        let direction = Some(Direction::Request);
        let (base_at, revision_at) = (self.before.pointer(), self.after.pointer());
        let at = Arc::new(At::Body);
        let places = Places { base: &base_at, revision: &revision_at, at: &at, direction, field: None };
        match (self.before.body(), self.after.body()) {
            (None, None) => {}
            (None, Some((revision, is))) => {
                let rule = if is["required"] == true { Rule::BodyAddedRequired } else { Rule::BodyAddedOptional };
                self.push(rule, &Places { revision: &revision, ..places }, None, Some(is.clone()));
            }
            (Some((base, _)), None) => self.push(Rule::BodyRemoved, &Places { base: &base, ..places }, None, None),
            (Some((base, was)), Some((revision, is))) => {
                let places = Places { base: &base, revision: &revision, ..places };
                self.required([Rule::BodyNowRequired, Rule::BodyNowOptional], &places, was, is);
                self.content(&places, was, is);
            }
        }
    }
}
