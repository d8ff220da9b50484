//! `cargo xtask generate`: a client crate of its own from any ASP.NET document.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use cxreports_codegen::{
    fetch::{self, Options, Source},
    files::{self, FileSet},
    generate::{self as codegen, Target},
    names::Names,
    overlay::Overlay,
    pipeline::{Pipeline, StageError},
};

use crate::{
    failure::{Failure, Outcome},
    place,
    progress::Progress,
};

/// Generates a client crate from any ASP.NET document, for servers that are not CxReports.
///
/// The crate depends on crates.io only. What cannot be generated is named, with the reason; everything else is generated.
#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask generate --input https://shop.example --output ../shop --crate-name shop-client")]
pub(crate) struct Arguments {
    /// The document: a file, a URL (of the document, its Swagger page or the instance), or - for standard input
    #[arg(long, value_name = "FILE|URL")]
    input: String,
    /// Folder of the crate
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// Name of the crate
    #[arg(long, value_name = "NAME")]
    crate_name: String,
    /// OpenAPI Overlay 1.0 document with what the input leaves out
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,
    /// Names of operations, as spec/names.toml has them
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// Environment variable that has the token, when the server asks for one
    #[arg(long, value_name = "VAR")]
    token_env: Option<String>,
    /// Print how long each step took
    #[arg(long)]
    timings: bool,
}

pub(crate) async fn run(arguments: Arguments, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let mut progress = Progress::new(out);
    let name = &arguments.crate_name;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(plain) {
        return Err(Failure::Usage(format!(
            "{name:?} cannot be the name of a crate: use letters, digits, - and _, beginning with a letter"
        )));
    }
    files::recover(&arguments.output)?;
    check_output(&arguments.output)?;
    let token = place::token(arguments.token_env.as_deref())?;
    let source = Source::parse(&arguments.input)?;
    progress.step(format!("fetch {source}"));
    let fetched = fetch::fetch(&source, &Options { token, ..Options::default() }).await?;
    progress.repeated(&fetched.from, &fetched.repeated)?;
    let overlay = arguments.overlay.as_deref().map(Overlay::read).transpose().map_err(StageError::from)?;
    let mut names = match &arguments.names {
        Some(path) => Names::read(path).map_err(StageError::from)?,
        None => Names::default(),
    };
    let pipeline = Pipeline { overlay: overlay.as_ref() };
    let normalised = pipeline.normalise(fetched.document, &mut names, &mut |stage| progress.stage("", stage))?;
    let target = Target::Standalone { name };
    let generated = codegen::generate_with(&normalised, target, &mut |stage| progress.stage("", stage));
    let generated = generated.map_err(StageError::from)?;

    let mut files = FileSet::default();
    files.own_generated("src");
    for (path, contents) in generated.files {
        files.add(path, contents);
    }
    progress.step(format!("write what is stale of {} files", files.len()));
    files.write(&arguments.output)?;
    progress.finish();

    let refused: Vec<_> = normalised.report.refused.iter().chain(&generated.refused).collect();
    let operations = normalised.report.operations_in;
    progress.line(&format!(
        "{operations} operations in, {} generated, {} refused",
        operations - refused.len(),
        refused.len()
    ))?;
    for refusal in refused {
        progress.line(&format!("  refused {}: {}", refusal.operation, refusal.reason))?;
    }
    for (schema, reason) in &generated.untyped {
        progress.line(&format!("  {schema} is any JSON value: {reason}"))?;
    }
    if arguments.timings {
        progress.timings()?;
    }
    progress.line(&format!("next: cargo check --manifest-path {}", arguments.output.join("Cargo.toml").display()))?;
    Ok(Outcome::Done)
}

/// A folder that has something else in it is left alone.
fn check_output(output: &Path) -> Result<(), Failure> {
    let ours = fs::read_to_string(output.join("Cargo.toml"))
        .is_ok_and(|manifest| manifest.starts_with(codegen::MANIFEST_MARK));
    let empty = match fs::read_dir(output) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if ours || empty {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "{} has files that were not generated; choose an empty folder, or one that this command made",
        output.display()
    )))
}
