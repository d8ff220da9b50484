//! Bodies that are forms: a type for each, that becomes the parts or the pairs that are sent.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use crate::{
    document::referenced,
    ident,
    normalise::{FILE, FORM, WIRE},
};

/// A form of a normalised document.
pub(super) struct Form {
    /// Its type.
    pub(super) name: String,
    pub(super) multipart: bool,
    fields: Vec<Field>,
}

struct Field {
    /// The name that is sent.
    name: String,
    rust: String,
    description: Option<String>,
    kind: Kind,
    many: bool,
    required: bool,
    media_type: Option<String>,
}

enum Kind {
    File,
    Scalar(TokenStream),
    Json,
}

/// Every form of a document.
pub(super) fn find(document: &Value) -> Vec<Form> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    schemas.into_iter().flatten().filter_map(|(name, schema)| read(document, name, schema)).collect()
}

fn read(document: &Value, name: &str, schema: &Value) -> Option<Form> {
    let multipart = schema.get(FORM)?.as_str()? == "multipart";
    let required = |name: &str| schema["required"].as_array().into_iter().flatten().any(|required| required == name);
    let properties = schema["properties"].as_object();
    let fields = properties.into_iter().flatten().map(|(property, own)| {
        let many = own["type"] == "array";
        let item = if many { &own["items"] } else { own };
        Field {
            name: schema[WIRE][property].as_str().unwrap_or(property).to_owned(),
            rust: ident::snake(property),
            description: own["description"].as_str().map(str::to_owned),
            kind: kind(document, item),
            many,
            required: required(property),
            media_type: own[WIRE].as_str().map(str::to_owned),
        }
    });
    Some(Form { name: name.to_owned(), multipart, fields: fields.collect() })
}

fn kind(document: &Value, schema: &Value) -> Kind {
    if schema.get(FILE).is_some() {
        return Kind::File;
    }
    let name = referenced(schema).or_else(|| schema["allOf"].as_array().and_then(|all| referenced(all.first()?)));
    if let Some(name) = name.filter(|name| document["components"]["schemas"][name].get("enum").is_some()) {
        let name = format_ident!("{name}");
        return Kind::Scalar(quote! { crate::enums::#name });
    }
    Kind::Scalar(match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("string"), Some("uuid")) => quote! { ::uuid::Uuid },
        (Some("string"), _) => quote! { String },
        (Some("integer"), Some("int32")) => quote! { i32 },
        (Some("integer"), _) => quote! { i64 },
        (Some("number"), _) => quote! { f64 },
        (Some("boolean"), _) => quote! { bool },
        _ => return Kind::Json,
    })
}

/// The module of all forms.
pub(super) fn module(forms: &[Form]) -> TokenStream {
    let items = forms.iter().map(item);
    let file = forms.iter().flat_map(|form| &form.fields).any(|field| matches!(field.kind, Kind::File)).then(file);
    quote! {
        //! The bodies that are forms.

        #file
        #(#items)*
    }
}

fn item(form: &Form) -> TokenStream {
    let name = format_ident!("{}", form.name);
    let doc = super::docs::line(if form.multipart {
        "A form, sent as `multipart/form-data`."
    } else {
        "A form, sent as `application/x-www-form-urlencoded`."
    });
    let optional = form.fields.iter().all(|field| !field.required || field.many);
    let default = optional.then(|| quote! { , Default });
    let fields = form.fields.iter().map(|field| {
        let rust = format_ident!("{}", field.rust);
        let doc = super::docs::described(field.description.as_deref(), &super::docs::code(&field.name));
        let kind = match &field.kind {
            Kind::File => quote! { File },
            Kind::Scalar(kind) => kind.clone(),
            Kind::Json => quote! { ::serde_json::Value },
        };
        let kind = match (field.many, field.required) {
            (true, _) => quote! { Vec<#kind> },
            (false, true) => kind,
            (false, false) => quote! { Option<#kind> },
        };
        quote! { #doc pub #rust: #kind }
    });
    let writes = form.fields.iter().map(|field| {
        let rust = format_ident!("{}", field.rust);
        let write = if form.multipart { part(field) } else { pair(field) };
        match (field.many, field.required) {
            (false, true) => quote! { { let value = form.#rust; #write } },
            (true, _) => quote! { for value in form.#rust { #write } },
            (false, false) => quote! { if let Some(value) = form.#rust { #write } },
        }
    });
    let (target, start) = if form.multipart {
        (quote! { ::reqwest::multipart::Form }, quote! { ::reqwest::multipart::Form::new() })
    } else {
        (quote! { Vec<(&'static str, String)> }, quote! { Vec::new() })
    };
    let (pattern, body) = if form.fields.is_empty() {
        (quote! { _ }, start)
    } else {
        (quote! { form }, quote! { let mut sent = #start; #(#writes)* sent })
    };
    quote! {
        #doc
        #[derive(Debug #default)]
        pub struct #name { #(#fields,)* }

        impl From<#name> for #target {
            fn from(#pattern: #name) -> Self {
                #body
            }
        }
    }
}

fn part(field: &Field) -> TokenStream {
    let name = &field.name;
    match (&field.kind, &field.media_type) {
        (Kind::File, _) => quote! { sent = sent.part(#name, value.into_part()); },
        (Kind::Scalar(_), None) => quote! { sent = sent.text(#name, value.to_string()); },
        (kind, media_type) => {
            let media_type = media_type.as_deref().unwrap_or(if matches!(kind, Kind::Json) {
                "application/json"
            } else {
                "text/plain"
            });
            quote! {
                let part = ::reqwest::multipart::Part::text(value.to_string());
                if let Ok(part) = part.mime_str(#media_type) {
                    sent = sent.part(#name, part);
                }
            }
        }
    }
}

fn pair(field: &Field) -> TokenStream {
    let name = &field.name;
    quote! { sent.push((#name, value.to_string())); }
}

fn file() -> TokenStream {
    quote! {
        /// A file in a form.
        #[derive(Debug)]
        pub struct File {
            name: String,
            content: ::reqwest::Body,
            content_type: Option<::reqwest::header::HeaderValue>,
        }

        impl File {
            /// A file of that name; its content may be bytes, text or a stream.
            #[must_use]
            pub fn new(name: impl Into<String>, content: impl Into<::reqwest::Body>) -> Self {
                Self { name: name.into(), content: content.into(), content_type: None }
            }

            /// Says what the content is, for example `image/png`.
            #[must_use]
            pub fn content_type(mut self, content_type: ::reqwest::header::HeaderValue) -> Self {
                self.content_type = Some(content_type);
                self
            }

            fn into_part(self) -> ::reqwest::multipart::Part {
                let part = ::reqwest::multipart::Part::stream(self.content).file_name(self.name);
                let mut headers = ::reqwest::header::HeaderMap::new();
                let unknown = ::reqwest::header::HeaderValue::from_static("application/octet-stream");
                headers.insert(::reqwest::header::CONTENT_TYPE, self.content_type.unwrap_or(unknown));
                part.headers(headers)
            }
        }
    }
}
