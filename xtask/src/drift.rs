//! `cargo xtask drift`: what an instance, or a document, changes against a pin.

use std::{
    collections::BTreeMap,
    env,
    io::{IsTerminal as _, Write},
    path::{Path, PathBuf},
};

use cxreports_codegen::{
    document::Endpoint,
    fetch::{self, FetchError, Fetched, Repeated, Source},
    files::write_file,
    pins::{PinError, Pins},
    pipeline::StageError,
};
use cxreports_drift::{
    Allow, Allowed, Document, Finding, Options, Severity, compare,
    observe::observe,
    render::{BaseFile, Comparison, Format, Style, render},
    verdict,
};

use crate::{
    explain,
    failure::{Failure, Outcome},
    place,
    progress::Progress,
};

/// Compares what an instance serves now, or any document, with what a deployment is pinned to.
///
/// Reports each cause once: what changed, how bad it is in which direction, every operation that sees it, and what it does to our
/// code: which methods of cxreports rely on it, and which generated symbols it is in. spec/drift-allow.toml lists what is accepted.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask drift acme
      what its instance serves now, against its pin
  cargo xtask drift --all --format markdown --output drift.md
      every deployment, for a report
  cargo xtask drift --between 2024.9 2026.5 --infos
      two pins, with the changes that break nobody
  cargo xtask drift --base old.json --revision https://reports.acme.example
      any two documents, as files or URLs
  cargo xtask drift acme --explain 1f0c92aa3b
      one finding, and the entry that accepts it
  cargo xtask drift acme --observe
      real responses of the instance, against the pinned document

