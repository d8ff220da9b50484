//! The committed pins: what they offer, and that they work against an instance.

use std::{
    fs,
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
};

use cxreports_codegen::{document::Endpoint, generate::downloads, surface::surface};
use cxreports_core::{Bearer, CallError, IdOrCode, Json, Pinned, Supports as _, WireValue, model, op};
use cxreports_pin::{Connect as _, Transport};
use cxreports_pin_2024_9 as pin_2024_9;
use cxreports_pin_2026_5 as pin_2026_5;
use cxreports_sim::{Edition, Instance};
use serde_json::{Value, json};

const TOKEN: &str = "a-token-of-this-test";

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

fn spec() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../spec"))
}

/// The pins that are committed.
fn pins() -> Vec<String> {
    let folders = fs::read_dir(spec()).unwrap().map(|entry| entry.unwrap().path());
    let mut pins: Vec<String> = folders
        .filter(|folder| folder.join("pin.toml").exists())
        .map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    pins.sort();
    assert!(!pins.is_empty());
    pins
}

fn document(pin: &str) -> Value {
    serde_json::from_slice(&fs::read(spec().join(pin).join("openapi.json")).unwrap()).unwrap()
}

/// A client of either pin.
macro_rules! client {
    ($pin:ident, $instance:expr, $token:expr) => {
        $pin::Api::connect(Transport::new(
            &$instance.url(),
            reqwest::Client::new(),
            Arc::new(Bearer::new($token).unwrap()),
        ))
    };
}

async fn instance(edition: Edition) -> Instance {
    Instance::builder(edition).token(TOKEN).base_path("/reports").strict(true).start().await.unwrap()
}

fn workspace(text: &str) -> IdOrCode {
    text.parse().unwrap()
}

#[test]
fn the_surface_of_each_pin() {
    for pin in pins() {
        insta::assert_snapshot!(format!("surface-{pin}"), surface(&document(&pin)));
    }
}

