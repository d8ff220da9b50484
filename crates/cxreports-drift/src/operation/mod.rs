//! Operations, compared part by part.

mod comparison;
mod content;
mod media_type;
mod parameters;
mod responses;
mod scheme;
mod security;
mod side;
mod style;
mod whole;

pub(crate) use comparison::Outcome;
pub(crate) use side::{Side, paths_in_words, server_paths};
pub(crate) use whole::compare;
