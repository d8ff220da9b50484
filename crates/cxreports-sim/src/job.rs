//! Jobs: runs, review and delivery ("Jobs" of the API documentation).

use std::time::Instant;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    answer::{self, Problem},
    document::{Content, File, Format},
    export, read,
    seed::{Job, Workspace},
    state::{Run, Shared},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wanted {
    data: Option<Value>,
}

/// The entries of a run, by state.
struct Counts {
    queued: i32,
    done: i32,
    errors: i32,
}

pub(crate) async fn start(
    State(instance): State<Shared>,
    Path((workspace, job)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Problem> {
    let workspace = read::find(&instance, &workspace)?;
    let job = find(workspace, &job)?;
    let wanted: Wanted = answer::body(&body)?;
    if job.is_active == Some(false) {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "The job is not active."));
    }
    let given = wanted.data.as_ref().and_then(Value::as_array).and_then(|list| i32::try_from(list.len()).ok());
    let run = Run {
        workspace: workspace.id,
        job: job.id,
        started: Instant::now(),
        entries: given.unwrap_or(job.entries),
        deliveries: 0,
    };
    let mut changing = instance.changing();
    let id = changing.next_id();
    changing.runs.insert(id, run);
    Ok(answer::json(&json!({ "jobRunId": id })))
}

pub(crate) async fn status(
    State(instance): State<Shared>,
    Path((workspace, job, run)): Path<(String, String, i32)>,
) -> Result<Response, Problem> {
    let (job, delivered, counts) = look(&instance, &workspace, &job, run)?;
    let (review, completed) =
        if job.review_required == Some(true) && !delivered { (counts.done, 0) } else { (0, counts.done) };
    Ok(answer::json(&json!({
        "finished": counts.queued == 0,
        "entries": counts.queued + counts.done + counts.errors,
        "status": { "queued": counts.queued, "review": review, "completed": completed, "errors": counts.errors },
    })))
}

pub(crate) async fn review_document(
    State(instance): State<Shared>,
    Path((workspace, job, run)): Path<(String, String, i32)>,
) -> Result<Response, Problem> {
    let (job, _, counts) = look(&instance, &workspace, &job, run)?;
    if counts.queued > 0 {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "The run has not finished."));
    }
    let content = Content {
        title: format!("{} - review of run {run}", job.name),
        facts: vec![("errors".to_owned(), counts.errors.to_string())],
        pages: (1..=counts.done).map(|entry| format!("Entry {entry}")).collect(),
        ..Content::default()
    };
    let workspace = read::find(&instance, &workspace)?;
    Ok(export::later(&instance, workspace, Ok(File::write(&content, Format::Pdf))))
}

pub(crate) async fn deliver(
    State(instance): State<Shared>,
    Path((workspace, job, run)): Path<(String, String, i32)>,
) -> Result<Response, Problem> {
    let (job, _, counts) = look(&instance, &workspace, &job, run)?;
    let refuse = |why: &str| Err(Problem::new(StatusCode::BAD_REQUEST, why));
    if job.review_required != Some(true) {
        return refuse("The job's runs are not reviewed, so they are not delivered by request.");
    }
    if counts.queued > 0 {
        return refuse("The run has not finished.");
    }
    if let Some(run) = instance.changing().runs.get_mut(&run) {
        run.deliveries += 1;
    }
    Ok(StatusCode::OK.into_response())
}

/// A run's job, whether it has been delivered, and how far it is.
fn look<'a>(instance: &'a Shared, workspace: &str, job: &str, run: i32) -> Result<(&'a Job, bool, Counts), Problem> {
    let workspace = read::find(instance, workspace)?;
    let job = find(workspace, job)?;
    let changing = instance.changing();
    let run = changing.runs.get(&run).filter(|run| (run.workspace, run.job) == (workspace.id, job.id));
    let run = run.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "There is no such run."))?;
    let each = instance.settings.export_time.as_nanos().max(1);
    let handled = i32::try_from(run.started.elapsed().as_nanos() / each).unwrap_or(i32::MAX).min(run.entries);
    let errors = job.failing_entries.min(handled);
    Ok((job, run.deliveries > 0, Counts { queued: run.entries - handled, done: handled - errors, errors }))
}

fn find<'a>(workspace: &'a Workspace, id_or_code: &str) -> Result<&'a Job, Problem> {
    let mut all = workspace.jobs.iter();
    all.find(|job| job.code.as_deref() == Some(id_or_code) || job.id.to_string() == id_or_code)
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "There is no such job."))
}
