//! The operations that only read.

use serde::Serialize;
use serde_json::Value;

use crate::{
    call::{Call, Outcome},
    problem::Problem,
    seed::Job,
    time,
};

#[derive(Serialize)]
struct Page<'a> {
    id: i32,
    name: Option<&'a str>,
    #[serde(rename = "type")]
    kind: Value,
}

pub(crate) fn workspaces(call: &mut Call<'_>) -> Outcome {
    Ok(call.json(&call.settings().seed.workspaces))
}

pub(crate) fn reports(call: &mut Call<'_>) -> Outcome {
    let workspace = call.workspace()?;
    let (offset, limit) = (count(call, "offset")?.unwrap_or(0), count(call, "limit")?.unwrap_or(usize::MAX));
    let wanted = call.arguments.text("type").map(|code| {
        let mut types = workspace.report_types.iter();
        types.find(|kind| kind.code.eq_ignore_ascii_case(code)).map(|kind| kind.id)
    });
    let reports = workspace.reports.iter();
    let reports = reports.filter(|report| wanted.is_none_or(|id| id == Some(report.report_type_id)));
    Ok(call.json(&reports.skip(offset).take(limit).collect::<Vec<_>>()))
}

pub(crate) fn pages(call: &mut Call<'_>) -> Outcome {
    let report = call.report(call.workspace()?)?;
    let pages = report.pages.iter();
    let pages = pages.map(|page| Page {
        id: page.id,
        name: page.name.as_deref(),
        kind: call.enumeration(page.kind.name(), page.kind as usize),
    });
    Ok(call.json(&pages.collect::<Vec<_>>()))
}

pub(crate) fn report_types(call: &mut Call<'_>) -> Outcome {
    Ok(call.json(&call.workspace()?.report_types))
}

pub(crate) fn templates(call: &mut Call<'_>) -> Outcome {
    Ok(call.json(&call.workspace()?.templates))
}

pub(crate) fn themes(call: &mut Call<'_>) -> Outcome {
    Ok(call.json(&call.workspace()?.themes))
}

pub(crate) fn jobs(call: &mut Call<'_>) -> Outcome {
    let workspace = call.workspace()?;
    let changing = call.state.changing();
    let jobs = workspace.jobs.iter().map(|job| match changing.last_runs.get(&(workspace.id, job.id)) {
        Some(started) => Job { last_run_time: Some(time::written(*started)), ..job.clone() },
        None => job.clone(),
    });
    Ok(call.json(&jobs.collect::<Vec<_>>()))
}

fn count(call: &Call<'_>, name: &str) -> Result<Option<usize>, Problem> {
    let Some(number) = call.arguments.integer(name) else { return Ok(None) };
    match usize::try_from(number) {
        Ok(count) => Ok(Some(count)),
        Err(_) => Err(Problem::invalid([(name.to_owned(), format!("The value '{number}' is not valid."))])),
    }
}
