//! The parts of a generated crate that are the same in each.

use proc_macro2::TokenStream;
use quote::quote;

/// The functions that the client calls, if it calls any.
pub(super) fn support(client: &str) -> Option<TokenStream> {
    let pieces = [
        ("support::encode_path", encode_path()),
        ("support::add_cookie", add_cookie()),
        ("support::joined", joined()),
        ("support::deep", deep()),
    ];
    let used: Vec<TokenStream> =
        pieces.into_iter().filter(|(call, _)| client.contains(call)).map(|(_, piece)| piece).collect();
    let module = quote! {
        //! What the calls need.

        #(#used)*
    };
    (!used.is_empty()).then_some(module)
}

fn encode_path() -> TokenStream {
    quote! {
        /// All but the unreserved characters of RFC 3986, 2.3.
        const SEGMENT: &percent_encoding::AsciiSet =
            &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

        /// Encodes a value as one segment of a path. URL parsers take dot segments away even when they are encoded once,
        /// so those are encoded twice: the server sees a name that it does not have, not another path.
        pub(crate) fn encode_path(segment: &str) -> String {
            match segment {
                "." => "%252E".to_owned(),
                ".." => "%252E%252E".to_owned(),
                _ => percent_encoding::utf8_percent_encode(segment, SEGMENT).to_string(),
            }
        }
    }
}

fn add_cookie() -> TokenStream {
    quote! {
        /// What a cookie's value cannot have (RFC 6265, 4.1.1), and the percent sign.
        const COOKIE: &percent_encoding::AsciiSet =
            &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\').add(b'%');

        /// Adds a cookie to the one `Cookie` header that a request may have (RFC 6265, 5.4).
        pub(crate) fn add_cookie(
            headers: &mut ::reqwest::header::HeaderMap,
            name: &str,
            value: &str,
        ) -> Result<(), ::reqwest::header::InvalidHeaderValue> {
            let cookie = format!("{name}={}", percent_encoding::utf8_percent_encode(value, COOKIE));
            let all = match headers.get(::reqwest::header::COOKIE).and_then(|cookies| cookies.to_str().ok()) {
                Some(before) => format!("{before}; {cookie}"),
                None => cookie,
            };
            headers.insert(::reqwest::header::COOKIE, all.try_into()?);
            Ok(())
        }
    }
}

fn joined() -> TokenStream {
    quote! {
        /// A list that may be left out.
        pub(crate) trait List {
            fn texts(&self) -> Option<Vec<String>>;
        }

        impl<T: ToString> List for Vec<T> {
            fn texts(&self) -> Option<Vec<String>> {
                Some(self.iter().map(ToString::to_string).collect())
            }
        }

        impl<T: ToString> List for Option<Vec<T>> {
            fn texts(&self) -> Option<Vec<String>> {
                self.as_ref().and_then(List::texts)
            }
        }

        /// A list as one value of a query.
        pub(crate) fn joined<'a>(name: &'a str, list: &impl List, separator: &str) -> Vec<(&'a str, String)> {
            list.texts().map(|texts| (name, texts.join(separator))).into_iter().collect()
        }
    }
}

fn deep() -> TokenStream {
    quote! {
        /// The members of an object as values of a query: `name[member]=value`.
        pub(crate) fn deep(name: &str, value: &impl ::serde::Serialize) -> Result<Vec<(String, String)>, String> {
            fn flatten(name: String, value: ::serde_json::Value, pairs: &mut Vec<(String, String)>) {
                match value {
                    ::serde_json::Value::Null => {}
                    ::serde_json::Value::Object(members) => {
                        for (member, value) in members {
                            flatten(format!("{name}[{member}]"), value, pairs);
                        }
                    }
                    ::serde_json::Value::Array(values) => {
                        for (index, value) in values.into_iter().enumerate() {
                            flatten(format!("{name}[{index}]"), value, pairs);
                        }
                    }
                    ::serde_json::Value::String(text) => pairs.push((name, text)),
                    other => pairs.push((name, other.to_string())),
                }
            }
            let mut pairs = Vec::new();
            flatten(name.to_owned(), ::serde_json::to_value(value).map_err(|error| error.to_string())?, &mut pairs);
            Ok(pairs)
        }
    }
}

