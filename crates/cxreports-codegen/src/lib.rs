//! From an instance's Swagger document to a generated client crate.
//!
//! A document goes through [`fetch`], [`convert`], [`overlay`], [`contract`], [`normalise`] and [`generate`]: [`pipeline`] is
//! that way, and [`pins`] goes it for the pins of a repository. Every stage can be used alone, and every error names the place and what to do next.
//!
//! ```
//! use cxreports_codegen::{
//!     fetch,
//!     generate::{Target, generate},
//!     names::Names,
//!     pipeline::Pipeline,
//! };
//!
//! let served = br#"{ "openapi": "3.0.4", "info": {}, "paths": { "/api/v1/workspaces": { "get": { "responses": {
//!     "200": { "description": "OK", "content": { "text/json": { "schema": { "type": "array", "items": {} } } } }
//! } } } } }"#;
//! let document = fetch::parse(served, "the instance")?;
//! let normalised = Pipeline::default().normalise(document, &mut Names::default(), &mut |_| {})?;
//! assert_eq!(normalised.operations.values().collect::<Vec<_>>(), ["list_workspaces"]);
//! let generated = generate(&normalised, Target::Standalone { name: "example" })?;
//! assert!(generated.files["src/client.rs"].contains("pub fn list_workspaces(&self)"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(missing_docs)]

pub mod fetch;
pub mod files;
pub mod generate;
pub mod host;
pub mod ident;
pub mod names;
pub mod normalise;
pub mod overlay;
pub mod pins;
pub mod pipeline;
mod reserved;
pub mod since;
mod stage;
pub mod surface;

pub use cxreports_openapi::{contract, convert, document};
