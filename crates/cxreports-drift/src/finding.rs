//! A finding: one cause, with every place where it shows and every operation that sees it.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{
    effect::Effect,
    message::Message,
    rules::{Direction, Rule, Severity},
};

/// One change, wherever it shows: a schema that many members, media types and operations share is one finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Its id: the same change has the same one in every comparison. `--explain` takes it.
    pub id: String,
    /// The rule, as the worst of its uses is judged.
    pub rule: Rule,
    /// How bad it is, where it is worst.
    pub severity: Severity,
    /// Where it is.
    pub places: Vec<Place>,
    /// What it does to our code.
    pub effect: Effect,
}

/// One place of a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// What changed there.
    #[serde(serialize_with = "as_message")]
    pub subject: Subject,
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
    /// The properties that refer to the schema, like `Job.duration`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub members: BTreeSet<String>,
    /// The operations that see it.
    pub uses: Vec<Use>,
    /// Generated symbols that it is in.
    #[serde(skip)]
    pub(crate) symbols: BTreeSet<String>,
}

/// One operation that sees a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Use {
    /// METHOD and path in the base document; in the revision for a new operation.
    #[serde(serialize_with = "as_text")]
    pub operation: Arc<str>,
    /// The part of the operation.
    #[serde(serialize_with = "as_message")]
    pub at: Arc<At>,
    /// Which way the data goes, if the change is about data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The rule by which it is judged here.
    pub rule: Rule,
    /// How bad it is here.
    pub severity: Severity,
    /// Methods of `cxreports` that rely on what changed.
    pub methods: &'static [&'static str],
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// The document as a whole.
    Document,
    /// An operation.
    Operation(Arc<str>),
    /// A security scheme, by its name.
    Scheme(String),
    /// A named schema or what is in it: `Report`, `Report.pages[]`.
    Schema(String),
    /// A part of an operation, and the member in it where there is one.
    Part(Arc<At>, String),
    /// A place that is not compared, by its JSON pointer.
    Place(String),
    /// An acceptance, as the list has it.
    Acceptance(String),
}

/// A part of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum At {
    /// The operation itself.
    Operation,
    /// A parameter: where it is sent, and its name.
    Parameter(String, String),
    /// The request body.
    Body,
    /// The response of a status.
    Response(String),
    /// A header of the response of a status.
    Header(String, String),
    /// The credentials.
    Security,
}

impl At {
    /// Whether it is no response to a failure. A `default` response may be either.
    pub(crate) fn is_success(&self) -> bool {
        !matches!(self, Self::Response(status) | Self::Header(status, _) if status.starts_with(['1', '3', '4', '5']))
    }

    /// In words.
    #[must_use]
    pub fn message(&self) -> Message {
        let message = Message::default();
        match self {
            Self::Operation => message.text("the operation"),
            Self::Parameter(location, name) => message.text(known_location(location)).text(" parameter ").code(name),
            Self::Body => message.text("request body"),
            Self::Response(status) => status_of(message, status),
            Self::Header(status, name) => status_of(message, status).text(", header ").code(name),
            Self::Security => message.text("credentials"),
        }
    }
}

fn known_location(location: &str) -> &'static str {
    match location {
        "path" => "path",
        "query" => "query",
        "header" => "header",
        "cookie" => "cookie",
        _ => "request",
    }
}

fn status_of(message: Message, status: &str) -> Message {
    match status {
        "default" => message.text("default response"),
        status if status.len() == 3 && status.chars().all(|c| c.is_ascii_alphanumeric()) => {
            message.text(&format!("response {status}"))
        }
        status => message.text("response ").code(status),
    }
}

impl Subject {
    /// In words.
    #[must_use]
    pub fn message(&self) -> Message {
        let message = Message::default();
        match self {
            Self::Document => message.text("the document"),
            Self::Operation(endpoint) => message.code(endpoint),
            Self::Scheme(name) => message.text("security scheme ").code(name),
            Self::Schema(name) => message.code(name),
            Self::Part(at, path) if path.is_empty() => at.message(),
            Self::Part(at, path) => at.message().text(", ").code(path),
            Self::Place(pointer) => message.code(pointer),
            Self::Acceptance(entry) => message.text("spec/drift-allow.toml, ").code(entry),
        }
    }
}

trait Says {
    fn says(&self) -> Message;
}

impl Says for Subject {
    fn says(&self) -> Message {
        self.message()
    }
}

impl Says for Arc<At> {
    fn says(&self) -> Message {
        self.message()
    }
}

fn as_message<S: Serializer>(says: &impl Says, serializer: S) -> Result<S::Ok, S::Error> {
    says.says().serialize(serializer)
}

fn as_text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

impl Finding {
    /// A finding of one place, whose severity is that of its uses.
    pub(crate) fn new(id: String, rule: Rule, places: Vec<Place>) -> Self {
        let severity = rule.severity(None);
        let mut finding = Self { id, rule, severity, places, effect: Effect::default() };
        finding.settle();
        finding
    }

    /// Whether it is about an entry of `spec/drift-allow.toml`, and not about a document.
    #[must_use]
    pub fn is_about_the_list(&self) -> bool {
        matches!(self.rule, Rule::AllowUnused | Rule::AllowExpired)
    }

    /// Every use, of every place.
    pub fn uses(&self) -> impl Iterator<Item = &Use> {
        self.places.iter().flat_map(|place| &place.uses)
    }

    /// The uses for which it is as bad as the finding is.
    pub fn worst(&self) -> impl Iterator<Item = &Use> {
        self.uses().filter(|one| one.severity == self.severity)
    }

    /// The operations that see it, METHOD and path.
    #[must_use]
    pub fn operations(&self) -> BTreeSet<&str> {
        self.uses().map(|one| &*one.operation).collect()
    }

    /// The directions of the data that it is about, where it is worst.
    #[must_use]
    pub fn directions(&self) -> BTreeSet<Direction> {
        self.worst().filter_map(|one| one.direction).collect()
    }

    /// What was there, if it was the same everywhere.
    #[must_use]
    pub fn before(&self) -> Option<&Value> {
        self.common(|place| place.before.as_ref())
    }

    /// What is there, if it is the same everywhere.
    #[must_use]
    pub fn after(&self) -> Option<&Value> {
        self.common(|place| place.after.as_ref())
    }

    fn common<'a>(&'a self, side: impl Fn(&'a Place) -> Option<&'a Value>) -> Option<&'a Value> {
        let first = side(self.places.first()?)?;
        self.places.iter().all(|place| side(place) == Some(first)).then_some(first)
    }

    /// Makes the rule, the severity and the effect those of the uses, and puts first what our code relies on.
    pub(crate) fn settle(&mut self) {
        if let Some(worst) = self.uses().max_by_key(|one| one.severity) {
            (self.rule, self.severity) = (worst.rule, worst.severity);
        }
        let methods = self.worst().flat_map(|one| one.methods).map(|method| (*method).to_owned()).collect();
        let symbols = self.places.iter().flat_map(|place| place.symbols.iter().cloned()).collect();
        self.effect = Effect { methods, symbols };
        for place in &mut self.places {
            place.uses.sort_by_key(|one| (std::cmp::Reverse(one.severity), one.methods.is_empty()));
        }
        self.places.sort_by_key(|place| {
            let first = place.uses.first();
            first.map_or((true, true), |first| (first.severity < self.severity, first.methods.is_empty()))
        });
    }
}

/// The worst of some findings.
#[must_use]
pub fn verdict(findings: &[Finding]) -> Option<Severity> {
    findings.iter().map(|finding| finding.severity).max()
}
