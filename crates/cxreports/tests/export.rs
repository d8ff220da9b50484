//! Exports, at once and later, through the client and a simulated instance.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use cxreports::{
    CallError, Client, Error, Export, LatestPin, PollPolicy, RetryPolicy, Ticket,
    core::chrono::{DateTime, Utc},
    model::{DocumentFormat, ExportState},
};
use cxreports_pin_2024_9::Api as Pin2024;
use cxreports_sim::{Builder, Edition, Endpoint, Fault, FaultRule, Instance, op, seed::Seed};
use futures_util::TryStreamExt as _;

const TOKEN: &str = "a-planted-token";

fn simulator() -> Builder {
    Instance::builder(Edition::V2026_5).token(TOKEN).base_path("/reports").strict(true)
}

fn client(instance: &Instance) -> Client {
    Client::builder(&instance.url()).token(TOKEN).workspace("finance").build().unwrap()
}

fn quick() -> PollPolicy {
    PollPolicy { first: Duration::from_millis(10), cap: Duration::from_millis(50), ..PollPolicy::default() }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn every_format_comes_under_its_name_at_once_and_later() {
    let instance = simulator().start().await.unwrap();
    let cx = client(&instance);
    let folder = tempfile::tempdir().unwrap();
    let formats = [
        (DocumentFormat::Pdf, &b"%PDF"[..]),
        (DocumentFormat::Docx, b"PK"),
        (DocumentFormat::Xlsx, b"PK"),
        (DocumentFormat::Pptx, b"PK"),
        (DocumentFormat::Html, b"<!DOCTYPE html>"),
    ];
    for (format, begins) in formats {
        let request = || cx.report("invoice").export().format(format.clone());
        let now = request().now().await.unwrap();
        assert_eq!(now.name(), format!("Invoice.{format}"));
        let now = now.bytes().await.unwrap();
        let by_query = request().now_by_query().await.unwrap().bytes().await.unwrap();
        let later = request().start().await.unwrap().wait().policy(quick()).await.unwrap();
        let size = later.status().content_size;
        let path = later.save_to(folder.path()).await.unwrap();
        assert_eq!(size, Some(std::fs::metadata(&path).unwrap().len() as i64));
        assert!(now.starts_with(begins) && by_query.starts_with(begins), "{format}");
        assert!(std::fs::read(path).unwrap().starts_with(begins), "{format}");
    }
    assert_eq!(names(folder.path()), ["Invoice.docx", "Invoice.html", "Invoice.pdf", "Invoice.pptx", "Invoice.xlsx"]);
}

#[tokio::test]
async fn everything_that_is_asked_for_arrives() {
    let instance = simulator().start().await.unwrap();
    let cx = Client::builder(&instance.url())
        .token(TOKEN)
        .workspace("finance")
        .language("sr")
        .timezone("Europe/Belgrade")
        .build()
        .unwrap();
    let request = || {
        cx.report("invoice")
            .export()
            .format(DocumentFormat::Html)
            .params(&[("customer", "Müller & <Söhne>")])
            .data(["Tea"])
            .template("landscape")
            .theme("2")
    };
    let started = request().exclude_pages([420, 422]).start().await.unwrap().wait().policy(quick()).await.unwrap();
    let pages = [
        request().now().await.unwrap().bytes().await.unwrap(),
        request().now_by_query().await.unwrap().bytes().await.unwrap(),
        started.bytes().await.unwrap(),
    ];
    for page in &pages {
        let page = String::from_utf8_lossy(page);
        for part in ["Müller &amp; &lt;Söhne&gt;", "<td>Tea</td>", "Landscape", "Corporate", ">sr<", "Europe/Belgrade"]
        {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert!(page.contains("<h2>Lines</h2>"));
        assert!(page.contains("customer</") && !page.contains("1.1"), "the parameters are no object: {page}");
    }
    assert!(pages[0].windows(5).any(|part| part == b"Cover"));
    assert!(!pages[2].windows(5).any(|part| part == b"Cover"), "its page was left out");

    let own = request().language("de").timezone("UTC").now().await.unwrap().bytes().await.unwrap();
    let own = String::from_utf8_lossy(&own);
    assert!(own.contains(">de<") && own.contains(">UTC<") && !own.contains(">sr<"));

    let zip = cx.report("invoice").export().attachments().now().await.unwrap();
    assert_eq!((zip.name(), zip.content_type()), ("Invoice.zip", Some("application/zip")));
    assert!(zip.bytes().await.unwrap().windows(21).any(|part| part == b"attachments/terms.txt"));

    let error = request().exclude_pages([420]).now().await.unwrap_err();
    assert!(matches!(error, Error::ConflictingSettings { setting: "exclude_pages", .. }), "{error}");
}

#[tokio::test]
async fn an_older_instance_exports_by_query_and_refuses_what_it_lacks() {
    let instance = Instance::builder(Edition::V2024_9).token(TOKEN).strict(true).start().await.unwrap();
    let cx = Client::builder(&instance.url()).pin::<Pin2024>().token(TOKEN).workspace(1).build().unwrap();
    let data = "x".repeat(10_000);
    let request = || cx.report(42).export().params(&[("customer", 7)]).data(data.clone());
    assert!(request().now_by_query().await.unwrap().bytes().await.unwrap().starts_with(b"%PDF"));
    assert_eq!(instance.requests(Endpoint::of::<op::CreateTemporaryData>()), 1);
    let error = request().theme("dark").now_by_query().await.unwrap_err();
    assert!(error.to_string().contains("the instance pinned as 2024.9 has no `theme`"), "{error}");
    assert_eq!(instance.requests(Endpoint::of::<op::ExportReportByQuery>()), 1);
}

#[tokio::test]
async fn large_data_goes_through_temporary_data_by_itself() {
    let instance = simulator().start().await.unwrap();
    let cx = client(&instance);
    let data = "x".repeat(3_000);
    let request = || cx.report(42).export().data(data.clone());
    let uploads = || instance.requests(Endpoint::of::<op::CreateTemporaryData>());

    request().start().await.unwrap();
    let _ = request().now().await.unwrap();
    assert_eq!(uploads(), 0, "it is small enough for a body");
    request().inline_up_to(2_000).start().await.unwrap();
    let _ = request().inline_up_to(2_000).now().await.unwrap();
    assert_eq!(uploads(), 2);
    let _ = request().now_by_query().await.unwrap();
    assert_eq!((uploads(), instance.requests(Endpoint::of::<op::ExportReportByQuery>())), (3, 2));

    let error = request().inline_up_to(10_000).params(&"p".repeat(9_000)).now_by_query().await.unwrap_err();
    assert!(matches!(error, Error::UrlTooLong { because: "params", .. }), "{error}");
    let error = cx.report(42).export().data("d".repeat(9_000)).inline_up_to(10_000).now_by_query().await.unwrap_err();
    assert!(matches!(error, Error::UrlTooLong { because: "data", .. }), "{error}");
    assert_eq!(uploads(), 3, "nothing is uploaded for a URL that is too long");
}

#[allow(clippy::disallowed_methods, reason = "a test's own folder")]
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

/// Fails to serialise after a number of items.
struct Failing(usize);

impl serde::Serialize for Failing {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error as _, SerializeSeq as _};
        let mut items = serializer.serialize_seq(None)?;
        for _ in 0..self.0 {
            items.serialize_element("an item of some length")?;
        }
        Err(S::Error::custom("no such row"))
    }
}

