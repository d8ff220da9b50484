//! Security schemes: how credentials are had, and how they are sent.

use std::collections::{BTreeMap, BTreeSet};

use cxreports_openapi::document::{escape, follow};
use serde_json::Value;

/// A security scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scheme {
    /// How credentials are sent, in words.
    pub(super) how: String,
    /// How tokens are had, by the names of the flows.
    pub(super) flows: BTreeMap<String, Flow>,
    pub(super) is_deprecated: bool,
    /// Which kind of credentials the header `Authorization` carries: those of HTTP, or any.
    authorization: Option<Authorization>,
}

/// One way to get a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Flow {
    pub(super) urls: BTreeMap<String, String>,
    pub(super) scopes: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Authorization {
    Http,
    Any,
}

impl Scheme {
    /// Reads a scheme by its name, through any references.
    pub(super) fn read(document: &Value, name: &str) -> Option<Self> {
        let scheme = document.pointer(&follow(document, &scheme_pointer(name)))?;
        // RFC 9110, 5.1 and 11.1: neither names of schemes nor of headers have case.
        let text = |member: &str| scheme[member].as_str().unwrap_or_default();
        let lower = |member: &str| text(member).to_ascii_lowercase();
        let kind = text("type");
        let (how, authorization) = match kind {
            "http" => (format!("http {}", lower("scheme")), Some(Authorization::Http)),
            "apiKey" if text("in") == "header" => {
                let is_any = lower("name") == "authorization";
                (format!("apiKey in header {}", lower("name")), is_any.then_some(Authorization::Any))
            }
            "apiKey" => (format!("apiKey in {} {}", text("in"), text("name")), None),
            "openIdConnect" => (format!("openIdConnect {}", text("openIdConnectUrl")), None),
            other => (other.to_owned(), None),
        };
        let flows = scheme["flows"].as_object().into_iter().flatten().filter(|(name, _)| !name.starts_with("x-"));
        let flows = flows.map(|(name, flow)| (name.clone(), Flow::read(flow)));
        // OpenAPI 3.2 also says where a server describes all of this by itself.
        let discovery = scheme.get("oauth2MetadataUrl").map(|_| ("discovery".to_owned(), Flow::read(scheme)));
        let flows = flows.chain(discovery).collect();
        Some(Self { how, flows, is_deprecated: scheme["deprecated"] == true, authorization })
    }

    /// Whether credentials are had and sent in the same way. Scopes are asked for by the operations.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let urls = |scheme: &Self| {
            scheme.flows.iter().map(|(name, flow)| (name.clone(), flow.urls.clone())).collect::<Vec<_>>()
        };
        self.how == other.how && urls(self) == urls(other)
    }

    /// Whether one is a header of which the other tells what is in it: what Swashbuckle's users wrote for Swagger 2.0, and what they
    /// write since.
    pub(super) fn is_same_header(&self, other: &Self) -> bool {
        matches!(
            (self.authorization, other.authorization),
            (Some(Authorization::Any), Some(_)) | (Some(_), Some(Authorization::Any))
        )
    }
}

impl Flow {
    fn read(flow: &Value) -> Self {
        let members = ["authorizationUrl", "deviceAuthorizationUrl", "oauth2MetadataUrl", "refreshUrl", "tokenUrl"];
        let urls = members.iter().filter_map(|member| Some(((*member).to_owned(), flow[*member].as_str()?.to_owned())));
        let scopes = flow["scopes"].as_object().into_iter().flat_map(|scopes| scopes.keys().cloned());
        Self { urls: urls.collect(), scopes: scopes.collect() }
    }
}

/// Where a scheme is defined. A requirement names it, or points to it (OpenAPI 3.2, "Security Requirement Object").
pub(super) fn scheme_pointer(name: &str) -> String {
    match name.strip_prefix("#/components/securitySchemes/") {
        Some(name) => format!("/components/securitySchemes/{name}"),
        None => format!("/components/securitySchemes/{}", escape(name)),
    }
}
