//! Headless Chromium, for the tests that look at the page as a user does.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use axum::Router;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Says that a test cannot run; under `NO_SKIPS` that is a failure.
pub(crate) fn skipped(why: &str) {
    println!("SKIPPED: {why}");
    assert!(std::env::var_os("NO_SKIPS").is_none(), "NO_SKIPS is set, and this test was skipped: {why}");
}

/// A process that ends with the test.
pub(crate) struct Process(Child);

impl Process {
    /// Starts a program, if it is installed.
    pub(crate) fn start(command: &mut Command, package: &str) -> Option<Self> {
        match command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(child) => Some(Self(child)),
            Err(error) => {
                skipped(&format!("{}: {error}; install {package}", command.get_program().display()));
                None
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Serves routes on a port of this machine.
pub(crate) async fn serve(routes: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    address
}

/// A chromedriver with one browser, which has a profile of its own.
pub(crate) struct Browser {
    pub(crate) page: Client,
    driver: Process,
    profile: TempDir,
}

impl Browser {
    /// Opens a browser, if there is one on this machine.
    pub(crate) async fn open(more: &[String], preferences: Value) -> Option<Self> {
        let port = free_port();
        let driver =
            Process::start(Command::new("chromedriver").arg(format!("--port={port}")), "chromium and chromium-driver")?;
        let profile = tempfile::tempdir().unwrap();
        let mut arguments = [
            "--headless",
            // Containers run as root, and have a small /dev/shm.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1200,800",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        arguments.extend_from_slice(more);
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments, "prefs": preferences },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("an object") };
        for _ in 0..100 {
            let builder = ClientBuilder::rustls().unwrap().capabilities(capabilities.clone()).clone();
            if let Ok(page) = builder.connect(&format!("http://127.0.0.1:{port}")).await {
                return Some(Self { page, driver, profile });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("chromedriver does not answer");
    }

    pub(crate) async fn close(self) {
        self.page.close().await.unwrap();
        drop((self.driver, self.profile));
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.page.enter_parent_frame().await.unwrap();
        self.page.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    pub(crate) async fn run(&self, script: &str) -> Value {
        self.page.execute(script, vec![]).await.unwrap()
    }

    /// Waits until the page around the frame is in a state.
    pub(crate) async fn state(&self, state: &str) {
        let mut found = Value::Null;
        for _ in 0..400 {
            self.page.enter_parent_frame().await.unwrap();
            found = self.run("return document.body.dataset.state ?? null").await;
            if found == state {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the page is {found}, and not {state}");
    }

    /// The text of the frame, once it has the part that is waited for. The frame stays entered.
    pub(crate) async fn frame_text(&self, part: &str) -> String {
        let mut text = String::new();
        for _ in 0..400 {
            self.page.enter_parent_frame().await.unwrap();
            if let Ok(frame) = self.page.find(Locator::Css("iframe")).await
                && frame.enter_frame().await.is_ok()
                && let Ok(body) = self.page.find(Locator::Css("body")).await
            {
                text = body.text().await.unwrap_or_default();
            }
            if text.contains(part) {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the frame has no {part:?}: {text}");
    }

    /// Waits until the frame shows nothing of the report: how an instance writes a refusal differs between releases.
    pub(crate) async fn frame_is_refused(&self, part: &str) {
        let mut refused = 0;
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.page.enter_parent_frame().await.unwrap();
            let script = "return document.querySelector('iframe') !== null";
            assert_eq!(self.run(script).await, json!(true), "the page has a frame");
            let shown = match self.page.find(Locator::Css("iframe")).await.unwrap().enter_frame().await {
                Ok(()) => self.page.source().await.unwrap_or_default().contains(part),
                Err(_) => false,
            };
            refused = if shown { 0 } else { refused + 1 };
            if refused == 5 {
                return;
            }
        }
        panic!("the frame still has {part:?}");
    }

    /// Loads the address of the frame again, as a report does that opens its next page.
    pub(crate) async fn load_frame_again(&self) {
        self.page.enter_parent_frame().await.unwrap();
        self.run("const frame = document.querySelector('iframe'); frame.src = frame.src;").await;
    }
}

/// Keeps a picture for people.
#[allow(clippy::disallowed_methods, reason = "a picture for people")]
pub(crate) async fn picture(browser: &Browser, name: &str) {
    browser.page.enter_parent_frame().await.unwrap();
    let png = browser.page.screenshot().await.unwrap();
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), png).unwrap();
}
