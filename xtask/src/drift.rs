//! `cargo xtask drift`: what an instance, or a document, changes against a pin.

use std::{
    env,
    io::{IsTerminal as _, Write},
    path::{Path, PathBuf},
};

use cxreports_codegen::{
    convert::convert,
    fetch::{self, Options, Source},
    files::write_file,
    pins::Pins,
    pipeline::StageError,
};
use cxreports_drift::{
    Allow, Allowed, Direction, Finding, Rule, Severity, compare, entry,
    observe::observe,
    render::{Comparison, Format, Style, render},
    verdict,
};

use crate::{Failure, Outcome, place, progress::Progress};

/// Compares what an instance serves now, or any document, with what a deployment is pinned to.
///
/// Says what changed, how bad it is, and what it does to our code: which methods of cxreports rely on what changed, and which
/// generated symbols it is in. What is accepted stands in spec/drift-allow.toml.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask drift acme
      what its instance serves now, against its pin
  cargo xtask drift --all --format markdown --output drift.md
      every deployment, for a report
  cargo xtask drift --between 2024.9 2026.5
      two pins
  cargo xtask drift --base old.json --revision https://reports.acme.example
      any two documents, as files or URLs
  cargo xtask drift acme --explain 1f0c92aa3b
      one finding, and the entry that accepts it
  cargo xtask drift acme --observe
      real answers of the instance, against the pinned document

In JSON: {\"verdict\": \"breaking\" | \"warning\" | \"info\" | \"none\", \"accepted\": NUMBER, \"findings\": [{\"id\", \"rule\", \"severity\",
\"direction\"?, \"operations\", \"base\"?, \"revision\"?, \"before\"?, \"after\"?, \"message\", \"effect\": {\"methods\", \"symbols\"},
\"deployment\"?}]}; base and revision are JSON pointers.

Exit status: 0 nothing at or above --fail-on, 1 findings, 2 it failed.")]
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
    /// Call the read-only endpoints of the instance, and compare their answers with the pinned document
    #[arg(long, requires = "name")]
    observe: bool,
    /// How to write the findings: text, json, markdown, github, junit or html
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    format: Format,
    /// File to write them to, instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
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
    all.into_iter().find(|known| known.label() == name).ok_or_else(|| "there are breaking, warning and info".to_owned())
}

