//! Two documents, operation by operation: changes come together from many places, and become findings.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cxreports_openapi::document::{Endpoint, escape};
use serde_json::Value;

use crate::{
    causes::{Causes, Operation, Seen},
    change::Change,
    document::Document,
    effect::{self, Uses},
    finding::{At, Finding, Subject},
    operation::{self, Outcome, Side, paths_in_words, server_paths},
    pairing::{Pairing, pair},
    rules::Rule,
    schema::{Documents, Found, Placed, Schemas, Walked, difference},
};

/// How documents are compared.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether requests are accepted without regard to case, and routes with or without a trailing slash, as ASP.NET does.
    pub ignore_case: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { ignore_case: true }
    }
}

/// Compares two documents: one finding for each cause, the worst first.
///
/// `names` gives the name of each operation of the base document, by which core knows it.
#[must_use]
pub fn compare(
    base: &Document,
    revision: &Document,
    names: &BTreeMap<Endpoint, String>,
    options: Options,
) -> Vec<Finding> {
    let documents = Documents {
        base: base.value(),
        revision: revision.value(),
        base_lacks: base.lacks(),
        revision_lacks: revision.lacks(),
        ignore_case: options.ignore_case,
    };
    let servers = (server_paths(&documents.base["servers"]), server_paths(&documents.revision["servers"]));
    let pairing = pair((documents.base, &servers.0), (documents.revision, &servers.1));
    let mut comparing = Comparing { names, causes: Causes::default() };
    let at =
        |rule, [base, revision]: [String; 2], before, after| change(rule, Some(base), Some(revision), before, after);
    let place = |pointer: &str| [base, revision].map(|document| document.nearest(pointer));
    // A server that is left serves whoever used it.
    if !servers.0.is_subset(&servers.1) && !pairing.same_addresses {
        let (was, is) = (Some(paths_in_words(&servers.0)), Some(paths_in_words(&servers.1)));
        comparing.document(at(Rule::BasePathChanged, place("/servers"), was, is));
    }
    let version = |document: &Value| document.pointer("/info/version").cloned();
    let (was, is) = (version(documents.base), version(documents.revision));
    if was != is {
        comparing.document(at(Rule::VersionChanged, place("/info/version"), was, is));
    }
    comparing.dialect(base, revision);
    comparing.webhooks(documents);
    comparing.repeated(base, revision);
    comparing.operations(documents, &pairing);
    comparing.causes.finish()
}

/// A comparison, as its findings come together.
struct Comparing<'n> {
    names: &'n BTreeMap<Endpoint, String>,
    causes: Causes,
}

