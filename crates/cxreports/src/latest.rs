//! The pin that a client uses by default.

#[cfg(feature = "latest")]
pub use cxreports_pin_2026_5::Api as LatestPin;

/// Stands for no pin: without the feature `latest`, each client is given its pin with
/// [`ClientBuilder::pin`](crate::ClientBuilder::pin).
#[cfg(not(feature = "latest"))]
#[derive(Debug)]
pub enum LatestPin {}