pub(crate) async fn run(root: &Path, arguments: Arguments, out: &mut dyn Write) -> Result<Outcome, Failure> {
    if arguments.rules {
        return rules(out);
    }
    let workspace = Pins::read(root)?;
    let allow = Allow::read(&root.join("spec/drift-allow.toml"))?;
    let today = chrono::Local::now().date_naive();
    let mut steps = anstream::stderr();
    let mut progress = Progress::new(&mut steps);

    let mut comparisons = Vec::new();
    let mut unreachable = Vec::new();
    if let Some(pins) = &arguments.between {
        comparisons.push(between(&workspace, &pins[0], &pins[1])?);
    } else if let (Some(base), Some(revision)) = (&arguments.base, &arguments.revision) {
        comparisons.push(documents(&workspace, base, revision, &mut progress).await?);
    } else if arguments.all {
        for name in workspace.deployments.keys() {
            match deployment(&workspace, name, None, &mut progress).await {
                Ok(comparison) => comparisons.push(comparison),
                // The others are compared all the same.
                Err(failure) => unreachable.push((name.clone(), failure)),
            }
        }
    } else if let Some(name) = &arguments.name {
        let comparison = if arguments.observe {
            observed(&workspace, name, arguments.url.as_deref(), &mut progress).await?
        } else {
            deployment(&workspace, name, arguments.url.as_deref(), &mut progress).await?
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
        return explain(id, &comparisons, today, out);
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
    let about = |finding: &Finding| matches!(finding.rule, Rule::AllowUnused | Rule::AllowExpired);
    let together = allow.apply(all.concat(), today).findings;
    for (comparison, findings) in comparisons.iter_mut().zip(all) {
        comparison.allowed = allow.apply(findings, today);
        comparison.allowed.findings.retain(|finding| !about(finding));
    }
    if let Some(last) = comparisons.last_mut() {
        last.allowed.findings.extend(together.into_iter().filter(about));
    }
}

/// A deployment against its pin.
async fn deployment(
    workspace: &Pins,
    name: &str,
    url: Option<&str>,
    progress: &mut Progress<'_>,
) -> Result<Comparison, Failure> {
    let (fetched, from) = place::fetch_known(&place::Place::of(workspace.deployment(name)?, url), progress).await?;
    against_pin(workspace, name, fetched.document, from)
}

/// A document that a deployment serves, against its pin.
pub(crate) fn against_pin(
    workspace: &Pins,
    name: &str,
    served: serde_json::Value,
    from: String,
) -> Result<Comparison, Failure> {
    let pin = &workspace.deployment(name)?.pin;
    let (base, names) = workspace.document(pin)?;
    let revision = convert(served).map_err(StageError::from)?;
    Ok(Comparison {
        deployment: Some(name.to_owned()),
        base: format!("pin {pin}"),
        revision: from,
        allowed: found(compare(&base, &revision, &names)),
        coverage: workspace.coverage(&revision),
    })
}

/// Real answers of a deployment against its pinned document.
async fn observed(
    workspace: &Pins,
    name: &str,
    url: Option<&str>,
    progress: &mut Progress<'_>,
) -> Result<Comparison, Failure> {
    let known = workspace.deployment(name)?;
    let deployment = place::Place::of(known, url);
    let (document, names) = workspace.document(&known.pin)?;
    let simulator = place::simulator(&deployment.url, progress).await?;
    let base = simulator.as_ref().map_or_else(|| deployment.url.clone(), cxreports_sim::Instance::url);
    let token = match (&simulator, crate::token(deployment.token_env.as_deref())?) {
        (Some(_), _) => Some(place::SIMULATOR_TOKEN.to_owned()),
        (None, Some(token)) => Some(token),
        (None, None) => {
            return Err(Failure::Usage(format!(
                "--observe needs a token: set token_env of {name} in spec/deployments.toml to the variable that has it"
            )));
        }
    };
    let url = fetch::parse_url(&base)?;
    let options = Options { token, ..Options::default() };
    let observed =
        observe(&url, &options, &document, &names, &mut |operation| progress.step(format!("call {operation}"))).await?;
    for (operation, why) in &observed.skipped {
        progress.line(&format!("  not called: {operation}: {why}"))?;
    }
    Ok(Comparison {
        deployment: Some(name.to_owned()),
        base: format!("pin {}", known.pin),
        revision: format!("{} answers of {}", observed.answers, deployment.url),
        allowed: found(observed.findings),
        coverage: Vec::new(),
    })
}

/// Two pins.
fn between(workspace: &Pins, before: &str, after: &str) -> Result<Comparison, Failure> {
    let (base, names) = workspace.document(before)?;
    let (revision, _) = workspace.document(after)?;
    Ok(Comparison {
        deployment: None,
        base: format!("pin {before}"),
        revision: format!("pin {after}"),
        allowed: found(compare(&base, &revision, &names)),
        coverage: Vec::new(),
    })
}

/// Any two documents.
async fn documents(
    workspace: &Pins,
    before: &str,
    after: &str,
    progress: &mut Progress<'_>,
) -> Result<Comparison, Failure> {
    let mut documents = Vec::new();
    let mut shown = Vec::new();
    for text in [before, after] {
        let source = Source::parse(text)?;
        progress.step(format!("fetch {source}"));
        let fetched = fetch::fetch(&source, &Options::default()).await?;
        documents.push(convert(fetched.document).map_err(StageError::from)?);
        shown.push(source.to_string());
    }
    let names = workspace.names_of(&documents[0])?;
    let findings = compare(&documents[0], &documents[1], &names);
    let revision = shown.pop().unwrap_or_default();
    let base = shown.pop().unwrap_or_default();
    Ok(Comparison { deployment: None, base, revision, allowed: found(findings), coverage: Vec::new() })
}

fn found(findings: Vec<Finding>) -> Allowed {
    Allowed { findings, accepted: 0 }
}

fn write(arguments: &Arguments, comparisons: &[Comparison], out: &mut dyn Write) -> Result<(), Failure> {
    let is_terminal = std::io::stdout().is_terminal() && arguments.output.is_none();
    let width = terminal_size::terminal_size().filter(|_| is_terminal).map_or(100, |(width, _)| usize::from(width.0));
    let text = render(arguments.format, comparisons, Style { width, fail_on: arguments.fail_on });
    let Some(path) = &arguments.output else {
        write!(out, "{text}")?;
        return Ok(());
    };
    write_file(path, anstream::adapter::strip_str(&text).to_string().as_bytes())?;
    writeln!(out, "written to {}", path.display())?;
    Ok(())
}

/// The summary of a job on GitHub, where there is one.
fn summary(comparisons: &[Comparison]) -> Result<(), Failure> {
    let Some(path) = env::var_os("GITHUB_STEP_SUMMARY") else { return Ok(()) };
    let text = render(Format::Markdown, comparisons, Style { width: 0, fail_on: Severity::Breaking });
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
    Ok(file.write_all(text.as_bytes())?)
}

fn explain(
    id: &str,
    comparisons: &[Comparison],
    today: chrono::NaiveDate,
    out: &mut dyn Write,
) -> Result<Outcome, Failure> {
    let mut findings = comparisons.iter().flat_map(|comparison| &comparison.allowed.findings);
    let Some(finding) = findings.find(|finding| finding.id == id) else {
        return Err(Failure::Usage(format!(
            "there is no finding {id} now; run the same without --explain to see those that there are"
        )));
    };
    let value = |value: &Option<serde_json::Value>| value.as_ref().map_or("-".to_owned(), |value| format!("{value:#}"));
    let pointer = |pointer: &Option<String>| pointer.clone().unwrap_or_else(|| "-".to_owned());
    writeln!(out, "{}\n", finding.message)?;
    writeln!(out, "rule        {}: {}", finding.rule.id(), finding.rule.what())?;
    writeln!(out, "severity    {}", finding.severity.label())?;
    if let Some(direction) = finding.direction {
        writeln!(out, "direction   {}", direction.label())?;
    }
    for operation in &finding.operations {
        writeln!(out, "operation   {operation}")?;
    }
    for method in &finding.effect.methods {
        writeln!(out, "relies      {method}")?;
    }
    for symbol in &finding.effect.symbols {
        writeln!(out, "generated   {symbol}")?;
    }
    writeln!(out, "\nbefore      {}\n{}", pointer(&finding.base), value(&finding.before))?;
    writeln!(out, "\nafter       {}\n{}", pointer(&finding.revision), value(&finding.after))?;
    let expires = today.checked_add_months(chrono::Months::new(3)).unwrap_or(today);
    writeln!(out, "\nto accept it, put into spec/drift-allow.toml:\n\n{}", entry(finding, expires))?;
    Ok(Outcome::Done)
}

fn rules(out: &mut dyn Write) -> Result<Outcome, Failure> {
    use Direction::{Request, Response};
    writeln!(out, "{:<30} {:<9} {:<9} what it means", "rule", "request", "response")?;
    for rule in Rule::ALL {
        let [request, response] = [Request, Response].map(|direction| rule.severity(Some(direction)).label());
        writeln!(out, "{:<30} {request:<9} {response:<9} {}", rule.id(), rule.what())?;
    }
    Ok(Outcome::Done)
}