impl Comparing<'_> {
    /// A change of the document as a whole, or of what no operation sees alone.
    fn document(&mut self, change: Change) {
        let subject = change.subject().unwrap_or(Subject::Document);
        self.causes.document(change, subject);
    }

    /// By which rules schemas are read.
    fn dialect(&mut self, base: &Document, revision: &Document) {
        let (before, after) = (base.dialect(), revision.dialect());
        if before != after {
            let place = || Some("/jsonSchemaDialect".to_owned());
            self.document(change(Rule::NotCompared, place(), place(), before.cloned(), after.cloned()));
        }
    }

    /// What the server sends by itself, which no client of ours takes.
    fn webhooks(&mut self, documents: Documents<'_>) {
        let webhooks = |document: &Value| -> BTreeSet<String> {
            document["webhooks"].as_object().into_iter().flat_map(|all| all.keys().cloned()).collect()
        };
        for name in webhooks(documents.base).union(&webhooks(documents.revision)) {
            let pointer = format!("/webhooks/{}", escape(name));
            let [was, is] = [documents.base, documents.revision]
                .map(|document| document.pointer(&pointer).map(|value| Placed::new(value, &*pointer)));
            let (was, is) = match (was, is) {
                (Some(was), Some(is)) => match difference(documents, was, is) {
                    Some((was, is)) => (Some(was), Some(is)),
                    None => continue,
                },
                one_side => one_side,
            };
            let place =
                |side: &Option<Placed<'_>>| Some(side.as_ref().map_or_else(String::new, |side| side.pointer.clone()));
            let value = |side: Option<Placed<'_>>| side.map(|side| side.value.clone());
            let (base, revision) = (place(&was), place(&is));
            let change = change(Rule::NotCompared, base, revision, value(was), value(is));
            self.causes.document(change, Subject::Place(pointer));
        }
    }

    /// Members of which the text of a document has several, so that a change of the others is not seen.
    fn repeated(&mut self, base: &Document, revision: &Document) {
        for (document, is_base) in [(base, true), (revision, false)] {
            for repeated in document.repeated() {
                let pointer = document.nearest(&repeated.pointer);
                let said = Some(Value::from(repeated.to_string()));
                let change = match is_base {
                    true => change(Rule::MemberRepeated, Some(pointer), None, said, None),
                    false => change(Rule::MemberRepeated, None, Some(pointer), None, said),
                };
                self.document(change);
            }
        }
    }

    fn operations(&mut self, documents: Documents<'_>, pairing: &Pairing) {
        let mut schemas = Schemas::new(documents);
        let mut outcomes = Vec::new();
        for (was, is) in &pairing.pairs {
            let Some(is) = is else {
                let change = change(Rule::OperationRemoved, Some(was.pointer()), None, None, None);
                self.whole(was, change, true);
                continue;
            };
            self.address(was, is, pairing, documents.ignore_case);
            let before = Side { document: documents.base, endpoint: was };
            let after = Side { document: documents.revision, endpoint: is };
            outcomes.push((was, operation::compare(before, after, &mut schemas)));
        }
        for is in &pairing.added {
            self.whole(is, change(Rule::OperationAdded, None, Some(is.pointer()), None, None), false);
        }
        schemas.finish();
        if schemas.has_too_many() {
            let why = "the parts of compositions have more combinations than are compared".into();
            let place = || Some("/components/schemas".to_owned());
            self.document(change(Rule::NotCompared, place(), place(), None, Some(why)));
        }
        let mut walked = Walked::default();
        for (endpoint, outcome) in outcomes {
            self.operation(endpoint, outcome, &schemas, &mut walked);
        }
    }

    /// A path that is written in another way, or begins elsewhere.
    fn address(&mut self, was: &Endpoint, is: &Endpoint, pairing: &Pairing, ignore_case: bool) {
        let (base, revision) = (Some(was.pointer()), Some(is.pointer()));
        let has_moved = |(from, _): &&(String, String)| was.path != is.path && was.path.starts_with(from.as_str());
        if let Some((from, to)) = pairing.moved.as_ref().filter(has_moved) {
            let path = |path: &str| Some(if path.is_empty() { "/" } else { path }.into());
            let (before, after) = (path(from), path(to));
            self.whole(was, change(Rule::BasePathChanged, base, revision, before, after), true);
            return;
        }
        let is_other =
            |was: &str, is: &str| was != is && was.trim_end_matches('/').eq_ignore_ascii_case(is.trim_end_matches('/'));
        if !ignore_case && is_other(&was.path, &is.path) {
            let (before, after) = (Some(was.path.as_str().into()), Some(is.path.as_str().into()));
            self.whole(was, change(Rule::NameCaseChanged, base, revision, before, after), true);
        }
    }

    /// A change of a whole operation.
    fn whole(&mut self, endpoint: &Endpoint, change: Change, is_used: bool) {
        let name = self.names.get(endpoint).map(String::as_str);
        let operation = Operation { shown: endpoint.to_string().into(), call: name };
        let at = Arc::new(At::Operation);
        let methods = name.filter(|_| is_used).map_or(&[][..], effect::methods);
        let seen = Seen { operation: &operation, at: &at, part: "", path: &[], direction: None, methods };
        self.causes.seen(&change.into(), &seen, None);
    }

    fn operation(&mut self, endpoint: &Endpoint, outcome: Outcome, schemas: &Schemas<'_>, walked: &mut Walked) {
        let name = self.names.get(endpoint).map(String::as_str);
        let operation = Operation { shown: endpoint.to_string().into(), call: name };
        let uses = Uses::of(name);
        let all = name.map_or(&[][..], effect::methods);
        let methods = |is_used: bool| if is_used { all } else { &[] };
        for own in outcome.changes {
            let (change, at, direction) = (&own.keyed.change, &own.at, own.direction);
            let is_used = effect::touches_code(change.rule)
                && (change.rule == Rule::ParameterAddedRequired
                    || change.field.as_deref().is_none_or(|field| uses.parameter(field, direction)));
            let methods = methods(is_used);
            let seen = Seen { operation: &operation, at, part: "", path: &[], direction, methods };
            self.causes.seen(&own.keyed, &seen, None);
        }
        for root in outcome.roots {
            let direction = Some(root.direction);
            schemas.visit(root.pair, walked, |Found { keyed, path, members }| {
                let field = keyed.change.field.as_deref();
                let path: Cow<'_, [&str]> = match field {
                    Some(field) => path.iter().copied().chain([field]).collect(),
                    None => path.into(),
                };
                let is_used = match (&root.field, &*path) {
                    (Some(field), _) => uses.parameter(field, direction),
                    // Whoever sends the object lacks what it has to have from now on.
                    (None, [owner @ .., _]) if keyed.change.rule == Rule::PropertyAddedRequired => {
                        uses.data(root.direction, owner)
                    }
                    (None, path) => root.at.is_success() && uses.data(root.direction, path),
                };
                let part = root.field.as_deref().unwrap_or(&operation.shown);
                let (at, methods) = (&root.at, methods(is_used));
                let seen = Seen { operation: &operation, at, part, path: &path, direction, methods };
                self.causes.seen(keyed, &seen, members);
            });
        }
    }
}

fn change(
    rule: Rule,
    base: Option<String>,
    revision: Option<String>,
    before: Option<Value>,
    after: Option<Value>,
) -> Change {
    Change { rule, base, revision, field: None, before, after, cause: None }
}
