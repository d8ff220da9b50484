//! What serde derives for the types, and where code that all crates share takes its place.

use syn::{
    Attribute, Expr, ExprLit, Field, Ident, ItemStruct, Lit, Meta, Path, Token, ext::IdentExt as _, parse_quote,
    punctuated::Punctuated,
};

use super::syntax::optional;

/// Takes away what serde derives for a struct, if it is an object whose members may all be left out: whether it is.
pub(super) fn share(item: &mut ItemStruct) -> bool {
    let is_plain = |field: &Field| {
        optional(&field.ty).is_some()
            && options(field).iter().all(|(name, value)| match (name.to_string().as_str(), value) {
                ("rename", Some(_)) | ("default", None) => true,
                ("skip_serializing_if", Some(path)) => path == "Option::is_none",
                _ => false,
            })
            && options(field).iter().any(|(name, _)| name == "skip_serializing_if")
    };
    let is_shared = item.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")).count() == 0
        && !item.fields.is_empty()
        && item.fields.iter().all(is_plain)
        && derives(item).iter().any(|derive| derive == "Default")
        && without_derives(item, &["Deserialize", "Serialize"]);
    if is_shared {
        for field in &mut item.fields {
            field.attrs.retain(|attribute| !attribute.path().is_ident("serde"));
        }
    }
    is_shared
}

/// A field's name in JSON.
pub(super) fn wire_name(field: &Field) -> String {
    let renamed = options(field).into_iter().rfind(|(name, _)| name == "rename").and_then(|(_, name)| name);
    renamed.or_else(|| Some(field.ident.as_ref()?.unraw().to_string())).unwrap_or_default()
}

/// Whether a field has a default: serde may leave it out.
pub(super) fn has_default(field: &Field) -> bool {
    options(field).iter().any(|(name, _)| name == "default" || name == "skip_serializing_if")
}

/// What serde is told of a field: each option, and its value if it has one that is text.
fn options(field: &Field) -> Vec<(Ident, Option<String>)> {
    let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
    let own = field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let options = own.filter_map(|attribute| attribute.parse_args_with(parse).ok()).flatten();
    let read = |option: Meta| {
        let value = match &option {
            Meta::NameValue(option) => match &option.value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        };
        Some((option.path().get_ident()?.clone(), value))
    };
    options.filter_map(read).collect()
}

/// The names of what a type derives.
fn derives(item: &ItemStruct) -> Vec<Ident> {
    let lists = item.attrs.iter().filter_map(listed).flatten();
    lists.filter_map(|path| Some(path.segments.last()?.ident.clone())).collect()
}

/// The paths in a `derive`.
fn listed(attribute: &Attribute) -> Option<Punctuated<Path, Token![,]>> {
    let derive = attribute.path().is_ident("derive");
    derive.then(|| attribute.parse_args_with(Punctuated::parse_terminated).ok()).flatten()
}

/// Takes these from what a type derives; whether all of them were there.
pub(super) fn without_derives(item: &mut ItemStruct, names: &[&str]) -> bool {
    let has = |path: &Path| path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name));
    let mut found = 0;
    for attribute in &mut item.attrs {
        if let Some(derives) = listed(attribute) {
            found += derives.iter().filter(|derive| has(derive)).count();
            let kept = derives.iter().filter(|derive| !has(derive));
            *attribute = parse_quote! { #[derive(#(#kept),*)] };
        }
    }
    found == names.len()
}