#[tokio::test]
async fn large_data_is_sent_whole_from_a_value_a_file_and_a_reader() {
    let instance = simulator().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.json");
    let row = |number| format!("row {number}: {}", "\"quotes\", \u{fc}nicode\n".repeat(1_000));
    let rows: Vec<String> = (0..100).map(row).collect();
    let text = serde_json::to_string(&rows).unwrap();
    write(&path, &text);
    let size = text.len();
    assert!(size > 1 << 20, "{size}");
    let builder = || Client::builder(&instance.url()).token(TOKEN).workspace("finance");
    for cx in [builder().build().unwrap(), builder().chunked_bodies().build().unwrap()] {
        let reader = tokio::fs::File::open(&path).await.unwrap();
        for upload in [cx.upload(rows.clone()), cx.upload_file(&path), cx.upload_reader(reader)] {
            let data = upload.send().await.unwrap();
            let page = cx.report(42).export().format(DocumentFormat::Html).temporary_data(data).now().await.unwrap();
            let page = String::from_utf8(page.bytes().await.unwrap().to_vec()).unwrap();
            assert!(page.contains("row 0: &quot;quotes&quot;") && page.contains("row 99: "), "not all rows arrived");
        }
    }
    let cx = client(&instance);
    let uploads = instance.requests(Endpoint::of::<op::CreateTemporaryData>());
    let inline = cx.report(42).export().format(DocumentFormat::Html).inline_data(rows).now().await.unwrap();
    assert!(String::from_utf8_lossy(&inline.bytes().await.unwrap()).contains("row 99: "));
    assert_eq!(instance.requests(Endpoint::of::<op::CreateTemporaryData>()), uploads);
}

