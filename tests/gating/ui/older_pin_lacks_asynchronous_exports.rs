//! An export that is waited for, asked of a deployment that only exports at once.

use cxreports::{Client, Error};

async fn export(cx: &Client<cxreports_pin_2024_9::Api>) -> Result<(), Error> {
    cx.report("invoice").export().start().await.map(drop)
}

fn main() {}
