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

/// Lists a workspace's reports through the pin: proof that it works.
pub(super) fn example(library: &proc_macro2::Ident) -> TokenStream {
    quote! {
        //! Lists the reports of a workspace.
        //!
        //! Takes `CX_REPORTS_URL`, `CX_REPORTS_PAT` and `CX_REPORTS_WORKSPACE_ID` from the environment.
        #![cfg_attr(rustfmt, rustfmt_skip)]

        use std::{env, error::Error, sync::Arc};

        use cxreports_pin::{Connect as _, Transport, core::{Bearer, Supports as _, op}};
        use #library::Api;

        #[tokio::main(flavor = "current_thread")]
        async fn main() -> Result<(), Box<dyn Error>> {
            let setting = |name: &str| env::var(name).map_err(|_| format!("set {name}"));
            let authorize = Arc::new(Bearer::new(&setting("CX_REPORTS_PAT")?)?);
            let api = Api::connect(Transport::new(&setting("CX_REPORTS_URL")?, reqwest::Client::new(), authorize));
            let workspace = setting("CX_REPORTS_WORKSPACE_ID")?.parse()?;
            let reports = api.call(op::ListReports { workspace, report_type: None, offset: None, limit: None }).await?;
            for report in reports {
                println!("{:>6}  {}", report.id, report.name);
            }
            Ok(())
        }
    }
}
