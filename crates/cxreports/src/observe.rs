//! A hook that sees each request and its response, for metrics and tests.

use std::time::Duration;

use cxreports_core::CallError;
use http::StatusCode;

/// Sees each request and its response, for metrics, logs and tests: see [`ClientBuilder::observe`](crate::ClientBuilder::observe).
///
/// A request that is retried is seen once for each attempt. Each `on_request` is followed by one `on_response`, also when the request
/// fails, times out or is dropped. The methods are called between the steps of the request and must not block. No event has
/// a token, a nonce, a query, a body or a header of the request in it.
///
/// ```
/// # use cxreports_sim::{Edition, Instance};
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
/// # let url = instance.url();
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
/// use cxreports::{Client, Observer, ResponseEvent};
///
/// #[derive(Default)]
/// struct Metrics { requests: AtomicU64, errors: AtomicU64 }
///
/// impl Observer for Metrics {
///     fn on_response(&self, event: &ResponseEvent<'_>) {
///         self.requests.fetch_add(1, Ordering::Relaxed);
///         self.errors.fetch_add(u64::from(event.error_type().is_some()), Ordering::Relaxed);
///         println!("{} {:?} {:?}", event.request.operation, event.status, event.duration);
///     }
/// }
///
/// let metrics = Arc::new(Metrics::default());
/// let cx = Client::builder(&url).token("t").workspace("finance").observe(Arc::clone(&metrics)).build()?;
/// cx.themes().await?;
/// assert_eq!(metrics.requests.load(Ordering::Relaxed), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
pub trait Observer: Send + Sync {
    /// Called before a request is sent.
    fn on_request(&self, event: &RequestEvent<'_>) {
        let _ = event;
    }

    /// Called when a JSON response has been read, the response of a file has begun, or there is no response.
    fn on_response(&self, event: &ResponseEvent<'_>) {
        let _ = event;
    }

    /// Returns the `traceparent` of the request that is about to be sent, to continue a trace of the caller's on the server (W3C Trace
    /// Context, 3.2). Defaults to `None`: the client makes an id of its own.
    fn trace_parent(&self) -> Option<String> {
        None
    }
}

impl<T: Observer + ?Sized> Observer for std::sync::Arc<T> {
    fn on_request(&self, event: &RequestEvent<'_>) {
        (**self).on_request(event);
    }

    fn on_response(&self, event: &ResponseEvent<'_>) {
        (**self).on_response(event);
    }

    fn trace_parent(&self) -> Option<String> {
        (**self).trace_parent()
    }
}

/// A request that is about to be sent.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct RequestEvent<'a> {
    /// The operation, for example `list_reports`; `swagger` or `probe` for requests that look at an instance.
    pub operation: &'static str,
    /// The HTTP method.
    pub method: &'a str,
    /// The path template of the operation, for example `/api/v1/ws/{workspaceId}/themes`.
    pub template: &'a str,
    /// The workspace, if the request is about one.
    pub workspace: Option<&'a str>,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The `traceparent` that is sent, unless that is switched off. ASP.NET logs the id of the trace in it.
    pub trace_parent: Option<&'a str>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ResponseEvent<'a> {
    /// The request.
    pub request: RequestEvent<'a>,
    /// Status of the response, if there was one.
    pub status: Option<StatusCode>,
    /// Why the call failed, if it did.
    pub error: Option<&'a CallError>,
    /// Whether the request was dropped before there was an outcome.
    pub is_cancelled: bool,
    /// Time since the request was begun.
    pub duration: Duration,
    /// Size of the request's body in bytes; `None` if there was none, or its size was not known.
    pub request_bytes: Option<u64>,
    /// Size of the response's body in bytes; of a file as it was announced.
    pub response_bytes: Option<u64>,
    /// The server's id of the request, from the headers of the response.
    pub request_id: Option<&'a str>,
}

impl ResponseEvent<'_> {
    /// Returns a short name of the failure, if the call failed: see [`CallError::error_type`]. A request that was dropped is
    /// `cancelled`.
    #[must_use]
    pub fn error_type(&self) -> Option<std::borrow::Cow<'static, str>> {
        match self.error {
            Some(error) => Some(error.error_type()),
            None => self.is_cancelled.then_some("cancelled".into()),
        }
    }
}
