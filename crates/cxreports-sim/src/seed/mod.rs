//! The data of an instance.

mod demo;
mod file;
mod model;

pub use file::InvalidSeed;
pub use model::{Job, Named, Page, PageKind, Report, ReportType, Seed, Workspace};
