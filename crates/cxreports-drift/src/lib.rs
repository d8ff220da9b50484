//! What changed between two documents of an instance, or between a document and real responses: typed findings, each with how
//! bad it is and what it does to our code.
//!
//! Both documents are compared as OpenAPI 3.0, as [`cxreports_openapi::convert`] makes them.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use cxreports_drift::{Severity, compare, verdict};
//! use serde_json::json;
//!
//! let document = |path: &str| json!({ "openapi": "3.0.4", "info": {}, "paths": { path: { "get": { "responses": {} } } } });
//! let findings = compare(&document("/reports"), &document("/documents"), &BTreeMap::new());
//! assert_eq!(verdict(&findings), Some(Severity::Breaking));
//! ```
#![deny(missing_docs)]

mod allow;
mod compare;
mod effect;
pub mod observe;
mod operation;
pub mod render;
mod rules;
mod schema;

pub use allow::{Allow, AllowError, Allowed, entry};
pub use compare::{Finding, Options, compare, compare_with, verdict};
pub use effect::{Effect, methods};
pub use rules::{Direction, Rule, Severity};
