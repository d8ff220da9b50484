//! What spans tell of each request. It is alone in its file: `tracing` caches per process what is listened to.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use cxreports::{Client, RetryPolicy};
use cxreports_sim::{Edition, Fault, FaultRule, Instance};

const TOKEN: &str = "a-planted-token";

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

#[tokio::test]
async fn spans_have_the_names_of_opentelemetry() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG).with_ansi(false);
    let _guard = tracing::subscriber::set_default(subscriber.with_writer(move || writer.clone()).finish());
    let instance = Instance::builder(Edition::V2026_5).token(TOKEN).start().await.unwrap();
    let retries = RetryPolicy { first: Duration::from_millis(1), ..RetryPolicy::default() };
    let cx = Client::builder(&instance.url()).token(TOKEN).workspace("finance").retries(retries).build().unwrap();
    instance.set_faults([FaultRule::new(Fault::Status(503)).times(1)]);
    cx.themes().await.unwrap();
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    let of = |word: &str| logged.lines().rfind(|line| line.ends_with(word)).unwrap_or_else(|| panic!("{logged}"));
    let port = instance.url().rsplit(':').next().unwrap().to_owned();
    let port = format!("server.port={port}");
    let common = [
        "otel.kind=\"client\"",
        "otel.name=GET /api/v1/ws/{workspaceId}/themes",
        "http.request.method=\"GET\"",
        "url.template=\"/api/v1/ws/{workspaceId}/themes\"",
        "server.address=\"127.0.0.1\"",
        port.as_str(),
        "traceparent=\"00-",
        "duration_ms=",
    ];
    let failed = ["http.response.status_code=503", "error.type=\"503\"", "otel.status_code=\"ERROR\""];
    let succeeded = ["http.response.status_code=200", "http.request.resend_count=1", "http.response.body.size="];
    for (line, parts) in [(of("failed"), failed), (of("succeeded"), succeeded)] {
        for part in common.iter().chain(&parts) {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
    assert!(!of("succeeded").contains("error.type"));
    assert!(!of("failed").contains("resend_count"));
}
