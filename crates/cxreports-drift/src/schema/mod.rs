//! Schemas, compared one keyword after the other.
//!
//! What is compared is a list of places: mostly one, and several where the parts of a composition declare the same member. All of
//! them hold at once, so that types and listed values intersect and the tightest bound counts.

mod alternatives;
mod bounds;
mod choices;
mod comparison;
mod discriminators;
mod driver;
mod envelopes;
mod equal;
mod formats;
mod keywords;
mod members;
mod number;
mod pair;
mod values;
mod view;

pub(crate) use driver::{Found, Schemas, Walked};
pub(crate) use equal::{Placed, difference};
pub(crate) use pair::{Documents, Lacks, NOT_COMPARED};
