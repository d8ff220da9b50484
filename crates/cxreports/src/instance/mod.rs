//! What an instance serves, and instances of which nothing is known beforehand.

pub(crate) mod check;
#[cfg(feature = "latest")]
pub(crate) mod probed;
pub(crate) mod served;
