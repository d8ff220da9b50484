//! Parameters and members of an operation, as a document has them.

use std::borrow::Cow;

use cxreports_core::{Absent, BoundField, Encoding, Extra, Field, Kind, Location, OperationSpec};
use serde_json::Value;

use super::{
    coverage::Finding,
    encoding::{absent, bound, encode, encode_enum},
    responses,
    route::{Served, is_parameter, is_version, parameter_name, segments},
};
use crate::{
    document::{escape, operation},
    shape::{Shape, resolved},
};

/// Headers that every request has, whatever a document says.
const OWN_HEADERS: [&str; 4] = ["accept", "authorization", "content-type", "content-length"];
const JSON: &str = "application/json";

/// Collects what becomes the binding of an operation.
pub(super) struct Binder<'a> {
    document: &'a Value,
    spec: &'static OperationSpec,
    served: &'a Served,
    pub(super) path: String,
    pub(super) media_type: String,
    pub(super) fields: Vec<BoundField>,
    pub(super) extras: Vec<Extra>,
    pub(super) unknown: Vec<Cow<'static, str>>,
    /// Optional fields that cannot be used.
    pub(super) findings: Vec<Finding>,
    /// What the operation cannot do without.
    pub(super) fatal: Vec<Finding>,
}

/// A parameter of the document.
struct Parameter<'a> {
    name: &'a str,
    place: &'a str,
    required: bool,
    schema: &'a Value,
    pointer: String,
}

impl<'a> Binder<'a> {
    pub(super) fn new(document: &'a Value, spec: &'static OperationSpec, served: &'a Served) -> Self {
        Self {
            document,
            spec,
            served,
            path: String::new(),
            media_type: JSON.to_owned(),
            fields: Vec::new(),
            extras: Vec::new(),
            unknown: Vec::new(),
            findings: Vec::new(),
            fatal: Vec::new(),
        }
    }

    pub(super) fn parameters(&mut self) {
        let declared = self.declared();
        self.path(&declared);
        let mut used = Vec::new();
        for parameter in self.spec.parameters.iter().filter(|parameter| parameter.location == Location::Query) {
            let name = parameter.field.wire;
            let in_query = || declared.iter().filter(|one| one.place == "query");
            let found = in_query().find(|one| one.name == name);
            let Some(found) = found.or_else(|| in_query().find(|one| one.name.eq_ignore_ascii_case(name))) else {
                if parameter.field.required {
                    self.refuse_without(
                        &parameter.field,
                        format!("{}/parameters", self.served.endpoint.pointer()),
                        "query parameter",
                    );
                }
                continue;
            };
            used.push(found.name);
            let shape = Shape::of(self.document, found.schema, &found.pointer);
            let encoding = match parameter.field.kind {
                Kind::Enum(spec) => encode_enum(spec, &shape, true),
                _ => Encoding::Native,
            };
            let absent = absent(&parameter.field, found.required, &shape, &encoding);
            self.fields.push(bound(&parameter.field, Location::Query, found.name, encoding, absent));
        }
        for one in declared.iter().filter(|one| !used.contains(&one.name)) {
            self.beyond(one);
        }
    }

