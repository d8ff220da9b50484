//! Edits of the types, and what their builders need to know of them.

use std::collections::{BTreeMap, BTreeSet};

use quote::quote;
use serde_json::Value;
use syn::{
    Attribute, Fields, Ident, Item, ItemStruct, LitStr, Meta, Path, Token, Type, parse_quote,
    punctuated::Punctuated,
    visit_mut::{self, VisitMut},
};

use super::{
    expect::{Edit, Tally},
    serde,
};
use crate::{ident, normalise::Wire};

/// The types of a document.
pub(crate) struct Types {
    pub(crate) items: Vec<Item>,
    /// The structs, for which there are builders.
    pub(crate) objects: Vec<Object>,
}

/// A struct.
pub(crate) struct Object {
    pub(crate) name: Ident,
    pub(crate) members: Vec<Member>,
    /// Whether it is read and written by what all crates share, instead of code that serde derives.
    pub(crate) is_shared: bool,
}

/// A field, with its type as a module below sees it.
pub(crate) struct Member {
    pub(crate) name: Ident,
    /// Its name in JSON.
    pub(crate) wire: String,
    pub(crate) kind: Type,
    pub(crate) required: bool,
}

impl Types {
    /// Whether a type has a builder.
    pub(super) fn has_builder(&self, name: &Ident) -> bool {
        self.objects.binary_search_by(|object| object.name.cmp(name)).is_ok()
    }
}

pub(super) fn edit(mut items: Vec<Item>, document: &Value, wire: &Wire, tally: &mut Tally) -> Types {
    let present = |component: &String| document["components"]["schemas"][component]["properties"].is_object();
    let generated = |component: &String| present(component) && !is_own(wire, component);
    let mut members: BTreeMap<(String, String), &String> = BTreeMap::new();
    for (component, own) in wire.members.iter().filter(|(component, _)| generated(component)) {
        for (alias, member) in own {
            members.insert((ident::pascal(component), ident::snake(alias)), member);
        }
    }
    let secrets: BTreeMap<String, BTreeSet<String>> = wire
        .secrets
        .iter()
        .filter(|(component, _)| generated(component))
        .map(|(component, members)| (ident::pascal(component), members.iter().map(|name| ident::snake(name)).collect()))
        .collect();
    tally.expect(Edit::MemberNames, members.len());
    tally.expect(Edit::Secrets, secrets.len());

    let mut written = Vec::new();
    for item in &mut items {
        ShortPaths.visit_item_mut(item);
        let Item::Struct(item) = item else { continue };
        let name = item.ident.to_string();
        for field in &mut item.fields {
            let Some(ident) = &field.ident else { continue };
            if let Some(member) = members.get(&(name.clone(), ident.to_string())) {
                tally.found(Edit::MemberNames);
                let rename = quote! { rename = #member };
                field.attrs.push(parse_quote! { #[serde(#rename)] });
            }
        }
        if let Some(hidden) = secrets.get(&name)
            && serde::without_derives(item, &["Debug"])
        {
            tally.found(Edit::Secrets);
            written.push(debug_without(item, hidden));
        }
    }
    items.extend(written);
    let objects = objects(&mut items);
    Types { items, objects }
}

/// Whether a template of ours writes a component's type.
fn is_own(wire: &Wire, component: &str) -> bool {
    wire.forms.iter().any(|form| form.name == component) || wire.unions.iter().any(|union| union.name == component)
}

/// The structs of a module, by their names. What serde derives for them is taken away where that is shared.
fn objects(items: &mut [Item]) -> Vec<Object> {
    let local: BTreeSet<String> = items
        .iter()
        .filter_map(|item| match item {
            Item::Struct(item) => Some(item.ident.to_string()),
            Item::Enum(item) => Some(item.ident.to_string()),
            _ => None,
        })
        .collect();
    let mut objects: Vec<Object> = items
        .iter_mut()
        .filter_map(|item| match item {
            Item::Struct(item) if matches!(item.fields, Fields::Named(_) | Fields::Unit) => {
                let (name, members) = (item.ident.clone(), members(&item.fields, &local));
                Some(Object { name, members, is_shared: serde::share(item) })
            }
            _ => None,
        })
        .collect();
    objects.sort_by(|one, other| one.name.cmp(&other.name));
    objects
}

fn members(fields: &Fields, local: &BTreeSet<String>) -> Vec<Member> {
    let named = fields.iter().filter_map(|field| Some((field.ident.clone()?, field)));
    named
        .map(|(name, field)| {
            let mut kind = field.ty.clone();
            FromBelow(local).visit_type_mut(&mut kind);
            Member { wire: serde::wire_name(field), name, kind, required: !serde::has_default(field) }
        })
        .collect()
}

/// Paths of a module's own types, as a module below names them.
struct FromBelow<'a>(&'a BTreeSet<String>);

impl VisitMut for FromBelow<'_> {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        if path.leading_colon.is_none()
            && path.segments.len() == 1
            && self.0.contains(&path.segments[0].ident.to_string())
        {
            path.segments.insert(0, parse_quote! { super });
        }
    }
}

/// `::std::option::Option` and the like without their modules: no type of a document has such a name.
pub(super) struct ShortPaths;

impl ShortPaths {
    const NAMES: [&'static str; 3] = ["Option", "String", "Vec"];
}

impl VisitMut for ShortPaths {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let is_std = path.segments.len() == 3 && path.segments[0].ident == "std";
        if is_std && Self::NAMES.iter().any(|name| path.segments[2].ident == name) {
            path.leading_colon = None;
            path.segments = path.segments.iter().skip(2).cloned().collect();
        }
    }

    /// `skip_serializing_if` holds a path as text.
    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        let Meta::List(list) = &mut attribute.meta else { return };
        if !list.path.is_ident("serde") {
            return;
        }
        let Ok(mut options) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else { return };
        for option in &mut options {
            if let Meta::NameValue(option) = option
                && option.path.is_ident("skip_serializing_if")
                && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) = &mut option.value
            {
                let short = path.value();
                let short = short.strip_prefix("::std::option::").or_else(|| short.strip_prefix("::std::vec::"));
                if let Some(short) = short {
                    *path = LitStr::new(short, path.span());
                }
            }
        }
        list.tokens = quote! { #options };
    }
}

/// A `Debug` that does not show secrets.
fn debug_without(item: &ItemStruct, hidden: &BTreeSet<String>) -> Item {
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
