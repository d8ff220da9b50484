//! What progenitor's output needs before it is ours: named edits of its syntax tree.

use std::collections::{BTreeMap, BTreeSet};

use quote::{ToTokens, quote};
use serde_json::Value;
use syn::{
    Expr, ExprMethodCall, File, ImplItem, Item, ItemImpl, ItemMod, ItemStruct, ItemUse, Lit, Stmt, Token, Type,
    UseTree, parse_quote,
    punctuated::Punctuated,
    visit_mut::{self, VisitMut},
};

use crate::{
    document::{Endpoint, endpoints, operation},
    ident,
    normalise::WIRE,
};

/// The format of what must not be shown (OpenAPI 3.0, Data Types).
const SECRET: &str = "password";

/// What is really sent by the operations and types of a document, where progenitor could not be told.
#[derive(Default)]
struct Wire {
    /// By builder type.
    operations: BTreeMap<String, OperationWire>,
    /// By type and field: the member's name.
    fields: BTreeMap<(String, String), String>,
    /// Types and builders, with their secret fields.
    secrets: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Default)]
struct OperationWire {
    accept: Option<String>,
    content_type: Option<String>,
    /// By the name that progenitor was given.
    parameters: BTreeMap<String, String>,
}

/// Makes every edit.
pub(super) fn mend(file: &mut File, document: &Value) {
    let wire = read(document);
    local_path_encoding(file, has_path_parameters(document));
    Headers.visit_file_mut(file);
    NoTotalTimeout.visit_file_mut(file);
    if !super::enums::find(document).is_empty() {
        types_with_enums(file);
    }
    quiet_imports(&mut file.items);
    for item in &mut file.items {
        if let Item::Mod(module) = item {
            hide_secrets(module, &wire.secrets);
            match module.ident.to_string().as_str() {
                "builder" => sent_as_documented(module, &wire),
                "types" => member_names(module, &wire),
                _ => {}
            }
        }
    }
}

fn read(document: &Value) -> Wire {
    let mut wire = Wire::default();
    for endpoint in endpoints(document) {
        let operation = operation(document, &endpoint);
        let builder = builder_name(document, &endpoint);
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["schema"]["format"] == SECRET {
                let field = ident::snake(parameter["name"].as_str().unwrap_or_default());
                wire.secrets.entry(builder.clone()).or_default().insert(field);
            }
        }
        wire.operations.insert(builder, operation_wire(operation));
    }
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        for (property, property_schema) in schema["properties"].as_object().into_iter().flatten() {
            if property_schema["format"] == SECRET {
                wire.secrets.entry(ident::pascal(name)).or_default().insert(ident::snake(property));
            }
        }
        for (alias, member) in schema[WIRE].as_object().into_iter().flatten() {
            if let Some(member) = member.as_str() {
                wire.fields.insert((ident::pascal(name), ident::snake(alias)), member.to_owned());
            }
        }
    }
    wire
}

fn operation_wire(operation: &Value) -> OperationWire {
    let media = |pointer: &str| operation.pointer(pointer).and_then(|media| media[WIRE].as_str()).map(str::to_owned);
    let bodies = operation["requestBody"]["content"].as_object();
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    OperationWire {
        accept: media("/responses/2XX/content/application~1json"),
        content_type: bodies
            .into_iter()
            .flat_map(|content| content.values())
            .find_map(|media| media[WIRE].as_str())
            .map(str::to_owned),
        parameters: parameters
            .filter_map(|p| Some((p["name"].as_str()?.to_owned(), p[WIRE].as_str()?.to_owned())))
            .collect(),
    }
}

/// The type of an operation's builder.
pub(super) fn builder_name(document: &Value, endpoint: &Endpoint) -> String {
    ident::pascal(operation(document, endpoint)["operationId"].as_str().unwrap_or_default())
}

/// Whether any path has parameters, so that they have to be encoded.
pub(super) fn has_path_parameters(document: &Value) -> bool {
    endpoints(document).iter().any(|endpoint| endpoint.path.contains('{'))
}

