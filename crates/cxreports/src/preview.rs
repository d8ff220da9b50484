use std::fmt;

use cxreports_core::{IdOrCode, Supports, op};
use serde::Serialize;
use url::Url;

use crate::{
    data::{Input, UploadedData, json},
    error::Error,
    transport::connection::Connection,
};

/// A report in an iframe ("Iframe Authentication"), to be opened by a browser.
#[derive(Debug)]
#[must_use = "nothing is sent until url()"]
pub struct Preview<P> {
    connection: Connection<P>,
    named: Result<(IdOrCode, IdOrCode), Error>,
    input: Input,
    timezone: Option<String>,
    hide_print_button: bool,
}

impl<P> Preview<P> {
    pub(crate) fn new(connection: Connection<P>, named: Result<(IdOrCode, IdOrCode), Error>) -> Self {
        let timezone = connection.settings().defaults.timezone.clone();
        Self { connection, named, input: Input::default(), timezone, hide_print_button: false }
    }

    /// Report parameters.
    pub fn params<T: Serialize + ?Sized>(mut self, params: &T) -> Self {
        self.input.params = Some(json("params", params));
        self
    }

    /// Data for the report. What is larger than [`inline_up_to`](Self::inline_up_to) is uploaded as temporary data.
    pub fn data<T: Serialize + ?Sized>(mut self, data: &T) -> Self {
        self.input.data = Some(json("data", data));
        self
    }

    /// Data that was uploaded before: what [`Upload::send`](crate::Upload::send) gave, or its id.
    pub fn temporary_data(mut self, data: impl Into<UploadedData>) -> Self {
        self.input.uploaded = Some(data.into());
        self
    }

    /// Sets the size, in bytes of JSON, up to which data goes into the URL. Defaults to 2 KiB.
    pub fn inline_up_to(mut self, bytes: usize) -> Self {
        self.input.inline_up_to = Some(bytes);
        self
    }

    /// Preferred time zone.
    pub fn timezone(mut self, timezone: impl Into<String>) -> Self {
        self.timezone = Some(timezone.into());
        self
    }

    /// Leaves the page's own print button out; send it the message `print` instead.
    pub fn hide_print_button(mut self) -> Self {
        self.hide_print_button = true;
        self
    }

    /// Makes the URL, with a nonce of its own: ask for a new one each time the page is shown.
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
    /// [`Error::UrlTooLong`] names what makes it so; [`Error::DataExpired`]; [`Error::NotJson`]; [`Error::Call`];
    /// [`Error::NoWorkspace`]; [`Error::InvalidIdOrCode`].
    pub async fn url(self) -> Result<PreviewUrl, Error>
    where
        P: Supports<op::CreateNonce> + Supports<op::CreateTemporaryData>,
    {
        let Self { connection, named, input, timezone, hide_print_button } = self;
        let (workspace, report) = named?;
        // Nobody would see the page's own complaint but the user in front of it.
        if let Some(data) = input.uploaded.filter(|data| data.has_expired()) {
            return Err(Error::DataExpired { id: data.id, source: None });
        }
        let mut url = connection.url_of(&["ws", workspace.as_str(), "reports", report.as_str(), "preview"]);
        let given = input.for_query(&connection, &workspace, &url, &[&timezone]).await?;
        let nonce = connection.call(op::CreateNonce {}).await?;
        let mut pairs = vec![("nonce", nonce.nonce)];
        pairs.extend(given.params.map(|params| ("params", params.as_str().to_owned())));
        pairs.extend(given.data.map(|data| ("data", data.as_str().to_owned())));
        pairs.extend(given.uploaded.map(|data| ("tempDataId", data.id.to_string())));
        pairs.extend(timezone.map(|timezone| ("timezone", timezone)));
        pairs.extend(hide_print_button.then(|| ("hidePrintButton", "true".to_owned())));
        url.query_pairs_mut().extend_pairs(pairs);
        Ok(PreviewUrl(url))
    }
}

/// The URL of a preview. Whoever has it sees the report, once: its `Debug` and `Display` hide the nonce, and it has to be
/// exposed on purpose. It never contains the token.
#[derive(Clone, PartialEq, Eq)]
pub struct PreviewUrl(Url);

impl PreviewUrl {
    /// The URL with its nonce, for the page that shows the report.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// An `<iframe>` with the URL, escaped for HTML; `title` is what screen readers say.
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
        // The data is its reader's own, too.
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
