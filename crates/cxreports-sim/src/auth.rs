use axum::{
    http::{HeaderMap, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};

use crate::{Endpoint, answer::Problem, state::Shared};

/// What an instance answers to a request without a valid token; releases differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Login {
    /// 401.
    #[default]
    Status,
    /// 200, and the login page.
    Page,
    /// A redirect to the login page.
    Redirect,
}

/// How a request was let in.
pub(crate) enum Entry {
    Token,
    /// By a nonce, which is still to be spent.
    Nonce(String),
}

/// Lets a request in when it carries the instance's token or a nonce, or gives what is answered instead.
pub(crate) fn admit(
    instance: &Shared,
    endpoint: Endpoint,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<Entry, Box<Response>> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    if token == Some(instance.settings.token.as_str()) {
        return Ok(Entry::Token);
    }
    if let Some(nonce) = by_nonce(instance, endpoint, uri) {
        return Ok(Entry::Nonce(nonce));
    }
    Err(Box::new(match instance.settings.login {
        Login::Status => {
            let challenge = if token.is_some() { "Bearer error=\"invalid_token\"" } else { "Bearer" };
            let problem = Problem::new(StatusCode::UNAUTHORIZED, "A Personal Access Token is needed.");
            ([(header::WWW_AUTHENTICATE, challenge)], problem).into_response()
        }
        Login::Page => page().into_response(),
        Login::Redirect => {
            let location = format!("{}/login?returnUrl=%2F", instance.settings.base_path);
            (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
        }
    }))
}

/// The name of the parameter that carries a nonce.
pub(crate) const NONCE: &str = "nonce";

/// A nonce is taken for a document, too: the vendor's clients hand out such URLs.
fn by_nonce(instance: &Shared, endpoint: Endpoint, uri: &Uri) -> Option<String> {
    let query = uri.query().filter(|_| endpoint == Endpoint::ExportByQuery)?;
    let nonce = query.split('&').find_map(|pair| pair.strip_prefix("nonce="))?;
    instance.changing().nonces.contains(nonce).then(|| nonce.to_owned())
}

pub(crate) fn page() -> Html<&'static str> {
    Html(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"UTF-8\"><title>Log in</title></head>\n<body>\
         <form method=\"post\"><input name=\"user\"><input name=\"password\" type=\"password\"><button>Log in</button>\
         </form></body></html>\n",
    )
}
