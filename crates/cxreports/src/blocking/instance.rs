use cxreports_core::Pinned;

use crate::{blocking::driver::Blocking, error::Error, instance::check::Check};

/// See [`crate::InstanceHandle`].
pub type InstanceHandle<P> = Blocking<crate::instance::check::InstanceHandle<P>>;

impl<P: Pinned> InstanceHandle<P> {
    /// See [`check`](crate::InstanceHandle::check).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn check(&self) -> Result<Check, Error> {
        self.block(self.inner.check())
    }
}
