//! Choices between objects.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{ident, normalise::Union};

/// The module of all choices.
pub(super) fn module(unions: &[Union]) -> TokenStream {
    let items = unions.iter().map(item);
    let closest = unions.iter().any(|union| union.tag.is_none()).then(closest);
    quote! {
        //! The document's choices between objects (`oneOf`, `anyOf`). Each keeps values that match no alternative.

        use serde::{Deserialize, Deserializer, Serialize, Serializer};
        use serde_json::Value;

        #closest
        #(#items)*
    }
}

fn closest() -> TokenStream {
    quote! {
        /// The shape that knows most of an object's members, and of several such the smallest.
        fn closest(value: &Value, shapes: &[&[&str]]) -> Option<usize> {
            let members = value.as_object()?;
            let known = |shape: &[&str]| members.keys().filter(|member| shape.contains(&member.as_str())).count();
            (0..shapes.len()).max_by_key(|index| (known(shapes[*index]), std::cmp::Reverse(shapes[*index].len()), std::cmp::Reverse(*index)))
        }
    }
}

fn item(union: &Union) -> TokenStream {
    let name = format_ident!("{}", union.name);
    let all: Vec<&str> = union.alternatives.iter().map(|variant| variant.component.as_str()).collect();
    let doc = super::docs::described(union.description.as_deref(), &format!("One of {}.", all.join(", ")));
    let types: Vec<_> =
        union.alternatives.iter().map(|variant| format_ident!("{}", ident::pascal(&variant.component))).collect();
    let rust: Vec<_> =
        types.iter().map(|kind| if kind == "Unknown" { format_ident!("Unknown_") } else { kind.clone() }).collect();
    let docs = union.alternatives.iter().map(|variant| super::docs::line(&super::docs::code(&variant.component)));
    let numbers = 0..union.alternatives.len();
    let choose = match &union.tag {
        Some(tag) => {
            let tags = union.alternatives.iter().map(|variant| &variant.tags);
            let numbers = numbers.clone();
            quote! {
                let chosen = match value.get(#tag).and_then(Value::as_str) {
                    #(Some(#(#tags)|*) => Some(#numbers),)*
                    _ => None,
                };
            }
        }
        None => {
            let shapes = union.alternatives.iter().map(|variant| {
                let members = variant.members.iter();
                quote! { &[#(#members),*] }
            });
            quote! { let chosen = closest(&value, &[#(#shapes),*]); }
        }
    };
    let reads = types.iter().zip(&rust).zip(numbers).map(|((kind, rust), number)| {
        quote! { Some(#number) => crate::types::#kind::deserialize(&value).map(|inner| Self::#rust(Box::new(inner))) }
    });
    let writes = union.alternatives.iter().zip(&rust).map(|(variant, rust)| match &union.tag {
        Some(tag) => {
            let value = variant.tags.first();
            quote! {
                Self::#rust(inner) => {
                    let mut value = serde_json::to_value(inner).map_err(serde::ser::Error::custom)?;
                    if let Some(members) = value.as_object_mut() {
                        members.insert(#tag.to_owned(), #value.into());
                    }
                    value.serialize(serializer)
                }
            }
        }
        None => quote! { Self::#rust(inner) => inner.serialize(serializer) },
    });
    let froms = types.iter().zip(&rust).map(|(kind, rust)| {
        quote! {
            impl From<crate::types::#kind> for #name {
                fn from(inner: crate::types::#kind) -> Self {
                    Self::#rust(Box::new(inner))
                }
            }
        }
    });
    quote! {
        #doc
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum #name {
            #(#docs #rust(Box<crate::types::#types>),)*
            /// None of them: as the server sent it.
            Unknown(Value),
        }

        #(#froms)*

        impl<'de> Deserialize<'de> for #name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = Value::deserialize(deserializer)?;
                #choose
                let read = match chosen {
                    #(#reads,)*
                    _ => return Ok(Self::Unknown(value)),
                };
                Ok(read.unwrap_or(Self::Unknown(value)))
            }
        }

        impl Serialize for #name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    #(#writes,)*
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }
    }
}
