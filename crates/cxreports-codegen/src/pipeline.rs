//! The pipeline of a document, from the served text to the normalised form that code is generated from.

use serde_json::Value;
use thiserror::Error;

use crate::{
    contract::{self, Contract},
    convert::{ConvertError, convert},
    document::endpoints,
    fetch::FetchError,
    files::ReadError,
    generate::GenerateError,
    names::{Names, NamesError},
    normalise::{Normalised, normalise_with},
    overlay::Overlay,
    stage::STACK,
};

pub use crate::stage::Stage;

/// Error of processing one document, by the stage that failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StageError {
    /// Reading it.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// Converting it.
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// The overlay.
    #[error(transparent)]
    Overlay(#[from] ReadError),
    /// The document has no operation of the CxReports API.
    #[error(
        "{title:?} is not a CxReports instance: none of its {operations} operations is one of the CxReports API{}",
        nearest.as_ref().map(|nearest| format!(" (nearest: {nearest})")).unwrap_or_default()
    )]
    NotCxReports {
        /// The document's title.
        title: String,
        /// How many operations it has.
        operations: usize,
        /// The operation that comes nearest, and why it is not one.
        nearest: Option<String>,
    },
    /// The operations of the CxReports API are there, and none of them can be used.
    #[error("none of the operations of the CxReports API can be used: {}", reasons.join("; "))]
    NoneUsable {
        /// Each of them, and why.
        reasons: Vec<String>,
    },
    /// The names.
    #[error(transparent)]
    Names(#[from] NamesError),
    /// Generating.
    #[error(transparent)]
    Generate(#[from] GenerateError),
}

/// How documents are prepared.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pipeline<'a> {
    /// What the documents leave out.
    pub overlay: Option<&'a Overlay>,
}

impl Pipeline<'_> {
    /// A document of any server, through every stage up to the generator. New names are added to `names`.
    ///
    /// # Errors
    ///
    /// [`StageError`] of the stage that failed.
    pub fn normalise(
        &self,
        document: Value,
        names: &mut Names,
        progress: &mut dyn FnMut(Stage),
    ) -> Result<Normalised, StageError> {
        stacker::grow(STACK, || self.run(document, names, progress, |_, _| Ok(None)))
    }

    /// A document of a CxReports instance, matched with the contract.
    ///
    /// # Errors
    ///
    /// As [`normalise`](Self::normalise), and [`StageError::NotCxReports`].
    pub fn normalise_instance(
        &self,
        document: Value,
        names: &mut Names,
        progress: &mut dyn FnMut(Stage),
    ) -> Result<Normalised, StageError> {
        stacker::grow(STACK, || {
            self.run(document, names, progress, |document, names| matched(document, names).map(Some))
        })
    }

    fn run(
        &self,
        document: Value,
        names: &mut Names,
        progress: &mut dyn FnMut(Stage),
        find: impl FnOnce(&Value, &Names) -> Result<Option<Contract>, StageError>,
    ) -> Result<Normalised, StageError> {
        progress(Stage::Convert);
        let mut document = convert(document)?;
        progress(Stage::Overlay);
        let applied = match self.overlay {
            Some(overlay) => overlay.apply(&mut document)?,
            None => Vec::new(),
        };
        progress(Stage::Match);
        let contract = find(&document, names)?;
        progress(Stage::Normalise);
        Ok(normalise_with(document, applied, contract, names)?)
    }
}

/// The operations of the contract in a document as OpenAPI 3.0.
///
/// # Errors
///
/// [`StageError::NotCxReports`] when it has none, and [`StageError::NoneUsable`] when it is not clear which, or all contradict
/// the contract.
pub fn matched(document: &Value, names: &Names) -> Result<Contract, StageError> {
    let contract = contract::find(document, names.frozen());
    if !contract.operations.is_empty() {
        return Ok(contract);
    }
    let is_absent = |missing: &&contract::Missing| matches!(missing.reason, contract::Reason::NoEndpoint { .. });
    let unusable = contract.missing.iter().filter(|missing| !is_absent(missing));
    let reasons: Vec<String> = unusable.map(ToString::to_string).collect();
    if !reasons.is_empty() {
        return Err(StageError::NoneUsable { reasons });
    }
    let near = |missing: &&contract::Missing| !matches!(missing.reason, contract::Reason::NoEndpoint { nearest: None });
    Err(StageError::NotCxReports {
        title: document["info"]["title"].as_str().unwrap_or("the document").to_owned(),
        operations: endpoints(document).len(),
        nearest: contract.missing.iter().find(near).map(ToString::to_string),
    })
}
