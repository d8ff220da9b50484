//! Named passes that turn what ASP.NET writes into what progenitor can read, without losing an operation.
//!
//! A pass is a plain function on the document. What it changed is found by comparing the document before and after, so no
//! pass can change anything unseen.

mod aliases;
mod bodies;
mod components;
mod composition;
mod documented;
mod enums;
mod forms;
mod parameters;
mod report;
mod responses;
mod schemas;
mod structure;
mod unions;
mod wire;

use std::collections::BTreeMap;

use serde_json::Value;

use report::follow_changes;
pub use report::{Change, Refusal, Report, changes};
pub(crate) use wire::WIRE;
pub use wire::{
    Alternative, Enumeration, Field, FieldType, Form, OperationWire, ParameterWire, Union, Variant, Wire, Writing,
};
use wire::{FILE, FORM, UNION, WRITING};

use crate::{
    contract::Contract,
    document::{Endpoint, endpoints, for_each_operation},
    names::{Names, NamesError},
    overlay::Applied,
};

/// The component schema that stands for any JSON value.
pub const ANY_JSON: &str = "AnyJson";

/// A named fix of documents.
#[derive(Debug, Clone, Copy)]
pub struct Pass {
    /// Its name in reports.
    pub name: &'static str,
    /// Why documents need it.
    pub why: &'static str,
    run: fn(&mut Working),
}

impl Pass {
    /// Runs this pass alone.
    #[must_use]
    pub fn apply(&self, document: Value) -> (Value, Vec<Refusal>) {
        let mut working = Working { document, refused: Vec::new() };
        (self.run)(&mut working);
        (working.document, working.refused)
    }
}

/// Every pass, in the order in which they run.
pub const PASSES: &[Pass] = &[
    structure::METHODS,
    structure::SERVERS,
    structure::UNREAD_PARTS,
    structure::REFERENCES,
    structure::ROUTE_CONSTRAINTS,
    parameters::SHARED_PARAMETERS,
    parameters::IGNORED_HEADERS,
    parameters::PLACES,
    parameters::SCHEMAS,
    parameters::PATH_NAMES,
    parameters::NAMES,
    bodies::REQUEST_MEDIA_TYPES,
    responses::ERROR_RESPONSES,
    responses::RESPONSE_MEDIA_TYPES,
    responses::FILE_RESPONSES,
    responses::SUCCESS_RESPONSES,
    components::DEEP_REFERENCES,
    schemas::HOLES,
    composition::COMPOSITION_CYCLES,
    schemas::SCHEMA_NAMES,
    schemas::CLOSED_OBJECTS,
    schemas::BOUNDS,
    schemas::DEFAULTS,
    schemas::FORMATS,
    enums::ENUM_VALUES,
    composition::SINGLE_ALL_OF,
    unions::INHERITANCE,
    composition::COMPOSITION,
    aliases::ALIASES,
    schemas::FREE_FORM,
    enums::INLINE_ENUMS,
    components::INLINE_OBJECTS,
    unions::CHOICES,
    schemas::PROPERTY_NAMES,
    schemas::RESPONSE_FIELDS,
];

/// A document while passes work on it.
#[derive(Debug)]
pub(crate) struct Working {
    pub(crate) document: Value,
    pub(crate) refused: Vec<Refusal>,
}

impl Working {
    /// Takes an operation out, by name and with the reason.
    pub(crate) fn refuse(&mut self, endpoint: &Endpoint, reason: impl Into<String>) {
        if let Some(item) = self.document["paths"][&endpoint.path].as_object_mut() {
            item.remove(&endpoint.method);
        }
        self.refused.push(Refusal {
            operation: endpoint.to_string(),
            pointer: endpoint.pointer(),
            reason: reason.into(),
        });
    }

    /// Runs a check or a change on every operation; those for which it gives a reason are refused.
    fn each_operation(
        &mut self,
        mut run: impl FnMut(&Endpoint, &mut serde_json::Map<String, Value>) -> Result<(), String>,
    ) {
        let mut refused = Vec::new();
        for_each_operation(&mut self.document, |endpoint, operation| {
            if let Err(reason) = run(endpoint, operation) {
                refused.push((endpoint.clone(), reason));
            }
        });
        for (endpoint, reason) in refused {
            self.refuse(&endpoint, reason);
        }
    }
}

/// A document that is ready for progenitor, and what was done to it.
#[derive(Debug, Clone)]
pub struct Normalised {
    /// The document: OpenAPI 3.0, its members sorted.
    pub document: Value,
    /// What of it progenitor could not be told.
    pub wire: Wire,
    /// The name of each operation that is left.
    pub operations: BTreeMap<Endpoint, String>,
    /// What of the contract it has, for a CxReports instance.
    pub contract: Option<Contract>,
    /// What was done.
    pub report: Report,
}

impl Normalised {
    /// The document's text, as it is committed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{:#}\n", self.document)
    }
}

/// Normalises a document that [`convert`](crate::convert) has let through.
///
/// # Errors
///
/// [`NamesError`] when the frozen names contradict each other in this document.
pub fn normalise(document: Value, overlay: Vec<Applied>, names: &mut Names) -> Result<Normalised, NamesError> {
    normalise_with(document, overlay, None, names)
}

/// Normalises a document of which it is known what of the contract it has.
pub(crate) fn normalise_with(
    document: Value,
    overlay: Vec<Applied>,
    contract: Option<Contract>,
    names: &mut Names,
) -> Result<Normalised, NamesError> {
    let mut report = Report::new(&document, overlay);
    let matched = contract.iter().flat_map(|contract| &contract.operations);
    let given = matched.map(|matched| (matched.endpoint.clone(), matched.spec.name.to_owned())).collect();
    let named = names.assign_with(&document, given)?;
    let mut before = document.clone();
    let mut working = Working { document, refused: Vec::new() };
    if let Some(contract) = &contract {
        documented::apply(&mut working.document, contract);
        report.add("documented", follow_changes(&mut before, &working.document));
    }
    for_each_operation(&mut working.document, |endpoint, operation| {
        operation.insert("operationId".into(), named[endpoint].clone().into());
    });
    report.add("operation-ids", follow_changes(&mut before, &working.document));
    for pass in PASSES {
        (pass.run)(&mut working);
        report.add(pass.name, follow_changes(&mut before, &working.document));
    }
    if let Some(paths) = working.document["paths"].as_object_mut() {
        paths.retain(|_, item| item.as_object().is_some_and(|item| !item.is_empty()));
    }
    let left = endpoints(&working.document);
    // A path may have lost its constraints on the way, but the operation's id stays.
    let operations = left
        .into_iter()
        .map(|endpoint| {
            let name =
                crate::document::operation(&working.document, &endpoint)["operationId"].as_str().unwrap_or_default();
            (endpoint.clone(), name.to_owned())
        })
        .collect();
    report.refused = working.refused;
    let wire = Wire::read(&working.document);
    Ok(Normalised { document: working.document, wire, operations, contract, report })
}
