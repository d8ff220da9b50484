//! Operations, compared part by part.

mod comparison;
mod content;
mod parameters;
mod responses;
mod security;
mod side;
mod whole;

pub(crate) use comparison::Outcome;
pub(crate) use side::{Side, server_paths};
pub(crate) use whole::compare;
