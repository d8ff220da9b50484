//! Edits of the client itself.

use serde_json::Value;
use syn::{
    Expr, ExprMethodCall, File, ImplItem, ImplItemFn, Item, ItemImpl, ItemUse, UseTree, parse_quote,
    visit_mut::{self, VisitMut},
};

use super::expect::{Edit, Tally};
use crate::document::endpoints;

/// Edits the client, and takes the methods of the operations out of it.
pub(super) fn edit(file: &mut File, document: &Value, hook: Option<ImplItem>, tally: &mut Tally) -> Vec<ImplItemFn> {
    own_path_encoding(file, tally);
    no_total_timeout(file, tally);
    add_hook(file, hook, tally);
    file.items.retain(|item| !matches!(item, Item::Use(import) if !is_public(import)));
    let mut functions = Vec::new();
    tally.expect(Edit::Methods, endpoints(document).len());
    for item in &mut file.items {
        let Item::Impl(ItemImpl { trait_: None, items, .. }) = item else { continue };
        items.retain(|item| match item {
            ImplItem::Fn(function) if function.sig.asyncness.is_some() => {
                tally.found(Edit::Methods);
                functions.push(function.clone());
                false
            }
            _ => true,
        });
    }
    file.items.retain(|item| !matches!(item, Item::Impl(ItemImpl { trait_: None, items, .. }) if items.is_empty()));
    file.items.insert(0, parse_quote! { use progenitor_client::ClientHooks; });
    // A document may have no operation.
    file.items.insert(0, parse_quote! { #[allow(unused_imports)] use crate::builder; });
    functions
}

/// The hooks of the client, which are empty.
fn add_hook(file: &mut File, hook: Option<ImplItem>, tally: &mut Tally) {
    tally.expect(Edit::Hooks, 1);
    for item in &mut file.items {
        if let Item::Impl(ItemImpl { trait_: Some((of, _)), items, .. }) = item
            && of.segments.last().is_some_and(|last| last.ident == "ClientHooks")
            && items.is_empty()
        {
            tally.found(Edit::Hooks);
            items.extend(hook.clone());
        }
    }
}

fn is_public(import: &ItemUse) -> bool {
    matches!(import.vis, syn::Visibility::Public(_))
}

/// Progenitor's client leaves characters alone that URL parsers treat as separators (`\\`), and dot segments.
fn own_path_encoding(file: &mut File, tally: &mut Tally) {
    tally.expect(Edit::PathEncoding, 1);
    let imports = file.items.iter().filter_map(|item| match item {
        Item::Use(ItemUse { tree: UseTree::Path(path), .. }) if path.ident == "progenitor_client" => Some(&*path.tree),
        _ => None,
    });
    for tree in imports {
        if let UseTree::Group(group) = tree
            && group.items.iter().any(|tree| matches!(tree, UseTree::Name(name) if name.ident == "encode_path"))
        {
            tally.found(Edit::PathEncoding);
        }
    }
}

/// A total time-out cuts long downloads off; connecting keeps its own.
fn no_total_timeout(file: &mut File, tally: &mut Tally) {
    struct Remove<'a>(&'a mut Tally);
    impl VisitMut for Remove<'_> {
        fn visit_expr_mut(&mut self, expression: &mut Expr) {
            visit_mut::visit_expr_mut(self, expression);
            if let Expr::MethodCall(ExprMethodCall { receiver, method, .. }) = expression
                && method == "timeout"
            {
                self.0.found(Edit::TotalTimeout);
                *expression = (**receiver).clone();
            }
        }
    }
    tally.expect(Edit::TotalTimeout, 1);
    for item in &mut file.items {
        let Item::Impl(ItemImpl { trait_: None, items, .. }) = item else { continue };
        for item in items {
            if let ImplItem::Fn(function) = item
                && function.sig.ident == "new"
            {
                Remove(tally).visit_impl_item_fn_mut(function);
            }
        }
    }
}
