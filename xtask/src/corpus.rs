//! `cargo xtask corpus`: how the generator fares on a folder of documents.

use std::{
    collections::BTreeMap,
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use cxreports_codegen::{
    fetch::{self, Options},
    files::FileSet,
    generate::{self, Crate, Target},
    names::Names,
    normalise::Normalised,
    pipeline::{Pipeline, StageError},
};
use serde_json::Value;

use crate::{
    failure::{Failure, Outcome},
    progress::Progress,
};

/// Generates a client from every document of a folder, compiles them all, and prints a table.
///
/// Exit status: 0 every valid document compiles, 1 one does not, 2 it failed.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder of documents (*.json, *.yaml, *.yml)
    folder: PathBuf,
    /// Check with clippy, too, and count its warnings
    #[arg(long)]
    clippy: bool,
}

/// A document's row.
struct Row {
    document: String,
    version: String,
    /// Operations in, generated and refused; or why the document is refused as a whole.
    generated: Result<Generated, StageError>,
    took: Duration,
}

struct Generated {
    package: String,
    operations: usize,
    refused: Vec<String>,
}

pub(crate) fn run(root: &Path, arguments: &Arguments, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let mut progress = Progress::new(out);
    let place = root.join("target/corpus");
    let mut files = FileSet::default();
    let mut rows = Vec::new();
    for path in documents(&arguments.folder)? {
        progress.step(format!("generate {}", path.display()));
        let package = format!("corpus-{}", rows.len());
        rows.push(row(&path, &package, &mut files));
    }
    let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = [\"corpus-*\"]\n{}", profile(root));
    files.add("Cargo.toml", manifest);
    files.add("Cargo.lock", fs::read(root.join("Cargo.lock")).unwrap_or_default());
    files.own(".");
    files.write(&place)?;

    progress.step("compile");
    let since = Instant::now();
    let verdicts = compile(&place, root, arguments.clippy)?;
    let compiled = since.elapsed();
    progress.finish();
    print(&rows, &verdicts, compiled, &mut progress)
}

fn documents(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let known = |path: &PathBuf| matches!(path.extension().and_then(|e| e.to_str()), Some("json" | "yaml" | "yml"));
    let entries =
        fs::read_dir(folder).map_err(|error| Failure::Usage(format!("cannot read {}: {error}", folder.display())))?;
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(known).collect();
    found.sort();
    if found.is_empty() {
        return Err(Failure::Usage(format!("{} has no documents (*.json, *.yaml, *.yml)", folder.display())));
    }
    Ok(found)
}

fn row(path: &Path, package: &str, files: &mut FileSet) -> Row {
    let since = Instant::now();
    let mut version = "?".to_owned();
    let generated = generated(path, package, &mut version).map(|(normalised, generated)| {
        let refused = normalised.report.refused.iter().chain(&generated.refused);
        let refused = refused.map(|refusal| format!("{}: {}", refusal.operation, refusal.reason)).collect();
        for (file, contents) in generated.files {
            files.add(Path::new(package).join(file), contents);
        }
        Generated { package: package.to_owned(), operations: normalised.report.operations_in, refused }
    });
    let document = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Row { document, version, generated, took: since.elapsed() }
}

/// The profile of the workspace, so that both share what they depend on; without the settings of packages, which need not be here.
fn profile(root: &Path) -> String {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
    let Ok(mut manifest) = manifest.parse::<toml::Table>() else { return String::new() };
    let Some(mut profile) = manifest.remove("profile") else { return String::new() };
    if let Some(dev) = profile.get_mut("dev").and_then(toml::Value::as_table_mut) {
        dev.remove("package");
    }
    format!("\n{}", toml::Table::from_iter([("profile".to_owned(), profile)]))
}

fn generated(path: &Path, package: &str, version: &mut String) -> Result<(Normalised, Crate), StageError> {
    let fetched = fetch::read_file(path, &Options::default())?;
    if let Some(stated) = fetched.document["openapi"].as_str().or(fetched.document["swagger"].as_str()) {
        *version = stated.chars().take(6).collect();
    }
    let normalised = Pipeline::default().normalise(fetched.document, &mut Names::default(), &mut |_| {})?;
    let generated = generate::generate(&normalised, Target::Standalone { name: package })?;
    Ok((normalised, generated))
}

/// By package: errors and warnings.
fn compile(place: &Path, root: &Path, clippy: bool) -> Result<BTreeMap<String, (usize, usize)>, Failure> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            if clippy { "clippy" } else { "check" },
            "--workspace",
            "--keep-going",
            "--quiet",
            "--message-format=json",
        ])
        .current_dir(place)
        .env("CARGO_TARGET_DIR", env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| root.join("target").into()))
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    let mut verdicts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        let Some(package) = message["target"]["name"].as_str().filter(|name| name.starts_with("corpus_")) else {
            continue;
        };
        let verdict = verdicts.entry(package.replace('_', "-")).or_default();
        match message["message"]["level"].as_str() {
            Some("error") => verdict.0 += 1,
            Some("warning") => verdict.1 += 1,
            _ => {}
        }
    }
    Ok(verdicts)
}

fn print(
    rows: &[Row],
    verdicts: &BTreeMap<String, (usize, usize)>,
    compiled: Duration,
    progress: &mut Progress<'_>,
) -> Result<Outcome, Failure> {
    let width = rows.iter().map(|row| row.document.chars().count()).max().unwrap_or_default().clamp(8, 44);
    let name = |text: &str| text.chars().take(width).collect::<String>();
    progress.line(&format!("{:width$}  version  in  generated  refused  compiles  seconds", "document"))?;
    let (mut valid, mut good) = (0, 0);
    let mut notes = Vec::new();
    for row in rows {
        let seconds = row.took.as_secs_f64();
        let generated = match &row.generated {
            Ok(generated) => generated,
            Err(error) => {
                progress.line(&format!(
                    "{:width$}  {:7}   -          -        -  refused   {seconds:7.2}",
                    name(&row.document),
                    row.version
                ))?;
                notes.push(format!("{}: {error}", row.document));
                continue;
            }
        };
        valid += 1;
        let refused = generated.refused.len();
        let verdict = match verdicts.get(&generated.package) {
            Some((0, 0)) => "yes",
            Some((0, _)) => "warnings",
            Some(_) => "no",
            None => "not seen",
        };
        good += usize::from(verdict == "yes");
        progress.line(&format!(
            "{:width$}  {:7} {:3}  {:9}  {refused:7}  {verdict:8}  {seconds:7.2}",
            name(&row.document),
            row.version,
            generated.operations,
            generated.operations - refused
        ))?;
        notes.extend(generated.refused.iter().map(|refusal| format!("{}: refused {refusal}", row.document)));
    }
    for note in notes {
        progress.line(&note)?;
    }
    progress.line(&format!("compiled together in {:.1} s", compiled.as_secs_f64()))?;
    progress.line(&format!("{good} of {valid} valid documents compile"))?;
    Ok(if good == valid { Outcome::Done } else { Outcome::Found })
}
