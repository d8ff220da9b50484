//! The media types of a body, a response or a parameter, and what they carry.

use std::collections::BTreeMap;

use cxreports_core::is_json;
use cxreports_openapi::document::escape;
use serde_json::{Map, Value};

use super::comparison::{Comparison, Places};
use crate::{
    change::ANNOTATIONS,
    rules::{Direction, Rule},
};

/// Media types without case and parameters, each as it is written.
type MediaTypes<'a> = BTreeMap<String, &'a str>;

impl Comparison<'_, '_, '_> {
    /// What a parameter or a header carries: a value of a schema, or of a media type.
    pub(super) fn value(&mut self, places: &Places<'_>, was: &Value, is: &Value, text: bool) {
        let how = |carrier: &Value| if carrier.get("content").is_some() { "content" } else { "schema" };
        match (how(was), how(is)) {
            ("schema", "schema") => {
                let (base, revision) = (format!("{}/schema", places.base), format!("{}/schema", places.revision));
                self.root(&base, &revision, places, text);
            }
            ("content", "content") => self.content(places, was, is),
            (before, after) => {
                self.push(Rule::ParameterContentChanged, places, Some(before.into()), Some(after.into()));
            }
        }
    }

    pub(super) fn content(&mut self, places: &Places<'_>, was: &Value, is: &Value) {
        let (mut before, mut after) = (media_types(was), media_types(is));
        let takes_ranges = places.direction == Some(Direction::Request);
        let pairs = pairs(&mut before, &mut after, &media_types(is), takes_ranges);
        for (from, to) in &pairs {
            self.media(places, from, to, (was, is));
        }
        let json = |carrier| media_types(carrier).into_iter().find(|(name, _)| is_json(name)).map(|(_, name)| name);
        // Where JSON has another name on each side, it is JSON all the same.
        if !pairs.iter().any(|(was, _)| is_json(was))
            && let Some((from, to)) = json(was).zip(json(is))
        {
            self.media(places, from, to, (was, is));
        }
        let inside = |carrier: &str, media_type: &str| format!("{carrier}/content/{}", escape(media_type));
        for (name, media_type) in &before {
            let (base, revision) = (inside(places.base, media_type), format!("{}/content", places.revision));
            let places = Places { base: &base, revision: &revision, ..*places };
            let is_alias = json(is).is_some() && (is_json(name) || (name == "text/plain" && is_from_aspnet(was)));
            let rule = if is_alias { Rule::MediaTypeAliasRemoved } else { Rule::MediaTypeRemoved };
            self.push(rule, &places, Some((*media_type).into()), None);
        }
        for media_type in after.values() {
            let (base, revision) = (format!("{}/content", places.base), inside(places.revision, media_type));
            let places = Places { base: &base, revision: &revision, ..*places };
            self.push(Rule::MediaTypeAdded, &places, None, Some((*media_type).into()));
        }
    }

    /// What a media type carries, and how the parts of a form are encoded.
    fn media(&mut self, places: &Places<'_>, from: &str, to: &str, (was, is): (&Value, &Value)) {
        let place =
            |carrier: &str, media_type: &str, member| format!("{carrier}/content/{}/{member}", escape(media_type));
        let is_form = from.starts_with("multipart/") || from.starts_with("application/x-www-form-urlencoded");
        let (base, revision) = (place(places.base, from, "schema"), place(places.revision, to, "schema"));
        if !(is_bytes(from, &was["content"][from]) && is_bytes(to, &is["content"][to])) {
            self.root(&base, &revision, places, is_form);
        }
        let (before, after) = (encoding(&was["content"][from]), encoding(&is["content"][to]));
        if is_form && before != after {
            let (base, revision) = (place(places.base, from, "encoding"), place(places.revision, to, "encoding"));
            let places = Places { base: &base, revision: &revision, ..*places };
            self.push(Rule::EncodingChanged, &places, Some(before.into()), Some(after.into()));
        }
    }
}

/// Takes out what both have, as it is written on each side. What takes a range of types takes each of them.
fn pairs<'a>(
    before: &mut MediaTypes<'a>,
    after: &mut MediaTypes<'a>,
    all_after: &MediaTypes<'a>,
    takes_ranges: bool,
) -> Vec<(&'a str, &'a str)> {
    let mut pairs = Vec::new();
    before.retain(|name, was| {
        let range = || all_after.iter().find(|(range, _)| takes_ranges && covers(range, name)).map(|(_, is)| *is);
        match after.remove(name).or_else(range) {
            Some(is) => {
                pairs.push((*was, is));
                false
            }
            None => true,
        }
    });
    pairs
}

/// ASP.NET writes these three together for whatever it serialises as JSON.
fn is_from_aspnet(carrier: &Value) -> bool {
    let types = media_types(carrier);
    ["application/json", "text/json", "text/plain"].iter().all(|name| types.contains_key(*name))
}

/// How the parts of a form are encoded, without what holds anyway (OpenAPI 3.0, "Encoding Object").
fn encoding(media: &Value) -> Map<String, Value> {
    let mut encoding = media["encoding"].as_object().cloned().unwrap_or_default();
    for part in encoding.values_mut().filter_map(Value::as_object_mut) {
        part.retain(|member, value| !(member == "style" && value == "form" || member == "explode" && *value == true));
    }
    encoding.retain(|_, part| part.as_object().is_some_and(|part| !part.is_empty()));
    encoding
}

/// Whether a media type carries bytes or text as they are, of which a schema says nothing: OpenAPI 3.0 writes a string, 3.1 nothing.
fn is_bytes(name: &str, media: &Value) -> bool {
    let essence = essence(name);
    let has_structure = is_json(&essence)
        || essence.ends_with("xml")
        || essence.starts_with("multipart/")
        || essence == "application/x-www-form-urlencoded"
        || essence.contains('*');
    let says_nothing = match media.get("schema").and_then(Value::as_object) {
        None => true,
        Some(schema) => schema.iter().all(|(keyword, value)| match keyword.as_str() {
            "type" => value == "string",
            "format" => value == "binary",
            "nullable" => true,
            keyword => ANNOTATIONS.contains(&keyword),
        }),
    };
    !has_structure && says_nothing
}

fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn media_types(carrier: &Value) -> MediaTypes<'_> {
    let content = carrier["content"].as_object().into_iter().flatten();
    content.map(|(name, _)| (essence(name), name.as_str())).collect()
}

fn covers(range: &str, media_type: &str) -> bool {
    range == "*/*" || range.strip_suffix("/*").is_some_and(|kind| media_type.split('/').next() == Some(kind))
}