    /// The parameters of the operation and of its path, the operation's own first.
    fn declared(&self) -> Vec<Parameter<'a>> {
        let endpoint = &self.served.endpoint;
        let item = &self.document["paths"][&endpoint.path];
        let own = (&operation(self.document, endpoint)["parameters"], endpoint.pointer());
        let shared = (&item["parameters"], format!("/paths/{}", escape(&endpoint.path)));
        let mut declared: Vec<Parameter<'a>> = Vec::new();
        for (list, at) in [own, shared] {
            for (index, parameter) in list.as_array().into_iter().flatten().enumerate() {
                let (parameter, pointer) = resolved(self.document, parameter, format!("{at}/parameters/{index}"));
                let (Some(name), Some(place)) = (parameter["name"].as_str(), parameter["in"].as_str()) else {
                    continue;
                };
                if declared.iter().any(|known| known.name == name && known.place == place) {
                    continue;
                }
                let schema = parameter.get("schema").or_else(|| {
                    let content = parameter["content"].as_object()?;
                    content.values().next()?.get("schema")
                });
                let required = parameter["required"] == true;
                let pointer = format!("{pointer}/schema");
                declared.push(Parameter { name, place, required, schema: schema.unwrap_or(&Value::Null), pointer });
            }
        }
        declared
    }

    /// The path with the documentation's names for its parameters, the version filled in.
    fn path(&mut self, declared: &[Parameter<'a>]) {
        let own = segments(self.spec.path);
        let (served, names) = (self.served.segments(), own.iter().rev().take_while(|s| **s != "v1"));
        let mut names: Vec<&str> = names.copied().collect();
        names.reverse();
        let tail_begins = served.len().saturating_sub(names.len());
        let mut path = String::new();
        for (index, segment) in served.iter().enumerate() {
            path.push('/');
            let parameter =
                || declared.iter().find(|one| one.place == "path" && one.name.eq_ignore_ascii_case(inner(segment)));
            match index.checked_sub(tail_begins) {
                Some(place) if is_parameter(segment) => path.push_str(names[place]),
                None if segment.contains('{') && is_version(segment) => {
                    let version = self.version(parameter());
                    let bare = is_parameter(segment) && !version.starts_with(['v', 'V']);
                    let literal = segment.split('{').next().unwrap_or_default();
                    path.push_str(if bare && !self.declares_version(parameter()) { "v" } else { literal });
                    path.push_str(if literal.is_empty() { &version } else { version.trim_start_matches(['v', 'V']) });
                }
                None if is_parameter(segment) => {
                    let name = parameter_name(segment).to_owned();
                    path.push_str(&format!("{{{name}}}"));
                    let value = parameter().and_then(|one| self.constant(one)).map(Cow::Owned);
                    self.extras.push(Extra { location: Location::Path, name: name.into(), value });
                }
                _ => path.push_str(segment),
            }
        }
        if self.served.path.ends_with('/') {
            path.push('/');
        }
        self.path = path;
    }

    /// A parameter that the contract does not know.
    fn beyond(&mut self, one: &Parameter<'a>) {
        let location = match one.place {
            "query" => Location::Query,
            "header" if !OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(one.name)) => Location::Header,
            "cookie" => Location::Cookie,
            _ => return,
        };
        if one.required {
            let names_version = one.name.to_ascii_lowercase().contains("version");
            let value = if names_version {
                Some(self.version(Some(one)).trim_start_matches(['v', 'V']).to_owned())
            } else {
                self.constant(one)
            };
            let value = value.map(Cow::Owned);
            self.extras.push(Extra { location, name: one.name.to_owned().into(), value });
        } else if location == Location::Query {
            self.unknown.push(one.name.to_owned().into());
        }
    }

    fn declares_version(&self, parameter: Option<&Parameter<'a>>) -> bool {
        parameter.is_some_and(|one| self.constant(one).is_some())
    }

    /// The version to ask for: as the parameter says, else as the document does, else 1.
    fn version(&self, parameter: Option<&Parameter<'a>>) -> String {
        let told = parameter.and_then(|one| self.constant(one));
        let info = || {
            self.document["info"]["version"].as_str().filter(|version| {
            let number = version.trim_start_matches(['v', 'V']);
            number.starts_with(|c: char| c.is_ascii_digit()) && number.chars().all(|c| c.is_ascii_digit() || c == '.')
                // The version of an instance, such as 2026.5.1, is not the version of its API.
                && number.split('.').count() <= 2 && number.split('.').next().is_some_and(|major| major.len() < 4)
        })
        };
        told.or_else(|| info().map(str::to_owned)).unwrap_or_else(|| "1".to_owned())
    }

    /// The one value that a parameter can have.
    fn constant(&self, one: &Parameter<'a>) -> Option<String> {
        let shape = Shape::of(self.document, one.schema, &one.pointer);
        let listed = match shape.values.as_slice() {
            [(_, only)] => Some(*only),
            _ => None,
        };
        let value = one.schema.get("default").or(listed)?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    pub(super) fn body(&mut self) {
        if self.spec.body.is_empty() {
            return;
        }
        let at = format!("{}/requestBody", self.served.endpoint.pointer());
        let body = &operation(self.document, &self.served.endpoint)["requestBody"];
        let (body, at) = resolved(self.document, body, at);
        let content = body["content"].as_object().filter(|content| !content.is_empty());
        let Some(content) = content else { return self.as_documented() };
        let Some((media_type, media)) = content.iter().min_by_key(|(media_type, _)| rank(media_type)) else { return };
        if rank(media_type) == FORM {
            let problem = format!("{media_type}, where JSON is sent");
            self.fatal.push(Finding { pointer: at, feeds: self.spec.rust.to_owned(), problem });
            return;
        }
        if rank(media_type) == OTHER_JSON {
            self.media_type.clone_from(media_type);
        }
        let at = format!("{at}/content/{}/schema", escape(media_type));
        let shape = Shape::of(self.document, &media["schema"], &at);
        if shape.members.is_empty() && shape.takes("object") {
            return self.as_documented();
        }
        if shape.members.is_empty() {
            let problem = format!("{}, where an object is sent", shape.describe());
            self.fatal.push(Finding { pointer: at, feeds: self.spec.rust.to_owned(), problem });
            return;
        }
        self.members(&shape, &at);
    }

    /// A body of which the document says nothing is as the documentation has it.
    fn as_documented(&mut self) {
        let fields = self.spec.body.iter();
        self.fields
            .extend(fields.map(|field| bound(field, Location::Body, field.wire, Encoding::Native, Absent::Omit)));
    }

    fn members(&mut self, shape: &Shape<'a>, at: &str) {
        for field in self.spec.body {
            let Some(member) = shape.member(field.wire) else {
                if field.required {
                    self.refuse_without(
                        field,
                        format!("{}/properties", shape.declared_at.as_deref().unwrap_or(at)),
                        "member",
                    );
                }
                continue;
            };
            let own = Shape::of(self.document, member.schema, &member.pointer);
            let Some(encoding) = encode(field.kind, &own, self.document) else {
                let problem = format!("{}, where {} is sent", own.describe(), responses::name(field.kind));
                let feeds = format!("{}.{}", self.spec.rust, field.rust);
                let finding = Finding { pointer: member.pointer.clone(), feeds, problem };
                if field.required {
                    self.fatal.push(finding)
                } else {
                    self.findings.push(finding)
                }
                continue;
            };
            let absent = absent(field, shape.required.contains(member.name), &own, &encoding);
            self.fields.push(bound(field, Location::Body, member.name, encoding, absent));
        }
        for member in &shape.members {
            if self
                .spec
                .body
                .iter()
                .any(|field| shape.member(field.wire).is_some_and(|known| known.name == member.name))
            {
                continue;
            }
            self.unknown.push(member.name.to_owned().into());
            if !shape.required.contains(member.name) || member.schema["readOnly"] == true {
                continue;
            }
            let own = Shape::of(self.document, member.schema, &member.pointer);
            let absent = match member.schema.get("default") {
                Some(default) => Absent::Default(default.to_string().into()),
                None if own.nullable => Absent::Null,
                None => {
                    let name = member.name.to_owned().into();
                    self.extras.push(Extra { location: Location::Body, name, value: None });
                    continue;
                }
            };
            let name: Cow<'static, str> = member.name.to_owned().into();
            let field = Cow::Borrowed("");
            self.fields.push(BoundField { field, location: Location::Body, name, encoding: Encoding::Native, absent });
        }
    }

    fn refuse_without(&mut self, field: &Field, pointer: String, what: &str) {
        let feeds = format!("{}.{}", self.spec.rust, field.rust);
        self.fatal.push(Finding { pointer, feeds, problem: format!("no {what} `{}`", field.wire) });
    }
}

/// The name within a segment with a parameter.
fn inner(segment: &str) -> &str {
    parameter_name(&segment[segment.find('{').unwrap_or_default()..])
}

const OTHER_JSON: u8 = 1;
const FORM: u8 = 3;

/// How well a media type suits a JSON body.
fn rank(media_type: &str) -> u8 {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    match kind {
        JSON => 0,
        _ if kind.contains('*') => 0,
        _ if kind.ends_with("json") => OTHER_JSON,
        "text/plain" | "application/octet-stream" => 2,
        _ => FORM,
    }
}
