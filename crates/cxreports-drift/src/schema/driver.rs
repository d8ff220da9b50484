//! Every pair of schemas is compared once in each direction, so that cycles end and large documents cost what they hold.

use std::collections::{BTreeSet, HashMap};

use super::{
    comparison::Comparison,
    pair::{Compared, Documents, Pair},
    view::View,
};
use crate::{causes::Keyed, rules::Direction};

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
}

impl<'a> Schemas<'a> {
    pub(crate) fn new(documents: Documents<'a>) -> Self {
        Self {
            documents,
            known: HashMap::new(),
            compared: Vec::new(),
            below: Vec::new(),
            members: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// Compares two schemas and everything below them; gives the number of the pair.
    pub(crate) fn compare(&mut self, base: &str, revision: &str, direction: Direction, text: bool) -> usize {
        let first = self.compared.len();
        let root = self.number(self.documents.pair(base, revision, direction, text));
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
    fn number(&mut self, pair: Pair) -> usize {
        if let Some(known) = self.known.get(&pair) {
            return *known;
        }
        let number = self.compared.len();
        self.compared.push(compare_one(self.documents, &pair));
        self.known.insert(pair, number);
        self.below.push(Vec::new());
        self.members.push(BTreeSet::new());
        number
    }

    /// Finds out which pairs lead to a change, when all have been compared.
    pub(crate) fn finish(&mut self) {
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

    /// Calls `visit` with every change in a pair and below it, with the properties that lead there and the members that refer
    /// to what changed.
    pub(crate) fn visit<'s>(
        &'s self,
        root: usize,
        mut visit: impl FnMut(&'s Keyed, &[&'s str], Option<&'s BTreeSet<String>>),
    ) {
        let mut seen = BTreeSet::from([root]);
        let mut open = vec![(root, Vec::<&str>::new())];
        while !open.is_empty() {
            let mut next = Vec::new();
            for (number, path) in open {
                if !self.changes[number] {
                    continue;
                }
                let compared = &self.compared[number];
                for keyed in &compared.changes {
                    let mut path = path.clone();
                    path.extend(keyed.change.field.as_deref());
                    let members = keyed.change.field.is_none().then(|| &self.members[number]);
                    visit(keyed, &path, members);
                }
                for (below, number) in compared.below.iter().zip(&self.below[number]) {
                    if self.changes[*number] && seen.insert(*number) {
                        let mut path = path.clone();
                        path.extend(below.field.as_deref());
                        next.push((*number, path));
                    }
                }
            }
            open = next;
        }
    }
}

fn compare_one(documents: Documents<'_>, pair: &Pair) -> Compared {
    let mut comparison = Comparison {
        documents,
        direction: pair.direction,
        text: pair.text,
        before: View::new(documents.base, &pair.base),
        after: View::new(documents.revision, &pair.revision),
        out: Compared::default(),
    };
    comparison.compare();
    comparison.out
}
