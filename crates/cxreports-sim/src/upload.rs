//! Temporary data ("Temporary Data" of the API documentation).

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::{
    call::{Call, Outcome},
    problem::Problem,
    seed::Workspace,
    state::{State, TemporaryData},
    time,
};

pub(crate) fn create(call: &mut Call<'_>) -> Outcome {
    let workspace = call.workspace()?;
    let lifetime = call.settings().data_lifetime;
    let wanted = call.text("expiryDate").and_then(time::from_json).map(SystemTime::from);
    let expires = wanted.unwrap_or_else(|| call.state.clock.now() + lifetime);
    let content = call.arguments.remove("content").unwrap_or_default();
    let mut changing = call.state.changing();
    let id = changing.next_id();
    changing.data.insert(id, TemporaryData { workspace: workspace.id, content, expires });
    Ok(call.json(&json!({ "tempDataId": id, "expiryDate": time::written(expires) })))
}

/// Hands over uploaded data that has not expired.
pub(crate) fn with_data(
    state: &State,
    workspace: &Workspace,
    id: i32,
    take: impl FnOnce(&Value),
) -> Result<(), Problem> {
    let changing = state.changing();
    let now = state.clock.now();
    let found = changing.data.get(&id).filter(|data| data.workspace == workspace.id && data.expires > now);
    let data =
        found.ok_or_else(|| Problem::not_found(&format!("There is no temporary data {id}, or it has expired.")))?;
    take(&data.content);
    Ok(())
}
