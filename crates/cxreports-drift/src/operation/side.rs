//! An operation in one of the documents, with its references followed.

use std::collections::{BTreeMap, BTreeSet};

use cxreports_openapi::document::{Endpoint, Piece, escape, operation, pieces, resolve};
use serde_json::Value;

/// An operation in one of the documents.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) document: &'a Value,
    pub(crate) endpoint: &'a Endpoint,
}

impl<'a> Side<'a> {
    pub(crate) fn pointer(self) -> String {
        self.endpoint.pointer()
    }

    pub(crate) fn operation(self) -> &'a Value {
        operation(self.document, self.endpoint)
    }

    fn item(self) -> &'a Value {
        &self.document["paths"][&self.endpoint.path]
    }

    /// The parameters of the path and of the operation, by place and name; the operation's own hold. Three headers are not parameters,
    /// whatever a document says (OpenAPI 3.0, "Parameter Object").
    pub(super) fn parameters(self) -> BTreeMap<(String, String), (String, &'a Value)> {
        let path = format!("/paths/{}", escape(&self.endpoint.path));
        let lists = [(path, &self.item()["parameters"]), (self.pointer(), &self.operation()["parameters"])];
        let mut all = BTreeMap::new();
        for (place, list) in lists {
            for (index, parameter) in list.as_array().into_iter().flatten().enumerate() {
                let (pointer, parameter) = self.resolve(format!("{place}/parameters/{index}"), parameter);
                let (Some(location), Some(name)) = (parameter["in"].as_str(), parameter["name"].as_str()) else {
                    continue;
                };
                if location == "header" && NOT_PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                    continue;
                }
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
        let name = |piece| match piece {
            Piece::Parameter(name) => Some(name),
            Piece::Literal(_) => None,
        };
        pieces(&self.endpoint.path).into_iter().filter_map(name).collect()
    }

    /// Path parameters are declared by their names, without the constraints of the route.
    fn place_in_path(self, name: &str) -> String {
        let names = self.path_parameters();
        let exact = names.iter().position(|known| *known == name);
        let place = exact.or_else(|| names.iter().position(|known| known.eq_ignore_ascii_case(name)));
        place.map_or_else(|| name.to_owned(), |place| place.to_string())
    }

    pub(super) fn resolve(self, pointer: String, value: &'a Value) -> (String, &'a Value) {
        match resolve(self.document, value, &pointer) {
            Ok((found, target)) => (target, found),
            Err(_) => (pointer, value),
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

    /// The servers that the operation or its path names for itself.
    fn own_servers(self) -> Option<&'a Value> {
        let own = [&self.operation()["servers"], &self.item()["servers"]];
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

/// Headers that are not described as parameters: what a request carries, what it asks for, and its credentials.
const NOT_PARAMETERS: [&str; 3] = ["Accept", "Authorization", "Content-Type"];

/// The most paths that the variables of one server are tried for.
const MOST_PATHS: usize = 100;

/// The paths of servers, whatever their hosts are; variables have each of their values. No server is one at the root (OpenAPI 3.0,
/// "OpenAPI Object").
pub(crate) fn server_paths(servers: &Value) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for server in servers.as_array().into_iter().flatten() {
        let Some(url) = server["url"].as_str() else { continue };
        let mut own = vec![url.to_owned()];
        for (name, variable) in server["variables"].as_object().into_iter().flatten() {
            let name = format!("{{{name}}}");
            if own.iter().any(|url| url.contains(&name)) {
                let listed = variable["enum"].as_array().into_iter().flatten();
                let values: BTreeSet<&str> = listed.chain([&variable["default"]]).filter_map(Value::as_str).collect();
                let filled = own.iter().flat_map(|url| values.iter().map(|value| url.replace(&name, value)));
                own = filled.take(MOST_PATHS).collect();
            }
        }
        paths.extend(own.iter().map(|url| path_of(url).trim_matches('/').to_owned()));
    }
    if paths.is_empty() { BTreeSet::from([String::new()]) } else { paths }
}

/// The path of a URL, which may begin with its host (RFC 3986, 4.2).
fn path_of(url: &str) -> &str {
    let after_host = url.split_once("://").map(|(_, rest)| rest).or_else(|| url.strip_prefix("//"));
    after_host.map_or(url, |rest| rest.split_once('/').map_or("", |(_, path)| path))
}

/// The paths of servers, as a message has them: `/`, `/a or /b`.
pub(crate) fn paths_in_words(paths: &BTreeSet<String>) -> Value {
    paths.iter().map(|path| format!("/{path}")).collect::<Vec<_>>().join(" or ").into()
}
