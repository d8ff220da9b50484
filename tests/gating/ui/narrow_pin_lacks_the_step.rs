//! Each method is bound to the operation of its step: uploaded data, exports in one request and by query, waiting, delivery.

use cxreports::{Client, Error, core::{CallError, Operation, Pin, Pinned, Supports, op}};

/// A pin that can start exports, and nothing else.
struct Narrow;

impl Pinned for Narrow {
    const PIN: &'static Pin = <cxreports_pin_2024_9::Api as Pinned>::PIN;
}

impl Supports<op::StartExport> for Narrow {
    async fn call(&self, _: op::StartExport) -> Result<<op::StartExport as Operation>::Output, CallError> {
        unreachable!("this is compiled, not run")
    }
}

async fn steps(cx: &Client<Narrow>) -> Result<(), Error> {
    let request = || cx.report(1).export();
    let _ = request().data([1]);
    let _ = request().temporary_data(7);
    let _ = request().now();
    let _ = request().now_by_query();
    let export = request().start().await?;
    let _ = export.wait();
    Ok(())
}

fn main() {}
