use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{answer::Problem, state::Shared};

/// Lets a request through when it carries the instance's token.
pub(crate) async fn require_token(State(instance): State<Shared>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    if token == Some(instance.settings.token.as_str()) {
        return next.run(request).await;
    }
    let challenge = match token {
        Some(_) => "Bearer error=\"invalid_token\"",
        None => "Bearer",
    };
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "A Personal Access Token is needed.");
    ([(header::WWW_AUTHENTICATE, challenge)], problem).into_response()
}
