use std::time::Duration;

use cxreports_core::poll::PollPolicy;

use crate::{
    blocking::{
        driver::{Blocking, Iter},
        macros::setters,
    },
    error::Error,
    wait::Awaited,
};

/// See [`crate::Wait`].
pub type Wait<W> = Blocking<crate::wait::Wait<W>>;

impl<W: Awaited> Wait<W> {
    setters! { crate::Wait {
        within(time: Duration)
        policy(policy: PollPolicy)
        on_status(tell: impl Fn(&W::Status) + Send + Sync + 'static)
    }}

    /// See [`statuses`](crate::Wait::statuses).
    pub fn statuses(self) -> impl Iterator<Item = Result<W::Status, Error>> {
        let Self { inner, runtime } = self;
        Iter::new(inner.statuses(), runtime)
    }
}
