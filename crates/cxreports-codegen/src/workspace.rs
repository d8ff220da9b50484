//! The pins of a workspace: what is committed, and what it should be.
//!
//! Nothing here touches the network or writes: a [`Plan`] holds every file as it should be, to be checked or written.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    contract::{self, Contract},
    convert::convert,
    document::{self, Endpoint},
    fetch::{self, Fetched},
    files::{FileError, FileSet, read_if_there},
    generate::{self, Target, sha256},
    host::{self, Host},
    ident,
    names::Names,
    normalise::{Normalised, Report},
    overlay::Overlay,
    pipeline::{Pipeline, Stage},
    since::{Since, age},
};

pub use crate::pipeline::StageError;

/// The folder of the generated crates.
const PINS: &str = "crates/pins";
/// The table of what came when.
const SINCE: &str = "spec/since.toml";

/// Why pins cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PinError {
    /// No such deployment.
    #[error(
        "no deployment is called {name:?} in spec/deployments.toml; there {}. To pin a new one, say where it is: cargo xtask regen {name} --url URL",
        list(known)
    )]
    UnknownDeployment {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No such pin.
    #[error("no pin is called {name:?}; there {}", list(known))]
    UnknownPin {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A name that cannot be a folder and a crate.
    #[error(
        "{0:?} cannot be the name of a deployment: use small letters, digits, dots and dashes, beginning with a letter or digit"
    )]
    BadName(String),
    /// The folder is no workspace.
    #[error("{} has no Cargo.toml; pins are crates of a workspace: run this in the root folder of yours", .0.display())]
    NoWorkspace(PathBuf),
    /// Two pins would be one package.
    #[error("the pins {0:?} and {1:?} would be the same package; give one deployment another name")]
    SamePackage(String, String),
    /// `deployments.toml` or a `pin.toml` is not what it should be.
    #[error("{path}: {reason}")]
    Invalid {
        /// The file.
        path: String,
        /// What is wrong, with line and column.
        reason: String,
    },
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The committed document was changed by hand.
    #[error(
        "{path} is not what was fetched: its SHA-256 is not the one in pin.toml. Restore it (git checkout {path}), or pin the instance again; what is wrong in a document is mended in an overlay, spec/overlay.yaml"
    )]
    Tampered {
        /// The file.
        path: String,
    },
    /// A stage failed for a pin.
    #[error("pin {pin}: {source}")]
    Stage {
        /// The pin.
        pin: String,
        /// What failed.
        source: StageError,
    },
    /// An overlay or the names cannot be read.
    #[error(transparent)]
    Setup(#[from] StageError),
    /// Files cannot be read or written.
    #[error(transparent)]
    Files(#[from] FileError),
}

/// What is told of progress: a pin, and the stage that it is in.
pub type Progress<'a> = &'a mut dyn FnMut(&str, Stage);

/// One deployment, as `deployments.toml` has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Base URL of the instance, or `sim:EDITION` for the simulator.
    pub url: String,
    /// The instance's version, as its operator states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// Name of the environment variable that has the token, for instances whose Swagger asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_env: Option<String>,
    /// The pin that it is on.
    pub pin: String,
}

/// What `spec/<pin>/pin.toml` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinFile {
    /// Where the document came from.
    pub source: String,
    /// When, as a date.
    pub fetched: String,
    /// The instance's version, as its operator stated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// SHA-256 of `swagger.json`.
    pub swagger_sha256: String,
    /// SHA-256 of `openapi.json`.
    pub openapi_sha256: String,
}

/// A workspace with pins.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    /// The deployments, by name.
    pub deployments: BTreeMap<String, Deployment>,
    pins: BTreeMap<String, Committed>,
    names: Names,
    overlay: Option<Overlay>,
    host: Host,
    /// The root manifest with the pins as members, when they are not yet.
    manifest: Option<String>,
}

#[derive(Debug, Clone)]
struct Committed {
    file: PinFile,
    swagger: Vec<u8>,
}

/// What is to be pinned.
#[derive(Debug)]
pub struct Request<'a> {
    /// The deployment, new or known.
    pub name: &'a str,
    /// What it serves.
    pub fetched: &'a Fetched,
    /// Where that came from, as `pin.toml` is to say it.
    pub source: String,
    /// The deployment's entry; its pin is decided here.
    pub deployment: Deployment,
    /// Today.
    pub today: chrono::NaiveDate,
}

