//! Two schemas, one keyword after the other. References and `allOf` are followed; a pair of schemas is compared once in each
//! direction, so that cycles end and large documents cost what they hold.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{Direction, Rule, compare::Change};
use cxreports_openapi::document::{escape, follow};

/// The same place in both documents, and the way that its data goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair {
    pub(crate) base: String,
    pub(crate) revision: String,
    pub(crate) direction: Direction,
}

/// What comparing one pair gave.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) changes: Vec<Change>,
    /// Pairs below it, each with the property that leads there.
    pub(crate) below: Vec<(Pair, Option<String>)>,
}

/// Both documents, and every pair that has been compared.
pub(crate) struct Schemas<'a> {
    base: &'a Value,
    revision: &'a Value,
    pub(crate) compared: BTreeMap<Pair, Compared>,
}

impl<'a> Schemas<'a> {
    pub(crate) fn new(base: &'a Value, revision: &'a Value) -> Self {
        Self { base, revision, compared: BTreeMap::new() }
    }

    /// Compares two schemas and everything below them; gives the pair to find it by.
    pub(crate) fn compare(&mut self, base: &str, revision: &str, direction: Direction) -> Pair {
        let root = self.pair(base, revision, direction);
        let mut open = vec![root.clone()];
        while let Some(pair) = open.pop() {
            if self.compared.contains_key(&pair) {
                continue;
            }
            let compared = self.compare_one(&pair);
            open.extend(compared.below.iter().map(|(pair, _)| pair.clone()));
            self.compared.insert(pair, compared);
        }
        root
    }

    fn pair(&self, base: &str, revision: &str, direction: Direction) -> Pair {
        Pair { base: follow(self.base, base), revision: follow(self.revision, revision), direction }
    }

    fn compare_one(&self, pair: &Pair) -> Compared {
        let before = View::new(self.base, &pair.base);
        let after = View::new(self.revision, &pair.revision);
        let mut comparison =
            Comparison { schemas: self, direction: pair.direction, before, after, out: Compared::default() };
        comparison.types();
        comparison.formats();
        comparison.null();
        comparison.values();
        comparison.default();
        comparison.bounds();
        comparison.pattern();
        comparison.multiple_of();
        comparison.properties();
        comparison.additional_properties();
        comparison.items();
        comparison.options();
        comparison.not();
        comparison.discriminator();
        comparison.out
    }
}

/// A schema with everything that `allOf` adds to it.
struct View<'a> {
    pointer: String,
    /// Its parts, itself first, each with its place.
    parts: Vec<(&'a Value, String)>,
}

impl<'a> View<'a> {
    fn new(document: &'a Value, pointer: &str) -> Self {
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
            parts.push((schema, place));
        }
        Self { pointer: pointer.to_owned(), parts }
    }

    fn get(&self, keyword: &str) -> Option<&'a Value> {
        self.parts.iter().find_map(|(schema, _)| schema.get(keyword)).filter(|value| !value.is_null())
    }

    fn is(&self, keyword: &str) -> bool {
        self.get(keyword) == Some(&Value::Bool(true))
    }

    /// Where a keyword stands; the schema itself where it does not.
    fn place(&self, keyword: &str) -> String {
        let found = self.parts.iter().find(|(schema, _)| schema.get(keyword).is_some());
        found.map_or_else(|| self.pointer.clone(), |(_, place)| format!("{place}/{keyword}"))
    }

    fn properties(&self) -> BTreeMap<&'a str, String> {
        let mut properties = BTreeMap::new();
        for (schema, place) in &self.parts {
            for (name, _) in schema["properties"].as_object().into_iter().flatten() {
                properties.entry(name.as_str()).or_insert_with(|| format!("{place}/properties/{}", escape(name)));
            }
        }
        properties
    }

    fn required(&self) -> BTreeSet<&'a str> {
        let lists = self.parts.iter().flat_map(|(schema, _)| schema["required"].as_array().into_iter().flatten());
        lists.filter_map(Value::as_str).collect()
    }

    /// The shapes of a choice, each with its place.
    fn options(&self) -> Vec<(&'a Value, String)> {
        let mut options = Vec::new();
        for (schema, place) in &self.parts {
            for keyword in ["oneOf", "anyOf"] {
                for (index, option) in schema[keyword].as_array().into_iter().flatten().enumerate() {
                    options.push((option, format!("{place}/{keyword}/{index}")));
                }
            }
        }
        options
    }

    /// The type, also where only its keywords tell it.
    fn kind(&self) -> Option<&'a str> {
        let told = self.get("type").and_then(Value::as_str);
        let has = |keyword| self.get(keyword).is_some();
        told.or_else(|| has("properties").then_some("object")).or_else(|| has("items").then_some("array"))
    }
}

