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

/// Whether an expression is `response.status().as_u16()`.
pub(super) fn is_status(expr: &Expr) -> bool {
    let chain = Chain::of(expr.clone());
    let methods: Vec<String> = chain.calls.iter().map(|call| call.method.to_string()).collect();
    matches!(chain.root, Expr::Path(_)) && methods == ["status", "as_u16"]
}

/// How a response is read: `ResponseValue::from_response(response).await`, `Ok(ResponseValue::stream(response))` or
/// `Ok(ResponseValue::empty(response))`, as the function of `support` that does it.
pub(super) fn reading(expr: &Expr) -> Option<&'static str> {
    if let Expr::Await(waiting) = expr {
        return called(&waiting.base).filter(|(function, _)| *function == "from_response").map(|_| "json");
    }
    let (ok, value) = called(expr)?;
    let (function, _) = called(value)?;
    ["stream", "empty"].into_iter().find(|known| ok == "Ok" && function == known)
}

/// Whether an arm hands over an error with its body as a stream: `Err(Error::ErrorResponse(ResponseValue::stream(response)))`.
pub(super) fn is_stream(arm: &Arm) -> bool {
    let functions = called(inner(&arm.body)).and_then(|(err, error)| {
        let (kind, value) = called(error)?;
        Some(err == "Err" && kind == "ErrorResponse" && called(value)?.0 == "stream")
    });
    functions.unwrap_or_default()
}

/// The last segment of the function that is called, and its first argument.
fn called(expr: &Expr) -> Option<(&Ident, &Expr)> {
    let Expr::Call(call) = expr else { return None };
    let Expr::Path(function) = &*call.func else { return None };
    Some((&function.path.segments.last()?.ident, call.args.first()?))
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
