//! Whether two schemas, or other parts of documents, say the same, whatever their names are and wherever they are written.

use std::collections::HashSet;

use cxreports_openapi::document::{escape, resolve};
use serde_json::Value;

use super::pair::Documents;
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

    /// What it stands for.
    fn resolved(self, document: &'a Value) -> Self {
        match resolve(document, self.value, &self.pointer) {
            Ok((value, pointer)) => Self { value, pointer },
            Err(_) => self,
        }
    }

    fn below(&self, value: &'a Value, step: &str) -> Self {
        Self { value, pointer: format!("{}/{step}", self.pointer) }
    }
}

/// Whether the schemas at two places say the same. A cycle says the same as long as nothing on it differs.
pub(super) fn same(documents: Documents<'_>, base: &str, revision: &str) -> bool {
    match (documents.base.pointer(base), documents.revision.pointer(revision)) {
        (Some(was), Some(is)) => difference(documents, Placed::new(was, base), Placed::new(is, revision)).is_none(),
        _ => false,
    }
}

/// The first place in which two parts of the documents say something else, through any references.
pub(crate) fn difference<'a>(
    documents: Documents<'a>,
    was: Placed<'a>,
    is: Placed<'a>,
) -> Option<(Placed<'a>, Placed<'a>)> {
    let mut seen = HashSet::new();
    let mut open = vec![(was, is, true)];
    while let Some((was, is, is_schema)) = open.pop() {
        let (was, is) =
            if is_schema { (was.resolved(documents.base), is.resolved(documents.revision)) } else { (was, is) };
        if !seen.insert((was.pointer.clone(), is.pointer.clone())) {
            continue;
        }
        match (was.value, is.value) {
            (Value::Object(before), Value::Object(after)) => {
                // A property may be called as an annotation is.
                let counts =
                    |name: &&String| !is_schema || !(ANNOTATIONS.contains(&name.as_str()) || name.starts_with("x-"));
                let names: Vec<&String> = before.keys().filter(counts).collect();
                if !names.iter().copied().eq(after.keys().filter(counts)) {
                    return Some((was, is));
                }
                for name in names.into_iter().rev() {
                    let step = escape(name);
                    let is_schema = !(is_schema && name == "properties");
                    open.push((was.below(&before[name], &step), is.below(&after[name], &step), is_schema));
                }
            }
            (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
                for (index, (one, other)) in before.iter().zip(after).enumerate().rev() {
                    let step = index.to_string();
                    open.push((was.below(one, &step), is.below(other, &step), true));
                }
            }
            (one, other) if one == other => {}
            _ => return Some((was, is)),
        }
    }
    None
}
