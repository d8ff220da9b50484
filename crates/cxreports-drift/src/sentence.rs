//! A finding in one sentence: what changed, from what to what, and where.

use std::collections::BTreeSet;

use cxreports_openapi::document::unescape;
use serde_json::{Map, Value};

use crate::{
    change::ANNOTATIONS,
    finding::{At, Finding, Place, Use},
    message::{Message, count, list},
    rules::{Direction, Rule, Severity},
};

/// How many places or values a sentence names before it counts the rest.
const NAMED: usize = 3;

impl Finding {
    /// One sentence: what changed, both values, and the direction, part and operations that see it.
    #[must_use]
    pub fn message(&self) -> Message {
        let message = self.subjects().text(": ").text(self.rule.what());
        let message = match self.values() {
            Some(values) => message.text(": ").then(values),
            None => message,
        };
        match self.extent() {
            Some(extent) => message.text("; ").then(extent),
            None => message,
        }
    }

    /// What changed: the first few places, and how many more there are.
    #[must_use]
    pub fn subjects(&self) -> Message {
        several(Message::default(), &distinct(self.places.iter().map(|place| place.subject.message())), NAMED)
    }

    /// Both values: `was … , is …`, or the one that came or went.
    fn values(&self) -> Option<Message> {
        let pairs = distinct(self.places.iter().filter_map(|place| pair(self.rule, place)));
        (!pairs.is_empty()).then(|| several(Message::default(), &pairs, NAMED))
    }

    /// How far it reaches: properties that refer to it, then requests and responses.
    #[must_use]
    pub fn extent(&self) -> Option<Message> {
        let members: BTreeSet<_> = self.places.iter().flat_map(|place| &place.members).collect();
        let used_by = match members.first() {
            Some(only) if members.len() == 1 => Some(Message::default().text("used by ").code(only)),
            _ => count(members.len(), "property", "properties")
                .map(|count| Message::default().text("used by ").text(&count)),
        };
        let worst = seen_by(&self.worst().collect::<Vec<_>>()).map(|worst| Message::default().text("in ").then(worst));
        let message = match (used_by, worst) {
            (None, None) => return None,
            (Some(one), None) | (None, Some(one)) => one,
            (Some(used_by), Some(worst)) => used_by.text(", ").then(worst),
        };
        let rest: Vec<&Use> = self.uses().filter(|one| one.severity < self.severity).collect();
        let how_bad = match rest.iter().map(|one| one.severity).max() {
            Some(Severity::Info) => "harmless",
            Some(_) => "a warning",
            None => return Some(message),
        };
        Some(match seen_by(&rest) {
            Some(rest) => message.text(&format!("; {how_bad} in ")).then(rest),
            None => message,
        })
    }

    /// What it does to our code, in words; nothing if it does nothing.
    #[must_use]
    pub fn effect_in_words(&self) -> Option<Message> {
        let message = Message::default();
        let verb = if self.severity == Severity::Info { "touches " } else { "breaks " };
        let names = |names: &BTreeSet<String>| -> Message {
            let names: Vec<_> = names.iter().map(|name| Message::default().code(name)).collect();
            several(Message::default(), &names, 6)
        };
        let (methods, symbols) = (&self.effect.methods, &self.effect.symbols);
        let generated = |message: Message| message.text("generated: ").then(names(symbols));
        match (methods.is_empty(), symbols.is_empty()) {
            _ if self.is_about_the_list() => Some(message.text("correct the list")),
            (true, true) => None,
            (true, false) => Some(generated(message)),
            (false, true) => Some(message.text(verb).then(names(methods))),
            (false, false) => Some(generated(message.text(verb).then(names(methods)).text("; "))),
        }
    }

    /// The whole of it: what changed, and what that does to our code.
    #[must_use]
    pub fn message_with_effect(&self) -> Message {
        match self.effect_in_words() {
            Some(effect) => self.message().text("; ").then(effect),
            None => self.message(),
        }
    }
}

fn distinct(messages: impl Iterator<Item = Message>) -> Vec<Message> {
    let mut seen = BTreeSet::new();
    messages.filter(|message| seen.insert(message.clone())).collect()
}

/// The first few, and how many more there are.
fn several(message: Message, parts: &[Message], most: usize) -> Message {
    // One more is no longer than saying so.
    let named = if parts.len() == most + 1 { most + 1 } else { most };
    let message = parts.iter().take(named).enumerate().fold(message, |message, (index, part)| {
        let message = if index > 0 { message.text(", ") } else { message };
        message.then(part.clone())
    });
    match parts.len().saturating_sub(named) {
        0 => message,
        more => message.text(&format!(" and {more} more")),
    }
}

