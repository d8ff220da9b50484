//! Two operations: parameters, body, answers, credentials.

use std::collections::{BTreeMap, BTreeSet};

use cxreports_core::is_json;
use serde_json::Value;

use crate::{
    Direction, Rule,
    compare::Change,
    schema::{Pair, Schemas},
};
use cxreports_openapi::document::{escape, follow};

/// A schema of an operation, and what it is there.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) pair: Pair,
    /// For people: `query parameter limit`, `the body`, `the 200 answer`.
    pub(crate) what: String,
    /// The parameter, when it is one.
    pub(crate) field: Option<String>,
}

/// What comparing two operations gave: changes of their own, and the schemas to look into.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) changes: Vec<Change>,
    pub(crate) roots: Vec<Root>,
}

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
    fn parameters(self, ignore_case: bool) -> BTreeMap<(String, String), (String, &'a Value)> {
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
                    // ASP.NET binds queries without case.
                    "query" if ignore_case => name.to_lowercase(),
                    _ => name.to_owned(),
                };
                all.insert((location.to_owned(), name), (pointer, parameter));
            }
        }
        all
    }

    fn place_in_path(self, name: &str) -> String {
        let mut names = self.path.split('{').skip(1).filter_map(|part| part.split('}').next());
        names.position(|known| known == name).map_or_else(|| name.to_owned(), |place| place.to_string())
    }

    fn resolve(self, pointer: String, value: &'a Value) -> (String, &'a Value) {
        let target = follow(self.document, &pointer);
        match self.document.pointer(&target) {
            Some(found) => (target, found),
            None => (pointer, value),
        }
    }

    fn body(self) -> Option<(String, &'a Value)> {
        let body = self.operation().get("requestBody")?;
        Some(self.resolve(format!("{}/requestBody", self.pointer()), body))
    }

    fn answers(self) -> BTreeMap<&'a str, (String, &'a Value)> {
        let answers = self.operation()["responses"].as_object().into_iter().flatten();
        let at = |status: &str| format!("{}/responses/{}", self.pointer(), escape(status));
        answers.map(|(status, answer)| (status.as_str(), self.resolve(at(status), answer))).collect()
    }

    /// The credentials that are enough: each alternative is schemes with their scopes. None at all is one alternative.
    fn security(self) -> Vec<Alternative<'a>> {
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

    /// How the credentials of a scheme are had and sent.
    fn scheme(self, name: &str) -> Option<Value> {
        let scheme = self.document.pointer(&scheme_pointer(name))?;
        let mut said: Vec<Value> =
            ["type", "scheme", "in", "openIdConnectUrl"].iter().map(|member| scheme[member].clone()).collect();
        // RFC 9110, 5.1 and 11.1: neither has case.
        said[1] = lower(&said[1]);
        let name = &scheme["name"];
        said.push(if scheme["in"] == "header" { lower(name) } else { name.clone() });
        for flow in ["implicit", "password", "clientCredentials", "authorizationCode"] {
            let flow = &scheme["flows"][flow];
            said.extend(["authorizationUrl", "tokenUrl", "refreshUrl"].map(|url| flow[url].clone()));
        }
        Some(said.into())
    }

    /// The paths of the servers that an operation or its path names for itself.
    fn servers(self) -> Option<BTreeSet<String>> {
        let own = [&self.operation()["servers"], &self.document["paths"][self.path]["servers"]];
        own.into_iter().find(|servers| servers.is_array()).map(server_paths)
    }
}

type Alternative<'s> = BTreeMap<&'s str, BTreeSet<&'s str>>;

fn scheme_pointer(name: &str) -> String {
    format!("/components/securitySchemes/{}", escape(name))
}

fn lower(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| text.to_ascii_lowercase().into())
}

/// The paths of servers, whatever their hosts are.
pub(crate) fn server_paths(servers: &Value) -> BTreeSet<String> {
    let path = |url: &str| {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
        rest.trim_matches('/').to_owned()
    };
    servers.as_array().into_iter().flatten().filter_map(|server| server["url"].as_str()).map(path).collect()
}

/// Compares two operations.
pub(crate) fn compare(before: Side<'_>, after: Side<'_>, schemas: &mut Schemas<'_>) -> Outcome {
    let mut comparison = Comparison { before, after, schemas, out: Outcome::default() };
    comparison.itself();
    comparison.parameters();
    comparison.body();
    comparison.answers();
    comparison.security();
    comparison.out
}

struct Comparison<'a, 's, 'd> {
    before: Side<'a>,
    after: Side<'a>,
    schemas: &'s mut Schemas<'d>,
    out: Outcome,
}