/// The client of a pin, and what its `Supports` implementations call.
pub(super) fn bridge(pin: &proc_macro2::Ident, implementations: &TokenStream, has_enums: bool) -> TokenStream {
    let enum_values = has_enums.then(enum_values);
    quote! {
        //! From core's operations to this pin's calls and types.

        use std::sync::Arc;

        #[allow(unused_imports)]
        use cxreports_core::{Authorize, CallError, Connect, Download, Operation, Pin, Pinned, Supports, WireValue, chrono, http, model, op, parse_time};
        use futures_util::StreamExt as _;

        use crate::client::{ByteStream, Client, Error, ResponseValue, types};

        /// The client of this pin: it has what its instance has, and no more. It has the pin's name so that the compiler
        /// says which pin it is that lacks something.
        #[derive(Debug, Clone)]
        pub struct #pin {
            client: Client,
        }

        /// The client of this pin.
        pub type Api = #pin;

        impl Api {
            /// The generated low-level client, with every operation of the document.
            #[must_use]
            pub fn raw(&self) -> &Client {
                &self.client
            }
        }

        impl Connect<reqwest::Client> for Api {
            fn connect(base_url: &str, http: reqwest::Client, authorize: Arc<dyn Authorize>) -> Self {
                Self { client: Client::new_with_client(base_url.trim_end_matches('/'), http, authorize) }
            }
        }

        impl Pinned for Api {
            const PIN: &'static Pin = &crate::PIN;
        }

        /// Runs before each request.
        pub(crate) async fn authorize(authorize: &Arc<dyn Authorize>, request: &mut reqwest::Request) -> Result<(), CallError> {
            authorize.authorize(request.headers_mut()).await
        }

        #implementations

        /// An answer that does not hold what it should.
        struct Unreadable {
            field: &'static str,
            problem: &'static str,
        }

        impl Unreadable {
            fn new(field: &'static str, problem: &'static str) -> Self {
                Self { field, problem }
            }

            fn missing(field: &'static str) -> Self {
                Self::new(field, "missing")
            }

            fn of(self, operation: &'static str) -> CallError {
                CallError::UnexpectedAnswer { operation, detail: format!("{} is {}", self.field, self.problem) }
            }
        }

        /// The file, unless what came is a web page of the instance's own: files have a `Content-Disposition`.
        async fn download(operation: &'static str, answer: ResponseValue<ByteStream>) -> Result<Download, CallError> {
            let headers = answer.headers().clone();
            let media_type = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let is_page = media_type.is_some_and(|media_type| media_type.starts_with("text/html"));
            if is_page && !headers.contains_key(http::header::CONTENT_DISPOSITION) {
                return Err(CallError::from_page(operation, &beginning(answer.into_inner_stream()).await));
            }
            let body = answer.into_inner_stream().map(move |chunk| chunk.map_err(|error| broken(operation, error)));
            Ok(Download::new(headers, Box::pin(body)))
        }

        fn broken(operation: &'static str, error: reqwest::Error) -> CallError {
            CallError::Body { operation, source: Box::new(error.without_url()) }
        }

        /// The most that is read of an error's body or of a page, in bytes.
        const MOST_OF_AN_ERROR: usize = 64 << 10;

        async fn failed(operation: &'static str, error: Error<ByteStream>) -> CallError {
            let (status, headers, body) = match error {
                Error::InvalidRequest(detail) => return CallError::InvalidArgument(format!("{operation}: {detail}")),
                Error::Custom(detail) => return CallError::Credentials(detail),
                Error::CommunicationError(error) | Error::InvalidUpgrade(error) => {
                    let maybe_sent = !(error.is_connect() || error.is_builder());
                    return CallError::Connection { operation, maybe_sent, source: Box::new(error.without_url()) };
                }
                Error::ResponseBodyError(error) => return broken(operation, error),
                Error::InvalidResponsePayload(body, error) => {
                    if body.trim_ascii_start().starts_with(b"<") {
                        return CallError::from_page(operation, &body);
                    }
                    let detail =
                        format!("{:?} error in its JSON at line {}, column {}", error.classify(), error.line(), error.column());
                    return CallError::UnexpectedAnswer { operation, detail };
                }
                Error::ErrorResponse(answer) => {
                    let (status, headers) = (answer.status(), answer.headers().clone());
                    (status, headers, answer.into_inner_stream())
                }
                Error::UnexpectedResponse(response) => {
                    let (status, headers) = (response.status(), response.headers().clone());
                    let body: std::pin::Pin<Box<dyn futures_util::Stream<Item = _> + Send + Sync>> = Box::pin(response.bytes_stream());
                    (status, headers, body)
                }
            };
            CallError::from_answer(operation, status, &headers, &beginning(body).await)
        }

        /// The beginning of a body, as far as it comes.
        async fn beginning(
            mut body: std::pin::Pin<Box<dyn futures_util::Stream<Item = reqwest::Result<bytes::Bytes>> + Send + Sync>>,
        ) -> Vec<u8> {
            let mut text = Vec::new();
            while let Some(Ok(chunk)) = body.next().await {
                let room = MOST_OF_AN_ERROR.saturating_sub(text.len());
                text.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if text.len() == MOST_OF_AN_ERROR {
                    break;
                }
            }
            text
        }

        #[allow(dead_code)]
        fn time(time: chrono::DateTime<chrono::Utc>) -> String {
            time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
        }

        #enum_values
    }
}

fn enum_values() -> TokenStream {
    quote! {
        #[allow(dead_code)]
        fn wire(raw: types::Raw) -> WireValue {
            match raw {
                types::Raw::Integer(value) => WireValue::Integer(value),
                types::Raw::String(value) => WireValue::String(value),
            }
        }

        #[allow(dead_code)]
        fn raw(value: WireValue) -> types::Raw {
            match value {
                WireValue::Integer(value) => types::Raw::Integer(value),
                WireValue::String(value) => types::Raw::String(value),
            }
        }
    }
}

/// Lists a workspace's reports through the pin: proof that it works.
pub(super) fn example(library: &proc_macro2::Ident) -> TokenStream {
    quote! {
        //! Lists the reports of a workspace.
        //!
        //! Takes `CX_REPORTS_URL`, `CX_REPORTS_PAT` and `CX_REPORTS_WORKSPACE_ID` from the environment.
        #![cfg_attr(rustfmt, rustfmt_skip)]

        use std::{env, error::Error, sync::Arc};

        use cxreports_core::{Bearer, Connect as _, Supports as _, op};
        use #library::Api;

        #[tokio::main(flavor = "current_thread")]
        async fn main() -> Result<(), Box<dyn Error>> {
            let setting = |name: &str| env::var(name).map_err(|_| format!("set {name}"));
            let authorize = Arc::new(Bearer::new(&setting("CX_REPORTS_PAT")?)?);
            let api = Api::connect(&setting("CX_REPORTS_URL")?, reqwest::Client::new(), authorize);
            let workspace = setting("CX_REPORTS_WORKSPACE_ID")?.parse()?;
            let reports = api.call(op::ListReports { workspace, report_type: None, offset: None, limit: None }).await?;
            for report in reports {
                println!("{:>6}  {}", report.id, report.name);
            }
            Ok(())
        }
    }
}
