//! A schema with everything that `allOf` adds to it.

use std::collections::{BTreeMap, BTreeSet};

use cxreports_openapi::document::{escape, follow};
use serde_json::Value;

pub(super) struct View<'a> {
    pub(super) pointer: String,
    /// Its parts, itself first, each with its place.
    pub(super) parts: Vec<(&'a Value, String)>,
}

impl<'a> View<'a> {
    pub(super) fn new(document: &'a Value, pointer: &str) -> Self {
        let mut parts = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![follow(document, pointer)];
        while let Some(place) = open.pop() {
            if !seen.insert(place.clone()) {
                continue;
            }
            let Some(schema) = document.pointer(&place) else { continue };
            let composed = schema["allOf"].as_array().map_or(0, Vec::len);
            open.extend((0..composed).rev().map(|index| follow(document, &format!("{place}/allOf/{index}"))));
            for keyword in CHOICES {
                // A choice of one schema is that schema.
                if let [(index, _)] = choices(schema, keyword)[..] {
                    open.push(follow(document, &format!("{place}/{keyword}/{index}")));
                }
            }
            parts.push((schema, place));
        }
        Self { pointer: pointer.to_owned(), parts }
    }

    pub(super) fn get(&self, keyword: &str) -> Option<&'a Value> {
        self.parts.iter().find_map(|(schema, _)| schema.get(keyword)).filter(|value| !value.is_null())
    }

    pub(super) fn is(&self, keyword: &str) -> bool {
        self.get(keyword) == Some(&Value::Bool(true))
    }

    /// Every value of a keyword: `allOf` may state it more than once, and all of them hold.
    pub(super) fn all(&self, keyword: &str) -> impl Iterator<Item = &'a Value> {
        self.parts.iter().filter_map(move |(schema, _)| schema.get(keyword))
    }

    pub(super) fn nullable(&self) -> bool {
        let has_null = |schema: &Value| {
            CHOICES.iter().any(|keyword| schema[*keyword].as_array().into_iter().flatten().any(is_null))
        };
        let lists_null = || {
            self.get("type").is_none()
                && self.all("enum").any(|values| values.as_array().is_some_and(|values| values.contains(&Value::Null)))
        };
        self.is("nullable") || self.parts.iter().any(|(schema, _)| has_null(schema)) || lists_null()
    }

    /// The listed values: those that every list has.
    pub(super) fn values(&self) -> Option<Vec<Value>> {
        let mut lists = self.all("enum").filter_map(Value::as_array);
        let mut values = lists.next()?.clone();
        for list in lists {
            values.retain(|value| list.contains(value));
        }
        // Whether null is allowed is compared by itself, and some list it where it is.
        values.retain(|value| !value.is_null());
        Some(values)
    }

    /// The names of the listed values, as NSwag, Swashbuckle's filters and AutoRest write them.
    pub(super) fn names_of_values(&self) -> Vec<(&'a Value, &'a str)> {
        let named = self.parts.iter().find_map(|(schema, _)| {
            let values = schema.get("enum")?.as_array()?;
            let names = NAMES.iter().find_map(|keyword| schema.get(*keyword)?.as_array())?;
            (names.len() == values.len()).then(|| values.iter().zip(names))
        });
        named.into_iter().flatten().filter_map(|(value, name)| Some((value, name.as_str()?))).collect()
    }

    /// What text must match; a pattern that any text matches says nothing.
    pub(super) fn patterns(&self) -> Option<Value> {
        let says = |pattern: &&Value| {
            !matches!(
                pattern.as_str(),
                None | Some("" | "." | ".*" | "^.*$" | "^" | "$" | "^.*" | ".*$" | "[\\s\\S]*" | "^[\\s\\S]*$")
            )
        };
        let mut patterns: Vec<&str> = self.all("pattern").filter(says).filter_map(Value::as_str).collect();
        patterns.sort_unstable();
        patterns.dedup();
        (!patterns.is_empty()).then(|| patterns.join(" and ").into())
    }

    /// The part that states a keyword.
    pub(super) fn holder(&self, keyword: &str) -> Option<&str> {
        self.parts.iter().find(|(schema, _)| schema.get(keyword).is_some()).map(|(_, place)| place.as_str())
    }

    /// Whether this is a named schema that has a keyword from one that it derives from.
    pub(super) fn derives(&self, keyword: &str) -> bool {
        let own = self.parts.first().map(|(_, place)| place.as_str());
        let is_named =
            |place: &&str| place.strip_prefix("/components/schemas/").is_some_and(|name| !name.contains('/'));
        own.filter(is_named).is_some() && self.holder(keyword) != own
    }

    /// Where a keyword stands; the schema itself where it does not.
    pub(super) fn place(&self, keyword: &str) -> String {
        self.holder(keyword).map_or_else(|| self.pointer.clone(), |place| format!("{place}/{keyword}"))
    }

    /// The keyword at a place of the other document, or the schema itself where this one does not have it.
    pub(super) fn counterpart_of(&self, place: &str) -> String {
        let has = |(part, keyword): &(&str, &str)| {
            self.parts.iter().any(|(schema, own)| own == part && schema.get(*keyword).is_some())
        };
        place.rsplit_once('/').filter(has).map_or_else(|| self.pointer.clone(), |_| place.to_owned())
    }

    /// The part at a place of the other document, or the schema itself where this one has no such part.
    pub(super) fn counterpart(&self, place: &str) -> String {
        let is_part = self.parts.iter().any(|(_, part)| part == place);
        if is_part { place.to_owned() } else { self.pointer.clone() }
    }

    pub(super) fn properties(&self) -> BTreeMap<&'a str, String> {
        let mut properties = BTreeMap::new();
        for (schema, place) in &self.parts {
            for (name, _) in schema["properties"].as_object().into_iter().flatten() {
                properties.entry(name.as_str()).or_insert_with(|| format!("{place}/properties/{}", escape(name)));
            }
        }
        properties
    }

    pub(super) fn required(&self) -> BTreeSet<&'a str> {
        let lists = self.parts.iter().flat_map(|(schema, _)| schema["required"].as_array().into_iter().flatten());
        lists.filter_map(Value::as_str).collect()
    }

    /// The alternatives of a choice, each with its place.
    pub(super) fn options(&self) -> Vec<(&'a Value, String)> {
        let mut options = Vec::new();
        for (schema, place) in &self.parts {
            for keyword in CHOICES {
                let choices = choices(schema, keyword);
                if choices.len() > 1 {
                    let place = |(index, option)| (option, format!("{place}/{keyword}/{index}"));
                    options.extend(choices.into_iter().map(place));
                }
            }
        }
        options
    }

    /// The type, also where only its keywords or its values tell it.
    pub(super) fn kind(&self) -> Option<&'a str> {
        let stated = self.get("type").and_then(Value::as_str);
        let stated = stated.map(|kind| if self.all("type").any(|kind| kind == "integer") { "integer" } else { kind });
        let has = |keyword| self.get(keyword).is_some();
        stated
            .or_else(|| has("properties").then_some("object"))
            .or_else(|| has("items").then_some("array"))
            .or_else(|| self.kind_of_values())
    }

    /// Whether the parts have types of which no value can be at the same time.
    pub(super) fn is_contradictory(&self) -> bool {
        self.kind().is_some_and(|kind| self.part_of_other_type(kind).is_some())
    }

    /// The first part of a type that no value of a type has, and its place.
    pub(super) fn part_of_other_type(&self, kind: &str) -> Option<(&'a str, &str)> {
        let is_number = |kind: &str| matches!(kind, "integer" | "number");
        let mut stated =
            self.parts.iter().filter_map(|(schema, place)| Some((schema.get("type")?.as_str()?, place.as_str())));
        stated.find(|(other, _)| *other != kind && !(is_number(other) && is_number(kind)))
    }

    fn kind_of_values(&self) -> Option<&'static str> {
        let values: Vec<&Value> = self.all("enum").filter_map(Value::as_array).flatten().collect();
        let all =
            |is: fn(&Value) -> bool| !values.is_empty() && values.iter().all(|value| value.is_null() || is(value));
        if all(Value::is_string) {
            Some("string")
        } else if all(|value| value.is_i64() || value.is_u64()) {
            Some("integer")
        } else {
            None
        }
    }
}

/// Where documents name listed values.
const NAMES: [&str; 4] = ["x-enumNames", "x-enum-varnames", "x-enum-names", "x-enumVarnames"];

pub(super) const CHOICES: [&str; 2] = ["oneOf", "anyOf"];

/// The alternatives of one choice with their places, without null.
fn choices<'v>(schema: &'v Value, keyword: &str) -> Vec<(usize, &'v Value)> {
    let options = schema[keyword].as_array().into_iter().flatten().enumerate();
    options.filter(|(_, option)| !is_null(option)).collect()
}

/// Whether an alternative stands for null alone, as NSwag writes it.
fn is_null(option: &Value) -> bool {
    option["type"] == "null"
        || option.as_object().is_some_and(|option| option.len() == 1 && option.get("nullable") == Some(&true.into()))
}
