//! The page in a real browser, on one site with the instance.

mod common;

use std::{fs, path::Path, time::Duration};

use common::{Browser, picture, serve};
use cxreports::Client;
use cxreports_sim::{Edition, Endpoint, Fault, FaultRule, Instance, op};
use embed::{App, router};
use serde_json::json;

const TOKEN: &str = "planted-token-9c31";

async fn instance() -> Instance {
    Instance::builder(Edition::V2026_5).token(TOKEN).start().await.unwrap()
}

fn app(instance: &Instance) -> App {
    App::new(Client::builder(&instance.url()).token(TOKEN).workspace("finance").build().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_is_seen_once_for_each_nonce_and_the_token_never() {
    let folder = tempfile::tempdir().unwrap();
    let net_log = folder.path().join("net-log.json");
    let arguments = [format!("--log-net-log={}", net_log.display()), "--net-log-capture-mode=Everything".to_owned()];
    let downloads = json!({ "download.default_directory": folder.path() });
    let Some(browser) = Browser::open(&arguments, downloads).await else { return };
    let instance = instance().await;
    let address = serve(router(app(&instance)).unwrap()).await;

    browser.page.goto(&format!("http://{address}/#42")).await.unwrap();
    browser.state("shown").await;
    let text = browser.frame_text("Terms").await;
    assert!(text.starts_with("Invoice"), "{text}");
    assert!(text.contains("Contoso Ltd"), "the server's parameters are in the report: {text}");
    let mut seen = browser.page.source().await.unwrap();
    let cookies = browser.page.get_all_cookies().await.unwrap();
    let session = cookies.iter().find(|cookie| cookie.name() == "CxReports.Session");
    assert_eq!(session.and_then(|cookie| cookie.http_only()), Some(true), "the nonce is a session now: {cookies:?}");
    assert_eq!(instance.requests(Endpoint::of::<op::CreateNonce>()), 1);
    browser.page.enter_parent_frame().await.unwrap();
    seen += &browser.page.source().await.unwrap();
    picture(&browser, "embed-shown.png").await;

    // The session is gone: the same URL opens nothing.
    browser.page.delete_all_cookies().await.unwrap();
    browser.load_frame_again().await;
    browser.frame_is_refused("Terms").await;

    // A new view heals it.
    browser.click("#reload").await;
    browser.frame_text("Terms").await;
    assert_eq!(instance.requests(Endpoint::of::<op::CreateNonce>()), 2);
    let storage = "return JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])";
    seen += &browser.run(storage).await.to_string();

    // The page's own print button reaches the frame, which prints.
    browser.run("window.print = () => { window.printed = true }").await;
    browser.page.enter_parent_frame().await.unwrap();
    seen += &browser.run(storage).await.to_string();
    browser.state("shown").await;
    browser.click("#print").await;
    browser.frame_text("Invoice").await;
    let printed = "return new Promise(done => setTimeout(() => done(window.printed === true), 200))";
    assert_eq!(browser.run(printed).await, json!(true));

    // Both files arrive whole, under the names that the instance gave them.
    for (format, name, start) in [("pdf", "Invoice.pdf", "%PDF"), ("xlsx", "Invoice.xlsx", "PK")] {
        browser.click(&format!("[data-format={format}]")).await;
        let file = arrived(&folder.path().join(name)).await;
        assert!(file.starts_with(start.as_bytes()), "{name} is no {format}");
    }

    // Another report, by its link; the history has no frames in it.
    let length = browser.run("return history.length").await;
    browser.click("#list a[href='#51']").await;
    browser.frame_text("Monthly statement").await;
    browser.page.back().await.unwrap();
    assert!(browser.frame_text("Terms").await.starts_with("Invoice"), "back shows the report before");
    browser.page.enter_parent_frame().await.unwrap();
    let after = browser.run("return history.length").await;
    assert_eq!(after.as_u64(), length.as_u64().map(|length| length + 1), "a choice is one step of the history");

    browser.close().await;
    let network = String::from_utf8_lossy(&fs::read(&net_log).unwrap()).into_owned();
    assert!(network.contains("/preview?nonce="), "the network log has what the browser did");
    for (place, text) in [("a document or storage", &seen), ("the network", &network)] {
        assert!(!text.contains(TOKEN), "the token is in {place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expiry_and_failures_are_seen_and_healed() {
    let Some(browser) = Browser::open(&[], json!({})).await else { return };
    let instance = instance().await;
    let address = serve(router(app(&instance).session(Duration::from_secs(2))).unwrap()).await;

    browser.page.goto(&format!("http://{address}/")).await.unwrap();
    browser.state("shown").await;
    browser.state("expired").await;
    browser.frame_text("Terms").await;
    picture(&browser, "embed-expired.png").await;
    browser.click("#reconnect").await;
    browser.state("shown").await;
    assert_eq!(instance.requests(Endpoint::of::<op::CreateNonce>()), 2);

    // Printing what has expired reconnects first.
    browser.state("expired").await;
    browser.click("#print").await;
    browser.state("shown").await;
    assert_eq!(instance.requests(Endpoint::of::<op::CreateNonce>()), 3);

    instance.set_faults([FaultRule::new(Fault::Status(500)).on(Endpoint::of::<op::CreateNonce>())]);
    browser.click("#reload").await;
    browser.state("failed").await;
    let message = browser.run("return document.getElementById('message').textContent").await;
    assert_eq!(message, json!("The report server is not available. Try again in a moment."));
    picture(&browser, "embed-failed.png").await;
    instance.set_faults([]);
    browser.click("#again").await;
    browser.state("shown").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_of_the_page_stops_what_is_not_its_own() {
    let Some(browser) = Browser::open(&[], json!({})).await else { return };
    let instance = instance().await;
    let address = serve(router(app(&instance)).unwrap()).await;
    browser.page.goto(&format!("http://{address}/")).await.unwrap();
    browser.state("shown").await;

    let stopped = browser
        .run(
            "return new Promise(done => {
                const stopped = [];
                document.addEventListener('securitypolicyviolation', event => stopped.push(event.effectiveDirective));
                const add = (tag, set) => document.body.append(Object.assign(document.createElement(tag), set));
                add('style', { textContent: 'body { display: none }' });
                add('img', { src: 'https://elsewhere.invalid/' });
                add('iframe', { src: 'data:text/html,x' });
                document.body.setAttribute('style', 'color: red');
                try { document.body.innerHTML = '<b>x</b>' } catch { stopped.push('innerHTML') }
                setTimeout(() => done(stopped.sort()), 300);
            })",
        )
        .await;
    let expected =
        ["frame-src", "img-src", "innerHTML", "require-trusted-types-for", "style-src-attr", "style-src-elem"];
    assert_eq!(stopped, json!(expected));
    assert_eq!(browser.run("return document.querySelectorAll('[style], script:not([src])').length").await, json!(1));
    browser.close().await;
}

/// The content of a file, once the browser has given it its name.
async fn arrived(path: &Path) -> Vec<u8> {
    for _ in 0..200 {
        if let Ok(content) = fs::read(path)
            && !content.is_empty()
        {
            return content;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} did not arrive", path.display());
}
