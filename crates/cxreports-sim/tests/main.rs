//! The simulator over its socket and as a program. Tests use every mode, so that those of some modules need features.

#[cfg(feature = "formats")]
mod binding;
mod connections;
#[cfg(all(feature = "formats", feature = "validate"))]
mod modes;
mod program;
mod raw;
#[cfg(feature = "formats")]
mod responses;
mod state;
mod table;
