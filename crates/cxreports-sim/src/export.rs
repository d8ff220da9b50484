//! Exports: at once, or later ("Exporting Reports" and "Async Export: Status and Download" of the API documentation).

use std::collections::HashMap;

use hyper::{
    StatusCode,
    header::{self, HeaderValue},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    call::{Call, Outcome, Reply, is_named},
    document::{Content, File, Format},
    problem::Problem,
    response::Body,
    seed::{Named, Page, Report, Workspace},
    settings::Settings,
    state::{State, TemporaryFile},
    time, upload,
};

/// What an export is asked for, whether in the query or in the body.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Wanted {
    params: Option<Value>,
    data: Option<Value>,
    lang: Option<String>,
    timezone: Option<String>,
    format: Option<String>,
    include_attachments: Option<bool>,
    exclude_pages: Option<Vec<i32>>,
    temp_data_id: Option<i32>,
    template: Option<String>,
    theme: Option<String>,
}

/// An export at once.
pub(crate) fn now(call: &mut Call<'_>) -> Outcome {
    let workspace = call.workspace()?;
    let report = call.report(workspace)?;
    let wanted: Wanted = call.model()?;
    let settings = call.settings();
    let reply = match make(call.state, workspace, report, &wanted)? {
        Ok(file) => send(settings, file),
        Err(why) => Reply::problem(&Problem::bad_request(why), settings.errors),
    };
    Ok(Reply { after: settings.export_time, ..reply })
}

pub(crate) fn start(call: &mut Call<'_>) -> Outcome {
    let workspace = call.workspace()?;
    let report = call.report(workspace)?;
    let wanted: Wanted = call.model()?;
    let outcome = make(call.state, workspace, report, &wanted)?;
    Ok(later(call, workspace, outcome))
}

/// Queues a file.
pub(crate) fn later(call: &Call<'_>, workspace: &Workspace, outcome: Result<File, String>) -> Reply {
    let settings = call.settings();
    let ready = call.state.clock.now() + settings.export_time;
    let file = TemporaryFile { workspace: workspace.id, ready, expires: ready + settings.file_lifetime, outcome };
    let mut changing = call.state.changing();
    let id = changing.next_id();
    changing.files.insert(id, file);
    call.json(&json!({ "temporaryFileId": id })).status(StatusCode::ACCEPTED)
}

pub(crate) fn status(call: &mut Call<'_>) -> Outcome {
    let changing = call.state.changing();
    let (id, file) = find(call, &changing.files)?;
    let (state, number, done) = match &file.outcome {
        _ if file.ready > call.state.clock.now() => ("InProgress", 0, None),
        Ok(done) => ("Completed", 1, Some(done)),
        Err(_) => ("Failed", 2, None),
    };
    let message = file.outcome.as_ref().err().filter(|_| number == 2);
    Ok(call.json(&json!({
        "id": id,
        "status": call.enumeration(state, number),
        "isReady": done.is_some(),
        "errorMessage": message,
        "expiryTime": time::written(file.expires),
        "name": done.map(|done| &done.name),
        "contentSize": done.map(|done| size(call.settings(), done)),
        "contentType": done.map(|done| done.media_type),
    })))
}

pub(crate) fn content(call: &mut Call<'_>) -> Outcome {
    let changing = call.state.changing();
    let (_, file) = find(call, &changing.files)?;
    match &file.outcome {
        Ok(done) if file.ready <= call.state.clock.now() => Ok(send(call.settings(), done.clone())),
        _ => Err(Problem::bad_request("The file is not ready.")),
    }
}

/// The file that the route names, if it has not expired.
fn find<'a>(call: &Call<'_>, files: &'a HashMap<i32, TemporaryFile>) -> Result<(i32, &'a TemporaryFile), Problem> {
    let workspace = call.workspace()?;
    let id = call.id(1);
    let now = call.state.clock.now();
    let found = files.get(&id).filter(|file| file.workspace == workspace.id && file.expires > now);
    found.map(|file| (id, file)).ok_or_else(|| Problem::not_found("There is no such file, or it has expired."))
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

/// Makes the file, or says why the report fails.
fn make(
    state: &State,
    workspace: &Workspace,
    report: &Report,
    wanted: &Wanted,
) -> Result<Result<File, String>, Problem> {
    let format = wanted.format.as_deref();
    let format = Format::ALL.into_iter().find(|known| Some(known.extension()) == format).unwrap_or(Format::Pdf);
    let template = named(wanted.template.as_ref(), &workspace.templates, "template", &report.report_template_name)?;
    let theme = report.theme_name.as_deref().unwrap_or("none");
    let theme = named(wanted.theme.as_ref(), &workspace.themes, "theme", theme)?;

    let mut content = Content { title: report.name.clone(), ..Content::default() };
    if let Some(params) = &wanted.params {
        content.add_facts(params);
    }
    let settings = [("language", wanted.lang.as_deref()), ("time zone", wanted.timezone.as_deref())];
    let chosen = settings.into_iter().chain([("template", Some(template)), ("theme", Some(theme))]);
    content.facts.extend(chosen.filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))));
    if let Some(data) = &wanted.data {
        content.add_data(data);
    }
    if let Some(id) = wanted.temp_data_id {
        upload::with_data(state, workspace, id, |data| content.add_data(data))?;
    }
    let excluded = wanted.exclude_pages.as_deref().unwrap_or_default();
    let pages = report.pages.iter().filter(|page| !excluded.contains(&page.id));
    content.pages = pages.map(Page::title).collect();

    if let Some(why) = &report.fails {
        return Ok(Err(why.clone()));
    }
    let attachments = (wanted.include_attachments == Some(true)).then_some(&*report.attachments);
    let file = File::write(&content, format, attachments);
    file.map(Ok).map_err(|error| Problem::new(StatusCode::NOT_IMPLEMENTED, error.to_string()))
}

/// The name of a template or theme that is asked for by id or code.
fn named<'a>(wanted: Option<&String>, all: &'a [Named], what: &str, default: &'a str) -> Result<&'a str, Problem> {
    let Some(wanted) = wanted else { return Ok(default) };
    let found = all.iter().find(|one| is_named(one.id, Some(&one.code), wanted));
    let unknown = || Problem::bad_request(format!("There is no {what} {wanted:?}."));
    found.map(|one| one.name.as_str()).ok_or_else(unknown)
}
