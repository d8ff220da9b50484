//! The simulator as a program.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use cxreports_sim::{Edition, FaultRule, Instance};

/// Runs a CxReports instance to test against, with seeded data.
///
/// It has the workspaces `finance` (id 1) and `logistics` (id 2), and serves its Swagger page at /swagger/index.html.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  cxreports-sim --token my-token --listen 127.0.0.1:8080\n  \
    curl -H 'Authorization: Bearer my-token' http://127.0.0.1:8080/api/v1/workspaces\n  \
    curl -H 'Authorization: Bearer my-token' -OJ http://127.0.0.1:8080/api/v1/ws/finance/reports/invoice/pdf\n\n\
    Half of the status requests are dropped after they were handled:\n  \
    cxreports-sim --token my-token --fault drop-after@export-status:0.5"
)]
struct Arguments {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Edition of the API to serve: 2024.9 or 2026.5
    #[arg(long, default_value = "2026.5")]
    edition: Edition,
    /// Personal Access Token to accept
    #[arg(long, env = "CXREPORTS_SIM_TOKEN", hide_env_values = true)]
    token: String,
    /// Prefix for everything, as behind a reverse proxy
    #[arg(long, default_value = "", value_name = "PATH", hide_default_value = true)]
    base_path: String,
    /// Path of the API below the base path, instead of /api/v1
    #[arg(long, default_value = "", value_name = "PATH", hide_default_value = true)]
    api_root: String,
    /// Document to serve as Swagger, written in any way; what the instance does stays the edition's
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// Write the members of responses with capitals
    #[arg(long)]
    pascal_members: bool,
    /// Write the numbers of responses as text
    #[arg(long)]
    numbers_as_text: bool,
    /// Write and take states as integers
    #[arg(long)]
    numeric_enums: bool,
    /// Bind names in any case, numbers as text, enumerations by number, and ignore unknown parameters, as ASP.NET does
    #[arg(long)]
    lenient: bool,
    /// Refuse a POST without Content-Length with 411, as IIS does
    #[arg(long)]
    require_length: bool,
    /// Do not serve the Swagger page and document
    #[arg(long)]
    no_swagger: bool,
    /// Milliseconds that it takes to make a file
    #[arg(long, default_value_t = 0, value_name = "MS")]
    export_ms: u64,
    /// Least size of a file, in bytes; shorter ones are filled up
    #[arg(long, default_value_t = 0, value_name = "BYTES")]
    pad_files_to: u64,
    /// What goes wrong: FAULT, FAULT@ENDPOINT or FAULT@ENDPOINT:PROBABILITY; may be given several times
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<FaultRule>,
    /// The seed by which faults are chosen
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    fault_seed: u64,
}

fn read(path: &Path) -> Result<serde_json::Value, String> {
    let text = std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("{} is not JSON: {error}", path.display()))
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let document = match arguments.document.as_deref().map(read).transpose() {
        Ok(document) => document,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let builder = Instance::builder(arguments.edition);
    let builder = match document {
        Some(document) => builder.written_as(document),
        None => builder,
    };
    let instance = builder
        .listen(arguments.listen)
        .token(arguments.token)
        .base_path(arguments.base_path)
        .api_root(arguments.api_root)
        .pascal_members(arguments.pascal_members)
        .numbers_as_text(arguments.numbers_as_text)
        .numeric_enums(arguments.numeric_enums)
        .strict(!arguments.lenient)
        .require_length(arguments.require_length)
        .swagger(!arguments.no_swagger)
        .export_time(Duration::from_millis(arguments.export_ms))
        .pad_files_to(arguments.pad_files_to)
        .faults(arguments.fault_seed, arguments.faults)
        .start()
        .await;
    match instance {
        Ok(instance) => {
            println!("listening on {}", instance.url());
            tokio::select! {
                () = instance.serve_forever() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            if let Some(source) = std::error::Error::source(&error) {
                eprintln!("  because: {source}");
            }
            ExitCode::FAILURE
        }
    }
}
