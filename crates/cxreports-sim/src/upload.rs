//! Temporary data ("Temporary Data" of the API documentation).

use serde::Serialize;

use crate::{
    call::{Call, Outcome},
    json::Json,
    problem::Problem,
    seed::Workspace,
    state::{State, TemporaryData},
    time,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    temp_data_id: i32,
    expiry_date: String,
}

pub(crate) fn create(call: &mut Call<'_>) -> Outcome {
    let workspace = call.workspace()?;
    let (now, default) = (call.state.clock.now(), call.state.clock.after(call.settings().data_lifetime));
    let expires = call.arguments.time("expiryDate").unwrap_or(default);
    let content = call.arguments.json("content").map(Json::detached);
    let content = content.ok_or_else(|| Problem::bad_request("There is no content."))?;
    let bytes = content.len();
    let mut changing = call.state.changing();
    let id = changing.next_id();
    changing.data.insert(now, id, TemporaryData { workspace: workspace.id, content }, expires, bytes);
    Ok(call.json(&Created { temp_data_id: id, expiry_date: time::written(expires) }))
}

/// Uploaded data that has not expired.
pub(crate) fn data(state: &State, workspace: &Workspace, id: i64) -> Result<Json, Problem> {
    let mut changing = state.changing();
    let data = i32::try_from(id).ok().and_then(|id| changing.data.get(state.clock.now(), &id));
    let data = data.filter(|data| data.workspace == workspace.id).map(|data| data.content.clone());
    data.ok_or_else(|| Problem::not_found(&format!("There is no temporary data {id}, or it has expired.")))
}