struct Comparison<'a, 'b> {
    schemas: &'b Schemas<'a>,
    direction: Direction,
    before: View<'a>,
    after: View<'a>,
    out: Compared,
}

impl Comparison<'_, '_> {
    fn changed(&mut self, rule: Rule, keyword: &str, before: Option<&Value>, after: Option<&Value>) {
        let (base, revision) = (self.before.place(keyword), self.after.place(keyword));
        self.push(rule, base, revision, None, before, after);
    }

    fn push(
        &mut self,
        rule: Rule,
        base: String,
        revision: String,
        field: Option<&str>,
        before: Option<&Value>,
        after: Option<&Value>,
    ) {
        self.out.changes.push(Change {
            rule,
            direction: Some(self.direction),
            base: Some(base),
            revision: Some(revision),
            field: field.map(str::to_owned),
            before: before.cloned(),
            after: after.cloned(),
        });
    }

    fn descend(&mut self, base: &str, revision: &str, field: Option<&str>) {
        let pair = self.schemas.pair(base, revision, self.direction);
        self.out.below.push((pair, field.map(str::to_owned)));
    }

    fn types(&mut self) {
        // A choice has no type of its own: its shapes are compared.
        if !self.before.options().is_empty() && !self.after.options().is_empty() {
            return;
        }
        let (before, after) = (self.before.kind(), self.after.kind());
        let rule = match (before, after) {
            (one, other) if one == other => return,
            (None, Some(_)) | (Some("number"), Some("integer")) => Rule::TypeNarrowed,
            (Some(_), None) | (Some("integer"), Some("number")) => Rule::TypeWidened,
            _ => Rule::TypeChanged,
        };
        let value = |kind: Option<&str>| kind.map(Value::from);
        self.changed(rule, "type", value(before).as_ref(), value(after).as_ref());
    }

    fn formats(&mut self) {
        let (before, after) = (self.before.get("format"), self.after.get("format"));
        if before == after || self.before.kind() != self.after.kind() {
            return;
        }
        let names = (before.and_then(Value::as_str), after.and_then(Value::as_str));
        let rule = match names {
            (None, Some(_)) | (Some("int64"), Some("int32")) | (Some("double"), Some("float")) => Rule::FormatNarrowed,
            (Some(_), None) | (Some("int32"), Some("int64")) | (Some("float"), Some("double")) => Rule::FormatWidened,
            _ => Rule::FormatChanged,
        };
        self.changed(rule, "format", before, after);
    }

    fn null(&mut self) {
        let rule = match (self.before.is("nullable"), self.after.is("nullable")) {
            (true, false) => Rule::NullRefused,
            (false, true) => Rule::NullAllowed,
            _ => return,
        };
        self.changed(rule, "nullable", self.before.get("nullable"), self.after.get("nullable"));
    }

    fn values(&mut self) {
        let list = |view: &View<'_>| view.get("enum").and_then(Value::as_array).cloned();
        match (list(&self.before), list(&self.after)) {
            (None, None) => {}
            (None, Some(after)) => self.changed(Rule::EnumAdded, "enum", None, Some(&after.into())),
            (Some(before), None) => self.changed(Rule::EnumRemoved, "enum", Some(&before.into()), None),
            (Some(before), Some(after)) => {
                for value in before.iter().filter(|value| !after.contains(value)) {
                    self.changed(Rule::EnumValueRemoved, "enum", Some(value), None);
                }
                for value in after.iter().filter(|value| !before.contains(value)) {
                    self.changed(Rule::EnumValueAdded, "enum", None, Some(value));
                }
            }
        }
    }

    fn default(&mut self) {
        let (before, after) = (self.before.get("default"), self.after.get("default"));
        if before != after {
            self.changed(Rule::DefaultChanged, "default", before, after);
        }
    }

