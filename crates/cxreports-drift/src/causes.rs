//! Changes as they are found, brought together by their causes: one finding for each.
//!
//! Two changes have one cause if any of these is true:
//!
//! - They are the same change of the same place: a schema that several members, media types, directions and operations use.
//! - They are the same change, from the same values to the same values, of members with the same name, wherever those are
//!   declared: a base class that was flattened into each of its classes. A named schema counts as one name, and so does an operation
//!   for its unnamed parts.
//! - They are the same change of at least [`MANY`] names: a setting of the server, like another type for all numbers. That so many
//!   changes have equal values by coincidence is not plausible; that two have is.
//! - They are of a rule that is one decision for a whole document, like the case of its names (`Grouping::Rule`).
//!
//! Equal values alone are no common cause: a maximum of two unrelated members that goes from 5 to 9 is two findings.
//!
//! The id of a finding is made of its cause and its places. What was accepted by its id, or closed in a service that reads SARIF, is
//! another finding as soon as it shows in another place.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, btree_map::Entry},
    sync::Arc,
};

use cxreports_codegen::files::sha256;

use crate::{
    change::{Change, Key},
    effect,
    finding::{At, Finding, Place, Subject, Use},
    rules::{Direction, Rule},
};

/// An operation that sees changes.
pub(crate) struct Operation<'n> {
    /// METHOD and path.
    pub(crate) shown: Arc<str>,
    /// Its name in the generated client.
    pub(crate) call: Option<&'n str>,
}

/// Where an operation sees a change.
pub(crate) struct Seen<'s, 'n> {
    pub(crate) operation: &'s Operation<'n>,
    pub(crate) at: &'s Arc<At>,
    /// What tells a schema without any name from others: the parameter, the header or the operation.
    pub(crate) part: &'s str,
    /// The member within the part, where the schema has no name.
    pub(crate) path: &'s [&'s str],
    pub(crate) direction: Option<Direction>,
    /// Methods of ours that rely on it.
    pub(crate) methods: &'static [&'static str],
}

/// A change with what it takes to tell it from others, worked out once.
#[derive(Debug)]
pub(crate) struct Keyed {
    pub(crate) change: Change,
    key: Key,
    place: String,
    subject: Option<Subject>,
    /// The generated symbol of the schema that it is in.
    symbol: Option<String>,
}

impl From<Change> for Keyed {
    fn from(change: Change) -> Self {
        let symbol = effect::symbol_of_schema(change.rule, change.base.as_deref());
        Self { key: change.key(), place: change.place(), subject: change.subject(), symbol, change }
    }
}

/// How many names make the same change one cause.
const MANY: usize = 5;

/// The causes that have been found.
#[derive(Default)]
pub(crate) struct Causes {
    known: HashMap<String, usize>,
    causes: Vec<Cause>,
    /// The members that have been added: the cause, its place, and the pair that they refer to.
    members: HashSet<(usize, usize, usize)>,
}

struct Cause {
    key: String,
    /// What it has in common with causes of other names.
    kind: Option<String>,
    rule: Rule,
    known: HashMap<String, usize>,
    places: Vec<Place>,
}

impl Causes {
    /// A change of the document as a whole, or of what no operation sees alone.
    pub(crate) fn document(&mut self, change: Change, subject: Subject) {
        let keyed = Keyed::from(change);
        self.place(&keyed, "", &subject, &keyed.place);
    }

