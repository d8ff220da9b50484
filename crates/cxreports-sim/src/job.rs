//! Jobs: runs, review and delivery ("Jobs" of the API documentation).

use http::StatusCode;
use serde::Serialize;

use crate::{
    call::{Call, Outcome, Reply, is_named},
    document::{Content, File, Format},
    export,
    json::Json,
    problem::Problem,
    response::Body,
    seed::{Job, Workspace},
    state::Run,
};

/// The entries of a run, by state.
struct Counts {
    queued: i32,
    done: i32,
    errors: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    job_run_id: i32,
}

#[derive(Serialize)]
struct Status {
    finished: bool,
    entries: i32,
    status: Entries,
}

#[derive(Serialize)]
struct Entries {
    queued: i32,
    review: i32,
    completed: i32,
    errors: i32,
}

pub(crate) fn start(call: &mut Call<'_>) -> Outcome {
    let workspace = call.workspace()?;
    let job = find(call, workspace)?;
    if job.is_active == Some(false) {
        return Err(Problem::bad_request("The job is not active."));
    }
    let given = call.arguments.json("data").and_then(Json::items).and_then(|items| i32::try_from(items).ok());
    let run = Run {
        workspace: workspace.id,
        job: job.id,
        started: call.state.clock.now(),
        entries: given.unwrap_or_else(|| job.entries.try_into().unwrap_or(i32::MAX)),
        deliveries: 0,
    };
    let id = call.state.changing().add_run(run);
    Ok(call.json(&Started { job_run_id: id }))
}

pub(crate) fn status(call: &mut Call<'_>) -> Outcome {
    let (job, delivered, counts) = look(call)?;
    let (review, completed) =
        if job.review_required == Some(true) && !delivered { (counts.done, 0) } else { (0, counts.done) };
    Ok(call.json(&Status {
        finished: counts.queued == 0,
        entries: counts.queued + counts.done + counts.errors,
        status: Entries { queued: counts.queued, review, completed, errors: counts.errors },
    }))
}

pub(crate) fn review_document(call: &mut Call<'_>) -> Outcome {
    let (job, _, counts) = look(call)?;
    if counts.queued > 0 {
        return Err(Problem::bad_request("The run has not finished."));
    }
    let content = Content {
        title: format!("{} - review of run {}", job.name, call.id(2)),
        facts: vec![("errors".to_owned(), counts.errors.to_string())],
        pages: (1..=counts.done).take(Content::MAX_ROWS).map(|entry| format!("Entry {entry}")).collect(),
        ..Content::default()
    };
    let file = File::write(&content, Format::Pdf, None);
    let file = file.map_err(|error| Problem::new(StatusCode::NOT_IMPLEMENTED, error.to_string()))?;
    Ok(export::later(call, call.workspace()?, Ok(file)))
}

pub(crate) fn deliver(call: &mut Call<'_>) -> Outcome {
    let (job, _, counts) = look(call)?;
    if job.review_required != Some(true) {
        return Err(Problem::bad_request("The job's runs are not reviewed, so they are not delivered by request."));
    }
    if counts.queued > 0 {
        return Err(Problem::bad_request("The run has not finished."));
    }
    if let Some(run) = call.state.changing().runs.get_mut(&call.id(2)) {
        run.deliveries = run.deliveries.saturating_add(1);
    }
    Ok(Reply::from(Body::empty()))
}

/// The job of the run that the route names, whether the run has been delivered, and how far it is.
fn look<'a>(call: &Call<'a>) -> Result<(&'a Job, bool, Counts), Problem> {
    let workspace = call.workspace()?;
    let job = find(call, workspace)?;
    let changing = call.state.changing();
    let run = changing.runs.get(&call.id(2)).filter(|run| (run.workspace, run.job) == (workspace.id, job.id));
    let run = run.ok_or_else(|| Problem::not_found("There is no such run."))?;
    let passed = call.state.clock.now().signed_duration_since(run.started).to_std().unwrap_or_default();
    let each = call.settings().export_time.as_nanos().max(1);
    let handled = i32::try_from(passed.as_nanos() / each).unwrap_or(i32::MAX).min(run.entries);
    let errors = i32::try_from(job.failing_entries).unwrap_or(i32::MAX).min(handled);
    Ok((job, run.deliveries > 0, Counts { queued: run.entries - handled, done: handled - errors, errors }))
}

fn find<'a>(call: &Call<'a>, workspace: &'a Workspace) -> Result<&'a Job, Problem> {
    let mut all = workspace.jobs.iter();
    all.find(|job| is_named(job.id, job.code.as_deref(), call.segment(1)))
        .ok_or_else(|| Problem::not_found("There is no such job."))
}