/// A place in both documents.
struct Places<'p> {
    base: &'p str,
    revision: &'p str,
    direction: Option<Direction>,
    field: Option<&'p str>,
}

impl Comparison<'_, '_, '_> {
    fn push(&mut self, rule: Rule, at: &Places<'_>, before: Option<Value>, after: Option<Value>) {
        self.out.changes.push(Change {
            rule,
            direction: at.direction,
            base: Some(at.base.to_owned()),
            revision: Some(at.revision.to_owned()),
            field: at.field.map(str::to_owned),
            before,
            after,
        });
    }

    fn itself(&mut self) {
        let (base, revision) = (self.before.pointer(), self.after.pointer());
        let at = Places { base: &base, revision: &revision, direction: None, field: None };
        let (was, is) = (self.before.operation(), self.after.operation());
        match (was["deprecated"] == true, is["deprecated"] == true) {
            (false, true) => self.push(Rule::OperationDeprecated, &at, None, None),
            (true, false) => self.push(Rule::OperationNotDeprecated, &at, None, None),
            _ => {}
        }
        if was["operationId"] != is["operationId"] {
            let id = |operation: &Value| Some(operation["operationId"].clone()).filter(|id| !id.is_null());
            self.push(Rule::OperationIdChanged, &at, id(was), id(is));
        }
        let spelling = |path: &str| path.trim_end_matches('/').to_lowercase();
        let (was_spelt, is_spelt) = (spelling(self.before.path), spelling(self.after.path));
        if self.before.path != self.after.path && !(self.schemas.ignore_case && was_spelt == is_spelt) {
            let (before, after) = (self.before.path.into(), self.after.path.into());
            self.push(Rule::PathParameterRenamed, &at, Some(before), Some(after));
        }
        let (before, after) = (self.before.servers(), self.after.servers());
        if before != after {
            let show = |paths: Option<BTreeSet<String>>| paths.map(|paths| serde_json::json!(paths));
            self.push(Rule::BasePathChanged, &at, show(before), show(after));
        }
    }

    fn parameters(&mut self) {
        let (base_at, revision_at) = (self.before.pointer(), self.after.pointer());
        let ignore_case = self.schemas.ignore_case;
        let before = self.before.parameters(ignore_case);
        let mut after = self.after.parameters(ignore_case);
        let mut gone = Vec::new();
        for (key, (base, was)) in &before {
            match after.remove(key) {
                Some((revision, is)) => self.parameter(base, was, &revision, is),
                None => gone.push((&key.0, base, *was)),
            }
        }
        for (location, base, was) in gone {
            let name = name(was);
            let moved = after.iter().find(|(_, (_, is))| is["name"] == was["name"]).map(|(key, _)| key.clone());
            let direction = Some(Direction::Request);
            if let Some(key) = moved {
                let revision = after.remove(&key).map(|(revision, _)| revision).unwrap_or_default();
                let at = Places { base, revision: &revision, direction, field: Some(name) };
                self.push(Rule::ParameterMoved, &at, Some(location.as_str().into()), Some(key.0.into()));
            } else {
                let at = Places { base, revision: &revision_at, direction, field: Some(name) };
                self.push(Rule::ParameterRemoved, &at, Some(was.clone()), None);
            }
        }
        for (revision, is) in after.values() {
            let direction = Some(Direction::Request);
            let at = Places { base: &base_at, revision, direction, field: Some(name(is)) };
            let rule = if is["required"] == true { Rule::ParameterAddedRequired } else { Rule::ParameterAddedOptional };
            self.push(rule, &at, None, Some((*is).clone()));
        }
    }

    fn parameter(&mut self, base: &str, was: &Value, revision: &str, is: &Value) {
        let name = name(was);
        let location = was["in"].as_str().unwrap_or_default();
        let at = Places { base, revision, direction: Some(Direction::Request), field: Some(name) };
        match (was["required"] == true, is["required"] == true) {
            (false, true) => self.push(Rule::ParameterNowRequired, &at, None, None),
            (true, false) => self.push(Rule::ParameterNowOptional, &at, None, None),
            _ => {}
        }
        if was["deprecated"] != true && is["deprecated"] == true {
            self.push(Rule::ParameterDeprecated, &at, None, None);
        }
        // OpenAPI 3.0, "Style Values": what holds where nothing is said.
        let style = |parameter: &Value| {
            let usual = if matches!(location, "query" | "cookie") { "form" } else { "simple" };
            parameter["style"].as_str().unwrap_or(usual).to_owned()
        };
        let explode = |parameter: &Value| parameter["explode"].as_bool().unwrap_or(style(parameter) == "form");
        if style(was) != style(is) {
            self.push(Rule::ParameterStyleChanged, &at, Some(style(was).into()), Some(style(is).into()));
        } else if explode(was) != explode(is)
            && !(is_single(self.before.document, was) && is_single(self.after.document, is))
        {
            self.push(Rule::ParameterExplodeChanged, &at, Some(explode(was).into()), Some(explode(is).into()));
        }
        let what = format!("{location} parameter `{name}`");
        match (was.get("schema"), is.get("schema")) {
            (Some(_), Some(_)) => {
                let (base, revision) = (format!("{base}/schema"), format!("{revision}/schema"));
                self.root(&base, &revision, Direction::Request, &what, Some(name), location != "cookie");
            }
            (Some(_), None) if is.get("content").is_some() => {
                self.push(Rule::ParameterContentChanged, &at, Some("schema".into()), Some("content".into()));
            }
            (None, Some(_)) if was.get("content").is_some() => {
                self.push(Rule::ParameterContentChanged, &at, Some("content".into()), Some("schema".into()));
            }
            _ => self.content(&at, was, is, &what),
        }
    }

    fn body(&mut self) {
        let direction = Some(Direction::Request);
        let (base_at, revision_at) = (self.before.pointer(), self.after.pointer());
        match (self.before.body(), self.after.body()) {
            (None, None) => {}
            (None, Some((revision, is))) => {
                let at = Places { base: &base_at, revision: &revision, direction, field: None };
                let required = is["required"] == true;
                self.push(if required { Rule::BodyAddedRequired } else { Rule::BodyAddedOptional }, &at, None, None);
            }
            (Some((base, _)), None) => {
                let at = Places { base: &base, revision: &revision_at, direction, field: None };
                self.push(Rule::BodyRemoved, &at, None, None);
            }
            (Some((base, was)), Some((revision, is))) => {
                let at = Places { base: &base, revision: &revision, direction, field: None };
                match (was["required"] == true, is["required"] == true) {
                    (false, true) => self.push(Rule::BodyNowRequired, &at, None, None),
                    (true, false) => self.push(Rule::BodyNowOptional, &at, None, None),
                    _ => {}
                }
                self.content(&at, was, is, "the body");
            }
        }
    }

    /// The media types of a body, an answer or a parameter, and what they carry.
    fn content(&mut self, at: &Places<'_>, was: &Value, is: &Value, what: &str) {
        let Some(direction) = at.direction else { return };
        let (mut before, mut after) = (media_types(was), media_types(is));
        let inside = |carrier: &str, media_type: &str| format!("{carrier}/content/{}", escape(media_type));
        let mut pairs = Vec::new();
        before.retain(|name, was| match after.remove(name) {
            Some(is) => {
                pairs.push((*was, is));
                false
            }
            None => true,
        });
        // What takes a range of types takes each of them.
        if direction == Direction::Request {
            let all = media_types(is);
            before.retain(|name, was| match all.iter().find(|(range, _)| covers(range, name)) {
                Some((_, is)) => {
                    pairs.push((*was, *is));
                    false
                }
                None => true,
            });
        }
        let all_before: Vec<String> = media_types(was).into_keys().collect();
        let stays_json = media_types(is).keys().any(|name| is_json(name));
        // Where JSON has another name on each side, it is JSON all the same.
        if !pairs.iter().any(|(was, _)| is_json(was)) && stays_json {
            let json = |carrier| media_types(carrier).into_iter().find(|(name, _)| is_json(name)).map(|(_, name)| name);
            let (one, other) = (json(was), json(is));
            if let Some((one, other)) = one.zip(other) {
                self.media(at, one, other, direction, what, (was, is));
            }
        }
        for (name, media_type) in &before {
            let (base, revision) = (inside(at.base, media_type), format!("{}/content", at.revision));
            let at = Places { base: &base, revision: &revision, ..*at };
            // ASP.NET writes these three together for whatever it serialises as JSON.
            let is_aspnet = ["application/json", "text/json", "text/plain"]
                .iter()
                .all(|name| all_before.iter().any(|known| known == name));
            let alias = stays_json && (is_json(name) || (is_aspnet && name == "text/plain"));
            let rule = if alias { Rule::MediaTypeAliasRemoved } else { Rule::MediaTypeRemoved };
            self.push(rule, &at, Some((*media_type).into()), None);
        }
        for media_type in after.values() {
            let (base, revision) = (format!("{}/content", at.base), inside(at.revision, media_type));
            let at = Places { base: &base, revision: &revision, ..*at };
            self.push(Rule::MediaTypeAdded, &at, None, Some((*media_type).into()));
        }
        for (from, to) in pairs {
            self.media(at, from, to, direction, what, (was, is));
        }
    }

    /// What a media type carries, and how the parts of a form are encoded.
    fn media(
        &mut self,
        at: &Places<'_>,
        from: &str,
        to: &str,
        direction: Direction,
        what: &str,
        (was, is): (&Value, &Value),
    ) {
        let place =
            |carrier: &str, media_type: &str, member| format!("{carrier}/content/{}/{member}", escape(media_type));
        let is_form = from.starts_with("multipart/") || from.starts_with("application/x-www-form-urlencoded");
        let (base, revision) = (place(at.base, from, "schema"), place(at.revision, to, "schema"));
        self.root(&base, &revision, direction, what, at.field, is_form);
        let (was, is) = (&was["content"][from]["encoding"], &is["content"][to]["encoding"]);
        let is_said = |encoding: &Value| encoding.as_object().is_some_and(|parts| !parts.is_empty());
        if is_form && was != is && (is_said(was) || is_said(is)) {
            let (base, revision) = (place(at.base, from, "encoding"), place(at.revision, to, "encoding"));
            let at = Places { base: &base, revision: &revision, ..*at };
            let value = |encoding: &Value| Some(encoding.clone()).filter(|encoding| !encoding.is_null());
            self.push(Rule::EncodingChanged, &at, value(was), value(is));
        }
    }

    fn answers(&mut self) {
        let (base_at, revision_at) = (self.before.pointer(), self.after.pointer());
        let before = self.before.answers();
        let mut after = self.after.answers();
        let direction = Some(Direction::Response);
        let had_success = before.keys().any(|status| is_success(status));
        for (status, (base, was)) in before {
            let found = after.remove(status).or_else(|| {
                let partner = after.keys().copied().find(|other| stands_for(status, other, had_success))?;
                after.remove(partner)
            });
            let Some((revision, is)) = found else {
                let at = Places { base: &base, revision: &revision_at, direction, field: None };
                let rule = if is_success(status) { Rule::SuccessRemoved } else { Rule::FailureRemoved };
                self.push(rule, &at, Some(status.into()), None);
                continue;
            };
            let at = Places { base: &base, revision: &revision, direction, field: None };
            let has = |answer: &Value| answer["content"].as_object().is_some_and(|content| !content.is_empty());
            match (has(was), has(is)) {
                (true, false) => self.push(Rule::ContentRemoved, &at, None, None),
                (false, true) => self.push(Rule::ContentAdded, &at, None, None),
                (true, true) => {
                    let what = format!("the {status} answer");
                    self.content(&at, was, is, &what);
                }
                (false, false) => {}
            }
            self.headers(&base, was, &revision, is);
        }
        for (status, (revision, _)) in after {
            let at = Places { base: &base_at, revision: &revision, direction, field: None };
            let rule = if is_success(status) { Rule::SuccessAdded } else { Rule::FailureAdded };
            self.push(rule, &at, None, Some(status.into()));
        }
    }

    fn headers(&mut self, base: &str, was: &Value, revision: &str, is: &Value) {
        let direction = Some(Direction::Response);
        fn list<'v>(side: Side<'v>, answer: &'v Value, at: &str) -> BTreeMap<String, (String, &'v Value)> {
            let headers = answer["headers"].as_object().into_iter().flatten();
            let place = |name: &str| format!("{at}/headers/{}", escape(name));
            headers.map(|(name, header)| (name.to_ascii_lowercase(), side.resolve(place(name), header))).collect()
        }
        let before = list(self.before, was, base);
        let mut after = list(self.after, is, revision);
        for (name, (base, was)) in before {
            let Some((revision, is)) = after.remove(&name) else {
                let at = Places { base: &base, revision, direction, field: Some(&name) };
                self.push(Rule::HeaderRemoved, &at, Some(was.clone()), None);
                continue;
            };
            let at = Places { base: &base, revision: &revision, direction, field: Some(&name) };
            match (was["required"] == true, is["required"] == true) {
                (true, false) => self.push(Rule::HeaderNowOptional, &at, None, None),
                (false, true) => self.push(Rule::HeaderNowRequired, &at, None, None),
                _ => {}
            }
            let (base, revision) = (format!("{base}/schema"), format!("{revision}/schema"));
            self.root(&base, &revision, Direction::Response, &format!("header `{name}`"), Some(&name), true);
        }
        for (name, (revision, is)) in after {
            let at = Places { base, revision: &revision, direction, field: Some(&name) };
            self.push(Rule::HeaderAdded, &at, None, Some(is.clone()));
        }
    }

    /// Whoever had enough credentials still has, if some alternative asks for no more than theirs did.
    fn security(&mut self) {
        let (before, mut after) = (self.before.security(), self.after.security());
        self.rename_schemes(&before, &mut after);
        let (base, revision) =
            (format!("{}/security", self.before.pointer()), format!("{}/security", self.after.pointer()));
        let at = Places { base: &base, revision: &revision, direction: Some(Direction::Request), field: None };
        let has_schemes =
            |had: &Alternative<'_>, asks: &Alternative<'_>| asks.keys().all(|name| had.contains_key(name));
        let has_scopes = |had: &Alternative<'_>, asks: &Alternative<'_>| {
            asks.iter().all(|(name, scopes)| had.get(name).is_some_and(|had| scopes.is_subset(had)))
        };
        let show = |alternatives: &[Alternative<'_>]| Some(serde_json::json!(alternatives));
        let locked_out: Vec<_> = before.iter().filter(|had| !after.iter().any(|asks| has_scopes(had, asks))).collect();
        if let Some(had) = locked_out.first() {
            let only_scopes = after.iter().any(|asks| has_schemes(had, asks));
            let rule = if only_scopes { Rule::ScopeAdded } else { Rule::SecurityAdded };
            self.push(rule, &at, show(&before), show(&after));
        } else if after.iter().any(|asks| !before.iter().any(|had| has_scopes(asks, had))) {
            self.push(Rule::SecurityRelaxed, &at, show(&before), show(&after));
        }
        let used: BTreeSet<&str> = before.iter().chain(&after).flat_map(|schemes| schemes.keys().copied()).collect();
        for name in used {
            let (was, is) = (self.before.scheme(name), self.after.scheme(name));
            if was.is_some() && is.is_some() && was != is {
                let place = scheme_pointer(name);
                let at = Places { base: &place, revision: &place, ..at };
                self.push(Rule::SecuritySchemeChanged, &at, was, is);
            }
        }
    }

    /// A scheme that is defined as one was keeps that one's name.
    fn rename_schemes<'s>(&self, before: &[Alternative<'s>], after: &mut [Alternative<'s>]) {
        let known: BTreeSet<&'s str> = before.iter().flat_map(|schemes| schemes.keys().copied()).collect();
        for alternative in after {
            let names: Vec<_> = alternative.keys().copied().filter(|name| !known.contains(name)).collect();
            for name in names {
                let Some(definition) = self.after.scheme(name) else { continue };
                let is_same = |old: &&&str| self.before.scheme(old).as_ref() == Some(&definition);
                if let Some(old) = known.iter().find(is_same)
                    && !alternative.contains_key(old)
                    && let Some(scopes) = alternative.remove(name)
                {
                    alternative.insert(old, scopes);
                }
            }
        }
    }

    fn root(&mut self, base: &str, revision: &str, direction: Direction, what: &str, field: Option<&str>, text: bool) {
        let pair = self.schemas.compare(base, revision, direction, text);
        self.out.roots.push(Root { pair, what: what.to_owned(), field: field.map(str::to_owned) });
    }
}

