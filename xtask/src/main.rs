//! `cargo cxreports`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_cxreports::main()
}
