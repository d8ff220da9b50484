//! The media types of a body, a response or a parameter, and what they carry.

use std::collections::BTreeSet;

use cxreports_openapi::{convert::COLLECTION_FORMAT, document::escape};
use serde_json::{Map, Value};

use super::{
    comparison::{Comparison, Places},
    media_type::{MediaType, MediaTypes, media_types},
};
use crate::{
    change::ANNOTATIONS,
    rules::{Direction, Rule},
    schema::{Placed, difference},
};

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
        let (before, after) = (media_types(was), media_types(is));
        let direction = places.direction.unwrap_or(Direction::Request);
        let mut new: BTreeSet<&MediaType> = after.keys().filter(|kind| !before.contains_key(kind)).collect();
        for (kind, names) in &before {
            let found = counterpart(kind, direction, (&before, &after));
            let others = |kinds: &[&MediaType]| kinds.iter().flat_map(|kind| after[*kind].clone()).collect::<Vec<_>>();
            match found {
                Counterpart::Same => self.spellings(places, names, &after[kind], (was, is)),
                Counterpart::Wider(kinds) => {
                    self.moves(Rule::MediaTypeWidened, places, names, &others(&kinds), (was, is));
                    new.retain(|kind| !kinds.contains(kind));
                }
                Counterpart::Narrower(kinds) => {
                    self.moves(Rule::MediaTypeNarrowed, places, names, &others(&kinds), (was, is));
                    new.retain(|kind| !kinds.contains(kind));
                }
                Counterpart::OtherName(kinds) => {
                    self.gone(Rule::MediaTypeAliasRemoved, places, names);
                    // Where JSON has another name on each side, it is JSON all the same.
                    let kinds: Vec<_> = kinds.into_iter().filter(|kind| new.contains(kind)).collect();
                    self.spellings(places, names, &others(&kinds), (was, is));
                }
                Counterpart::None => self.gone(Rule::MediaTypeRemoved, places, names),
            }
        }
        for name in new.into_iter().flat_map(|kind| &after[kind]) {
            let (base, revision) = (format!("{}/content", places.base), inside(places.revision, name));
            let places = Places { base: &base, revision: &revision, ..*places };
            self.push(Rule::MediaTypeAdded, &places, None, Some((*name).into()));
        }
    }

    fn gone(&mut self, rule: Rule, places: &Places<'_>, names: &[&str]) {
        for name in names {
            let (base, revision) = (inside(places.base, name), format!("{}/content", places.revision));
            self.push(rule, &Places { base: &base, revision: &revision, ..*places }, Some((*name).into()), None);
        }
    }

    /// Media types take the place of others.
    fn moves(&mut self, rule: Rule, places: &Places<'_>, names: &[&str], others: &[&str], carriers: (&Value, &Value)) {
        if let ([was, ..], [is, ..]) = (names, others) {
            let (base, revision) = (inside(places.base, was), inside(places.revision, is));
            let places = Places { base: &base, revision: &revision, ..*places };
            self.push(rule, &places, Some((*was).into()), Some(others.join(", ").into()));
        }
        self.spellings(places, names, others, carriers);
    }

    /// What a media type carries, in all its spellings on both sides.
    fn spellings(&mut self, places: &Places<'_>, names: &[&str], others: &[&str], carriers: (&Value, &Value)) {
        let as_before = |name: &&&str| names.contains(name);
        for was in names {
            let is = others.iter().find(|is| *is == was).or(others.first());
            is.into_iter().for_each(|is| self.media(places, was, is, carriers));
        }
        for is in others.iter().skip(1).filter(|is| !as_before(is)) {
            names.first().into_iter().for_each(|was| self.media(places, was, is, carriers));
        }
    }

    /// What a media type carries, and how the parts of a form are encoded.
    fn media(&mut self, places: &Places<'_>, from: &str, to: &str, (was, is): (&Value, &Value)) {
        let (was, is) = (&was["content"][from], &is["content"][to]);
        let place = |member: &str| (inside_of(places.base, from, member), inside_of(places.revision, to, member));
        let is_form = from.starts_with("multipart/") || from.starts_with("application/x-www-form-urlencoded");
        if !(is_bytes(from, was) && is_bytes(to, is)) {
            let (base, revision) = place("schema");
            self.root(&base, &revision, places, is_form);
        }
        if was.get("itemSchema").is_some() || is.get("itemSchema").is_some() {
            let (base, revision) = place("itemSchema");
            self.root(&base, &revision, places, false);
        }
        for member in ["encoding", "prefixEncoding", "itemEncoding"] {
            let (base, revision) = place(member);
            self.encoding(&Places { base: &base, revision: &revision, ..*places }, &was[member], &is[member]);
        }
    }

    fn encoding(&mut self, places: &Places<'_>, was: &Value, is: &Value) {
        let (was, is) = (encoding(was), encoding(is));
        let value = |encoding: &Encoding, name: &String| encoding.get(name).cloned().unwrap_or_default();
        let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        let documents = self.schemas.documents;
        let differs = |name: &&String| {
            let (before, after) = (value(&was, name), value(&is, name));
            let (base, revision) = (Placed::new(&before, places.base), Placed::new(&after, places.revision));
            before[COLLECTION_FORMAT] != after[COLLECTION_FORMAT] || difference(documents, base, revision).is_some()
        };
        let of = |encoding: &Encoding, names: &[&String]| -> Value {
            names
                .iter()
                .filter_map(|name| Some(((*name).clone(), encoding.get(*name)?.clone())))
                .collect::<Encoding>()
                .into()
        };
        let changed: Vec<&String> = names.into_iter().filter(differs).collect();
        if !changed.is_empty() {
            self.push(Rule::EncodingChanged, places, Some(of(&was, &changed)), Some(of(&is, &changed)));
        }
    }
}

