//! A change in one place, before it is known which operations see it.

use cxreports_openapi::document::unescape;
use serde_json::Value;

use crate::{
    finding::Subject,
    rules::{Grouping, Rule},
};

/// Members that describe a thing and change nothing about it.
pub(crate) const ANNOTATIONS: [&str; 7] =
    ["description", "summary", "title", "example", "examples", "externalDocs", "xml"];

/// What makes changes the same one.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) text: String,
    /// Whether the part of the operation belongs to it, too: neither a property nor a named schema tells it from others.
    pub(crate) is_of_part: bool,
}

/// A change in one place.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) rule: Rule,
    pub(crate) base: Option<String>,
    pub(crate) revision: Option<String>,
    /// The property, parameter or header that it is about.
    pub(crate) field: Option<String>,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
    /// What tells its cause from others, where the values are only a part of it: all the values that an enumeration got.
    pub(crate) cause: Option<Value>,
}

impl Change {
    /// What makes it the same change as another one.
    pub(crate) fn key(&self) -> Key {
        let rule = self.rule.aspect().id();
        let text = match self.rule.grouping() {
            Grouping::Rule => rule.to_owned(),
            Grouping::Place => format!("{rule}|{}", self.place()),
            Grouping::Name => format!("{rule}|{}|{}", self.what(), self.field.as_deref().unwrap_or_default()),
            Grouping::Values => match self.anchor().or_else(|| self.field.clone()) {
                Some(name) => format!("{rule}|{}|{name}", self.what()),
                None => return Key { text: format!("{rule}|{}|", self.what()), is_of_part: true },
            },
        };
        Key { text, is_of_part: false }
    }

    /// What it is apart from where it is, if many such changes of different names have one cause.
    pub(crate) fn kind(&self) -> Option<String> {
        let is_it = self.rule.grouping() == Grouping::Values;
        is_it.then(|| format!("{}|{}", self.rule.aspect().id(), self.what()))
    }

    /// The values, or all values that changed together.
    fn what(&self) -> String {
        self.cause.as_ref().map_or_else(|| self.values(), Value::to_string)
    }

    /// What makes its place the same as that of another change of the same cause.
    pub(crate) fn place(&self) -> String {
        let (base, revision) = (self.base.as_deref().unwrap_or_default(), self.revision.as_deref().unwrap_or_default());
        let (base, revision) = match self.roots() {
            // The schema was written out, or got a name, wherever it stands.
            (true, false) => (base, ""),
            (false, true) => ("", revision),
            _ => (base, revision),
        };
        format!("{base}|{revision}|{}|{}", self.field.as_deref().unwrap_or_default(), self.values())
    }

    /// The values, without what only describes them.
    pub(crate) fn values(&self) -> String {
        let value = |value: &Option<Value>| value.as_ref().map(|value| bare(value).to_string()).unwrap_or_default();
        format!("{}|{}", value(&self.before), value(&self.after))
    }

    /// Whether each side is a named schema itself, and not something in it.
    fn roots(&self) -> (bool, bool) {
        let is_root = |pointer: &Option<String>| named(pointer.as_deref()).is_some_and(|named| named.is_root);
        if self.field.is_some() { (false, false) } else { (is_root(&self.base), is_root(&self.revision)) }
    }

    /// The named schema that it is about, or else the property that declares what changed, wherever that is.
    fn anchor(&self) -> Option<String> {
        let root = |pointer: &Option<String>| named(pointer.as_deref()).filter(|named| named.is_root);
        let sides = [&self.base, &self.revision];
        let schema = sides.iter().find_map(|side| root(side)).filter(|_| self.field.is_none());
        let property = || sides.iter().find_map(|side| property(side.as_deref()?));
        schema.map(|named| named.text).or_else(property)
    }

    /// What changed, where it is a named schema or in one.
    pub(crate) fn subject(&self) -> Option<Subject> {
        let scheme = self.base.as_deref().and_then(|pointer| pointer.strip_prefix("/components/securitySchemes/"));
        if let Some(name) = scheme {
            return Some(Subject::Scheme(unescape(name)));
        }
        if self.rule == Rule::NotCompared {
            // The side that does not have it has the place above it.
            let sides = [self.base.as_deref().unwrap_or_default(), self.revision.as_deref().unwrap_or_default()];
            let place = sides.into_iter().max_by_key(|pointer| pointer.len()).unwrap_or_default();
            let is_in_schema = place.starts_with("/components/schemas/")
                || place.starts_with("/paths/") && !place.contains("/callbacks/") && !place.contains("/links/");
            if !is_in_schema {
                return Some(Subject::Place(place.to_owned()));
            }
        }
        let sides = match self.rule {
            Rule::PropertyAddedRequired | Rule::PropertyAddedOptional | Rule::OptionAdded => {
                [&self.revision, &self.base]
            }
            _ if self.roots() == (false, true) => [&self.revision, &self.base],
            _ => [&self.base, &self.revision],
        };
        let found = sides.into_iter().find_map(|pointer| named(pointer.as_deref()))?;
        Some(Subject::Schema(found.text))
    }
}

/// The last property that a pointer goes through; where there is none, the nameless part of a named schema: `Reports[]`.
fn property(pointer: &str) -> Option<String> {
    let mut steps = pointer.split('/').skip(1);
    let mut last = None;
    while let Some(step) = steps.next() {
        if step == "properties" {
            last = steps.next().map(unescape).or(last);
        }
    }
    last.or_else(|| named(Some(pointer)).map(|named| named.text))
}

/// What a pointer into the named schemas leads to.
pub(crate) struct Named {
    /// `Report`, `Report.pages[]`.
    pub(crate) text: String,
    /// Whether it is the schema itself, or a keyword of it.
    pub(crate) is_root: bool,
}

/// Reads a pointer into the named schemas.
pub(crate) fn named(pointer: Option<&str>) -> Option<Named> {
    let path = pointer?.strip_prefix("/components/schemas/")?;
    let parts: Vec<String> = path.split('/').map(unescape).collect();
    let (first, mut rest) = parts.split_first()?;
    let (mut text, mut is_root) = (first.clone(), true);
    loop {
        rest = match rest {
            [] => break,
            [keyword, name, below @ ..] if keyword == "properties" => {
                is_root = false;
                text.push('.');
                text.push_str(name);
                below
            }
            [keyword, below @ ..] if keyword == "items" => {
                is_root = false;
                text.push_str("[]");
                below
            }
            [keyword, below @ ..] if keyword == "additionalProperties" => {
                // At the end it is a keyword of the schema, like any other.
                is_root &= below.is_empty();
                text.push_str(if below.is_empty() { "" } else { ".*" });
                below
            }
            [_, below @ ..] => below,
        }
    }
    Some(Named { text, is_root })
}

/// A value without what only describes it.
pub(crate) fn bare(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !ANNOTATIONS.contains(&name.as_str()) && !name.starts_with("x-"))
            .map(|(name, value)| (name.clone(), bare(value)))
            .collect(),
        Value::Array(values) => values.iter().map(bare).collect(),
        other => other.clone(),
    }
}
