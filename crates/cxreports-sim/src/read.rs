//! The endpoints that only read.

use std::{collections::HashMap, time::SystemTime};

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use serde_json::Value;

use crate::{
    answer::{Problem, json},
    seed::{Report, Workspace},
    state::Shared,
};

type Answer = Result<Response, Problem>;

pub(crate) async fn workspaces(State(instance): State<Shared>) -> Response {
    json(&instance.settings.seed.workspaces)
}

pub(crate) async fn reports(
    State(instance): State<Shared>,
    Path(workspace): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let workspace = find(&instance, &workspace)?;
    let offset = count(&query, "offset")?.unwrap_or(0);
    let limit = count(&query, "limit")?.unwrap_or(usize::MAX);
    let wanted = query.get("type").map(|code| workspace.report_types.iter().find(|t| &t.code == code).map(|t| t.id));
    let reports: Vec<_> = workspace
        .reports
        .iter()
        .filter(|report| wanted.is_none_or(|id| id == Some(report.report_type_id)))
        .skip(offset)
        .take(limit)
        .collect();
    Ok(json(&reports))
}

pub(crate) async fn pages(State(instance): State<Shared>, Path((workspace, report)): Path<(String, String)>) -> Answer {
    Ok(json(&find_report(find(&instance, &workspace)?, &report)?.pages))
}

pub(crate) async fn report_types(State(instance): State<Shared>, Path(workspace): Path<String>) -> Answer {
    Ok(json(&find(&instance, &workspace)?.report_types))
}

pub(crate) async fn templates(State(instance): State<Shared>, Path(workspace): Path<String>) -> Answer {
    Ok(json(&find(&instance, &workspace)?.templates))
}

pub(crate) async fn themes(State(instance): State<Shared>, Path(workspace): Path<String>) -> Answer {
    Ok(json(&find(&instance, &workspace)?.themes))
}

pub(crate) async fn jobs(State(instance): State<Shared>, Path(workspace): Path<String>) -> Answer {
    Ok(json(&find(&instance, &workspace)?.jobs))
}

/// The workspace of that id or code.
pub(crate) fn find<'a>(instance: &'a Shared, id_or_code: &str) -> Result<&'a Workspace, Problem> {
    let mut all = instance.settings.seed.workspaces.iter();
    all.find(|workspace| workspace.code == id_or_code || workspace.id.to_string() == id_or_code)
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "There is no such workspace."))
}

/// The report of that id, or the default report of the type with that code.
pub(crate) fn find_report<'a>(workspace: &'a Workspace, id_or_type: &str) -> Result<&'a Report, Problem> {
    let by_type = workspace.report_types.iter().find(|t| t.code == id_or_type).and_then(|t| t.default_report_id);
    let mut all = workspace.reports.iter();
    all.find(|report| report.id.to_string() == id_or_type || Some(report.id) == by_type)
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "There is no such report."))
}

/// Hands over uploaded data that has not expired.
pub(crate) fn with_temporary_data(
    instance: &Shared,
    workspace: &Workspace,
    id: i32,
    take: impl FnOnce(&Value),
) -> Result<(), Problem> {
    let changing = instance.changing();
    let found =
        changing.data.get(&id).filter(|data| data.workspace == workspace.id && data.expires > SystemTime::now());
    let data = found.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, format!("There is no temporary data {id}, or it has expired."))
    })?;
    take(&data.content);
    Ok(())
}

fn count(query: &HashMap<String, String>, name: &str) -> Result<Option<usize>, Problem> {
    let Some(text) = query.get(name) else { return Ok(None) };
    match text.parse::<i32>().map(usize::try_from) {
        Ok(Ok(count)) => Ok(Some(count)),
        _ => Err(Problem::new(StatusCode::BAD_REQUEST, format!("The value '{text}' is not valid for {name}."))),
    }
}
