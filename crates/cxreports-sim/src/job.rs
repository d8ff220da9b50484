//! Jobs: runs, review and delivery ("Jobs" of the API documentation).

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::{
    call::{Call, Outcome, Reply, is_named},
    document::{Content, File, Format},
    export,
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

pub(crate) fn start(call: &mut Call<'_>) -> Outcome {
    let workspace = call.workspace()?;
    let job = find(call, workspace)?;
    if job.is_active == Some(false) {
        return Err(Problem::bad_request("The job is not active."));
    }
    let given = call.arguments.get("data").and_then(Value::as_array).and_then(|list| i32::try_from(list.len()).ok());
    let run = Run {
        workspace: workspace.id,
        job: job.id,
        started: call.state.clock.now(),
        entries: given.unwrap_or(job.entries),
        deliveries: 0,
    };
    let mut changing = call.state.changing();
    let id = changing.next_id();
    changing.runs.insert(id, run);
    Ok(call.json(&json!({ "jobRunId": id })))
}

pub(crate) fn status(call: &mut Call<'_>) -> Outcome {
    let (job, delivered, counts) = look(call)?;
    let (review, completed) =
        if job.review_required == Some(true) && !delivered { (counts.done, 0) } else { (0, counts.done) };
    Ok(call.json(&json!({
        "finished": counts.queued == 0,
        "entries": counts.queued + counts.done + counts.errors,
        "status": { "queued": counts.queued, "review": review, "completed": completed, "errors": counts.errors },
    })))
}

pub(crate) fn review_document(call: &mut Call<'_>) -> Outcome {
    let (job, _, counts) = look(call)?;
    if counts.queued > 0 {
        return Err(Problem::bad_request("The run has not finished."));
    }
    let content = Content {
        title: format!("{} - review of run {}", job.name, call.id(2)),
        facts: vec![("errors".to_owned(), counts.errors.to_string())],
        pages: (1..=counts.done).map(|entry| format!("Entry {entry}")).collect(),
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
        run.deliveries += 1;
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
    let passed = call.state.clock.now().duration_since(run.started).unwrap_or_default();
    let each = call.settings().export_time.as_nanos().max(1);
    let handled = i32::try_from(passed.as_nanos() / each).unwrap_or(i32::MAX).min(run.entries);
    let errors = job.failing_entries.min(handled);
    Ok((job, run.deliveries > 0, Counts { queued: run.entries - handled, done: handled - errors, errors }))
}

fn find<'a>(call: &Call<'a>, workspace: &'a Workspace) -> Result<&'a Job, Problem> {
    let mut all = workspace.jobs.iter();
    all.find(|job| is_named(job.id, job.code.as_deref(), call.segment(1)))
        .ok_or_else(|| Problem::not_found("There is no such job."))
}