/// Every file as it should be, and what that changes.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The files.
    pub files: FileSet,
    /// The pins that the plan covers; the one that was asked for is the last.
    pub pins: Vec<PlannedPin>,
}

/// A pin of a plan.
#[derive(Debug, Clone)]
pub struct PlannedPin {
    /// Its name.
    pub name: String,
    /// Its package.
    pub package: String,
    /// What was done to the document.
    pub report: Report,
    /// What became of the operations.
    pub changes: OperationChanges,
    /// What of the contract it has.
    pub contract: Contract,
}

/// What became of the operations of a pin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationChanges {
    /// New ones: `METHOD path (name)`.
    pub added: Vec<String>,
    /// Gone.
    pub removed: Vec<String>,
    /// The same endpoint under another name.
    pub renamed: Vec<String>,
}

impl OperationChanges {
    /// Compares two sets of operations.
    #[must_use]
    pub fn between(before: &BTreeMap<Endpoint, String>, after: &BTreeMap<Endpoint, String>) -> Self {
        let line = |(endpoint, name): (&Endpoint, &String)| format!("{endpoint} ({name})");
        Self {
            added: after.iter().filter(|(e, _)| !before.contains_key(e)).map(line).collect(),
            removed: before.iter().filter(|(e, _)| !after.contains_key(e)).map(line).collect(),
            renamed: before
                .iter()
                .filter_map(|(endpoint, old)| {
                    after.get(endpoint).filter(|new| *new != old).map(|new| format!("{endpoint}: {old} -> {new}"))
                })
                .collect(),
        }
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.renamed.is_empty()
    }
}

