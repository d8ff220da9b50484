//! The HTML report in a browser, filtered as a person does it.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use cxreports_drift::{
    Allowed, Document, Options, Severity, compare,
    render::{Comparison, Format, Style, render},
};
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};

/// A chromedriver that ends with the test.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Opens a page in a browser of its own; says so where there is no browser, which fails under `NO_SKIPS`.
async fn open(folder: &Path, page: &str) -> Option<(Driver, Client)> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let started =
        Command::new("chromedriver").arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let driver = match started {
        Ok(child) => Driver(child),
        Err(error) => {
            println!("SKIPPED: chromedriver: {error}; install chromium and chromium-driver");
            assert!(std::env::var_os("NO_SKIPS").is_none(), "NO_SKIPS is set, and this test was skipped");
            return None;
        }
    };
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    // Containers run as root, and have a small /dev/shm.
    let arguments =
        ["--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", &profile];
    let capabilities = json!({ "goog:chromeOptions": { "args": arguments } });
    let capabilities = capabilities.as_object().unwrap();
    for _ in 0..100 {
        let mut builder = ClientBuilder::rustls().unwrap();
        if let Ok(browser) =
            builder.capabilities(capabilities.clone()).connect(&format!("http://127.0.0.1:{port}")).await
        {
            browser.goto(page).await.unwrap();
            return Some((driver, browser));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("chromedriver does not respond");
}

/// A report with a finding of each severity, of which one matters to a method.
fn report() -> String {
    let content = |kind: &str| {
        let item = json!({ "type": "object", "properties": { "themeName": { "type": kind } } });
        json!({ "200": { "content": { "application/json": { "schema": { "type": "array", "items": item } } } } })
    };
    let document = |kind: &str, is_new: bool| {
        let mut paths = json!({
            "/reports": { "get": { "responses": content(kind) } },
            "/other": { "get": { "responses": content(kind), "deprecated": is_new } },
            "/gone": { "get": {} }
        });
        if is_new {
            paths["/new"] = paths.as_object_mut().unwrap().remove("/gone").unwrap();
        }
        Document::read(json!({ "openapi": "3.0.4", "info": {}, "paths": paths })).unwrap()
    };
    let reports = cxreports_openapi::document::Endpoint { path: "/reports".into(), method: "get".into() };
    let names = BTreeMap::from([(reports, "list_reports".to_owned())]);
    let findings = compare(&document("string", false), &document("integer", true), &names, Options::default());
    let comparison = Comparison { allowed: Allowed { findings, accepted: 0 }, ..Comparison::default() };
    render(Format::Html, &[comparison], Style { width: 100, fail_on: Severity::Breaking, infos: true })
}

async fn shown(browser: &Client) -> (String, Vec<String>, Vec<String>) {
    let script = "const seen = (all) => [...document.querySelectorAll(all)].filter((one) => one.checkVisibility());
        return [document.querySelector('output').value, seen('tbody tr').map((row) => row.dataset.severity),
            seen('nav a').map((link) => link.textContent)]";
    let found: Value = browser.execute(script, vec![]).await.unwrap();
    serde_json::from_value(found).unwrap()
}

#[tokio::test]
async fn the_report_is_filtered_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    #[allow(clippy::disallowed_methods, reason = "a test's own folder")]
    std::fs::write(&file, report()).unwrap();
    let page = format!("file://{}", file.display());
    let Some((_driver, browser)) = open(folder.path(), &page).await else { return };
    let strings = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();

    let (count, rows, links) = shown(&browser).await;
    assert_eq!((count.as_str(), rows), ("3 of 4 findings shown", strings(&["breaking", "breaking", "warning"])));
    assert_eq!(links, strings(&["Several operations (1)", "GET /gone (1)", "GET /other (1)"]), "infos are collapsed");

    let click = async |value: &str| {
        browser.find(Locator::Css(&format!("#filter [value={value}]"))).await.unwrap().click().await.unwrap();
    };
    click("info").await;
    assert_eq!(shown(&browser).await.0, "4 of 4 findings shown");
    click("breaking").await;
    assert_eq!(shown(&browser).await.1, strings(&["warning", "info"]));
    click("breaking").await;
    click("used").await;
    assert_eq!(shown(&browser).await.2, strings(&["Several operations (1)"]));
    click("used").await;

    // Every word has to be there, in any case: an operation of a finding, a rule, a schema.
    let search = browser.find(Locator::Css("#filter [type=search]")).await.unwrap();
    for (text, found) in
        [("/OTHER type", "1 of 4"), ("deprecated", "1 of 4"), ("/gone", "1 of 4"), ("no such", "0 of 4")]
    {
        search.clear().await.unwrap();
        search.send_keys(text).await.unwrap();
        assert_eq!(shown(&browser).await.0, format!("{found} findings shown"), "{text}");
    }
    search.clear().await.unwrap();
    search.send_keys(" ").await.unwrap();
    assert_eq!(shown(&browser).await.0, "4 of 4 findings shown");

    // Nothing is cut off on a telephone.
    let fits = "return document.documentElement.scrollWidth <= innerWidth";
    for width in [1200, 400] {
        browser.set_window_size(width, 900).await.unwrap();
        assert_eq!(browser.execute(fits, vec![]).await.unwrap(), true, "{width} pixels");
        let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{width}.png"));
        #[allow(clippy::disallowed_methods, reason = "a picture for people")]
        std::fs::write(picture, browser.screenshot().await.unwrap()).unwrap();
    }

    // A link to what is collapsed shows it.
    let id = browser.execute("return document.querySelector('[data-severity=info]').id", vec![]).await.unwrap();
    browser.goto("about:blank").await.unwrap();
    browser.goto(&format!("{page}#{}", id.as_str().unwrap())).await.unwrap();
    assert_eq!(shown(&browser).await.0, "4 of 4 findings shown");
    browser.close().await.unwrap();
}