#[test]
fn every_download_is_a_stream_of_bytes() {
    for pin in pins() {
        let document = document(&pin);
        let found: Vec<String> = downloads(&document).iter().map(Endpoint::to_string).collect();
        let client =
            fs::read_to_string(format!("{}/../crates/pins/{pin}/src/builder.rs", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let named: Vec<&str> = if pin == "2024.9" {
            vec!["GET /api/v1/ws/{workspaceId}/reports/{reportIdOrTypeCode}/pdf"]
        } else {
            vec![
                "GET /api/v1/ws/{workspaceId}/exports/{tempFileId}/content",
                "GET /api/v1/ws/{workspaceId}/reports/{reportIdOrTypeCode}/pdf",
                "POST /api/v1/ws/{workspaceId}/reports/{reportIdOrTypeCode}/pdf",
            ]
        };
        for name in named {
            assert!(found.iter().any(|found| found == name), "{pin}: {name} is no download");
        }
        // As many calls give bytes as there are downloads: none of them came out as nothing.
        let streams = client.matches("Result<ResponseValue<ByteStream>, Error<ByteStream>>").count();
        assert_eq!(streams, found.len(), "{pin}");
        assert!(!client.contains("ResponseValue<()>"), "{pin}: an answer's bytes would be lost");
    }
}

/// The files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// A total time-out would cut long downloads off: `cxreports` bounds the start of a response and the pauses within it.
#[test]
fn no_http_client_has_a_total_timeout() {
    let pins = pins().into_iter().map(|pin| format!("pins/{pin}/src"));
    for folder in pins.chain(["cxreports/src".to_owned()]) {
        let mut made = 0;
        for path in sources(&spec().join("../crates").join(&folder)) {
            let text = fs::read_to_string(&path).unwrap();
            made += text.matches("ClientBuilder::new()").count() + text.matches("reqwest::Client::builder()").count();
            for call in [".timeout(", ".read_timeout("] {
                assert!(!text.contains(call), "{}: `{call}`", path.display());
            }
        }
        assert!(made > 0, "{folder}: nothing makes an HTTP client there, so this test checks nothing");
    }
}

#[test]
fn every_read_only_endpoint_answers_through_the_bridge() {
    run(async {
        let instance = instance(Edition::V2026_5).await;
        let api = client!(pin_2026_5, instance, TOKEN);

        let workspaces = api.call(op::ListWorkspaces {}).await.unwrap();
        assert_eq!(workspaces.iter().map(|w| w.code.as_deref().unwrap()).collect::<Vec<_>>(), ["finance", "logistics"]);
        let all = op::ListReports { workspace: workspace("finance"), report_type: None, offset: None, limit: None };
        assert_eq!(api.call(all.clone()).await.unwrap().len(), 3);
        let invoices = op::ListReports { report_type: Some("invoice".into()), offset: Some(1), ..all.clone() };
        let invoices = api.call(invoices).await.unwrap();
        assert_eq!(invoices.iter().map(|r| (r.id.get(), r.is_default)).collect::<Vec<_>>(), [(43, false)]);
        let by_id = op::ListReports { workspace: 2.into(), ..all };
        assert_eq!(api.call(by_id).await.unwrap()[0].name, "Delivery note");

        let pages = op::ListReportPages { workspace: workspace("finance"), report: workspace("invoice") };
        let kinds: Vec<_> = api.call(pages).await.unwrap().into_iter().map(|page| page.page_type).collect();
        assert_eq!(
            kinds,
            [model::ReportPageType::Page, model::ReportPageType::Subreport, model::ReportPageType::DocumentMerge]
        );
        assert_eq!(api.call(op::ListReportTypes { workspace: 1.into() }).await.unwrap().len(), 3);
        assert_eq!(api.call(op::ListTemplates { workspace: 1.into() }).await.unwrap()[0].name, "Letter");
        assert_eq!(
            api.call(op::ListThemes { workspace: 1.into() }).await.unwrap()[1].code.as_deref(),
            Some("corporate")
        );
        let jobs = api.call(op::ListJobs { workspace: 1.into() }).await.unwrap();
        assert_eq!(jobs[0].last_run_time.unwrap().to_rfc3339(), "2026-03-01T06:00:00+00:00");
        assert_eq!((jobs[0].review_required, jobs[1].review_required), (Some(true), None));
    });
}

#[test]
fn the_older_edition_has_what_it_has() {
    run(async {
        let instance = instance(Edition::V2024_9).await;
        let api = client!(pin_2024_9, instance, TOKEN);
        assert_eq!(api.call(op::ListWorkspaces {}).await.unwrap().len(), 2);
        let reports = op::ListReports { workspace: 1.into(), report_type: None, offset: None, limit: Some(1) };
        assert_eq!(api.call(reports).await.unwrap().len(), 1);
        assert_eq!(api.call(op::ListReportTypes { workspace: 1.into() }).await.unwrap().len(), 3);

        // What came later is not there: neither in the pin, nor on the instance.
        let pin = <pin_2024_9::Api as Pinned>::PIN;
        assert!(pin.operation("list_reports").is_some() && pin.operation("start_export").is_none());
        let later = client!(pin_2026_5, instance, TOKEN);
        let error = later.call(op::ListThemes { workspace: 1.into() }).await.unwrap_err();
        assert_eq!(error.to_string(), "list_themes: 404 Not Found");
    });
}

#[test]
fn a_field_that_the_pin_lacks_is_refused_before_anything_is_sent() {
    run(async {
        // Nobody listens there: an attempt to send would be another error.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let authorize = Arc::new(Bearer::new(TOKEN).unwrap());
        let api = pin_2024_9::Api::connect(Transport::new(&url, reqwest::Client::new(), authorize));
        let plain = op::ExportReportByQuery {
            workspace: 1.into(),
            report: 42.into(),
            params: Some(Json::new(&json!({ "a": 1 })).unwrap()),
            data: None,
            temp_data_id: None,
            lang: None,
            timezone: None,
            format: None,
            include_attachments: None,
            template: None,
            theme: None,
        };
        let themed = op::ExportReportByQuery { theme: Some("dark".into()), ..plain.clone() };
        let error = api.call(themed).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "export_report_by_query: the instance pinned as 2024.9 has no `theme`; leave it out, or pin an instance that has it (the first is 2026.5)"
        );
        assert!(matches!(api.call(plain).await.unwrap_err(), CallError::Connection { .. }));
    });
}

#[test]
fn errors_keep_what_the_server_said_and_never_the_token() {
    run(async {
        let instance = instance(Edition::V2026_5).await;
        let api = client!(pin_2026_5, instance, TOKEN);
        let error = api.call(op::ListThemes { workspace: workspace("no/such?one") }).await.unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with("list_themes: 404 Not Found: There is no such workspace. (request 00-"), "{said}");

        let api = client!(pin_2026_5, instance, "another-token");
        let error = api.call(op::ListWorkspaces {}).await.unwrap_err();
        assert_eq!(error.to_string(), "list_workspaces: 401 Unauthorized");
        let texts = format!("{error:?} {api:?} {:?}", Bearer::new("another-token").unwrap());
        assert!(!texts.contains("another-token"), "{texts}");
    });
}