/// Progenitor's client leaves characters alone that URL parsers treat as separators (`\\`), and dot segments.
fn local_path_encoding(file: &mut File, needed: bool) {
    without_path_encoding(&mut file.items, needed);
    if needed {
        file.items.insert(0, parse_quote! { use crate::support::encode_path; });
    }
}

/// Takes the import of progenitor's `encode_path` away; where none is needed, also those that pass it on.
fn without_path_encoding(items: &mut [Item], needed: bool) {
    for item in items {
        match item {
            Item::Use(ItemUse { tree: UseTree::Path(path), .. }) if path.ident == "progenitor_client" || !needed => {
                if let UseTree::Group(group) = &mut *path.tree {
                    let kept = std::mem::take(&mut group.items).into_iter();
                    group.items = kept
                        .filter(|tree| !matches!(tree, UseTree::Name(name) if name.ident == "encode_path"))
                        .collect();
                }
            }
            Item::Mod(ItemMod { content: Some((_, items)), .. }) => without_path_encoding(items, needed),
            _ => {}
        }
    }
}

/// What progenitor imports is not all used by every document.
fn quiet_imports(items: &mut [Item]) {
    for item in items {
        match item {
            Item::Use(import) if import.attrs.is_empty() => {
                import.attrs.push(parse_quote! { #[allow(unused_imports)] })
            }
            Item::Mod(ItemMod { content: Some((_, items)), .. }) => quiet_imports(items),
            _ => {}
        }
    }
}

/// Progenitor sends `api-version` with every request: servers with API versioning refuse what they do not know there, and
/// a version that is not ASCII panics.
struct Headers;

impl VisitMut for Headers {
    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        visit_mut::visit_block_mut(self, block);
        let before = block.stmts.len();
        block.stmts.retain(|statement| !is_version_header(statement));
        if block.stmts.len() == before {
            return;
        }
        let appends =
            block.stmts.iter().any(|statement| statement.to_token_stream().to_string().contains("header_map . append"));
        if !appends {
            block.stmts.retain(|statement| !matches!(statement, Stmt::Local(local) if local.pat.to_token_stream().to_string() == "mut header_map"));
            Unchain("headers").visit_block_mut(block);
        }
    }
}

fn is_version_header(statement: &Stmt) -> bool {
    let Stmt::Expr(Expr::MethodCall(call), _) = statement else { return false };
    call.method == "append"
        && call.args.first().is_some_and(|name| name.to_token_stream().to_string().contains("\"api-version\""))
}

/// A total time-out cuts long downloads off; connecting keeps its own.
struct NoTotalTimeout;

impl VisitMut for NoTotalTimeout {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        Unchain("timeout").visit_expr_mut(expression);
    }
}

/// Takes a method out of every chain of calls.
struct Unchain(&'static str);

impl VisitMut for Unchain {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        while let Expr::MethodCall(ExprMethodCall { receiver, method, .. }) = expression {
            if method != self.0 {
                break;
            }
            *expression = *receiver.clone();
        }
        visit_mut::visit_expr_mut(self, expression);
    }
}

/// The types of our own enumerations are found where progenitor's types are.
fn types_with_enums(file: &mut File) {
    for item in &mut file.items {
        if let Item::Mod(ItemMod { ident, content: Some((_, items)), .. }) = item
            && ident == "types"
        {
            items.insert(0, parse_quote! { pub use crate::enums::*; });
        }
    }
}

/// Media types and names go out as the document has them.
fn sent_as_documented(module: &mut ItemMod, wire: &Wire) {
    let Some((_, items)) = &mut module.content else { return };
    for item in items {
        let Item::Impl(ItemImpl { self_ty, items, .. }) = item else { continue };
        let Type::Path(path) = &**self_ty else { continue };
        let name = path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let Some(wire) = wire.operations.get(&name) else { continue };
        for item in items.iter_mut() {
            if let ImplItem::Fn(function) = item
                && function.sig.ident == "send"
            {
                Sent(wire).visit_block_mut(&mut function.block);
            }
        }
    }
}

