//! From an instance's Swagger document to a generated client crate.
//!
//! A document goes through [`fetch`], [`convert`], [`overlay`], [`normalise`] and [`generate`]; [`workspace`] does all of it
//! for the pins of a workspace. Every stage can be used alone, and every error names the place and what to do next.
#![deny(missing_docs)]

pub mod convert;
pub mod document;
pub mod fetch;
pub mod files;
pub mod generate;
pub mod ident;
pub mod names;
pub mod normalise;
pub mod overlay;
pub mod surface;
pub mod workspace;
