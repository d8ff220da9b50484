//! Plans: all files of the pins with their new contents.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::{
    committed::{CRATES, Pins, check_name, swagger},
    error::{PinError, stage},
    toml::{DEPLOYMENTS, Deployment, Origin, PinFile, deployments_text},
};
use crate::{
    contract::Contract,
    document::{Endpoint, endpoints, operation},
    fetch::{self, Fetched},
    files::{FileSet, sha256},
    generate::{self, Target},
    ident,
    names::Names,
    normalise::{Normalised, Report},
    pipeline::Pipeline,
    since::{Since, age},
    stage::Stage,
};

/// The table of what came when.
const SINCE: &str = "spec/since.toml";

/// Callback for progress: the pin or deployment, and the stage of its document.
pub type Progress<'a> = &'a mut dyn FnMut(&str, Stage);

/// A request to pin a deployment.
#[derive(Debug)]
pub struct Request<'a> {
    /// The deployment, new or known.
    pub name: &'a str,
    /// What it serves.
    pub fetched: Fetched,
    /// Where that came from, as `pin.toml` is to say it.
    pub source: String,
    /// Where the instance is, as `deployments.toml` is to say it.
    pub url: String,
    /// The instance's version, as its operator states it.
    pub edition: Option<String>,
    /// Name of the environment variable that has the token.
    pub token_env: Option<String>,
    /// Today.
    pub today: chrono::NaiveDate,
}

/// All files of the pins with their new contents, and the changes of operations.
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
    /// The changes to the document.
    pub report: Report,
    /// Changes of its operations.
    pub changes: OperationChanges,
    /// The operations of the contract that it has.
    pub contract: Contract,
}

/// Changes of the operations of a pin.
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

/// A pin whose document has been parsed and normalised.
struct Prepared {
    origin: Origin,
    swagger: Vec<u8>,
    normalised: Normalised,
}

/// The pins as they are to be, each normalised once: what a plan is made from.
struct Next<'a> {
    committed: &'a Pins,
    deployments: BTreeMap<String, Deployment>,
    pins: BTreeMap<String, Prepared>,
    names: Names,
}

impl Pins {
    /// Plans every pin anew from the committed documents.
    ///
    /// # Errors
    ///
    /// [`PinError`].
    pub fn plan_all(&self, progress: Progress<'_>) -> Result<Plan, PinError> {
        let next = self.prepared(progress)?;
        let pins: Vec<String> = next.pins.keys().cloned().collect();
        let mut plan = next.plan(&pins, &next.since(), progress)?;
        // The crate of a pin that was removed is stale.
        plan.files.own(CRATES);
        Ok(plan)
    }

    /// Plans the pin that a deployment is to be on, from what it serves now.
    ///
    /// # Errors
    ///
    /// [`PinError`].
    pub fn plan_deployment(&self, request: Request<'_>, progress: Progress<'_>) -> Result<Plan, PinError> {
        check_name(request.name)?;
        let mut next = self.prepared(progress)?;
        let Request { name, fetched, source, url, edition, token_env, today } = request;
        let mut names = next.names.clone();
        let told = &mut |stage| progress(name, stage);
        let served = Pipeline { overlay: self.overlay.as_ref() }
            .normalise_instance(fetched.document, &mut names, told)
            .map_err(|error| stage(name, error))?;
        let pin = match self.same(name, edition.as_ref(), &served, &next) {
            Some(pin) => {
                if let Some(known) = next.pins.get_mut(&pin) {
                    known.origin.edition = known.origin.edition.take().or(edition.clone());
                }
                pin
            }
            None => {
                let pin = self.free_pin(name);
                let origin = Origin { source, fetched: today.to_string(), edition: edition.clone() };
                let prepared = Prepared { origin, swagger: fetched.bytes, normalised: served };
                next.pins.insert(pin.clone(), prepared);
                next.names = names;
                pin
            }
        };
        // A deployment that moves changes the table of the pin that it leaves, too.
        let left = self.deployments.get(name).map(|deployment| deployment.pin.clone());
        next.deployments.insert(name.to_owned(), Deployment { url, edition, token_env, pin: pin.clone() });
        // What every pin says of the others changes when an operation or a field is new to all of them.
        let since = next.since();
        let committed = fs::read_to_string(self.root.join(SINCE)).unwrap_or_default();
        let others: Vec<String> =
            if since.to_toml() == committed { left.into_iter().collect() } else { next.pins.keys().cloned().collect() };
        let pins: Vec<String> = others.into_iter().filter(|other| *other != pin).chain([pin.clone()]).collect();
        next.plan(&pins, &since, progress)
    }

