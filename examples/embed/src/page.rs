//! The page, its files and the headers that protect it.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{Html, IntoResponse},
};
use url::{ParseError, Url};

pub(crate) async fn html() -> Html<&'static str> {
    Html(include_str!("page/index.html"))
}

pub(crate) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("page/app.css"))
}

pub(crate) async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("page/app.js"))
}

/// The headers of every response. Scripts and styles come from files of this application only, so the policy needs neither
/// `unsafe-inline` nor a nonce; frames come from the instance only.
pub(crate) fn security_headers(instance: &str) -> Result<Vec<(Option<HeaderName>, HeaderValue)>, ParseError> {
    let instance = Url::parse(instance)?.origin().ascii_serialization();
    let policy = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        &format!("frame-src {instance}"),
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ]
    .join("; ");
    let policy = HeaderValue::try_from(policy).map_err(|_| ParseError::InvalidDomainCharacter)?;
    let fixed = [
        // A response with a nonce must not be shown a second time, and lists of reports are private.
        (header::CACHE_CONTROL, "no-store"),
        // The instance learns the origin of the page, and nothing of its address.
        (header::REFERRER_POLICY, "strict-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
    ];
    let fixed = fixed.map(|(name, value)| (Some(name), HeaderValue::from_static(value)));
    Ok([(Some(header::CONTENT_SECURITY_POLICY), policy)].into_iter().chain(fixed).collect())
}
