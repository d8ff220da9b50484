//! Components that only name what can be written where it is used.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{components::components, pass::Pass, schemas::is_free};
use crate::document::{for_each_schema, recursive, referenced};

pub(super) const ALIASES: Pass = Pass {
    name: "aliases",
    why: "a component that only names a text, a number or a list would become a wrapper type; it is written where it is used",
    run: |context| {
        // A list that holds itself has to stay a type, and one that is nested too deeply is easier to read as one.
        let recursive = recursive(&context.document);
        let (found, kept): (BTreeMap<_, _>, BTreeMap<_, _>) = std::mem::take(components(&mut context.document))
            .into_iter()
            .partition(|(name, schema)| is_alias(schema) && !recursive.contains(name));
        let mut aliases = Aliases { found, depths: BTreeMap::new() };
        aliases.settle();
        *components(&mut context.document) = kept.into_iter().collect();
        components(&mut context.document).extend(aliases.too_deep());
        for_each_schema(&mut context.document, &mut |schema| {
            if let Some(alias) = referenced(schema).and_then(|name| aliases.of(&name)) {
                *schema = alias.clone();
            }
        });
    },
};

/// Components that only name a text, a number or a list.
struct Aliases {
    found: BTreeMap<String, Value>,
    /// How many of them each one goes through.
    depths: BTreeMap<String, usize>,
}

impl Aliases {
    /// The most aliases within an alias.
    const MAX_DEPTH: usize = 16;

    /// Counts depths, and lets each alias that only refers to another stand for what that stands for.
    fn settle(&mut self) {
        for name in self.found.keys().cloned().collect::<Vec<_>>() {
            let mut path = Vec::new();
            let mut next = Some(name);
            while let Some(name) = next.take_if(|name| !self.depths.contains_key(name)) {
                next = inner(&self.found[&name]).filter(|inner| self.found.contains_key(inner));
                path.push(name);
            }
            for name in path.into_iter().rev() {
                let within = inner(&self.found[&name]).filter(|inner| self.found.contains_key(inner));
                let is_plain = referenced(&self.found[&name]).is_some();
                let depth = within.as_ref().map_or(0, |within| self.depths[within] + usize::from(!is_plain));
                if let Some(target) = within.filter(|_| is_plain) {
                    let target = self.found[&target].clone();
                    self.found.insert(name.clone(), target);
                }
                self.depths.insert(name, depth);
            }
        }
    }

    /// The schema that an alias refers to.
    fn of(&self, name: &str) -> Option<&Value> {
        self.found.get(name).filter(|_| self.depths[name] % Self::MAX_DEPTH != Self::MAX_DEPTH - 1)
    }

    /// The aliases that stay components.
    fn too_deep(&self) -> Vec<(String, Value)> {
        let kept = self.found.iter().filter(|(name, _)| self.of(name).is_none());
        kept.map(|(name, schema)| (name.clone(), schema.clone())).collect()
    }
}

/// The component that an alias is another name for, or a list or map of.
fn inner(alias: &Value) -> Option<String> {
    let mut schema = alias;
    loop {
        if let Some(name) = referenced(schema) {
            return Some(name);
        }
        schema = ["items", "additionalProperties"].iter().find_map(|keyword| schema.get(keyword))?;
    }
}

fn is_alias(schema: &Value) -> bool {
    let Some(object) = schema.as_object() else { return false };
    match object.get("type").and_then(Value::as_str) {
        Some("string" | "number" | "integer" | "boolean") => !object.contains_key("enum"),
        Some("array") => true,
        Some("object") => {
            object.get("properties").and_then(Value::as_object).is_none_or(Map::is_empty)
                && object.contains_key("additionalProperties")
        }
        Some(_) => false,
        None => object.contains_key("$ref") || is_free(object),
    }
}