In JSON: {\"verdict\": \"breaking\" | \"warning\" | \"info\" | \"none\", \"accepted\": NUMBER, \"findings\": [{\"id\", \"rule\", \"severity\",
\"directions\", \"message\", \"before\"?, \"after\"?, \"operations\", \"effect\": {\"methods\", \"symbols\"}, \"places\": [{\"subject\", \"base\"?,
\"revision\"?, \"before\"?, \"after\"?, \"members\"?, \"uses\": [{\"operation\", \"at\", \"direction\"?, \"rule\", \"severity\", \"methods\"}]}],
\"deployment\"?}]}; base and revision are JSON pointers.

Exit status: 0 nothing at or above --fail-on, 1 findings, 2 it failed, 3 the instance cannot be asked.")]
pub(crate) struct Arguments {
    /// Deployment to compare with its pin
    #[arg(conflicts_with_all = ["all", "base", "between", "rules"])]
    name: Option<String>,
    /// Every deployment
    #[arg(long, conflicts_with_all = ["base", "between"])]
    all: bool,
    /// Where the deployment's instance is, when it is not where spec/deployments.toml says
    #[arg(long, requires = "name")]
    url: Option<String>,
    /// Document to compare, as a file or URL
    #[arg(long, requires = "revision", value_name = "FILE|URL")]
    base: Option<String>,
    /// Document to compare it with, as a file or URL
    #[arg(long, requires = "base", value_name = "FILE|URL")]
    revision: Option<String>,
    /// Two pins to compare
    #[arg(long, num_args = 2, value_names = ["PIN", "PIN"])]
    between: Option<Vec<String>>,
    /// Call the operations of the instance that only read, and compare their responses with the pinned document
    #[arg(long, requires = "name")]
    observe: bool,
    /// How to write the findings: text, json, markdown, github, junit, sarif or html
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    format: Format,
    /// File to write them to, instead of standard output; folders that it needs are created
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// List the changes that break nobody, too, in text
    #[arg(long)]
    infos: bool,
    /// Compare names, values and routes with regard to case, for servers other than ASP.NET
    #[arg(long)]
    case_sensitive: bool,
    /// The least severity that is a failure: breaking, warning or info
    #[arg(long, default_value = "breaking", value_name = "SEVERITY", value_parser = severity)]
    fail_on: Severity,
    /// Explain the finding with this id, and print the entry that accepts it
    #[arg(long, value_name = "ID")]
    explain: Option<String>,
    /// List the rules, with what they mean and how bad they are
    #[arg(long)]
    rules: bool,
}

fn severity(name: &str) -> Result<Severity, String> {
    let all = [Severity::Breaking, Severity::Warning, Severity::Info];
    all.into_iter()
        .find(|known| known.label() == name)
        .ok_or_else(|| "the severities are breaking, warning and info".to_owned())
}

pub(crate) async fn run(root: &Path, arguments: Arguments, out: &mut dyn Write) -> Result<Outcome, Failure> {
    if arguments.rules {
        return explain::rules(out);
    }
    let workspace = match Pins::read(root) {
        // Two documents can be compared anywhere.
        Err(PinError::NoWorkspace(_)) if arguments.base.is_some() => Pins::default(),
        read => read?,
    };
    let allow = Allow::read(&root.join("spec/drift-allow.toml"))?;
    let today = chrono::Local::now().date_naive();
    let mut steps = anstream::stderr();
    let mut progress = Progress::new(&mut steps);

    let options = Options { ignore_case: !arguments.case_sensitive };
    let mut comparisons = Vec::new();
    let mut unreachable = Vec::new();
    if let Some(pins) = &arguments.between {
        comparisons.push(between(&workspace, &pins[0], &pins[1], options)?);
    } else if let (Some(base), Some(revision)) = (&arguments.base, &arguments.revision) {
        comparisons.push(documents(&workspace, (base, revision), options, &mut progress).await?);
    } else if arguments.all {
        for name in workspace.deployments.keys() {
            match deployment(&workspace, name, None, options, &mut progress).await {
                Ok(comparison) => comparisons.push(comparison),
                // The others are compared all the same.
                Err(failure) => unreachable.push((name.clone(), failure)),
            }
        }
    } else if let Some(name) = &arguments.name {
        let comparison = if arguments.observe {
            observed(&workspace, name, arguments.url.as_deref(), &mut progress).await?
        } else {
            deployment(&workspace, name, arguments.url.as_deref(), options, &mut progress).await?
        };
        comparisons.push(comparison);
    } else {
        return Err(Failure::Usage(
            "say what to compare: a deployment, --all, --between PIN PIN, or --base and --revision; see --help"
                .to_owned(),
        ));
    }
    progress.finish();
    accept(&allow, &mut comparisons, today);
    if let Some(id) = &arguments.explain {
        return explain::explain(id, &comparisons, today, out);
    }
    write(&arguments, &comparisons, out)?;
    summary(&comparisons)?;
    for (name, failure) in &unreachable {
        anstream::eprintln!("error: {name}: {failure}");
    }
    if let Some((_, failure)) = unreachable.into_iter().next() {
        return Err(failure);
    }
    let worst = comparisons.iter().filter_map(|comparison| verdict(&comparison.allowed.findings)).max();
    Ok(if worst.is_some_and(|worst| worst >= arguments.fail_on) { Outcome::Found } else { Outcome::Done })
}

/// Takes out what is accepted. An entry is unused only when none of the comparisons uses it.
fn accept(allow: &Allow, comparisons: &mut [Comparison], today: chrono::NaiveDate) {
    let all: Vec<Vec<Finding>> =
        comparisons.iter_mut().map(|comparison| std::mem::take(&mut comparison.allowed.findings)).collect();
    let together = allow.apply(all.concat(), today).findings;
    for (comparison, findings) in comparisons.iter_mut().zip(all) {
        comparison.allowed = allow.apply(findings, today);
        comparison.allowed.findings.retain(|finding| !finding.is_about_the_list());
    }
    if let Some(last) = comparisons.last_mut() {
        last.allowed.findings.extend(together.into_iter().filter(Finding::is_about_the_list));
    }
}

/// A pin, as a comparison starts from it.
struct Pinned {
    document: Document,
    names: BTreeMap<Endpoint, String>,
    file: BaseFile,
}

impl Pinned {
    fn read(workspace: &Pins, pin: &str) -> Result<Self, Failure> {
        let (_, names) = workspace.document(pin)?;
        let path = format!("spec/{pin}/swagger.json");
        let text = std::fs::read_to_string(workspace.root().join(&path))
            .map_err(|source| FetchError::File { path: path.clone(), source })?;
        let (served, repeated) = fetch::parse_watching(text.as_bytes(), &path)?;
        Ok(Self { document: read(served, repeated)?, names, file: BaseFile { path, text } })
    }
}

fn read(served: serde_json::Value, repeated: Vec<Repeated>) -> Result<Document, Failure> {
    Ok(Document::read(served).map_err(StageError::from)?.with_repeated(repeated))
}

/// A deployment against its pin.
async fn deployment(
    workspace: &Pins,
    name: &str,
    url: Option<&str>,
    options: Options,
    progress: &mut Progress<'_>,
) -> Result<Comparison, Failure> {
    let (fetched, from) = place::fetch_known(&place::Place::of(workspace.deployment(name)?, url), progress).await?;
    against_pin(workspace, name, fetched, from, options)
}

/// A document that a deployment serves, against its pin.
pub(crate) fn against_pin(
    workspace: &Pins,
    name: &str,
    fetched: Fetched,
    from: String,
    options: Options,
) -> Result<Comparison, Failure> {
    let pin = &workspace.deployment(name)?.pin;
    let pinned = Pinned::read(workspace, pin)?;
    let revision = read(fetched.document, fetched.repeated)?;
    Ok(Comparison {
        deployment: Some(name.to_owned()),
        base: format!("pin {pin}"),
        revision: from,
        allowed: found(compare(&pinned.document, &revision, &pinned.names, options)),
        file: Some(pinned.file),
        coverage: workspace.coverage(revision.value()),
    })
}

/// Real responses of a deployment against its pinned document.
async fn observed(
    workspace: &Pins,
    name: &str,
    url: Option<&str>,
    progress: &mut Progress<'_>,
) -> Result<Comparison, Failure> {
    let known = workspace.deployment(name)?;
    let deployment = place::Place::of(known, url);
    let pinned = Pinned::read(workspace, &known.pin)?;
    let simulator = place::simulator(&deployment.url, progress).await?;
    let base = simulator.as_ref().map_or_else(|| deployment.url.clone(), cxreports_sim::Instance::url);
    let token = match (&simulator, place::token(deployment.token_env.as_deref())?) {
        (Some(_), _) => Some(place::SIMULATOR_TOKEN.to_owned()),
        (None, Some(token)) => Some(token),
        (None, None) => {
            return Err(Failure::Usage(format!(
                "--observe needs a token: set token_env of {name} in spec/deployments.toml to the variable that has it"
            )));
        }
    };
    let url = fetch::parse_url(&base)?;
    let options = fetch::Options { token, ..fetch::Options::default() };
    let called = &mut |operation: &str| progress.step(format!("call {operation}"));
    let observed = observe(&url, &options, pinned.document.value(), &pinned.names, called).await?;
    for (operation, why) in &observed.skipped {
        progress.line(&format!("  not called: {operation}: {why}"))?;
    }
    Ok(Comparison {
        deployment: Some(name.to_owned()),
        base: format!("pin {}", known.pin),
        revision: format!("{} responses of {}", observed.responses, deployment.url),
        allowed: found(observed.findings),
        file: Some(pinned.file),
        coverage: Vec::new(),
    })
}

/// Two pins.
fn between(workspace: &Pins, before: &str, after: &str, options: Options) -> Result<Comparison, Failure> {
    let (base, revision) = (Pinned::read(workspace, before)?, Pinned::read(workspace, after)?);
    Ok(Comparison {
        deployment: None,
        base: format!("pin {before}"),
        revision: format!("pin {after}"),
        allowed: found(compare(&base.document, &revision.document, &base.names, options)),
        file: Some(base.file),
        coverage: Vec::new(),
    })
}

/// Any two documents.
async fn documents(
    workspace: &Pins,
    (before, after): (&str, &str),
    options: Options,
    progress: &mut Progress<'_>,
) -> Result<Comparison, Failure> {
    let mut fetch = async |text: &str| -> Result<_, Failure> {
        let source = Source::parse(text)?;
        progress.step(format!("fetch {source}"));
        let fetched = fetch::fetch(&source, &fetch::Options::default()).await?;
        Ok((read(fetched.document, fetched.repeated)?, fetched.bytes, source.to_string()))
    };
    let ((base, bytes, base_shown), (revision, _, revision_shown)) = (fetch(before).await?, fetch(after).await?);
    let names = workspace.names_of(base.value())?;
    let is_file = Path::new(before).is_file();
    let file =
        is_file.then(|| BaseFile { path: before.to_owned(), text: String::from_utf8_lossy(&bytes).into_owned() });
    Ok(Comparison {
        deployment: None,
        base: base_shown,
        revision: revision_shown,
        allowed: found(compare(&base, &revision, &names, options)),
        file,
        coverage: Vec::new(),
    })
}

fn found(findings: Vec<Finding>) -> Allowed {
    Allowed { findings, accepted: 0 }
}

fn write(arguments: &Arguments, comparisons: &[Comparison], out: &mut dyn Write) -> Result<(), Failure> {
    let is_terminal = std::io::stdout().is_terminal() && arguments.output.is_none();
    let width = terminal_size::terminal_size().filter(|_| is_terminal).map_or(100, |(width, _)| usize::from(width.0));
    let style = Style { width, fail_on: arguments.fail_on, infos: arguments.infos };
    let text = render(arguments.format, comparisons, style);
    let Some(path) = &arguments.output else {
        write!(out, "{text}")?;
        if arguments.format == Format::Text {
            next(arguments, comparisons, out)?;
        }
        return Ok(());
    };
    write_file(path, anstream::adapter::strip_str(&text).to_string().as_bytes())?;
    writeln!(out, "written to {}", path.display())?;
    Ok(())
}

/// What to do with what was found.
fn next(arguments: &Arguments, comparisons: &[Comparison], out: &mut dyn Write) -> Result<(), Failure> {
    let mut findings = comparisons.iter().flat_map(|comparison| &comparison.allowed.findings);
    let mut hints = Vec::new();
    if let Some(first) =
        findings.clone().find(|finding| finding.severity > Severity::Info && !finding.is_about_the_list())
    {
        hints.push(format!("--explain {} shows every place of a finding and the entry that accepts it", first.id));
    }
    if !arguments.infos && findings.any(|finding| finding.severity == Severity::Info) {
        hints.push("--infos lists the other changes".to_owned());
    }
    if !hints.is_empty() {
        writeln!(out, "\nnext: {}", hints.join("; "))?;
    }
    Ok(())
}

/// The summary of a job on GitHub, where there is one.
fn summary(comparisons: &[Comparison]) -> Result<(), Failure> {
    let Some(path) = env::var_os("GITHUB_STEP_SUMMARY") else { return Ok(()) };
    let text = render(Format::Markdown, comparisons, Style { width: 0, fail_on: Severity::Breaking, infos: true });
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
    Ok(file.write_all(text.as_bytes())?)
}
