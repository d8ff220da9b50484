//! The files that an instance makes: real ones, that office programs open, with the report's name, parameters and data in
//! them.

mod content;
mod file;
mod html;
#[cfg(feature = "formats")]
mod office;
#[cfg(feature = "formats")]
mod pack;
#[cfg(feature = "formats")]
mod pdf;
#[cfg(feature = "formats")]
mod xlsx;

pub(crate) use content::Content;
pub(crate) use file::{File, Format};
pub(crate) use html::write as page;
