//! Who is let in: by token, by nonce, by session.

use http::{
    HeaderMap, StatusCode,
    header::{self, HeaderValue},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use cxreports_core::op;

use crate::{
    call::Reply,
    endpoint::Endpoint,
    response::{Body, Response},
    settings::{Login, SessionCookie, Settings},
    state::{State, secret},
    wire::Head,
};

const COOKIE: &str = "CxReports.Session";

/// The name of the parameter that carries a nonce.
pub(crate) const NONCE: &str = "nonce";

/// How a request was let in.
pub(crate) enum Entry {
    /// By a token or a session.
    Known,
    /// By a nonce, which is still to be spent.
    Nonce(String),
}

/// Lets a request in, or gives the response to one that is not.
pub(crate) fn admit(state: &State, endpoint: Endpoint, head: &Head) -> Result<Entry, Box<Response>> {
    // What a frame requests is for browsers: it takes nonces and cookies. The vendor's clients hand out such URLs of documents,
    // too, which also take tokens.
    let is_preview = endpoint == Endpoint::PREVIEW;
    let is_for_frames = is_preview || endpoint == Endpoint::of::<op::ExportReportByQuery>();
    let token = token(&head.headers);
    let has_token = !is_preview && token == Some(state.settings.token.as_str());
    if has_token || (is_for_frames && has_session(state, &head.headers)) {
        return Ok(Entry::Known);
    }
    if is_for_frames && let Some(nonce) = nonce(state, &head.query) {
        return Ok(Entry::Nonce(nonce));
    }
    Err(Box::new(if is_preview { unauthorized(None) } else { refuse(&state.settings, token.is_some(), &head.target) }))
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    // .NET joins several values with commas, which no token has.
    let token = if values.next().is_none() { token.trim() } else { "" };
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// A nonce in the query that can still be spent.
fn nonce(state: &State, query: &str) -> Option<String> {
    let mut query = form_urlencoded::parse(query.as_bytes());
    let (_, nonce) = query.find(|(name, _)| name.eq_ignore_ascii_case(NONCE))?;
    let nonce = nonce.into_owned();
    state.changing().nonces.get(state.clock.now(), &nonce)?;
    Some(nonce)
}

/// The response to a request without a valid token.
fn refuse(settings: &Settings, has_token: bool, target: &str) -> Response {
    match settings.login {
        Login::Status => unauthorized(Some(if has_token { "Bearer error=\"invalid_token\"" } else { "Bearer" })),
        Login::Page => Reply::html(PAGE).response,
        Login::Redirect => {
            let back = utf8_percent_encode(target, NON_ALPHANUMERIC);
            let location = format!("{}/login?ReturnUrl={back}", settings.base_path);
            let location = HeaderValue::from_str(&location).expect("an encoded URL");
            Reply::from(Body::empty()).status(StatusCode::FOUND).with(header::LOCATION, location).response
        }
    }
}

/// The response that a missing nonce, or one that is spent, gets; ASP.NET writes no body.
pub(crate) fn unauthorized(challenge: Option<&'static str>) -> Response {
    let reply = Reply::from(Body::empty()).status(StatusCode::UNAUTHORIZED);
    match challenge {
        Some(challenge) => reply.with(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge)).response,
        None => reply.response,
    }
}

/// The login page.
pub(crate) const PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"UTF-8\"><title>Log in</title></head>\n<body>\
     <form method=\"post\"><input name=\"user\"><input name=\"password\" type=\"password\"><button>Log in</button>\
     </form></body></html>\n";

/// Whether a visitor has been here before.
fn has_session(state: &State, headers: &HeaderMap) -> bool {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut own = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    let session = own.find(|(name, _)| *name == COOKIE).map(|(_, session)| session.to_owned());
    session.is_some_and(|session| state.changing().sessions.get(state.clock.now(), &session).is_some())
}

/// Exchanges a nonce for a session, and gives its cookie; `None` when the nonce has been spent meanwhile.
pub(crate) fn begin_session(state: &State, nonce: &str) -> Option<HeaderValue> {
    let session = secret();
    let (secure, same_site, partitioned) = match state.settings.session_cookie {
        SessionCookie::SameSite => ("", "lax", ""),
        SessionCookie::CrossSite => ("; secure", "none", "; Partitioned"),
    };
    let path = &state.settings.base_path;
    let cookie = format!("{COOKIE}={session}; path={path}/{secure}; samesite={same_site}; httponly{partitioned}");
    let (now, expires) = (state.clock.now(), state.clock.after(state.settings.session_lifetime));
    let mut changing = state.changing();
    changing.nonces.take(now, &nonce.to_owned())?;
    changing.sessions.insert(now, session, (), expires, cookie.len());
    Some(HeaderValue::from_str(&cookie).expect("a base path that was checked"))
}
