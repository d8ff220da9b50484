//! The command as a user runs it. The tests of a module run with `cargo test -p cxreports-cli --test it bulk::`.
// What systems say of files, and how a shell is called, differ elsewhere.
#![cfg(unix)]
#![allow(clippy::duplicate_mod, reason = "each module gives `Place` methods of its own")]

mod bulk;
mod cache;
mod canary;
mod commands;
mod hostile;
mod kill;
#[path = "../../cxreports/tests/malice/mod.rs"]
mod malice;
mod profiles;
mod untoward;
mod usage;
