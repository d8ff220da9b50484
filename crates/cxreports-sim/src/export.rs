//! Exports: at once, or later ("Exporting Reports" and "Async Export: Status and Download" of the API documentation).

use std::{
    collections::HashMap,
    time::{Instant, SystemTime},
};

use axum::{
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    answer::{self, Problem},
    document::{Content, File, Format},
    read,
    seed::{Page, Report, Workspace},
    state::{Shared, TemporaryFile},
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

pub(crate) async fn by_query(
    State(instance): State<Shared>,
    Path((workspace, report)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Problem> {
    now(&instance, &workspace, &report, Wanted::from_query(query)?).await
}

pub(crate) async fn by_body(
    State(instance): State<Shared>,
    Path((workspace, report)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Problem> {
    now(&instance, &workspace, &report, answer::body(&body)?).await
}

async fn now(instance: &Shared, workspace: &str, report: &str, wanted: Wanted) -> Result<Response, Problem> {
    let workspace = read::find(instance, workspace)?;
    let report = read::find_report(workspace, report)?;
    let file = make(instance, workspace, report, &wanted)?;
    tokio::time::sleep(instance.settings.export_time).await;
    Ok(send(instance, file.map_err(|why| Problem::new(StatusCode::BAD_REQUEST, why))?))
}

pub(crate) async fn start(
    State(instance): State<Shared>,
    Path((workspace, report)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Problem> {
    let workspace = read::find(&instance, &workspace)?;
    let report = read::find_report(workspace, &report)?;
    let wanted: Wanted = answer::body(&body)?;
    let outcome = make(&instance, workspace, report, &wanted)?;
    Ok(later(&instance, workspace, outcome))
}

/// Queues a file.
pub(crate) fn later(instance: &Shared, workspace: &Workspace, outcome: Result<File, String>) -> Response {
    let settings = &instance.settings;
    let file = TemporaryFile {
        workspace: workspace.id,
        ready: Instant::now() + settings.export_time,
        expires: SystemTime::now() + settings.export_time + settings.file_lifetime,
        outcome,
    };
    let mut changing = instance.changing();
    let id = changing.next_id();
    changing.files.insert(id, file);
    (StatusCode::ACCEPTED, answer::json(&json!({ "temporaryFileId": id }))).into_response()
}

pub(crate) async fn status(
    State(instance): State<Shared>,
    Path((workspace, id)): Path<(String, i32)>,
) -> Result<Response, Problem> {
    let workspace = read::find(&instance, &workspace)?;
    let changing = instance.changing();
    let file = find(&changing.files, workspace, id)?;
    let (state, number, done) = match &file.outcome {
        _ if file.ready > Instant::now() => ("InProgress", 0, None),
        Ok(done) => ("Completed", 1, Some(done)),
        Err(_) => ("Failed", 2, None),
    };
    let state = if instance.settings.numeric_enums { json!(number) } else { json!(state) };
    let message = file.outcome.as_ref().err().filter(|_| number == 2);
    Ok(answer::json(&json!({
        "id": id,
        "status": state,
        "isReady": done.is_some(),
        "errorMessage": message,
        "expiryTime": DateTime::<Utc>::from(file.expires),
        "name": done.map(|done| &done.name),
        "contentSize": done.map(|done| size(&instance, done)),
        "contentType": done.map(|done| done.media_type),
    })))
}

pub(crate) async fn content(
    State(instance): State<Shared>,
    Path((workspace, id)): Path<(String, i32)>,
) -> Result<Response, Problem> {
    let workspace = read::find(&instance, &workspace)?;
    let changing = instance.changing();
    let file = find(&changing.files, workspace, id)?;
    match &file.outcome {
        Ok(done) if file.ready <= Instant::now() => Ok(send(&instance, done.clone())),
        _ => Err(Problem::new(StatusCode::BAD_REQUEST, "The file is not ready.")),
    }
}

fn find<'a>(
    files: &'a HashMap<i32, TemporaryFile>,
    workspace: &Workspace,
    id: i32,
) -> Result<&'a TemporaryFile, Problem> {
    let found = files.get(&id).filter(|file| file.workspace == workspace.id && file.expires > SystemTime::now());
    found.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "There is no such file, or it has expired."))
}

/// Size of a file as it is sent, in bytes.
fn size(instance: &Shared, file: &File) -> u64 {
    instance.settings.pad_files_to.max(file.bytes.len() as u64)
}

fn send(instance: &Shared, file: File) -> Response {
    const SPACES: Bytes = Bytes::from_static(&[b' '; 64 << 10]);
    let length = size(instance, &file);
    let headers = [
        (header::CONTENT_TYPE, file.media_type.to_owned()),
        (header::CONTENT_DISPOSITION, file.disposition()),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    let padding = stream::unfold(length - file.bytes.len() as u64, |left| async move {
        let chunk = usize::try_from(left).unwrap_or(usize::MAX).min(SPACES.len());
        (chunk > 0).then(|| (SPACES.slice(..chunk), left - chunk as u64))
    });
    let bytes = stream::once(async move { file.bytes }).chain(padding).map(Ok::<_, std::convert::Infallible>);
    (headers, Body::from_stream(bytes)).into_response()
}

/// Makes the file, or says why the report fails.
fn make(
    instance: &Shared,
    workspace: &Workspace,
    report: &Report,
    wanted: &Wanted,
) -> Result<Result<File, String>, Problem> {
    let bad = |detail: String| Problem::new(StatusCode::BAD_REQUEST, detail);
    let format = match &wanted.format {
        None => Format::Pdf,
        Some(name) => Format::ALL
            .into_iter()
            .find(|format| format.extension() == name)
            .ok_or_else(|| bad(format!("There is no format {name:?}.")))?,
    };
    let template = named(wanted.template.as_ref(), &workspace.templates, "template", &report.report_template_name)?;
    let theme =
        named(wanted.theme.as_ref(), &workspace.themes, "theme", report.theme_name.as_deref().unwrap_or("none"))?;

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
        read::with_temporary_data(instance, workspace, id, |data| content.add_data(data))?;
    }
    let excluded = wanted.exclude_pages.as_deref().unwrap_or_default();
    let pages = report.pages.iter().filter(|page| !excluded.contains(&page.id));
    content.pages = pages.map(Page::title).collect();

    if let Some(why) = &report.fails {
        return Ok(Err(why.clone()));
    }
    let file = File::write(&content, format);
    Ok(Ok(if wanted.include_attachments == Some(true) { file.with_attachments(&report.attachments) } else { file }))
}

/// The name of a template or theme that is asked for by id or code.
fn named<'a>(
    wanted: Option<&String>,
    all: &'a [crate::seed::Named],
    what: &str,
    default: &'a str,
) -> Result<&'a str, Problem> {
    let Some(wanted) = wanted else { return Ok(default) };
    let found = all.iter().find(|one| &one.code == wanted || one.id.to_string() == *wanted);
    let unknown = || Problem::new(StatusCode::BAD_REQUEST, format!("There is no {what} {wanted:?}."));
    found.map(|one| one.name.as_str()).ok_or_else(unknown)
}

impl Wanted {
    fn from_query(mut query: HashMap<String, String>) -> Result<Self, Problem> {
        let mut take = |name: &str| query.remove(name);
        Ok(Self {
            params: take("params").map(|text| json_of("params", &text)).transpose()?,
            data: take("data").map(|text| json_of("data", &text)).transpose()?,
            lang: take("lang"),
            timezone: take("timezone"),
            format: take("format"),
            include_attachments: take("includeAttachments").map(|text| text.eq_ignore_ascii_case("true")),
            exclude_pages: None,
            temp_data_id: take("tempDataId").and_then(|id| id.parse().ok()),
            template: take("template"),
            theme: take("theme"),
        })
    }
}

/// JSON in a query: as it is, or as base64url, which the Python client sends.
pub(crate) fn json_of(name: &str, text: &str) -> Result<Value, Problem> {
    let plain = serde_json::from_str(text);
    let encoded = || {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&bytes).ok()
    };
    plain.ok().or_else(encoded).ok_or_else(|| {
        Problem::new(StatusCode::BAD_REQUEST, format!("The value of {name} is no JSON, plain or in base64url."))
    })
}
