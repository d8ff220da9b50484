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
use serde_json::{Value, json};

use crate::{
    answer::{self, Problem},
    read,
    state::{Shared, TemporaryData},
};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Upload {
    content: Option<Value>,
    expiry_date: Option<DateTime<Utc>>,
}

pub(crate) async fn create(
    State(instance): State<Shared>,
    Path(workspace): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let workspace = read::find(&instance, &workspace)?;
    let upload: Upload = answer::body(&body)?;
    let content =
        upload.content.ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "The content field is required."))?;
    let lifetime = instance.settings.data_lifetime;
    let expires = upload.expiry_date.map_or_else(|| SystemTime::now() + lifetime, SystemTime::from);
    let mut changing = instance.changing();
    let id = changing.next_id();
    changing.data.insert(id, TemporaryData { workspace: workspace.id, content, expires });
    Ok(answer::json(&json!({ "tempDataId": id, "expiryDate": DateTime::<Utc>::from(expires) })))
}
