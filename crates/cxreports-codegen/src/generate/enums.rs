//! Enumerations that keep the values they do not know.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use crate::normalise::Enumeration;

/// The module of all enumerations.
pub(super) fn module(enumerations: &[Enumeration]) -> TokenStream {
    let items = enumerations.iter().map(item);
    quote! {
        //! The document's enumerations. Each keeps a value that the document does not list, and sends it back unchanged.

        use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

        /// A value as the server writes it.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Raw {
            /// An integer.
            Integer(i64),
            /// A string.
            String(String),
        }

        impl std::fmt::Display for Raw {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    Self::Integer(value) => value.fmt(f),
                    Self::String(value) => value.fmt(f),
                }
            }
        }

        impl Serialize for Raw {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    Self::Integer(value) => serializer.serialize_i64(*value),
                    Self::String(value) => serializer.serialize_str(value),
                }
            }
        }

        impl<'de> Deserialize<'de> for Raw {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl de::Visitor<'_> for Visitor {
                    type Value = Raw;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a string or an integer")
                    }
                    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Raw, E> {
                        Ok(Raw::Integer(value))
                    }
                    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Raw, E> {
                        i64::try_from(value).map(Raw::Integer).map_err(E::custom)
                    }
                    fn visit_str<E: de::Error>(self, value: &str) -> Result<Raw, E> {
                        Ok(Raw::String(value.to_owned()))
                    }
                }
                deserializer.deserialize_any(Visitor)
            }
        }

        #(#items)*
    }
}

fn item(enumeration: &Enumeration) -> TokenStream {
    let name = format_ident!("{}", enumeration.name);
    let doc = super::docs::described(enumeration.description.as_deref(), &super::docs::code(&enumeration.name));
    let rust: Vec<_> = enumeration.variants.iter().map(|variant| format_ident!("{}", variant.rust)).collect();
    let docs =
        enumeration.variants.iter().map(|variant| super::docs::line(&super::docs::code(&variant.value.to_string())));
    let patterns = enumeration.variants.iter().map(|variant| match &variant.value {
        Value::String(text) if text.is_empty() => quote! { Raw::String(value) if value.is_empty() },
        Value::String(text) => quote! { Raw::String(value) if value == #text },
        number => {
            let number = number.as_i64().unwrap_or_default();
            quote! { Raw::Integer(#number) }
        }
    });
    let raws = enumeration.variants.iter().map(|variant| match &variant.value {
        Value::String(text) => quote! { Raw::String(#text.to_owned()) },
        number => {
            let number = number.as_i64().unwrap_or_default();
            quote! { Raw::Integer(#number) }
        }
    });
    let numeric = enumeration.variants.first().is_some_and(|variant| variant.value.is_i64());
    let from_text = if numeric {
        quote! { text.parse().map_or_else(|_| Raw::String(text.to_owned()), Raw::Integer) }
    } else {
        quote! { Raw::String(text.to_owned()) }
    };
    quote! {
        #doc
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum #name {
            #(#docs #rust,)*
            /// A value that the document does not list, as the server sent it.
            Unknown(Raw),
        }

        impl From<Raw> for #name {
            fn from(raw: Raw) -> Self {
                match &raw {
                    #(#patterns => Self::#rust,)*
                    _ => Self::Unknown(raw),
                }
            }
        }

        impl From<#name> for Raw {
            fn from(value: #name) -> Self {
                match value {
                    #(#name::#rust => #raws,)*
                    #name::Unknown(raw) => raw,
                }
            }
        }

        impl std::fmt::Display for #name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                Raw::from(self.clone()).fmt(f)
            }
        }

        impl std::str::FromStr for #name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(#from_text))
            }
        }

        impl Serialize for #name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Raw::from(self.clone()).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for #name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Raw::deserialize(deserializer).map(Self::from)
            }
        }
    }
}
