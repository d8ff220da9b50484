//! Two operations: parameters, body, answers, credentials.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    Direction, Rule,
    compare::Change,
    schema::{Pair, Schemas},
};
use cxreports_openapi::document::escape;

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
    fn parameters(self) -> BTreeMap<(String, String), (String, &'a Value)> {
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
        let target = value["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
        match target.and_then(|target| Some((target.to_owned(), self.document.pointer(target)?))) {
            Some(found) => found,
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
    fn security(self) -> Vec<BTreeMap<&'a str, BTreeSet<&'a str>>> {
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
        if self.before.path != self.after.path {
            let (before, after) = (self.before.path.into(), self.after.path.into());
            self.push(Rule::PathParameterRenamed, &at, Some(before), Some(after));
        }
    }

    fn parameters(&mut self) {
        let (base_at, revision_at) = (self.before.pointer(), self.after.pointer());
        let before = self.before.parameters();
        let mut after = self.after.parameters();
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
                self.root(&base, &revision, Direction::Request, &what, Some(name));
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
        let types = |carrier: &Value| -> BTreeSet<String> {
            carrier["content"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
        };
        let (before, after) = (types(was), types(is));
        let inside = |carrier: &str, media_type: &str| format!("{carrier}/content/{}", escape(media_type));
        for media_type in before.difference(&after) {
            let (base, revision) = (inside(at.base, media_type), format!("{}/content", at.revision));
            let at = Places { base: &base, revision: &revision, ..*at };
            let alias = is_json(media_type) && after.iter().any(|other| is_json(other));
            let rule = if alias { Rule::MediaTypeAliasRemoved } else { Rule::MediaTypeRemoved };
            self.push(rule, &at, Some(media_type.as_str().into()), None);
        }
        for media_type in after.difference(&before) {
            let (base, revision) = (format!("{}/content", at.base), inside(at.revision, media_type));
            let at = Places { base: &base, revision: &revision, ..*at };
            self.push(Rule::MediaTypeAdded, &at, None, Some(media_type.as_str().into()));
        }
        let shared = before.intersection(&after).map(|media_type| (media_type, media_type));
        // Where JSON has another name on each side, it is JSON all the same.
        let json = |types: &BTreeSet<String>| types.iter().find(|media_type| is_json(media_type)).cloned();
        let (one, other) = (json(&before), json(&after));
        let renamed = one.as_ref().zip(other.as_ref()).filter(|_| before.is_disjoint(&after));
        for (from, to) in shared.chain(renamed) {
            let schema = |carrier: &str, media_type: &str| format!("{}/schema", inside(carrier, media_type));
            self.root(&schema(at.base, from), &schema(at.revision, to), direction, what, at.field);
        }
    }

    fn answers(&mut self) {
        let (base_at, revision_at) = (self.before.pointer(), self.after.pointer());
        let before = self.before.answers();
        let mut after = self.after.answers();
        let direction = Some(Direction::Response);
        let is_success = |status: &str| status.starts_with('2');
        for (status, (base, was)) in before {
            let Some((revision, is)) = after.remove(status) else {
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
            self.root(&base, &revision, Direction::Response, &format!("header `{name}`"), Some(&name));
        }
        for (name, (revision, is)) in after {
            let at = Places { base, revision: &revision, direction, field: Some(&name) };
            self.push(Rule::HeaderAdded, &at, None, Some(is.clone()));
        }
    }

    /// Whoever had enough credentials still has, if some alternative asks for no more than theirs did.
    fn security(&mut self) {
        let (before, after) = (self.before.security(), self.after.security());
        let (base, revision) =
            (format!("{}/security", self.before.pointer()), format!("{}/security", self.after.pointer()));
        let at = Places { base: &base, revision: &revision, direction: Some(Direction::Request), field: None };
        type Alternative<'s> = BTreeMap<&'s str, BTreeSet<&'s str>>;
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
            let scheme = |side: Side<'_>| {
                let scheme = side.document.pointer(&format!("/components/securitySchemes/{}", escape(name)))?;
                let said = ["type", "scheme", "in", "name"].map(|member| scheme[member].clone());
                Some(Value::from(said.to_vec()))
            };
            let (was, is) = (scheme(self.before), scheme(self.after));
            if was.is_some() && is.is_some() && was != is {
                let place = format!("/components/securitySchemes/{}", escape(name));
                let at = Places { base: &place, revision: &place, ..at };
                self.push(Rule::SecuritySchemeChanged, &at, was, is);
            }
        }
    }

    fn root(&mut self, base: &str, revision: &str, direction: Direction, what: &str, field: Option<&str>) {
        let pair = self.schemas.compare(base, revision, direction);
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

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    // Swashbuckle lists text/plain for whatever MVC can write as JSON.
    essence.ends_with("json") || essence == "text/plain"
}
