//! Changes as they are found, brought together by their causes.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use cxreports_codegen::files::sha256;

use crate::{
    change::Change,
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
    key: String,
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
    rule: Rule,
    known: HashMap<String, usize>,
    places: Vec<Place>,
}

impl Causes {
    /// A change of the document as a whole, or of what no operation sees alone.
    pub(crate) fn document(&mut self, change: Change, subject: Subject) {
        let keyed = Keyed::from(change);
        self.place(&keyed, &subject, &keyed.place);
    }

    /// A change that an operation sees.
    pub(crate) fn seen(&mut self, keyed: &Keyed, seen: &Seen<'_, '_>, members: Option<(usize, &BTreeSet<String>)>) {
        let subject = keyed.subject.as_ref().map_or_else(|| Cow::Owned(inline(seen)), Cow::Borrowed);
        // The media types of one part are one place.
        let place: Cow<'_, str> = match &*subject {
            Subject::Schema(_) | Subject::Scheme(_) | Subject::Place(_) => keyed.place.as_str().into(),
            subject => format!("{}|{subject:?}|{}", seen.operation.shown, keyed.change.values()).into(),
        };
        let (cause, index) = self.place(keyed, &subject, &place);
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
    fn place(&mut self, keyed: &Keyed, subject: &Subject, place: &str) -> (usize, usize) {
        let Keyed { change, key, .. } = keyed;
        let cause = self.known.get(key).copied().unwrap_or_else(|| {
            let (key, rule) = (key.clone(), change.rule);
            self.known.insert(key.clone(), self.causes.len());
            self.causes.push(Cause { key, rule, known: HashMap::new(), places: Vec::new() });
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
        let of = |cause: Cause| Finding::new(sha256(cause.key.as_bytes())[..10].to_owned(), cause.rule, cause.places);
        let mut findings: Vec<Finding> = self.causes.into_iter().map(of).collect();
        sort(&mut findings);
        findings
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
