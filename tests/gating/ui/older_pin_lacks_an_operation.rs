//! What a user reads who asks the pin of 2024.9 for an asynchronous export.

use cxreports_core::{CallError, Supports, model::StartedExport, op};

async fn start(api: cxreports_pin_2024_9::Api, export: op::StartExport) -> Result<StartedExport, CallError> {
    api.call(export).await
}

fn main() {}
