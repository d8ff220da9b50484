//! `cargo xtask regen`: pins deployments.

use std::{
    env,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use cxreports_codegen::{
    fetch::{self, Fetched, Options, Source},
    files::{self, Difference},
    pins::{Pins, Plan, PlannedPin, Request, check_name},
};
use cxreports_sim::Instance;

use crate::{
    failure::{Failure, Outcome},
    place::{self, Place, SIMULATOR_TOKEN, simulator, source, without_query},
    progress::Progress,
};

/// The example of each pin.
const LIST_REPORTS: &str = "list_reports";

/// The deployment that `cargo xtask regen` alone regenerates.
const DEMO: &str = "demo";

/// Pins a deployment: fetches its Swagger document, normalises it and generates its client crate.
///
/// Without anything else it does so for the deployment `demo`, from a simulator that it starts, compiles the pin and lists a
/// workspace's reports through it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask regen
      the demonstration
  cargo xtask regen acme --url https://reports.acme.example
      pin a new deployment
  cargo xtask regen acme
      pin it again
  cargo xtask regen acme --spec swagger.json
      the same, from a saved document
  cargo xtask regen --all --offline --check
      are the committed pins what they should be?

Exit status: 0 done, 1 --check found stale files, 2 it failed.")]
pub(crate) struct Arguments {
    /// Deployment to pin, new or known
    #[arg(conflicts_with = "all")]
    name: Option<String>,
    /// Base URL of the instance (or its Swagger page, or sim:EDITION for the simulator)
    #[arg(long, requires = "name", conflicts_with = "spec")]
    url: Option<String>,
    /// URL of the document itself, when it is not found below the base URL
    #[arg(long, requires = "name", value_name = "URL", conflicts_with = "spec")]
    spec_url: Option<String>,
    /// The document as a file, or - for standard input
    #[arg(long, requires = "name", value_name = "FILE")]
    spec: Option<String>,
    /// Environment variable that has the token, when Swagger asks for one
    #[arg(long, requires = "name", value_name = "VAR")]
    token_env: Option<String>,
    /// The instance's version, as its operator states it
    #[arg(long, requires = "name", value_name = "LABEL")]
    edition: Option<String>,
    /// Every deployment
    #[arg(long)]
    all: bool,
    /// From the committed documents, without asking any instance
    #[arg(long, requires = "all")]
    offline: bool,
    /// Write nothing; name what is stale, and exit with 1 if anything is
    #[arg(long)]
    check: bool,
    /// Refuse an instance that lacks an operation of the API documentation, or contradicts it
    #[arg(long, conflicts_with = "offline")]
    strict: bool,
    /// Print how long each step took
    #[arg(long)]
    timings: bool,
}

pub(crate) async fn run(root: &Path, arguments: Arguments, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let mut progress = Progress::new(out);
    if !arguments.check {
        recover(root, &mut progress)?;
    }
    let outcome = run_with(root, &arguments, &mut progress).await;
    if arguments.timings && outcome.is_ok() {
        progress.timings()?;
    }
    outcome
}

/// Finishes what an interrupted run has begun to write.
pub(crate) fn recover(root: &Path, progress: &mut Progress<'_>) -> Result<(), Failure> {
    if files::recover(root)? {
        progress.line("an interrupted run was finished")?;
    }
    Ok(())
}

async fn run_with(root: &Path, arguments: &Arguments, progress: &mut Progress<'_>) -> Result<Outcome, Failure> {
    if arguments.all && arguments.offline {
        let plan = Pins::read(root)?.plan_all(&mut |pin, stage| progress.stage(pin, stage))?;
        let (outcome, _) = finish(root, &plan, arguments.check, "cargo xtask regen --all --offline", progress)?;
        if let Outcome::Done = outcome {
            progress.line("next: cargo test --workspace")?;
        }
        return Ok(outcome);
    }
    if arguments.all {
        let mut outcome = Outcome::Done;
        let names: Vec<String> = Pins::read(root)?.deployments.keys().cloned().collect();
        for name in names {
            let one = Arguments { name: Some(name), ..Arguments::nothing(arguments.check) };
            if let Outcome::Found = pin(root, &one, progress).await? {
                outcome = Outcome::Found;
            }
        }
        if let Outcome::Done = outcome {
            progress.line("next: cargo test --workspace")?;
        }
        return Ok(outcome);
    }
    let demonstration = arguments.name.is_none();
    let outcome = pin(root, arguments, progress).await?;
    if demonstration && !arguments.check {
        progress.line("next: cargo xtask regen NAME --url URL, to pin an instance of your own")?;
    }
    Ok(outcome)
}

impl Arguments {
    /// The command that writes what `--check` found stale.
    fn without_check(&self) -> String {
        let mut command = "cargo xtask regen".to_owned();
        if let Some(name) = &self.name {
            command.push_str(&format!(" {name}"));
        }
        let options = [
            ("url", &self.url),
            ("spec-url", &self.spec_url),
            ("spec", &self.spec),
            ("token-env", &self.token_env),
            ("edition", &self.edition),
        ];
        for (option, value) in options {
            if let Some(value) = value {
                command.push_str(&format!(" --{option} {}", without_query(value)));
            }
        }
        command
    }

    fn nothing(check: bool) -> Self {
        Self {
            name: None,
            url: None,
            spec_url: None,
            spec: None,
            token_env: None,
            edition: None,
            all: false,
            offline: false,
            check,
            strict: false,
            timings: false,
        }
    }
}

/// Pins one deployment.
async fn pin(root: &Path, arguments: &Arguments, progress: &mut Progress<'_>) -> Result<Outcome, Failure> {
    let pins = Pins::read(root)?;
    let name = arguments.name.as_deref().unwrap_or(DEMO);
    check_name(name)?;
    let place = place(&pins, name, arguments)?;
    let simulator = simulator(&place.url, progress).await?;
    let (fetched, source) = fetch(arguments, &place, simulator.as_ref(), progress).await?;
    let plan = plan(&pins, name, fetched, source, place, progress)?;

    if arguments.strict {
        refuse_gaps(&plan)?;
    }
    let (outcome, pin) = finish(root, &plan, arguments.check, &arguments.without_check(), progress)?;
    if arguments.check {
        return Ok(outcome);
    }
    if let (true, Some(simulator)) = (arguments.name.is_none(), &simulator) {
        compile(root, "build", &["--example", LIST_REPORTS], &pin, progress)?;
        list_reports(root, &pin, simulator, progress)?;
    } else {
        compile(root, "check", &[], &pin, progress)?;
        progress.line(&format!("{name} is on the pin {pin}: spec/{pin}, crates/pins/{pin}"))?;
        progress.line("next: git add spec crates Cargo.toml Cargo.lock, and commit the pin")?;
    }
    Ok(outcome)
}

/// Where the instance that is to be pinned is.
fn place(pins: &Pins, name: &str, arguments: &Arguments) -> Result<Place, Failure> {
    let known = pins.deployments.get(name);
    let url = match (&arguments.url, &arguments.spec_url, &arguments.spec, known) {
        (Some(url), ..) => without_query(url),
        (None, _, _, Some(known)) => known.url.clone(),
        (None, Some(url), ..) => without_query(url),
        (None, None, Some(file), None) => format!("file:{file}"),
        (None, None, None, None) => pins.deployment(name)?.url.clone(),
    };
    Ok(Place {
        url,
        edition: arguments.edition.clone().or_else(|| known.and_then(|known| known.edition.clone())),
        token_env: arguments.token_env.clone().or_else(|| known.and_then(|known| known.token_env.clone())),
    })
}

/// Plans the pin of a deployment from what its instance serves.
fn plan(
    pins: &Pins,
    name: &str,
    fetched: Fetched,
    source: String,
    place: Place,
    progress: &mut Progress<'_>,
) -> Result<Plan, Failure> {
    let Place { url, edition, token_env } = place;
    let today = chrono::Local::now().date_naive();
    let request = Request { name, fetched, source, url, edition, token_env, today };
    Ok(pins.plan_deployment(request, &mut |pin, stage| progress.stage(pin, stage))?)
}

/// Pins a known deployment again, from what it serves; gives the pin that it is then on.
pub(crate) fn pin_again(
    root: &Path,
    name: &str,
    fetched: Fetched,
    shown: &str,
    progress: &mut Progress<'_>,
) -> Result<String, Failure> {
    let pins = Pins::read(root)?;
    // Where the instance was found this time does not change where it is.
    let place = Place::of(pins.deployment(name)?, None);
    let source = if shown.starts_with("sim:") { shown.to_owned() } else { fetched.from.clone() };
    let plan = plan(&pins, name, fetched, source, place, progress)?;
    progress.step(format!("write what is stale of {} files", plan.files.len()));
    plan.files.write(root)?;
    Ok(plan.pins.last().map(|pin| pin.name.clone()).unwrap_or_default())
}

/// The document, and where it came from as `pin.toml` says it.
async fn fetch(
    arguments: &Arguments,
    deployment: &Place,
    simulator: Option<&Instance>,
    progress: &mut Progress<'_>,
) -> Result<(Fetched, String), Failure> {
    let source = match (&arguments.spec, &arguments.spec_url) {
        (Some(file), _) => match Source::parse(file)? {
            Source::Instance(_) => {
                return Err(Failure::Usage("--spec takes a file; pass a URL with --spec-url".to_owned()));
            }
            source => source,
        },
        (None, Some(url)) => Source::Document(fetch::parse_url(url)?),
        (None, None) => source(deployment, simulator)?,
    };
    let token = place::token(deployment.token_env.as_deref())?;
    let shown =
        if simulator.is_some() && arguments.spec.is_none() { deployment.url.clone() } else { source.to_string() };
    progress.step(format!("fetch {shown}"));
    let fetched = fetch::fetch(&source, &Options { token, ..Options::default() }).await?;
    progress.repeated(&fetched.from, &fetched.repeated)?;
    let from = if simulator.is_some() && arguments.spec.is_none() { shown } else { fetched.from.clone() };
    Ok((fetched, from))
}

/// Writes a plan, or checks it, and says what that changes. Gives the last pin, which is the one that was asked for.
fn finish(
    root: &Path,
    plan: &Plan,
    check: bool,
    command: &str,
    progress: &mut Progress<'_>,
) -> Result<(Outcome, String), Failure> {
    let pin = plan.pins.last().map(|pin| pin.name.clone()).unwrap_or_default();
    let stale = if check {
        plan.files.stale(root)?
    } else {
        progress.step(format!("write what is stale of {} files", plan.files.len()));
        plan.files.write(root)?
    };
    progress.finish();
    for pin in &plan.pins {
        let refused = pin.report.refused.len();
        let counts = format!(
            "{}: {} operations in, {} generated, {refused} refused",
            pin.name,
            pin.report.operations_in,
            pin.report.operations_out()
        );
        progress.line(&counts)?;
        for refusal in &pin.report.refused {
            progress.line(&format!("  refused {}: {}", refusal.operation, refusal.reason))?;
        }
        let changes = &pin.changes;
        for (what, operations) in
            [("added", &changes.added), ("removed", &changes.removed), ("renamed", &changes.renamed)]
        {
            for operation in operations {
                progress.line(&format!("  {what} {operation}"))?;
            }
        }
        if changes.is_empty() {
            progress.line("  no operation added, removed or renamed")?;
        }
    }
    for pin in &plan.pins {
        coverage(pin, progress)?;
    }
    if stale.is_empty() {
        progress.line("every file is as it should be")?;
        return Ok((Outcome::Done, pin));
    }
    for file in &stale {
        let what = match (check, file.difference) {
            (true, difference) => difference.to_string(),
            (false, Difference::Extra) => "removed".to_owned(),
            (false, _) => "written".to_owned(),
        };
        progress.line(&format!("  {} ({what})", file.path.display()))?;
    }
    if check {
        progress.line(&format!("{} stale; run: {command}", count(stale.len(), "file is", "files are")))?;
        return Ok((Outcome::Found, pin));
    }
    Ok((Outcome::Done, pin))
}

/// What of the API documentation a pin has, and why it lacks the rest.
fn coverage(pin: &PlannedPin, progress: &mut Progress<'_>) -> Result<(), Failure> {
    progress.line(&format!("{}: {}", pin.name, pin.contract.coverage()))?;
    for missing in &pin.contract.missing {
        progress.line(&format!("  no {missing}"))?;
    }
    for matched in &pin.contract.operations {
        for finding in &matched.findings {
            progress.line(&format!("  {} is left out: {finding}", matched.spec.name))?;
        }
    }
    Ok(())
}

/// `--strict`: nothing is pinned that lacks something.
fn refuse_gaps(plan: &Plan) -> Result<(), Failure> {
    let Some(pin) = plan.pins.last() else { return Ok(()) };
    let gaps: Vec<String> = pin.contract.missing.iter().map(|missing| format!("\n  no {missing}")).collect();
    if gaps.is_empty() {
        return Ok(());
    }
    Err(Failure::Usage(format!("{}, and --strict wants all:{}", pin.contract.coverage(), gaps.concat())))
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

pub(crate) fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| PathBuf::from("cargo").into_os_string()));
    cargo.current_dir(root).stdin(Stdio::null());
    cargo
}

