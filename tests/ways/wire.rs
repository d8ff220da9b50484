//! All 18 operations, called at an instance that serves a document in some ways of writing.

use std::{sync::Arc, time::Duration};

use cxreports_codegen::{
    contract::{self, Contract},
    convert::convert,
    fetch::{self, Options},
};
use cxreports_core::{Bearer, Download, FileId, IdOrCode, Json, Operation, model, op};
use cxreports_pin::Transport;
use cxreports_sim::{Edition, Instance};
use futures_util::TryStreamExt as _;

use super::{Kind, Way, written};

const TOKEN: &str = "a-token-of-this-test";

/// Calls all 18 operations as a document says.
async fn tour(contract: &Contract, transport: &Transport) -> Result<(), String> {
    let workspace: IdOrCode = "finance".parse().unwrap();
    let report: IdOrCode = "invoice".parse().unwrap();
    let data = Json::new(&serde_json::json!({ "customer": 7, "lines": [1, 2.5, "three"] })).unwrap();
    macro_rules! call {
        ($operation:expr) => {
            send(contract, transport, $operation).await?
        };
    }
    ensure(call!(op::ListWorkspaces {}).len() == 2, "a list")?;
    let reports = op::ListReports {
        workspace: workspace.clone(),
        report_type: Some("invoice".into()),
        offset: None,
        limit: None,
    };
    ensure(call!(reports).len() == 2, "a list")?;
    let pages = op::ListReportPages { workspace: workspace.clone(), report: report.clone() };
    ensure(call!(pages)[1].page_type == model::ReportPageType::Subreport, "the type of a page")?;
    ensure(call!(op::ListReportTypes { workspace: workspace.clone() }).len() == 3, "a list")?;
    ensure(call!(op::ListTemplates { workspace: workspace.clone() })[0].name == "Letter", "a template's name")?;
    ensure(!call!(op::ListThemes { workspace: workspace.clone() }).is_empty(), "a list of themes")?;
    let jobs = call!(op::ListJobs { workspace: workspace.clone() });
    ensure(!call!(op::CreateNonce {}).nonce.is_empty(), "a nonce")?;

    let uploaded = call!(op::CreateTemporaryData {
        workspace: workspace.clone(),
        content: data.clone().into(),
        expiry_date: None
    });
    let by_query = op::ExportReportByQuery {
        workspace: workspace.clone(),
        report: report.clone(),
        params: Some(data.clone()),
        data: None,
        temp_data_id: Some(uploaded.temp_data_id),
        lang: Some("de".into()),
        timezone: Some("Europe/Berlin".into()),
        format: Some(model::DocumentFormat::Xlsx),
        include_attachments: Some(false),
        template: None,
        theme: Some("light".into()),
    };
    begins(call!(by_query), b"PK").await?;
    let now = op::ExportReport {
        workspace: workspace.clone(),
        report: report.clone(),
        params: None,
        data: Some(data.clone().into()),
        lang: Some("de".into()),
        timezone: Some("Europe/Berlin".into()),
        format: None,
        include_attachments: None,
        template: Some("letter".into()),
        theme: Some("light".into()),
    };
    begins(call!(now), b"%PDF").await?;
    let later = op::StartExport {
        workspace: workspace.clone(),
        report,
        params: Some(data.clone()),
        data: Some(data.clone().into()),
        lang: Some("de".into()),
        timezone: Some("Europe/Berlin".into()),
        format: Some(model::DocumentFormat::Docx),
        include_attachments: Some(false),
        exclude_pages: Some(vec![2.into()]),
        temp_data_id: None,
        template: Some("letter".into()),
        theme: Some("light".into()),
    };
    let started = call!(later);
    file(contract, transport, &workspace, started.temporary_file_id, b"PK").await?;

    let job = jobs.iter().find(|job| job.review_required == Some(true)).unwrap();
    let job: IdOrCode = job.code.clone().unwrap().parse().unwrap();
    let run = op::StartJobRun { workspace: workspace.clone(), job: job.clone(), params: None, data: Some(data.into()) };
    let job_run_id = call!(run).job_run_id;
    loop {
        let status = op::GetJobRunStatus { workspace: workspace.clone(), job: job.clone(), job_run_id };
        let status = call!(status);
        if status.status.queued == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let review = op::GenerateReviewDocument { workspace: workspace.clone(), job: job.clone(), job_run_id };
    let review = call!(review);
    file(contract, transport, &workspace, review.temporary_file_id, b"%PDF").await?;
    call!(op::DeliverJobRun { workspace, job, job_run_id });
    Ok(())
}

fn ensure(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{what} is not what it should be")) }
}

async fn send<Op: Operation>(contract: &Contract, transport: &Transport, operation: Op) -> Result<Op::Output, String> {
    let matched = contract.operation(Op::SPEC.name).ok_or_else(|| format!("no {}", Op::SPEC.name))?;
    transport.call(&matched.binding, &operation).await.map_err(|error| error.to_string())
}

/// Waits for a file and downloads it.
async fn file(
    contract: &Contract,
    transport: &Transport,
    workspace: &IdOrCode,
    id: FileId,
    magic: &[u8],
) -> Result<(), String> {
    loop {
        let status = op::GetExportStatus { workspace: workspace.clone(), temporary_file_id: id };
        let status = send(contract, transport, status).await?;
        match status.status {
            Some(model::ExportState::Completed) => break,
            Some(model::ExportState::InProgress) => tokio::time::sleep(Duration::from_millis(5)).await,
            other => return Err(format!("{other:?}: {:?}", status.error_message)),
        }
    }
    let content = op::DownloadExport { workspace: workspace.clone(), temporary_file_id: id };
    begins(send(contract, transport, content).await?, magic).await
}

async fn begins(download: Download, magic: &[u8]) -> Result<(), String> {
    let chunks: Vec<_> = download.into_stream().try_collect().await.map_err(|error| error.to_string())?;
    let bytes = chunks.concat();
    if bytes.starts_with(magic) {
        Ok(())
    } else {
        Err(format!("{} bytes, not the format that was asked for", bytes.len()))
    }
}

/// Serves a document from an instance that is configured as the ways say, reads it back, and calls all operations.
pub(crate) async fn drive(ways: &[Way]) -> Result<(), String> {
    let instance = instance(ways).await;
    let url = instance.url();
    let outside = url.trim_end_matches("/reporting");
    for base in [outside, &url] {
        let source = fetch::Source::Instance(fetch::parse_url(&url).unwrap());
        let fetched = fetch::fetch(&source, &Options::default()).await.map_err(|error| error.to_string())?;
        let contract =
            contract::find(&convert(fetched.document).map_err(|error| error.to_string())?, &Default::default());
        let transport = Transport::new(base, reqwest::Client::new(), Arc::new(Bearer::new(TOKEN).unwrap()));
        let tenant =
            [("x-tenant", "acme"), ("tenant", "acme")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        tour(&contract, &transport.parameters(tenant)).await?;
    }
    Ok(())
}

/// An instance that is configured as the ways say.
async fn instance(ways: &[Way]) -> Instance {
    let has = |name: &str| ways.iter().any(|way| way.name == name);
    let mut builder = Instance::builder(Edition::V2026_5)
        .token(TOKEN)
        .written_as(written(ways))
        .require_length(true)
        .pascal_members(has("pascal-members"))
        .numbers_as_text(has("text-ids") || has("openapi-3.1-numbers"))
        .numeric_enums(ways.iter().any(|way| way.name.starts_with("integer")));
    if ways.iter().any(|way| way.kind == Kind::Place) && !has("server-has-root") {
        builder = builder.base_path("/reporting");
    }
    if has("version-segment-constraint") {
        builder = builder.api_root("/api/v1.0");
    }
    builder.start().await.unwrap()
}

/// Probes an instance that is configured as the ways say, and takes a report through the client that people use.
pub(crate) async fn probe(ways: &[Way]) -> Result<(), String> {
    let instance = instance(ways).await;
    let builder = cxreports::Client::builder(&instance.url()).token(TOKEN).workspace("finance");
    let builder = builder.parameter("X-Tenant", "acme").parameter("tenant", "acme");
    let run = async {
        let cx = builder.probe().await?;
        let lacking: Vec<_> = cx.pinned().missing_operations().collect();
        assert!(lacking.is_empty(), "{lacking:?}");
        let export = cx.report("invoice").export().theme("light").params(&[("customer", 7)]).start().await?;
        let file = export.wait().await?.bytes().await?;
        assert!(file.starts_with(b"%PDF"));
        let preview = cx.report("invoice").preview().url().await?;
        let page = reqwest::get(preview.expose()).await.unwrap().status();
        assert!(page.is_success(), "the preview: {page}");
        Ok::<(), cxreports::Error>(())
    };
    run.await.map_err(|error| error.to_string())
}
