//! The pin that a client uses by default.

pub use cxreports_pin_2026_5::Api as LatestPin;
