//! Pieces of what progenitor writes, recognised by their syntax.

use syn::{Arm, Expr, ExprLit, Ident, Lit, Pat, Stmt, Type, TypeReference, parse_quote};

use crate::generate::chain::Chain;

/// The name that a `let` binds.
pub(super) fn bound(statement: &Stmt) -> Option<String> {
    match statement {
        Stmt::Local(local) => match &local.pat {
            Pat::Ident(name) => Some(name.ident.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// `header_map.append(HeaderName::from_static("api-version"), ..)`: servers with API versioning refuse what they do not know
/// there, and a version that is not ASCII panics.
pub(super) fn is_version_header(statement: &Stmt) -> bool {
    let Stmt::Expr(Expr::MethodCall(append), _) = statement else { return false };
    let Some(Expr::Call(name)) = append.args.first() else { return false };
    let is_version =
        |expr: &Expr| matches!(expr, Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value() == "api-version");
    append.method == "append" && name.args.first().is_some_and(is_version)
}

/// The `response` of `response.status().as_u16()`.
pub(super) fn status_of(expr: &Expr) -> Option<Ident> {
    let chain = Chain::of(expr.clone());
    let methods: Vec<String> = chain.calls.iter().map(|call| call.method.to_string()).collect();
    match &chain.root {
        Expr::Path(path) if methods == ["status", "as_u16"] => path.path.get_ident().cloned(),
        _ => None,
    }
}

/// Whether an arm hands over an error with its body as a stream.
pub(super) fn is_stream(arm: &Arm) -> bool {
    let Expr::Call(err) = inner(&arm.body) else { return false };
    let Some(Expr::Call(response)) = err.args.first() else { return false };
    let Some(Expr::Call(value)) = response.args.first() else { return false };
    let ends = |call: &Expr, end: &str| matches!(call, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == end));
    ends(&err.func, "Err") && ends(&response.func, "ErrorResponse") && ends(&value.func, "stream")
}

/// The expression of a block that has nothing else.
pub(super) fn inner(expr: &Expr) -> &Expr {
    match expr {
        Expr::Block(block) => match &block.block.stmts[..] {
            [Stmt::Expr(only, None)] => inner(only),
            _ => expr,
        },
        _ => expr,
    }
}

/// The `x.to_string()` of `x.to_string().try_into()?`.
pub(super) fn stringified(expression: &Expr) -> Option<Expr> {
    let Expr::Try(tried) = expression else { return None };
    match &*tried.expr {
        Expr::MethodCall(call) if call.method == "try_into" => Some(*call.receiver.clone()),
        _ => None,
    }
}

/// A type without the references of a method's argument.
pub(super) fn owned(kind: &Type) -> Type {
    match kind {
        Type::Reference(TypeReference { elem, .. }) => match path_end(elem) {
            Some(end) if end == "str" => parse_quote! { String },
            _ => (**elem).clone(),
        },
        _ => match optional(kind) {
            Some(inner) => {
                let inner = owned(&inner);
                parse_quote! { Option<#inner> }
            }
            None => kind.clone(),
        },
    }
}

/// The `T` of `Option<T>`.
pub(super) fn optional(kind: &Type) -> Option<Type> {
    let Type::Path(path) = kind else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            syn::GenericArgument::Type(inner) => Some(inner.clone()),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn path_end(kind: &Type) -> Option<Ident> {
    match kind {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.clone()),
        _ => None,
    }
}

/// Whether a type is one of the module of types.
pub(super) fn is_local(kind: &Type) -> bool {
    matches!(kind, Type::Path(path) if path.path.segments.len() == 2 && path.path.segments[0].ident == "types")
}
