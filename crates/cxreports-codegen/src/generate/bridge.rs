//! From core's operations to the pin's own calls and types, member by member, by wire name.

use std::{collections::BTreeMap, fmt};

use cxreports_core::{EnumSpec, Field, Kind, Location, ObjectSpec, OperationSpec};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::enums::Enumeration;
use crate::{
    document::{Endpoint, escape, operation, referenced},
    ident,
    normalise::WIRE,
    since::Since,
};

/// Something that core needs and the document does not have, or has differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// JSON pointer in the normalised document.
    pub pointer: String,
    /// The field of core that it feeds, for example `Workspace.id`.
    pub feeds: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (feeds {})", self.pointer, self.problem, self.feeds)
    }
}

/// A normalised document, as the bridge reads it.
pub(super) struct Source<'a> {
    pub(super) document: &'a Value,
    pub(super) operations: &'a BTreeMap<Endpoint, String>,
    pub(super) enums: &'a [Enumeration],
    pub(super) pin: &'a str,
    pub(super) since: &'a Since,
}

/// The `Supports` implementations for every operation of core that the document has.
pub(super) fn module(source: &Source<'_>, known: &[&OperationSpec]) -> Result<TokenStream, Vec<Mismatch>> {
    let mut bridge = Bridge { source, readers: BTreeMap::new(), mismatches: Vec::new() };
    let mut bridged: Vec<_> = Vec::new();
    for (endpoint, name) in source.operations {
        if let Some(spec) = known.iter().find(|spec| spec.name == name) {
            bridged.push((spec.name, bridge.operation(endpoint, spec)));
        }
    }
    bridged.sort_by_key(|(name, _)| *name);
    if !bridge.mismatches.is_empty() {
        return Err(bridge.mismatches);
    }
    let implementations = bridged.iter().map(|(_, tokens)| tokens);
    let readers = bridge.readers.values();
    Ok(quote! {
        #(#implementations)*
        #(#readers)*
    })
}

struct Bridge<'a> {
    source: &'a Source<'a>,
    /// By function name: reads a type of the pin into a model of core.
    readers: BTreeMap<String, TokenStream>,
    mismatches: Vec<Mismatch>,
}

