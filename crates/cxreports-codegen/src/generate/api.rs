//! The public API of generated crates, as lines: what a change of a pin does to those who use it.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenTree};
use syn::{
    Fields, Ident, ImplItem, Item, Token, Type, Visibility,
    ext::IdentExt as _,
    parse::{Parse, ParseStream, Parser as _},
    punctuated::Punctuated,
};

use super::text::text;

/// The public items of a crate's sources, by path: one line each, with their types.
///
/// # Errors
///
/// The file that is not valid Rust.
pub fn public_api(files: &BTreeMap<String, String>) -> Result<BTreeSet<String>, syn::Error> {
    let mut lines = BTreeSet::new();
    for (path, source) in files {
        let Some(module) = path.strip_prefix("src/").and_then(|path| path.strip_suffix(".rs")) else { continue };
        let prefix = if module == "lib" { String::new() } else { format!("{module}::") };
        items(&prefix, &syn::parse_file(source)?.items, &mut lines);
    }
    Ok(lines)
}

/// The next version's part that a change of the API calls for (Semantic Versioning 2.0.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bump {
    /// Something was taken away or is another thing.
    Major,
    /// Something was added.
    Minor,
    /// Nothing of the API changed.
    Patch,
}

impl Bump {
    /// What a change calls for.
    #[must_use]
    pub fn between(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Self {
        if !before.is_subset(after) {
            Self::Major
        } else if before.len() < after.len() {
            Self::Minor
        } else {
            Self::Patch
        }
    }

    /// The name of the part.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
        }
    }
}

fn items(prefix: &str, all: &[Item], lines: &mut BTreeSet<String>) {
    for item in all {
        match item {
            Item::Mod(module) if is_public(&module.vis) => {
                if let Some((_, inner)) = &module.content {
                    items(&format!("{prefix}{}::", module.ident), inner, lines);
                }
            }
            Item::Struct(one) if is_public(&one.vis) => {
                lines.insert(format!("struct {prefix}{}", one.ident));
                if let Fields::Named(fields) = &one.fields {
                    for field in fields.named.iter().filter(|field| is_public(&field.vis)) {
                        let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                        lines.insert(format!("field {prefix}{}.{name}: {}", one.ident, text(&field.ty)));
                    }
                }
            }
            Item::Enum(one) if is_public(&one.vis) => {
                lines.insert(format!("enum {prefix}{}", one.ident));
                for variant in &one.variants {
                    lines.insert(format!("variant {prefix}{}::{}{}", one.ident, variant.ident, text(&variant.fields)));
                }
            }
            Item::Fn(one) if is_public(&one.vis) => {
                lines.insert(format!("{prefix}{}", text(&one.sig)));
            }
            Item::Type(one) if is_public(&one.vis) => {
                lines.insert(format!("type {prefix}{} = {}", one.ident, text(&one.ty)));
            }
            Item::Static(one) if is_public(&one.vis) => {
                lines.insert(format!("static {prefix}{}: {}", one.ident, text(&one.ty)));
            }
            Item::Impl(one) => implementation(prefix, one, lines),
            Item::Macro(one) if one.mac.path.segments.last().is_some_and(|last| last.ident == "pin") => {
                supported(prefix, one, lines);
            }
            Item::Macro(one) if one.mac.path.is_ident("builder") || one.mac.path.is_ident("operation") => {
                setters(prefix, one, lines);
            }
            _ => {}
        }
    }
}

/// A setter that a macro of the generated crate declares: `required name: Type`.
struct Setter {
    name: Ident,
    kind: Type,
}

impl Parse for Setter {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let first = Ident::parse_any(input)?;
        let name = if input.peek(Token![:]) { first } else { Ident::parse_any(input)? };
        input.parse::<Token![:]>()?;
        Ok(Self { name, kind: input.parse()? })
    }
}

/// The builder that a macro of the generated crate declares: its name, then its setters in braces.
fn setters(prefix: &str, one: &syn::ItemMacro, lines: &mut BTreeSet<String>) {
    let mut name = None;
    for token in one.mac.tokens.clone() {
        match token {
            TokenTree::Ident(ident) => name = name.or(Some(ident)),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let Some(name) = &name else { return };
                lines.insert(format!("struct {prefix}{name}"));
                let setters = Punctuated::<Setter, Token![,]>::parse_terminated.parse2(group.stream());
                for Setter { name: setter, kind } in setters.into_iter().flatten() {
                    lines.insert(format!("setter {prefix}{name}::{setter}: {}", text(&kind)));
                }
            }
            _ => {}
        }
    }
}

/// The operations that `cxreports_pin::pin!` declares: the last braces of its tokens.
fn supported(prefix: &str, one: &syn::ItemMacro, lines: &mut BTreeSet<String>) {
    let Some(TokenTree::Group(operations)) = one.mac.tokens.clone().into_iter().last() else { return };
    for operation in operations.stream() {
        lines.insert(format!("impl Supports<op::{operation}> for {prefix}Api"));
    }
}

fn implementation(prefix: &str, one: &syn::ItemImpl, lines: &mut BTreeSet<String>) {
    let of = text(&one.self_ty);
    if let Some((of_trait, _)) = &one.trait_ {
        // What derives write is not in the source; what is, is meant.
        lines.insert(format!("impl {} for {prefix}{of}", text(of_trait)));
        return;
    }
    for item in &one.items {
        if let ImplItem::Fn(method) = item
            && is_public(&method.vis)
        {
            lines.insert(format!("{prefix}{of}::{}", text(&method.sig)));
        }
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}
