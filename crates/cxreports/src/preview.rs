use std::fmt;

use cxreports_core::{IdOrCode, Json, Supports, op};
use serde::Serialize;
use url::Url;

use crate::{Client, Error, data::json};

/// A report in an iframe ("Iframe Authentication"), to be opened by a browser.
#[derive(Debug)]
#[must_use = "nothing is sent until url()"]
pub struct Preview<P> {
    client: Client<P>,
    named: Result<(IdOrCode, IdOrCode), Error>,
    params: Option<Result<Json, Error>>,
    data: Option<Result<Json, Error>>,
    temp_data_id: Option<i32>,
    timezone: Option<String>,
    hide_print_button: bool,
    most_inline: usize,
}

impl<P> Preview<P> {
    /// Data up to this size, in bytes of JSON, goes into the URL; larger data is uploaded.
    const MOST_INLINE: usize = 2 << 10;
    /// Longest URL, in bytes: ASP.NET refuses a longer request line unless told otherwise.
    const MOST_URL: usize = 8 << 10;

    pub(crate) fn new(client: Client<P>, named: Result<(IdOrCode, IdOrCode), Error>) -> Self {
        Self {
            client,
            named,
            params: None,
            data: None,
            temp_data_id: None,
            timezone: None,
            hide_print_button: false,
            most_inline: Self::MOST_INLINE,
        }
    }

    /// Report parameters.
    pub fn params<T: Serialize + ?Sized>(mut self, params: &T) -> Self {
        self.params = Some(json("params", params));
        self
    }

    /// Data for the report. What is larger than [`inline_up_to`](Self::inline_up_to) is uploaded as temporary data.
    pub fn data<T: Serialize + ?Sized>(mut self, data: &T) -> Self {
        self.data = Some(json("data", data));
        self
    }

    /// Data that was uploaded before.
    pub fn temporary_data(mut self, id: i32) -> Self {
        self.temp_data_id = Some(id);
        self
    }

    /// Data up to this size, in bytes of JSON, goes into the URL; 2 KiB unless told otherwise.
    pub fn inline_up_to(mut self, bytes: usize) -> Self {
        self.most_inline = bytes;
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
    /// [`Error::UrlTooLong`] names what makes it so; [`Error::NotJson`]; [`Error::Call`]; [`Error::TimedOut`];
    /// [`Error::NoWorkspace`]; [`Error::InvalidIdOrCode`].
    pub async fn url(self) -> Result<PreviewUrl, Error>
    where
        P: Supports<op::CreateNonce> + Supports<op::CreateTemporaryData>,
    {
        let (workspace, report) = self.named?;
        let params = self.params.transpose()?;
        let mut data = self.data.transpose()?;
        let mut temp_data_id = self.temp_data_id;
        let mut url = self.client.preview_base(&workspace, &report);
        if let Some(params) = &params {
            check_length(&url, params.as_str(), "params", Self::MOST_URL)?;
        }
        if let Some(content) = data.take_if(|data| data.as_str().len() > self.most_inline) {
            let upload = op::CreateTemporaryData { workspace, content, expiry_date: None };
            temp_data_id = Some(self.client.call(upload).await?.temp_data_id);
        }
        if let Some(data) = &data {
            check_length(&url, data.as_str(), "data", Self::MOST_URL)?;
        }
        let nonce = self.client.call(op::CreateNonce {}).await?;
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("nonce", &nonce.nonce);
            if let Some(params) = &params {
                query.append_pair("params", params.as_str());
            }
            if let Some(data) = &data {
                query.append_pair("data", data.as_str());
            }
            if let Some(id) = temp_data_id {
                query.append_pair("tempDataId", &id.to_string());
            }
            if let Some(timezone) = &self.timezone {
                query.append_pair("timezone", timezone);
            }
            if self.hide_print_button {
                query.append_pair("hidePrintButton", "true");
            }
        }
        match url.as_str().len() {
            0..=Self::MOST_URL => Ok(PreviewUrl(url)),
            bytes => Err(Error::UrlTooLong { bytes, most: Self::MOST_URL, because: "params and data together" }),
        }
    }
}

/// Whether a value fits into a URL; found out before a nonce is spent.
fn check_length(url: &Url, value: &str, because: &'static str, most: usize) -> Result<(), Error> {
    let encoded: usize = url::form_urlencoded::byte_serialize(value.as_bytes()).map(str::len).sum();
    let bytes = url.as_str().len() + encoded;
    if bytes <= most { Ok(()) } else { Err(Error::UrlTooLong { bytes, most, because }) }
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
