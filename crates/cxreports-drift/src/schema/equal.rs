//! Whether two schemas, or other parts of documents, say the same, whatever their names are and wherever they are written.

use std::collections::HashSet;

use cxreports_openapi::document::{escape, resolve};
use serde_json::{Map, Value};

use super::{
    number::{equal, equal_sets},
    pair::{Documents, NOT_COMPARED, pointer_of},
};
use crate::change::ANNOTATIONS;

/// A value of a document, with its JSON pointer.
#[derive(Debug, Clone)]
pub(crate) struct Placed<'a> {
    pub(crate) value: &'a Value,
    pub(crate) pointer: String,
}

impl<'a> Placed<'a> {
    pub(crate) fn new(value: &'a Value, pointer: impl Into<String>) -> Self {
        Self { value, pointer: pointer.into() }
    }

    /// What it stands for, through references and compositions of one part.
    fn resolved(self, document: &'a Value) -> Self {
        let mut found = self;
        // A composition may be a part of itself.
        for _ in 0..DEEP {
            if let Ok((value, pointer)) = resolve(document, found.value, &found.pointer) {
                found = Self { value, pointer };
            }
            let Some(only) = only_part(found.value) else { break };
            found = found.below(only, "allOf/0");
        }
        found
    }

    fn below(&self, value: &'a Value, step: &str) -> Self {
        Self { value, pointer: format!("{}/{step}", self.pointer) }
    }
}

/// The most compositions of one part that are looked through.
const DEEP: usize = 32;

/// The one part of a composition that says nothing else.
pub(super) fn only_part(schema: &Value) -> Option<&Value> {
    let [only] = schema.get("allOf")?.as_array()?.as_slice() else { return None };
    let mut said = schema.as_object()?.iter().filter(|(keyword, value)| says_something(keyword, value));
    said.all(|(keyword, _)| keyword == "allOf").then_some(only)
}

/// What the names in an object are.
#[derive(Clone, Copy, PartialEq)]
enum Names {
    Keywords,
    /// They are free: properties, media types, statuses.
    Free,
}

/// The keywords under which names are free.
const FREE: [&str; 10] = [
    NOT_COMPARED,
    "properties",
    "patternProperties",
    "dependentSchemas",
    "$defs",
    "definitions",
    "content",
    "headers",
    "responses",
    "callbacks",
];

impl Names {
    fn below(keyword: &str) -> Self {
        if FREE.contains(&keyword) { Self::Free } else { Self::Keywords }
    }
}

/// Two parts of documents that are to be compared.
type Open<'a> = Vec<(Placed<'a>, Placed<'a>, Names)>;

/// Whether the schemas at two places say the same.
pub(super) fn same_at(documents: Documents<'_>, base: &str, revision: &str) -> bool {
    match (documents.base.pointer(base), documents.revision.pointer(revision)) {
        (Some(was), Some(is)) => difference(documents, Placed::new(was, base), Placed::new(is, revision)).is_none(),
        _ => false,
    }
}

/// The first place in which two parts of the documents say something else, through any references. A cycle says the same as long
/// as nothing on it differs.
pub(crate) fn difference<'a>(
    documents: Documents<'a>,
    was: Placed<'a>,
    is: Placed<'a>,
) -> Option<(Placed<'a>, Placed<'a>)> {
    first(documents, vec![(was, is, Names::Keywords)])
}

/// The same for what stands under a keyword.
pub(super) fn difference_below<'a>(
    documents: Documents<'a>,
    keyword: &str,
    was: Placed<'a>,
    is: Placed<'a>,
) -> Option<(Placed<'a>, Placed<'a>)> {
    first(documents, vec![(was, is, Names::below(keyword))])
}

