//! Whether two schemas say the same, whatever their names are and wherever they are written.

use std::collections::BTreeSet;

use cxreports_openapi::document::{escape, follow};
use serde_json::Value;

use super::pair::Documents;
use crate::change::ANNOTATIONS;

/// Whether the schemas at two places say the same. A cycle says the same as long as nothing on it differs.
pub(super) fn same(documents: Documents<'_>, base: &str, revision: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![(base.to_owned(), revision.to_owned(), true)];
    while let Some((base, revision, is_schema)) = open.pop() {
        let (base, revision) = if is_schema {
            (follow(documents.base, &base), follow(documents.revision, &revision))
        } else {
            (base, revision)
        };
        if !seen.insert((base.clone(), revision.clone())) {
            continue;
        }
        let (Some(was), Some(is)) = (documents.base.pointer(&base), documents.revision.pointer(&revision)) else {
            return false;
        };
        match (was, is) {
            (Value::Object(was), Value::Object(is)) => {
                // A property may be called as an annotation is.
                let counts =
                    |name: &&String| !is_schema || !(ANNOTATIONS.contains(&name.as_str()) || name.starts_with("x-"));
                let names: Vec<&String> = was.keys().filter(counts).collect();
                if !names.iter().copied().eq(is.keys().filter(counts)) {
                    return false;
                }
                for name in names {
                    let step = |place: &str| format!("{place}/{}", escape(name));
                    open.push((step(&base), step(&revision), !(is_schema && name == "properties")));
                }
            }
            (Value::Array(was), Value::Array(is)) if was.len() == is.len() => {
                open.extend(
                    (0..was.len()).map(|index| (format!("{base}/{index}"), format!("{revision}/{index}"), true)),
                );
            }
            _ if was == is => {}
            _ => return false,
        }
    }
    true
}