    /// A change that an operation sees.
    pub(crate) fn seen(&mut self, keyed: &Keyed, seen: &Seen<'_, '_>, members: Option<(usize, &BTreeSet<String>)>) {
        let subject = keyed.subject.as_ref().map_or_else(|| Cow::Owned(inline(seen)), Cow::Borrowed);
        // The media types of one part are one place.
        let place: Cow<'_, str> = match &*subject {
            Subject::Schema(_) | Subject::Scheme(_) | Subject::Place(_) => keyed.place.as_str().into(),
            subject => format!("{}|{subject:?}|{}", seen.operation.shown, keyed.change.values()).into(),
        };
        let (cause, index) = self.place(keyed, seen.part, &subject, &place);
        let place = &mut self.causes[cause].places[index];
        if let Some((pair, members)) = members
            && self.members.insert((cause, index, pair))
        {
            place.members.extend(members.iter().cloned());
        }
        match &keyed.symbol {
            Some(symbol) if place.symbols.contains(symbol) => {}
            Some(symbol) => drop(place.symbols.insert(symbol.clone())),
            None => place.symbols.extend(effect::symbol_of_operation(keyed.change.rule, seen.operation.call)),
        }
        let rule = keyed.change.rule;
        let one = Use {
            operation: Arc::clone(&seen.operation.shown),
            at: Arc::clone(seen.at),
            direction: seen.direction,
            rule,
            severity: rule.severity(seen.direction),
            methods: seen.methods,
        };
        let same = |other: &&mut Use| other.at == one.at && other.direction == one.direction;
        // Operations come one after the other.
        let of_operation =
            place.uses.iter_mut().rev().take_while(|other| Arc::ptr_eq(&other.operation, &one.operation));
        match { of_operation }.find(same) {
            Some(known) => {
                if one.severity > known.severity {
                    (known.rule, known.severity) = (one.rule, one.severity);
                }
                if known.methods.is_empty() {
                    known.methods = one.methods;
                }
            }
            None => place.uses.push(one),
        }
    }

    /// The number of the cause, and of the place in it; both are made where there is none.
    fn place(&mut self, keyed: &Keyed, part: &str, subject: &Subject, place: &str) -> (usize, usize) {
        let Keyed { change, key, .. } = keyed;
        let key: Cow<'_, str> = if key.is_of_part { format!("{}{part}", key.text).into() } else { (&*key.text).into() };
        let cause = self.known.get(&*key).copied().unwrap_or_else(|| {
            self.known.insert(key.to_string(), self.causes.len());
            let (kind, rule) = (change.kind(), change.rule);
            self.causes.push(Cause { key: key.into_owned(), kind, rule, known: HashMap::new(), places: Vec::new() });
            self.causes.len() - 1
        });
        let Cause { known, places, .. } = &mut self.causes[cause];
        let index = known.get(place).copied().unwrap_or_else(|| {
            known.insert(place.to_owned(), places.len());
            places.push(Place {
                subject: subject.clone(),
                base: change.base.clone(),
                revision: change.revision.clone(),
                before: change.before.clone(),
                after: change.after.clone(),
                members: BTreeSet::new(),
                uses: Vec::new(),
                symbols: BTreeSet::new(),
            });
            places.len() - 1
        });
        (cause, index)
    }

    /// The findings: the worst first, and among them what our methods rely on.
    pub(crate) fn finish(self) -> Vec<Finding> {
        let mut of_kind: HashMap<String, usize> = HashMap::new();
        for kind in self.causes.iter().filter_map(|cause| cause.kind.clone()) {
            *of_kind.entry(kind).or_default() += 1;
        }
        let mut together: BTreeMap<String, Cause> = BTreeMap::new();
        for mut cause in self.causes {
            if let Some(kind) = cause.kind.take().filter(|kind| of_kind[kind] >= MANY) {
                cause.key = kind;
            }
            match together.entry(cause.key.clone()) {
                Entry::Occupied(known) => known.into_mut().add(cause),
                Entry::Vacant(new) => drop(new.insert(cause)),
            }
        }
        let mut findings: Vec<Finding> = together.into_values().map(Cause::finding).collect();
        sort(&mut findings);
        findings
    }
}

impl Cause {
    fn add(&mut self, other: Self) {
        self.places.extend(other.places);
        self.known.extend(other.known);
    }

    fn finding(self) -> Finding {
        let places: BTreeSet<&String> = self.known.keys().collect();
        let id = places.into_iter().fold(self.key, |id, place| id + "\n" + place);
        Finding::new(sha256(id.as_bytes())[..10].to_owned(), self.rule, self.places)
    }
}

/// Puts findings into the order of every report: the worst first, and among them what our methods rely on.
pub(crate) fn sort(findings: &mut [Finding]) {
    findings.sort_by_cached_key(|finding| {
        let subject = finding.places.first().map(|place| place.subject.clone());
        (Reverse(finding.severity), finding.effect.methods.is_empty(), finding.rule, subject, finding.id.clone())
    });
}

fn inline(seen: &Seen<'_, '_>) -> Subject {
    match (&**seen.at, seen.path) {
        (At::Operation, []) => Subject::Operation(Arc::clone(&seen.operation.shown)),
        (_, path) => Subject::Part(Arc::clone(seen.at), path.join(".")),
    }
}
