//! A document matched with the contract: where each operation of the CxReports API is on an instance, and what of it that
//! release accepts.
//!
//! The contract is `cxreports-core`'s list of operations. How a document is written does not matter: routes meet by shape,
//! names without regard to case, types by what can be converted. What a document leaves out comes from the contract; what it
//! contradicts is a [`Finding`].

mod coverage;
mod encoding;
mod fields;
mod responses;
mod route;

use cxreports_core::{Binding, Operation as _, OperationSpec, op};
use serde_json::Value;

pub use coverage::{Contract, Finding, Matched, Missing, Overrides, Reason};

use crate::document::{endpoints, operation};

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
