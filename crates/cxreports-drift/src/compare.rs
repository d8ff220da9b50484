//! Two documents, operation by operation: changes come together from many places, and become findings.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, VecDeque},
};

use cxreports_codegen::generate::sha256;
use cxreports_openapi::document::{Endpoint, endpoints, escape, follow};
use serde::Serialize;
use serde_json::Value;

use crate::{
    Direction, Effect, Rule, Severity,
    effect::{self, Uses},
    operation::{self, Outcome, Side},
    schema::Schemas,
};

/// One change, and all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Its id: the same change in the same place has the same one. `--explain` takes it.
    pub id: String,
    /// The rule.
    pub rule: Rule,
    /// How bad it is.
    pub severity: Severity,
    /// Which way the data goes, if it is about data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The operations that it touches, as METHOD and path in the base document.
    pub operations: Vec<String>,
    /// JSON pointer in the base document: of the thing itself, or of what would hold it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// JSON pointer in the revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// What was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// One sentence for people.
    pub message: String,
    /// What it does to our code.
    pub effect: Effect,
}

/// A change in one place, before it is known which operations it touches.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) rule: Rule,
    pub(crate) direction: Option<Direction>,
    pub(crate) base: Option<String>,
    pub(crate) revision: Option<String>,
    /// The property or parameter that it is about.
    pub(crate) field: Option<String>,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

/// A change, with the operations that it touches.
struct Touching {
    change: Change,
    /// Where it is, for people, as the first operation sees it.
    subject: String,
    operations: BTreeSet<Endpoint>,
    /// The operations of core that use what changed, by name.
    uses: BTreeSet<String>,
    /// Names of operations in the generated client.
    calls: BTreeSet<String>,
}

/// What the changes are: those of endpoints first, then those of fields; of each the worst first.
///
/// `names` gives the name of each operation of the base document, which is what core knows it by.
#[must_use]
pub fn compare(base: &Value, revision: &Value, names: &BTreeMap<Endpoint, String>) -> Vec<Finding> {
    compare_with(base, revision, names, Options::default())
}

/// How documents are compared.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether requests are taken without regard to case, and routes with or without a trailing slash, as ASP.NET does.
    pub ignore_case: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { ignore_case: true }
    }
}

/// [`compare`], for servers that are not ASP.NET.
#[must_use]
pub fn compare_with(
    base: &Value,
    revision: &Value,
    names: &BTreeMap<Endpoint, String>,
    options: Options,
) -> Vec<Finding> {
    let (base, revision) = (&with_path_items(base), &with_path_items(revision));
    let (base, revision) = (base.as_ref(), revision.as_ref());
    let mut all = Findings { names, found: BTreeMap::new() };
    all.documents(base, revision);
    let before = endpoints(base);
    let mut after = endpoints(revision);
    // Paths that are equal belong together, before any that only look alike.
    let mut pairs: Vec<(Endpoint, Option<Endpoint>)> = before
        .into_iter()
        .map(|was| {
            let same = after.iter().position(|is| *is == was).map(|found| after.remove(found));
            (was, same)
        })
        .collect();
    for (was, is) in pairs.iter_mut().filter(|(_, is)| is.is_none()) {
        *is = after.iter().position(|is| shape(is, options) == shape(was, options)).map(|found| after.remove(found));
    }
    let mut schemas = Schemas::new(base, revision, options.ignore_case);
    for (was, is) in &pairs {
        let Some(is) = is else {
            all.endpoint(was, Rule::OperationRemoved, Some(was.pointer()), None);
            continue;
        };
        let before = Side { document: base, path: &was.path, method: &was.method };
        let after = Side { document: revision, path: &is.path, method: &is.method };
        let outcome = operation::compare(before, after, &mut schemas);
        all.operation(was, outcome, &schemas);
    }
    for is in after {
        all.endpoint(&is, Rule::OperationAdded, None, Some(is.pointer()));
    }
    all.finish()
}

