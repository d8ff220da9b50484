//! What a report is given: parameters and data, sent along or uploaded before.

use cxreports_core::{
    CallError, IdOrCode, Json, Supports,
    chrono::{DateTime, Utc},
    model::TemporaryData,
    op,
};
use serde::Serialize;
use url::Url;

use crate::{error::Error, transport::connection::Connection};

/// Data to be uploaded once and used by several exports or previews ("Temporary Data").
#[derive(Debug)]
#[must_use = "nothing is sent until send()"]
pub struct Upload<P> {
    connection: Connection<P>,
    workspace: Result<IdOrCode, Error>,
    content: Result<Json, Error>,
    expires: Option<DateTime<Utc>>,
}

impl<P> Upload<P> {
    pub(crate) fn new<T: Serialize + ?Sized>(
        connection: Connection<P>,
        workspace: Result<IdOrCode, Error>,
        content: &T,
    ) -> Self {
        Self { connection, workspace, content: json("data", content), expires: None }
    }

    /// Sets when the server may delete it. Defaults to the server's own choice.
    pub fn expires(mut self, at: DateTime<Utc>) -> Self {
        self.expires = Some(at);
        self
    }

    /// Uploads it.
    ///
    /// # Errors
    ///
    /// [`Error::NotJson`] when the data cannot be written as JSON; [`Error::Call`].
    pub async fn send(self) -> Result<TemporaryData, Error>
    where
        P: Supports<op::CreateTemporaryData>,
    {
        let upload =
            op::CreateTemporaryData { workspace: self.workspace?, content: self.content?, expiry_date: self.expires };
        self.connection.call(upload).await
    }
}

/// Data that has been uploaded, by its id; with the time when it expires, if that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadedData {
    pub(crate) id: i32,
    expires: Option<DateTime<Utc>>,
}

impl From<i32> for UploadedData {
    fn from(id: i32) -> Self {
        Self { id, expires: None }
    }
}

impl From<&TemporaryData> for UploadedData {
    fn from(data: &TemporaryData) -> Self {
        Self { id: data.temp_data_id, expires: data.expiry_date }
    }
}

impl From<TemporaryData> for UploadedData {
    fn from(data: TemporaryData) -> Self {
        Self::from(&data)
    }
}

impl UploadedData {
    pub(crate) fn has_expired(self) -> bool {
        self.expires.is_some_and(|at| at <= DateTime::<Utc>::from(std::time::SystemTime::now()))
    }
}

/// Parameters and data, as far as they are given yet.
#[derive(Debug, Default)]
pub(crate) struct Input {
    pub(crate) params: Option<Result<Json, Error>>,
    pub(crate) data: Option<Result<Json, Error>>,
    pub(crate) uploaded: Option<UploadedData>,
    /// The size that the user chose, in bytes of JSON, up to which data is sent along.
    pub(crate) inline_up_to: Option<usize>,
}

/// Parameters and data as they are sent.
pub(crate) struct Given {
    pub(crate) params: Option<Json>,
    pub(crate) data: Option<Json>,
    pub(crate) uploaded: Option<UploadedData>,
}

impl Input {
    /// For a body. Data above the size that the user chose, or else `most` bytes of JSON, is uploaded.
    pub(crate) async fn for_body<P>(
        self,
        connection: &Connection<P>,
        workspace: &IdOrCode,
        most: usize,
    ) -> Result<Given, Error>
    where
        P: Supports<op::CreateTemporaryData>,
    {
        let params = self.params.transpose()?;
        let mut data = self.data.transpose()?;
        let mut uploaded = self.uploaded;
        let most = self.inline_up_to.unwrap_or(most);
        if let Some(content) = data.take_if(|data| data.as_str().len() > most) {
            if uploaded.is_some() {
                return Err(Error::NotTogether {
                    setting: "data that is large enough to be uploaded",
                    with: "temporary_data",
                    instead: "pass one of the two, or raise inline_up_to",
                });
            }
            let upload = op::CreateTemporaryData { workspace: workspace.clone(), content, expiry_date: None };
            uploaded = Some(connection.call(upload).await?.into());
        }
        Ok(Given { params, data, uploaded })
    }

    /// For the query of a URL, which has some other `words` in it.
    pub(crate) async fn for_query<P>(
        self,
        connection: &Connection<P>,
        workspace: &IdOrCode,
        url: &Url,
        words: &[&Option<String>],
    ) -> Result<Given, Error>
    where
        P: Supports<op::CreateTemporaryData>,
    {
        /// Data up to this size, in bytes of JSON, goes into a URL by default.
        const MOST_INLINE: usize = 2 << 10;
        let check = |values: &[&Json], because| {
            let words = words.iter().filter_map(|word| word.as_deref());
            check_url(url, words.chain(values.iter().map(|value| value.as_str())), because)
        };
        // The parameters alone may be too long: that is found out before anything is uploaded.
        if let Some(Ok(params)) = &self.params {
            check(&[params], "params")?;
        }
        let given = self.for_body(connection, workspace, MOST_INLINE).await?;
        if let Some(data) = &given.data {
            check(&[data], "data")?;
            if let Some(params) = &given.params {
                check(&[params, data], "params and data together")?;
            }
        }
        Ok(given)
    }
}

impl Given {
    /// The error of a call that named uploaded data: its expiry, if that is the reason. Servers do not say it in one way, so
    /// it is taken from the time that is known, or from their words.
    pub(crate) fn blame(uploaded: Option<UploadedData>, error: Error) -> Error {
        let (Some(data), Error::Call(CallError::Status { status, message, .. })) = (uploaded, &error) else {
            return error;
        };
        let said = message.text.as_deref().unwrap_or_default().to_lowercase();
        let named = said.contains("temporary data") || said.contains("tempdata");
        let may_be_missing = matches!(status.as_u16(), 400 | 404 | 410 | 422);
        if !may_be_missing || !(named || data.has_expired()) {
            return error;
        }
        match error {
            Error::Call(source) => Error::DataExpired { id: data.id, source: Some(Box::new(source)) },
            other => other,
        }
    }
}

/// A value as JSON text; `what` names it in the error.
pub(crate) fn json<T: Serialize + ?Sized>(what: &'static str, value: &T) -> Result<Json, Error> {
    Json::new(value).map_err(|source| Error::NotJson { what, source })
}

/// Whether some values fit into the query of a URL.
fn check_url<'a>(url: &Url, values: impl Iterator<Item = &'a str>, because: &'static str) -> Result<(), Error> {
    /// Longest URL, in bytes: ASP.NET refuses a longer request line by default.
    const MOST: usize = 8 << 10;
    /// A name, its two signs, and what else is short: a nonce, an id.
    const BESIDE: usize = 80;
    let encoded = |value: &str| url::form_urlencoded::byte_serialize(value.as_bytes()).map(str::len).sum::<usize>();
    let bytes = url.as_str().len() + values.map(|value| BESIDE + encoded(value)).sum::<usize>();
    if bytes <= MOST { Ok(()) } else { Err(Error::UrlTooLong { bytes, most: MOST, because }) }
}
