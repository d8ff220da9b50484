//! The example in the documentation of a crate that has no hand-written client on top of it.

use reqwest::header::HeaderName;
use serde_json::Value;

use super::{
    edits::{Operation, Parameter},
    operations::request_line,
};

/// How a client is made, with credentials where the document asks for a header, and how a request is sent.
pub(super) fn example(package: &str, document: &Value, operations: &[Operation]) -> String {
    let library = package.replace('-', "_");
    let mut lines = vec![
        "//!".to_owned(),
        "//! ```no_run".to_owned(),
        "//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {".to_owned(),
    ];
    let base = "\"https://server.example\"";
    match credentials(document) {
        Some(Credentials { header, prefix }) => {
            let token = match prefix {
                "" => "&std::env::var(\"TOKEN\")?".to_owned(),
                prefix => format!("&format!(\"{prefix}{{}}\", std::env::var(\"TOKEN\")?)"),
            };
            let said: [String; 7] = [
                format!("use {library}::reqwest::{{self, header::{{HeaderMap, HeaderName, HeaderValue}}}};"),
                String::new(),
                format!("let mut token = HeaderValue::from_str({token})?;"),
                "token.set_sensitive(true);".to_owned(),
                format!("let headers = HeaderMap::from_iter([(HeaderName::from_static(\"{header}\"), token)]);"),
                "let http = reqwest::Client::builder().default_headers(headers).build()?;".to_owned(),
                format!("let client = {library}::Client::new_with_client({base}, http);"),
            ];
            lines.extend(said.map(|line| format!("//! {line}").trim_end().to_owned()));
        }
        None => lines.push(format!("//! let client = {library}::Client::new({base});")),
    }
    if let Some(Operation { name, .. }) = shown(operations) {
        lines.push(format!("//! let response = client.{name}().send().await?;"));
        lines.push("//! println!(\"{}\", response.status());".to_owned());
    }
    lines.extend(["//! # Ok(())", "//! # }", "//! ```"].map(str::to_owned));
    lines.join("\n") + "\n"
}

/// The first operation that reads, and that nothing has to be said to.
fn shown(operations: &[Operation]) -> Option<&Operation> {
    let needs_nothing = |operation: &&Operation| {
        operation.arguments.iter().all(|argument| matches!(argument.kind, Parameter::Optional(_)))
    };
    let reads = |operation: &&Operation| request_line(operation).is_some_and(|line| line.contains("`GET`"));
    operations.iter().filter(needs_nothing).find(reads)
}

/// The header that credentials are sent in.
struct Credentials {
    header: HeaderName,
    prefix: &'static str,
}

fn credentials(document: &Value) -> Option<Credentials> {
    let schemes = document["components"]["securitySchemes"].as_object()?;
    schemes.values().find_map(|scheme| {
        let authorization = |prefix| Some(Credentials { header: reqwest::header::AUTHORIZATION, prefix });
        let is = |member: &str, value: &str| scheme[member].as_str().is_some_and(|own| own.eq_ignore_ascii_case(value));
        match scheme["type"].as_str()? {
            "http" if is("scheme", "basic") => authorization("Basic "),
            "http" if is("scheme", "bearer") => authorization("Bearer "),
            "oauth2" | "openIdConnect" => authorization("Bearer "),
            // Swashbuckle's description of a bearer token before it had one of its own.
            "apiKey" if is("in", "header") && is("name", "authorization") => authorization("Bearer "),
            "apiKey" if is("in", "header") => {
                let header = HeaderName::try_from(scheme["name"].as_str()?).ok()?;
                Some(Credentials { header, prefix: "" })
            }
            _ => None,
        }
    })
}
