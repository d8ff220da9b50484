//! The canary: a planted token, a nonce and data are looked for in every Debug, Display, log line, error and ticket.

use std::{
    error::Error as _,
    fmt::{Debug, Write as _},
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use cxreports::{Authorize, Bearer, Client, Error, PollPolicy, RetryPolicy, core::CallError, core::http::HeaderMap};
use cxreports_sim::{Edition, Endpoint, Fault, FaultRule, Instance, Login, op};

const TOKEN: &str = "planted-token-5f0c";
const DATA: &str = "planted-data-77ab";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything that a person may get to see of it.
#[derive(Default)]
struct Shown(String);

impl Shown {
    fn debug(&mut self, value: &dyn Debug) {
        let _ = writeln!(self.0, "{value:?} {value:#?}");
    }

    fn outcome<T: Debug>(&mut self, outcome: Result<T, Error>) {
        match outcome {
            Ok(value) => self.debug(&value),
            Err(error) => {
                let _ = writeln!(self.0, "{error} {error:?}");
                let mut source = error.source();
                while let Some(error) = source {
                    let _ = writeln!(self.0, "{error} {error:?}");
                    source = error.source();
                }
            }
        }
    }
}

#[derive(Debug)]
struct Rotating(Bearer);

impl Authorize for Rotating {
    fn authorize<'a>(&'a self, headers: &'a mut HeaderMap) -> cxreports::core::AuthorizeFuture<'a> {
        self.0.authorize(headers)
    }
}

/// Every call that the client has; gives the nonces that it got.
async fn everything(cx: &Client, shown: &mut Shown) -> Vec<String> {
    let policy = PollPolicy {
        first: Duration::from_millis(1),
        cap: Duration::from_millis(5),
        transient_failures: 1,
        ..PollPolicy::default()
    };
    shown.debug(&cx);
    shown.debug(&cx.workspace(1));
    shown.debug(&cx.instance());
    shown.outcome(cx.workspaces().await);
    shown.outcome(cx.reports().of_type("invoice").await);
    shown.outcome(cx.report(42).pages().await);
    shown.outcome(cx.report_types().await);
    shown.outcome(cx.templates().await);
    shown.outcome(cx.themes().await);
    shown.outcome(cx.jobs().await);
    shown.outcome(cx.instance().check().await);
    shown.debug(&cx.upload(DATA));
    shown.outcome(cx.upload(DATA).send().await);

    let request = || cx.report(42).export().data(DATA).params(&[("secret", DATA)]);
    shown.debug(&request());
    shown.outcome(request().now().await);
    shown.outcome(request().now_by_query().await);
    match request().start().await {
        Ok(export) => {
            shown.debug(&export);
            shown.debug(&serde_json::to_string(&export.ticket()).unwrap());
            shown.debug(&export.clone().wait());
            shown.outcome(export.status().await);
            match export.wait().policy(policy).within(Duration::from_secs(2)).await {
                Ok(ready) => {
                    shown.debug(&ready);
                    shown.outcome(ready.download().await);
                    shown.outcome(ready.bytes().await.map(|_| ()));
                }
                Err(error) => shown.outcome::<()>(Err(error)),
            }
        }
        Err(error) => shown.outcome::<()>(Err(error)),
    }
    match cx.job(7).run().data(DATA).start().await {
        Ok(run) => {
            shown.debug(&run);
            shown.outcome(run.wait().policy(policy).await);
            shown.outcome(run.review_document().await);
            shown.outcome(run.deliver().await);
        }
        Err(error) => shown.outcome::<()>(Err(error)),
    }
    let mut nonces = Vec::new();
    shown.debug(&cx.report(42).preview().data(DATA));
    match cx.report(42).preview().data(DATA).url().await {
        Ok(url) => {
            let exposed = url.expose().split_once("nonce=").unwrap().1;
            nonces.push(exposed.split('&').next().unwrap().to_owned());
            assert!(url.iframe("Invoice").contains(&nonces[0]), "exposed on purpose");
            shown.debug(&url);
            let _ = writeln!(shown.0, "{url}");
        }
        Err(error) => shown.outcome::<()>(Err(error)),
    }
    nonces
}

#[tokio::test]
async fn no_secret_is_in_anything_that_is_shown() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).init();
    let mut shown = Shown::default();
    let mut nonces = Vec::new();
    let instance = Instance::builder(Edition::V2026_5).token(TOKEN).start().await.unwrap();
    let limit = Duration::from_millis(300);
    let builder = || {
        Client::builder(&instance.url())
            .workspace("finance")
            .request_timeout(limit)
            .idle_timeout(limit)
            .retries(RetryPolicy { first: Duration::from_millis(1), retries: 1, ..RetryPolicy::default() })
    };
    shown.debug(&builder().token(TOKEN));
    let client = || builder().token(TOKEN).build().unwrap();
    let rotating = builder().authorize(Rotating(Bearer::new(TOKEN).unwrap())).build().unwrap();
    nonces.extend(everything(&client(), &mut shown).await);
    nonces.extend(everything(&rotating, &mut shown).await);
    for fault in Fault::ALL {
        let fault = match fault {
            // These wait, and are met below, one at a time.
            Fault::Silence | Fault::Stall => continue,
            Fault::TooManyRequests(_) => Fault::TooManyRequests(0),
            fault => fault,
        };
        instance.set_faults([FaultRule::new(fault)]);
        nonces.extend(everything(&client(), &mut shown).await);
    }
    instance.set_faults([FaultRule::new(Fault::Status(503)).on(Endpoint::of::<op::GetExportStatus>())]);
    nonces.extend(everything(&client(), &mut shown).await);
    instance.set_faults([
        FaultRule::new(Fault::Silence).on(Endpoint::of::<op::ListThemes>()),
        FaultRule::new(Fault::Stall).on(Endpoint::of::<op::ExportReport>()),
    ]);
    shown.outcome(client().themes().await);
    shown.outcome(client().report(42).export().now().await.unwrap().bytes().await);
    for login in [Login::Status, Login::Page, Login::Redirect] {
        let other = Instance::builder(Edition::V2026_5).token("another").login(login).start().await.unwrap();
        let stranger = Client::builder(&other.url()).token(TOKEN).workspace("finance").build().unwrap();
        nonces.extend(everything(&stranger, &mut shown).await);
    }
    for bad in ["http://example.com", &format!("https://me:{TOKEN}@example.com"), "no url"] {
        shown.outcome(Client::builder(bad).token(TOKEN).build().map_err(Error::from).map(|_| ()));
    }
    shown.outcome(Bearer::new(&format!("{TOKEN}\n\u{1}")).map_err(CallError::into));

    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    let spans = [
        "operation=\"start_export\" workspace=\"finance\" attempt=1",
        "http.response.status_code=503",
        "error.type=\"503\"",
        "duration_ms=",
    ];
    for part in spans {
        assert!(logged.contains(part), "{part}");
    }
    assert!(shown.0.contains("WaitBroken") && nonces.len() >= 3);
    // What other crates log of a URL is not ours: the data of an export by query is in it.
    let own: String = logged.lines().filter(|line| !line.contains("hyper")).collect();
    for (place, text) in [("what is shown", &shown.0), ("the log", &own)] {
        for secret in nonces.iter().map(String::as_str).chain([TOKEN, DATA]) {
            let found = text.find(secret).map(|at| &text[at.saturating_sub(300)..(at + 60).min(text.len())]);
            assert_eq!(found, None, "a secret is in {place}");
        }
    }
    for secret in nonces.iter().map(String::as_str).chain([TOKEN]) {
        assert!(!logged.contains(secret), "a secret is in a log of another crate");
    }
}
