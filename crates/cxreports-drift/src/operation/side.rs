//! An operation in one of the documents, with its references followed.

use std::collections::{BTreeMap, BTreeSet};

use cxreports_openapi::document::{escape, follow};
use serde_json::{Value, json};

/// An operation in one of the documents.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) document: &'a Value,
    pub(crate) path: &'a str,
    pub(crate) method: &'a str,
}

impl<'a> Side<'a> {
    pub(crate) fn pointer(self) -> String {
        format!("/paths/{}/{}", escape(self.path), self.method)
    }

    pub(crate) fn operation(self) -> &'a Value {
        &self.document["paths"][self.path][self.method]
    }

    /// The parameters of the path and of the operation, by place and name; the operation's own hold.
    pub(super) fn parameters(self) -> BTreeMap<(String, String), (String, &'a Value)> {
        let path = format!("/paths/{}", escape(self.path));
        let lists = [
            (path, &self.document["paths"][self.path]["parameters"]),
            (self.pointer(), &self.operation()["parameters"]),
        ];
        let mut all = BTreeMap::new();
        for (place, list) in lists {
            for (index, parameter) in list.as_array().into_iter().flatten().enumerate() {
                let (pointer, parameter) = self.resolve(format!("{place}/parameters/{index}"), parameter);
                let (Some(location), Some(name)) = (parameter["in"].as_str(), parameter["name"].as_str()) else {
                    continue;
                };
                let name = match location {
                    // RFC 9110, 5.1: names of headers have no case.
                    "header" => name.to_ascii_lowercase(),
                    // Path parameters are the same by their place in the path.
                    "path" => self.place_in_path(name),
                    // Other cases of a name are the same parameter, which may be spelled in another way.
                    "query" | "cookie" => name.to_lowercase(),
                    _ => name.to_owned(),
                };
                all.insert((location.to_owned(), name), (pointer, parameter));
            }
        }
        all
    }

    /// The names of the parameters in the path, in their order.
    pub(super) fn path_parameters(self) -> Vec<&'a str> {
        self.path.split('{').skip(1).filter_map(|part| part.split('}').next()).collect()
    }

    fn place_in_path(self, name: &str) -> String {
        let place = self.path_parameters().into_iter().position(|known| known == name);
        place.map_or_else(|| name.to_owned(), |place| place.to_string())
    }

    pub(super) fn resolve(self, pointer: String, value: &'a Value) -> (String, &'a Value) {
        let target = follow(self.document, &pointer);
        match self.document.pointer(&target) {
            Some(found) => (target, found),
            None => (pointer, value),
        }
    }

    pub(super) fn body(self) -> Option<(String, &'a Value)> {
        let body = self.operation().get("requestBody")?;
        Some(self.resolve(format!("{}/requestBody", self.pointer()), body))
    }

    pub(super) fn responses(self) -> BTreeMap<&'a str, (String, &'a Value)> {
        let responses = self.operation()["responses"].as_object().into_iter().flatten();
        let at = |status: &str| format!("{}/responses/{}", self.pointer(), escape(status));
        responses.map(|(status, response)| (status.as_str(), self.resolve(at(status), response))).collect()
    }

    /// The credentials that are enough: each alternative is schemes with their scopes. None at all is one alternative.
    pub(super) fn security(self) -> Vec<Alternative<'a>> {
        let own = self.operation().get("security").filter(|security| security.is_array());
        let list = own.or(self.document.get("security")).and_then(Value::as_array);
        let alternatives = list.into_iter().flatten().filter_map(Value::as_object).map(|schemes| {
            let scopes =
                |scopes: &'a Value| scopes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            schemes.iter().map(|(name, of)| (name.as_str(), scopes(of))).collect()
        });
        let alternatives: Vec<_> = alternatives.collect();
        if alternatives.is_empty() { vec![BTreeMap::new()] } else { alternatives }
    }

    /// How the credentials of a scheme are had and sent. Swagger 2.0 has no word for bearer tokens but a header.
    pub(super) fn scheme(self, name: &str, has_http: bool) -> Option<Value> {
        let scheme = self.document.pointer(&scheme_pointer(name))?;
        // RFC 9110, 5.1 and 11.1: neither names of schemes nor of headers have case.
        let (http, header) = (lower(&scheme["scheme"]), lower(&scheme["name"]));
        if !has_http && scheme["type"] == "http" && http == "bearer" {
            return Some(json!(["apiKey", null, "header", null, "authorization"]));
        }
        let name = if scheme["in"] == "header" { header } else { scheme["name"].clone() };
        let mut said =
            vec![scheme["type"].clone(), http, scheme["in"].clone(), scheme["openIdConnectUrl"].clone(), name];
        for flow in ["implicit", "password", "clientCredentials", "authorizationCode"] {
            if let Some(flow) = scheme["flows"].get(flow) {
                said.extend(["authorizationUrl", "tokenUrl", "refreshUrl"].map(|url| flow[url].clone()));
            }
        }
        Some(said.into())
    }

    /// The servers that the operation or its path names for itself.
    fn own_servers(self) -> Option<&'a Value> {
        let own = [&self.operation()["servers"], &self.document["paths"][self.path]["servers"]];
        own.into_iter().find(|servers| servers.is_array())
    }

    pub(super) fn has_servers(self) -> bool {
        self.own_servers().is_some()
    }

    /// The paths of the servers of the operation: its own, or those of the document.
    pub(super) fn servers(self) -> BTreeSet<String> {
        server_paths(self.own_servers().unwrap_or(&self.document["servers"]))
    }
}

/// The schemes that are enough together, each with its scopes.
pub(super) type Alternative<'s> = BTreeMap<&'s str, BTreeSet<&'s str>>;

pub(super) fn scheme_pointer(name: &str) -> String {
    format!("/components/securitySchemes/{}", escape(name))
}

fn lower(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| text.to_ascii_lowercase().into())
}

/// The paths of servers, whatever their hosts are; variables have their defaults. No server is one at the root (OpenAPI 3.0,
/// "OpenAPI Object").
pub(crate) fn server_paths(servers: &Value) -> BTreeSet<String> {
    let path = |server: &Value| {
        let mut url = server["url"].as_str()?.to_owned();
        for (name, variable) in server["variables"].as_object().into_iter().flatten() {
            url = url.replace(&format!("{{{name}}}"), variable["default"].as_str().unwrap_or_default());
        }
        let url = url.as_str();
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
        Some(rest.trim_matches('/').to_owned())
    };
    let paths: BTreeSet<String> = servers.as_array().into_iter().flatten().filter_map(path).collect();
    if paths.is_empty() { BTreeSet::from([String::new()]) } else { paths }
}