impl Workspace {
    /// Reads what is committed.
    ///
    /// # Errors
    ///
    /// [`PinError`] names the file and what is wrong in it.
    pub fn read(root: &Path) -> Result<Self, PinError> {
        let spec = root.join("spec");
        let deployments = read_toml(&spec.join("deployments.toml"))?.unwrap_or_default();
        let names = Names::read(&spec.join("names.toml")).map_err(StageError::from)?;
        let overlay = spec.join("overlay.yaml");
        let overlay = if overlay.exists() { Some(Overlay::read(&overlay).map_err(StageError::from)?) } else { None };
        let (host, manifest) = read_manifest(root)?;
        let mut pins = BTreeMap::new();
        for folder in folders(&spec).map_err(|source| PinError::Read { path: spec.display().to_string(), source })? {
            let Some(file) = read_toml::<PinFile>(&folder.join("pin.toml"))? else { continue };
            let path = folder.join("swagger.json");
            let swagger =
                fs::read(&path).map_err(|source| PinError::Read { path: path.display().to_string(), source })?;
            if sha256(&swagger) != file.swagger_sha256 {
                return Err(PinError::Tampered {
                    path: path.strip_prefix(root).unwrap_or(&path).display().to_string(),
                });
            }
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            pins.insert(name, Committed { file, swagger });
        }
        let workspace = Self { root: root.to_owned(), deployments, pins, names, overlay, host, manifest };
        match workspace.deployments.iter().find(|(_, deployment)| !workspace.pins.contains_key(&deployment.pin)) {
            Some((name, deployment)) => Err(PinError::Invalid {
                path: "spec/deployments.toml".to_owned(),
                reason: format!(
                    "{name} is on the pin {:?}, but there is no spec/{}/pin.toml",
                    deployment.pin, deployment.pin
                ),
            }),
            None => Ok(workspace),
        }
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

    /// Plans every pin anew from the committed documents.
    ///
    /// # Errors
    ///
    /// [`PinError`].
    pub fn plan_all(&self, progress: Progress<'_>) -> Result<Plan, PinError> {
        let pins: Vec<String> = self.pins.keys().cloned().collect();
        let mut plan = self.plan(&pins, &self.since()?, progress)?;
        // The crate of a pin that is no more does not belong there.
        plan.files.own(PINS);
        Ok(plan)
    }

    /// Plans the pin that a deployment is to be on, from what it serves now.
    ///
    /// # Errors
    ///
    /// [`PinError`].
    pub fn plan_deployment(&self, request: Request<'_>, progress: Progress<'_>) -> Result<Plan, PinError> {
        check_name(request.name)?;
        let mut next = self.clone();
        let served = self.normalised(request.name, &request.fetched.bytes, &mut self.names.clone(), &mut |_, _| {})?;
        let (pin, known) = self.pin_for(&request, &served)?;
        if known {
            if let Some(committed) = next.pins.get_mut(&pin) {
                committed.file.edition = committed.file.edition.take().or(request.deployment.edition.clone());
            }
        } else {
            let file = PinFile {
                source: request.source,
                fetched: request.today.to_string(),
                edition: request.deployment.edition.clone(),
                swagger_sha256: sha256(&request.fetched.bytes),
                openapi_sha256: String::new(),
            };
            next.pins.insert(pin.clone(), Committed { file, swagger: request.fetched.bytes.clone() });
        }
        next.deployments.insert(request.name.to_owned(), Deployment { pin: pin.clone(), ..request.deployment });
        next.check_packages()?;
        // A deployment that moves changes the table of the pin that it leaves, too.
        let left = self.deployments.get(request.name).map(|deployment| deployment.pin.clone());
        // What every pin says of the others changes when an operation or a field is new to all of them.
        let since = next.since()?;
        let committed = fs::read_to_string(self.root.join(SINCE)).unwrap_or_default();
        let others: Vec<String> =
            if since.to_toml() == committed { left.into_iter().collect() } else { next.pins.keys().cloned().collect() };
        let pins: Vec<String> = others.into_iter().filter(|other| *other != pin).chain([pin.clone()]).collect();
        next.plan(&pins, &since, progress)
    }

    /// The pin for what a deployment serves, and whether its document is committed already.
    fn pin_for(&self, request: &Request<'_>, served: &Normalised) -> Result<(String, bool), PinError> {
        let own = self.deployments.get(request.name).map(|deployment| &deployment.pin);
        // The deployment's own pin first, then one of the stated version.
        let mut candidates: Vec<_> = self.pins.iter().collect();
        candidates.sort_by_key(|(name, pin)| (Some(*name) != own, pin.file.edition != request.deployment.edition));
        for (name, committed) in candidates {
            let committed = self.normalised(name, &committed.swagger, &mut self.names.clone(), &mut |_, _| {})?;
            if committed.document == served.document {
                return Ok((name.clone(), true));
            }
        }
        let others_on =
            |pin: &str| self.deployments.iter().any(|(name, deployment)| name != request.name && deployment.pin == pin);
        if let Some(own) = own.filter(|own| !others_on(own)) {
            return Ok((own.clone(), false));
        }
        let free = ident::free(request.name, "-", |name| self.pins.contains_key(name));
        Ok((free, false))
    }

    /// The whole way of each pin's document, with the files of the workspace around them.
    fn plan(&self, pins: &[String], since: &Since, progress: Progress<'_>) -> Result<Plan, PinError> {
        self.check_packages()?;
        let mut files = FileSet::default();
        let mut planned = Vec::new();
        let mut names = self.names.clone();
        for pin in pins {
            let Committed { file, swagger } = &self.pins[pin];
            let normalised = self.normalised(pin, swagger, &mut names, progress)?;
            progress(pin, Stage::Generate);
            let deployments: Vec<String> =
                self.deployments.iter().filter(|(_, d)| d.pin == *pin).map(|(name, _)| name.clone()).collect();
            let target = Target::Pin {
                name: pin,
                edition: file.edition.as_deref(),
                deployments: &deployments,
                since,
                host: &self.host,
            };
            let generated = generate::generate(&normalised, target).map_err(|error| stage(pin, error))?;
            let mut report = normalised.report.clone();
            report.refused.extend(generated.refused);
            report.loosened = generated.loosened;

            let spec = PathBuf::from("spec").join(pin);
            let openapi = normalised.text();
            let file = PinFile { openapi_sha256: sha256(openapi.as_bytes()), ..file.clone() };
            files.add(spec.join("swagger.json"), swagger.clone());
            files.add(spec.join("openapi.json"), openapi);
            files.add(spec.join("report.md"), report.to_markdown());
            files.add(spec.join("pin.toml"), to_toml(&file));
            files.own(&spec);
            let crate_folder = Path::new(PINS).join(pin);
            for (path, contents) in generated.files {
                files.add(crate_folder.join(path), contents);
            }
            files.own(&crate_folder);

            let changes = OperationChanges::between(&self.committed_operations(pin), &normalised.operations);
            let contract = normalised.contract.clone().expect("an instance's document was matched");
            planned.push(PlannedPin {
                name: pin.clone(),
                package: generate::pin_package(pin),
                report,
                changes,
                contract,
            });
        }
        if let Some(manifest) = &self.manifest {
            files.add("Cargo.toml", manifest.clone());
        }
        files.add(SINCE, since.to_toml());
        files.add("spec/names.toml", names.to_toml());
        files.add("spec/deployments.toml", self.deployments_toml()?);
        Ok(Plan { files, pins: planned })
    }

    /// Since which pin there is what.
    fn since(&self) -> Result<Since, PinError> {
        let mut pins = Vec::new();
        for name in self.pins_by_age() {
            pins.push((name, self.contract(name)?));
        }
        Ok(Since::collect(pins.iter().map(|(name, contract)| (*name, contract))))
    }

    /// What of the contract the document of a pin has.
    fn contract(&self, pin: &str) -> Result<Contract, PinError> {
        let read = || -> Result<_, StageError> {
            let swagger = &self.pins[pin].swagger;
            let mut document = convert(fetch::parse(swagger, &format!("spec/{pin}/swagger.json"))?)?;
            if let Some(overlay) = &self.overlay {
                overlay.apply(&mut document)?;
            }
            Ok(contract::find(&document, self.names.frozen()))
        };
        read().map_err(|error| stage(pin, error))
    }

    /// The pins, oldest first by the version that was stated of them.
    #[must_use]
    pub fn pins_by_age(&self) -> Vec<&str> {
        let mut pins: Vec<_> =
            self.pins.iter().map(|(name, pin)| (age(pin.file.edition.as_deref(), name), name)).collect();
        pins.sort();
        pins.into_iter().map(|(_, name)| name.as_str()).collect()
    }

    /// The document of a pin as OpenAPI 3.0, and the names of its operations: what a comparison starts from.
    ///
    /// # Errors
    ///
    /// [`PinError::UnknownPin`] names those that there are.
    pub fn document(&self, pin: &str) -> Result<(serde_json::Value, BTreeMap<Endpoint, String>), PinError> {
        let unknown = || PinError::UnknownPin { name: pin.to_owned(), known: self.pins.keys().cloned().collect() };
        let committed = self.pins.get(pin).ok_or_else(unknown)?;
        let read = || -> Result<_, StageError> {
            let document = convert(fetch::parse(&committed.swagger, &format!("spec/{pin}/swagger.json"))?)?;
            let names = self.names_of(&document)?;
            Ok((document, names))
        };
        read().map_err(|error| stage(pin, error))
    }

    /// What of the API documentation a document has, in lines: how much, then each operation that is missing and why.
    #[must_use]
    pub fn coverage(&self, document: &serde_json::Value) -> Vec<String> {
        let contract = contract::find(document, self.names.frozen());
        let missing = contract.missing.iter().map(|missing| format!("no {missing}"));
        std::iter::once(contract.coverage()).chain(missing).collect()
    }

    /// The names of a document's operations.
    ///
    /// # Errors
    ///
    /// [`StageError::Names`].
    pub fn names_of(&self, document: &serde_json::Value) -> Result<BTreeMap<Endpoint, String>, StageError> {
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
        let folder = self.root.join(PINS).join(pin).join("src");
        let read = |source| PinError::Read { path: folder.display().to_string(), source };
        let mut sources = BTreeMap::new();
        for entry in fs::read_dir(&folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let name = format!("src/{}", path.file_name().unwrap_or_default().to_string_lossy());
                sources.insert(name, fs::read_to_string(&path).map_err(read)?);
            }
        }
        Ok(sources)
    }

