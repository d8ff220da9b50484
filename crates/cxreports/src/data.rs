//! Parameters and data of a report or a job: sent with the request, or uploaded before it.

use std::{collections::BTreeMap, fmt, io};

use bytes::{Bytes, BytesMut};
use cxreports_core::{
    CallError, IdOrCode, Json, Payload, Supports, TemporaryDataId,
    chrono::{DateTime, Utc},
    model::TemporaryData,
    op,
};
use futures_util::{Stream, future::BoxFuture, stream};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use url::Url;

use crate::{error::Error, transport::connection::Connection};

/// Data up to this size, in bytes of JSON, is serialised into memory before it is sent; larger data while it is sent.
const IN_MEMORY: usize = 1 << 20;

/// Builder for an upload of data that several exports or previews use ("Temporary Data").
#[derive(Debug)]
#[must_use = "nothing is sent until send()"]
pub struct Upload<P> {
    connection: Connection<P>,
    workspace: Result<IdOrCode, Error>,
    content: Payload,
    expires: Option<DateTime<Utc>>,
}

impl<P> Upload<P> {
    pub(crate) fn new(connection: Connection<P>, workspace: Result<IdOrCode, Error>, content: Payload) -> Self {
        Self { connection, workspace, content, expires: None }
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
    /// [`Error::NotJson`] when the data cannot be serialised or read; [`Error::Call`].
    pub async fn send(self) -> Result<TemporaryData, Error>
    where
        P: Supports<op::CreateTemporaryData>,
    {
        let content = in_memory(self.content, IN_MEMORY)?;
        let upload = op::CreateTemporaryData { workspace: self.workspace?, content, expiry_date: self.expires };
        self.connection.call(upload).await
    }
}

/// The payload as text, if it has at most `limit` bytes.
fn in_memory(data: Payload, limit: usize) -> Result<Payload, Error> {
    Ok(text_up_to(&data, limit)?.map_or(data, Payload::from))
}

fn text_up_to(data: &Payload, limit: usize) -> Result<Option<Json>, Error> {
    data.text_up_to(limit.min(IN_MEMORY)).map_err(|source| Error::NotJson { what: "data", source })
}

/// Whether a payload that is too large for memory has at most `limit` bytes.
async fn fits(data: &Payload, limit: usize) -> Result<bool, Error> {
    if limit <= IN_MEMORY || limit == usize::MAX {
        return Ok(limit == usize::MAX);
    }
    Ok(count(data).await?.is_some_and(|length| length <= limit as u64))
}

async fn count(data: &Payload) -> Result<Option<u64>, Error> {
    let data = data.clone();
    let counted = tokio::task::spawn_blocking(move || data.count()).await.map_err(io::Error::other);
    counted.and_then(|length| length).map_err(|source| Error::NotJson { what: "data", source })
}

/// What an asynchronous reader reads, in pieces.
pub(crate) fn pieces(reader: impl AsyncRead + Send + 'static) -> impl Stream<Item = io::Result<Bytes>> + Send {
    const PIECE: usize = 64 << 10;
    stream::try_unfold((Box::pin(reader), BytesMut::new()), |(mut reader, mut piece)| async move {
        piece.reserve(PIECE);
        let read = reader.read_buf(&mut piece).await?;
        Ok((read > 0).then(|| (piece.split().freeze(), (reader, piece))))
    })
}

/// The id of data that has been uploaded, with the time when it expires, if that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadedData {
    pub(crate) id: TemporaryDataId,
    expires: Option<DateTime<Utc>>,
}

impl From<TemporaryDataId> for UploadedData {
    fn from(id: TemporaryDataId) -> Self {
        Self { id, expires: None }
    }
}

impl From<i32> for UploadedData {
    fn from(id: i32) -> Self {
        TemporaryDataId::new(id).into()
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

/// Uploads data; a pin that cannot upload has none.
type Uploader<P> =
    for<'a> fn(&'a Connection<P>, op::CreateTemporaryData) -> BoxFuture<'a, Result<TemporaryData, Error>>;

/// The parameters and data that a builder has been given.
pub(crate) struct Input<P> {
    params: Option<Result<Json, Error>>,
    data: Option<Payload>,
    pub(crate) uploaded: Option<UploadedData>,
    /// The size that the user chose, in bytes of JSON, up to which data is sent along.
    pub(crate) inline_up_to: Option<usize>,
    uploader: Option<Uploader<P>>,
}

/// Parameters that are given as a list of pairs, as the object that the API takes.
fn object_of_pairs(params: Json) -> Result<Json, serde_json::Error> {
    if !params.as_str().starts_with('[') {
        return Ok(params);
    }
    match serde_json::from_str::<Vec<(String, &RawValue)>>(params.as_str()) {
        Ok(pairs) => Json::new(&pairs.into_iter().collect::<BTreeMap<_, _>>()),
        Err(_) => Ok(params),
    }
}

/// Parameters and data as they are sent.
pub(crate) struct Resolved {
    pub(crate) params: Option<Json>,
    pub(crate) data: Option<Payload>,
    pub(crate) uploaded: Option<UploadedData>,
}

impl<P> Input<P> {
    pub(crate) fn new() -> Self {
        Self { params: None, data: None, uploaded: None, inline_up_to: None, uploader: None }
    }

    pub(crate) fn set_params<T: Serialize + ?Sized>(&mut self, params: &T) {
        let params = Json::new(params).and_then(object_of_pairs);
        self.params = Some(params.map_err(|error| Error::NotJson { what: "params", source: error.into() }));
    }

