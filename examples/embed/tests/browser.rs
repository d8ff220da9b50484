//! The page in a real browser.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use cxreports::Client;
use cxreports_sim::{Edition, Endpoint, Instance, op};
use embed::{App, router};
use fantoccini::{ClientBuilder, Locator};
use serde_json::{Value, json};

const TOKEN: &str = "planted-token-9c31";

/// A chromedriver that ends with the test.
struct Driver(Child);

impl Driver {
    fn start(port: u16) -> Option<Self> {
        let mut command = Command::new("chromedriver");
        let child = command.arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        match child {
            Ok(child) => Some(Self(child)),
            Err(error) => {
                println!("SKIPPED: no chromedriver ({error}); install chromium and chromium-driver");
                assert!(std::env::var_os("NO_SKIPS").is_none(), "NO_SKIPS asks for this test");
                None
            }
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn connect(port: u16, net_log: &Path) -> fantoccini::Client {
    let arguments = json!([
        "--headless=new",
        // Containers run as root, and have a small /dev/shm.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--window-size=1100,900",
        format!("--log-net-log={}", net_log.display()),
        "--net-log-capture-mode=Everything",
    ]);
    let capabilities = json!({ "goog:chromeOptions": { "args": arguments } });
    let Value::Object(capabilities) = capabilities else { unreachable!("an object") };
    let url = format!("http://127.0.0.1:{port}");
    for _ in 0..100 {
        if let Ok(client) = ClientBuilder::rustls().unwrap().capabilities(capabilities.clone()).connect(&url).await {
            return client;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("chromedriver does not answer");
}

/// The text of the frame, once it has the part that is waited for.
async fn frame_text(browser: &fantoccini::Client, part: &str) -> String {
    let mut text = String::new();
    for _ in 0..400 {
        browser.enter_parent_frame().await.unwrap();
        let frame = browser.find(Locator::Css("iframe")).await.unwrap();
        frame.enter_frame().await.unwrap();
        if let Ok(body) = browser.find(Locator::Css("body")).await {
            text = body.text().await.unwrap_or_default();
        }
        if text.contains(part) {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the frame has no {part:?}: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_is_seen_once_for_each_nonce_and_the_token_never() {
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port = free();
    let Some(driver) = Driver::start(port) else { return };
    let instance = Instance::builder(Edition::V2026_5).token(TOKEN).start().await.unwrap();
    let cx = Client::builder(&instance.url()).token(TOKEN).workspace("finance").build().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = format!("http://{}/", listener.local_addr().unwrap());
    let pages = router(App { cx, report: "invoice".to_owned() });
    tokio::spawn(async move { axum::serve(listener, pages).await.unwrap() });

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let net_log = folder.join("net-log.json");
    let browser = connect(port, &net_log).await;
    browser.goto(&app).await.unwrap();
    let text = frame_text(&browser, "Terms").await;
    assert!(text.starts_with("Invoice"), "{text}");
    let mut seen = browser.source().await.unwrap();
    let cookies = browser.get_all_cookies().await.unwrap();
    let session = cookies.iter().find(|cookie| cookie.name() == "CxReports.Session");
    assert_eq!(
        session.and_then(|cookie| cookie.http_only()),
        Some(true),
        "the nonce has become a session: {cookies:?}"
    );
    assert_eq!(instance.requests(Endpoint::of::<op::CreateNonce>()), 1);
    browser.enter_parent_frame().await.unwrap();
    seen += &browser.source().await.unwrap();
    let screenshot = |name: &str| folder.join(name);
    save(&screenshot("embed-shown.png"), &browser.screenshot().await.unwrap());

    // The session is gone: the same URL opens nothing, and says so.
    browser.delete_all_cookies().await.unwrap();
    let again = "const frame = document.querySelector('iframe'); frame.src = frame.src;";
    browser.execute(again, vec![]).await.unwrap();
    seen += &frame_text(&browser, "nonce has been used").await;
    browser.enter_parent_frame().await.unwrap();
    save(&screenshot("embed-used.png"), &browser.screenshot().await.unwrap());

    // A new view heals it.
    browser.find(Locator::Css("#refresh")).await.unwrap().click().await.unwrap();
    frame_text(&browser, "Terms").await;
    assert_eq!(instance.requests(Endpoint::of::<op::CreateNonce>()), 2);
    let storage = "return JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])";
    seen += &browser.execute(storage, vec![]).await.unwrap().to_string();

    // The page's own print button reaches the frame, which prints.
    browser.execute("window.print = () => { window.printed = true }", vec![]).await.unwrap();
    browser.enter_parent_frame().await.unwrap();
    seen += &browser.execute(storage, vec![]).await.unwrap().to_string();
    browser.find(Locator::Css("#print")).await.unwrap().click().await.unwrap();
    frame_text(&browser, "Invoice").await;
    let printed = "return new Promise(done => setTimeout(() => done(window.printed === true), 200))";
    assert_eq!(browser.execute(printed, vec![]).await.unwrap(), json!(true));

    browser.close().await.unwrap();
    drop(driver);
    let network = String::from_utf8_lossy(&fs::read(&net_log).unwrap()).into_owned();
    assert!(network.contains("/preview?nonce="), "the network log has what the browser did");
    for (place, text) in [("a document or storage", &seen), ("the network", &network)] {
        assert!(!text.contains(TOKEN), "the token is in {place}");
    }
}

#[allow(clippy::disallowed_methods, reason = "a picture for people")]
fn save(path: &Path, png: &[u8]) {
    fs::write(path, png).unwrap();
}
