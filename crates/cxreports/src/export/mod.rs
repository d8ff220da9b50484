//! Exports: at once, or later.

pub(crate) mod ready;
mod remote;
pub(crate) mod request;
pub(crate) mod started;