    /// Parses and normalises every committed document.
    fn prepared(&self, progress: Progress<'_>) -> Result<Next<'_>, PinError> {
        let mut names = self.names.clone();
        let mut pins = BTreeMap::new();
        let pipeline = Pipeline { overlay: self.overlay.as_ref() };
        for (pin, committed) in &self.pins {
            let document = fetch::parse(&committed.swagger, &swagger(pin)).map_err(|error| stage(pin, error))?;
            let normalised = pipeline
                .normalise_instance(document, &mut names, &mut |stage| progress(pin, stage))
                .map_err(|error| stage(pin, error))?;
            let (origin, swagger) = (committed.origin.clone(), committed.swagger.clone());
            pins.insert(pin.clone(), Prepared { origin, swagger, normalised });
        }
        Ok(Next { committed: self, deployments: self.deployments.clone(), pins, names })
    }

    /// The committed pin whose normalised document is that of a deployment: its own first, then one of the stated version.
    fn same(&self, name: &str, edition: Option<&String>, served: &Normalised, next: &Next<'_>) -> Option<String> {
        let own = self.deployments.get(name).map(|deployment| &deployment.pin);
        let mut candidates: Vec<_> = next.pins.iter().collect();
        candidates.sort_by_key(|(pin, prepared)| (Some(*pin) != own, prepared.origin.edition.as_ref() != edition));
        let equal = candidates.into_iter().find(|(_, prepared)| prepared.normalised.document == served.document);
        equal.map(|(pin, _)| pin.clone())
    }

    /// The name of a deployment's own pin: the one that it is alone on, or a new one.
    fn free_pin(&self, name: &str) -> String {
        let others_on =
            |pin: &str| self.deployments.iter().any(|(other, deployment)| other != name && deployment.pin == pin);
        let own = self.deployments.get(name).map(|deployment| &deployment.pin);
        match own.filter(|own| !others_on(own)) {
            Some(own) => own.clone(),
            None => ident::free(name, "-", |name| self.pins.contains_key(name)),
        }
    }
}

impl Next<'_> {
    /// The first pin that has each operation and field.
    fn since(&self) -> Since {
        let mut pins: Vec<_> = self
            .pins
            .iter()
            .filter_map(|(name, prepared)| Some((name, prepared, prepared.normalised.contract.as_ref()?)))
            .collect();
        pins.sort_by_key(|(name, prepared, _)| age(prepared.origin.edition.as_deref(), name));
        Since::collect(pins.into_iter().map(|(name, _, contract)| (name.as_str(), contract)))
    }

    /// The files of some pins, with those around them.
    fn plan(&self, pins: &[String], since: &Since, progress: Progress<'_>) -> Result<Plan, PinError> {
        self.check_packages()?;
        let mut files = FileSet::default();
        let mut planned = Vec::new();
        for pin in pins {
            planned.push(self.plan_pin(pin, since, &mut files, progress)?);
        }
        if let Some(manifest) = &self.committed.manifest {
            files.add("Cargo.toml", manifest.clone());
        }
        files.add(SINCE, since.to_toml());
        files.add("spec/names.toml", self.names.to_toml());
        files.add(DEPLOYMENTS, deployments_text(&self.committed.root, &self.deployments)?);
        Ok(Plan { files, pins: planned })
    }

    fn plan_pin(
        &self,
        pin: &str,
        since: &Since,
        files: &mut FileSet,
        progress: Progress<'_>,
    ) -> Result<PlannedPin, PinError> {
        let Prepared { origin, swagger, normalised } = &self.pins[pin];
        let deployments: Vec<String> =
            self.deployments.iter().filter(|(_, d)| d.pin == pin).map(|(name, _)| name.clone()).collect();
        let target = Target::Pin {
            name: pin,
            edition: origin.edition.as_deref(),
            deployments: &deployments,
            since,
            host: &self.committed.host,
        };
        let generated = generate::generate_with(normalised, target, &mut |stage| progress(pin, stage))
            .map_err(|error| stage(pin, error))?;
        let mut report = normalised.report.clone();
        report.refused.extend(generated.refused);
        report.untyped = generated.untyped;

        let spec = PathBuf::from("spec").join(pin);
        let openapi = normalised.text();
        files.add(spec.join("pin.toml"), PinFile::text(origin, sha256(swagger), sha256(openapi.as_bytes())));
        files.add(spec.join("swagger.json"), swagger.clone());
        files.add(spec.join("openapi.json"), openapi);
        files.add(spec.join("report.md"), report.to_markdown());
        files.own(&spec);
        let crate_folder = Path::new(CRATES).join(pin);
        for (path, contents) in generated.files {
            files.add(crate_folder.join(path), contents);
        }
        files.own(&crate_folder);
        Ok(PlannedPin {
            name: pin.to_owned(),
            package: generate::pin_package(pin),
            report,
            changes: OperationChanges::between(&self.committed_operations(pin), &normalised.operations),
            contract: normalised.contract.clone().expect("an instance's document was matched"),
        })
    }

    /// The operations of the committed document; none when there is none.
    fn committed_operations(&self, pin: &str) -> BTreeMap<Endpoint, String> {
        let text = fs::read(self.committed.root.join("spec").join(pin).join("openapi.json")).unwrap_or_default();
        let document: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
        let name =
            |endpoint: &Endpoint| operation(&document, endpoint)["operationId"].as_str().unwrap_or_default().to_owned();
        endpoints(&document).into_iter().map(|endpoint| (endpoint.clone(), name(&endpoint))).collect()
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
}
