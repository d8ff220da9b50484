//! Names of operations: proposed by rule, then frozen in `names.toml`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use heck::ToSnakeCase;
use serde_json::Value;
use thiserror::Error;

use crate::{
    document::{Endpoint, endpoints, operation, resolve},
    files::{ReadError, read_if_there},
    ident, reserved,
};

/// Whether an operation can have that name.
fn is_free(name: &str) -> bool {
    !reserved::METHODS.contains(&name) && !reserved::BUILDERS.contains(&ident::pascal(name).as_str())
}

/// Why `names.toml` cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NamesError {
    /// The file cannot be read, or is not the TOML that it should be.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A name that cannot be a method.
    #[error(
        "{path}: {name:?}, the name of {endpoint}, is not a Rust method name in snake_case, or one that the generated client needs; change it there"
    )]
    BadName {
        /// The file.
        path: String,
        /// The name.
        name: String,
        /// Whose it is.
        endpoint: String,
    },
    /// One name twice in one document.
    #[error("{first} and {second} are both called {name:?}; give one of them another name in names.toml")]
    Twice {
        /// The name.
        name: String,
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
}

/// The frozen names: `METHOD path` to operation name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// Reads `names.toml`; a file that is not there has no names.
    ///
    /// # Errors
    ///
    /// [`NamesError`] names the file and what is wrong in it.
    pub fn read(path: &Path) -> Result<Self, NamesError> {
        let text = read_if_there(path).map_err(ReadError::io(path))?;
        text.map_or_else(|| Ok(Self::default()), |text| Self::parse(&text, &path.display().to_string()))
    }

    /// Reads the text of a `names.toml`.
    ///
    /// # Errors
    ///
    /// [`NamesError`] names the file and what is wrong in it.
    pub fn parse(text: &str, path: &str) -> Result<Self, NamesError> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[serde(default)]
            operations: BTreeMap<String, String>,
        }
        let file: File = toml::from_str(text).map_err(|error| ReadError::invalid(Path::new(path), error))?;
        for (endpoint, name) in &file.operations {
            if *name != ident::snake(name) || name.ends_with('_') || !is_free(name) {
                return Err(NamesError::BadName {
                    path: path.to_owned(),
                    name: name.clone(),
                    endpoint: endpoint.clone(),
                });
            }
        }
        Ok(Self(file.operations))
    }

    /// The file's text: sorted, so that a new operation is one new line.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::from(
            "# METHOD path -> operation name. A new operation gets a name by rule when it is first pinned and keeps it:\n\
             # change a name here, then run `cargo xtask regen --all --offline`.\n\n[operations]\n",
        );
        for (endpoint, name) in &self.0 {
            text.push_str(&format!("{} = \"{name}\"\n", toml_edit::Key::new(endpoint)));
        }
        text
    }

    /// The frozen names, by `METHOD path`.
    #[must_use]
    pub fn frozen(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Names every operation of a document: by the frozen name, else by its `operationId`, else by rule. What is new is
    /// frozen.
    ///
    /// # Errors
    ///
    /// [`NamesError::Twice`] when the frozen names give two operations of the document one name.
    pub fn assign(&mut self, document: &Value) -> Result<BTreeMap<Endpoint, String>, NamesError> {
        self.assign_with(document, BTreeMap::new())
    }

    /// Names every operation of a document, where some have names already: they need not be frozen, and a frozen name wins.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn assign_with(
        &mut self,
        document: &Value,
        mut given: BTreeMap<Endpoint, String>,
    ) -> Result<BTreeMap<Endpoint, String>, NamesError> {
        given.retain(|endpoint, _| !self.0.contains_key(&endpoint.to_string()));
        let mut taken: BTreeMap<String, Endpoint> =
            given.iter().map(|(endpoint, name)| (name.clone(), endpoint.clone())).collect();
        let mut assigned = given;
        let others = endpoints(document).into_iter().filter(|endpoint| !assigned.contains_key(endpoint));
        let (frozen, new): (Vec<_>, Vec<_>) = others.partition(|e| self.0.contains_key(&e.to_string()));
        for endpoint in frozen {
            let name = self.0[&endpoint.to_string()].clone();
            if let Some(first) = taken.insert(name.clone(), endpoint.clone()) {
                return Err(NamesError::Twice { name, first: first.to_string(), second: endpoint.to_string() });
            }
            assigned.insert(endpoint, name);
        }
        let own = taken.keys().chain(self.0.values());
        let avoid: BTreeSet<String> = own.map(|name| ident::pascal(name)).collect();
        for (endpoint, name) in propose(document, &new, &avoid) {
            self.0.insert(endpoint.to_string(), name.clone());
            assigned.insert(endpoint, name);
        }
        Ok(assigned)
    }
}

