//! What a handler gets, and what it gives back.

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderMap, StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    binding::{self, Arguments},
    json::{Token, rewritten},
    negotiation::json_media_type,
    problem::{Errors, Problem},
    response::{Body, Response},
    seed::{Report, Workspace},
    settings::Settings,
    state::State,
};

/// A request that has been bound.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a State,
    pub(crate) headers: &'a HeaderMap,
    /// The values of the route's parameters.
    pub(crate) path: Vec<String>,
    pub(crate) arguments: Arguments,
}

/// A response, and how long it takes.
pub(crate) struct Reply {
    pub(crate) response: Response,
    pub(crate) after: Duration,
}

pub(crate) type Outcome = Result<Reply, Problem>;

impl<'a> Call<'a> {
    pub(crate) fn settings(&self) -> &'a Settings {
        &self.state.settings
    }

    /// How errors of the request are written.
    pub(crate) fn errors(&self) -> Errors<'a> {
        Errors::of(self.state.settings.errors, self.headers)
    }

    /// The workspace that the route names by id or code.
    pub(crate) fn workspace(&self) -> Result<&'a Workspace, Problem> {
        let given = self.segment(0);
        let mut all = self.settings().seed.workspaces.iter();
        all.find(|workspace| is_named(workspace.id, Some(&workspace.code), given))
            .ok_or_else(|| Problem::not_found("There is no such workspace."))
    }

    /// The report that the route names by id, or the default report of the type with that code.
    pub(crate) fn report(&self, workspace: &'a Workspace) -> Result<&'a Report, Problem> {
        let given = self.segment(1);
        let mut types = workspace.report_types.iter();
        let by_type = types.find(|kind| kind.code.eq_ignore_ascii_case(given)).and_then(|kind| kind.default_report_id);
        let mut all = workspace.reports.iter();
        all.find(|report| report.id.to_string() == given || Some(report.id) == by_type)
            .ok_or_else(|| Problem::not_found("There is no such report."))
    }

    /// A value of the route, by its place.
    pub(crate) fn segment(&self, place: usize) -> &str {
        self.path.get(place).map_or("", String::as_str)
    }

    /// An id in the route, by its place.
    pub(crate) fn id(&self, place: usize) -> i32 {
        // The route matches integers only.
        binding::route_integer(self.segment(place)).unwrap_or_default()
    }

    /// A value of an enumeration, as this instance writes it.
    pub(crate) fn enumeration(&self, name: &str, number: usize) -> Value {
        if self.settings().numeric_enums { json!(number) } else { json!(name) }
    }

    /// A response in JSON.
    pub(crate) fn json<T: Serialize>(&self, value: &T) -> Reply {
        let settings = self.settings();
        let mut bytes = serde_json::to_vec(value).expect("responses are plain data");
        if settings.pascal_members || settings.numbers_as_text {
            bytes = spelled(settings, &String::from_utf8_lossy(&bytes)).into_bytes();
        }
        Reply::from(Body::chunked(bytes)).with(header::CONTENT_TYPE, json_media_type(self.headers))
    }
}

/// Whether text names something by its id, or by its code without regard to case.
pub(crate) fn is_named(id: i32, code: Option<&str>, text: &str) -> bool {
    code.is_some_and(|code| code.eq_ignore_ascii_case(text)) || id.to_string() == text
}

/// JSON as a server with other options of its serialiser writes it; the JSON is written without spaces.
fn spelled(settings: &Settings, json: &str) -> String {
    rewritten(json, |token| match token {
        Token::Name(name) if settings.pascal_members && name.is_char_boundary(2) => {
            let (first, rest) = name.split_at(2);
            format!("{}{rest}", first.to_ascii_uppercase()).into()
        }
        Token::Plain(number) if settings.numbers_as_text && number.ends_with(|c: char| c.is_ascii_digit()) => {
            format!("\"{number}\"").into()
        }
        token => token.text().into(),
    })
}

impl From<Body> for Reply {
    fn from(body: Body) -> Self {
        Self { response: Response::new(body), after: Duration::ZERO }
    }
}

impl Reply {
    /// A page.
    pub(crate) fn html(page: impl Into<Bytes>) -> Self {
        Self::from(Body::sized(page)).with(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))
    }

    pub(crate) fn problem(problem: &Problem, errors: Errors<'_>) -> Self {
        Self { response: problem.response(errors), after: Duration::ZERO }
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.response.headers_mut().insert(name, value);
        self
    }

    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        *self.response.status_mut() = status;
        self
    }
}
