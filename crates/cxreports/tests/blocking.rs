//! The blocking client: the same as the other one, without a runtime.

use std::time::Duration;

use cxreports::{Error, blocking::Client, model::DocumentFormat};
use cxreports_sim::{Edition, Instance};

const TOKEN: &str = "a-planted-token";

/// The simulator needs a runtime; the client must not be inside of it.
fn with_instance(test: impl FnOnce(&str)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let time = Duration::from_millis(50);
    let builder = Instance::builder(Edition::V2026_5).token(TOKEN).strict(true).export_time(time);
    let instance = runtime.block_on(builder.start()).unwrap();
    test(&instance.url());
}

#[test]
fn everything_has_its_blocking_form() {
    with_instance(|url| {
        let cx = Client::builder(url).token(TOKEN).workspace("finance").language("de").build().unwrap();
        assert_eq!(cx.workspaces().unwrap().len(), 2);
        assert_eq!(cx.reports().limit(1).get().unwrap().len(), 1);
        assert_eq!(cx.report_types().unwrap().len(), 3);
        assert_eq!(cx.workspace(1).templates().unwrap().len(), cx.themes().unwrap().len());
        assert_eq!(cx.jobs().unwrap().len(), 2);
        assert_eq!(cx.report(42).pages().unwrap().len(), 3);
        assert!(matches!(cx.instance().check().unwrap(), cxreports::Check::Compared(list) if list.is_empty()));

        let data = cx.upload(["Tea"]).send().unwrap();
        let html = cx.report(42).export().format(DocumentFormat::Html).temporary_data(data).now().unwrap();
        assert_eq!((html.name(), html.size().is_some()), ("Invoice.html", true));
        let whole: Vec<u8> = html.chunks().flat_map(|chunk| chunk.unwrap()).collect();
        assert!(String::from_utf8(whole).unwrap().contains("<td>Tea</td>"));

        let export = cx.report(42).export().start().unwrap();
        assert!(export.clone().wait().statuses().last().unwrap().unwrap().is_ready);
        let mut statuses = export.clone().wait().statuses();
        assert!(statuses.by_ref().last().unwrap().unwrap().is_ready);
        assert!(statuses.next().is_none(), "an iterator that has ended stays so");
        let ready = cx.resume_export(&export.ticket()).unwrap().ready().unwrap();
        let folder = tempfile::tempdir().unwrap();
        assert!(ready.save_to(folder.path()).unwrap().ends_with("Invoice.pdf"));
        ready.save_as(folder.path().join("mine.pdf")).unwrap();
        assert_eq!(ready.bytes().unwrap(), ready.download().unwrap().bytes().unwrap());

        let run = cx.job(7).run().start().unwrap();
        assert_eq!(run.wait().get().unwrap().status.review, 3);
        assert_eq!(cx.resume_run(&run.ticket()).unwrap().status().unwrap().entries, 3);
        run.review_document().unwrap();
        run.deliver().unwrap();
        assert!(cx.report(42).preview().url().unwrap().expose().contains("nonce="));

        let probed = Client::builder(url).token(TOKEN).workspace(1).probe().unwrap();
        assert_eq!(probed.pinned().missing_operations().count(), 0);
    });
}

#[test]
fn inside_of_a_runtime_it_says_so_and_does_not_panic() {
    with_instance(|url| {
        let cx = Client::builder(url).token(TOKEN).build().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async move {
            assert!(matches!(cx.workspaces().unwrap_err(), Error::InsideRuntime));
            drop(cx);
        });
    });
}

#[test]
fn threads_share_a_client() {
    with_instance(|url| {
        let cx = Client::builder(url).token(TOKEN).workspace(1).build().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| cx.report(42).export().start().unwrap().wait().get().unwrap().bytes().unwrap());
            }
        });
    });
}