/// Proposes a name for each endpoint, none of them in `avoid`, which is in Pascal case. The outcome does not depend on the order of the document.
fn propose(document: &Value, endpoints: &[Endpoint], avoid: &BTreeSet<String>) -> BTreeMap<Endpoint, String> {
    let candidates: BTreeMap<&Endpoint, Vec<String>> =
        endpoints.iter().map(|endpoint| (endpoint, candidates(document, endpoint))).collect();
    let mut level: BTreeMap<&Endpoint, usize> = endpoints.iter().map(|endpoint| (endpoint, 0)).collect();
    loop {
        let mut users: BTreeMap<String, Vec<&Endpoint>> = BTreeMap::new();
        for (endpoint, names) in &candidates {
            // The builder's type has the name in Pascal case, where fewer names differ.
            users.entry(ident::pascal(&names[level[endpoint]])).or_default().push(endpoint);
        }
        let mut moved = false;
        for (name, users) in users {
            let name_of = |user: &Endpoint| &candidates[user][level[user]];
            if users.len() > 1 || avoid.contains(&name) || users.iter().any(|user| !is_free(name_of(user))) {
                for user in users {
                    let at = level.get_mut(user).expect("every endpoint has a level");
                    if *at + 1 < candidates[user].len() {
                        *at += 1;
                        moved = true;
                    }
                }
            }
        }
        if !moved {
            break;
        }
    }
    let mut taken = avoid.clone();
    let mut proposed = BTreeMap::new();
    for (endpoint, names) in &candidates {
        let name = &names[level[endpoint]];
        let free = ident::free(name, "_", |name| !is_free(name) || taken.contains(&ident::pascal(name)));
        taken.insert(ident::pascal(&free));
        proposed.insert((*endpoint).clone(), free);
    }
    proposed
}

/// Names for one operation, the shortest first.
fn candidates(document: &Value, endpoint: &Endpoint) -> Vec<String> {
    let operation = operation(document, endpoint);
    let mut names = Vec::new();
    if let Some(id) = operation["operationId"].as_str() {
        names.push(ident::snake(id));
    }
    // OData writes keys behind the collection: `/Products({key})`.
    let path = endpoint.path.replace("({", "/{");
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let is_parameter = |segment: &str| segment.contains('{');
    let words: Vec<String> = segments
        .iter()
        .filter(|segment| !is_parameter(segment) && !is_noise(segment))
        .map(|segment| segment.to_snake_case())
        .filter(|word| !word.is_empty())
        .collect();
    let (subject, parents) = match words.split_last() {
        Some((subject, parents)) => (subject.clone(), parents),
        None => ("root".to_owned(), &[][..]),
    };
    let ends_in_parameter = segments.last().is_some_and(|segment| is_parameter(segment));
    let under_item = segments.len() >= 2 && is_parameter(segments[segments.len() - 2]);
    let plural = subject.ends_with('s') && !subject.ends_with("ss") && !subject.ends_with("status");
    let shape = |subject: &str| match endpoint.method.as_str() {
        "get" if ends_in_parameter => format!("get_{}", singular(subject)),
        "get" if lists(document, operation) => format!("list_{subject}"),
        "get" => format!("get_{subject}"),
        "post" if ends_in_parameter => format!("post_{}", singular(subject)),
        "post" if plural || !under_item => format!("create_{}", singular(subject)),
        "post" => subject.to_owned(),
        "put" => format!("update_{}", if ends_in_parameter { singular(subject) } else { subject.to_owned() }),
        "patch" => format!("patch_{}", if ends_in_parameter { singular(subject) } else { subject.to_owned() }),
        "delete" => format!("delete_{}", if ends_in_parameter { singular(subject) } else { subject.to_owned() }),
        method => format!("{method}_{subject}"),
    };
    // An action on an item (`POST jobs/{id}/deliver`) needs the item's name to say anything.
    let mut qualified = subject.clone();
    let is_action = endpoint.method == "post" && under_item && !plural;
    if !is_action || parents.is_empty() {
        names.push(shape(&qualified));
    }
    for parent in parents.iter().rev() {
        qualified = if is_action {
            format!("{qualified}_{}", singular(parent))
        } else {
            format!("{}_{qualified}", singular(parent))
        };
        names.push(shape(&qualified));
    }
    let longest = names.last().expect("there is always a name").clone();
    let parameters: Vec<_> = segments.iter().filter(|s| is_parameter(s)).map(|s| s.to_snake_case()).collect();
    if !parameters.is_empty() {
        names.push(format!("{longest}_by_{}", parameters.join("_and_")));
    }
    names.push(format!("{}_{longest}", endpoint.method));
    names.into_iter().map(|name| ident::snake(&name)).collect()
}