    /// Sets data that is always sent along.
    pub(crate) fn set_inline_data(&mut self, data: Payload) {
        (self.data, self.uploader) = (Some(data), None);
    }

    /// Sets data that may be uploaded.
    pub(crate) fn set_data(&mut self, data: Payload)
    where
        P: Supports<op::CreateTemporaryData>,
    {
        let uploader: Uploader<P> = |connection, upload| Box::pin(connection.call(upload));
        (self.data, self.uploader) = (Some(data), Some(uploader));
    }

    /// Whether the data has to be uploaded by the limit that the user chose.
    pub(crate) async fn exceeds_limit(&self) -> Result<bool, Error> {
        match (&self.data, self.inline_up_to, self.uploader) {
            (Some(data), Some(limit), Some(_)) => Ok(text_up_to(data, limit)?.is_none() && !fits(data, limit).await?),
            _ => Ok(false),
        }
    }

    /// Uploads data above `limit` bytes of JSON, or above the limit that the user chose.
    pub(crate) async fn resolve(
        self,
        connection: &Connection<P>,
        workspace: &IdOrCode,
        limit: usize,
    ) -> Result<Resolved, Error> {
        let params = self.params.transpose()?;
        let limit = self.inline_up_to.unwrap_or(limit);
        let Some(data) = self.data else { return Ok(Resolved { params, data: None, uploaded: self.uploaded }) };
        let (data, uploader) = match (text_up_to(&data, limit)?, self.uploader) {
            (Some(text), _) => (text.into(), None),
            (None, Some(uploader)) if !fits(&data, limit).await? => (data, Some(uploader)),
            (None, _) => (in_memory(data, IN_MEMORY)?, None),
        };
        let Some(upload) = uploader else {
            return Ok(Resolved { params, data: Some(data), uploaded: self.uploaded });
        };
        if self.uploaded.is_some() {
            return Err(Error::ConflictingSettings {
                setting: "data that is large enough to be uploaded",
                with: "temporary_data",
                instead: "pass one of the two, or raise inline_up_to",
            });
        }
        let upload = upload(
            connection,
            op::CreateTemporaryData { workspace: workspace.clone(), content: data, expiry_date: None },
        );
        Ok(Resolved { params, data: None, uploaded: Some(upload.await?.into()) })
    }

    /// The same, for the query of a URL that has some other `words` in it.
    pub(crate) async fn resolve_for_query(
        self,
        connection: &Connection<P>,
        workspace: &IdOrCode,
        url: &Url,
        words: &[&Option<String>],
    ) -> Result<(Resolved, Option<Json>), Error> {
        /// Data up to this size, in bytes of JSON, goes into a URL by default.
        const INLINE: usize = 2 << 10;
        let check = |values: &[&Json], because| {
            let words = words.iter().filter_map(|word| word.as_deref());
            check_url(url, words.chain(values.iter().map(|value| value.as_str())), because)
        };
        // The parameters alone may be too long: that is found out before anything is uploaded.
        if let Some(Ok(params)) = &self.params {
            check(&[params], "params")?;
        }
        let mut resolved = self.resolve(connection, workspace, INLINE).await?;
        let Some(data) = resolved.data.take() else { return Ok((resolved, None)) };
        let Some(text) = data.text() else {
            let bytes = count(&data).await?.map_or(usize::MAX, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
            return Err(Error::UrlTooLong { bytes, most: LONGEST_URL, because: "data" });
        };
        check(&[text], "data")?;
        if let Some(params) = &resolved.params {
            check(&[params, text], "params and data together")?;
        }
        let text = text.clone();
        Ok((resolved, Some(text)))
    }
}

/// What is not shown: parameters and data.
impl<P> fmt::Debug for Input<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("params", &self.params)
            .field("data", &self.data)
            .field("uploaded", &self.uploaded)
            .finish_non_exhaustive()
    }
}

/// The error of a call that named uploaded data: [`Error::DataExpired`], if that is the reason. Servers do not say so in one
/// way, so it is concluded from the time that is known, or from their message.
pub(crate) fn expired_data(uploaded: Option<UploadedData>, error: Error) -> Error {
    let (Some(data), Error::Call(CallError::Status { status, message, .. })) = (uploaded, &error) else {
        return error;
    };
    let text = message.text.as_deref().unwrap_or_default().to_lowercase();
    let is_named = text.contains("temporary data") || text.contains("tempdata");
    let may_be_missing = matches!(status.as_u16(), 400 | 404 | 410 | 422);
    if !may_be_missing || !(is_named || data.has_expired()) {
        return error;
    }
    match error {
        Error::Call(source) => Error::DataExpired { id: data.id, source: Some(Box::new(source)) },
        other => other,
    }
}

/// Longest URL, in bytes: ASP.NET refuses a longer request line by default.
const LONGEST_URL: usize = 8 << 10;

/// Whether some values fit into the query of a URL.
fn check_url<'a>(url: &Url, values: impl Iterator<Item = &'a str>, because: &'static str) -> Result<(), Error> {
    /// A name, its two signs, and what else is short: a nonce, an id.
    const BESIDE: usize = 80;
    let encoded = |value: &str| url::form_urlencoded::byte_serialize(value.as_bytes()).map(str::len).sum::<usize>();
    let bytes = url.as_str().len() + values.map(|value| BESIDE + encoded(value)).sum::<usize>();
    if bytes <= LONGEST_URL { Ok(()) } else { Err(Error::UrlTooLong { bytes, most: LONGEST_URL, because }) }
}
