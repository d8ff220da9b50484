//! A schema with everything that `allOf` and the other places at which it is declared add to it.

use std::collections::{BTreeMap, BTreeSet};

use cxreports_openapi::document::{escape, resolve};
use serde_json::Value;

use super::{
    number::{Number, equal},
    pair::{NOT_COMPARED, Places},
};
use crate::change::ANNOTATIONS;

pub(super) struct View<'a> {
    pub(super) places: Places,
    /// Its parts, itself first, each with its place.
    pub(super) parts: Vec<(&'a Value, String)>,
    /// Whether choices between constants are lists of values, and not alternatives.
    pub(super) lists_constants: bool,
    /// Choices of which one alternative is a part, too.
    decided: Vec<&'a Value>,
}

/// A value of a keyword, and the part that states it.
pub(super) type Stated<'v, 'a> = (&'a Value, &'v str);

impl<'a> View<'a> {
    pub(super) fn new(document: &'a Value, places: &[String]) -> Self {
        let mut parts = Vec::new();
        let mut seen = BTreeSet::new();
        let there = |place: &String| document.pointer(place).map(|schema| (schema, place.clone()));
        let mut open: Vec<(&Value, String)> = places.iter().rev().filter_map(there).collect();
        while let Some((schema, place)) = open.pop() {
            let (schema, place) = resolve(document, schema, &place).unwrap_or((schema, place));
            if !seen.insert(std::ptr::from_ref(schema)) {
                continue;
            }
            let composed = schema["allOf"].as_array().map_or(&[][..], Vec::as_slice).iter().enumerate();
            let inside = |(index, part)| (part, format!("{place}/allOf/{index}"));
            open.extend(composed.map(inside).rev());
            for keyword in CHOICES {
                // A choice of one schema is that schema.
                if let [(index, only)] = choices(schema, keyword)[..] {
                    open.push((only, format!("{place}/{keyword}/{index}")));
                }
            }
            parts.push((schema, place));
        }
        let is_part = |option: &Value| {
            let target = resolve(document, option, "").map_or(option, |(target, _)| target);
            seen.contains(&std::ptr::from_ref(target))
        };
        let is_decided = |list: &&Value| list.as_array().into_iter().flatten().any(is_part);
        let several = |schema: &'a Value, keyword: &&str| choices(schema, keyword).len() > 1;
        let all = |schema: &'a Value| {
            CHOICES.iter().filter(move |keyword| several(schema, keyword)).map(|keyword| &schema[*keyword])
        };
        let decided = parts.iter().flat_map(|(schema, _)| all(schema)).filter(is_decided).collect();
        Self { places: places.to_vec(), parts, lists_constants: true, decided }
    }

    /// The first of its places.
    pub(super) fn pointer(&self) -> &str {
        self.places.first().map_or("", String::as_str)
    }

    /// Every value of a keyword with the part that states it: all of them hold.
    pub(super) fn stated<'v>(&'v self, keyword: &str) -> impl Iterator<Item = Stated<'v, 'a>> {
        let of = move |(schema, place): &'v (&'a Value, String)| {
            let value = schema.get(keyword).filter(|value| !value.is_null())?;
            Some((value, place.as_str()))
        };
        self.parts.iter().filter_map(of)
    }

    /// Every value of a keyword.
    pub(super) fn all(&self, keyword: &str) -> impl Iterator<Item = &'a Value> {
        self.stated(keyword).map(|(value, _)| value)
    }

    /// The first value of a keyword.
    pub(super) fn get(&self, keyword: &str) -> Option<&'a Value> {
        self.all(keyword).next()
    }

    pub(super) fn is(&self, keyword: &str) -> bool {
        self.all(keyword).any(|value| *value == true)
    }

    /// Whether null is a value. OpenAPI 3.0.3, "nullable": a type forbids null unless `nullable` stands beside it, and a schema
    /// without type takes everything. Generators write `nullable` beside `allOf` where they mean that null is allowed.
    pub(super) fn nullable(&self) -> bool {
        let allows = |schema: &Value| {
            schema["nullable"] == true
                || CHOICES.iter().any(|keyword| schema[*keyword].as_array().into_iter().flatten().any(is_null))
        };
        let lists_null = |schema: &Value| schema["enum"].as_array().is_some_and(|values| values.contains(&Value::Null));
        let mut parts = self.parts.iter().map(|(schema, _)| *schema);
        let has_type = |schema: &Value| schema["type"].is_string();
        if parts.clone().any(|schema| !has_type(schema) && allows(schema)) {
            return true;
        }
        if parts.clone().any(has_type) {
            return parts.filter(|schema| has_type(schema)).all(allows);
        }
        match self.get("enum") {
            Some(_) => parts.any(lists_null),
            None => self.kind().is_none() && self.options().is_empty(),
        }
    }

    /// The listed values: those that every list has.
    pub(super) fn values(&self) -> Option<Vec<Value>> {
        let mut lists = self.lists().into_iter();
        let mut values: Vec<Value> = lists.next()?.into_iter().cloned().collect();
        for list in lists {
            values.retain(|value| list.iter().any(|other| equal(value, other)));
        }
        // Whether null is allowed is compared by itself, and some list it where it is.
        values.retain(|value| !value.is_null());
        Some(values)
    }

    /// The lists of values: of `enum`, and of choices between constants.
    fn lists(&self) -> Vec<Vec<&'a Value>> {
        let listed = self.all("enum").filter_map(|list| Some(list.as_array()?.iter().collect()));
        let parts = self.parts.iter().filter(|_| self.lists_constants);
        let chosen = parts.flat_map(|(schema, _)| CHOICES.iter().filter_map(|keyword| constants(schema, keyword)));
        listed.chain(chosen).collect()
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
        let says = |pattern: &&str| {
            !matches!(*pattern, "" | "." | ".*" | "^.*$" | "^" | "$" | "^.*" | ".*$" | "[\\s\\S]*" | "^[\\s\\S]*$")
        };
        let patterns: BTreeSet<&str> = self.all("pattern").filter_map(Value::as_str).filter(says).collect();
        (!patterns.is_empty()).then(|| patterns.into_iter().collect::<Vec<_>>().join(" and ").into())
    }

    /// The part that states a keyword.
    pub(super) fn holder(&self, keyword: &str) -> Option<&str> {
        self.stated(keyword).next().map(|(_, place)| place)
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
        self.holder(keyword).map_or_else(|| self.pointer().to_owned(), |place| format!("{place}/{keyword}"))
    }

    /// Every place of a keyword with a value like this.
    pub(super) fn places_of(&self, keyword: &str, is_it: impl Fn(&Value) -> bool) -> Places {
        let stated = self.stated(keyword).filter(|(value, _)| is_it(value));
        stated.map(|(_, place)| format!("{place}/{keyword}")).collect()
    }

    /// The keyword at a place of the other document, or the schema itself where this one does not have it.
    pub(super) fn counterpart_of(&self, place: &str) -> String {
        let has = |(part, keyword): &(&str, &str)| {
            self.parts.iter().any(|(schema, own)| own == part && schema.get(*keyword).is_some())
        };
        place.rsplit_once('/').filter(has).map_or_else(|| self.pointer().to_owned(), |_| place.to_owned())
    }

    /// The part at a place of the other document, or the schema itself where this one has no such part.
    pub(super) fn counterpart(&self, place: &str) -> String {
        let is_part = self.parts.iter().any(|(_, part)| part == place);
        if is_part { place.to_owned() } else { self.pointer().to_owned() }
    }

    /// The keywords that are not compared, each with the parts that state it.
    pub(super) fn not_compared(&self) -> BTreeMap<&'a str, Vec<Stated<'_, 'a>>> {
        let mut all: BTreeMap<&str, Vec<Stated<'_, '_>>> = BTreeMap::new();
        for (kept, place) in self.stated(NOT_COMPARED) {
            for (keyword, value) in kept.as_object().into_iter().flatten() {
                all.entry(keyword).or_default().push((value, place));
            }
        }
        all
    }

    /// The properties, each with every place that declares it.
    pub(super) fn properties(&self) -> BTreeMap<&'a str, Places> {
        let mut properties: BTreeMap<&str, Places> = BTreeMap::new();
        for (declared, place) in self.stated("properties") {
            for name in declared.as_object().into_iter().flat_map(serde_json::Map::keys) {
                let place = format!("{place}/properties/{}", escape(name));
                properties.entry(name.as_str()).or_default().push(place);
            }
        }
        properties
    }

    /// The names of the properties.
    pub(super) fn names(&self) -> BTreeSet<&'a str> {
        self.all("properties").filter_map(Value::as_object).flat_map(|all| all.keys().map(String::as_str)).collect()
    }

    pub(super) fn required(&self) -> BTreeSet<&'a str> {
        self.all("required").filter_map(Value::as_array).flatten().filter_map(Value::as_str).collect()
    }

    /// The alternatives of a choice, each with its place.
    pub(super) fn options(&self) -> Vec<(&'a Value, String)> {
        let mut options = Vec::new();
        let mut known = Vec::new();
        let is_list = |schema: &Value, keyword| self.lists_constants && constants(schema, keyword).is_some();
        for (schema, place) in &self.parts {
            for keyword in CHOICES {
                let choices = choices(schema, keyword);
                // Parts may repeat each other.
                let is_decided = self.decided.iter().any(|list| std::ptr::eq(*list, &schema[keyword]));
                if choices.len() > 1 && !is_decided && !known.contains(&choices) && !is_list(schema, keyword) {
                    known.push(choices.clone());
                    let place = |(index, option)| (option, format!("{place}/{keyword}/{index}"));
                    options.extend(choices.into_iter().map(place));
                }
            }
        }
        options
    }

    /// The types that the parts state; whole numbers are numbers.
    pub(super) fn kinds(&self) -> BTreeSet<&'a str> {
        let mut kinds: BTreeSet<&str> = self.all("type").filter_map(Value::as_str).collect();
        if kinds.contains("integer") {
            kinds.remove("number");
        }
        kinds
    }

    /// The type, also where only its keywords or its values tell it.
    pub(super) fn kind(&self) -> Option<&'a str> {
        // A whole number is a number, and it comes before it.
        let stated = self.all("type").filter_map(Value::as_str).min();
        let has = |keyword| self.get(keyword).is_some();
        stated
            .or_else(|| has("properties").then_some("object"))
            .or_else(|| has("items").then_some("array"))
            .or_else(|| self.kind_of_values())
    }

    /// The first part of a type that no value of a type has, and its place.
    pub(super) fn part_of_other_type(&self, kind: &str) -> Option<Stated<'_, 'a>> {
        let is_number = |kind: &str| matches!(kind, "integer" | "number");
        self.stated("type").find(|(other, _)| {
            other.as_str().is_some_and(|other| other != kind && !(is_number(other) && is_number(kind)))
        })
    }

    fn kind_of_values(&self) -> Option<&'static str> {
        let values: Vec<&Value> = self.lists().into_iter().flatten().collect();
        let all =
            |is: fn(&Value) -> bool| !values.is_empty() && values.iter().all(|value| value.is_null() || is(value));
        if all(Value::is_string) {
            Some("string")
        } else if all(|value| matches!(Number::of(value), Some(Number::Whole(_)))) {
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

/// The values of a choice between constants, which is a list of values in other words.
fn constants<'v>(schema: &'v Value, keyword: &str) -> Option<Vec<&'v Value>> {
    let is_constant = |option: &Value| {
        let says_more = |keyword: &String| {
            !matches!(&**keyword, "enum" | "type") && !ANNOTATIONS.contains(&&**keyword) && !keyword.starts_with("x-")
        };
        option.as_object().is_some_and(|option| !option.keys().any(says_more))
    };
    let options = choices(schema, keyword);
    let values = |(_, option): &(usize, &'v Value)| option.get("enum").filter(|_| is_constant(option))?.as_array();
    let lists: Option<Vec<_>> = options.iter().map(values).collect();
    lists.filter(|lists| !lists.is_empty()).map(|lists| lists.into_iter().flatten().collect())
}

/// Whether an alternative stands for null alone, as NSwag writes it.
fn is_null(option: &Value) -> bool {
    option["type"] == "null"
        || option.as_object().is_some_and(|option| option.len() == 1 && option.get("nullable") == Some(&true.into()))
}
