//! Schemas, compared one keyword after the other.

mod bounds;
mod choices;
mod comparison;
mod driver;
mod equal;
mod keywords;
mod members;
mod pair;
mod values;
mod view;

pub(crate) use driver::{Found, Schemas, Walked};
pub(crate) use equal::{Placed, difference};
pub(crate) use pair::{Documents, Lacks};
