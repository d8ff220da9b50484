use std::fmt;

use cxreports_core::{IdOrCode, Payload, Supports, op};
use serde::Serialize;
use url::Url;

use crate::{
    data::{Input, Resolved, UploadedData},
    error::Error,
    transport::connection::Connection,
};

/// Builder for the URL of a report in an iframe ("Iframe Authentication").
#[derive(Debug)]
#[must_use = "nothing is sent until url()"]
pub struct Preview<P> {
    connection: Connection<P>,
    named: Result<(IdOrCode, IdOrCode), Error>,
    input: Input<P>,
    timezone: Option<String>,
    hide_print_button: bool,
}

impl<P> Preview<P> {
    pub(crate) fn new(connection: Connection<P>, named: Result<(IdOrCode, IdOrCode), Error>) -> Self {
        let timezone = connection.settings().defaults.timezone.clone();
        Self { connection, named, input: Input::new(), timezone, hide_print_button: false }
    }

    /// Sets the parameters of the report. The API takes an object; a list of pairs is
    /// sent as one.
    pub fn params<T: Serialize + ?Sized>(mut self, params: &T) -> Self {
        self.input.set_params(params);
        self
    }

    /// Sets the data of the report: a value, or another [`Payload`]. Data that is larger than
    /// [`inline_up_to`](Self::inline_up_to) is uploaded as temporary data.
    pub fn data(mut self, data: impl Into<Payload>) -> Self
    where
        P: Supports<op::CreateTemporaryData>,
    {
        self.input.set_data(data.into());
        self
    }

    /// Sets data that always goes into the URL; for instances without temporary data.
    pub fn inline_data(mut self, data: impl Into<Payload>) -> Self {
        self.input.set_inline_data(data.into());
        self
    }

    /// Sets data that was uploaded before: what [`Upload::send`](crate::Upload::send) returned, or its id.
    pub fn temporary_data(mut self, data: impl Into<UploadedData>) -> Self {
        self.input.uploaded = Some(data.into());
        self
    }

    /// Sets the size, in bytes of JSON, up to which [`data`](Self::data) goes into the URL. Defaults to 2 KiB.
    pub fn inline_up_to(mut self, bytes: usize) -> Self {
        self.input.inline_up_to = Some(bytes);
        self
    }

    /// Sets the time zone, for example `Europe/Berlin`.
    pub fn timezone(mut self, timezone: impl Into<String>) -> Self {
        self.timezone = Some(timezone.into());
        self
    }

    /// Hides the page's own print button. The page prints when it is sent the message `print`.
    pub fn hide_print_button(mut self) -> Self {
        self.hide_print_button = true;
        self
    }

    /// Creates the URL, with a nonce of its own: a URL works once, so create one each time the page is shown.
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").workspace("finance").build().unwrap();
    /// let url = cx.report("invoice").preview().params(&[("customer", 7)]).url().await?;
    /// let html = format!("<h1>Your invoice</h1>{}", url.iframe("Invoice"));
    /// # assert!(html.contains("<iframe title=\"Invoice\" src=\"http"));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::UrlTooLong`] names what is too long; [`Error::DataExpired`]; [`Error::NotJson`]; [`Error::Call`];
    /// [`Error::NoWorkspace`]; [`Error::InvalidIdOrCode`].
    pub async fn url(self) -> Result<PreviewUrl, Error>
    where
        P: Supports<op::CreateNonce>,
    {
        let Self { connection, named, input, timezone, hide_print_button } = self;
        let (workspace, report) = named?;
        // Otherwise the error would only be seen in the iframe.
        if let Some(data) = input.uploaded.filter(|data| data.has_expired()) {
            return Err(Error::DataExpired { id: data.id, source: None });
        }
        let mut url = connection.url_of(&["ws", workspace.as_str(), "reports", report.as_str(), "preview"]);
        let (Resolved { params, uploaded, .. }, data) =
            input.resolve_for_query(&connection, &workspace, &url, &[&timezone]).await?;
        let nonce = connection.call(op::CreateNonce {}).await?;
        let mut pairs = vec![("nonce", nonce.nonce)];
        pairs.extend(params.map(|params| ("params", params.as_str().to_owned())));
        pairs.extend(data.map(|data| ("data", data.as_str().to_owned())));
        pairs.extend(uploaded.map(|data| ("tempDataId", data.id.to_string())));
        pairs.extend(timezone.map(|timezone| ("timezone", timezone)));
        pairs.extend(hide_print_button.then(|| ("hidePrintButton", "true".to_owned())));
        url.query_pairs_mut().extend_pairs(pairs);
        Ok(PreviewUrl(url))
    }
}

/// The URL of a preview. Whoever has it can see the report once, so `Debug` and `Display` hide the nonce;
/// [`expose`](Self::expose) returns it. The URL never contains the token.
#[derive(Clone, PartialEq, Eq)]
pub struct PreviewUrl(Url);

impl PreviewUrl {
    /// Returns the URL with its nonce, for the page that shows the report.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// Returns an `<iframe>` with the URL, escaped for HTML; screen readers read out the `title`.
    #[must_use]
    pub fn iframe(&self, title: &str) -> String {
        format!("<iframe title=\"{}\" src=\"{}\"></iframe>", escape(title), escape(self.expose()))
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

impl fmt::Display for PreviewUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Parameters and data are not shown, either.
        let mut shown = self.0.clone();
        shown.set_query(None);
        write!(f, "{shown}?..")
    }
}

impl fmt::Debug for PreviewUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreviewUrl({self})")
    }
}
