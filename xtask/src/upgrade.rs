//! `cargo xtask upgrade`: pins a deployment again, and says what that does.

use std::{
    collections::BTreeSet,
    io::Write,
    path::{Path, PathBuf},
};

use cxreports_codegen::{
    fetch::Fetched,
    files::write_file,
    generate::api::{Bump, public_api},
    pins::Pins,
};
use cxreports_drift::{
    Allow, Options, Severity,
    render::{Comparison, Format, Style, markdown_block, markdown_code, render},
};

use crate::{
    compile::{CompileError, compile},
    drift,
    failure::{Failure, Outcome},
    place,
    progress::Progress,
    regen,
};

/// Pins a deployment again after its instance was upgraded: compares, generates, compiles the workspace, and reports.
///
/// The report says what changed, what no longer compiles and where, and the version bump that the change of the pin crate's
/// public API calls for.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask upgrade acme
  cargo xtask upgrade acme --output upgrade.md
      the report as Markdown, for a pull request

Exit status: 0 everything compiles, 1 something does not, 2 it failed, 3 the instance cannot be asked. Unless the instance cannot be
asked, --output has a report.")]
pub(crate) struct Arguments {
    /// Deployment to pin again
    name: String,
    /// Where its instance is, when it is not where spec/deployments.toml says
    #[arg(long)]
    url: Option<String>,
    /// File to write the report to as Markdown
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) async fn run(root: &Path, arguments: Arguments, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let mut progress = Progress::new(out);
    regen::recover(root, &mut progress)?;
    let workspace = Pins::read(root)?;
    let name = &arguments.name;
    let deployment = place::Place::of(workspace.deployment(name)?, arguments.url.as_deref());
    let (fetched, shown) = place::fetch_known(&deployment, &mut progress).await?;
    let mut comparisons = Vec::new();
    let outcome = pin(root, &workspace, name, (fetched, &shown), &mut comparisons, &mut progress);
    let (about, ending) = match outcome {
        Ok(ending) => ending,
        Err(failure) => {
            if let Some(path) = &arguments.output {
                let text =
                    format!("## {} cannot be pinned again\n\n{}\n", markdown_code(name), block(&failure.to_string()));
                write_file(path, format!("{text}{}", markdown(&comparisons)).as_bytes())?;
            }
            return Err(failure);
        }
    };
    let style = Style { width: 100, fail_on: Severity::Breaking, infos: false };
    progress.line(&render(Format::Text, &comparisons, style))?;
    progress.line(&about)?;
    if let Some(path) = &arguments.output {
        write_file(path, format!("{}## The pin and our code\n\n{}", markdown(&comparisons), block(&about)).as_bytes())?;
        progress.line(&format!("written to {}", path.display()))?;
    }
    progress.line(match ending {
        Outcome::Done => "next: cargo test --workspace, then commit spec and crates/pins",
        Outcome::Found => "next: correct what does not compile; the old pin is in git (git checkout spec crates/pins)",
    })?;
    Ok(ending)
}

/// Compares, pins again and compiles; says what that did.
fn pin(
    root: &Path,
    workspace: &Pins,
    name: &str,
    (fetched, shown): (Fetched, &str),
    comparisons: &mut Vec<Comparison>,
    progress: &mut Progress<'_>,
) -> Result<(String, Outcome), Failure> {
    let mut comparison = drift::against_pin(workspace, name, fetched.clone(), shown.to_owned(), Options::default())?;
    let allow = Allow::read(&root.join("spec/drift-allow.toml"))?;
    comparison.allowed = allow.apply(comparison.allowed.findings, chrono::Local::now().date_naive());
    comparisons.push(comparison);
    let old_pin = workspace.deployment(name)?.pin.clone();
    let before = api(workspace, &old_pin)?;
    let pin = regen::pin_again(root, name, fetched, shown, progress)?;
    let after = api(&Pins::read(root)?, &pin)?;
    progress.step("compile the workspace");
    let errors = compile(root, &pin)?;
    progress.finish();
    let ending = if errors.is_empty() { Outcome::Done } else { Outcome::Found };
    Ok((about(&old_pin, &pin, &before, &after, &errors), ending))
}

fn markdown(comparisons: &[Comparison]) -> String {
    render(Format::Markdown, comparisons, Style { width: 0, fail_on: Severity::Breaking, infos: true })
}

/// A block of text of a bounded length, for the body of a pull request.
fn block(text: &str) -> String {
    let mut shown: String = text.chars().take(4_000).collect();
    if shown.len() < text.len() {
        shown.push_str("\n…");
    }
    markdown_block(&shown)
}

fn api(workspace: &Pins, pin: &str) -> Result<BTreeSet<String>, Failure> {
    public_api(&workspace.sources(pin)?).map_err(|error| Failure::Usage(format!("crates/pins/{pin}: {error}")))
}

/// What happened to the pin's crate, and to the code that uses it.
fn about(old: &str, pin: &str, before: &BTreeSet<String>, after: &BTreeSet<String>, errors: &[CompileError]) -> String {
    let gone = before.difference(after).count();
    let new = after.difference(before).count();
    let bump = Bump::between(before, after).label();
    let mut text = if old == pin {
        format!("pin {pin}: {gone} lines of its public API are gone, {new} are new: a {bump} version\n")
    } else {
        format!(
            "moved from the pin {old} to {pin}; between them, {gone} lines of public API are gone and {new} are new: a {bump} change\n"
        )
    };
    match errors {
        [] => text.push_str("everything compiles"),
        errors => {
            let plural = if errors.len() == 1 { "" } else { "s" };
            text.push_str(&format!("{} error{plural}:", errors.len()));
            for error in errors {
                text.push_str(&format!("\n  {}: {}", error.place, error.message));
            }
        }
    }
    text
}