    /// A document through every stage up to the generator. Names that it adds are added to `names`.
    fn normalised(
        &self,
        pin: &str,
        swagger: &[u8],
        names: &mut Names,
        progress: Progress<'_>,
    ) -> Result<Normalised, PinError> {
        let pipeline = Pipeline { overlay: self.overlay.as_ref() };
        let document = fetch::parse(swagger, &format!("spec/{pin}/swagger.json")).map_err(|error| stage(pin, error))?;
        let told = &mut |stage| progress(pin, stage);
        pipeline.normalise_instance(document, names, told).map_err(|error| stage(pin, error))
    }

    /// The operations of the committed document; none when there is none.
    fn committed_operations(&self, pin: &str) -> BTreeMap<Endpoint, String> {
        let text = fs::read(self.root.join("spec").join(pin).join("openapi.json")).unwrap_or_default();
        let document: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
        let name = |endpoint: &Endpoint| {
            document::operation(&document, endpoint)["operationId"].as_str().unwrap_or_default().to_owned()
        };
        document::endpoints(&document)
            .into_iter()
            .map(|endpoint| {
                let name = name(&endpoint);
                (endpoint, name)
            })
            .collect()
    }

    fn check_packages(&self) -> Result<(), PinError> {
        let mut packages: BTreeMap<String, &String> = BTreeMap::new();
        for pin in self.pins.keys() {
            if let Some(other) = packages.insert(generate::pin_package(pin), pin) {
                return Err(PinError::SamePackage(other.clone(), pin.clone()));
            }
        }
        Ok(())
    }