/// The document with the path items that are references written out.
fn with_path_items(document: &Value) -> Cow<'_, Value> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let pointers: Vec<_> = paths
        .filter(|(_, item)| item.get("$ref").is_some())
        .map(|(path, _)| format!("/paths/{}", escape(path)))
        .collect();
    if pointers.is_empty() {
        return Cow::Borrowed(document);
    }
    let mut written = document.clone();
    for pointer in pointers {
        let target = document.pointer(&follow(document, &pointer)).filter(|item| item.is_object());
        if let (Some(target), Some(place)) = (target, written.pointer_mut(&pointer)) {
            *place = target.clone();
        }
    }
    Cow::Owned(written)
}

/// An endpoint without the names of its path parameters, and as ASP.NET routes it: without case and a trailing slash.
fn shape(endpoint: &Endpoint, options: Options) -> String {
    let spelling = |text: &str| if options.ignore_case { text.to_lowercase() } else { text.to_owned() };
    let path = if options.ignore_case { endpoint.path.trim_end_matches('/') } else { &endpoint.path };
    let mut parts = path.split('{');
    let mut shape = spelling(parts.next().unwrap_or_default());
    for part in parts {
        shape.push_str("{}");
        shape.push_str(&spelling(part.split_once('}').map_or("", |(_, rest)| rest)));
    }
    format!("{} {shape}", endpoint.method)
}

/// The findings of a comparison, as they come together.
struct Findings<'a> {
    names: &'a BTreeMap<Endpoint, String>,
    found: BTreeMap<String, Touching>,
}

impl Findings<'_> {
    fn documents(&mut self, base: &Value, revision: &Value) {
        let paths = |document: &Value| operation::server_paths(&document["servers"]);
        let (before, after) = (paths(base), paths(revision));
        let of = |rule, pointer: &str, before: Value, after: Value| Change {
            rule,
            direction: None,
            base: Some(pointer.to_owned()),
            revision: Some(pointer.to_owned()),
            field: None,
            before: Some(before),
            after: Some(after),
        };
        if before != after && !(before.is_empty() && after.contains("")) && !(after.is_empty() && before.contains("")) {
            let change = of(Rule::BasePathChanged, "/servers", serde_json::json!(before), serde_json::json!(after));
            self.add(change, "the document");
        }
        let (was, is) = (&base["info"]["version"], &revision["info"]["version"]);
        if was != is {
            self.add(of(Rule::VersionChanged, "/info/version", was.clone(), is.clone()), "the document");
        }
    }

    fn add(&mut self, change: Change, subject: &str) -> &mut Touching {
        self.found.entry(key(&change)).or_insert_with(|| Touching {
            change,
            subject: subject.to_owned(),
            operations: BTreeSet::new(),
            uses: BTreeSet::new(),
            calls: BTreeSet::new(),
        })
    }

    /// A whole endpoint that came or went.
    fn endpoint(&mut self, endpoint: &Endpoint, rule: Rule, base: Option<String>, revision: Option<String>) {
        let change = Change { rule, direction: None, base, revision, field: None, before: None, after: None };
        self.touch(change, endpoint, &endpoint.to_string(), rule == Rule::OperationRemoved);
    }

    fn operation(&mut self, endpoint: &Endpoint, outcome: Outcome, schemas: &Schemas<'_>) {
        let uses = Uses::of(self.names.get(endpoint).map(String::as_str));
        for change in outcome.changes {
            let subject = match &change.field {
                Some(field) => format!("{endpoint}, `{field}`"),
                None => endpoint.to_string(),
            };
            let is_used = effect::touches_code(change.rule)
                && change.field.as_deref().is_none_or(|field| uses.parameter(field, change.direction));
            self.touch(change, endpoint, &subject, is_used);
        }
        for root in outcome.roots {
            let mut seen = BTreeSet::new();
            let mut open = VecDeque::from([(&root.pair, Vec::<&str>::new())]);
            while let Some((pair, path)) = open.pop_front() {
                if !seen.insert(pair) {
                    continue;
                }
                let Some(compared) = schemas.compared.get(pair) else { continue };
                for change in &compared.changes {
                    let mut path = path.clone();
                    path.extend(change.field.as_deref());
                    let is_used = match &root.field {
                        Some(field) => uses.parameter(field, change.direction),
                        None => uses.data(pair.direction, &path),
                    };
                    let subject = subject(change, &root.what, &path);
                    self.touch(change.clone(), endpoint, &subject, is_used);
                }
                for (pair, field) in &compared.below {
                    let mut path = path.clone();
                    path.extend(field.as_deref());
                    open.push_back((pair, path));
                }
            }
        }
    }

    fn touch(&mut self, change: Change, endpoint: &Endpoint, subject: &str, is_used: bool) {
        let name = self.names.get(endpoint).cloned();
        let touching = self.add(change, subject);
        touching.operations.insert(endpoint.clone());
        touching.uses.extend(name.clone().filter(|_| is_used));
        touching.calls.extend(name);
    }

    fn finish(self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.found.into_values().map(Touching::finish).collect();
        findings.sort_by_cached_key(|finding| {
            let is_field = !finding.rule.is_about_endpoints();
            (is_field, Reverse(finding.severity), finding.operations.clone(), finding.message.clone())
        });
        findings
    }
}

