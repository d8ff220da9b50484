//! A chain of method calls as a list.

use quote::format_ident;
use syn::{Expr, ExprMethodCall, ExprTry, Ident, Token, token::Paren};

/// `root.first(..).second(..)?`.
pub(super) struct Chain {
    pub(super) root: Expr,
    pub(super) calls: Vec<Call>,
}

/// A call of a chain.
pub(super) struct Call {
    pub(super) method: Ident,
    pub(super) arguments: Vec<Expr>,
    /// Whether `?` follows.
    pub(super) is_tried: bool,
}

impl Call {
    pub(super) fn new(method: &str, arguments: Vec<Expr>) -> Self {
        Self { method: format_ident!("{method}"), arguments, is_tried: false }
    }
}

impl Chain {
    /// Takes a chain apart, up to the first `?` in it.
    pub(super) fn of(mut expr: Expr) -> Self {
        let mut calls = Vec::new();
        while let Expr::MethodCall(call) = expr {
            calls.push(Call { method: call.method, arguments: call.args.into_iter().collect(), is_tried: false });
            expr = *call.receiver;
        }
        calls.reverse();
        Self { root: expr, calls }
    }
}

impl From<Chain> for Expr {
    fn from(chain: Chain) -> Self {
        chain.calls.into_iter().fold(chain.root, |receiver, Call { method, arguments, is_tried }| {
            let call = Expr::MethodCall(ExprMethodCall {
                attrs: Vec::new(),
                receiver: Box::new(receiver),
                dot_token: <Token![.]>::default(),
                method,
                turbofish: None,
                paren_token: Paren::default(),
                args: arguments.into_iter().collect(),
            });
            if !is_tried {
                return call;
            }
            Expr::Try(ExprTry { attrs: Vec::new(), expr: Box::new(call), question_token: <Token![?]>::default() })
        })
    }
}
