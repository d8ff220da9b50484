//! What is said of a request that got no response.

use std::error::Error;

use cxreports_core::CallError;
use thiserror::Error;

/// Nothing of reqwest's TLS is in the program.
#[derive(Debug, Error)]
#[error(
    "this program is built without TLS, which https needs: enable the feature `rustls` of `cxreports`, or a TLS feature of `reqwest`"
)]
struct NoTls;

/// The error of a request that got no response. It names no URL, since queries carry data.
#[must_use]
pub fn connection_error(operation: &'static str, error: reqwest::Error) -> CallError {
    let is_https = error.url().is_some_and(|url| url.scheme() == "https");
    let maybe_sent = !(error.is_connect() || error.is_builder());
    let source: Box<dyn Error + Send + Sync> = match is_https && is_for_http_alone(&error) {
        true => Box::new(NoTls),
        false => Box::new(error.without_url()),
    };
    CallError::Connection { operation, maybe_sent, source }
}

/// Whether what connects refused the URL, as hyper-util's connector does, of which no type is public.
fn is_for_http_alone(error: &reqwest::Error) -> bool {
    error.is_connect()
        && std::iter::successors(error.source(), |error| (*error).source())
            .any(|error| error.to_string().contains("scheme is not http"))
}
