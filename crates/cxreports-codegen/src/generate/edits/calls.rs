//! Edits of the operations: progenitor's asynchronous methods become builders with a `send` of a few lines.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, format_ident};
use serde_json::Value;
use syn::{
    Attribute, Expr, ExprLit, ExprMatch, FnArg, Ident, ImplItemFn, Lit, Pat, PatType, ReturnType, Stmt, Type,
    parse_quote,
    visit_mut::{self, VisitMut},
};

use super::{
    expect::{Edit, Tally},
    syntax::{
        bound, inner, is_local, is_status, is_stream, is_version_header, optional, owned, path_end, reading,
        stringified,
    },
    types::{ShortPaths, Types},
};
use crate::{
    document::{endpoints, operation},
    generate::chain::{Call, Chain},
    ident,
    normalise::{Form, OperationWire, ParameterWire, Wire, Writing},
};

/// An operation: a method of the client, and a builder.
pub(crate) struct Operation {
    /// The method of the client.
    pub(crate) name: Ident,
    /// The builder.
    pub(crate) builder: Ident,
    pub(crate) docs: Vec<Attribute>,
    /// What the client is called in `send`: no argument has that name.
    pub(crate) client: Ident,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) output: ReturnType,
    /// Builds the request from the arguments; its last expression is the request.
    pub(crate) request: Vec<Stmt>,
    pub(crate) sending: Sending,
}

/// How a request is sent, and its response read.
pub(crate) struct Sending {
    /// The function of `support`.
    pub(crate) function: &'static str,
    /// The statuses of success.
    pub(crate) success: Expr,
}

/// What a setter takes.
pub(crate) struct Argument {
    pub(crate) name: Ident,
    pub(crate) kind: Parameter,
}

/// The kind of an argument.
pub(crate) enum Parameter {
    Required(Type),
    Optional(Type),
    /// A body whose type has a builder.
    Object(Ident),
    /// A body that cannot be cloned.
    Stream(Type),
}

/// What the document says of an operation that decides how often edits apply.
struct Facts<'a> {
    wire: &'a OperationWire,
    form: Option<&'a Form>,
    has_headers: bool,
    reads_json: bool,
}

pub(super) fn edit(
    functions: Vec<ImplItemFn>,
    document: &Value,
    wire: &Wire,
    types: &Types,
    tally: &mut Tally,
) -> Vec<Operation> {
    let mut known = std::collections::BTreeMap::new();
    for endpoint in endpoints(document) {
        let operation = operation(document, &endpoint);
        let id = operation["operationId"].as_str().unwrap_or_default();
        let Some(own) = wire.operations.get(id) else { continue };
        let facts = expect(operation, &endpoint.method, own, wire, tally);
        known.insert(id, facts);
    }
    let operations = functions.into_iter().filter_map(|function| {
        let facts = known.get(function.sig.ident.to_string().as_str())?;
        Some(Editor { facts, types, tally }.operation(function))
    });
    operations.collect()
}

/// Notes how often the edits of an operation have to apply.
fn expect<'a>(operation: &Value, method: &str, wire: &'a OperationWire, all: &'a Wire, tally: &mut Tally) -> Facts<'a> {
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let content = operation["requestBody"]["content"].as_object();
    let has_headers = parameters.iter().any(|parameter| parameter["in"] == "header");
    let reads_json =
        operation["responses"].as_object().into_iter().flatten().any(|(status, response)| {
            status.starts_with('2') && response.pointer("/content/application~1json").is_some()
        });
    let form = all.form(wire);
    let written = |wanted: &dyn Fn(&ParameterWire) -> bool| wire.parameters.values().filter(|one| wanted(one)).count();
    let counts = [
        (Edit::Arguments, parameters.len() + usize::from(content.is_some())),
        (Edit::VersionHeader, 1),
        (Edit::SharedSend, 1),
        (Edit::EmptyHeaders, if has_headers { 0 } else { 2 }),
        (Edit::Accept, usize::from(reads_json)),
        (Edit::ContentType, usize::from(wire.content_type.is_some())),
        (Edit::Forms, usize::from(form.is_some())),
        (Edit::NamesOnTheWire, written(&|one| one.writing.is_none())),
        (Edit::Cookies, written(&|one| one.writing == Some(Writing::Cookie))),
        (Edit::QueryStyles, written(&|one| one.writing.is_some_and(|writing| writing != Writing::Cookie))),
        (Edit::RareMethods, usize::from(matches!(method, "options" | "trace"))),
    ];
    for (edit, places) in counts {
        tally.expect(edit, places);
    }
    Facts { wire, form, has_headers, reads_json }
}

struct Editor<'a, 'f> {
    facts: &'a Facts<'f>,
    types: &'a Types,
    tally: &'a mut Tally,
}