fn pair(rule: Rule, place: &Place) -> Option<Message> {
    let message = Message::default();
    match (&place.before, &place.after) {
        (None, None) => None,
        (Some(value), None) | (None, Some(value)) if rule.is_presence() => Some(message.code(&describe(value))),
        (before, after) => {
            let side = |message: Message, verb: &str, value: &Option<Value>| match value {
                Some(value) => message.text(verb).code(&describe(value)),
                None => message.text(verb).text("not set"),
            };
            Some(side(side(message, "was ", before), ", is ", after))
        }
    }
}

/// A value in a few words: a schema or parameter by its type, anything else as JSON.
#[must_use]
pub fn describe(value: &Value) -> String {
    match value.get("schema").unwrap_or(value) {
        Value::String(text) => text.clone(),
        Value::Object(members) => of_schema(members).unwrap_or_else(|| Value::from(members.clone()).to_string()),
        other => other.to_string(),
    }
}

/// `Report`, `integer (int32)`, `string[]`, `Invoice or Order`.
fn of_schema(members: &Map<String, Value>) -> Option<String> {
    let text = |keyword: &str| members.get(keyword).and_then(Value::as_str);
    let alternatives = ["allOf", "oneOf", "anyOf"].iter().find_map(|keyword| members.get(*keyword)?.as_array());
    if let Some(reference) = text("$ref") {
        return Some(unescape(reference.rsplit('/').next().unwrap_or_default()));
    }
    if let Some(alternatives) = alternatives.filter(|some| some.len() == 1 || !members.contains_key("allOf")) {
        return Some(alternatives.iter().map(describe).collect::<Vec<_>>().join(" or "));
    }
    if let Some((media_type, media)) =
        members.get("content").and_then(Value::as_object).and_then(|all| all.iter().next())
    {
        return Some(format!("{} as {media_type}", describe(media)));
    }
    match text("type") {
        Some("array") if members.contains_key("items") => Some(format!("{}[]", describe(&members["items"]))),
        Some(kind) => Some(text("format").map_or(kind.to_owned(), |format| format!("{kind} ({format})"))),
        None if members.keys().all(|keyword| ANNOTATIONS.contains(&keyword.as_str())) => Some("any value".to_owned()),
        None => None,
    }
}

/// `2 responses and 1 request of GET /a and 1 more operation`.
fn seen_by(uses: &[&Use]) -> Option<Message> {
    let first = uses.first()?;
    let operations: BTreeSet<&str> = uses.iter().map(|one| &*one.operation).collect();
    let more = count(operations.len() - 1, "more operation", "more operations");
    let message = match parts(uses) {
        // The operations themselves are what changed.
        None if uses.iter().all(|one| *one.at == At::Operation) => return None,
        None => Message::default(),
        Some(parts) => parts.text(" of "),
    };
    let message = message.code(&first.operation);
    Some(more.into_iter().fold(message, |message, more| message.text(&format!(" and {more}"))))
}

/// The parts of operations that see it: the one by its name, several by their number.
fn parts(uses: &[&Use]) -> Option<Message> {
    let of = |direction| {
        let parts = uses.iter().filter(move |one| one.direction == Some(direction));
        parts.map(|one| (&*one.operation, response_of(&one.at))).collect::<BTreeSet<_>>()
    };
    let (responses, requests) = (of(Direction::Response), of(Direction::Request));
    match (responses.len(), requests.len()) {
        (0, 0) => None,
        (1, 0) | (0, 1) => {
            let mut all: Vec<&At> = uses.iter().filter(|one| one.direction.is_some()).map(|one| &*one.at).collect();
            all.dedup();
            match all[..] {
                [At::Operation] | [] => None,
                [At::Body] => Some(Message::default().text("the request body")),
                [At::Parameter(..) | At::Security] => Some(Message::default().text("the request")),
                [At::Header(status, _)] => Some(At::Response(status.clone()).message()),
                [one] => Some(one.message()),
                _ if responses.is_empty() => Some(Message::default().text("the request")),
                _ => Some(Message::default().text("the response")),
            }
        }
        (responses, requests) => {
            let counts = [count(responses, "response", "responses"), count(requests, "request", "requests")];
            Some(Message::default().text(&list(&counts.into_iter().flatten().collect::<Vec<_>>())))
        }
    }
}

/// The status of a response; requests are one each.
fn response_of(at: &At) -> &str {
    match at {
        At::Response(status) | At::Header(status, _) => status,
        _ => "",
    }
}