/// Segments that say nothing: `api`, `v1`, `odata`.
fn is_noise(segment: &str) -> bool {
    let version = segment.strip_prefix(['v', 'V']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    version || segment.eq_ignore_ascii_case("api")
}

fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        format!("{stem}y")
    } else if ["sses", "shes", "ches", "xes"].iter().any(|end| word.ends_with(end)) {
        word[..word.len() - 2].to_owned()
    } else if word.ends_with('s')
        && !word.ends_with("ss")
        && !word.ends_with("us")
        && !word.ends_with("is")
        && word.len() > 2
    {
        word[..word.len() - 1].to_owned()
    } else {
        word.to_owned()
    }
}

/// Whether the operation's success is an array.
fn lists(document: &Value, operation: &Value) -> bool {
    let responses = operation["responses"].as_object();
    responses.into_iter().flatten().filter(|(status, _)| status.starts_with('2')).any(|(_, response)| {
        let content = response["content"].as_object();
        content
            .into_iter()
            .flat_map(|content| content.values())
            .any(|media| resolve(document, &media["schema"], "").is_ok_and(|(schema, _)| schema["type"] == "array"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(endpoints: &[(&str, &str)]) -> Vec<String> {
        let list = json!({ "200": { "content": { "application/json": { "schema": { "type": "array" } } } } });
        let mut document = json!({ "paths": {} });
        for (method, path) in endpoints {
            let many = path.ends_with('s');
            document["paths"][path][method] = json!({ "responses": if many { list.clone() } else { json!({}) } });
        }
        let assigned = Names::default().assign(&document).unwrap();
        endpoints
            .iter()
            .map(|(method, path)| {
                assigned[&Endpoint { path: (*path).to_owned(), method: (*method).to_owned() }].clone()
            })
            .collect()
    }

    #[test]
    fn names_read_like_what_the_operation_does() {
        let cases = [
            ("get", "/api/v1/workspaces", "list_workspaces"),
            ("get", "/api/v1/workspaces/{id}", "get_workspace"),
            ("post", "/api/v1/workspaces", "create_workspace"),
            ("put", "/api/v1/workspaces/{id}", "update_workspace"),
            ("delete", "/api/v1/workspaces/{id}", "delete_workspace"),
            ("get", "/api/v1/ws/{workspaceId}/report-types", "list_report_types"),
            ("post", "/api/v1/ws/{w}/jobs/{j}/runs/{r}/deliver", "deliver_run"),
            ("post", "/api/v1/ws/{w}/temporary-data", "temporary_data_ws"),
            ("get", "/odata/Products({key})", "get_product"),
            ("get", "/api/v{version}/products", "list_products"),
            ("get", "/", "get_root"),
            ("get", "/api/type", "get_type"),
            ("post", "/fonction/éléments", "create_élément"),
        ];
        for (method, path, name) in cases {
            assert_eq!(names(&[(method, path)]), [name], "{method} {path}");
        }
    }

    #[test]
    fn names_that_collide_say_where_they_belong() {
        let both = names(&[("get", "/reports/{id}/pages"), ("get", "/books/{id}/pages")]);
        assert_eq!(both, ["list_report_pages", "list_book_pages"]);
        let same = names(&[("get", "/items/{id}"), ("get", "/items/{code}")]);
        assert_eq!(same, ["get_item_by_id", "get_item_by_code"]);
    }

    #[test]
    fn frozen_names_win_and_are_checked() {
        let document = json!({ "paths": { "/a": { "get": {} }, "/b": { "get": {} } } });
        let mut names = Names::parse("[operations]\n\"GET /a\" = \"first\"\n", "names.toml").unwrap();
        let assigned: Vec<_> = names.assign(&document).unwrap().into_values().collect();
        assert_eq!(assigned, ["first", "get_b"]);
        assert!(names.to_toml().ends_with("\"GET /a\" = \"first\"\n\"GET /b\" = \"get_b\"\n"));

        // Every path can be read back, whatever characters it has.
        let path = "/a\n[x]\r\t\"'\\/\u{e9}\u{202e}\u{0}";
        let mut odd = Names::default();
        odd.assign(&json!({ "paths": { path: { "get": {} } } })).unwrap();
        assert_eq!(odd.frozen().keys().collect::<Vec<_>>(), [&format!("GET {path}")]);
        assert_eq!(Names::parse(&odd.to_toml(), "names.toml").unwrap(), odd, "{}", odd.to_toml());

        let error = Names::parse("[operations]\n\"GET /a\" = \"List All\"\n", "names.toml").unwrap_err();
        assert!(error.to_string().contains("is not a Rust method name"), "{error}");
    }
}