fn first<'a>(documents: Documents<'a>, mut open: Open<'a>) -> Option<(Placed<'a>, Placed<'a>)> {
    let mut seen = HashSet::new();
    while let Some((was, is, names)) = open.pop() {
        let (was, is) = match names {
            Names::Keywords => (was.resolved(documents.base), is.resolved(documents.revision)),
            Names::Free => (was, is),
        };
        match (was.value, is.value) {
            (Value::Object(before), Value::Object(after)) => {
                let is_new = seen.insert((std::ptr::from_ref(before), std::ptr::from_ref(after)));
                if is_new && !members(documents, (&was, before), (&is, after), names, &mut open) {
                    return Some((was, is));
                }
            }
            (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
                for (index, (one, other)) in before.iter().zip(after).enumerate().rev() {
                    let step = index.to_string();
                    open.push((was.below(one, &step), is.below(other, &step), Names::Keywords));
                }
            }
            (one, other) if equal(one, other) => {}
            _ => return Some((was, is)),
        }
    }
    None
}

/// Whether two objects have the same names; what is under them is left to be compared, the first one at last.
fn members<'a>(
    documents: Documents<'a>,
    (was, before): (&Placed<'a>, &'a Map<String, Value>),
    (is, after): (&Placed<'a>, &'a Map<String, Value>),
    names: Names,
    open: &mut Open<'a>,
) -> bool {
    let counts = |(name, value): &(&String, &Value)| names == Names::Free || says_something(name, value);
    let before: Vec<_> = before.iter().filter(counts).collect();
    let after: Vec<_> = after.iter().filter(counts).collect();
    if !before.iter().map(|(name, _)| name).eq(after.iter().map(|(name, _)| name)) {
        return false;
    }
    before.into_iter().zip(after).rev().all(|((name, one), (_, other))| {
        let keyword = if names == Names::Free { "" } else { name.as_str() };
        match (keyword, one, other) {
            ("enum" | "required" | "type", Value::Array(one), Value::Array(other)) if equal_sets(one, other) => true,
            ("enum" | "required" | "type" | "default" | "const", one, other) if equal(one, other) => true,
            ("mapping", Value::Object(one), Value::Object(other)) => mapping(documents, one, other, open),
            (keyword, one, other) => {
                let step = escape(name);
                open.push((was.below(one, &step), is.below(other, &step), Names::below(keyword)));
                true
            }
        }
    })
}

/// The values of discriminators stand for schemas, whatever the names of those are.
fn mapping<'a>(
    documents: Documents<'a>,
    was: &Map<String, Value>,
    is: &Map<String, Value>,
    open: &mut Open<'a>,
) -> bool {
    let named = |document: &'a Value, target: &Value| {
        let pointer = schema_of(target.as_str()?);
        Some(Placed::new(document.pointer(&pointer)?, pointer))
    };
    was.len() == is.len()
        && was.iter().zip(is).all(|((name, was), (other, is))| {
            let schemas = named(documents.base, was).zip(named(documents.revision, is));
            let is_same = name == other && (schemas.is_some() || was == is);
            open.extend(schemas.map(|(was, is)| (was, is, Names::Keywords)));
            is_same
        })
}

/// The pointer of the schema that a mapping names, by a reference or by its name alone.
fn schema_of(target: &str) -> String {
    match target.rsplit_once('/') {
        Some((_, escaped)) => format!("/components/schemas/{escaped}"),
        None => pointer_of(target),
    }
}

/// Whether a keyword with this value says more than the schema says without it.
fn says_something(keyword: &str, value: &Value) -> bool {
    let is_empty = || value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
    match keyword {
        NOT_COMPARED => true,
        "nullable" | "readOnly" | "writeOnly" | "deprecated" | "uniqueItems" => *value != false,
        "exclusiveMinimum" | "exclusiveMaximum" => *value != false,
        "minLength" | "minItems" | "minProperties" => *value != 0,
        "required" | "properties" => !is_empty(),
        "additionalProperties" => *value != true && !is_empty(),
        keyword => !ANNOTATIONS.contains(&keyword) && !keyword.starts_with("x-"),
    }
}
