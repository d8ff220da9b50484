//! Documents compared, and what is said of it.

mod compare;
mod edits;
#[path = "../../cxreports-codegen/tests/mutate/mod.rs"]
mod mutate;
mod mutations;
mod page;
mod render;
