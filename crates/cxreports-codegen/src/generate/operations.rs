//! The builders of requests, and the methods of the client that give them.

use std::fmt::Write as _;

use quote::quote;
use syn::{ImplItem, Item, ItemImpl, parse_quote};

use super::{
    edits::{Argument, Operation, Parameter},
    text::{fill, print, text},
};

/// The methods of the client.
pub(super) fn methods(operations: &[Operation]) -> Item {
    let methods = operations.iter().map(|operation| {
        let Operation { name, builder, docs, .. } = operation;
        let method: ImplItem = parse_quote! {
            #(#docs)*
            pub fn #name(&self) -> builder::#builder<'_> {
                builder::#builder::new(self)
            }
        };
        method
    });
    parse_quote! { impl Client { #(#methods)* } }
}

/// `src/builder.rs`.
pub(super) fn module(operations: &[Operation]) -> String {
    let mut builders = String::new();
    for operation in operations {
        builders.push('\n');
        declaration(operation, &mut builders);
        builders.push_str(&print(vec![send(operation)]));
    }
    let encode_path = if builders.contains("encode_path(") { "encode_path, " } else { "" };
    format!(
        "//! Builders of requests: a setter for each parameter, and `send`.\n\n\
         #[allow(unused_imports)]\nuse progenitor_client::{{ByteStream, Error, RequestBuilderExt, ResponseValue}};\n\n\
         #[allow(unused_imports)]\nuse crate::{{client::Client, support::{{{encode_path}operation}}, types}};\n{builders}"
    )
}

/// What `operation!` writes the builder from.
fn declaration(Operation { name, builder, client, arguments, .. }: &Operation, source: &mut String) {
    let is_stream = |argument: &Argument| matches!(argument.kind, Parameter::Stream(_));
    let derives = if arguments.iter().any(is_stream) { "" } else { "    #[derive(Clone)]\n" };
    let _ =
        write!(source, "operation! {{\n    /// Builder of [`Client::{name}`].\n{derives}    {builder}({client}) {{\n");
    let declared = arguments.iter().map(|Argument { name, kind }| match kind {
        Parameter::Required(kind) | Parameter::Stream(kind) => format!("required {name}: {},", text(kind)),
        Parameter::Optional(kind) => format!("optional {name}: {},", text(kind)),
        Parameter::Object(object) => format!("object {name}: types::{object},"),
    });
    source.push_str(&fill(declared, 8));
    source.push_str("    }\n}\n");
}

fn send(Operation { builder, docs, client, arguments, output, body, .. }: &Operation) -> Item {
    let names = arguments.iter().map(|argument| &argument.name);
    let doc = docs.iter().filter_map(sent_to).next().map(|text| quote! { #[doc = #text] });
    let item: ItemImpl = parse_quote! {
        impl #builder<'_> {
            #doc
            pub async fn send(self) #output {
                let (#client, #(#names,)*) = crate::support::Operation::take(self)?;
                #(#body)*
            }
        }
    };
    Item::Impl(item)
}

/// Progenitor's own line of a method's documentation: which request it sends.
fn sent_to(doc: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(value) = &doc.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &value.value else { return None };
    let text = text.value();
    text.lines().find(|line| line.starts_with("Sends a `")).map(|line| format!(" {line}."))
}
