//! What progenitor's output needs before it is ours: named edits of its syntax tree.

use std::collections::{BTreeMap, BTreeSet};

use quote::{ToTokens, format_ident, quote};
use serde_json::Value;
use syn::{
    Expr, ExprMethodCall, File, ImplItem, Item, ItemImpl, ItemMod, ItemStruct, ItemUse, Lit, Stmt, Token, Type,
    UseTree, parse_quote,
    punctuated::Punctuated,
    visit_mut::{self, VisitMut},
};

use crate::{
    document::{Endpoint, endpoints, operation},
    generate::forms::Form,
    ident,
    normalise::{FORM, WIRE, Writing},
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
    /// By the name that progenitor was given: the name that is sent, and how its value is.
    parameters: BTreeMap<String, (String, Option<Writing>)>,
    /// The form that its body is, and whether that has parts.
    form: Option<(String, bool)>,
}

/// Makes every edit.
pub(super) fn mend(file: &mut File, document: &Value, forms: &[Form], has_unions: bool) {
    let wire = read(document, forms);
    local_path_encoding(file, has_path_parameters(document));
    Headers.visit_file_mut(file);
    NoTotalTimeout.visit_file_mut(file);
    if !super::enums::find(document).is_empty() {
        types_with(file, parse_quote! { pub use crate::enums::*; });
    }
    if !forms.is_empty() {
        types_with(file, parse_quote! { pub use crate::forms::*; });
    }
    if has_unions {
        types_with(file, parse_quote! { pub use crate::unions::*; });
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

fn read(document: &Value, forms: &[Form]) -> Wire {
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
        wire.operations.insert(builder, operation_wire(operation, forms));
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

fn operation_wire(operation: &Value, forms: &[Form]) -> OperationWire {
    let accept = operation.pointer("/responses/2XX/content/application~1json").and_then(|media| media[WIRE].as_str());
    let body = operation["requestBody"]["content"].as_object().and_then(|content| content.values().next());
    let form = body.and_then(|media| media[FORM].as_str()).and_then(|name| forms.iter().find(|form| form.name == name));
    let parameters = operation["parameters"].as_array().into_iter().flatten().filter_map(|parameter| {
        let given = parameter["name"].as_str()?;
        let sent = parameter[WIRE].as_str().unwrap_or(given);
        let writing = Writing::of(parameter);
        (sent != given || writing.is_some()).then(|| (given.to_owned(), (sent.to_owned(), writing)))
    });
    OperationWire {
        accept: accept.map(str::to_owned),
        content_type: body.and_then(|media| media[WIRE].as_str()).map(str::to_owned),
        parameters: parameters.collect(),
        form: form.map(|form| (form.name.clone(), form.multipart)),
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

/// The types of our own templates are found where progenitor's types are.
fn types_with(file: &mut File, import: Item) {
    for item in &mut file.items {
        if let Item::Mod(ItemMod { ident, content: Some((_, items)), .. }) = item
            && ident == "types"
        {
            items.insert(0, import.clone());
        }
    }
}

/// Media types, names and forms go out as the document has them.
fn sent_as_documented(module: &mut ItemMod, wire: &Wire) {
    let Some((_, items)) = &mut module.content else { return };
    for item in items {
        let name = match item {
            Item::Struct(item) => item.ident.to_string(),
            Item::Impl(ItemImpl { self_ty, .. }) => match &**self_ty {
                Type::Path(path) => {
                    path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
                }
                _ => continue,
            },
            _ => continue,
        };
        let Some(wire) = wire.operations.get(&name) else { continue };
        if let Some((form, multipart)) = &wire.form {
            BodyIsForm { form, multipart: *multipart }.visit_item_mut(item);
        }
        let Item::Impl(ItemImpl { items, .. }) = item else { continue };
        for item in items.iter_mut() {
            if let ImplItem::Fn(function) = item
                && function.sig.ident == "send"
            {
                Sent(wire).visit_block_mut(&mut function.block);
            }
        }
    }
}

/// A form goes to progenitor as bytes; its builder takes the form.
struct BodyIsForm<'a> {
    form: &'a str,
    multipart: bool,
}

impl VisitMut for BodyIsForm<'_> {
    fn visit_type_mut(&mut self, kind: &mut Type) {
        if kind.to_token_stream().to_string() == "reqwest :: Body" {
            *kind = if self.multipart {
                parse_quote! { ::reqwest::multipart::Form }
            } else {
                parse_quote! { Vec<(&'static str, String)> }
            };
        } else {
            visit_mut::visit_type_mut(self, kind);
        }
    }

    fn visit_lit_str_mut(&mut self, text: &mut syn::LitStr) {
        if text.value() == "conversion to `reqwest::Body` for body failed" {
            *text = syn::LitStr::new(&format!("conversion to `{}` for body failed", self.form), text.span());
        }
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        let Expr::MethodCall(call) = &*expression else { return };
        if call.method != "body" || call.args.to_token_stream().to_string() != "body" {
            return;
        }
        let Expr::MethodCall(ExprMethodCall { receiver, method, .. }) = &*call.receiver else { return };
        if method == "header" {
            *expression = if self.multipart {
                parse_quote! { #receiver.multipart(body) }
            } else {
                parse_quote! { #receiver.form_urlencoded(&body)? }
            };
        }
    }
}

struct Sent<'a>(&'a OperationWire);

impl VisitMut for Sent<'_> {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let Expr::MethodCall(call) = expression
            && call.method == "append"
            && let Some((name, writing)) = self.parameter(call.args.first())
        {
            if *writing != Some(Writing::Cookie) {
                call.args[0] = parse_quote! { #name };
            } else if let Some(value) = stringified(&call.args[1]) {
                *expression = parse_quote! { crate::support::add_cookie(&mut header_map, #name, &#value)? };
            }
        }
    }

    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        match call.method.to_string().as_str() {
            "header" => {
                let name = call.args.first().map(|name| name.to_token_stream().to_string()).unwrap_or_default();
                let value = match name.rsplit(' ').next() {
                    Some("ACCEPT") => self.0.accept.as_ref(),
                    Some("CONTENT_TYPE") => self.0.content_type.as_ref(),
                    _ => None,
                };
                if let (Some(value), Some(argument)) = (value, call.args.last_mut()) {
                    *argument = parse_quote! { ::reqwest::header::HeaderValue::from_static(#value) };
                }
            }
            "json" => {
                if let Some(value) = &self.0.content_type {
                    let receiver = &call.receiver;
                    // reqwest leaves a content type alone that is there already.
                    call.receiver = parse_quote! {
                        #receiver.header(::reqwest::header::CONTENT_TYPE, ::reqwest::header::HeaderValue::from_static(#value))
                    };
                }
            }
            "query" => self.query(call.args.first_mut()),
            // reqwest has no functions of their own for these.
            method @ ("options" | "trace")
                if call.receiver.to_token_stream().to_string().ends_with("client . client") =>
            {
                let method = format_ident!("{}", method.to_ascii_uppercase());
                call.method = format_ident!("request");
                call.args.insert(0, parse_quote! { ::reqwest::Method::#method });
            }
            _ => {}
        }
    }
}

impl Sent<'_> {
    fn parameter(&self, given: Option<&Expr>) -> Option<&(String, Option<Writing>)> {
        match given {
            Some(Expr::Lit(syn::ExprLit { lit: Lit::Str(given), .. })) => self.0.parameters.get(&given.value()),
            _ => None,
        }
    }

    /// `&progenitor_client::QueryParam::new("name", &value)`, as it is really written.
    fn query(&self, argument: Option<&mut Expr>) {
        let Some(argument) = argument else { return };
        let Expr::Reference(reference) = &mut *argument else { return };
        let Expr::Call(call) = &mut *reference.expr else { return };
        let Some((name, writing)) = self.parameter(call.args.first()) else { return };
        let value = call.args[1].clone();
        let separator = match writing {
            None | Some(Writing::Cookie) => {
                call.args[0] = parse_quote! { #name };
                return;
            }
            Some(Writing::Deep) => {
                *argument = parse_quote! { &crate::support::deep(#name, #value).map_err(Error::InvalidRequest)? };
                return;
            }
            Some(Writing::Commas) => ",",
            Some(Writing::Spaces) => " ",
            Some(Writing::Pipes) => "|",
        };
        *argument = parse_quote! { &crate::support::joined(#name, #value, #separator) };
    }
}

/// The `x.to_string()` of `x.to_string().try_into()?`.
fn stringified(expression: &Expr) -> Option<Expr> {
    let Expr::Try(tried) = expression else { return None };
    match &*tried.expr {
        Expr::MethodCall(call) if call.method == "try_into" => Some(*call.receiver.clone()),
        _ => None,
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
