//! The `cxreports` command: arguments, and how each command ends. What it does with an instance is in `cxreports`.
#![cfg_attr(fuzzing, no_main)]

mod bulk;
mod doctor;
mod export;
mod failure;
mod iframe;
mod job;
mod output;
mod preview;
mod profile;
mod read;

use std::{path::PathBuf, process::ExitCode};

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::{
    failure::Failure,
    output::{GoesOn, Output},
    profile::Connection,
};

/// Exports reports, runs jobs and looks after CxReports instances.
///
/// It works with any instance: it looks at what the instance serves, and says before it sends anything what the instance lacks.
#[derive(Parser)]
#[command(
    name = "cxreports",
    version,
    max_term_width = 100,
    after_help = "The token is never an argument. It comes from the profile (token_env, token_file or token_command) or from \
CX_REPORTS_PAT; the address and the workspace come from options, the profile, or CX_REPORTS_URL and \
CX_REPORTS_WORKSPACE_ID, in this order.

A profile, in the configuration file (cxreports/config.toml in the system's configuration folder, which is ~/.config on Linux):

  [acme]
  url = \"https://reports.acme.example\"
  workspace = \"finance\"
  token_command = \"pass show acme/cxreports\"

Exit status: 0 done, 1 it failed, 2 wrong arguments, 3 the token was refused, 4 the instance was not reached, \
5 it was not finished in time and goes on, 6 some lines or checks failed, 130 interrupted."
)]
struct Arguments {
    /// Profile to use, from the configuration file
    #[arg(long, short = 'P', global = true, env = "CX_REPORTS_PROFILE", help_heading = "Where")]
    profile: Option<String>,
    /// Configuration file, when it is not the usual one
    #[arg(long, global = true, value_name = "FILE", env = "CX_REPORTS_CONFIG", help_heading = "Where")]
    config: Option<PathBuf>,
    /// Base URL of the instance
    #[arg(long, global = true, help_heading = "Where")]
    url: Option<String>,
    /// Workspace, by id or code
    #[arg(long, short = 'w', global = true, help_heading = "Where")]
    workspace: Option<String>,
    /// Print JSON, for programs
    #[arg(long, global = true, help_heading = "Output")]
    json: bool,
    /// Print no progress
    #[arg(long, short, global = true, help_heading = "Output")]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the workspaces
    Workspaces,
    Reports(read::Reports),
    Pages(read::Pages),
    /// List the report types
    Types,
    /// List the templates
    Templates,
    /// List the themes
    Themes,
    /// List the jobs
    Jobs,
    Export(export::Export),
    Status(export::Status),
    Download(export::Download),
    Bulk(bulk::Bulk),
    Data(export::Data),
    Preview(preview::Preview),
    Run(job::Run),
    Doctor(doctor::Doctor),
    /// Print a completion script: cxreports completions bash > /etc/bash_completion.d/cxreports
    Completions {
        /// Shell that it is for
        shell: clap_complete::Shell,
    },
    /// Print the manual page: cxreports man > cxreports.1
    Man,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            anstream::eprintln!("error: the system gives no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let goes_on = GoesOn::default();
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = run(arguments, goes_on.clone()) => Some(outcome),
            () = interrupted() => None,
        }
    });
    let code = match outcome {
        Some(Ok(code)) => code,
        // Whoever reads the file has seen enough of it.
        Some(Err(Failure::Print(error))) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        None => {
            let after = goes_on.text().map(|text| format!("; {text}")).unwrap_or_default();
            output::say_aside(&format!("interrupted{after}"));
            ExitCode::from(130)
        }
        Some(Err(failure)) => {
            failure.print();
            failure.exit_code()
        }
    };
    // Whatever still reads from standard input is not waited for.
    runtime.shutdown_background();
    code
}

/// Ends when somebody wants the command to end: Ctrl-C, or the system's request.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminated) = signal(SignalKind::terminate()) else { return std::future::pending().await };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}

async fn run(arguments: Arguments, goes_on: GoesOn) -> Result<ExitCode, Failure> {
    let Arguments { profile, config, url, workspace, json, quiet, command } = arguments;
    let mut output = Output::new(json, quiet, goes_on);
    match &command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "cxreports", &mut script);
            output.bytes(&script)?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page).map_err(Failure::Print)?;
            output.bytes(&page)?;
            return Ok(ExitCode::SUCCESS);
        }
        _ => {}
    }
    let connection = Connection::find(profile.as_deref(), config.as_deref(), url, workspace)?;
    if let Command::Doctor(doctor) = command {
        return doctor.run(&connection, &mut output).await;
    }
    let cx = connection.builder().await?.probe().await?;
    match command {
        Command::Workspaces => read::workspaces(&cx, &mut output).await?,
        Command::Reports(reports) => reports.run(&cx, &mut output).await?,
        Command::Pages(pages) => pages.run(&cx, &mut output).await?,
        Command::Types => read::types(&cx, &mut output).await?,
        Command::Templates => read::templates(&cx, &mut output).await?,
        Command::Themes => read::themes(&cx, &mut output).await?,
        Command::Jobs => read::jobs(&cx, &mut output).await?,
        Command::Export(export) => export.run(&cx, &mut output).await?,
        Command::Status(status) => status.run(&cx, &mut output).await?,
        Command::Download(download) => download.run(&cx, &mut output).await?,
        Command::Bulk(bulk) => return bulk.run(&cx, connection.workspace(), &mut output).await,
        Command::Data(data) => data.run(&cx, &mut output).await?,
        Command::Preview(preview) => preview.run(&cx, &mut output).await?,
        Command::Run(run) => run.run(&cx, &mut output).await?,
        Command::Doctor(_) | Command::Completions { .. } | Command::Man => {}
    }
    Ok(ExitCode::SUCCESS)
}