fn compile(root: &Path, verb: &str, target: &[&str], pin: &str, progress: &mut Progress<'_>) -> Result<(), Failure> {
    let package = cxreports_codegen::generate::pin_package(pin);
    progress.step(format!("compile {package}"));
    let done = cargo(root).args([verb, "--quiet", "--package", &package]).args(target).status()?;
    if done.success() { Ok(()) } else { Err(Failure::Cargo(format!("cargo {verb} --package {package}"))) }
}

/// Lists the reports of the simulator's first workspace through the pin that was just compiled.
fn list_reports(root: &Path, pin: &str, simulator: &Instance, progress: &mut Progress<'_>) -> Result<(), Failure> {
    let package = cxreports_codegen::generate::pin_package(pin);
    progress.step("reports of the workspace finance, through the pin:");
    let listed = cargo(root)
        .args(["run", "--quiet", "--package", &package, "--example", LIST_REPORTS])
        .env("CX_REPORTS_URL", simulator.url())
        .env("CX_REPORTS_PAT", SIMULATOR_TOKEN)
        .env("CX_REPORTS_WORKSPACE_ID", "finance")
        .stderr(Stdio::inherit())
        .output()?;
    for line in String::from_utf8_lossy(&listed.stdout).lines() {
        progress.line(&format!("  {line}"))?;
    }
    if listed.status.success() { Ok(()) } else { Err(Failure::Cargo("listing the reports".to_owned())) }
}
