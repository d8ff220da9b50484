//! `cargo xtask` in this workspace.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_cxreports::main()
}
