//! What a change does to our code: the methods of `cxreports` that rely on it, and the generated symbols that it is in.

use std::collections::BTreeSet;

use cxreports_core::{Kind, OperationSpec};
use heck::ToUpperCamelCase as _;
use serde::Serialize;

use crate::rules::{Direction, Rule};

/// What a change does to our code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// Methods of `cxreports` that rely on what changed.
    pub methods: BTreeSet<String>,
    /// Generated symbols that it is in.
    pub symbols: BTreeSet<String>,
}

impl Effect {
    /// Whether it does nothing to our code.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.methods.is_empty() && self.symbols.is_empty()
    }
}

/// The generated symbol of the schema that a change is in.
pub(crate) fn symbol_of_schema(rule: Rule, base: Option<&str>) -> Option<String> {
    let name = base?.strip_prefix("/components/schemas/")?.split('/').next()?;
    has_symbol(rule).then(|| format!("types::{}", name.to_upper_camel_case()))
}

/// The generated symbol of the operation that a change is in.
pub(crate) fn symbol_of_operation(rule: Rule, call: Option<&str>) -> Option<String> {
    call.filter(|_| has_symbol(rule)).map(|name| format!("Client::{name}"))
}

fn has_symbol(rule: Rule) -> bool {
    touches_code(rule) && rule != Rule::OperationAdded
}

/// The methods of `cxreports` that send an operation.
#[must_use]
pub fn methods(operation: &str) -> &'static [&'static str] {
    OperationSpec::named(operation).map_or(&[], |spec| spec.sent_by)
}

/// Whether a rule is about anything that the generator reads.
pub(crate) fn touches_code(rule: Rule) -> bool {
    !matches!(
        rule,
        Rule::FailureAdded
            | Rule::FailureRemoved
            | Rule::OperationIdChanged
            | Rule::VersionChanged
            | Rule::MediaTypeAliasRemoved
            | Rule::MediaTypeAdded
            | Rule::MediaTypeWidened
            | Rule::SecurityRelaxed
            | Rule::SecuritySchemeExtended
            | Rule::SecuritySchemeRestated
            | Rule::ScopeWithdrawn
            | Rule::MemberRepeated
            | Rule::PathParameterRenamed
    )
}

/// What core uses of an operation.
pub(crate) struct Uses(Option<&'static OperationSpec>);

impl Uses {
    pub(crate) fn of(name: Option<&str>) -> Self {
        Self(name.and_then(OperationSpec::named))
    }

    /// Whether core sends a parameter, or reads a header: it reads those of files.
    pub(crate) fn parameter(&self, name: &str, direction: Option<Direction>) -> bool {
        let Some(spec) = self.0 else { return false };
        match direction {
            Some(Direction::Response) => {
                let read = ["content-disposition", "content-type", "content-length", "retry-after"];
                matches!(spec.output, Kind::File) && read.contains(&name)
            }
            _ => spec.parameters.iter().any(|parameter| parameter.field.wire == name),
        }
    }

    /// Whether core sends or reads what is at this path, by wire names.
    pub(crate) fn data(&self, direction: Direction, path: &[&str]) -> bool {
        let Some(spec) = self.0 else { return false };
        match (direction, path) {
            (Direction::Request, []) => !spec.body.is_empty(),
            (Direction::Request, [first, rest @ ..]) => {
                spec.body.iter().find(|field| field.wire == *first).is_some_and(|field| reaches(field.kind, rest))
            }
            (Direction::Response, path) => reaches(spec.output, path),
        }
    }
}

fn reaches(kind: Kind, path: &[&str]) -> bool {
    match (kind, path) {
        (Kind::List(item), path) => reaches(*item, path),
        (_, []) => true,
        (Kind::Object(object), [first, rest @ ..]) => {
            object.fields.iter().find(|field| field.wire == *first).is_some_and(|field| reaches(field.kind, rest))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_core_uses_is_known_by_its_wire_names() {
        let uses = |name| Uses::of(Some(name));
        assert!(uses("list_reports").data(Direction::Response, &["themeName"]));
        assert!(!uses("list_reports").data(Direction::Response, &["owner"]));
        assert!(uses("get_job_run_status").data(Direction::Response, &["status", "review"]));
        assert!(uses("start_export").data(Direction::Request, &["excludePages"]));
        assert!(!uses("start_export").data(Direction::Request, &["data", "x"]), "the user's own");
        assert!(uses("list_reports").parameter("limit", Some(Direction::Request)));
        assert!(!uses("somebody_elses").data(Direction::Request, &[]));
    }
}
