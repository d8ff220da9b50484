//! The committed pins.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{
    error::{PinError, stage},
    toml::{DEPLOYMENTS, Deployment, Origin, PinFile, read_toml},
};
use crate::{
    contract,
    convert::convert,
    document::Endpoint,
    fetch,
    files::{self, ReadError, read_if_there, sha256},
    host::{self, Host},
    names::Names,
    overlay::Overlay,
    pipeline::StageError,
    since::age,
};

/// The folder of the generated crates.
pub(super) const CRATES: &str = "crates/pins";

/// The pins and deployments of a repository, as they are committed.
#[derive(Debug, Clone, Default)]
pub struct Pins {
    pub(super) root: PathBuf,
    /// The deployments, by name.
    pub deployments: BTreeMap<String, Deployment>,
    pub(super) pins: BTreeMap<String, Committed>,
    pub(super) names: Names,
    pub(super) overlay: Option<Overlay>,
    pub(super) host: Host,
    /// The root manifest with the pins as members, when they are not yet.
    pub(super) manifest: Option<String>,
}

/// A committed pin.
#[derive(Debug, Clone)]
pub(super) struct Committed {
    pub(super) origin: Origin,
    /// The document as it was served.
    pub(super) swagger: Vec<u8>,
}

impl Pins {
    /// Reads what is committed.
    ///
    /// # Errors
    ///
    /// [`PinError`] names the file and what is wrong in it.
    pub fn read(root: &Path) -> Result<Self, PinError> {
        if files::is_interrupted(root) {
            return Err(PinError::Interrupted(root.to_owned()));
        }
        let spec = root.join("spec");
        let deployments: BTreeMap<String, Deployment> = read_toml(&root.join(DEPLOYMENTS))?.unwrap_or_default();
        let names = Names::read(&spec.join("names.toml")).map_err(StageError::from)?;
        let overlay = Overlay::read_if_there(&spec.join("overlay.yaml")).map_err(StageError::from)?;
        let (host, manifest) = read_manifest(root)?;
        let mut pins = BTreeMap::new();
        for folder in folders(&spec).map_err(ReadError::io(&spec))? {
            let Some(file) = read_toml::<PinFile>(&folder.join("pin.toml"))? else { continue };
            let path = folder.join("swagger.json");
            let swagger = fs::read(&path).map_err(ReadError::io(&path))?;
            if sha256(&swagger) != file.swagger_sha256 {
                return Err(PinError::Tampered {
                    path: path.strip_prefix(root).unwrap_or(&path).display().to_string(),
                });
            }
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            pins.insert(name, Committed { origin: file.origin(), swagger });
        }
        for (deployment, Deployment { pin, .. }) in &deployments {
            if !pins.contains_key(pin) {
                return Err(PinError::NoPin { deployment: deployment.clone(), pin: pin.clone() });
            }
        }
        Ok(Self { root: root.to_owned(), deployments, pins, names, overlay, host, manifest })
    }

    /// The root folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A deployment.
    ///
    /// # Errors
    ///
    /// [`PinError::UnknownDeployment`] names those that there are.
    pub fn deployment(&self, name: &str) -> Result<&Deployment, PinError> {
        self.deployments.get(name).ok_or_else(|| PinError::UnknownDeployment {
            name: name.to_owned(),
            known: self.deployments.keys().cloned().collect(),
        })
    }

    /// The pins, oldest first by the version that was stated of them.
    #[must_use]
    pub fn pins_by_age(&self) -> Vec<&str> {
        let mut pins: Vec<_> =
            self.pins.iter().map(|(name, pin)| (age(pin.origin.edition.as_deref(), name), name)).collect();
        pins.sort();
        pins.into_iter().map(|(_, name)| name.as_str()).collect()
    }

    /// The document of a pin as OpenAPI 3.0, and the names of its operations: what a comparison starts from.
    ///
    /// # Errors
    ///
    /// [`PinError::UnknownPin`] names those that there are.
    pub fn document(&self, pin: &str) -> Result<(Value, BTreeMap<Endpoint, String>), PinError> {
        let unknown = || PinError::UnknownPin { name: pin.to_owned(), known: self.pins.keys().cloned().collect() };
        let committed = self.pins.get(pin).ok_or_else(unknown)?;
        let read = || -> Result<_, StageError> {
            let document = convert(fetch::parse(&committed.swagger, &swagger(pin))?)?;
            let names = self.names_of(&document)?;
            Ok((document, names))
        };
        read().map_err(|error| stage(pin, error))
    }

    /// What of the API documentation a document has, in lines: how much, then each operation that is missing and why.
    #[must_use]
    pub fn coverage(&self, document: &Value) -> Vec<String> {
        let contract = contract::find(document, self.names.frozen());
        let missing = contract.missing.iter().map(|missing| format!("no {missing}"));
        std::iter::once(contract.coverage()).chain(missing).collect()
    }

    /// The names of a document's operations.
    ///
    /// # Errors
    ///
    /// [`StageError::Names`].
    pub fn names_of(&self, document: &Value) -> Result<BTreeMap<Endpoint, String>, StageError> {
        let contract = contract::find(document, self.names.frozen());
        let given = contract.operations.iter().map(|matched| (matched.endpoint.clone(), matched.spec.name.to_owned()));
        Ok(self.names.clone().assign_with(document, given.collect())?)
    }

    /// The sources of a pin's crate, as they are committed.
    ///
    /// # Errors
    ///
    /// [`PinError::Read`].
    pub fn sources(&self, pin: &str) -> Result<BTreeMap<String, String>, PinError> {
        let folder = self.root.join(CRATES).join(pin).join("src");
        let mut sources = BTreeMap::new();
        for entry in fs::read_dir(&folder).map_err(ReadError::io(&folder))? {
            let path = entry.map_err(ReadError::io(&folder))?.path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let name = format!("src/{}", path.file_name().unwrap_or_default().to_string_lossy());
                sources.insert(name, fs::read_to_string(&path).map_err(ReadError::io(&path))?);
            }
        }
        Ok(sources)
    }
}

/// What stands in a folder; nothing when it is not there.
fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The root manifest: what pins inherit from it, and how it has to change so that they are members.
fn read_manifest(root: &Path) -> Result<(Host, Option<String>), PinError> {
    let path = root.join("Cargo.toml");
    let text = read_if_there(&path).map_err(ReadError::io(&path))?;
    let Some(text) = text else { return Err(PinError::NoWorkspace(root.to_owned())) };
    let invalid = |error: toml_edit::TomlError| ReadError::invalid(&path, error);
    Ok((Host::read(&text).map_err(invalid)?, host::with_pins(&text).map_err(invalid)?))
}

/// The path of a pin's document, as errors name it.
pub(super) fn swagger(pin: &str) -> String {
    format!("spec/{pin}/swagger.json")
}

/// Whether a name can be that of a deployment.
///
/// # Errors
///
/// [`PinError::BadName`].
pub fn check_name(name: &str) -> Result<(), PinError> {
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-'));
    if begins && plain && name.len() <= 64 && !name.ends_with(['.', '-']) {
        Ok(())
    } else {
        Err(PinError::BadName(name.to_owned()))
    }
}
