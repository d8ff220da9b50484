//! `cargo xtask`, installed as `cargo cxreports`: arguments, progress and exit codes. What the verbs do is in `cxreports-codegen` and
//! `cxreports-drift`.

mod changelog;
mod compile;
mod corpus;
mod drift;
mod explain;
mod failure;
mod generate;
mod help;
mod place;
mod progress;
mod regen;
mod upgrade;

use std::{
    ffi::OsString,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use failure::{Failure, Outcome};

/// Generates pinned clients from what CxReports instances serve.
///
/// A pin is the Swagger document of an instance, normalised, with the client crate that was generated from it, all of it
/// committed: spec/PIN/ and crates/pins/PIN/. A deployment is an instance that somebody runs; spec/deployments.toml says which
/// pin each one is on.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, max_term_width = 100)]
struct Arguments {
    /// Root folder of the workspace to work in. Defaults to the workspace of the current folder
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
    Changelog(changelog::Arguments),
    Upgrade(upgrade::Arguments),
}

impl Verb {
    fn name(&self) -> &'static str {
        match self {
            Self::Regen(_) => "regen",
            Self::Generate(_) => "generate",
            Self::Corpus(_) => "corpus",
            Self::Drift(_) => "drift",
            Self::Changelog(_) => "changelog",
            Self::Upgrade(_) => "upgrade",
        }
    }
}

/// Runs the verb that the program's arguments name.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse_from(own_arguments(std::env::args_os()));
    let root = arguments.workspace.unwrap_or_else(workspace);
    let asks = matches!(arguments.verb, Verb::Drift(_) | Verb::Upgrade(_));
    let mut out = anstream::stdout();
    let verb = arguments.verb.name();
    let outcome = match arguments.verb {
        Verb::Regen(arguments) => runtime().block_on(regen::run(&root, arguments, &mut out)),
        Verb::Generate(arguments) => runtime().block_on(generate::run(arguments, &mut out)),
        Verb::Corpus(arguments) => corpus::run(&root, &arguments, &mut out),
        Verb::Changelog(arguments) => changelog::run(&root, &arguments, &mut out),
        Verb::Drift(arguments) => runtime().block_on(drift::run(&root, arguments, &mut out)),
        Verb::Upgrade(arguments) => runtime().block_on(upgrade::run(&root, arguments, &mut out)),
    };
    let _ = out.flush();
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(1),
        // Whoever reads our output has seen enough of it. Where the status is a verdict, there is none yet.
        Err(Failure::Print(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::from(if asks { 2 } else { 0 })
        }
        Err(failure) => {
            anstream::eprintln!("error: {failure}");
            if let Some(help) = help::of(verb, &failure) {
                anstream::eprintln!("{help}");
            }
            ExitCode::from(if asks && failure.is_of_the_instance() { 3 } else { 2 })
        }
    }
}

/// The arguments without the name of the subcommand, which Cargo passes first: `cargo cxreports regen` runs
/// `cargo-cxreports cxreports regen`.
fn own_arguments(arguments: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    arguments
        .enumerate()
        .filter(|(place, argument)| (*place, argument.as_os_str()) != (1, "cxreports".as_ref()))
        .map(|(_, argument)| argument)
}

/// The root folder of the workspace: `cargo run` says where the package that it runs is, and everything else is in the current folder
/// or above it.
fn workspace() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let current = package.or_else(|| std::env::current_dir().ok()).unwrap_or_else(|| PathBuf::from("."));
    let is_root = |folder: &&Path| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.trim_start().starts_with("[workspace"))
    };
    let root = current.ancestors().find(is_root);
    let package = || current.ancestors().find(|folder| folder.join("Cargo.toml").exists());
    root.or_else(package).unwrap_or(&current).to_owned()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("the system gives threads")
}
