//! Alternatives of choices, and classes that derive from one: which of them is which.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{equal::same_at, pair::Documents, view::View};

/// The values of a discriminator, each with the name of its schema.
pub(super) type Values = BTreeMap<String, String>;

/// An alternative of a choice, or a class that derives from the one that is compared.
pub(super) struct Alternative<'a> {
    pub(super) schema: &'a Value,
    pub(super) place: String,
    /// The named schema that it is.
    pub(super) name: Option<String>,
    /// The discriminator's values that stand for it.
    values: BTreeSet<String>,
    /// The members that it has one value for, which no other alternative has.
    tags: BTreeSet<String>,
}

impl<'a> Alternative<'a> {
    pub(super) fn new(schema: &'a Value, place: String, name: Option<String>, values: &Values) -> Self {
        let stands_for = |(_, target): &(&String, &String)| Some(*target) == name.as_ref();
        let values = values.iter().filter(stands_for).map(|(value, _)| value.clone()).collect();
        Self { schema, place, name, values, tags: BTreeSet::new() }
    }

    fn kind(&self, document: &'a Value) -> Option<&'a str> {
        View::new(document, std::slice::from_ref(&self.place)).kind()
    }

    /// The names of its members.
    fn members(&self, document: &'a Value) -> BTreeSet<&'a str> {
        View::new(document, std::slice::from_ref(&self.place)).names()
    }
}

/// Which alternative is which.
#[derive(Default)]
pub(super) struct Matched<'a> {
    pub(super) pairs: Vec<(Alternative<'a>, Alternative<'a>)>,
    pub(super) removed: Vec<Alternative<'a>>,
    pub(super) added: Vec<Alternative<'a>>,
}

/// Whether two alternatives are the same one.
type Same<'s> = dyn Fn(&Alternative<'_>, &Alternative<'_>) -> bool + 's;

/// The share of their own members that two alternatives have in common if they are the same one, renamed and changed.
const ALIKE: f64 = 0.5;

/// Alternatives are the same by their names, by the discriminator's values, by what they say, by the one value of a member, by what
/// they have in common, by their types, and at last, where they have no names, by their order.
pub(super) fn matched<'a>(
    documents: Documents<'a>,
    mut before: Vec<Alternative<'a>>,
    mut after: Vec<Alternative<'a>>,
) -> Matched<'a> {
    // Members that all alternatives have, like those of a base class, tell none of them from the others.
    let common = |document: &'a Value, all: &[Alternative<'a>]| -> BTreeSet<&'a str> {
        let names = all.iter().map(|one| one.members(document));
        names.reduce(|one, other| &one & &other).filter(|_| all.len() > 1).unwrap_or_default()
    };
    let names = |all: &[Alternative<'_>]| all.iter().map(|one| one.name.clone()).collect::<BTreeSet<_>>();
    // Mostly nothing is left over.
    let common = if names(&before) == names(&after) {
        Default::default()
    } else {
        (common(documents.base, &before), common(documents.revision, &after))
    };
    let own = |document: &'a Value, one: &Alternative<'a>, common: &BTreeSet<&'a str>| &one.members(document) - common;
    let is_same: [&Same<'_>; 4] = [
        &|one, other| one.name.is_some() && one.name == other.name,
        &|one, other| !one.values.is_disjoint(&other.values),
        &|one, other| one.schema == other.schema,
        &|one, other| same_at(documents, &one.place, &other.place),
    ];
    let mut pairs = Vec::new();
    for is_same in is_same {
        take_pairs(
            &mut before,
            &mut after,
            |one, after| after.iter().position(|other| is_same(one, other)),
            &mut pairs,
        );
    }
    tag(documents.base, &mut before);
    tag(documents.revision, &mut after);
    let of_tags = |one: &Alternative<'a>, after: &[Alternative<'a>]| {
        after.iter().position(|other| !one.tags.is_disjoint(&other.tags))
    };
    take_pairs(&mut before, &mut after, of_tags, &mut pairs);
    // Those that have nothing of their own, like a base class itself, are alike.
    let has_common = !common.0.is_empty() && !common.1.is_empty();
    let best = |one: &Alternative<'a>, after: &[Alternative<'a>]| {
        let was = own(documents.base, one, &common.0);
        let like = |other| match own(documents.revision, other, &common.1) {
            is if was.is_empty() && is.is_empty() && has_common => 1.0,
            is => likeness(&was, &is),
        };
        // Of equal ones, the first.
        let likes = after.iter().map(like).enumerate().rev().filter(|(_, like)| *like >= ALIKE);
        likes.max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(index, _)| index)
    };
    take_pairs(&mut before, &mut after, best, &mut pairs);
    let of_kind = |one: &Alternative<'a>, after: &[Alternative<'a>]| {
        let kind = one.kind(documents.base).filter(|kind| *kind != "object");
        after.iter().position(|other| kind.is_some() && other.kind(documents.revision) == kind)
    };
    take_pairs(&mut before, &mut after, of_kind, &mut pairs);
    let next = |one: &Alternative<'_>, after: &[Alternative<'_>]| {
        after.iter().position(|other| one.name.is_none() && other.name.is_none())
    };
    take_pairs(&mut before, &mut after, next, &mut pairs);
    Matched { pairs, removed: before, added: after }
}

/// Finds the tags of alternatives: a member `type` whose only value is `circle`, for example.
fn tag(document: &Value, alternatives: &mut [Alternative<'_>]) {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for one in alternatives.iter_mut() {
        for (name, places) in View::new(document, std::slice::from_ref(&one.place)).properties() {
            if let Some([value]) = View::new(document, &places).values().as_deref() {
                let tag = format!("{name}={value}");
                *times.entry(tag.clone()).or_default() += 1;
                one.tags.insert(tag);
            }
        }
    }
    for one in alternatives {
        one.tags.retain(|tag| times[tag] == 1);
    }
}

/// Takes out each alternative for which another one is found, with that one.
fn take_pairs<'a>(
    before: &mut Vec<Alternative<'a>>,
    after: &mut Vec<Alternative<'a>>,
    find: impl Fn(&Alternative<'a>, &[Alternative<'a>]) -> Option<usize>,
    pairs: &mut Vec<(Alternative<'a>, Alternative<'a>)>,
) {
    for one in std::mem::take(before) {
        match find(&one, after) {
            Some(found) => pairs.push((one, after.remove(found))),
            None => before.push(one),
        }
    }
}

/// The share of names that two sets have in common.
fn likeness(one: &BTreeSet<&str>, other: &BTreeSet<&str>) -> f64 {
    let all = (one | other).len();
    #[allow(clippy::cast_precision_loss, reason = "numbers of members")]
    if all == 0 { 0.0 } else { (one & other).len() as f64 / all as f64 }
}
