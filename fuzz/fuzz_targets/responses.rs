//! Any response body: each model, each error and each Swagger page is read or refused, and nothing unprintable is said of it.
#![no_main]

use cxreports_core::{
    CallError, Output, ServerMessage,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    is_printable,
    model::{
        ExportStatus, Job, JobRunStatus, Nonce, Report, ReportPage, ReportTemplate, ReportType, StartedExport,
        StartedJobRun, TemporaryData, Theme, Workspace,
    },
};
use cxreports_openapi::discover::{Page, document_urls};
use libfuzzer_sys::fuzz_target;

/// Longest message that is accepted, in characters: some texts of a server, each bounded, and our own words.
const MAX_CHARS: usize = 8_000;

fn check(said: &str) {
    assert!(said.chars().all(is_printable), "{said:?}");
    assert!(said.chars().count() < MAX_CHARS, "{} characters", said.chars().count());
}

fn read<T: Output>(body: &[u8]) {
    if let Err(said) = T::from_json(body) {
        check(&said);
    }
}

fn errors(body: &[u8]) {
    let mut headers = HeaderMap::new();
    let (head, rest) = body.split_at(body.len().min(64));
    if let Ok(value) = HeaderValue::from_bytes(head) {
        headers.insert(header::LOCATION, value.clone());
        headers.insert(header::RETRY_AFTER, value);
    }
    for status in [StatusCode::FOUND, StatusCode::NOT_FOUND, StatusCode::SERVICE_UNAVAILABLE] {
        let error = CallError::from_response("fuzz", status, &headers, rest);
        let _ = (error.class(), error.retry_after());
        check(&error.to_string());
    }
    check(&CallError::from_page("fuzz", body).to_string());
    let message = ServerMessage::read(body);
    message.text.iter().chain(&message.errors).chain(&message.trace_id).for_each(|text| check(text));
}

fuzz_target!(|bytes: &[u8]| {
    let Some((which, body)) = bytes.split_first() else { return };
    match which % 15 {
        0 => read::<Vec<Workspace>>(body),
        1 => read::<Vec<Report>>(body),
        2 => read::<Vec<ReportPage>>(body),
        3 => read::<Vec<ReportType>>(body),
        4 => read::<Vec<ReportTemplate>>(body),
        5 => read::<Vec<Theme>>(body),
        6 => read::<Vec<Job>>(body),
        7 => read::<StartedExport>(body),
        8 => read::<ExportStatus>(body),
        9 => read::<TemporaryData>(body),
        10 => read::<StartedJobRun>(body),
        11 => read::<JobRunStatus>(body),
        12 => read::<Nonce>(body),
        13 => errors(body),
        _ => {
            let page = String::from_utf8_lossy(body);
            let _ = (Page::read(&page), document_urls(&page));
        }
    }
});
