use chrono::{DateTime, Utc};
use cxreports_core::{IdOrCode, Json, Supports, chrono, model::TemporaryData, op};
use serde::Serialize;

use crate::{Client, Error};

/// Data to be uploaded once and used by several exports or previews ("Temporary Data").
#[derive(Debug)]
#[must_use = "nothing is sent until send()"]
pub struct Upload<P> {
    client: Client<P>,
    workspace: Result<IdOrCode, Error>,
    content: Result<Json, Error>,
    expires: Option<DateTime<Utc>>,
}

impl<P> Upload<P> {
    pub(crate) fn new<T: Serialize + ?Sized>(
        client: Client<P>,
        workspace: Result<IdOrCode, Error>,
        content: &T,
    ) -> Self {
        Self { client, workspace, content: json("data", content), expires: None }
    }

    /// When the server may delete it; its own choice unless told.
    pub fn expires(mut self, at: DateTime<Utc>) -> Self {
        self.expires = Some(at);
        self
    }

    /// Uploads it.
    ///
    /// # Errors
    ///
    /// [`Error::NotJson`] when the data cannot be written as JSON; [`Error::Call`]; [`Error::TimedOut`].
    pub async fn send(self) -> Result<TemporaryData, Error>
    where
        P: Supports<op::CreateTemporaryData>,
    {
        let upload =
            op::CreateTemporaryData { workspace: self.workspace?, content: self.content?, expiry_date: self.expires };
        self.client.call(upload).await
    }
}

/// A value as JSON text; `what` names it in the error.
pub(crate) fn json<T: Serialize + ?Sized>(what: &'static str, value: &T) -> Result<Json, Error> {
    Json::new(value).map_err(|source| Error::NotJson { what, source })
}
