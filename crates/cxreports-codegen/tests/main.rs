//! From documents to crates.

mod fetch;
mod hostile;
mod large;
mod mutate;
mod mutations;
mod passes;
mod pins;
mod size;
