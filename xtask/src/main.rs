//! The workspace's own commands: arguments, progress and exit codes. What they do is in `cxreports-codegen` and `cxreports-drift`.

mod corpus;
mod drift;
mod generate;
mod progress;
mod regen;
mod upgrade;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

/// Generates pinned clients from what CxReports instances serve.
///
/// A pin is the Swagger document of an instance, normalised, with the client crate that was generated from it, all of it
/// committed: spec/PIN/ and crates/pins/PIN/. A deployment is an instance that somebody runs; spec/deployments.toml says which
/// pin each one is on.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, max_term_width = 100)]
struct Arguments {
    /// Workspace to work in, when it is not this one
    #[arg(long, global = true, value_name = "DIR", display_order = 100)]
    workspace: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Regen(regen::Arguments),
    Generate(generate::Arguments),
    Corpus(corpus::Arguments),
    Drift(drift::Arguments),
    Upgrade(upgrade::Arguments),
}

/// Why a verb failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Pin(#[from] cxreports_codegen::workspace::PinError),
    #[error(transparent)]
    Fetch(#[from] cxreports_codegen::fetch::FetchError),
    #[error(transparent)]
    Stage(#[from] cxreports_codegen::pipeline::StageError),
    #[error(transparent)]
    Files(#[from] cxreports_codegen::files::FileError),
    #[error(transparent)]
    Allow(#[from] cxreports_drift::AllowError),
    #[error("the simulator does not start: {0}")]
    Simulator(#[from] cxreports_sim::StartError),
    #[error("cannot print: {0}")]
    Print(#[from] std::io::Error),
    #[error("{0} failed; its output is above")]
    Cargo(String),
}

/// How a verb ended.
enum Outcome {
    Done,
    /// It looked for something, and found it.
    Found,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let root = arguments.workspace.unwrap_or_else(own_workspace);
    let mut out = anstream::stdout();
    let outcome = match arguments.verb {
        Verb::Regen(arguments) => runtime().block_on(regen::run(&root, arguments, &mut out)),
        Verb::Generate(arguments) => runtime().block_on(generate::run(arguments, &mut out)),
        Verb::Corpus(arguments) => corpus::run(&root, &arguments, &mut out),
        Verb::Drift(arguments) => runtime().block_on(drift::run(&root, arguments, &mut out)),
        Verb::Upgrade(arguments) => runtime().block_on(upgrade::run(&root, arguments, &mut out)),
    };
    let _ = out.flush();
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(1),
        // Whoever reads our output has seen enough of it.
        Err(Failure::Print(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            anstream::eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

/// The workspace that this program belongs to.
fn own_workspace() -> PathBuf {
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// The token in the variable that `--token-env` names.
fn token(variable: Option<&str>) -> Result<Option<String>, Failure> {
    let read = |variable: &str| {
        std::env::var(variable)
            .map_err(|_| Failure::Usage(format!("the environment has no {variable}, which --token-env names")))
    };
    variable.map(read).transpose()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("the system gives threads")
}
