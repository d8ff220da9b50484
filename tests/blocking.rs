//! The blocking client has everything that the asynchronous one has, type by type.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{ImplItem, Item, Type, Visibility};

/// The methods whose form has another name, as a stream is an iterator there.
const RENAMED: &[(&str, &str, &str)] = &[("ReportFile", "into_stream", "chunks"), ("ReadyExport", "stream", "chunks")];

type Methods = BTreeMap<String, BTreeSet<String>>;

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Every name in some tokens that `before` comes before, as `fn` in a macro's definition.
fn names_after(tokens: TokenStream, before: &str) -> Vec<String> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let is_word = |at: usize| matches!(&tokens[at], TokenTree::Ident(word) if word == before);
    let mut names = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => names.extend(names_after(group.stream(), before)),
            TokenTree::Ident(name) if at > 0 && is_word(at - 1) => names.push(name.to_string()),
            _ => {}
        }
    }
    names
}

/// The names of the methods in `setters! { Type { name(..) name(..) -> .. } }`.
fn forms_in(tokens: TokenStream) -> Vec<String> {
    let Some(TokenTree::Group(group)) = tokens.into_iter().last() else { return Vec::new() };
    let tokens: Vec<_> = group.stream().into_iter().collect();
    let called = tokens.windows(2).filter_map(|pair| match pair {
        [TokenTree::Ident(name), TokenTree::Group(_)] => Some(name.to_string()),
        _ => None,
    });
    called.collect()
}

/// Public methods by type, those that macros make among them; and the types with an asynchronous method.
fn methods(files: &[PathBuf]) -> (Methods, BTreeSet<String>) {
    let parsed: Vec<_> =
        files.iter().map(|file| syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap()).collect();
    let items = || parsed.iter().flat_map(|file| &file.items);
    let macros: BTreeMap<String, Vec<String>> = items()
        .filter_map(|item| match item {
            Item::Macro(item) => Some((item.ident.as_ref()?.to_string(), names_after(item.mac.tokens.clone(), "fn"))),
            _ => None,
        })
        .collect();
    let (mut methods, mut asynchronous) = (Methods::new(), BTreeSet::new());
    for item in items() {
        let Item::Impl(item) = item else { continue };
        let (None, Type::Path(path)) = (&item.trait_, &*item.self_ty) else { continue };
        let name = path.path.segments.last().unwrap().ident.to_string();
        let own = methods.entry(name.clone()).or_default();
        for item in &item.items {
            match item {
                ImplItem::Fn(method) if matches!(method.vis, Visibility::Public(_)) => {
                    own.insert(method.sig.ident.to_string());
                    if method.sig.asyncness.is_some() {
                        asynchronous.insert(name.clone());
                    }
                }
                ImplItem::Macro(call) => {
                    let called = call.mac.path.segments.last().unwrap().ident.to_string();
                    own.extend(forms_in(call.mac.tokens.clone()));
                    if call.mac.tokens.is_empty() {
                        own.extend(macros.get(&called).unwrap_or_else(|| panic!("no {called}!")).clone());
                    }
                }
                _ => {}
            }
        }
    }
    (methods, asynchronous)
}

#[test]
fn everything_has_its_blocking_form() {
    let src = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/cxreports/src"));
    let (forms, originals): (Vec<_>, Vec<_>) =
        files(src).into_iter().partition(|file| file.starts_with(src.join("blocking")));
    let (forms, _) = methods(&forms);
    let (originals, asynchronous) = methods(&originals);
    let mut checked = 0;
    for (name, methods) in originals {
        let Some(forms) = forms.get(&name) else {
            assert!(!asynchronous.contains(&name) || name == "Connection", "{name} has no blocking form");
            continue;
        };
        for method in methods {
            let renamed = RENAMED.iter().find(|(of, original, _)| *of == name && *original == method);
            let form = renamed.map_or(&*method, |(_, _, form)| form);
            assert!(forms.contains(form), "{name}::{method} has no blocking form; there are {forms:?}");
            checked += 1;
        }
    }
    assert!(checked > 80, "only {checked} methods were found");
}
