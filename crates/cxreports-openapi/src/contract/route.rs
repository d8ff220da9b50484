//! Routes of a document and of the contract, compared by shape.

use std::collections::{BTreeMap, BTreeSet};

use cxreports_core::{OperationSpec, op};
use serde_json::Value;

use super::coverage::{Overrides, Reason};
use crate::{document::Endpoint, template};

/// The path before the tails of the contract's routes.
const ROOT: &str = "/api/v1";

/// An endpoint of a document, with its whole path.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) endpoint: Endpoint,
    /// The path that the servers put before it, and its own.
    pub(super) path: String,
}

impl Served {
    pub(super) fn new(server: &str, endpoint: Endpoint) -> Self {
        Self { path: format!("{server}{}", endpoint.path), endpoint }
    }

    pub(super) fn segments(&self) -> Vec<&str> {
        segments(&self.path)
    }

    /// The segments before the tail of a route, when this is that route.
    fn before(&self, tail: &[&str]) -> Option<Vec<&str>> {
        let own = self.segments();
        let (before, end) = own.split_at_checked(own.len().checked_sub(tail.len())?)?;
        end.iter().zip(tail).all(|(own, other)| same(own, other)).then(|| before.to_vec())
    }
}

pub(super) fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

/// Whether two segments are one: parameters whatever they are called, literals without regard to case.
fn same(one: &str, other: &str) -> bool {
    match (is_parameter(one), is_parameter(other)) {
        (true, true) => true,
        (false, false) => one.eq_ignore_ascii_case(other),
        _ => false,
    }
}

pub(super) fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

/// The name of a route parameter, without constraints, defaults and marks of ASP.NET (`{*id:int=7?}`).
pub(super) fn parameter_name(segment: &str) -> &str {
    template::parameter_name(segment.trim_start_matches('{').trim_end_matches('}'))
}

/// Whether a segment is the version: `v1`, `v{version}`, `{version}`.
pub(super) fn is_version(segment: &str) -> bool {
    let rest = segment.strip_prefix(['v', 'V']).unwrap_or(segment);
    if rest.starts_with('{') {
        return rest.to_ascii_lowercase().contains("version") || rest.len() < segment.len();
    }
    rest.len() < segment.len()
        && rest.starts_with(|c: char| c.is_ascii_digit())
        && rest.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// The path of the document's first server.
pub(super) fn server(document: &Value) -> String {
    let server = &document["servers"][0];
    let mut url = server["url"].as_str().unwrap_or_default().to_owned();
    for (name, variable) in server["variables"].as_object().into_iter().flatten() {
        url = url.replace(&format!("{{{name}}}"), variable["default"].as_str().unwrap_or_default());
    }
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => &url,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = segments(path).into_iter().filter(|segment| *segment != "." && *segment != "..");
    path.map(|segment| format!("/{segment}")).collect()
}

/// The tail of a route of the contract.
fn tail(spec: &OperationSpec) -> Vec<&'static str> {
    segments(spec.path.strip_prefix(ROOT).unwrap_or(spec.path))
}

/// A prefix as it is compared: in lower case, parameters without their names.
type Prefix = Vec<String>;

fn prefix_key(segments: &[&str]) -> Prefix {
    let key = |segment: &&str| if segment.contains('{') { "{}".to_owned() } else { segment.to_ascii_lowercase() };
    segments.iter().map(key).collect()
}

/// Where the API is in a document.
pub(super) struct Routes<'a> {
    served: &'a [Served],
    overrides: &'a Overrides,
    /// The prefixes under which most operations are; several when the document does not tell which is meant.
    best: Vec<Prefix>,
}