fn name(parameter: &Value) -> &str {
    parameter["name"].as_str().unwrap_or_default()
}

/// Whether a parameter has one value, which `explode` does nothing to.
fn is_single(document: &Value, parameter: &Value) -> bool {
    let schema = &parameter["schema"];
    let target = schema["$ref"].as_str().and_then(|target| document.pointer(target.strip_prefix('#')?));
    let kind = target.unwrap_or(schema)["type"].as_str();
    !matches!(kind, Some("array" | "object") | None)
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

/// Whether a status of the revision is where the responses of one of the base are described now.
fn stands_for(was: &str, is: &str, had_success: bool) -> bool {
    let is_range = |status: &str| status.eq_ignore_ascii_case("2xx");
    match (was, is) {
        ("default", is) => !had_success && is_success(is),
        (was, "default") => is_success(was),
        (was, is) => (is_range(was) && is_success(is)) || (is_success(was) && is_range(is)),
    }
}

/// The media types of a body or response: without case and parameters, and as they are written.
fn media_types(carrier: &Value) -> BTreeMap<String, &str> {
    let content = carrier["content"].as_object().into_iter().flatten();
    let essence = |name: &str| name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    content.map(|(name, _)| (essence(name), name.as_str())).collect()
}

fn covers(range: &str, media_type: &str) -> bool {
    range == "*/*" || range.strip_suffix("/*").is_some_and(|kind| media_type.split('/').next() == Some(kind))
}
