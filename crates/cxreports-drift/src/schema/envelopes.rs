//! Values that are put into an object, or taken out of one: `T` becomes `{ data: T }`, as an envelope around all responses does it.

use std::collections::BTreeSet;

use cxreports_openapi::document::follow;
use serde_json::Value;

use super::{
    comparison::Comparison,
    equal::same_at,
    pair::{Documents, Places, Reading},
    view::View,
};
use crate::{causes::Keyed, change::Change, rules::Rule};

/// A property of the outer schema that has the values of the inner one.
struct Inside {
    property: String,
    places: Places,
    /// Whether it is plain. Any object may have a text in it.
    is_plain: bool,
}

impl Comparison<'_> {
    /// Whether one side is the other one in an object. What is in it is compared with what it was.
    pub(super) fn envelope(&mut self) -> bool {
        let (before, after) = (self.before.kind(), self.after.kind());
        if self.text || (before == after && before.is_some_and(|kind| kind != "object")) {
            return false;
        }
        let put = inside(self.documents, &self.before, &self.after, true);
        let taken = inside(self.documents, &self.after, &self.before, false);
        let all = || put.iter().map(|one| (one, Rule::Wrapped)).chain(taken.iter().map(|one| (one, Rule::Unwrapped)));
        if let Some((one, rule)) = all().find(|(one, _)| one.is_plain) {
            let change = self.wrapped(rule, &one.property);
            self.out.changes.push(change);
            let (before, after) = (self.before.places.clone(), self.after.places.clone());
            match rule {
                Rule::Wrapped => self.descend(&before, &one.places, None),
                _ => self.descend(&one.places, &after, None),
            }
            return true;
        }
        let of = |(one, rule): (&Inside, Rule)| Reading {
            rule,
            property: one.property.clone(),
            keyed: self.wrapped(rule, &one.property),
        };
        self.out.readings = all().map(of).collect();
        false
    }

    fn wrapped(&self, rule: Rule, property: &str) -> Keyed {
        let property = Some(Value::from(property));
        let (before, after) = if rule == Rule::Wrapped { (None, property) } else { (property, None) };
        let (base, revision) = (Some(self.before.pointer().to_owned()), Some(self.after.pointer().to_owned()));
        Change { rule, base, revision, field: None, before, after, cause: None }.into()
    }
}

/// The properties of the outer schema that have the values of the inner one.
fn inside(documents: Documents<'_>, inner: &View<'_>, outer: &View<'_>, is_put: bool) -> Vec<Inside> {
    let folded = |view: &View<'_>| view.names().iter().map(|name| name.to_lowercase()).collect::<BTreeSet<_>>();
    let (own, others) = (folded(inner), folded(outer));
    // Two objects that have members in common are the same one, changed.
    if others.is_empty() || (&own & &others).len() * 2 > own.len() {
        return Vec::new();
    }
    let (inner_document, outer_document) =
        if is_put { (documents.base, documents.revision) } else { (documents.revision, documents.base) };
    let same = |inner: &str, outer: &str| match is_put {
        true => same_at(documents, inner, outer),
        false => same_at(documents, outer, inner),
    };
    let named = |document: &Value, place: &str| {
        Some(follow(document, place)).filter(|target| target.starts_with("/components/schemas/"))
    };
    let item =
        |document: &Value, view: &View<'_>| view.holder("items").and_then(|at| named(document, &format!("{at}/items")));
    let is_structured = !own.is_empty() || inner.get("items").is_some();
    let of = |(property, places): (&str, Places)| {
        let view = View::new(outer_document, &places);
        // What refers to itself is not put into anything.
        if view.parts.iter().any(|(_, place)| outer.parts.iter().any(|(_, own)| own == place)) {
            return None;
        }
        let is_named = || {
            let name = named(inner_document, inner.pointer());
            name.is_some_and(|name| view.parts.iter().any(|(_, place)| *place == name))
        };
        let has_items = || {
            let name = item(inner_document, inner);
            name.is_some() && name == item(outer_document, &view)
        };
        let is_same = || is_structured && same(inner.pointer(), view.pointer());
        let is_plain = is_named() || has_items() || is_same();
        let is_scalar = || !is_structured && inner.kind() == view.kind();
        (is_plain || is_scalar()).then(|| Inside { property: property.to_owned(), places, is_plain })
    };
    outer.properties().into_iter().filter_map(of).collect()
}
