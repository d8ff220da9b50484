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
    /// Whether values are carried as text: in a path, a query, a header or a form.
    pub(crate) text: bool,
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
    pub(crate) ignore_case: bool,
    pub(crate) compared: BTreeMap<Pair, Compared>,
}

impl<'a> Schemas<'a> {
    pub(crate) fn new(base: &'a Value, revision: &'a Value, ignore_case: bool) -> Self {
        Self { base, revision, ignore_case, compared: BTreeMap::new() }
    }

    /// Compares two schemas and everything below them; gives the pair to find it by.
    pub(crate) fn compare(&mut self, base: &str, revision: &str, direction: Direction, text: bool) -> Pair {
        let root = self.pair(base, revision, direction, text);
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

    fn pair(&self, base: &str, revision: &str, direction: Direction, text: bool) -> Pair {
        Pair { base: follow(self.base, base), revision: follow(self.revision, revision), direction, text }
    }

    fn compare_one(&self, pair: &Pair) -> Compared {
        let before = View::new(self.base, &pair.base);
        let after = View::new(self.revision, &pair.revision);
        let mut comparison = Comparison {
            schemas: self,
            direction: pair.direction,
            text: pair.text,
            before,
            after,
            out: Compared::default(),
        };
        if comparison.choice_on_one_side() || comparison.list_of_what_was_single() {
            return comparison.out;
        }
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
            for keyword in CHOICES {
                // A choice of one thing is that thing.
                if let [(index, _)] = choices(schema, keyword)[..] {
                    open.push(follow(document, &format!("{place}/{keyword}/{index}")));
                }
            }
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

    /// Every value of a keyword: `allOf` may state it more than once, and all of them hold.
    fn all(&self, keyword: &str) -> impl Iterator<Item = &'a Value> {
        self.parts.iter().filter_map(move |(schema, _)| schema.get(keyword))
    }

    fn nullable(&self) -> bool {
        let has_null = |schema: &Value| {
            CHOICES.iter().any(|keyword| schema[*keyword].as_array().into_iter().flatten().any(is_null))
        };
        self.is("nullable") || self.parts.iter().any(|(schema, _)| has_null(schema))
    }

    /// The listed values: those that every list has.
    fn values(&self) -> Option<Vec<Value>> {
        let mut lists = self.all("enum").filter_map(Value::as_array);
        let mut values = lists.next()?.clone();
        for list in lists {
            values.retain(|value| list.contains(value));
        }
        Some(values)
    }

    /// What text must match; a pattern that any text matches says nothing.
    fn patterns(&self) -> Option<Value> {
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

    /// The type, also where only its keywords tell it.
    fn kind(&self) -> Option<&'a str> {
        let told = self.get("type").and_then(Value::as_str);
        let told = told.map(|told| if self.all("type").any(|kind| kind == "integer") { "integer" } else { told });
        let has = |keyword| self.get(keyword).is_some();
        told.or_else(|| has("properties").then_some("object")).or_else(|| has("items").then_some("array"))
    }
}

const CHOICES: [&str; 2] = ["oneOf", "anyOf"];

/// The shapes of one choice with their places, without null.
fn choices<'v>(schema: &'v Value, keyword: &str) -> Vec<(usize, &'v Value)> {
    let options = schema[keyword].as_array().into_iter().flatten().enumerate();
    options.filter(|(_, option)| !is_null(option)).collect()
}

/// Whether an option stands for null alone, as NSwag writes it.
fn is_null(option: &Value) -> bool {
    option["type"] == "null"
        || option.as_object().is_some_and(|option| option.len() == 1 && option.get("nullable") == Some(&true.into()))
}