/// What takes the place of a media type of the base.
enum Counterpart<'a> {
    Same,
    /// What takes it is one of these.
    Wider(Vec<&'a MediaType>),
    /// These are some of it.
    Narrower(Vec<&'a MediaType>),
    /// JSON by other names.
    OtherName(Vec<&'a MediaType>),
    None,
}

/// A request that was taken is taken by a wider media type, and a response that is narrower is what its client reads. JSON is read
/// under all of its names. Anything else breaks.
fn counterpart<'a>(
    kind: &MediaType,
    direction: Direction,
    (before, after): (&MediaTypes<'_>, &'a MediaTypes<'_>),
) -> Counterpart<'a> {
    if after.contains_key(kind) {
        return Counterpart::Same;
    }
    let all = |is_it: &dyn Fn(&MediaType) -> bool| after.keys().filter(|other| is_it(other)).collect::<Vec<_>>();
    let wider =
        || Some(all(&|other| kind.is_covered_by(other))).filter(|found| !found.is_empty()).map(Counterpart::Wider);
    let narrower =
        || Some(all(&|other| other.is_covered_by(kind))).filter(|found| !found.is_empty()).map(Counterpart::Narrower);
    let is_text_of_aspnet = kind.essence == "text/plain" && is_from_aspnet(before);
    let other_name = || {
        let found = all(&|other| match direction {
            _ if is_text_of_aspnet => other.is_json(),
            Direction::Request => other.is_other_name_of(kind),
            Direction::Response => other.is_other_name_of(kind) || kind.is_other_name_of(other),
        });
        let stands_in = if is_text_of_aspnet { Vec::new() } else { found.clone() };
        (!found.is_empty()).then_some(Counterpart::OtherName(stands_in))
    };
    let found = match direction {
        Direction::Request => wider().or_else(other_name).or_else(narrower),
        Direction::Response => narrower().or_else(other_name).or_else(wider),
    };
    found.unwrap_or(Counterpart::None)
}

fn inside(carrier: &str, media_type: &str) -> String {
    format!("{carrier}/content/{}", escape(media_type))
}

fn inside_of(carrier: &str, media_type: &str, member: &str) -> String {
    format!("{}/{member}", inside(carrier, media_type))
}

/// ASP.NET writes these three together for whatever it serialises as JSON.
fn is_from_aspnet(types: &MediaTypes<'_>) -> bool {
    ["application/json", "text/json", "text/plain"].iter().all(|name| types.keys().any(|kind| kind.essence == *name))
}

type Encoding = Map<String, Value>;

/// How the parts of a form are encoded, by name or number, without what holds anyway (OpenAPI 3.0, "Encoding Object").
fn encoding(encoding: &Value) -> Encoding {
    let mut parts: Encoding = match encoding {
        Value::Object(parts) => parts.clone(),
        Value::Array(parts) => parts.iter().enumerate().map(|(at, part)| (at.to_string(), part.clone())).collect(),
        _ => Encoding::new(),
    };
    for part in parts.values_mut().filter_map(Value::as_object_mut) {
        part.retain(|member, value| !(member == "style" && value == "form" || member == "explode" && *value == true));
    }
    parts.retain(|_, part| part.as_object().is_none_or(|part| !part.is_empty()));
    parts
}

/// Whether a media type carries bytes or text as they are, of which a schema says nothing: OpenAPI 3.0 writes a string, 3.1 nothing.
fn is_bytes(name: &str, media: &Value) -> bool {
    let essence = name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let has_structure = cxreports_core::is_json(&essence)
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
