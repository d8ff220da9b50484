//! Which operation of one document is which operation of the other.

use std::collections::BTreeSet;

use cxreports_openapi::document::{Endpoint, endpoints};
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
    let mut added = endpoints(revision.0);
    let mut pairs: Vec<(Endpoint, Option<Endpoint>)> = endpoints(base.0).into_iter().map(|was| (was, None)).collect();
    let prefix = |paths: &BTreeSet<String>| match paths.iter().collect::<Vec<_>>()[..] {
        [one] if !one.is_empty() => format!("/{one}"),
        _ => String::new(),
    };
    let (before, after) = (prefix(base.1), prefix(revision.1));
    let address = |prefix: &str, endpoint: &Endpoint| shape(&format!("{prefix}{}", endpoint.path), endpoint);
    join(&mut pairs, &mut added, |was, is| was == is);
    join(&mut pairs, &mut added, |was, is| shape(&was.path, was) == shape(&is.path, is));
    if before != after {
        join(&mut pairs, &mut added, |was, is| address(&before, was) == address(&after, is));
    }
    let moved = moved(&pairs, &added);
    if let Some((from, to)) = &moved {
        join(&mut pairs, &mut added, |was, is| {
            moves(was, from, to).is_some_and(|path| shape(&path, was) == shape(&is.path, is))
        });
    }
    let mut matched = pairs.iter().filter_map(|(was, is)| Some((was, is.as_ref()?))).peekable();
    let same_addresses =
        matched.peek().is_some() && matched.all(|(was, is)| address(&before, was) == address(&after, is));
    Pairing { pairs, added, moved, same_addresses }
}

fn join(
    pairs: &mut [(Endpoint, Option<Endpoint>)],
    added: &mut Vec<Endpoint>,
    is_same: impl Fn(&Endpoint, &Endpoint) -> bool,
) {
    for (was, is) in pairs.iter_mut().filter(|(_, is)| is.is_none()) {
        *is = added.iter().position(|is| is_same(was, is)).map(|found| added.remove(found));
    }
}

/// An endpoint without the names of its path parameters, in lower case and without a slash at the end.
fn shape(path: &str, endpoint: &Endpoint) -> String {
    let mut parts = path.trim_end_matches('/').split('{');
    let mut shape = format!("{} {}", endpoint.method, parts.next().unwrap_or_default().to_lowercase());
    for part in parts {
        shape.push_str("{}");
        shape.push_str(&part.split_once('}').map_or("", |(_, rest)| rest).to_lowercase());
    }
    shape
}

/// The change of a path's beginning by which at least half of the operations that are left, and more than one, are found again.
fn moved(pairs: &[(Endpoint, Option<Endpoint>)], added: &[Endpoint]) -> Option<(String, String)> {
    let left: Vec<&Endpoint> = pairs.iter().filter(|(_, is)| is.is_none()).map(|(was, _)| was).collect();
    let first = left.first()?;
    let known: BTreeSet<String> = added.iter().map(|is| shape(&is.path, is)).collect();
    let candidates = added.iter().filter(|is| is.method == first.method);
    let candidates: BTreeSet<_> = candidates.filter_map(|is| beginnings(&first.path, &is.path)).collect();
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
