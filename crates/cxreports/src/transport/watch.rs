//! What is told of each request: to the observer, and to spans of `tracing`.

use std::sync::Arc;

use bytes::Bytes;
use cxreports_core::{CallError, Exchange};
use http::HeaderValue;
use tokio::time::Instant;
use tracing::{Span, field::Empty};
use url::Url;

use crate::observe::{Observer, RequestEvent, ResponseEvent};

/// The settings of what is told.
#[derive(Clone)]
pub(crate) struct Telemetry {
    pub(crate) observer: Option<Arc<dyn Observer>>,
    /// Whether requests carry `traceparent`.
    pub(crate) trace_ids: bool,
}

impl Telemetry {
    /// The exchange of a new attempt, with its id.
    pub(crate) fn exchange(&self) -> Exchange {
        let given = || HeaderValue::try_from(self.observer.as_ref()?.trace_parent()?).ok();
        Exchange::new(self.trace_ids.then(|| given().unwrap_or_else(new_trace_parent)))
    }
}

/// A trace of its own (W3C Trace Context, 3.2.2), which is not recorded here.
fn new_trace_parent() -> HeaderValue {
    let mut id = *b"00-00000000000000000000000000000000-0000000000000000-00";
    write_hex(&mut id[3..19], fastrand::u64(1..));
    write_hex(&mut id[19..35], fastrand::u64(..));
    write_hex(&mut id[36..52], fastrand::u64(1..));
    // Owned bytes are cloned without another allocation.
    HeaderValue::from_maybe_shared(Bytes::from_owner(id)).expect("hexadecimal digits can be sent")
}

/// Writes a number in hexadecimal; the formatter would take several times as long.
fn write_hex(digits: &mut [u8], number: u64) {
    for (pair, byte) in digits.chunks_exact_mut(2).zip(number.to_be_bytes()) {
        pair.copy_from_slice(&[byte >> 4, byte & 15].map(|digit| digit + if digit < 10 { b'0' } else { b'a' - 10 }));
    }
}

/// An attempt that somebody is told of, from its request to its outcome.
pub(crate) struct Watch<'a> {
    observer: Option<&'a dyn Observer>,
    request: RequestEvent<'a>,
    exchange: &'a Exchange,
    span: Span,
    since: Instant,
    has_ended: bool,
}

impl<'a> Watch<'a> {
    /// Begins to watch a request.
    pub(crate) fn begin(
        telemetry: &'a Telemetry,
        server: &Url,
        exchange: &'a Exchange,
        mut request: RequestEvent<'a>,
    ) -> Self {
        let observer = telemetry.observer.as_deref();
        if let Some(observer) = observer {
            request.trace_parent = trace_parent(exchange);
            observer.on_request(&request);
        }
        let span = span(&request, exchange, server);
        Self { observer, request, exchange, span, since: Instant::now(), has_ended: false }
    }

    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// Tells the outcome.
    pub(crate) fn end(mut self, error: Option<&CallError>) {
        self.tell(error, false);
    }

    fn tell(&mut self, error: Option<&CallError>, is_cancelled: bool) {
        self.has_ended = true;
        if self.observer.is_none() && self.span.is_disabled() {
            return;
        }
        let request_id = self.exchange.request_id();
        let event = ResponseEvent {
            request: self.request,
            status: self.exchange.status(),
            error,
            is_cancelled,
            duration: self.since.elapsed(),
            request_bytes: self.exchange.request_bytes(),
            response_bytes: self.exchange.response_bytes(),
            request_id: request_id.as_deref(),
        };
        if let Some(observer) = self.observer {
            observer.on_response(&event);
        }
        record(&self.span, &event);
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.tell(None, true);
        }
    }
}

fn trace_parent(exchange: &Exchange) -> Option<&str> {
    exchange.trace_parent()?.to_str().ok()
}

/// A span with the names of OpenTelemetry's semantic conventions for HTTP clients; `otel.*` is what `tracing-opentelemetry` reads.
fn span(request: &RequestEvent<'_>, exchange: &Exchange, server: &Url) -> Span {
    tracing::debug_span!(
        "cxreports",
        operation = request.operation,
        workspace = request.workspace,
        attempt = request.attempt,
        otel.kind = "client",
        otel.name = format_args!("{} {}", request.method, request.template),
        otel.status_code = Empty,
        http.request.method = request.method,
        url.template = request.template,
        server.address = server.host_str(),
        server.port = server.port_or_known_default(),
        http.request.resend_count = Some(request.attempt - 1).filter(|resent| *resent > 0),
        http.request.body.size = Empty,
        http.response.status_code = Empty,
        http.response.body.size = Empty,
        error.type = Empty,
        traceparent = trace_parent(exchange),
        request_id = Empty,
        duration_ms = Empty,
    )
}

fn record(span: &Span, event: &ResponseEvent<'_>) {
    if span.is_disabled() {
        return;
    }
    span.record("http.request.body.size", event.request_bytes);
    span.record("http.response.status_code", event.status.map(|status| status.as_u16()));
    span.record("http.response.body.size", event.response_bytes);
    span.record("request_id", event.request_id);
    span.record("duration_ms", u64::try_from(event.duration.as_millis()).unwrap_or(u64::MAX));
    let error = event.error_type();
    if let Some(error) = &error {
        span.record("error.type", &**error);
        span.record("otel.status_code", "ERROR");
    }
    let _entered = span.enter();
    if error.is_some() { tracing::debug!("failed") } else { tracing::debug!("succeeded") }
}