impl Editor<'_, '_> {
    fn operation(mut self, function: ImplItemFn) -> Operation {
        let mut signature = function.sig;
        let arguments: Vec<Argument> = signature.inputs.iter().filter_map(|input| self.argument(input)).collect();
        let mut client = "client".to_owned();
        while arguments.iter().any(|argument| argument.name == client) {
            client.insert(0, '_');
        }
        let client = format_ident!("{client}");
        ShortPaths.visit_return_type_mut(&mut signature.output);
        let (mut request, sending) = self.statements(function.block.stmts);
        request.iter_mut().for_each(|statement| WithClient(&client).visit_stmt_mut(statement));
        Operation {
            builder: format_ident!("{}", ident::pascal(&signature.ident.to_string())),
            name: signature.ident,
            docs: function.attrs.into_iter().filter(|attribute| attribute.path().is_ident("doc")).collect(),
            client,
            arguments,
            output: signature.output,
            request,
            // Without it, the edit has not applied, and the generation fails.
            sending: sending.unwrap_or(Sending { function: "json", success: parse_quote! { 200..=299 } }),
        }
    }

    /// What a setter takes: progenitor's method takes references where it can.
    fn argument(&mut self, input: &FnArg) -> Option<Argument> {
        let FnArg::Typed(PatType { pat, ty, .. }) = input else { return None };
        let Pat::Ident(name) = &**pat else { return None };
        self.tally.found(Edit::Arguments);
        let name = name.ident.clone();
        let is_body = name == "body";
        let mut kind = owned(ty);
        ShortPaths.visit_type_mut(&mut kind);
        let kind = match (optional(&kind), self.facts.form.filter(|_| is_body)) {
            (_, Some(form)) if form.multipart => Parameter::Stream(parse_quote! { ::reqwest::multipart::Form }),
            (_, Some(_)) => Parameter::Required(parse_quote! { Vec<(&'static str, String)> }),
            (Some(inner), None) => Parameter::Optional(inner),
            (None, None) if is_body && path_end(&kind).is_some_and(|end| end == "B") => {
                Parameter::Stream(parse_quote! { reqwest::Body })
            }
            (None, None) => match path_end(&kind).filter(|end| is_body && self.types.has_builder(end)) {
                Some(object) if is_local(&kind) => Parameter::Object(object),
                _ => Parameter::Required(kind),
            },
        };
        Some(Argument { name, kind })
    }

    /// What builds the request, and how it is sent.
    fn statements(&mut self, statements: Vec<Stmt>) -> (Vec<Stmt>, Option<Sending>) {
        let mut kept = Vec::new();
        let mut rest = statements.into_iter();
        for mut statement in rest.by_ref() {
            match bound(&statement).as_deref() {
                Some("info") => break,
                Some("header_map") if !self.facts.has_headers => {
                    self.tally.found(Edit::EmptyHeaders);
                    continue;
                }
                Some(name) if name.trim_start_matches('_') == "request" => self.request(&mut statement),
                _ if is_version_header(&statement) => {
                    self.tally.found(Edit::VersionHeader);
                    continue;
                }
                _ => Headers(self).visit_stmt_mut(&mut statement),
            }
            kept.push(statement);
        }
        if let Some(request) = kept.last().and_then(bound).map(|name| format_ident!("{name}")) {
            kept.push(Stmt::Expr(parse_quote! { Ok(#request) }, None));
        }
        let sending = self.sending(rest.last());
        (kept, sending)
    }

    /// What progenitor writes out for each operation: hooks, sending, and a `match` of the status.
    fn sending(&mut self, last: Option<Stmt>) -> Option<Sending> {
        let Stmt::Expr(Expr::Match(ExprMatch { expr, arms, .. }), None) = last? else { return None };
        let [success, client_error, server_error, other] = &arms[..] else { return None };
        let patterns = [client_error, server_error, other].map(|arm| arm.pat.to_token_stream().to_string());
        if !is_status(&expr)
            || patterns != ["400u16 ..= 499u16", "500u16 ..= 599u16", "_"]
            || !(is_stream(client_error) && is_stream(server_error))
        {
            return None;
        }
        let function = reading(inner(&success.body))?;
        self.tally.found(Edit::SharedSend);
        let success = match &success.pat {
            Pat::Range(range) => parse_quote! { #range },
            code => parse_quote! { #code..=#code },
        };
        Some(Sending { function, success })
    }

    /// `let mut request = self.client.get(url).query(..).build()?;`
    fn request(&mut self, statement: &mut Stmt) {
        let Stmt::Local(local) = statement else { return };
        local.attrs.clear();
        if let Pat::Ident(name) = &mut local.pat {
            name.mutability = None;
        }
        let Some(init) = &mut local.init else { return };
        let Expr::Try(build) = &mut *init.expr else { return };
        let mut chain = Chain::of((*build.expr).clone());
        let mut calls = Vec::new();
        let mut before = std::mem::take(&mut chain.calls).into_iter().peekable();
        while let Some(call) = before.next() {
            let next_is_body = before.peek().is_some_and(|next| next.method == "body");
            if let Some(form) = self.facts.form.filter(|_| call.method == "header" && next_is_body) {
                self.tally.found(Edit::Forms);
                before.next();
                calls.push(if form.multipart {
                    Call::new("multipart", vec![parse_quote! { body }])
                } else {
                    Call { is_tried: true, ..Call::new("form_urlencoded", vec![parse_quote! { &body }]) }
                });
                continue;
            }
            self.call(call, &mut calls);
        }
        chain.calls = calls;
        *build.expr = chain.into();
    }

    fn call(&mut self, mut call: Call, calls: &mut Vec<Call>) {
        match call.method.to_string().as_str() {
            "headers" if !self.facts.has_headers => return self.tally.found(Edit::EmptyHeaders),
            "header" => self.header(&mut call),
            "json" => {
                // reqwest leaves a content type alone that is there already.
                if let Some(value) = &self.facts.wire.content_type {
                    self.tally.found(Edit::ContentType);
                    let name: Expr = parse_quote! { ::reqwest::header::CONTENT_TYPE };
                    calls.push(Call::new("header", vec![name, parse_quote! { #value }]));
                }
            }
            "query" => self.query(&mut call),
            // reqwest has no functions of their own for these.
            method @ ("options" | "trace") => {
                self.tally.found(Edit::RareMethods);
                let method = format_ident!("{}", method.to_ascii_uppercase());
                call.method = format_ident!("request");
                call.arguments.insert(0, parse_quote! { ::reqwest::Method::#method });
            }
            _ => {}
        }
        calls.push(call);
    }

    /// `.header(::reqwest::header::ACCEPT, ::reqwest::header::HeaderValue::from_static("application/json"))`
    fn header(&mut self, call: &mut Call) {
        let [Expr::Path(name), Expr::Call(value)] = &call.arguments[..] else { return };
        let (Some(name), Some(told)) = (name.path.segments.last(), value.args.first().cloned()) else { return };
        let own = match name.ident.to_string().as_str() {
            "ACCEPT" if self.facts.reads_json => {
                self.tally.found(Edit::Accept);
                &self.facts.wire.accept
            }
            "CONTENT_TYPE" => {
                if self.facts.wire.content_type.is_some() {
                    self.tally.found(Edit::ContentType);
                }
                &self.facts.wire.content_type
            }
            _ => return,
        };
        call.arguments[1] = own.as_ref().map_or(told, |own| parse_quote! { #own });
    }

    /// `.query(&progenitor_client::QueryParam::new("name", &value))`
    fn query(&mut self, call: &mut Call) {
        let [argument] = &mut call.arguments[..] else { return };
        let Expr::Reference(reference) = &mut *argument else { return };
        let Expr::Call(told) = &mut *reference.expr else { return };
        let Some(ParameterWire { name, writing }) = self.parameter(told.args.first()) else { return };
        let value = told.args[1].clone();
        let separator = match writing {
            None | Some(Writing::Cookie) => {
                told.args[0] = parse_quote! { #name };
                return self.tally.found(Edit::NamesOnTheWire);
            }
            Some(Writing::Deep) => {
                *argument = parse_quote! { &crate::support::deep(#name, #value).map_err(Error::InvalidRequest)? };
                return self.tally.found(Edit::QueryStyles);
            }
            Some(Writing::Commas) => ",",
            Some(Writing::Spaces) => " ",
            Some(Writing::Pipes) => "|",
        };
        *argument = parse_quote! { &crate::support::joined(#name, #value, #separator) };
        self.tally.found(Edit::QueryStyles);
    }

    fn parameter(&self, told: Option<&Expr>) -> Option<ParameterWire> {
        match told {
            Some(Expr::Lit(ExprLit { lit: Lit::Str(told), .. })) => {
                self.facts.wire.parameters.get(&told.value()).cloned()
            }
            _ => None,
        }
    }
}

/// `header_map.append("name", value.to_string().try_into()?)`, also inside an `if let`.
struct Headers<'a, 'b, 'f>(&'a mut Editor<'b, 'f>);

impl VisitMut for Headers<'_, '_, '_> {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        let Expr::MethodCall(call) = expression else { return };
        if call.method != "append" || call.args.len() != 2 {
            return;
        }
        let Some(ParameterWire { name, writing }) = self.0.parameter(call.args.first()) else { return };
        if writing != Some(Writing::Cookie) {
            call.args[0] = parse_quote! { #name };
            self.0.tally.found(Edit::NamesOnTheWire);
        } else if let Some(value) = stringified(&call.args[1]) {
            self.0.tally.found(Edit::Cookies);
            *expression = parse_quote! { crate::support::add_cookie(&mut header_map, #name, &#value)? };
        }
    }
}

/// Names the client instead of `self`.
struct WithClient<'a>(&'a Ident);

impl WithClient<'_> {
    fn tokens(&self, tokens: TokenStream) -> TokenStream {
        let replace = |token| match token {
            TokenTree::Ident(name) if name == "self" => TokenTree::Ident(self.0.clone()),
            TokenTree::Group(group) => TokenTree::Group(Group::new(group.delimiter(), self.tokens(group.stream()))),
            other => other,
        };
        tokens.into_iter().map(replace).collect()
    }
}

impl VisitMut for WithClient<'_> {
    fn visit_ident_mut(&mut self, name: &mut Ident) {
        if name == "self" {
            *name = self.0.clone();
        }
    }

    fn visit_macro_mut(&mut self, call: &mut syn::Macro) {
        call.tokens = self.tokens(std::mem::take(&mut call.tokens));
    }
}