impl<'a> Routes<'a> {
    pub(super) fn new(served: &'a [Served], overrides: &'a Overrides) -> Self {
        let mut found: BTreeMap<Prefix, BTreeSet<&str>> = BTreeMap::new();
        for spec in op::ALL {
            let tail = tail(spec);
            for before in served.iter().filter(|one| has_method(one, spec)).filter_map(|one| one.before(&tail)) {
                found.entry(prefix_key(&before)).or_default().insert(spec.name);
            }
        }
        let most = found.values().map(BTreeSet::len).max().unwrap_or_default();
        let mut best: Vec<Prefix> =
            found.into_iter().filter(|(_, operations)| operations.len() == most).map(|(prefix, _)| prefix).collect();
        // Prefer the route prefix of the documentation, then prefixes that end like it, then those with its version.
        let own: Prefix = segments(ROOT).into_iter().map(str::to_owned).collect();
        if best.contains(&own) {
            best = vec![own];
        }
        for wanted in [&["api", "v1"][..], &["v1"]] {
            let ends = |prefix: &Prefix| prefix.ends_with(&wanted.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
            if best.len() > 1 && best.iter().any(ends) {
                best.retain(ends);
            }
        }
        Self { served, overrides, best }
    }

    /// The path before the API's own, as the document spells it.
    pub(super) fn site_prefix(&self) -> String {
        let [best] = self.best.as_slice() else { return String::new() };
        let spelled = self.served.iter().map(Served::segments).find_map(|segments| {
            let before = segments.get(..best.len())?;
            (prefix_key(before) == *best).then(|| before.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>())
        });
        let mut kept = spelled.unwrap_or_default();
        kept.pop_if(|last| is_version(last));
        kept.pop_if(|last| last.eq_ignore_ascii_case("api"));
        if kept.iter().any(|segment| segment.contains('{')) {
            return String::new();
        }
        kept.iter().map(|segment| format!("/{segment}")).collect()
    }

    /// The endpoint of an operation.
    pub(super) fn find(&self, spec: &OperationSpec) -> Result<&'a Served, Reason> {
        let named = |one: &&Served| self.overrides.get(&one.endpoint.to_string()).is_some_and(|name| name == spec.name);
        if let Some(one) = self.served.iter().find(named) {
            return Ok(one);
        }
        let tail = tail(spec);
        let renamed = |one: &Served| {
            self.overrides
                .get(&one.endpoint.to_string())
                .is_some_and(|name| op::ALL.iter().any(|spec| spec.name == name))
        };
        let of_shape = self.served.iter().filter(|one| has_method(one, spec) && !renamed(one));
        let candidates: Vec<(&Served, Prefix)> =
            of_shape.filter_map(|one| Some((one, prefix_key(&one.before(&tail)?)))).collect();
        let mut fitting: Vec<&Served> =
            candidates.iter().filter(|(_, prefix)| self.best.contains(prefix)).map(|(one, _)| *one).collect();
        if fitting.is_empty() {
            // A release may have an operation under another version only.
            let sibling =
                |prefix: &Prefix| self.best.iter().any(|best| without_version(best) == without_version(prefix));
            fitting = candidates.iter().filter(|(_, prefix)| sibling(prefix)).map(|(one, _)| *one).collect();
        }
        let exact: Vec<&Served> = fitting.iter().copied().filter(|one| one.path.ends_with(spec.path)).collect();
        match (fitting.as_slice(), exact.as_slice()) {
            ([only], _) | (_, [only]) => Ok(only),
            ([], _) => Err(Reason::NoEndpoint { nearest: self.nearest(spec, &tail) }),
            _ => Err(Reason::Ambiguous(fitting.iter().map(|one| one.endpoint.clone()).collect())),
        }
    }

    /// The endpoint that shares the most with a route, and why it is not that route.
    fn nearest(&self, spec: &OperationSpec, tail: &[&str]) -> Option<(Endpoint, String)> {
        let is_other = |one: &&Served| {
            op::ALL.iter().all(|spec| !has_method(one, spec) || one.before(&self::tail(spec)).is_none())
        };
        let scored = self.served.iter().filter(is_other).filter_map(|one| {
            let own = one.segments();
            let shared = own.iter().rev().zip(tail.iter().rev()).filter(|(own, other)| same(own, other)).count();
            let close = own.iter().any(|own| similar(own, tail.last().copied().unwrap_or_default()));
            let score = 4 * shared + 2 * usize::from(close) + usize::from(has_method(one, spec));
            let literal = own.iter().any(|own| tail.iter().any(|other| !is_parameter(other) && same(own, other)));
            ((literal || close) && score > 2 * tail.len()).then_some((score, one))
        });
        let (_, one) = scored.max_by_key(|(score, _)| *score)?;
        let why = match one.before(tail) {
            Some(_) if !has_method(one, spec) => format!("it is not called by {}", spec.method),
            Some(_) => "it is not below the path of the other operations".to_owned(),
            None => format!("its path is not .../{}", tail.join("/")),
        };
        Some((one.endpoint.clone(), why))
    }
}

fn has_method(one: &Served, spec: &OperationSpec) -> bool {
    one.endpoint.method.eq_ignore_ascii_case(spec.method)
}

fn without_version(prefix: &[String]) -> Vec<&String> {
    prefix.iter().filter(|segment| !is_version(segment) && *segment != "{}").collect()
}

/// Whether one word begins like the other: `report` and `reports`, `themes` and `theme-list`.
fn similar(one: &str, other: &str) -> bool {
    let letters =
        |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let (one, other) = (letters(one), letters(other));
    let shorter = one.len().min(other.len());
    shorter >= 3 && one[..shorter.min(5)] == other[..shorter.min(5)]
}
