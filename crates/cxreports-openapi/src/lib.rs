//! Documents of ASP.NET servers, without I/O: walked ([`document`]), brought to OpenAPI 3.0 ([`convert`]), and matched with
//! the contract of the CxReports API ([`contract`]); [`discover`] says where an instance serves its own.
//!
//! ```
//! use cxreports_openapi::{contract, convert::convert};
//!
//! let served = serde_json::json!({ "openapi": "3.0.4", "info": {}, "paths": {
//!     "/reporting/API/v1/Workspaces/": { "get": { "responses": { "200": { "description": "OK" } } } },
//! } });
//! let document = convert(served)?;
//! let found = contract::find(&document, &Default::default());
//! assert_eq!(found.coverage(), "1 of 18 operations");
//! assert_eq!(found.operations[0].binding.path, "/reporting/API/v1/Workspaces/");
//! # Ok::<(), cxreports_openapi::convert::ConvertError>(())
//! ```
#![deny(missing_docs)]

pub mod contract;
pub mod convert;
pub mod discover;
pub mod document;
mod reference;
mod shape;
mod template;
