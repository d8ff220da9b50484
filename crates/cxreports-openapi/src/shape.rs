//! What a schema takes, however it is written: references, compositions and wrappers are looked through.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::{escape, resolve, target};

/// How deep a schema may be nested.
const DEPTH: usize = 32;

/// What a schema takes.
#[derive(Debug, Default)]
pub(crate) struct Shape<'a> {
    /// The JSON types; none when it says none.
    pub(crate) types: BTreeSet<&'a str>,
    /// Whether it takes null.
    pub(crate) nullable: bool,
    /// The values that it lists, each with its name where it has one.
    pub(crate) values: Vec<(Option<&'a str>, &'a Value)>,
    pub(crate) members: Vec<Member<'a>>,
    /// Where its members are declared first.
    pub(crate) declared_at: Option<String>,
    pub(crate) required: BTreeSet<&'a str>,
    pub(crate) items: Option<(&'a Value, String)>,
}

/// A member of an object.
#[derive(Debug)]
pub(crate) struct Member<'a> {
    pub(crate) name: &'a str,
    pub(crate) schema: &'a Value,
    pub(crate) pointer: String,
}

impl<'a> Shape<'a> {
    /// The shape of the schema at a pointer.
    pub(crate) fn of(document: &'a Value, schema: &'a Value, pointer: &str) -> Self {
        let mut reader = Reader { document, seen: BTreeSet::new(), shape: Self::default() };
        reader.read(schema, pointer, true, 0);
        reader.shape
    }

    /// Whether it takes any JSON value, as far as it says.
    pub(crate) fn is_any(&self) -> bool {
        self.types.is_empty() && self.values.is_empty() && self.members.is_empty()
    }

    /// Whether it takes values of a type.
    pub(crate) fn takes(&self, kind: &str) -> bool {
        self.is_any()
            || self.types.contains(kind)
            || (self.types.is_empty() && self.values.iter().any(|(_, value)| type_of(value) == kind))
            || (self.types.is_empty() && kind == "object" && !self.members.is_empty())
    }

    /// A member by its name, or else without regard to case.
    pub(crate) fn member(&self, name: &str) -> Option<&Member<'a>> {
        let exact = self.members.iter().find(|member| member.name == name);
        exact.or_else(|| self.members.iter().find(|member| member.name.eq_ignore_ascii_case(name)))
    }

    /// In words, for findings.
    pub(crate) fn describe(&self) -> String {
        if self.types.is_empty() {
            return if self.members.is_empty() { "any value" } else { "object" }.to_owned();
        }
        self.types.iter().copied().collect::<Vec<_>>().join(" or ")
    }
}

struct Reader<'a> {
    document: &'a Value,
    /// The references that were followed: each is read once, so that cycles and repetitions end.
    seen: BTreeSet<&'a str>,
    shape: Shape<'a>,
}

impl<'a> Reader<'a> {
    fn read(&mut self, schema: &'a Value, pointer: &str, requires: bool, depth: usize) {
        if depth > DEPTH {
            return;
        }
        if let Some(reference) = schema["$ref"].as_str()
            && self.seen.insert(reference)
            && let Some((target, pointer)) = target(self.document, reference)
        {
            self.read(target, &pointer, requires, depth + 1);
        }
        self.shape.nullable |= schema["nullable"] == true || schema["x-nullable"] == true;
        for kind in schema["type"].as_array().into_iter().flatten().chain([&schema["type"]]) {
            match kind.as_str() {
                Some("null") => self.shape.nullable = true,
                Some(kind) => _ = self.shape.types.insert(kind),
                None => {}
            }
        }
        self.values(schema);
        if schema["properties"].is_object() && self.shape.declared_at.is_none() {
            self.shape.declared_at = Some(pointer.to_owned());
        }
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            if !self.shape.members.iter().any(|known| known.name == name) {
                let pointer = format!("{pointer}/properties/{}", escape(name));
                self.shape.members.push(Member { name, schema: member, pointer });
            }
        }
        if requires {
            self.shape.required.extend(schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str));
        }
        if schema["items"].is_object() && self.shape.items.is_none() {
            self.shape.items = Some((&schema["items"], format!("{pointer}/items")));
        }
        for (keyword, is_choice) in [("allOf", false), ("oneOf", true), ("anyOf", true)] {
            let branches: Vec<&Value> = schema[keyword].as_array().into_iter().flatten().collect();
            let real = branches.iter().filter(|branch| !is_null(branch)).count();
            self.shape.nullable |= is_choice && real < branches.len();
            for (index, branch) in branches.into_iter().enumerate().filter(|(_, branch)| !is_null(branch)) {
                let requires = requires && (!is_choice || real == 1);
                self.read(branch, &format!("{pointer}/{keyword}/{index}"), requires, depth + 1);
            }
        }
    }

    /// The listed values, named by the extensions of NSwag, Swashbuckle's filters, AutoRest, or a title beside a constant.
    fn values(&mut self, schema: &'a Value) {
        let names = ["x-enumNames", "x-enum-varnames", "x-enum-names", "x-enumVarnames"]
            .iter()
            .find_map(|extension| schema[*extension].as_array());
        let listed = schema["enum"].as_array().into_iter().flatten().chain(schema.get("const"));
        for (index, value) in listed.enumerate() {
            if value.is_null() {
                self.shape.nullable = true;
                continue;
            }
            let rest = schema["x-ms-enum"]["values"].as_array().into_iter().flatten();
            let named = || rest.into_iter().find(|entry| entry["value"] == *value)?["name"].as_str();
            let name = names.and_then(|names| names.get(index)?.as_str()).or_else(named);
            let is_constant = schema["enum"].as_array().is_none_or(|values| values.len() == 1);
            let name = name.or_else(|| schema["title"].as_str().filter(|_| is_constant));
            self.shape.values.push((name, value));
        }
    }
}

fn is_null(schema: &Value) -> bool {
    schema["type"] == "null" || schema["enum"].as_array().is_some_and(|values| values.iter().all(Value::is_null))
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A parameter, a body or a response, through references to components; what refers to nothing stands for itself.
pub(crate) fn resolved<'a>(document: &'a Value, value: &'a Value, pointer: String) -> (&'a Value, String) {
    resolve(document, value, &pointer).unwrap_or((value, pointer))
}