#[tokio::test]
async fn data_that_cannot_be_sent_is_an_error_before_the_server_acts() {
    let instance = simulator().start().await.unwrap();
    let cx = client(&instance);
    let error = cx.upload(Failing(3)).send().await.unwrap_err();
    assert!(
        matches!(&error, Error::NotJson { what: "data", source } if source.to_string() == "no such row"),
        "{error}"
    );
    let error = cx.upload(Failing(100_000)).send().await.unwrap_err();
    let Error::Call(CallError::Payload { source, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(source.to_string(), "no such row");
    let error = cx.upload_file("no/such/file.json").send().await.unwrap_err();
    assert!(matches!(&error, Error::NotJson { .. }), "{error:?}");

    let chunked = Client::builder(&instance.url()).token(TOKEN).workspace("finance").chunked_bodies().build().unwrap();
    let error = chunked.upload(Failing(100_000)).send().await.unwrap_err();
    assert!(matches!(&error, Error::Call(CallError::Payload { .. })), "{error:?}");
    assert_eq!(instance.requests(Endpoint::of::<op::StartExport>()), 0);
}

#[tokio::test]
async fn a_value_is_sent_again_and_a_reader_is_not() {
    let instance = simulator().start().await.unwrap();
    let retries = RetryPolicy { first: Duration::from_millis(1), ..RetryPolicy::default() };
    let cx = Client::builder(&instance.url()).token(TOKEN).workspace("finance").retries(retries).build().unwrap();
    let rows = vec!["x".repeat(64); 40_000];
    let busy = || {
        instance.set_faults([FaultRule::new(Fault::TooManyRequests(0))
            .on(Endpoint::of::<op::CreateTemporaryData>())
            .times(1)])
    };
    busy();
    cx.upload(rows).send().await.unwrap();
    busy();
    let error = cx.upload_reader(&b"[1, 2]"[..]).send().await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(429), "the first failure is told: {error}");
}

#[tokio::test]
async fn uploaded_data_is_used_again_until_it_expires() {
    let instance = simulator().start().await.unwrap();
    let cx = client(&instance);
    let soon: DateTime<Utc> = (std::time::SystemTime::now() + Duration::from_secs(600)).into();
    let data = cx.upload([("Tea", 12)]).expires(soon).send().await.unwrap();
    assert_eq!(data.expiry_date.unwrap().timestamp(), soon.timestamp());
    let request = || cx.report("invoice").export().format(DocumentFormat::Html).temporary_data(&data);
    for page in [
        request().now().await.unwrap().bytes().await.unwrap(),
        request().start().await.unwrap().wait().policy(quick()).await.unwrap().bytes().await.unwrap(),
    ] {
        assert!(page.windows(3).any(|part| part == b"Tea"));
    }

    instance.advance(Duration::from_secs(2 * 60 * 60));
    let error = request().start().await.unwrap_err();
    assert!(matches!(error, Error::DataExpired { source: Some(_), .. }), "{error}");
    let error = request().now().await.unwrap_err();
    assert!(matches!(error, Error::DataExpired { .. }), "{error}");
    let mut past = data;
    past.expiry_date = Some(DateTime::UNIX_EPOCH);
    let error = cx.report(42).preview().temporary_data(past).url().await.unwrap_err();
    assert!(matches!(error, Error::DataExpired { source: None, .. }), "{error}");
}

#[tokio::test]
async fn a_wait_tells_what_it_sees_and_ends_as_it_should() {
    let mut seed = Seed::demo();
    seed.workspaces[0].reports[1].fails = Some("The data source cannot be reached.".to_owned());
    let take = Duration::from_millis(200);
    let instance = simulator().seed(seed).export_time(take).numeric_enums(true).start().await.unwrap();
    let cx = client(&instance);

    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let export = cx.report(42).export().start().await.unwrap();
    let early = export.clone().ready().await.unwrap_err();
    assert!(matches!(early, Error::NotReady { .. }), "{early}");
    let tell = move |status: &cxreports::model::ExportStatus| told.lock().unwrap().push(status.status.clone().unwrap());
    let _ = export.clone().wait().policy(quick()).on_status(tell).await.unwrap();
    let seen = seen.lock().unwrap().clone();
    assert!(seen.len() > 2 && seen[0] == ExportState::InProgress && seen.last() == Some(&ExportState::Completed));

    let statuses: Vec<_> = export.wait().policy(quick()).statuses().try_collect().await.unwrap();
    assert_eq!((statuses.len(), statuses[0].is_ready), (1, true));

    let failing = cx.report(43).export().start().await.unwrap();
    let error = failing.wait().policy(quick()).await.unwrap_err();
    assert_eq!(error.to_string(), "the export failed: The data source cannot be reached.");

    let slow = cx.report(42).export().start().await.unwrap();
    let error = slow.wait().policy(quick()).within(Duration::from_millis(100)).await.unwrap_err();
    assert!(matches!(&error, Error::WaitTimedOut { .. }), "{error}");
    let again = cx.resume_export(error.ticket().unwrap()).unwrap().wait().policy(quick()).await.unwrap();
    assert!(again.bytes().await.unwrap().starts_with(b"%PDF"));

    instance.advance(Duration::from_secs(2 * 60 * 60));
    let error = again.bytes().await.unwrap_err();
    assert!(matches!(&error, Error::Expired { .. }), "{error}");
    let error = cx.resume_export(&again.ticket()).unwrap().wait().policy(quick()).await.unwrap_err();
    assert!(matches!(&error, Error::Expired { .. }), "{error}");
}

#[tokio::test]
async fn what_an_export_took_moves_the_looks_of_the_next() {
    let take = Duration::from_millis(600);
    let instance = simulator().export_time(take).start().await.unwrap();
    let cx = client(&instance);
    let looks = async |export: Export<LatestPin>| {
        let before = instance.requests(Endpoint::of::<op::GetExportStatus>());
        let _ = export.wait().await.unwrap();
        instance.requests(Endpoint::of::<op::GetExportStatus>()) - before
    };
    let first = looks(cx.report(42).export().start().await.unwrap()).await;
    let second = looks(cx.report(42).export().start().await.unwrap()).await;
    assert!(first > 5 && second <= 4, "{first} looks, then {second}");

    // Another process knows it by the ticket.
    let ticket = cx.report(42).export().start().await.unwrap().ticket();
    let ticket: Ticket = serde_json::from_str(&serde_json::to_string(&ticket).unwrap()).unwrap();
    let elsewhere = looks(client(&instance).resume_export(&ticket).unwrap()).await;
    assert!(elsewhere <= 4, "{elsewhere} looks by the ticket");
    // Another report is another matter.
    let other = looks(cx.report(43).export().start().await.unwrap()).await;
    assert!(other > 5, "{other} looks");
}

#[tokio::test]
async fn a_wait_ends_at_once_when_the_token_is_refused_and_stops_when_it_is_dropped() {
    let instance = simulator().export_time(Duration::from_secs(60)).start().await.unwrap();
    let export = client(&instance).report(42).export().start().await.unwrap();
    let stranger = Client::builder(&instance.url()).token("no").build().unwrap();
    let error = stranger.resume_export(&export.ticket()).unwrap().wait().policy(quick()).await.unwrap_err();
    let Error::WaitBroken { source, .. } = &error else { panic!("{error}") };
    assert!(source.to_string().contains("401"), "{source}");
    assert_eq!(instance.requests(Endpoint::of::<op::GetExportStatus>()), 1);

    let wait = export.wait().policy(quick());
    tokio::time::timeout(Duration::from_millis(300), wait).await.unwrap_err();
    let looks = instance.requests(Endpoint::of::<op::GetExportStatus>());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(instance.requests(Endpoint::of::<op::GetExportStatus>()), looks);
}

#[tokio::test]
async fn files_are_saved_beside_others_and_over_a_path() {
    let instance = simulator().start().await.unwrap();
    let ready = client(&instance).report(42).export().start().await.unwrap().wait().policy(quick()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for expected in ["Invoice.pdf", "Invoice (2).pdf", "Invoice (3).pdf"] {
        assert_eq!(ready.save_to(folder.path()).await.unwrap(), folder.path().join(expected));
    }
    let path = folder.path().join("mine.pdf");
    std::fs::copy(folder.path().join("Invoice.pdf"), &path).unwrap();
    let old = std::fs::metadata(&path).unwrap();
    ready.save_as(&path).await.unwrap();
    assert!(std::fs::metadata(&path).unwrap().modified().unwrap() > old.modified().unwrap(), "it was replaced");
    assert_eq!(names(folder.path()), ["Invoice (2).pdf", "Invoice (3).pdf", "Invoice.pdf", "mine.pdf"]);

    let error = ready.save_to(folder.path().join("nowhere")).await.unwrap_err();
    assert!(matches!(error, Error::Save { .. }), "{error}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(!cause.contains(".part"), "the name of a temporary file says nothing: {cause}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        let plain = folder.path().join("plain");
        std::fs::OpenOptions::new().write(true).create_new(true).open(&plain).unwrap();
        assert_eq!(mode(&folder.path().join("Invoice.pdf")), mode(&plain), "as any file that the user makes");
    }
}

#[tokio::test]
async fn progress_is_told() {
    let instance = simulator().pad_files_to(3 << 20).start().await.unwrap();
    let ready = client(&instance).report(42).export().start().await.unwrap().wait().policy(quick()).await.unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let ready = ready.on_progress(move |progress| told.lock().unwrap().push(progress));
    assert_eq!(ready.bytes().await.unwrap().len(), 3 << 20);
    let seen = seen.lock().unwrap();
    assert!(seen.len() > 3 && seen.is_sorted_by_key(|progress| progress.received));
    assert_eq!((seen.last().unwrap().received, seen[0].total), (3 << 20, Some(3 << 20)));
}

#[tokio::test]
async fn tickets_of_this_release_stay_readable() {
    for text in [include_str!("fixtures/export.ticket.json"), include_str!("fixtures/run.ticket.json")] {
        let ticket: Ticket = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&ticket).unwrap(), text.trim());
        assert_eq!(ticket.instance(), "https://reports.example.com/cx");
        let newer = text.replace("\"version\":1", "\"version\":2");
        let error = serde_json::from_str::<Ticket>(&newer).unwrap_err().to_string();
        assert!(error.contains("a ticket of version 2; this release reads version 1"), "{error}");
    }
    let export: Ticket = serde_json::from_str(include_str!("fixtures/export.ticket.json")).unwrap();
    let run: Ticket = serde_json::from_str(include_str!("fixtures/run.ticket.json")).unwrap();
    let cx = Client::builder("https://reports.example.com/cx/").token("t").build().unwrap();
    assert_eq!(cx.resume_export(&export).unwrap().file_id(), 17);
    assert_eq!(cx.resume_run(&run).unwrap().id(), 4);
    let error = cx.resume_run(&export).unwrap_err();
    assert_eq!(error.to_string(), "the ticket is for an export, not for a job run");
    let other = Client::builder("https://reports.example.com").token("t").build().unwrap();
    let error = other.resume_export(&export).unwrap_err();
    assert!(matches!(error, Error::OtherInstance { .. }), "{error}");
}
