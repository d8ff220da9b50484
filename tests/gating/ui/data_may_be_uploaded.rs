//! Data that may have to be uploaded, on an instance without temporary data.

use cxreports::{Client, Error, core::{CallError, Operation, Pin, Pinned, Supports, op}};

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

has! { StartExport }

async fn with_data(cx: &Client<Narrow>) -> Result<(), Error> {
    cx.report(1).export().data(vec![1, 2]).start().await.map(drop)
}

fn main() {
    let _ = with_data;
}
