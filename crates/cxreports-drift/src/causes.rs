//! Changes as they are found, brought together by their causes.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
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
}

impl From<Change> for Keyed {
    fn from(change: Change) -> Self {
        Self { key: change.key(), place: change.place(), subject: change.subject(), change }
    }
}

/// The causes that have been found.
#[derive(Default)]
pub(crate) struct Causes {
    known: HashMap<String, usize>,
    causes: Vec<Cause>,
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
        let place = keyed.place.clone();
        self.place(&keyed, subject, place);
    }

    /// A change that an operation sees.
    pub(crate) fn seen(&mut self, keyed: &Keyed, seen: &Seen<'_, '_>, members: Option<&BTreeSet<String>>) {
        let subject = keyed.subject.clone().unwrap_or_else(|| inline(seen));
        // The media types of one part are one place.
        let place = match &subject {
            Subject::Schema(_) | Subject::Scheme(_) => keyed.place.clone(),
            _ => format!("{}|{:?}|{}", seen.operation.shown, subject, keyed.change.values()),
        };
        let place = self.place(keyed, subject, place);
        place.members.extend(members.into_iter().flatten().cloned());
        place.symbols.extend(effect::symbol(keyed.change.rule, keyed.change.base.as_deref(), seen.operation.call));
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
        let of_operation = place.uses.iter_mut().rev().take_while(|other| other.operation == one.operation);
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

    fn place(&mut self, keyed: &Keyed, subject: Subject, place: String) -> &mut Place {
        let Keyed { change, key, .. } = keyed;
        let next = self.causes.len();
        let index = *self.known.entry(key.clone()).or_insert(next);
        if index == next {
            let (key, rule) = (key.clone(), change.rule);
            self.causes.push(Cause { key, rule, known: HashMap::new(), places: Vec::new() });
        }
        let cause = &mut self.causes[index];
        let next = cause.places.len();
        let index = *cause.known.entry(place).or_insert(next);
        if index == next {
            cause.places.push(Place {
                subject,
                base: change.base.clone(),
                revision: change.revision.clone(),
                before: change.before.clone(),
                after: change.after.clone(),
                members: BTreeSet::new(),
                uses: Vec::new(),
                symbols: BTreeSet::new(),
            });
        }
        &mut cause.places[index]
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
