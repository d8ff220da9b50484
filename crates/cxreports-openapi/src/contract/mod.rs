//! A document matched with the contract: where each operation of the CxReports API is on an instance, and what of it that
//! release accepts.
//!
//! The contract is `cxreports-core`'s list of operations. How a document is written does not matter: routes meet by shape,
//! names without regard to case, types by what can be converted. What a document leaves out comes from the contract; what it
//! contradicts is a [`Finding`].

mod encoding;
mod fields;
mod responses;
mod route;

use std::{collections::BTreeMap, fmt};

use cxreports_core::{Binding, Operation as _, OperationSpec, op};
use serde_json::Value;

use crate::document::{Endpoint, endpoints, operation};

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

/// What of the contract a document has.
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
    /// How much of the contract there is, for example `18 of 18 operations`.
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

/// Finds the operations of the contract in a document that [`convert`](crate::convert) has let through.
#[must_use]
pub fn find(document: &Value, overrides: &Overrides) -> Contract {
    let server = route::server(document);
    let served: Vec<route::Served> =
        endpoints(document).into_iter().map(|endpoint| route::Served::new(&server, endpoint)).collect();
    let routes = route::Routes::new(&served, overrides);
    let mut contract = Contract {
        operations: Vec::new(),
        missing: Vec::new(),
        prefix: routes.site_prefix(),
        server: server.clone(),
        secrets: Vec::new(),
    };
    for spec in op::ALL {
        match routes.find(spec) {
            Ok(served) => match bind(document, spec, served) {
                Ok(matched) => contract.operations.push(matched),
                Err(findings) => {
                    let reason = Reason::Unusable(served.endpoint.clone(), findings);
                    contract.missing.push(Missing { spec, reason });
                }
            },
            Err(reason) => contract.missing.push(Missing { spec, reason }),
        }
    }
    contract.secrets = secrets(document, &contract);
    contract
}

/// Where nonces are sent and received.
fn secrets(document: &Value, contract: &Contract) -> Vec<String> {
    let sent = endpoints(document).into_iter().flat_map(|endpoint| {
        let parameters = operation(document, &endpoint)["parameters"].as_array().into_iter().flatten().enumerate();
        let nonces = parameters.filter(|(_, one)| one["name"].as_str().is_some_and(is_nonce));
        nonces.map(|(index, _)| format!("{}/parameters/{index}/schema", endpoint.pointer())).collect::<Vec<_>>()
    });
    let received = contract.operation(op::CreateNonce::SPEC.name);
    sent.chain(received.and_then(|matched| responses::member(document, &matched.endpoint, is_nonce))).collect()
}

fn is_nonce(name: &str) -> bool {
    name.eq_ignore_ascii_case("nonce")
}

fn bind(document: &Value, spec: &'static OperationSpec, served: &route::Served) -> Result<Matched, Vec<Finding>> {
    let mut binder = fields::Binder::new(document, spec, served);
    binder.parameters();
    binder.body();
    let mut fatal = binder.fatal;
    responses::check(document, spec, &served.endpoint, &mut fatal);
    if !fatal.is_empty() {
        return Err(fatal);
    }
    let binding = Binding {
        path: binder.path.into(),
        media_type: binder.media_type.into(),
        fields: binder.fields.into(),
        extras: binder.extras.into(),
        unknown: binder.unknown.into(),
    };
    Ok(Matched { spec, endpoint: served.endpoint.clone(), binding, findings: binder.findings })
}