struct Comparison<'a, 'b> {
    schemas: &'b Schemas<'a>,
    direction: Direction,
    text: bool,
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
        let pair = self.schemas.pair(base, revision, self.direction, self.text);
        self.out.below.push((pair, field.map(str::to_owned)));
    }

    /// A schema becomes one of several, or one of several remains.
    fn choice_on_one_side(&mut self) -> bool {
        let (before, after) = (self.before.options(), self.after.options());
        let (options, document, single, other) = match (before.is_empty(), after.is_empty()) {
            (true, false) => (&after, self.schemas.revision, &self.before, self.schemas.base),
            (false, true) => (&before, self.schemas.base, &self.after, self.schemas.revision),
            _ => return false,
        };
        let content = other.pointer(&single.pointer);
        let is_same = |(_, place): &(&Value, String)| {
            let target = follow(document, place);
            let is_named = target.starts_with("/components/") && single.parts.iter().any(|(_, part)| *part == target);
            is_named || document.pointer(&target) == content
        };
        let Some(same) = options.iter().position(is_same) else { return false };
        let place = options[same].1.clone();
        let (base, revision) = (self.before.pointer.clone(), self.after.pointer.clone());
        if before.is_empty() {
            self.descend(&base, &place, None);
        } else {
            self.descend(&place, &revision, None);
        }
        for (_, (option, place)) in before.into_iter().enumerate().filter(|(index, _)| *index != same) {
            self.push(Rule::OptionRemoved, place, revision.clone(), None, Some(option), None);
        }
        for (_, (option, place)) in after.into_iter().enumerate().filter(|(index, _)| *index != same) {
            self.push(Rule::OptionAdded, base.clone(), place, None, None, Some(option));
        }
        self.null();
        true
    }

    /// A query takes one value where it takes several.
    fn list_of_what_was_single(&mut self) -> bool {
        let is_single = matches!(self.before.kind(), Some("string" | "integer" | "number" | "boolean"));
        let takes_one = self.text && self.direction == Direction::Request && self.after.kind() == Some("array");
        if !(takes_one && is_single && self.after.get("items").is_some()) {
            return false;
        }
        let (base, revision) = (self.before.pointer.clone(), self.after.place("items"));
        self.changed(Rule::TypeWidened, "type", self.before.get("type"), self.after.get("type"));
        self.descend(&base, &revision, None);
        true
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
            (Some("integer" | "number" | "boolean"), Some("string")) if self.takes_any_text() => Rule::TypeWidened,
            _ => Rule::TypeChanged,
        };
        let value = |kind: Option<&str>| kind.map(Value::from);
        self.changed(rule, "type", value(before).as_ref(), value(after).as_ref());
    }

    /// Whether the request takes whatever text was a value before.
    fn takes_any_text(&self) -> bool {
        let says_more = ["format", "enum", "pattern", "maxLength", "minLength"].map(|keyword| self.after.get(keyword));
        self.text && self.direction == Direction::Request && says_more.iter().all(Option::is_none)
    }

    fn formats(&mut self) {
        // How a password is displayed changes no value.
        let format = |view: &View<'_>| view.get("format").filter(|format| *format != "password").cloned();
        let (before, after) = (format(&self.before), format(&self.after));
        let (before, after) = (before.as_ref(), after.as_ref());
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
        let rule = match (self.before.nullable(), self.after.nullable()) {
            (true, false) => Rule::NullRefused,
            (false, true) => Rule::NullAllowed,
            _ => return,
        };
        self.changed(rule, "nullable", self.before.get("nullable"), self.after.get("nullable"));
    }

    fn values(&mut self) {
        let ignores_case = self.schemas.ignore_case && self.direction == Direction::Request;
        let same = |one: &Value, other: &Value| match (one.as_str(), other.as_str()) {
            (Some(one), Some(other)) if ignores_case => one.eq_ignore_ascii_case(other),
            _ => one == other,
        };
        let has = |list: &[Value], value: &Value| list.iter().any(|other| same(value, other));
        match (self.before.values(), self.after.values()) {
            (None, None) => {}
            (None, Some(after)) => self.changed(Rule::EnumAdded, "enum", None, Some(&after.into())),
            (Some(before), None) => self.changed(Rule::EnumRemoved, "enum", Some(&before.into()), None),
            (Some(before), Some(after)) if !before.is_empty() && !before.iter().any(|value| has(&after, value)) => {
                self.changed(Rule::EnumReplaced, "enum", Some(&before.into()), Some(&after.into()));
            }
            (Some(before), Some(after)) => {
                for value in before.iter().filter(|value| !has(&after, value)) {
                    self.changed(Rule::EnumValueRemoved, "enum", Some(value), None);
                }
                for value in after.iter().filter(|value| !has(&before, value)) {
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
                let bounds = view.all(keyword).filter_map(Value::as_f64);
                let bound = bounds.reduce(|one, other| if sign == UP { one.min(other) } else { one.max(other) })?;
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
        let (before, after) = (self.before.patterns(), self.after.patterns());
        let (before, after) = (before.as_ref(), after.as_ref());
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
        let ignores_case = self.schemas.ignore_case && self.direction == Direction::Request;
        let mut matched = BTreeSet::new();
        for (name, base) in &before {
            let schema = self.schemas.base.pointer(base);
            let other_case = || {
                let same = |other: &&&str| other.eq_ignore_ascii_case(name) && !before.contains_key(**other);
                after.keys().filter(|_| ignores_case).find(same).and_then(|other| after.get_key_value(other))
            };
            match after.get_key_value(name).or_else(other_case) {
                Some((now, revision)) => {
                    matched.insert(*now);
                    self.access(name, base, revision);
                    let travelled = self.travels(self.schemas.base, base);
                    if !self.travels(self.schemas.revision, revision) {
                        continue;
                    }
                    if travelled {
                        self.descend(base, revision, Some(name));
                    }
                    let rule = match (travelled && needed.contains(name), needs.contains(now)) {
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
        for (name, revision) in after.iter().filter(|(name, _)| !matched.contains(*name)) {
            if !self.travels(self.schemas.revision, revision) {
                continue;
            }
            let rule = if needs.contains(name) { Rule::PropertyAddedRequired } else { Rule::PropertyAddedOptional };
            let schema = self.schemas.revision.pointer(revision);
            self.push(rule, self.before.pointer.clone(), revision.clone(), Some(name), None, schema);
        }
        self.undeclared(&before, &after, &needed, &needs);
    }

    /// `required` may name members that no list of properties has.
    fn undeclared(
        &mut self,
        before: &BTreeMap<&str, String>,
        after: &BTreeMap<&str, String>,
        needed: &BTreeSet<&str>,
        needs: &BTreeSet<&str>,
    ) {
        let (base, revision) = (self.before.place("required"), self.after.place("required"));
        for name in needs.difference(needed).filter(|name| !after.contains_key(*name)) {
            self.push(Rule::PropertyNowRequired, base.clone(), revision.clone(), Some(name), None, None);
        }
        for name in needed.difference(needs).filter(|name| !before.contains_key(*name)) {
            if !after.contains_key(name) {
                self.push(Rule::PropertyNowOptional, base.clone(), revision.clone(), Some(name), None, None);
            }
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
        let has = |view: &View<'_>| view.get("items").is_some();
        let (had, has) = (has(&self.before), has(&self.after));
        if !(had || has) || self.before.kind() != self.after.kind() && !(had && has) {
            return;
        }
        // Where one of them does not say, any item is possible: an empty schema, which is not there.
        let empty = |there: bool, place: String| if there { place } else { format!("{place}/-") };
        let (base, revision) = (empty(had, self.before.place("items")), empty(has, self.after.place("items")));
        self.descend(&base, &revision, None);
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
                let pair = self.schemas.pair(base, &revision, self.direction, self.text);
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
        match (before, after) {
            (Some(_), None) => self.changed(Rule::NotRemoved, "not", before, after),
            _ if before != after => self.changed(Rule::NotChanged, "not", before, after),
            _ => {}
        }
    }

    fn discriminator(&mut self) {
        const KEYWORD: &str = "discriminator";
        let (before, after) = (self.before.get(KEYWORD), self.after.get(KEYWORD));
        let name = |value: Option<&Value>| value.map(|value| value["propertyName"].clone());
        if before.is_none() && after.is_some() {
            self.changed(Rule::DiscriminatorAdded, KEYWORD, before, after);
            return;
        }
        if name(before) != name(after) {
            self.changed(Rule::DiscriminatorChanged, KEYWORD, before, after);
            return;
        }
        let mapping = |value: Option<&Value>| -> BTreeMap<String, String> {
            let names = value.and_then(|value| value["mapping"].as_object());
            // The target is a reference, or the name of a schema.
            let last =
                |target: &Value| target.as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
            names.into_iter().flatten().map(|(name, target)| (name.clone(), last(target))).collect()
        };
        let (before, after) = (mapping(before), mapping(after));
        for (name, was) in &before {
            match after.get(name) {
                None => self.changed(Rule::MappingRemoved, KEYWORD, Some(&name.as_str().into()), None),
                Some(is) if is != was => {
                    let target = |target: &str| Value::from(format!("{name}: {target}"));
                    self.changed(Rule::MappingChanged, KEYWORD, Some(&target(was)), Some(&target(is)));
                }
                Some(_) => {}
            }
        }
        for name in after.keys().filter(|name| !before.contains_key(*name)) {
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