#[test]
fn no_debug_shows_a_nonce() {
    let nonce = "a-nonce-of-this-test";
    let client = pin_2024_9::Client::new("http://localhost", Arc::new(Bearer::new(TOKEN).unwrap()));
    let token: pin_2026_5::types::NonceToken = serde_json::from_value(json!({ "nonce": nonce })).unwrap();
    let builder = pin_2026_5::types::NonceToken::builder().nonce(Some(nonce.to_owned()));
    let core = model::Nonce { nonce: nonce.to_owned() };
    let shown = format!("{token:?} {builder:?} {:?} {core:?} {client:?}", client.export_report_by_query().nonce(nonce));
    assert!(shown.contains("NonceToken") && shown.contains("ExportReportByQuery"), "{shown}");
    assert!(!shown.contains(nonce) && !shown.contains(TOKEN), "{shown}");
}

#[test]
fn unknown_values_of_an_enumeration_are_kept_and_sent_back() {
    use pin_2026_5::types::{Raw, ReportPage, ReportPageType};

    for (sent, kept) in [
        (json!("page"), ReportPageType::Page),
        (json!("a-new-kind"), ReportPageType::Unknown(Raw::String("a-new-kind".into()))),
        (json!(7), ReportPageType::Unknown(Raw::Integer(7))),
    ] {
        let page: ReportPage = serde_json::from_value(json!({ "id": 1, "type": sent, "newField": true })).unwrap();
        assert_eq!(page.type_, Some(kept));
        assert_eq!(serde_json::to_value(page).unwrap()["type"], sent);
    }
    // Core reads the forms that are unsettled, and keeps what it does not know.
    let state = |value| model::ExportState::from(value);
    assert_eq!(state(WireValue::String("completed".into())), model::ExportState::Completed);
    assert_eq!(state(WireValue::Integer(2)), model::ExportState::Failed);
    assert_eq!(state(WireValue::Integer(9)), model::ExportState::Unknown(WireValue::Integer(9)));
}

#[test]
fn answers_may_have_new_fields_and_nulls() {
    use pin_2026_5::types::{Report, TemporaryFileStatusResponse};

    let report: Report = serde_json::from_value(json!({ "id": 1, "name": null, "later": { "a": [] } })).unwrap();
    assert_eq!((report.id, report.name), (Some(1), None));
    let status: TemporaryFileStatusResponse =
        serde_json::from_value(json!({ "status": null, "isReady": false })).unwrap();
    assert!(status.status.is_none());
}
