//! The workspace as a whole. The tests of a module run with `cargo test -p cxreports-tests --test it ways::`.

mod api;
mod blocking;
mod drift;
mod features;
mod interop;
mod pins;
mod repository;
mod structure;
mod ways;
mod workflows;
