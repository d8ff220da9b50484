use std::time::Duration;

use cxreports::Client;

/// The state that all handlers share.
#[derive(Clone)]
pub struct App {
    pub(crate) cx: Client,
    pub(crate) session: Duration,
}

impl App {
    /// An application for the reports in the default workspace of a client.
    #[must_use]
    pub fn new(cx: Client) -> Self {
        Self { cx, session: Duration::from_secs(20 * 60) }
    }

    /// Sets how long the instance keeps the session of an iframe. Defaults to 20 minutes, ASP.NET's own default. The page offers
    /// to reconnect when this time has passed, because it cannot see into a frame of another origin.
    #[must_use]
    pub fn session(mut self, lifetime: Duration) -> Self {
        self.session = lifetime;
        self
    }
}
