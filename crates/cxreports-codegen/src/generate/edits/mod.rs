//! Named edits of progenitor's output, as a syntax tree.
//!
//! Each edit states how often it has to apply, counted in the document, and fails the generation by its name when it does not:
//! what another version of progenitor writes differently cannot pass unseen.

mod calls;
mod client;
mod expect;
mod serde;
mod syntax;
mod types;

use serde_json::Value;
use syn::{Attribute, Expr, ExprLit, File, ImplItem, Item, ItemMod, Lit, LitStr, Meta, visit_mut::VisitMut};

pub(super) use calls::{Argument, Operation, Parameter};
pub use expect::EditError;
pub(super) use types::Types;

use self::expect::{Edit, Tally};
use crate::normalise::Wire;

/// Progenitor's output, taken apart.
pub(super) struct Edited {
    /// The client, without its operations.
    pub(super) client: File,
    pub(super) types: Types,
    /// By their names.
    pub(super) operations: Vec<Operation>,
}

/// Makes every edit of what progenitor wrote for a document. The client runs `hook` with every request.
pub(super) fn edit(mut file: File, document: &Value, wire: &Wire, hook: Option<ImplItem>) -> Result<Edited, EditError> {
    let mut tally = Tally::default();
    PrintableDocs.visit_file_mut(&mut file);
    let types = types::edit(take_types(&mut file, &mut tally), document, wire, &mut tally);
    let functions = client::edit(&mut file, document, hook, &mut tally);
    let operations = calls::edit(functions, document, wire, &types, &mut tally);
    tally.check()?;
    Ok(Edited { client: file, types, operations })
}

/// Documentation without characters that change the direction of text, which compilers refuse in comments.
struct PrintableDocs;

impl VisitMut for PrintableDocs {
    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        let is_doc = attribute.path().is_ident("doc");
        let Meta::NameValue(doc) = &mut attribute.meta else { return };
        let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &mut doc.value else { return };
        let value = text.value();
        let is_fine = |c: char| c == '\n' || cxreports_core::is_printable(c);
        if is_doc && !value.chars().all(is_fine) {
            *text = LitStr::new(&value.chars().filter(|c| is_fine(*c)).collect::<String>(), text.span());
        }
    }
}

/// The module of types goes to a file of its own.
fn take_types(file: &mut File, tally: &mut Tally) -> Vec<Item> {
    tally.expect(Edit::Types, 1);
    let is_types = |item: &Item| matches!(item, Item::Mod(ItemMod { ident, content: Some(_), .. }) if ident == "types");
    let Some(at) = file.items.iter().position(is_types) else { return Vec::new() };
    tally.found(Edit::Types);
    match file.items.remove(at) {
        Item::Mod(ItemMod { content: Some((_, items)), .. }) => items,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
