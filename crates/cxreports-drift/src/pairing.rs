//! Which operation of one document is which operation of the other.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use cxreports_openapi::document::{Endpoint, Piece, endpoints, pieces, uncallable};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// The operations of two documents, brought together.
pub(crate) struct Pairing {
    /// Each operation of the base, with that of the revision.
    pub(crate) pairs: Vec<(Endpoint, Option<Endpoint>)>,
    /// What only the revision has.
    pub(crate) added: Vec<Endpoint>,
    /// The beginnings of paths before and after, where operations moved together.
    pub(crate) moved: Option<(String, String)>,
    /// Whether every pair is at the same address, the paths of the servers taken into account.
    pub(crate) same_addresses: bool,
}

/// Brings operations together: by path, by its shape, by its address, and by what is left when a common beginning changes.
pub(crate) fn pair(base: (&Value, &BTreeSet<String>), revision: (&Value, &BTreeSet<String>)) -> Pairing {
    let mut added: Vec<Option<Endpoint>> = all_endpoints(revision.0).into_iter().map(Some).collect();
    let mut pairs: Vec<(Endpoint, Option<Endpoint>)> =
        all_endpoints(base.0).into_iter().map(|was| (was, None)).collect();
    let prefix = |paths: &BTreeSet<String>| match paths.iter().collect::<Vec<_>>()[..] {
        [one] if !one.is_empty() => format!("/{one}"),
        _ => String::new(),
    };
    let (before, after) = (prefix(base.1), prefix(revision.1));
    let address = |prefix: &str, endpoint: &Endpoint| shape(&format!("{prefix}{}", endpoint.path), endpoint);
    let own = |endpoint: &Endpoint| shape(&endpoint.path, endpoint);
    let exact = |endpoint: &Endpoint| format!("{} {}", endpoint.method, endpoint.path);
    join(&mut pairs, &mut added, |was| Some(exact(was)), exact);
    join(&mut pairs, &mut added, |was| Some(own(was)), own);
    if before != after {
        join(&mut pairs, &mut added, |was| Some(address(&before, was)), |is| address(&after, is));
    }
    let moved = moved(&pairs, &added);
    if let Some((from, to)) = &moved {
        join(&mut pairs, &mut added, |was| Some(shape(&moves(was, from, to)?, was)), own);
    }
    let mut matched = pairs.iter().filter_map(|(was, is)| Some((was, is.as_ref()?))).peekable();
    let same_addresses =
        matched.peek().is_some() && matched.all(|(was, is)| address(&before, was) == address(&after, is));
    Pairing { pairs, added: added.into_iter().flatten().collect(), moved, same_addresses }
}

/// Every operation, also those that our client cannot send.
fn all_endpoints(document: &Value) -> Vec<Endpoint> {
    let mut all = endpoints(document);
    all.extend(uncallable(document));
    all
}

/// Gives each operation that is left the first one of the other document with the same key.
fn join(
    pairs: &mut [(Endpoint, Option<Endpoint>)],
    added: &mut [Option<Endpoint>],
    key_before: impl Fn(&Endpoint) -> Option<String>,
    key_after: impl Fn(&Endpoint) -> String,
) {
    let mut known: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (index, is) in added.iter().enumerate() {
        is.iter().for_each(|is| known.entry(key_after(is)).or_default().push_back(index));
    }
    for (was, is) in pairs.iter_mut().filter(|(_, is)| is.is_none()) {
        let found = key_before(was).and_then(|key| known.get_mut(&key)?.pop_front());
        *is = found.and_then(|index| added[index].take());
    }
}

/// An endpoint without the names of its path parameters, in lower case, decoded and without a slash at the end.
fn shape(path: &str, endpoint: &Endpoint) -> String {
    let mut shape = format!("{} ", endpoint.method);
    for piece in pieces(path.trim_end_matches('/')) {
        match piece {
            Piece::Parameter(_) => shape.push_str("{}"),
            Piece::Literal(text) if text.contains('%') => {
                let decode =
                    |segment: &str| percent_decode_str(segment).decode_utf8_lossy().replace('/', "%2f").to_lowercase();
                shape.push_str(&text.split('/').map(decode).collect::<Vec<_>>().join("/"));
            }
            Piece::Literal(text) => shape.push_str(&text.to_lowercase()),
        }
    }
    shape
}

/// The changes of a path's beginning that are tried.
const CANDIDATES: usize = 16;

/// The change of a path's beginning by which at least half of the operations that are left, and more than one, are found again.
fn moved(pairs: &[(Endpoint, Option<Endpoint>)], added: &[Option<Endpoint>]) -> Option<(String, String)> {
    let left: Vec<&Endpoint> = pairs.iter().filter(|(_, is)| is.is_none()).map(|(was, _)| was).collect();
    let first = left.first()?;
    let added = || added.iter().flatten();
    let known: HashSet<String> = added().map(|is| shape(&is.path, is)).collect();
    let candidates = added().filter(|is| is.method == first.method);
    let mut candidates: Vec<_> = candidates.filter_map(|is| beginnings(&first.path, &is.path)).collect();
    // The more two paths have in common, the shorter is what they begin with.
    candidates.sort_by_cached_key(|(from, to)| (from.len() + to.len(), from.clone(), to.clone()));
    candidates.dedup();
    candidates.truncate(CANDIDATES);
    let count = |(from, to): &(String, String)| {
        left.iter().filter(|was| moves(was, from, to).is_some_and(|path| known.contains(&shape(&path, was)))).count()
    };
    let (found, best) = candidates.into_iter().map(|candidate| (count(&candidate), candidate)).max()?;
    (found > 1 && found * 2 >= left.len()).then_some(best)
}

/// What two paths begin with where they differ: `/api/v1` and `/api/v2`.
fn beginnings(one: &str, other: &str) -> Option<(String, String)> {
    let (one, other): (Vec<&str>, Vec<&str>) = (one.split('/').collect(), other.split('/').collect());
    let common = one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count();
    let beginning = |segments: &[&str]| segments[..segments.len() - common].join("/");
    (common > 0).then(|| (beginning(&one), beginning(&other)))
}

/// The path with another beginning.
fn moves(endpoint: &Endpoint, from: &str, to: &str) -> Option<String> {
    let rest = endpoint.path.strip_prefix(from)?;
    rest.starts_with('/').then(|| format!("{to}{rest}"))
}
