//! An instance without temporary data and without exports by query: whatever does not need them compiles.

use cxreports::{
    Client, Error,
    core::{CallError, Operation, Pin, Pinned, Supports, op},
};

/// A pin that has some operations only.
struct Narrow;

impl Pinned for Narrow {
    const PIN: &'static Pin = <cxreports_pin_2024_9::Api as Pinned>::PIN;
}

macro_rules! has {
    ($($op:ident)*) => { $(
        impl Supports<op::$op> for Narrow {
            async fn call(&self, _: op::$op) -> Result<<op::$op as Operation>::Output, CallError> {
                unreachable!("this is compiled, not run")
            }
        }
    )* };
}

has! { StartExport ExportReport CreateNonce GetExportStatus DownloadExport }

async fn without_data(cx: &Client<Narrow>) -> Result<(), Error> {
    let export = cx.report(1).export().params(&[("customer", 7)]).start().await?;
    let _ = export.wait().await?.bytes().await?;
    let _ = cx.report(1).export().inline_data(vec![1, 2]).now().await?;
    cx.report(1).preview().inline_data([1]).temporary_data(7).url().await.map(drop)
}

#[test]
fn a_call_needs_of_a_pin_what_it_sends() {
    let _ = without_data;
}
