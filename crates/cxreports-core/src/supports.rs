use std::future::Future;

use crate::{
    argument::Argument,
    error::CallError,
    exchange::Exchange,
    ids::IdOrCode,
    read::Output,
    shape::{Location, OperationSpec},
};

/// An operation of the API: see [`op`](crate::op).
pub trait Operation: Send + Sync {
    /// What a successful call gives.
    type Output: Output;
    /// Its shape on the wire.
    const SPEC: &'static OperationSpec;

    /// Calls `visit` with the place, the name in the documentation and the value of each parameter and member that is set.
    fn each_argument<'a>(&'a self, visit: &mut dyn FnMut(Location, &'static str, Argument<'a>));

    /// The workspace that it is about, if it is about one.
    fn workspace(&self) -> Option<&IdOrCode>;

    /// Whether it can be sent, or sent again: not when a reader that it sends has been read.
    fn can_be_sent(&self) -> bool {
        let mut can = true;
        self.each_argument(&mut |_, _, value| {
            if let Argument::Payload(payload) = value {
                can &= payload.can_be_sent();
            }
        });
        can
    }
}

/// Implemented by a pinned client for every operation that its instance has.
#[diagnostic::on_unimplemented(
    message = "the instance that `{Self}` is pinned to has no `{Op}`",
    label = "this pin lacks `{Op}`",
    note = "spec/since.toml says which pin is the first that has it; if the instance has been upgraded since it was pinned, pin it again: cargo xtask regen <DEPLOYMENT>"
)]
pub trait Supports<Op: Operation>: Send + Sync + 'static {
    /// Sends the operation once, without retries.
    ///
    /// # Errors
    ///
    /// [`CallError`] says whether anything was sent, and what came back.
    fn call(&self, op: Op) -> impl Future<Output = Result<Op::Output, CallError>> + Send;

    /// Sends the operation once, and records in `exchange` what is known of the request and its response beyond the outcome.
    /// Defaults to [`call`](Self::call), which records nothing.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    fn send(&self, op: Op, exchange: &Exchange) -> impl Future<Output = Result<Op::Output, CallError>> + Send {
        let _ = exchange;
        self.call(op)
    }
}