impl Touching {
    fn finish(self) -> Finding {
        let Self { change, subject, operations, uses, calls } = self;
        let effect = Effect::new(change.rule, change.base.as_deref(), &uses, &calls);
        Finding {
            id: sha256(key(&change).as_bytes())[..10].to_owned(),
            severity: change.rule.severity(change.direction),
            message: message(&change, &subject),
            operations: operations.iter().map(Endpoint::to_string).collect(),
            rule: change.rule,
            direction: change.direction,
            base: change.base,
            revision: change.revision,
            before: change.before,
            after: change.after,
            effect,
        }
    }
}

/// What tells changes apart: the same one is found through many operations.
fn key(change: &Change) -> String {
    let Change { rule, direction, base, revision, field, before, after } = change;
    let value = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    let direction = direction.map_or("", Direction::label);
    let parts = [
        rule.id(),
        direction,
        base.as_deref().unwrap_or(""),
        revision.as_deref().unwrap_or(""),
        field.as_deref().unwrap_or(""),
    ];
    format!("{}|{}|{}", parts.join("|"), value(before), value(after))
}

/// Where a change of a schema is, for people: `Report.themeName`, or from the operation's point of view where the schema has
/// no name.
fn subject(change: &Change, what: &str, path: &[&str]) -> String {
    // The side that has the thing, when only one has.
    let pointers = match change.rule {
        Rule::PropertyAddedRequired | Rule::PropertyAddedOptional | Rule::OptionAdded => {
            [&change.revision, &change.base]
        }
        _ => [&change.base, &change.revision],
    };
    let named = pointers.into_iter().flatten().find_map(|pointer| pointer.strip_prefix("/components/schemas/"));
    let Some(named) = named else {
        return if path.is_empty() { what.to_owned() } else { format!("{what}, `{}`", path.join(".")) };
    };
    let mut parts = named.split('/').map(|part| part.replace("~1", "/").replace("~0", "~"));
    let mut text = parts.next().unwrap_or_default();
    while let Some(part) = parts.next() {
        match part.as_str() {
            "properties" => {
                text.push('.');
                text.push_str(&parts.next().unwrap_or_default());
            }
            "items" => text.push_str("[]"),
            "additionalProperties" => text.push_str(".*"),
            _ => {}
        }
    }
    format!("`{text}`")
}

/// One sentence: where, what, and the values if they say something.
fn message(change: &Change, subject: &str) -> String {
    let mut text = format!("{subject}: {}", change.rule.what());
    let short = |value: &Option<Value>| {
        let value = value.as_ref().filter(|value| !value.is_object())?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (text.chars().count() <= 60).then_some(text)
    };
    match (short(&change.before), short(&change.after)) {
        (Some(before), Some(after)) => text.push_str(&format!(" ({after}, was {before})")),
        (Some(before), None) => text.push_str(&format!(" ({before})")),
        (None, Some(after)) => text.push_str(&format!(" ({after})")),
        (None, None) => {}
    }
    text
}

/// The worst of some findings.
#[must_use]
pub fn verdict(findings: &[Finding]) -> Option<Severity> {
    findings.iter().map(|finding| finding.severity).max()
}
