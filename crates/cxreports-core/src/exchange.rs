//! What is known of one request and its response beyond the outcome of the call.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::message::printable;

/// One request and its response, as far as they may be shown: sizes, status and request ids, no payload and no credentials.
///
/// The client creates it, and the pin's transport fills it in while the operation is sent, so that what is known remains known
/// when the request times out or is dropped.
#[derive(Debug, Default)]
pub struct Exchange {
    trace_parent: Option<HeaderValue>,
    facts: Mutex<Facts>,
}

#[derive(Debug, Default)]
struct Facts {
    request_bytes: Option<u64>,
    status: Option<StatusCode>,
    response_bytes: Option<u64>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
}

impl Exchange {
    /// An exchange whose request carries a `traceparent` header, if there is one (W3C Trace Context, 3.2).
    #[must_use]
    pub fn new(trace_parent: Option<HeaderValue>) -> Self {
        Self { trace_parent, ..Self::default() }
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The `traceparent` header that the request carries.
    #[must_use]
    pub fn trace_parent(&self) -> Option<&HeaderValue> {
        self.trace_parent.as_ref()
    }

    /// Size of the request's body in bytes, once it is known.
    #[must_use]
    pub fn request_bytes(&self) -> Option<u64> {
        self.facts().request_bytes
    }

    /// Status of the response, once it has begun.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.facts().status
    }

    /// Size of the response's body in bytes: as announced, or as read.
    #[must_use]
    pub fn response_bytes(&self) -> Option<u64> {
        self.facts().response_bytes
    }

    /// The server's id of the request, from the headers of the response.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        self.facts().request_id.clone()
    }

    /// How long the server asks to wait before the next request of the kind (RFC 9110, 10.2.3).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.facts().retry_after
    }

    /// Records the size of the request's body, if it is known.
    pub fn sent(&self, bytes: Option<u64>) {
        self.facts().request_bytes = bytes;
    }

    /// Records the beginning of the response; of several, the last one counts.
    pub fn received(&self, status: StatusCode, headers: &HeaderMap) {
        let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let mut facts = self.facts();
        (facts.status, facts.response_bytes, facts.request_id) = (Some(status), announced, request_id(headers));
        facts.retry_after = retry_after(headers);
    }

    /// Records the size of a body that was read to its end.
    pub fn read(&self, bytes: u64) {
        self.facts().response_bytes = Some(bytes);
    }
}

/// The server's id of a request in the headers of its response, under the names that ASP.NET applications and proxies use.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    static NAMES: [HeaderName; 4] = [
        HeaderName::from_static("x-request-id"),
        HeaderName::from_static("request-id"),
        HeaderName::from_static("x-correlation-id"),
        HeaderName::from_static("traceresponse"),
    ];
    // Responses have few headers: one pass over them costs less than four look-ups.
    let known = headers.iter().filter_map(|(name, id)| Some((NAMES.iter().position(|known| known == name)?, id)));
    let (_, id) = known.min_by_key(|(place, _)| *place)?;
    Some(printable(&String::from_utf8_lossy(id.as_bytes()))).filter(|id| !id.is_empty())
}

/// The time that a server asks to wait.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    seconds_or_date(headers.get(header::RETRY_AFTER)?.to_str().ok()?, Utc::now())
}

/// In seconds or up to a date (RFC 9110, 10.2.3).
fn seconds_or_date(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    let until = || Some((DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now).to_std().unwrap_or_default());
    text.parse().ok().map(Duration::from_secs).or_else(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_ask_to_wait_in_seconds_or_up_to_a_date() {
        let now = "2026-03-04T13:00:00Z".parse().unwrap();
        let table = [
            ("7", Some(7)),
            (" 7 ", Some(7)),
            ("Wed, 04 Mar 2026 13:01:30 GMT", Some(90)),
            ("Wed, 04 Mar 2026 12:00:00 GMT", Some(0)),
            ("soon", None),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("99999999999999999999999", None),
        ];
        for (text, seconds) in table {
            assert_eq!(seconds_or_date(text, now), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
