//! Named passes that turn what ASP.NET writes into what progenitor can read, without losing an operation.
//!
//! A pass is a plain function on the document. What it changed is found by comparing the document before and after, so no
//! pass can change anything unseen.

mod answers;
mod bodies;
mod components;
mod composition;
mod documented;
mod enums;
mod forms;
mod parameters;
mod report;
mod schemas;
mod structure;
mod unions;

use std::collections::BTreeMap;

use serde_json::Value;

pub use report::{Change, Refusal, Report, changes};

use crate::{
    contract::Contract,
    document::{Endpoint, endpoints, for_each_operation},
    names::{Names, NamesError},
    overlay::Applied,
};

/// Extension under which a normalised document keeps what is really sent or received: a media type or a name that
/// progenitor could not take.
pub const WIRE: &str = "x-wire";

/// Extension of a parameter: how it is really written, where progenitor could not be told (see [`Writing`]).
pub const WRITING: &str = "x-wire-as";

/// Extension of a component schema that is a form, and of the body that takes it: `multipart` or `urlencoded`, or the
/// component's name.
pub const FORM: &str = "x-wire-form";

/// Extension of a form's member that is a file.
pub const FILE: &str = "x-wire-file";

/// Extension of a component schema that is a choice between objects.
pub const UNION: &str = "x-wire-union";

/// How a parameter is written that progenitor writes otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// In the `Cookie` header.
    Cookie,
    /// Its values joined by commas.
    Commas,
    /// Its values joined by spaces.
    Spaces,
    /// Its values joined by pipes.
    Pipes,
    /// `name[member]=value` for each member.
    Deep,
}

impl Writing {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Cookie, "cookie"),
        (Self::Commas, "commas"),
        (Self::Spaces, "spaces"),
        (Self::Pipes, "pipes"),
        (Self::Deep, "deep"),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(writing, _)| *writing == self).map_or("", |(_, name)| name)
    }

    /// How a parameter of a normalised document is written; `None` when as progenitor does it.
    #[must_use]
    pub fn of(parameter: &Value) -> Option<Self> {
        let name = parameter[WRITING].as_str()?;
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(writing, _)| *writing)
    }
}

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
    answers::ERROR_ANSWERS,
    answers::RESPONSE_MEDIA_TYPES,
    answers::FILE_ANSWERS,
    answers::SUCCESS_ANSWERS,
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
    schemas::ALIASES,
    schemas::FREE_FORM,
    enums::INLINE_ENUMS,
    components::INLINE_OBJECTS,
    unions::CHOICES,
    schemas::PROPERTY_NAMES,
    schemas::ANSWER_FIELDS,
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
        report.add("documented", changes(&before, &working.document));
        before.clone_from(&working.document);
    }
    for_each_operation(&mut working.document, |endpoint, operation| {
        operation.insert("operationId".into(), named[endpoint].clone().into());
    });
    report.add("operation-ids", changes(&before, &working.document));
    for pass in PASSES {
        before.clone_from(&working.document);
        (pass.run)(&mut working);
        report.add(pass.name, changes(&before, &working.document));
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
    Ok(Normalised { document: working.document, operations, contract, report })
}
