//! One pair of operations while it is compared.

use std::{collections::BTreeSet, sync::Arc};

use cxreports_openapi::document::escape;
use serde_json::Value;

use super::side::Side;
use crate::{
    causes::Keyed,
    change::Change,
    finding::At,
    rules::{Direction, Rule},
    schema::{Placed, Schemas, difference},
};

/// A schema of an operation, and the part of the operation that it is.
#[derive(Debug)]
pub(crate) struct Root {
    /// The number of its pair.
    pub(crate) pair: usize,
    pub(crate) at: Arc<At>,
    pub(crate) direction: Direction,
    /// The parameter or header, when it is one.
    pub(crate) field: Option<String>,
}

/// A change of an operation itself.
#[derive(Debug)]
pub(crate) struct OwnChange {
    pub(crate) keyed: Keyed,
    pub(crate) at: Arc<At>,
    pub(crate) direction: Option<Direction>,
}

/// What comparing two operations gave: changes of their own, and the schemas to look into.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) changes: Vec<OwnChange>,
    pub(crate) roots: Vec<Root>,
}

pub(super) struct Comparison<'a, 's, 'd> {
    pub(super) before: Side<'a>,
    pub(super) after: Side<'a>,
    pub(super) schemas: &'s mut Schemas<'d>,
    pub(super) out: Outcome,
}

/// A part of the operation in both documents.
#[derive(Clone, Copy)]
pub(super) struct Places<'p> {
    pub(super) base: &'p str,
    pub(super) revision: &'p str,
    pub(super) at: &'p Arc<At>,
    pub(super) direction: Option<Direction>,
    pub(super) field: Option<&'p str>,
}

impl Comparison<'_, '_, '_> {
    pub(super) fn push(&mut self, rule: Rule, places: &Places<'_>, before: Option<Value>, after: Option<Value>) {
        let change = Change {
            rule,
            base: Some(places.base.to_owned()),
            revision: Some(places.revision.to_owned()),
            field: places.field.map(str::to_owned),
            before,
            after,
            cause: None,
        };
        let (at, direction) = (Arc::clone(places.at), places.direction);
        self.out.changes.push(OwnChange { keyed: change.into(), at, direction });
    }

    /// Something became required, or optional.
    pub(super) fn required(&mut self, rules: [Rule; 2], places: &Places<'_>, was: &Value, is: &Value) {
        let (optional, required) = (Some("optional".into()), Some("required".into()));
        let [now_required, now_optional] = rules;
        match (was["required"] == true, is["required"] == true) {
            (false, true) => self.push(now_required, places, optional, required),
            (true, false) => self.push(now_optional, places, required, optional),
            _ => {}
        }
    }

    /// Compares the schemas at two places. Values that are carried as text are compared as such.
    pub(super) fn root(&mut self, base: &str, revision: &str, places: &Places<'_>, text: bool) {
        let Some(direction) = places.direction else { return };
        let pair = self.schemas.compare(base, revision, direction, text);
        let is_known = |root: &Root| root.pair == pair && root.at == *places.at;
        // Media types mostly share one schema.
        if !self.out.roots.iter().any(is_known) {
            let (at, field) = (Arc::clone(places.at), places.field.map(str::to_owned));
            self.out.roots.push(Root { pair, at, direction, field });
        }
    }

    /// Says which entries of a part differ, through any references, where nothing is known of what that does.
    pub(super) fn not_compared(&mut self, part: &str, places: &Places<'_>, was: &Value, is: &Value) {
        let entries =
            |value: &'_ Value| value[part].as_object().into_iter().flat_map(|map| map.keys().cloned()).collect();
        let (before, after): (BTreeSet<String>, BTreeSet<String>) = (entries(was), entries(is));
        let documents = self.schemas.documents;
        for name in before.union(&after) {
            let (before, after) = match (entry(was, places.base, part, name), entry(is, places.revision, part, name)) {
                (Some(before), Some(after)) => match difference(documents, before, after) {
                    Some((before, after)) => (Some(before), Some(after)),
                    None => continue,
                },
                one_side => one_side,
            };
            let place = |side: &Option<Placed<'_>>, whole: &str| {
                side.as_ref().map_or(whole.to_owned(), |side| side.pointer.clone())
            };
            let (base, revision) = (place(&before, places.base), place(&after, places.revision));
            let [before, after] = [before, after].map(|side| side.map(|side| side.value));
            let places = Places { base: &base, revision: &revision, ..*places };
            self.push(Rule::NotCompared, &places, before.cloned(), after.cloned());
        }
    }
}

/// An entry of a part.
fn entry<'a>(value: &'a Value, place: &str, part: &str, name: &str) -> Option<Placed<'a>> {
    value[part].get(name).map(|value| Placed::new(value, format!("{place}/{part}/{}", escape(name))))
}
