//! From a normalised document to the files of a crate.

pub mod api;
mod chain;
mod docs;
mod edits;
mod enums;
mod forms;
mod manifest;
mod operations;
mod pin;
mod progenitor;
mod runtime;
mod target;
mod text;
mod types;
mod unions;
mod usage;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use thiserror::Error;

pub use edits::EditError;
pub use manifest::{MANIFEST_MARK, pin_package};
pub use target::Target;

use crate::{
    document::{Endpoint, endpoints, operation},
    normalise::{Normalised, Refusal},
    stage::{STACK, Stage},
};

/// Error of generating a crate.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// Progenitor refuses the document as a whole.
    #[error("the generator cannot take the document: {0}; report this with the document")]
    Progenitor(String),
    /// A template of ours made something that is not Rust.
    #[error("the generated {file} is not Rust: {reason}; report this with the document")]
    NotRust {
        /// Which file.
        file: String,
        /// What the parser said.
        reason: String,
    },
    /// An edit of progenitor's output did not apply as often as the document calls for.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// A generated crate.
#[derive(Debug, Clone)]
pub struct Crate {
    /// Contents by path, below the crate's folder.
    pub files: BTreeMap<String, String>,
    /// Operations that progenitor could not take, with its reason.
    pub refused: Vec<Refusal>,
    /// Schemas that could not be expressed and are any JSON value, with the reason.
    pub untyped: Vec<(String, String)>,
}

/// Generates a crate.
///
/// # Errors
///
/// [`GenerateError`]; single operations that cannot be generated are no error, they are refused by name.
pub fn generate(normalised: &Normalised, target: Target<'_>) -> Result<Crate, GenerateError> {
    generate_with(normalised, target, &mut |_| {})
}

/// Generates a crate, and tells which stage it is in.
///
/// # Errors
///
/// As [`generate`].
pub fn generate_with(
    normalised: &Normalised,
    target: Target<'_>,
    progress: &mut dyn FnMut(Stage),
) -> Result<Crate, GenerateError> {
    stacker::grow(STACK, || write(normalised, target, progress))
}

fn write(normalised: &Normalised, target: Target<'_>, progress: &mut dyn FnMut(Stage)) -> Result<Crate, GenerateError> {
    progress(Stage::Generate);
    let wire = &normalised.wire;
    let is_pin = matches!(target, Target::Pin { .. });
    let settings = progenitor::Settings {
        replaced: &wire.own_types(),
        any_json: if is_pin { "::cxreports_pin::core::Json" } else { "::serde_json::Value" },
        inner: is_pin.then(|| quote! { ::std::sync::Arc<dyn ::cxreports_pin::core::Authorize> }),
    };
    let output = progenitor::run(&normalised.document, &settings).map_err(GenerateError::Progenitor)?;
    progress(Stage::Edit);
    let edited =
        edits::edit(parse("src/client.rs", output.tokens)?, &output.document, wire, is_pin.then(runtime::authorize))?;

    progress(Stage::Print);
    let mut files = Files::default();
    let templates = [
        ("enums", wire.enumerations.is_empty(), enums::module(&wire.enumerations)),
        ("forms", wire.forms.is_empty(), forms::module(&wire.forms)),
        ("unions", wire.unions.is_empty(), unions::module(&wire.unions)),
    ];
    let mut modules = Vec::new();
    for (module, is_empty, tokens) in templates {
        if !is_empty {
            files.tokens(&format!("src/{module}.rs"), tokens)?;
            modules.push(module);
        }
    }
    let mut client = edited.client;
    client.items.insert(client.items.len().saturating_sub(1), operations::methods(&edited.operations));
    files.text("src/client.rs", &prettyplease::unparse(&client));
    files.text("src/types.rs", &types::module(edited.types, &modules));
    let builders = operations::module(&edited.operations);
    files.text("src/builder.rs", &builders);
    let about = docs::escape(&normalised.report.title).replace('\n', " ");
    match target {
        Target::Pin { name, host, .. } => {
            files.text("src/pin.rs", &pin::table(target, normalised));
            files.text("src/lib.rs", &manifest::pin_library(name, &about, &files.0));
            if edited.operations.iter().any(|operation| operation.name == "list_reports") {
                let library = format_ident!("{}", manifest::pin_package(name).replace('-', "_"));
                files.tokens("examples/list_reports.rs", runtime::example(&library))?;
            }
            files.0.insert("Cargo.toml".to_owned(), manifest::pin(name, host, &files.0));
        }
        Target::Standalone { name } => {
            for (path, source) in runtime::support() {
                files.text(path, &source);
            }
            let example = usage::example(name, &normalised.document, &edited.operations);
            let servers = &normalised.report.servers;
            files.text("src/lib.rs", &manifest::standalone_library(&about, &example, servers, &files.0));
            files.0.insert("Cargo.toml".to_owned(), manifest::standalone(name, &files.0));
        }
    }
    Ok(Crate { files: files.0, refused: output.refused, untyped: output.untyped })
}

/// The files of a crate, by path.
#[derive(Default)]
struct Files(BTreeMap<String, String>);

impl Files {
    /// Adds Rust source.
    fn text(&mut self, path: &str, source: &str) {
        self.0.insert(path.to_owned(), format!("{}{source}", text::GENERATED));
    }

    /// Adds a template's tokens.
    fn tokens(&mut self, path: &str, tokens: TokenStream) -> Result<(), GenerateError> {
        self.text(path, &prettyplease::unparse(&parse(path, tokens)?));
        Ok(())
    }
}

fn parse(file: &str, tokens: TokenStream) -> Result<syn::File, GenerateError> {
    syn::parse2(tokens).map_err(|error| GenerateError::NotRust { file: file.to_owned(), reason: error.to_string() })
}

/// The operations of a document that hand over bytes.
#[must_use]
pub fn downloads(document: &Value) -> Vec<Endpoint> {
    let hands_over_bytes = |endpoint: &Endpoint| {
        let responses = operation(document, endpoint)["responses"].as_object();
        responses.into_iter().flatten().any(|(status, response)| {
            status.starts_with('2') && response.pointer("/content/application~1octet-stream").is_some()
        })
    };
    endpoints(document).into_iter().filter(hands_over_bytes).collect()
}
