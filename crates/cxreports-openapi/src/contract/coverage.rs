//! What of the contract a document has, and why it lacks the rest.

use std::{collections::BTreeMap, fmt};

use cxreports_core::{Binding, OperationSpec, op};

use crate::document::Endpoint;

/// Names that an operator gives to endpoints: `METHOD path` to the operation's name. They are stronger than shapes.
pub type Overrides = BTreeMap<String, String>;

/// Something in a document that contradicts the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// JSON pointer in the document as OpenAPI 3.0.
    pub pointer: String,
    /// What of the contract it feeds, for example `Workspace.id`.
    pub feeds: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (feeds {})", self.pointer, self.problem, self.feeds)
    }
}

/// The operations of the contract that a document has, and those that it lacks.
#[derive(Debug, Clone)]
pub struct Contract {
    /// The operations that it has, in the order of the documentation.
    pub operations: Vec<Matched>,
    /// Those that it lacks.
    pub missing: Vec<Missing>,
    /// The path that its servers put before its paths; mostly empty.
    pub server: String,
    /// The path before the API's own `/api/v1`; mostly empty.
    pub prefix: String,
    /// JSON pointers of the schemas of nonces: whoever has one sees a report ("Iframe Authentication").
    pub secrets: Vec<String>,
}

/// An operation that a document has.
#[derive(Debug, Clone)]
pub struct Matched {
    /// The operation.
    pub spec: &'static OperationSpec,
    /// Where the document has it.
    pub endpoint: Endpoint,
    /// How it is called there.
    pub binding: Binding,
    /// Optional fields that the document contradicts: they count as lacking.
    pub findings: Vec<Finding>,
}

/// An operation that a document lacks.
#[derive(Debug, Clone)]
pub struct Missing {
    /// The operation.
    pub spec: &'static OperationSpec,
    /// Why.
    pub reason: Reason,
}

/// Why an operation is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// No endpoint has its shape.
    NoEndpoint {
        /// The endpoint that comes nearest, and why it is not the one.
        nearest: Option<(Endpoint, String)>,
    },
    /// Several endpoints have its shape.
    Ambiguous(Vec<Endpoint>),
    /// The endpoint is there, but cannot be called or read.
    Unusable(Endpoint, Vec<Finding>),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { spec, reason } = self;
        write!(f, "{} ({} {}): ", spec.name, spec.method, spec.path)?;
        match reason {
            Reason::NoEndpoint { nearest: None } => f.write_str("the document has no such endpoint"),
            Reason::NoEndpoint { nearest: Some((endpoint, why)) } => {
                write!(f, "the document has no such endpoint; the nearest is {endpoint}, but {why}")
            }
            Reason::Ambiguous(endpoints) => {
                let endpoints: Vec<_> = endpoints.iter().map(Endpoint::to_string).collect();
                write!(f, "{} could all be it; name one of them in spec/names.toml", endpoints.join(" and "))
            }
            Reason::Unusable(endpoint, findings) => {
                let findings: Vec<_> = findings.iter().map(Finding::to_string).collect();
                write!(f, "{endpoint} contradicts the API documentation: {}", findings.join("; "))
            }
        }
    }
}

impl Contract {
    /// How many operations of the contract there are, for example `18 of 18 operations`.
    #[must_use]
    pub fn coverage(&self) -> String {
        format!("{} of {} operations", self.operations.len(), op::ALL.len())
    }

    /// An operation by its name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Matched> {
        self.operations.iter().find(|matched| matched.spec.name == name)
    }

    /// The operation that an endpoint is.
    #[must_use]
    pub fn at(&self, endpoint: &Endpoint) -> Option<&Matched> {
        self.operations.iter().find(|matched| matched.endpoint == *endpoint)
    }
}
