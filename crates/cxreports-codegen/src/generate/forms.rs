//! Bodies that are forms: a type for each, that becomes the parts or the pairs that are sent.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{
    ident,
    normalise::{Field, FieldType, Form},
};

/// The module of all forms.
pub(super) fn module(forms: &[Form]) -> TokenStream {
    let items = forms.iter().map(item);
    let file = forms.iter().flat_map(|form| &form.fields).any(|field| matches!(field.kind, FieldType::File)).then(file);
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
        let rust = format_ident!("{}", ident::snake(&field.member));
        let doc = super::docs::described(field.description.as_deref(), &super::docs::code(&field.name));
        let kind = match &field.kind {
            FieldType::File => quote! { File },
            FieldType::Enumeration(name) => {
                let name = format_ident!("{}", ident::pascal(name));
                quote! { crate::enums::#name }
            }
            FieldType::Scalar(path) => path.parse().expect("a path of a type"),
            FieldType::Json => quote! { ::serde_json::Value },
        };
        let kind = match (field.many, field.required) {
            (true, _) => quote! { Vec<#kind> },
            (false, true) => kind,
            (false, false) => quote! { Option<#kind> },
        };
        quote! { #doc pub #rust: #kind }
    });
    let writes = form.fields.iter().map(|field| {
        let rust = format_ident!("{}", ident::snake(&field.member));
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
        (FieldType::File, _) => quote! { sent = sent.part(#name, value.into_part()); },
        (FieldType::Enumeration(_) | FieldType::Scalar(_), None) => {
            quote! { sent = sent.text(#name, value.to_string()); }
        }
        (kind, media_type) => {
            let media_type = media_type.as_deref().unwrap_or(if matches!(kind, FieldType::Json) {
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
