//! Media types, by what they are and not by how they are written (RFC 9110, 8.3.1).

use std::collections::{BTreeMap, BTreeSet};

use cxreports_core::is_json;
use serde_json::Value;

/// A media type without case, with its parameters in any order. What the characters are encoded in changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MediaType {
    pub(super) essence: String,
    parameters: BTreeSet<(String, String)>,
}

/// Media types, each as it is written, in all its spellings.
pub(super) type MediaTypes<'a> = BTreeMap<MediaType, Vec<&'a str>>;

/// The media types that a body, a response, a parameter or a header has.
pub(super) fn media_types(carrier: &Value) -> MediaTypes<'_> {
    let mut types = MediaTypes::new();
    for name in carrier["content"].as_object().into_iter().flat_map(|content| content.keys()) {
        types.entry(MediaType::read(name)).or_default().push(name.as_str());
    }
    types
}

impl MediaType {
    fn read(text: &str) -> Self {
        let mut quoted = false;
        let mut parts = text.split(|c| {
            quoted ^= c == '"';
            c == ';' && !quoted
        });
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let parameters = parts
            .filter_map(|part| part.split_once('='))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned()))
            .filter(|(name, _)| name != "charset");
        Self { essence, parameters: parameters.collect() }
    }

    pub(super) fn is_json(&self) -> bool {
        is_json(&self.essence)
    }

    /// Whether every one of these is one of those, too: `application/json; v=1` is `application/json`, which is `*/*`.
    pub(super) fn is_covered_by(&self, range: &Self) -> bool {
        let is_of_kind = match range.essence.split_once('*') {
            Some(("", _)) => true,
            Some((from, to)) => {
                self.essence.len() >= from.len() + to.len()
                    && self.essence.starts_with(from)
                    && self.essence.ends_with(to)
            }
            None => self.essence == range.essence,
        };
        is_of_kind && range.parameters.is_subset(&self.parameters)
    }

    /// Whether both are JSON, and the parameters of one are among those of the other.
    pub(super) fn is_other_name_of(&self, other: &Self) -> bool {
        self.is_json() && other.is_json() && self.parameters.is_subset(&other.parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_tell_media_types_apart() {
        let read = MediaType::read;
        assert_eq!(read("Application/JSON; charset=utf-8"), read("application/json"));
        assert_eq!(read("a/b; V=1;w=\"2\""), read("a/b ;w=2; v=1"));
        assert_ne!(read("a/b; v=a"), read("a/b; v=A"));
        assert_ne!(read("a/b; x=\"1;2\""), read("a/b; x=1"));
        let covers = |range: &str, one: &str| read(one).is_covered_by(&read(range));
        assert!(covers("*/*", "a/b") && covers("a/*", "a/b") && covers("a/b", "a/b;v=1"));
        assert!(covers("application/*+json", "application/x+json"));
        assert!(!covers("application/*+json", "application/json"));
        assert!(!covers("a/b;v=1", "a/b") && !covers("a/*", "b/b"));
    }
}