impl Bridge<'_> {
    fn mismatch(&mut self, pointer: &str, feeds: &str, problem: impl Into<String>) {
        self.mismatches.push(Mismatch {
            pointer: pointer.to_owned(),
            feeds: feeds.to_owned(),
            problem: problem.into(),
        });
    }

    fn operation(&mut self, endpoint: &Endpoint, spec: &OperationSpec) -> TokenStream {
        let pointer = endpoint.pointer();
        let found = operation(self.source.document, endpoint).clone();
        let rust = format_ident!("{}", spec.rust);
        let method = format_ident!("{}", ident::snake(spec.name));
        let name = spec.name;

        if !endpoint.method.eq_ignore_ascii_case(spec.method) {
            self.mismatch(
                &pointer,
                spec.rust,
                format!("{}, where {} is sent", endpoint.method.to_ascii_uppercase(), spec.method),
            );
        }
        let (checks, setters) = self.parameters(&pointer, &found, spec);
        let (body_checks, body) = self.body(&pointer, &found, spec);
        let answer = self.answer(&pointer, &found, spec);
        let operation = if spec.parameters.is_empty() && spec.body.is_empty() {
            quote! { _ }
        } else {
            quote! { op }
        };
        quote! {
            impl Supports<op::#rust> for Api {
                async fn call(&self, #operation: op::#rust) -> Result<<op::#rust as Operation>::Output, CallError> {
                    const OPERATION: &str = #name;
                    #checks
                    #body_checks
                    let request = self.client.#method();
                    #setters
                    #body
                    let answer = match request.send().await {
                        Ok(answer) => answer,
                        Err(error) => return Err(failed(OPERATION, error).await),
                    };
                    #answer
                }
            }
        }
    }

    fn parameters(&mut self, pointer: &str, found: &Value, spec: &OperationSpec) -> (TokenStream, TokenStream) {
        let parameters: Vec<Value> = found["parameters"].as_array().cloned().unwrap_or_default();
        let mut checks = TokenStream::new();
        let mut setters = TokenStream::new();
        for known in spec.parameters {
            let place = match known.location {
                Location::Path => "path",
                Location::Query => "query",
            };
            let position = parameters.iter().position(|p| wire_name(p) == Some(known.field.wire) && p["in"] == place);
            let feeds = format!("{}.{}", spec.rust, known.field.rust);
            let Some(position) = position else {
                if known.field.required {
                    self.mismatch(
                        &format!("{pointer}/parameters"),
                        &feeds,
                        format!("no {place} parameter `{}`", known.field.wire),
                    );
                } else {
                    checks.extend(self.unsupported(spec, &known.field));
                }
                continue;
            };
            let at = format!("{pointer}/parameters/{position}/schema");
            let setter = format_ident!("{}", ident::snake(parameters[position]["name"].as_str().unwrap_or_default()));
            let field = format_ident!("{}", known.field.rust);
            let from = if known.field.required {
                quote! { op.#field }
            } else {
                quote! { value }
            };
            let value = self.write(&at, &parameters[position]["schema"], &feeds, &known.field, from);
            let set = quote! { request.#setter(#value) };
            setters.extend(if known.field.required {
                quote! { let request = #set; }
            } else {
                quote! { let request = match op.#field { Some(value) => #set, None => request }; }
            });
        }
        for (index, parameter) in parameters.iter().enumerate() {
            let name = wire_name(parameter).unwrap_or_default();
            if parameter["required"] == true && !spec.parameters.iter().any(|known| known.field.wire == name) {
                self.mismatch(
                    &format!("{pointer}/parameters/{index}"),
                    spec.rust,
                    format!("the instance requires `{name}`, which no field of core feeds"),
                );
            }
        }
        (checks, setters)
    }

    fn body(&mut self, pointer: &str, found: &Value, spec: &OperationSpec) -> (TokenStream, TokenStream) {
        if spec.body.is_empty() {
            return Default::default();
        }
        let at = format!("{pointer}/requestBody");
        let schema = &found["requestBody"]["content"]["application/json"]["schema"];
        let Some((name, schema)) = self.component(schema) else {
            self.mismatch(&at, spec.rust, "no JSON body that is an object");
            return Default::default();
        };
        let at = format!("/components/schemas/{}", escape(&name));
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        let required = |member: &str| schema["required"].as_array().into_iter().flatten().any(|name| name == member);
        let mut checks = TokenStream::new();
        let mut set = TokenStream::new();
        for field in spec.body {
            let feeds = format!("{}.{}", spec.rust, field.rust);
            let Some((property, property_schema)) =
                properties.iter().find(|(property, _)| member_name(&schema, property) == field.wire)
            else {
                if field.required {
                    self.mismatch(&format!("{at}/properties"), &feeds, format!("no member `{}`", field.wire));
                } else {
                    checks.extend(self.unsupported(spec, field));
                }
                continue;
            };
            let pointer = format!("{at}/properties/{}", escape(property));
            let setter = format_ident!("{}", ident::snake(property));
            let rust = format_ident!("{}", field.rust);
            let from = if field.required {
                quote! { op.#rust }
            } else {
                quote! { value }
            };
            let value = self.write(&pointer, property_schema, &feeds, field, from);
            set.extend(if field.required {
                quote! { let body = body.#setter(#value); }
            } else {
                quote! { let body = match op.#rust { Some(value) => body.#setter(#value), None => body }; }
            });
        }
        for property in properties.keys().filter(|property| required(property)) {
            let member = member_name(&schema, property);
            if !spec.body.iter().any(|field| field.wire == member) {
                self.mismatch(
                    &format!("{at}/required"),
                    spec.rust,
                    format!("the instance requires `{member}`, which no field of core feeds"),
                );
            }
        }
        let body = format_ident!("{}", ident::pascal(&name));
        (checks, quote! { let body = types::#body::builder(); #set let request = request.body(body); })
    }

    fn answer(&mut self, pointer: &str, found: &Value, spec: &OperationSpec) -> TokenStream {
        let answers = found["responses"].as_object();
        let success = answers.into_iter().flatten().find(|(status, _)| status.starts_with('2'));
        let Some((status, answer)) = success else {
            self.mismatch(&format!("{pointer}/responses"), spec.rust, "no success");
            return TokenStream::new();
        };
        let at = format!("{pointer}/responses/{status}");
        let json = answer.pointer("/content/application~1json/schema");
        match (spec.output, json) {
            (Kind::Nothing, _) => quote! { drop(answer); Ok(()) },
            (Kind::File, None) if answer.get("content").is_some() => quote! { download(OPERATION, answer).await },
            (Kind::File, _) => {
                self.mismatch(&at, spec.rust, "no file; say so in spec/overlay.yaml");
                TokenStream::new()
            }
            (kind, Some(schema)) => {
                let schema = schema.clone();
                let at = format!("{at}/content/application~1json/schema");
                let read = self.read(&at, &schema, spec.rust, kind, quote! { answer.into_inner() });
                quote! { let read = || -> Result<_, Unreadable> { Ok(#read) }; read().map_err(|error| error.of(OPERATION)) }
            }
            (_, None) => {
                self.mismatch(&at, spec.rust, "no JSON; say in spec/overlay.yaml what it answers");
                TokenStream::new()
            }
        }
    }

    /// The first pin that has a field, as an expression.
    fn since(&self, spec: &OperationSpec, field: &str) -> TokenStream {
        match self.source.since.field(spec.name, field) {
            Some(since) => quote! { Some(#since) },
            None => quote! { None },
        }
    }

    /// The check that a field which the instance does not have is not set.
    fn unsupported(&self, spec: &OperationSpec, field: &Field) -> TokenStream {
        let (rust, wire, pin) = (format_ident!("{}", field.rust), field.wire, self.source.pin);
        let since = self.since(spec, wire);
        quote! {
            if op.#rust.is_some() {
                return Err(CallError::UnsupportedField { operation: OPERATION, field: #wire, pin: #pin, since: #since });
            }
        }
    }

    /// A value of core, as the pin's document wants it.
    fn write(&mut self, pointer: &str, schema: &Value, feeds: &str, field: &Field, value: TokenStream) -> TokenStream {
        let (_, schema) = self.resolved(schema);
        let kind = field.kind;
        let as_integer = schema["type"] == "integer" && schema.get("enum").is_none();
        let as_text = is_text(&schema);
        match kind {
            Kind::Bool if schema["type"] == "boolean" => value,
            Kind::Int32 | Kind::Int64 if as_integer => value,
            Kind::Int32 | Kind::Int64 | Kind::IdOrCode if as_text => quote! { #value.to_string() },
            Kind::String if as_text => value,
            Kind::DateTime if as_text => quote! { time(#value) },
            Kind::Json if self.is_any(&schema) => value,
            Kind::JsonText if as_text => quote! { #value.as_str() },
            Kind::Enum(spec) if schema.get("enum").is_some() => {
                self.write_enum(pointer, feeds, field.wire, spec, value)
            }
            Kind::Enum(_) if as_text => quote! { #value.to_string() },
            Kind::List(Kind::Int32) if schema["type"] == "array" && schema["items"]["type"] == "integer" => {
                if schema["items"]["format"] == "int32" {
                    value
                } else {
                    quote! { #value.into_iter().map(i64::from).collect::<Vec<_>>() }
                }
            }
            _ => {
                self.mismatch(pointer, feeds, format!("{}, where {} is sent", describe(&schema), kind_name(kind)));
                TokenStream::new()
            }
        }
    }

    /// An enumeration of core, as the pin's own. The values are found by their text, or by the place of their integer.
    fn write_enum(
        &mut self,
        pointer: &str,
        feeds: &str,
        wire: &str,
        spec: &EnumSpec,
        value: TokenStream,
    ) -> TokenStream {
        let source = self.source;
        let component = pointer_component(source.document, pointer);
        let Some(own) = source.enums.iter().find(|own| Some(&own.name) == component.as_ref()) else {
            self.mismatch(pointer, feeds, "an enumeration without a name");
            return TokenStream::new();
        };
        let model = format_ident!("{}", spec.rust);
        let own_type = format_ident!("{}", ident::pascal(&own.name));
        let pin = source.pin;
        let arms = spec.variants.iter().enumerate().map(|(place, (rust, text))| {
            let rust = format_ident!("{rust}");
            let same = |name: &str| name.eq_ignore_ascii_case(text);
            let matching = own.variants.iter().find(|variant| match &variant.value {
                Value::String(value) => same(value),
                number => variant.label.as_deref().map_or_else(|| number.as_u64() == Some(place as u64), same),
            });
            match matching {
                Some(variant) => {
                    let variant = format_ident!("{}", variant.rust);
                    quote! { model::#model::#rust => types::#own_type::#variant, }
                }
                None => quote! {
                    model::#model::#rust => return Err(CallError::UnsupportedField { operation: OPERATION, field: concat!(#wire, "=", #text), pin: #pin, since: None }),
                },
            }
        });
        quote! {
            match #value {
                #(#arms)*
                model::#model::Unknown(value) => types::#own_type::from(raw(value)),
            }
        }
    }

    /// A value of the pin, which is there, as core's.
    fn read(&mut self, pointer: &str, schema: &Value, feeds: &str, kind: Kind, value: TokenStream) -> TokenStream {
        let (name, schema) = self.resolved(schema);
        let as_text = is_text(&schema);
        match kind {
            Kind::Bool if schema["type"] == "boolean" => value,
            Kind::Int32 if schema["type"] == "integer" && schema["format"] == "int32" => value,
            Kind::Int64 if schema["type"] == "integer" && schema["format"] != "int32" => value,
            Kind::Int64 if schema["type"] == "integer" => quote! { i64::from(#value) },
            Kind::Int32 if schema["type"] == "integer" => {
                quote! { i32::try_from(#value).map_err(|_| Unreadable::new(#feeds, "larger than 32 bits"))? }
            }
            Kind::String if as_text => value,
            // The document lists what may stand there; core takes any text.
            Kind::String if schema.get("enum").is_some() => quote! { wire(#value.into()).to_string() },
            Kind::DateTime if as_text => quote! { parse_time(&#value).ok_or(Unreadable::new(#feeds, "not a time"))? },
            Kind::Json if self.is_any(&schema) => value,
            Kind::Enum(spec) if schema.get("enum").is_some() => {
                let model = format_ident!("{}", spec.rust);
                quote! { model::#model::from(wire(#value.into())) }
            }
            Kind::Enum(spec) if as_text => {
                let model = format_ident!("{}", spec.rust);
                quote! { model::#model::from(WireValue::String(#value)) }
            }
            Kind::Enum(spec) if schema["type"] == "integer" => {
                let model = format_ident!("{}", spec.rust);
                quote! { model::#model::from(WireValue::Integer(#value.into())) }
            }
            Kind::List(item) if schema["type"] == "array" => {
                let item = self.read(&format!("{pointer}/items"), &schema["items"], feeds, *item, quote! { item });
                quote! { #value.into_iter().map(|item| Ok(#item)).collect::<Result<Vec<_>, Unreadable>>()? }
            }
            Kind::Object(spec) if name.is_some() && schema["properties"].is_object() => {
                let reader = self.reader(&name.unwrap_or_default(), &schema, spec);
                quote! { #reader(#value)? }
            }
            _ => {
                self.mismatch(pointer, feeds, format!("{}, where {} is read", describe(&schema), kind_name(kind)));
                TokenStream::new()
            }
        }
    }

    /// The function that reads a component into a model.
    fn reader(&mut self, component: &str, schema: &Value, spec: &ObjectSpec) -> proc_macro2::Ident {
        let own = ident::pascal(component);
        let name = format!("{}_from_{}", ident::snake(spec.rust), ident::snake(&own));
        let function = format_ident!("{name}");
        if self.readers.contains_key(&name) {
            return function;
        }
        self.readers.insert(name.clone(), TokenStream::new());
        let at = format!("/components/schemas/{}/properties", escape(component));
        let mut fields = TokenStream::new();
        for field in spec.fields {
            let feeds = format!("{}.{}", spec.rust, field.rust);
            let rust = format_ident!("{}", field.rust);
            let properties = schema["properties"].as_object().into_iter().flatten();
            let found = properties.into_iter().find(|(property, _)| member_name(schema, property) == field.wire);
            let value = match found {
                Some((property, property_schema)) => {
                    let member = format_ident!("{}", ident::snake(property));
                    let read = self.read(
                        &format!("{at}/{}", escape(property)),
                        property_schema,
                        &feeds,
                        field.kind,
                        quote! { value },
                    );
                    match (field.required, read.to_string() == "value") {
                        (true, true) => quote! { from.#member.ok_or(Unreadable::missing(#feeds))? },
                        (true, false) => {
                            quote! {{ let value = from.#member.ok_or(Unreadable::missing(#feeds))?; #read }}
                        }
                        (false, true) => quote! { from.#member },
                        (false, false) => quote! { match from.#member { Some(value) => Some(#read), None => None } },
                    }
                }
                None if field.required => {
                    self.mismatch(&at, &feeds, format!("no member `{}`", field.wire));
                    continue;
                }
                None => quote! { None },
            };
            fields.extend(quote! { #rust: #value, });
        }
        let (own, model) = (format_ident!("{own}"), format_ident!("{}", spec.rust));
        self.readers.insert(
            name,
            quote! {
                fn #function(from: types::#own) -> Result<model::#model, Unreadable> {
                    Ok(model::#model { #fields })
                }
            },
        );
        function
    }

    fn is_any(&self, schema: &Value) -> bool {
        schema.get("type").is_none() && schema.get("enum").is_none() && schema.get("properties").is_none()
    }

    /// The component that a schema is, or wraps to say that it may be null.
    fn component(&self, schema: &Value) -> Option<(String, Value)> {
        let (name, schema) = self.resolved(schema);
        name.map(|name| (name, schema)).filter(|(_, schema)| schema["properties"].is_object())
    }

    fn resolved(&self, schema: &Value) -> (Option<String>, Value) {
        let name = unwrapped_reference(schema);
        match name.as_ref().and_then(|name| self.source.document["components"]["schemas"].get(name)) {
            Some(found) => (name, found.clone()),
            None => (None, schema.clone()),
        }
    }
}

/// The component that a schema refers to, through the `allOf` that makes it nullable.
fn unwrapped_reference(schema: &Value) -> Option<String> {
    referenced(schema).or_else(|| match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([only]) => referenced(only),
        _ => None,
    })
}

fn pointer_component(document: &Value, pointer: &str) -> Option<String> {
    document.pointer(pointer).and_then(unwrapped_reference)
}

fn is_text(schema: &Value) -> bool {
    let plain = matches!(schema["format"].as_str(), None | Some("password"));
    schema["type"] == "string" && schema.get("enum").is_none() && plain
}

fn wire_name(parameter: &Value) -> Option<&str> {
    parameter[WIRE].as_str().or_else(|| parameter["name"].as_str())
}

/// The name under which a property is sent.
fn member_name<'a>(schema: &'a Value, property: &'a str) -> &'a str {
    schema[WIRE][property].as_str().unwrap_or(property)
}

fn describe(schema: &Value) -> String {
    let kind = schema["type"].as_str().unwrap_or("any value");
    match schema["format"].as_str() {
        Some(format) => format!("{kind} ({format})"),
        None => kind.to_owned(),
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "a boolean",
        Kind::Int32 => "a 32-bit integer",
        Kind::Int64 => "a 64-bit integer",
        Kind::String => "a string",
        Kind::IdOrCode => "an id or code",
        Kind::DateTime => "a time",
        Kind::Json => "any JSON",
        Kind::JsonText => "JSON as text",
        Kind::Enum(_) => "an enumeration",
        Kind::Object(_) => "an object",
        Kind::List(_) => "a list",
        Kind::File => "a file",
        Kind::Nothing => "nothing",
    }
}
