//! Where an instance serves its document, as plain decisions: the places to look at, and what a Swagger page names.

use std::net::IpAddr;

/// The places below an instance's base URL where ASP.NET serves the document: Swashbuckle's default, its page, and ASP.NET's
/// own generator.
pub const PLACES: [&str; 3] = ["swagger/v1/swagger.json", "swagger/index.html", "openapi/v1.json"];

/// Scripts beside a Swagger page that name the document's URL when the page does not.
const SCRIPTS: [&str; 2] = ["index.js", "swagger-initializer.js"];

/// Whether a URL's host is this machine, so that what is sent to it crosses no network.
///
/// ```
/// use cxreports_openapi::discover::is_loopback;
///
/// assert!(["localhost", "cx.localhost", "127.0.0.1", "[::1]"].into_iter().all(is_loopback));
/// assert!(!is_loopback("127.0.0.1.example.com"));
/// ```
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What a Swagger page names, relative to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// URLs of documents.
    pub documents: Vec<String>,
    /// Scripts that may name more of them.
    pub scripts: Vec<&'static str>,
}

impl Page {
    /// Reads a Swagger page; `None` for any other web page.
    #[must_use]
    pub fn read(html: &str) -> Option<Self> {
        if !html.to_ascii_lowercase().contains("swagger") {
            return None;
        }
        let scripts = SCRIPTS.into_iter().filter(|script| html.contains(script)).collect();
        Some(Self { documents: document_urls(html), scripts })
    }
}

/// The URLs of documents that a Swagger page or its script names: `"url": "v1/swagger.json"`.
///
/// ```
/// let page = r#"SwaggerUIBundle({ "urls": [{"url":"v1/swagger.json","name":"CxReports"}] })"#;
/// assert_eq!(cxreports_openapi::discover::document_urls(page), ["v1/swagger.json"]);
/// ```
#[must_use]
pub fn document_urls(text: &str) -> Vec<String> {
    /// More than any page names.
    const MAX_URLS: usize = 100;
    let mut urls = Vec::new();
    for (at, _) in text.match_indices("url") {
        if urls.len() == MAX_URLS {
            break;
        }
        let rest = text[at + 3..].trim_start_matches(['"', '\'', '\\']).trim_start();
        let Some(rest) = rest.strip_prefix(':') else { continue };
        let rest = rest.trim_start().trim_start_matches('\\');
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
        if let Some((url, _)) = rest[1..].split_once([quote, '\\'])
            && !url.is_empty()
        {
            urls.push(url.to_owned());
        }
    }
    urls
}
