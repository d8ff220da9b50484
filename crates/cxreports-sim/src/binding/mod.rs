//! Requests as ASP.NET binds them. The table in the crate's documentation names the source of each rule.

mod arguments;
mod body;
mod json;
mod text;

use std::borrow::Cow;

use bytes::Bytes;
use cxreports_core::{Field, Kind, Location, OperationSpec};
use http::HeaderMap;
use serde_json::Value;

use crate::{json::Json, problem::Problem};

pub(crate) use arguments::{Argument, Arguments};
pub(crate) use body::Encoding;
pub(crate) use text::route_integer;

/// What an operation takes on an instance: what its document has of the contract, and what it requires beyond that.
#[derive(Default)]
pub(crate) struct Form {
    query: Vec<Slot>,
    /// The members of its body, if it takes one.
    body: Option<Vec<Slot>>,
}

/// A query parameter or a member of the body.
struct Slot {
    name: Cow<'static, str>,
    kind: Kind,
    required: bool,
    takes_null: bool,
}

impl Form {
    /// What an operation of the contract takes, as far as an instance's document has it. With `nullable`, every member takes
    /// null, whatever the document says.
    pub(crate) fn of(spec: &OperationSpec, document: &Value, operation: &Value, nullable: bool) -> Self {
        let follow = |schema: &'_ Value| -> Value {
            let target = schema["$ref"].as_str().or(schema["allOf"][0]["$ref"].as_str());
            let target = target.and_then(|reference| document.pointer(reference.strip_prefix('#')?));
            target.unwrap_or(schema).clone()
        };
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let parameters = parameters.filter(|parameter| parameter["in"] == "query").filter_map(|parameter| {
            let name = parameter["name"].as_str()?;
            let mut known =
                spec.parameters.iter().filter(|known| known.location == Location::Query).map(|known| &known.field);
            let field = known.find(|field| field.wire.eq_ignore_ascii_case(name));
            Slot::new(name, field, Kind::String, parameter["required"] == true, true)
        });
        let content = operation["requestBody"]["content"].as_object();
        let body = content.and_then(|content| content.values().next()).map(|media| {
            let schema = follow(&media["schema"]);
            let is_required =
                |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
            let members = schema["properties"].as_object().into_iter().flatten();
            members
                .filter_map(|(name, member)| {
                    let field = spec.body.iter().find(|field| field.wire.eq_ignore_ascii_case(name));
                    let is_value = matches!(member["type"].as_str(), Some("boolean" | "integer" | "number"));
                    Slot::new(
                        name,
                        field,
                        Kind::Json,
                        is_required(name),
                        nullable || !is_value || member["nullable"] == true,
                    )
                })
                .collect()
        });
        Self { query: parameters.collect(), body }
    }

    /// A form of query parameters.
    pub(crate) fn of_query(fields: &'static [Field]) -> Self {
        let query =
            fields.iter().filter_map(|field| Slot::new(field.wire, Some(field), field.kind, field.required, true));
        Self { query: query.collect(), body: None }
    }

    /// How the body that the operation reads is encoded; `None` when it reads none. A media type that ASP.NET does not read
    /// is refused before the body is looked at.
    pub(crate) fn encoding(&self, headers: &HeaderMap) -> Result<Option<Encoding>, Problem> {
        self.body.is_some().then(|| Encoding::of(headers)).transpose()
    }

    /// Binds a request; its body is in UTF-8.
    pub(crate) fn bind(&self, query: &str, body: &Bytes) -> Result<Arguments, Problem> {
        let mut arguments = self.bind_query(query)?;
        if let Some(slots) = &self.body {
            arguments.extend(bind_members(slots, body)?);
        }
        Ok(arguments)
    }

    /// Names without regard to case, the first of several values, and nothing for blank ones.
    fn bind_query(&self, query: &str) -> Result<Arguments, Problem> {
        let mut arguments = Arguments::default();
        if self.query.is_empty() {
            return Ok(arguments);
        }
        let given: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let mut invalid = Vec::new();
        for slot in &self.query {
            let first = given.iter().find(|(name, _)| slot.name.eq_ignore_ascii_case(name));
            let text = first.map(|(_, text)| &**text).filter(|text| !text.trim().is_empty());
            match text.map(|text| text::value(&slot.kind, text).ok_or(text)) {
                Some(Ok(value)) => arguments.set(slot.name.clone(), Some(value)),
                Some(Err(text)) => invalid.push((slot.name.to_string(), format!("The value '{text}' is not valid."))),
                None if slot.required => invalid.push(slot.missing()),
                None => {}
            }
        }
        if invalid.is_empty() { Ok(arguments) } else { Err(Problem::invalid(invalid)) }
    }
}

/// Names without regard to case, the last of several values, and nothing for those that are not known. Members are read in
/// their order, so that the first one that cannot be converted is refused, though another of its name follows.
fn bind_members(slots: &[Slot], body: &Bytes) -> Result<Arguments, Problem> {
    let refuse = |(path, net): (String, &str)| {
        body::invalid(&path, &format!("The JSON value could not be converted to {net}. Path: {path}."))
    };
    let members = match body::read(body)? {
        json::Body::Members(members) => members,
        json::Body::Null => return Err(body::invalid("", "A non-empty request body is required.")),
        json::Body::Other => return Err(refuse(("$".to_owned(), "the model of the request"))),
    };
    let mut arguments = Arguments::default();
    for (name, raw) in members {
        let Some(slot) = slots.iter().find(|slot| slot.name.eq_ignore_ascii_case(&name)) else { continue };
        let path = format!("$.{name}");
        let value = match raw.get() {
            "null" if slot.takes_null => slot.null(body, raw.get()),
            "null" if matches!(slot.kind, Kind::List(_)) => None,
            "null" => return Err(refuse((path, "a type without null"))),
            _ => Some(json::value(body, &slot.kind, raw, &path).map_err(refuse)?),
        };
        arguments.set(slot.name.clone(), value);
    }
    let missing = slots.iter().filter(|slot| slot.required && arguments.get(&slot.name).is_none());
    let missing: Vec<_> = missing.map(Slot::missing).collect();
    if missing.is_empty() { Ok(arguments) } else { Err(Problem::invalid(missing)) }
}

impl Slot {
    /// A slot for a field of the contract, or for what an instance requires beyond it; nothing else is bound.
    fn new(name: &str, field: Option<&Field>, other: Kind, required: bool, takes_null: bool) -> Option<Self> {
        match field {
            Some(field) => Some(Self {
                name: field.wire.into(),
                kind: field.kind,
                required: required || field.required,
                takes_null,
            }),
            None if required => Some(Self { name: name.to_owned().into(), kind: other, required, takes_null }),
            None => None,
        }
    }

    /// What null is to a member: data, where the member is required and may be any JSON, and nothing elsewhere.
    fn null(&self, body: &Bytes, null: &str) -> Option<Argument> {
        let is_data = self.required && matches!(self.kind, Kind::Json);
        is_data.then(|| Argument::Json(Json::new(body.slice_ref(null.as_bytes()))))
    }

    /// The error of a field that is required and absent: models have names in Pascal case.
    fn missing(&self) -> (String, String) {
        let mut letters = self.name.chars();
        let name: String = letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
        let message = format!("The {name} field is required.");
        (name, message)
    }
}
