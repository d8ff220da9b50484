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
mod media;
mod parameters;
mod pass;
mod report;
mod responses;
mod schemas;
mod structure;
mod unions;
mod wire;

use std::collections::BTreeMap;

use serde_json::Value;

use pass::Context;
pub use pass::Pass;
use report::follow_changes;
pub use report::{Change, Refusal, Report, changes};
pub(crate) use wire::WIRE;
pub use wire::{
    Alternative, Enumeration, Field, FieldType, Form, OperationWire, ParameterWire, Union, Variant, Wire, Writing,
};

pub use crate::reserved::ANY_JSON;

use crate::{
    contract::Contract,
    document::{Endpoint, endpoints, for_each_operation, operation},
    names::{Names, NamesError},
    overlay::Applied,
};

/// Every pass, in the order in which they run.
pub const PASSES: &[Pass] = &[
    structure::METHODS,
    structure::SERVERS,
    structure::UNREAD_PARTS,
    structure::REFERENCES,
    components::DEEP_REFERENCES,
    structure::INLINED_COMPONENTS,
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

/// A document that is ready for progenitor, and what was done to it.
#[derive(Debug, Clone)]
pub struct Normalised {
    /// The document: OpenAPI 3.0, its members sorted.
    pub document: Value,
    /// What progenitor cannot express.
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
    let mut context = Context { document, refused: Vec::new() };
    if let Some(contract) = &contract {
        documented::apply(&mut context.document, contract);
        report.add("documented", follow_changes(&mut before, &context.document));
    }
    for_each_operation(&mut context.document, |endpoint, operation| {
        operation.insert("operationId".into(), named[endpoint].clone().into());
    });
    report.add("operation-ids", follow_changes(&mut before, &context.document));
    for pass in PASSES {
        (pass.run)(&mut context);
        report.add(pass.name, follow_changes(&mut before, &context.document));
    }
    if let Some(paths) = context.document["paths"].as_object_mut() {
        paths.retain(|_, item| item.as_object().is_some_and(|item| !item.is_empty()));
    }
    let left = endpoints(&context.document);
    // A path may have lost its constraints on the way, but the operation's id stays.
    let operations = left
        .into_iter()
        .map(|endpoint| {
            let name = operation(&context.document, &endpoint)["operationId"].as_str().unwrap_or_default();
            (endpoint.clone(), name.to_owned())
        })
        .collect();
    report.refused = context.refused;
    let wire = Wire::read(&context.document);
    Ok(Normalised { document: context.document, wire, operations, contract, report })
}
