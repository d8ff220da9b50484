//! The builders of requests, and the methods of the client that give them.

use std::fmt::Write as _;

use quote::{format_ident, quote};
use syn::{ImplItem, Item, ItemImpl, ReturnType, parse_quote};

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

fn send(operation: &Operation) -> Item {
    let Operation { name, builder, client, arguments, output, request, sending, .. } = operation;
    let arguments = arguments.iter().map(|argument| &argument.name);
    let doc = request_line(operation).map(|text| quote! { #[doc = #text] });
    let ReturnType::Type(_, output) = output else { unreachable!("progenitor's methods return a result") };
    let (id, function, success) = (name.to_string(), format_ident!("{}", sending.function), &sending.success);
    let item: ItemImpl = parse_quote! {
        impl<'a> #builder<'a> {
            #doc
            pub fn send(self) -> impl ::std::future::Future<Output = #output> + use<'a> {
                crate::support::#function(self.#client, #id, #success, || {
                    let (#client, #(#arguments,)*) = crate::support::Operation::take(self)?;
                    #(#request)*
                })
            }
        }
    };
    Item::Impl(item)
}

/// The line of its documentation that says which request is sent.
pub(super) fn request_line(operation: &Operation) -> Option<String> {
    operation.docs.iter().find_map(sent_to)
}

/// Progenitor's own line of a method's documentation: which request it sends.
fn sent_to(doc: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(value) = &doc.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &value.value else { return None };
    let text = text.value();
    text.lines().find(|line| line.starts_with("Sends a `")).map(|line| format!(" {line}."))
}