struct Sent<'a>(&'a OperationWire);

impl VisitMut for Sent<'_> {
    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        let method = call.method.to_string();
        let first = call.args.first().map(|name| name.to_token_stream().to_string()).unwrap_or_default();
        match method.as_str() {
            "header" => {
                let value = match first.rsplit(' ').next() {
                    Some("ACCEPT") => self.0.accept.as_ref(),
                    Some("CONTENT_TYPE") => self.0.content_type.as_ref(),
                    _ => None,
                };
                if let (Some(value), Some(argument)) = (value, call.args.last_mut()) {
                    *argument = parse_quote! { ::reqwest::header::HeaderValue::from_static(#value) };
                }
            }
            "append" => self.rename(call.args.first_mut()),
            "json" => {
                if let Some(value) = &self.0.content_type {
                    let receiver = &call.receiver;
                    // reqwest leaves a content type alone that is there already.
                    call.receiver = parse_quote! {
                        #receiver.header(::reqwest::header::CONTENT_TYPE, ::reqwest::header::HeaderValue::from_static(#value))
                    };
                }
            }
            _ => {}
        }
    }

    fn visit_expr_call_mut(&mut self, call: &mut syn::ExprCall) {
        visit_mut::visit_expr_call_mut(self, call);
        if call.func.to_token_stream().to_string().ends_with("QueryParam :: new") {
            self.rename(call.args.first_mut());
        }
    }
}

impl Sent<'_> {
    fn rename(&self, argument: Option<&mut Expr>) {
        if let Some(argument) = argument
            && let Expr::Lit(literal) = &*argument
            && let Lit::Str(name) = &literal.lit
            && let Some(wire) = self.0.parameters.get(&name.value())
        {
            *argument = parse_quote! { #wire };
        }
    }
}

/// A derived `Debug` would show secrets.
fn hide_secrets(module: &mut ItemMod, secrets: &BTreeMap<String, BTreeSet<String>>) {
    let Some((_, items)) = &mut module.content else { return };
    let mut written = Vec::new();
    for item in items.iter_mut() {
        match item {
            Item::Mod(inner) => hide_secrets(inner, secrets),
            Item::Struct(item) => {
                if let Some(hidden) = secrets.get(&item.ident.to_string()) {
                    written.push(debug_without(item, hidden));
                }
            }
            _ => {}
        }
    }
    items.extend(written);
}

/// Takes `Debug` from a type's derives and gives one by hand.
fn debug_without(item: &mut ItemStruct, hidden: &BTreeSet<String>) -> Item {
    for attribute in &mut item.attrs {
        if attribute.path().is_ident("derive")
            && let Ok(derives) = attribute.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated)
        {
            let kept = derives.iter().filter(|derive| !derive.is_ident("Debug"));
            *attribute = parse_quote! { #[derive(#(#kept),*)] };
        }
    }
    let (name, text) = (&item.ident, item.ident.to_string());
    let fields = item.fields.iter().filter_map(|field| field.ident.as_ref()).map(|field| {
        let shown = field.to_string();
        if hidden.contains(&shown) {
            quote! { .field(#shown, &"..") }
        } else {
            quote! { .field(#shown, &self.#field) }
        }
    });
    let (generics, types, bounds) = item.generics.split_for_impl();
    parse_quote! {
        impl #generics ::std::fmt::Debug for #name #types #bounds {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(#text) #(#fields)* .finish()
            }
        }
    }
}

/// Members that share a Rust name are read and written under their own.
fn member_names(module: &mut ItemMod, wire: &Wire) {
    let Some((_, items)) = &mut module.content else { return };
    for item in items {
        let Item::Struct(item) = item else { continue };
        let name = item.ident.to_string();
        for field in &mut item.fields {
            let Some(ident) = &field.ident else { continue };
            if let Some(member) = wire.fields.get(&(name.clone(), ident.to_string())) {
                let rename = quote! { rename = #member };
                field.attrs.push(parse_quote! { #[serde(#rename)] });
            }
        }
    }
}
