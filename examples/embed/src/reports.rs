//! What the page asks the server for: the reports, a URL for one view of a report, and a file.

use std::time::Duration;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use cxreports::{
    Error, ErrorClass,
    model::{DocumentFormat, Report},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::app::App;

/// How long a user waits for an export.
const EXPORT_TIME: Duration = Duration::from_secs(120);

/// The parameters of every report. What decides how much a user may see is set here, since a browser can send anything.
#[derive(Serialize)]
struct Params {
    customer: &'static str,
}

/// The customer of the user who has signed in.
const PARAMS: Params = Params { customer: "Contoso Ltd" };

#[derive(Serialize)]
pub(crate) struct Listed {
    id: String,
    name: String,
    kind: String,
}

impl From<Report> for Listed {
    fn from(report: Report) -> Self {
        Self { id: report.id.to_string(), name: report.name, kind: report.report_type_name.unwrap_or_default() }
    }
}

pub(crate) async fn list(State(app): State<App>) -> Result<Json<Vec<Listed>>, Failed> {
    let reports = app.cx.reports().await?;
    Ok(Json(reports.into_iter().map(Listed::from).collect()))
}

#[derive(Serialize)]
pub(crate) struct View {
    url: String,
    /// Where the message `print` is addressed.
    origin: String,
    /// Seconds until the session of the frame is taken to have expired.
    session: f64,
}

/// A URL for one view. Whether this user may see the report has to be decided here, before the nonce is made: whoever has the URL
/// sees the report.
pub(crate) async fn view(State(app): State<App>, Path(report): Path<String>) -> Result<Json<View>, Failed> {
    let url = app.cx.report(report).preview().params(&PARAMS).hide_print_button().url().await?;
    let origin = Url::parse(url.expose()).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    Ok(Json(View { url: url.expose().to_owned(), origin, session: app.session.as_secs_f64() }))
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    Pdf,
    Xlsx,
}

/// A file, passed on as it arrives from the instance.
pub(crate) async fn export(
    State(app): State<App>,
    Path((report, format)): Path<(String, Format)>,
) -> Result<Response, Failed> {
    let format = match format {
        Format::Pdf => DocumentFormat::Pdf,
        Format::Xlsx => DocumentFormat::Xlsx,
    };
    let export = app.cx.report(report).export().format(format).params(&PARAMS).start().await?;
    let file = export.wait().within(EXPORT_TIME).await?.download().await?;
    let disposition = format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(file.name(), NON_ALPHANUMERIC));
    let media_type = file.content_type().unwrap_or("application/octet-stream").to_owned();
    let mut response =
        Response::builder().header(header::CONTENT_TYPE, media_type).header(header::CONTENT_DISPOSITION, disposition);
    if let Some(size) = file.size() {
        response = response.header(header::CONTENT_LENGTH, size);
    }
    Ok(response.body(Body::from_stream(file.into_stream())).map_err(|_| StatusCode::BAD_GATEWAY).into_response())
}

/// A failure: the details are for the log of the server, and the user gets a sentence that helps.
pub(crate) struct Failed(Error);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        tracing::warn!(error = %self.0, class = ?self.0.class(), "the instance did not give what the page asked for");
        let not_found = matches!(self.0, Error::InvalidIdOrCode(_)) || self.0.status() == Some(StatusCode::NOT_FOUND);
        let (status, text) = match self.0.class() {
            _ if not_found => (StatusCode::NOT_FOUND, "This report does not exist any more."),
            ErrorClass::TimedOut => {
                (StatusCode::GATEWAY_TIMEOUT, "The report takes longer than usual. Try again later.")
            }
            _ => (StatusCode::BAD_GATEWAY, "The report server is not available. Try again in a moment."),
        };
        (status, text).into_response()
    }
}
