//! The `cxreports` command.
#![cfg_attr(fuzzing, no_main)]

mod arguments;
mod bulk;
mod cache;
mod config;
mod connection;
mod data;
mod doctor;
mod download;
mod export;
mod failure;
mod input;
mod list;
mod output;
mod packaging;
mod preview;
mod profile;
mod recommend;
mod run;
mod terminal;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{arguments::Arguments, failure::Failure, terminal::print_error_line};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            print_error_line(&format!("error: the threads of the command cannot be started: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let mut output = arguments.output();
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = arguments.run(&mut output) => outcome,
            () = interrupted() => Err(Failure::Interrupted),
        }
    });
    let code = match outcome {
        Ok(code) => code,
        // The reader of a pipe has ended, and knows.
        Err(Failure::Print(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(failure) => {
            output.failure(&failure);
            failure.kind().into()
        }
    };
    // A read from standard input may go on for ever.
    runtime.shutdown_background();
    code
}

/// Returns on SIGINT or SIGTERM.
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
