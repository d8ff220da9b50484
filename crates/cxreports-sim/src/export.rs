//! Exports: at once, or later ("Exporting Reports" and "Async Export: Status and Download" of the API documentation).

use std::sync::Arc;

use http::{
    StatusCode,
    header::{self, HeaderValue},
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    call::{Call, Outcome, Reply, is_named},
    document::{Content, File, Format},
    problem::Problem,
    response::Body,
    seed::{Named, Page, Report, Workspace},
    settings::Settings,
    state::TemporaryFile,
    time, upload,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    temporary_file_id: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    id: i32,
    status: Value,
    is_ready: bool,
    error_message: Option<&'a str>,
    expiry_time: String,
    name: Option<&'a str>,
    content_size: Option<u64>,
    content_type: Option<&'static str>,
}

/// An export at once.
pub(crate) fn now(call: &mut Call<'_>) -> Outcome {
    let workspace = call.workspace()?;
    let report = call.report(workspace)?;
    let settings = call.settings();
    let reply = match make(call, workspace, report)? {
        Ok(file) => send(settings, file),
        Err(why) => Reply::problem(&Problem::bad_request(why), call.errors()),
    };
    Ok(Reply { after: settings.export_time, ..reply })
}

pub(crate) fn start(call: &mut Call<'_>) -> Outcome {
    let workspace = call.workspace()?;
    let report = call.report(workspace)?;
    let outcome = make(call, workspace, report)?;
    Ok(later(call, workspace, outcome))
}

/// Queues a file.
pub(crate) fn later(call: &Call<'_>, workspace: &Workspace, outcome: Result<File, String>) -> Reply {
    let settings = call.settings();
    let (now, ready) = (call.state.clock.now(), call.state.clock.after(settings.export_time));
    let expires = time::later(ready, settings.file_lifetime);
    let bytes = outcome.as_ref().map_or(0, |file| file.bytes.len());
    let file = TemporaryFile { workspace: workspace.id, ready, expires, outcome };
    let mut changing = call.state.changing();
    let id = changing.next_id();
    changing.files.insert(now, id, Arc::new(file), expires, bytes);
    call.json(&Started { temporary_file_id: id }).status(StatusCode::ACCEPTED)
}

pub(crate) fn status(call: &mut Call<'_>) -> Outcome {
    let (id, file) = find(call)?;
    let (state, number, done) = match &file.outcome {
        _ if file.ready > call.state.clock.now() => ("InProgress", 0, None),
        Ok(done) => ("Completed", 1, Some(done)),
        Err(_) => ("Failed", 2, None),
    };
    Ok(call.json(&Status {
        id,
        status: call.enumeration(state, number),
        is_ready: done.is_some(),
        error_message: file.outcome.as_ref().err().filter(|_| number == 2).map(String::as_str),
        expiry_time: time::written(file.expires),
        name: done.map(|done| done.name.as_str()),
        content_size: done.map(|done| size(call.settings(), done)),
        content_type: done.map(|done| done.media_type),
    }))
}

pub(crate) fn content(call: &mut Call<'_>) -> Outcome {
    let (_, file) = find(call)?;
    match &file.outcome {
        Ok(done) if file.ready <= call.state.clock.now() => Ok(send(call.settings(), done.clone())),
        _ => Err(Problem::bad_request("The file is not ready.")),
    }
}

/// The file that the route names, if it has not expired.
fn find(call: &Call<'_>) -> Result<(i32, Arc<TemporaryFile>), Problem> {
    let workspace = call.workspace()?;
    let id = call.id(1);
    let mut changing = call.state.changing();
    let found = changing.files.get(call.state.clock.now(), &id).filter(|file| file.workspace == workspace.id);
    found
        .map(|file| (id, Arc::clone(file)))
        .ok_or_else(|| Problem::not_found("There is no such file, or it has expired."))
}

/// Size of a file as it is sent, in bytes.
fn size(settings: &Settings, file: &File) -> u64 {
    settings.pad_files_to.max(file.bytes.len() as u64)
}

fn send(settings: &Settings, file: File) -> Reply {
    let disposition = HeaderValue::from_str(&file.disposition()).expect("names are encoded");
    let length = size(settings, &file);
    Reply::from(Body::padded(file.bytes, length))
        .with(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type))
        .with(header::CONTENT_DISPOSITION, disposition)
}

/// Makes the file that is asked for in the query or in the body, or says why the report fails.
fn make(call: &Call<'_>, workspace: &Workspace, report: &Report) -> Result<Result<File, String>, Problem> {
    let wanted = &call.arguments;
    let format = wanted.text("format");
    let format = Format::ALL.into_iter().find(|known| Some(known.extension()) == format).unwrap_or(Format::Pdf);
    let template = named(wanted.text("template"), &workspace.templates, "template", &report.report_template_name)?;
    let theme = report.theme_name.as_deref().unwrap_or("none");
    let theme = named(wanted.text("theme"), &workspace.themes, "theme", theme)?;

    let mut content = Content { title: report.name.clone(), ..Content::default() };
    if let Some(params) = wanted.json("params") {
        content.add_facts(params);
    }
    let settings = [("language", wanted.text("lang")), ("time zone", wanted.text("timezone"))];
    let chosen = settings.into_iter().chain([("template", Some(template)), ("theme", Some(theme))]);
    content.facts.extend(chosen.filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))));
    if let Some(data) = wanted.json("data") {
        content.add_data(data);
    }
    if let Some(id) = wanted.integer("tempDataId") {
        content.add_data(&upload::data(call.state, workspace, id)?);
    }
    let excluded = wanted.integers("excludePages");
    let pages = report.pages.iter().filter(|page| !excluded.contains(&page.id.into()));
    content.pages = pages.map(Page::title).collect();

    if let Some(why) = &report.fails {
        return Ok(Err(why.clone()));
    }
    let attachments = wanted.is_true("includeAttachments").then_some(&*report.attachments);
    let file = File::write(&content, format, attachments);
    file.map(Ok).map_err(|error| Problem::new(StatusCode::NOT_IMPLEMENTED, error.to_string()))
}

/// The name of a template or theme that is asked for by id or code.
fn named<'a>(wanted: Option<&str>, all: &'a [Named], what: &str, default: &'a str) -> Result<&'a str, Problem> {
    let Some(wanted) = wanted else { return Ok(default) };
    let found = all.iter().find(|one| is_named(one.id, Some(&one.code), wanted));
    let unknown = || Problem::bad_request(format!("There is no {what} {wanted:?}."));
    found.map(|one| one.name.as_str()).ok_or_else(unknown)
}