    fn bounds(&mut self) {
        use Rule::{
            MaxItemsNarrowed, MaxItemsWidened, MaxLengthNarrowed, MaxLengthWidened, MaxPropertiesNarrowed,
            MaxPropertiesWidened, MaximumNarrowed, MaximumWidened, MinItemsNarrowed, MinItemsWidened,
            MinLengthNarrowed, MinLengthWidened, MinPropertiesNarrowed, MinPropertiesWidened, MinimumNarrowed,
            MinimumWidened,
        };
        /// A bound is upper, or lower.
        const UP: f64 = 1.0;
        const LOW: f64 = -1.0;
        let bounds = [
            ("maxLength", UP, MaxLengthNarrowed, MaxLengthWidened),
            ("minLength", LOW, MinLengthNarrowed, MinLengthWidened),
            ("maximum", UP, MaximumNarrowed, MaximumWidened),
            ("minimum", LOW, MinimumNarrowed, MinimumWidened),
            ("maxItems", UP, MaxItemsNarrowed, MaxItemsWidened),
            ("minItems", LOW, MinItemsNarrowed, MinItemsWidened),
            ("maxProperties", UP, MaxPropertiesNarrowed, MaxPropertiesWidened),
            ("minProperties", LOW, MinPropertiesNarrowed, MinPropertiesWidened),
        ];
        for (keyword, sign, narrowed, widened) in bounds {
            // The bound itself is left out when it is exclusive, which is narrower. A lower bound of nought bounds nothing
            // that has a length.
            let bound = |view: &View<'_>| {
                let exclusive = match keyword {
                    "maximum" => view.is("exclusiveMaximum"),
                    "minimum" => view.is("exclusiveMinimum"),
                    _ => false,
                };
                let bound = view.get(keyword)?.as_f64()?;
                let counts = keyword != "minimum" && sign == LOW;
                (!(counts && bound <= 0.0)).then_some((bound, exclusive))
            };
            let rule = match (bound(&self.before), bound(&self.after)) {
                (None, Some(_)) => narrowed,
                (Some(_), None) => widened,
                (Some((before, was)), Some((after, is))) => {
                    let further = (after - before) * sign;
                    if further < 0.0 || (further == 0.0 && !was && is) {
                        narrowed
                    } else if further > 0.0 || (was && !is) {
                        widened
                    } else {
                        continue;
                    }
                }
                (None, None) => continue,
            };
            self.changed(rule, keyword, self.before.get(keyword), self.after.get(keyword));
        }
        match (self.before.is("uniqueItems"), self.after.is("uniqueItems")) {
            (false, true) => self.changed(Rule::UniqueItemsNarrowed, "uniqueItems", None, Some(&true.into())),
            (true, false) => self.changed(Rule::UniqueItemsWidened, "uniqueItems", Some(&true.into()), None),
            _ => {}
        }
    }

    fn pattern(&mut self) {
        let (before, after) = (self.before.get("pattern"), self.after.get("pattern"));
        let rule = match (before, after) {
            (one, other) if one == other => return,
            (None, _) => Rule::PatternAdded,
            (_, None) => Rule::PatternRemoved,
            _ => Rule::PatternChanged,
        };
        self.changed(rule, "pattern", before, after);
    }

    fn multiple_of(&mut self) {
        let (before, after) = (self.before.get("multipleOf"), self.after.get("multipleOf"));
        let number = |value: Option<&Value>| value.and_then(Value::as_f64).filter(|number| *number != 0.0);
        let rule = match (number(before), number(after)) {
            (one, other) if one == other => return,
            (None, _) => Rule::MultipleOfNarrowed,
            (_, None) => Rule::MultipleOfWidened,
            (Some(one), Some(other)) if other % one == 0.0 => Rule::MultipleOfNarrowed,
            (Some(one), Some(other)) if one % other == 0.0 => Rule::MultipleOfWidened,
            _ => Rule::MultipleOfChanged,
        };
        self.changed(rule, "multipleOf", before, after);
    }

    fn properties(&mut self) {
        let (before, after) = (self.before.properties(), self.after.properties());
        let (needed, needs) = (self.before.required(), self.after.required());
        for (name, base) in &before {
            let schema = self.schemas.base.pointer(base);
            match after.get(name) {
                Some(revision) => {
                    self.access(name, base, revision);
                    self.descend(base, revision, Some(name));
                    let rule = match (needed.contains(name), needs.contains(name)) {
                        (false, true) => Rule::PropertyNowRequired,
                        (true, false) => Rule::PropertyNowOptional,
                        _ => continue,
                    };
                    self.push(rule, base.clone(), revision.clone(), Some(name), None, None);
                }
                None if self.travels(self.schemas.base, base) => {
                    let revision = self.after.pointer.clone();
                    self.push(Rule::PropertyRemoved, base.clone(), revision, Some(name), schema, None);
                }
                None => {}
            }
        }
        for (name, revision) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
            if !self.travels(self.schemas.revision, revision) {
                continue;
            }
            let rule = if needs.contains(name) { Rule::PropertyAddedRequired } else { Rule::PropertyAddedOptional };
            let schema = self.schemas.revision.pointer(revision);
            self.push(rule, self.before.pointer.clone(), revision.clone(), Some(name), None, schema);
        }
    }

    /// Whether a property goes this way at all.
    fn travels(&self, document: &Value, pointer: &str) -> bool {
        let view = View::new(document, pointer);
        match self.direction {
            Direction::Request => !view.is("readOnly"),
            Direction::Response => !view.is("writeOnly"),
        }
    }

    fn access(&mut self, name: &str, base: &str, revision: &str) {
        let was = View::new(self.schemas.base, base);
        let is = View::new(self.schemas.revision, revision);
        let rules = [
            ("readOnly", Rule::PropertyNowReadOnly, Rule::PropertyNotReadOnly),
            ("writeOnly", Rule::PropertyNowWriteOnly, Rule::PropertyNotWriteOnly),
        ];
        for (keyword, now, no_more) in rules {
            let rule = match (was.is(keyword), is.is(keyword)) {
                (false, true) => now,
                (true, false) => no_more,
                _ => continue,
            };
            self.push(rule, was.place(keyword), is.place(keyword), Some(name), was.get(keyword), is.get(keyword));
        }
        if !was.is("deprecated") && is.is("deprecated") {
            self.push(Rule::PropertyDeprecated, base.to_owned(), is.place("deprecated"), Some(name), None, None);
        }
    }

    fn additional_properties(&mut self) {
        const KEYWORD: &str = "additionalProperties";
        let (before, after) = (self.before.get(KEYWORD), self.after.get(KEYWORD));
        let refuses = |value: Option<&Value>| value == Some(&Value::Bool(false));
        match (refuses(before), refuses(after)) {
            (false, true) => self.changed(Rule::AdditionalPropertiesRefused, KEYWORD, before, after),
            (true, false) => self.changed(Rule::AdditionalPropertiesAllowed, KEYWORD, before, after),
            _ => {
                let is_schema = |value: Option<&Value>| value.is_some_and(Value::is_object);
                if is_schema(before) || is_schema(after) {
                    let (base, revision) = (self.before.place(KEYWORD), self.after.place(KEYWORD));
                    // Where one of them does not say, any value is possible: an empty schema, which is not there.
                    let empty = |there: bool, place: String| if there { place } else { format!("{place}/-") };
                    let (base, revision) = (empty(is_schema(before), base), empty(is_schema(after), revision));
                    self.descend(&base, &revision, Some("*"));
                }
            }
        }
    }

    fn items(&mut self) {
        if self.before.get("items").is_some() && self.after.get("items").is_some() {
            let (base, revision) = (self.before.place("items"), self.after.place("items"));
            self.descend(&base, &revision, None);
        }
    }

    /// Shapes are the same by their name, or else by what they hold, or else by their order.
    fn options(&mut self) {
        let mut before = self.before.options();
        let mut after = self.after.options();
        if before.is_empty() && after.is_empty() {
            return;
        }
        let same: [fn(&Value, &Value) -> bool; 2] =
            [|one, other| one["$ref"].is_string() && name_of(one) == name_of(other), |one, other| one == other];
        for is_same in same {
            before.retain(|(one, base)| {
                let Some(found) = after.iter().position(|(other, _)| is_same(one, other)) else { return true };
                let (_, revision) = after.remove(found);
                let pair = self.schemas.pair(base, &revision, self.direction);
                self.out.below.push((pair, None));
                false
            });
        }
        // What is left over on both sides and has no name is one that has changed.
        while let (Some(one), Some(other)) = (unnamed(&before), unnamed(&after)) {
            let ((_, base), (_, revision)) = (before.remove(one), after.remove(other));
            self.descend(&base, &revision, None);
        }
        for (option, base) in before {
            let revision = self.after.pointer.clone();
            self.push(Rule::OptionRemoved, base, revision, None, Some(option), None);
        }
        for (option, revision) in after {
            let base = self.before.pointer.clone();
            self.push(Rule::OptionAdded, base, revision, None, None, Some(option));
        }
    }

    fn not(&mut self) {
        let (before, after) = (self.before.get("not"), self.after.get("not"));
        if before != after {
            self.changed(Rule::NotChanged, "not", before, after);
        }
    }

    fn discriminator(&mut self) {
        const KEYWORD: &str = "discriminator";
        let (before, after) = (self.before.get(KEYWORD), self.after.get(KEYWORD));
        let name = |value: Option<&Value>| value.map(|value| value["propertyName"].clone());
        if name(before) != name(after) {
            self.changed(Rule::DiscriminatorChanged, KEYWORD, before, after);
            return;
        }
        let mapping = |value: Option<&Value>| -> BTreeSet<String> {
            let names = value.and_then(|value| value["mapping"].as_object());
            names.into_iter().flatten().map(|(name, _)| name.clone()).collect()
        };
        let (before, after) = (mapping(before), mapping(after));
        for name in before.difference(&after) {
            self.changed(Rule::MappingRemoved, KEYWORD, Some(&name.as_str().into()), None);
        }
        for name in after.difference(&before) {
            self.changed(Rule::MappingAdded, KEYWORD, None, Some(&name.as_str().into()));
        }
    }
}

fn name_of(option: &Value) -> Option<&str> {
    option["$ref"].as_str()?.rsplit('/').next()
}

fn unnamed(options: &[(&Value, String)]) -> Option<usize> {
    options.iter().position(|(option, _)| name_of(option).is_none())
}
