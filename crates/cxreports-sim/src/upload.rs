//! Temporary data ("Temporary Data" of the API documentation).

use std::time::SystemTime;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use crate::{
    answer::{self, Problem},
    read,
    state::{DATA_LIFETIME, Shared, TemporaryData},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Upload {
    content: Option<Box<RawValue>>,
    expiry_date: Option<DateTime<Utc>>,
}

pub(crate) async fn create(
    State(instance): State<Shared>,
    Path(workspace): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    read::find(&instance, &workspace)?;
    let bad = |detail: String| Problem::new(StatusCode::BAD_REQUEST, detail);
    let upload: Upload =
        serde_json::from_slice(&body).map_err(|error| bad(format!("The body is not valid: {error}.")))?;
    let content = upload.content.ok_or_else(|| bad("The content field is required.".to_owned()))?;
    let expires = upload.expiry_date.map_or_else(|| SystemTime::now() + DATA_LIFETIME, SystemTime::from);
    let mut changing = instance.changing();
    let id = changing.next_id();
    changing.data.insert(id, TemporaryData { content, expires });
    Ok(answer::json(&json!({ "tempDataId": id, "expiryDate": DateTime::<Utc>::from(expires) })))
}
