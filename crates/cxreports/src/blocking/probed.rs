use std::{sync::Arc, time::Duration};

use crate::{
    blocking::{
        builder::ClientBuilder,
        client::Client,
        driver::{Blocking, Runtime},
    },
    error::Error,
    instance::probed::{ProbeResult, Probed},
};

impl ClientBuilder {
    /// See [`probe`](crate::ClientBuilder::probe).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn probe(self) -> Result<Client<Probed>, Error> {
        let runtime = Arc::new(Runtime::start()?);
        let inner = runtime.run(self.0.probe())??;
        Ok(Blocking { inner, runtime })
    }

    /// See [`probe_with`](crate::ClientBuilder::probe_with).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn probe_with(self, earlier: ProbeResult, max_age: Duration) -> Result<Client<Probed>, Error> {
        let runtime = Arc::new(Runtime::start()?);
        let inner = runtime.run(self.0.probe_with(earlier, max_age))??;
        Ok(Blocking { inner, runtime })
    }
}
