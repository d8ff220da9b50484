//! Every pair of schemas is compared once in each direction, so that cycles end and large documents cost what they hold.

use std::collections::{BTreeSet, HashMap};

use super::{
    comparison::Comparison,
    pair::{Compared, Documents, Pair, Reading},
    view::View,
};
use crate::{
    causes::Keyed,
    change::Change,
    rules::{Direction, Rule},
};

/// Every pair that has been compared.
pub(crate) struct Schemas<'a> {
    pub(crate) documents: Documents<'a>,
    known: HashMap<Pair, usize>,
    compared: Vec<Compared>,
    /// The pairs below each one.
    below: Vec<Vec<usize>>,
    /// The members that refer to each pair.
    members: Vec<BTreeSet<String>>,
    /// Whether there is a change in a pair, or below it.
    changes: Vec<bool>,
    /// How many pairs stand at several places.
    combined: usize,
}

/// The most pairs that stand at several places. Real documents have a few hundred; hostile ones could have a number that is
/// exponential in their size. Beyond it only the first place is compared.
const MOST_COMBINED: usize = 10_000;

impl<'a> Schemas<'a> {
    pub(crate) fn new(documents: Documents<'a>) -> Self {
        Self {
            documents,
            known: HashMap::new(),
            compared: Vec::new(),
            below: Vec::new(),
            members: Vec::new(),
            changes: Vec::new(),
            combined: 0,
        }
    }

    /// Compares two schemas and everything below them; gives the number of the pair.
    pub(crate) fn compare(&mut self, base: &str, revision: &str, direction: Direction, text: bool) -> usize {
        let first = self.compared.len();
        let (base, revision) = ([base.to_owned()], [revision.to_owned()]);
        let root = self.number(self.documents.pair(&base, &revision, direction, text));
        // Pairs get their numbers as they are found, and are compared in that order.
        let mut next = first;
        while next < self.compared.len() {
            for index in 0..self.compared[next].below.len() {
                let below = &mut self.compared[next].below[index];
                let (pair, referrer) = (below.pair.clone(), below.referrer.take());
                let number = self.number(pair);
                self.members[number].extend(referrer);
                self.below[next].push(number);
            }
            next += 1;
        }
        root
    }

    /// The number of a pair, which is compared if it is new.
    fn number(&mut self, mut pair: Pair) -> usize {
        if pair.is_combined() && self.combined == MOST_COMBINED {
            pair.base.truncate(1);
            pair.revision.truncate(1);
        }
        if let Some(known) = self.known.get(&pair) {
            return *known;
        }
        let number = self.compared.len();
        self.combined += usize::from(pair.is_combined());
        self.compared.push(compare_one(self.documents, &pair));
        self.known.insert(pair, number);
        self.below.push(Vec::new());
        self.members.push(BTreeSet::new());
        number
    }

    /// Finds out which pairs lead to a change, when all have been compared.
    pub(crate) fn finish(&mut self) {
        self.settle_readings();
        let mut above: Vec<Vec<usize>> = vec![Vec::new(); self.compared.len()];
        for (number, below) in self.below.iter().enumerate() {
            below.iter().for_each(|below| above[*below].push(number));
        }
        self.changes = self.compared.iter().map(|compared| !compared.changes.is_empty()).collect();
        let mut open: Vec<usize> = (0..self.changes.len()).filter(|number| self.changes[*number]).collect();
        while let Some(number) = open.pop() {
            for above in &above[number] {
                if !std::mem::replace(&mut self.changes[*above], true) {
                    open.push(*above);
                }
            }
        }
    }

    /// A changed type is another reading of it where the same is done to schemas that have no other.
    fn settle_readings(&mut self) {
        let property = |change: &Change| change.before.as_ref().or(change.after.as_ref())?.as_str().map(str::to_owned);
        let wraps = |change: &Change| matches!(change.rule, Rule::Wrapped | Rule::Unwrapped);
        let all = self.compared.iter().flat_map(|compared| &compared.changes).map(|keyed| &keyed.change);
        let plain: BTreeSet<_> =
            all.filter(|change| wraps(change)).filter_map(|change| Some((change.rule, property(change)?))).collect();
        for compared in &mut self.compared {
            let readings = std::mem::take(&mut compared.readings);
            let has_changed = !compared.changes.is_empty();
            let is_plain = |reading: &Reading| plain.contains(&(reading.rule, reading.property.clone()));
            if let Some(reading) = readings.into_iter().find(|reading| has_changed && is_plain(reading)) {
                compared.changes = vec![reading.keyed];
            }
        }
    }

    /// Whether there are more combinations of places than are compared.
    pub(crate) fn has_too_many(&self) -> bool {
        self.combined == MOST_COMBINED
    }

    /// Calls `visit` with every change in a pair and below it, the nearest first.
    pub(crate) fn visit<'s>(&'s self, root: usize, walked: &mut Walked, mut visit: impl FnMut(Found<'s, '_>)) {
        walked.start(self.compared.len());
        let mut steps = Vec::new();
        if self.changes[root] {
            walked.is_new(root);
            steps.push(Step { pair: root, from: 0, field: None });
        }
        let mut next = 0;
        while let Some(&Step { pair, .. }) = steps.get(next) {
            let compared = &self.compared[pair];
            if !compared.changes.is_empty() {
                let path = path(&steps, next);
                for keyed in &compared.changes {
                    let members = keyed.change.field.is_none().then(|| (pair, &self.members[pair]));
                    visit(Found { keyed, path: &path, members });
                }
            }
            for (below, pair) in compared.below.iter().zip(&self.below[pair]) {
                if self.changes[*pair] && walked.is_new(*pair) {
                    steps.push(Step { pair: *pair, from: next, field: below.field.as_deref() });
                }
            }
            next += 1;
        }
    }
}

/// A change as a walk finds it.
pub(crate) struct Found<'s, 'p> {
    pub(crate) keyed: &'s Keyed,
    /// The properties that lead to the schema.
    pub(crate) path: &'p [&'s str],
    /// The number of the pair and the members that refer to it, where the change is one of the schema itself.
    pub(crate) members: Option<(usize, &'s BTreeSet<String>)>,
}

/// Where a walk has been. One is used for all walks, so that none of them begins with filling it.
#[derive(Default)]
pub(crate) struct Walked {
    walk: u32,
    last: Vec<u32>,
}

impl Walked {
    fn start(&mut self, pairs: usize) {
        self.walk += 1;
        self.last.resize(pairs, 0);
    }

    fn is_new(&mut self, pair: usize) -> bool {
        std::mem::replace(&mut self.last[pair], self.walk) != self.walk
    }
}

/// A pair on a walk, and the step from which it was reached.
struct Step<'s> {
    pair: usize,
    from: usize,
    field: Option<&'s str>,
}

/// The properties that lead to a step.
fn path<'s>(steps: &[Step<'s>], mut step: usize) -> Vec<&'s str> {
    let mut path = Vec::new();
    while step > 0 {
        path.extend(steps[step].field);
        step = steps[step].from;
    }
    path.reverse();
    path
}

fn compare_one(documents: Documents<'_>, pair: &Pair) -> Compared {
    let (mut before, mut after) =
        (View::new(documents.base, &pair.base), View::new(documents.revision, &pair.revision));
    // Beside other alternatives, constants are alternatives, too.
    let lists_constants = before.options().is_empty() && after.options().is_empty();
    (before.lists_constants, after.lists_constants) = (lists_constants, lists_constants);
    let (direction, text, out) = (pair.direction, pair.text, Compared::default());
    let mut comparison = Comparison { documents, direction, text, before, after, out };
    comparison.compare();
    comparison.out
}
