use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::{
    document::{endpoints, escape, uncallable},
    overlay::Applied,
};

/// One thing that a pass changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// JSON pointer.
    pub pointer: String,
    /// The old value; `None` if it was added.
    pub before: Option<Value>,
    /// The new value; `None` if it was removed.
    pub after: Option<Value>,
}

/// An operation that no client can be generated for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its method and path.
    pub operation: String,
    /// Its JSON pointer.
    pub pointer: String,
    /// Why.
    pub reason: String,
}

/// All that was done to a document.
#[derive(Debug, Clone)]
pub struct Report {
    /// The document's title and version, as it states them.
    pub title: String,
    /// Where the document says that its server is.
    pub servers: Vec<String>,
    /// Operations of the document.
    pub operations_in: usize,
    /// The overlay's actions.
    pub overlay: Vec<Applied>,
    /// Each pass that ran, with what it changed.
    pub passes: Vec<(&'static str, Vec<Change>)>,
    /// What was left out.
    pub refused: Vec<Refusal>,
    /// Schemas that could not be expressed and are any JSON value, with the reason.
    pub untyped: Vec<(String, String)>,
}

impl Report {
    pub(super) fn new(document: &Value, overlay: Vec<Applied>) -> Self {
        let info = |field: &str| document["info"][field].as_str().unwrap_or("unknown").to_owned();
        Self {
            title: format!("{} {}", info("title"), info("version")),
            servers: document["servers"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|server| server["url"].as_str())
                .map(str::to_owned)
                .collect(),
            operations_in: endpoints(document).len() + uncallable(document).len(),
            overlay,
            passes: Vec::new(),
            refused: Vec::new(),
            untyped: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, pass: &'static str, changes: Vec<Change>) {
        self.passes.push((pass, changes));
    }

    /// Operations that a client is generated for.
    #[must_use]
    pub fn operations_out(&self) -> usize {
        self.operations_in - self.refused.len()
    }

    /// The report as it is committed beside the pin, in Markdown.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = format!(
            "# {}\n\nOperations: {} in, {} generated, {} refused.\n",
            self.title,
            self.operations_in,
            self.operations_out(),
            self.refused.len()
        );
        let mut line = |args: std::fmt::Arguments<'_>| {
            let _ = text.write_fmt(args);
        };
        if !self.refused.is_empty() {
            line(format_args!("\n## Refused\n\n"));
            for refusal in &self.refused {
                line(format_args!("- {}: {}\n", refusal.operation, refusal.reason));
            }
        }
        if !self.untyped.is_empty() {
            line(format_args!("\n## Any JSON value\n\n"));
            for (schema, reason) in &self.untyped {
                line(format_args!("- `{schema}`: {reason}\n"));
            }
        }
        if !self.overlay.is_empty() {
            line(format_args!("\n## Overlay\n\n"));
            for action in &self.overlay {
                let did = match (action.matched, action.removes) {
                    (0, _) => "not needed here".to_owned(),
                    (n, true) => format!("removed {n}"),
                    (n, false) => format!("updated {n}"),
                };
                line(format_args!("- `{}`: {did}. {}\n", action.target, action.why));
            }
        }
        for (pass, changes) in self.passes.iter().filter(|(_, changes)| !changes.is_empty()) {
            line(format_args!("\n## {pass}\n\n"));
            for Change { pointer, before, after } in changes {
                match (before, after) {
                    (Some(before), Some(after)) => {
                        line(format_args!("- `{pointer}`: `{}` -> `{}`\n", brief(before), brief(after)))
                    }
                    (Some(before), None) => line(format_args!("- `{pointer}`: removed `{}`\n", brief(before))),
                    (None, Some(after)) => line(format_args!("- `{pointer}`: added `{}`\n", brief(after))),
                    (None, None) => {}
                }
            }
        }
        let idle: Vec<_> =
            self.passes.iter().filter(|(_, changes)| changes.is_empty()).map(|(pass, _)| *pass).collect();
        if !idle.is_empty() {
            line(format_args!("\n## Nothing to do\n\n{}\n", idle.join(", ")));
        }
        text
    }
}

/// A value on one line, cut where it gets long.
fn brief(value: &Value) -> String {
    const MAX_CHARS: usize = 160;
    let text = value.to_string().replace('`', "'");
    if text.chars().count() <= MAX_CHARS { text } else { text.chars().take(MAX_CHARS).chain(" ...".chars()).collect() }
}

/// What changed from one document to another, each change at the deepest place that holds it all.
#[must_use]
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    follow_changes(&mut before.clone(), after)
}

/// What changed from one document to another; `before` is then like `after`. Nothing is copied but what changed.
pub(super) fn follow_changes(before: &mut Value, after: &Value) -> Vec<Change> {
    let mut comparison = Comparison::default();
    comparison.values(before, after);
    comparison.found
}

/// A step of a JSON pointer.
enum Step<'a> {
    Member(&'a str),
    Index(usize),
}

#[derive(Default)]
struct Comparison<'a> {
    path: Vec<Step<'a>>,
    found: Vec<Change>,
}

impl<'a> Comparison<'a> {
    fn values(&mut self, before: &mut Value, after: &'a Value) {
        match (&mut *before, after) {
            (Value::Object(old), Value::Object(new)) => self.objects(old, new),
            (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
                for (index, (old, new)) in old.iter_mut().zip(new).enumerate() {
                    self.at(Step::Index(index), old, new);
                }
            }
            (old, new) if old == new => {}
            _ => {
                let old = std::mem::replace(before, after.clone());
                self.note(None, Some(old), Some(after.clone()));
            }
        }
    }

    fn objects(&mut self, old: &mut Map<String, Value>, new: &'a Map<String, Value>) {
        if old.len() == new.len() && old.keys().eq(new.keys()) {
            for (old, (key, new)) in old.values_mut().zip(new) {
                self.at(Step::Member(key), old, new);
            }
            return;
        }
        for key in old.keys().cloned().collect::<Vec<_>>() {
            match (old.get_mut(&key), new.get_key_value(&key)) {
                (Some(old), Some((key, new))) => self.at(Step::Member(key), old, new),
                _ => {
                    let gone = old.remove(&key);
                    self.note(Some(&key), gone, None);
                }
            }
        }
        for (key, value) in new {
            if !old.contains_key(key) {
                old.insert(key.clone(), value.clone());
                self.note(Some(key), None, Some(value.clone()));
            }
        }
    }

    fn at(&mut self, step: Step<'a>, before: &mut Value, after: &'a Value) {
        self.path.push(step);
        self.values(before, after);
        self.path.pop();
    }

    fn note(&mut self, member: Option<&str>, before: Option<Value>, after: Option<Value>) {
        let mut pointer = String::new();
        for step in self.path.iter().map(Some).chain([None]) {
            match step {
                Some(Step::Member(name)) => pointer.extend(["/", &escape(name)]),
                Some(Step::Index(index)) => pointer.push_str(&format!("/{index}")),
                None => pointer.extend(member.iter().flat_map(|name| ["/".to_owned(), escape(name)])),
            }
        }
        self.found.push(Change { pointer, before, after });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_is_found_where_it_is() {
        let before = json!({ "a": { "b/c": 1, "gone": true }, "list": [1, { "x": 1 }] });
        let after = json!({ "a": { "b/c": 2, "new": null }, "list": [1, { "x": 2 }] });
        let found: Vec<_> = changes(&before, &after).into_iter().map(|change| change.pointer).collect();
        assert_eq!(found, ["/a/b~1c", "/a/gone", "/a/new", "/list/1/x"]);
        assert!(changes(&before, &before).is_empty());
    }
}
