//! `cargo xtask changelog`: what changed in the API of a deployment, from the history of `spec/`.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use cxreports_codegen::{
    fetch,
    files::write_file,
    pins::{Deployment, Pins},
    pipeline::StageError,
};
use cxreports_drift::{
    Allowed, Document, Options, Severity, compare,
    render::{Comparison, Format, Style, markdown_code, markdown_text, render},
};

use crate::failure::{Failure, Outcome};

/// Writes the change log of a deployment's API as Markdown, from the git history of spec/.
///
/// Each commit that pinned the deployment to another document is a section, the newest first: breaking changes, warnings, and
/// everything else folded.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask changelog acme
  cargo xtask changelog acme --output acme.md

Exit status: 0 written, 2 it failed.")]
pub(crate) struct Arguments {
    /// Deployment
    name: String,
    /// File to write it to, instead of standard output; folders that it needs are created
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The document of a deployment as a commit has it.
struct Pinned {
    /// The hash of the document.
    blob: String,
    /// When it was fetched, and of which release.
    shown: String,
    document: Result<Document, Failure>,
}

pub(crate) fn run(root: &Path, arguments: &Arguments, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let workspace = Pins::read(root)?;
    let name = &arguments.name;
    workspace.deployment(name)?;
    let text = log(&workspace, name)?;
    let Some(path) = &arguments.output else {
        write!(out, "{text}")?;
        return Ok(Outcome::Done);
    };
    write_file(path, text.as_bytes())?;
    writeln!(out, "written to {}", path.display())?;
    Ok(Outcome::Done)
}

fn log(workspace: &Pins, name: &str) -> Result<String, Failure> {
    let root = workspace.root();
    let commits = git(root, &["log", "--reverse", "--format=%H", "--", "spec"])?;
    let mut sections = Vec::new();
    let mut last: Option<Pinned> = None;
    for commit in commits.lines() {
        let Some(pinned) = pinned(root, commit, name, last.as_ref()) else { continue };
        sections.push(match &last {
            None => format!("## {}\n\nPinned for the first time.\n", markdown_text(&pinned.shown)),
            Some(before) => section(workspace, before, &pinned)?,
        });
        last = Some(pinned);
    }
    if sections.is_empty() {
        return Err(Failure::Usage(format!(
            "the git history of spec/ has no document of {name}; commit spec/ after pinning it, and fetch the whole history"
        )));
    }
    sections.reverse();
    Ok(format!("# Changes of {}\n\n{}", markdown_text(name), sections.join("\n")))
}

/// The document that a commit pins a deployment to, unless it is the one before.
fn pinned(root: &Path, commit: &str, name: &str, last: Option<&Pinned>) -> Option<Pinned> {
    let show = |path: &str| git(root, &["show", &format!("{commit}:./{path}")]).ok();
    let deployments: BTreeMap<String, Deployment> = toml::from_str(&show("spec/deployments.toml")?).ok()?;
    let pin = &deployments.get(name)?.pin;
    let path = format!("spec/{pin}/swagger.json");
    let blob = git(root, &["rev-parse", &format!("{commit}:./{path}")]).ok()?;
    if last.is_some_and(|last| last.blob == blob) {
        return None;
    }
    let file: Option<toml::Table> = show(&format!("spec/{pin}/pin.toml")).and_then(|text| toml::from_str(&text).ok());
    let stated = |name: &str| file.as_ref().and_then(|file| file.get(name)).and_then(toml::Value::as_str);
    let shown = match (stated("edition"), stated("fetched")) {
        (Some(edition), Some(fetched)) => format!("{edition} ({fetched})"),
        (None, Some(fetched)) => format!("fetched {fetched}"),
        _ => format!("pin {pin}"),
    };
    let read = || -> Result<Document, Failure> {
        let served = fetch::parse(show(&path).unwrap_or_default().as_bytes(), &path)?;
        Ok(Document::read(served).map_err(StageError::from)?)
    };
    Some(Pinned { blob, shown, document: read() })
}

fn section(workspace: &Pins, before: &Pinned, after: &Pinned) -> Result<String, Failure> {
    let (base, revision) = match (&before.document, &after.document) {
        (Ok(base), Ok(revision)) => (base, revision),
        (Err(failure), _) | (_, Err(failure)) => {
            let (shown, failure) = (markdown_text(&after.shown), markdown_code(&failure.to_string()));
            return Ok(format!("## {shown}\n\nNot compared: {failure}\n"));
        }
    };
    let names = workspace.names_of(base.value())?;
    let comparison = Comparison {
        deployment: None,
        base: before.shown.clone(),
        revision: after.shown.clone(),
        allowed: Allowed { findings: compare(base, revision, &names, Options::default()), accepted: 0 },
        ..Comparison::default()
    };
    let style = Style { width: 0, fail_on: Severity::Breaking, infos: true };
    Ok(render(Format::Markdown, &[comparison], style))
}

/// What git prints.
fn git(root: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let failed = |reason: String| Failure::Usage(format!("git {}: {reason}", arguments.join(" ")));
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .map_err(|error| failed(format!("{error}; install git, since the change log is read from its history")))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}