    /// `deployments.toml` with the entries as they are now, its comments kept.
    fn deployments_toml(&self) -> Result<String, PinError> {
        let path = self.root.join("spec/deployments.toml");
        let invalid = |reason: String| PinError::Invalid { path: "spec/deployments.toml".to_owned(), reason };
        let text = read_if_there(&path)
            .map_err(|source| PinError::Read { path: path.display().to_string(), source })?
            .unwrap_or_default();
        let mut file: toml_edit::DocumentMut =
            text.parse().map_err(|error: toml_edit::TomlError| invalid(error.to_string()))?;
        for (name, deployment) in &self.deployments {
            let table = file.entry(name).or_insert(toml_edit::table());
            for (key, value) in [
                ("url", Some(&deployment.url)),
                ("edition", deployment.edition.as_ref()),
                ("token_env", deployment.token_env.as_ref()),
                ("pin", Some(&deployment.pin)),
            ] {
                if let Some(value) = value
                    && table.get(key).and_then(toml_edit::Item::as_str) != Some(value)
                {
                    table[key] = toml_edit::value(value);
                }
            }
        }
        Ok(file.to_string())
    }
}

/// What stands in a folder; nothing when it is not there.
fn folders(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The root manifest: what pins inherit from it, and how it has to change so that they are members.
fn read_manifest(root: &Path) -> Result<(Host, Option<String>), PinError> {
    let path = root.join("Cargo.toml");
    let read = |source| PinError::Read { path: path.display().to_string(), source };
    let Some(text) = read_if_there(&path).map_err(read)? else { return Err(PinError::NoWorkspace(root.to_owned())) };
    let invalid =
        |error: toml_edit::TomlError| PinError::Invalid { path: path.display().to_string(), reason: error.to_string() };
    Ok((Host::read(&text).map_err(invalid)?, host::with_pins(&text).map_err(invalid)?))
}

/// What deployments there are, in words.
fn list(known: &[String]) -> String {
    if known.is_empty() { "is none yet".to_owned() } else { format!("are {}", known.join(", ")) }
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

fn stage(pin: &str, error: impl Into<StageError>) -> PinError {
    PinError::Stage { pin: pin.to_owned(), source: error.into() }
}

/// A TOML file, if it is there.
fn read_toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, PinError> {
    match fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text)
            .map(Some)
            .map_err(|error| PinError::Invalid { path: path.display().to_string(), reason: error.to_string() }),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(source) => Err(PinError::Read { path: path.display().to_string(), source }),
    }
}

fn to_toml(file: &PinFile) -> String {
    let text = toml::to_string(file).expect("a table of strings");
    format!("# @generated by `cargo xtask regen`: do not edit.\n{text}")
}
