//! What changed between two documents of an instance, or between a document and real responses: typed findings, one for each
//! cause, with how bad it is, every operation that sees it, and what it does to our code.
//!
//! Documents of any version are compared as OpenAPI 3.0; what that has no words for is a finding by itself.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use cxreports_drift::{Document, Options, Severity, compare, verdict};
//! use serde_json::json;
//!
//! let document = |path: &str| {
//!     Document::read(json!({ "openapi": "3.0.4", "info": {}, "paths": { path: { "get": { "responses": {} } } } }))
//! };
//! let (base, revision) = (document("/reports")?, document("/documents")?);
//! let findings = compare(&base, &revision, &BTreeMap::new(), Options::default());
//! assert_eq!(verdict(&findings), Some(Severity::Breaking));
//! # Ok::<_, cxreports_openapi::convert::ConvertError>(())
//! ```
#![deny(missing_docs)]

mod allow;
mod causes;
mod change;
mod compare;
mod document;
mod effect;
mod finding;
mod message;
pub mod observe;
mod operation;
mod pairing;
pub mod render;
mod rules;
mod schema;
mod sentence;

pub use allow::{Allow, Allowed, entry};
pub use compare::{Options, compare};
pub use document::Document;
pub use effect::{Effect, methods};
pub use finding::{At, Finding, Place, Subject, Use, verdict};
pub use message::{Message, Part, one_line};
pub use rules::{Direction, Rule, Severity};
pub use sentence::describe;
