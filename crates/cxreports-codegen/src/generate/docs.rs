//! Documentation of what is generated.

use proc_macro2::TokenStream;
use quote::quote;

/// A `#[doc]` attribute with a text of our own.
pub(super) fn line(text: &str) -> TokenStream {
    let text = format!(" {text}");
    quote! { #[doc = #text] }
}

/// A `#[doc]` attribute with the document's description, or a text of our own where it has none.
pub(super) fn described(description: Option<&str>, otherwise: &str) -> TokenStream {
    match description.map(escape).filter(|text| !text.trim().is_empty()) {
        Some(text) => line(&text.replace('\n', "\n ")),
        None => line(otherwise),
    }
}

/// A name of the document, as code.
pub(super) fn code(name: &str) -> String {
    let shown = name.chars().map(|c| if c == '`' || !cxreports_core::is_printable(c) { '\'' } else { c });
    format!("`{}`", shown.collect::<String>())
}

/// Text that people wrote for a web page, so that rustdoc shows it and warns of nothing: no HTML, no links to guess, no code
/// blocks to compile.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.replace("\r\n", "\n").replace('\r', "\n").lines() {
        if !out.is_empty() {
            out.push('\n');
        }
        // Four spaces, or a fence, would begin a code block that rustdoc compiles.
        let line = line.trim_end();
        let indent = line.len() - line.trim_start().len();
        if indent > 0 {
            out.push_str(&" ".repeat(indent.min(2)));
        }
        for c in line.trim_start().chars() {
            match c {
                '<' | '>' | '[' | ']' | '`' | '\\' => {
                    out.push('\\');
                    out.push(c);
                }
                '\t' => out.push(' '),
                // Compilers refuse what changes the direction of text in comments.
                c if !cxreports_core::is_printable(c) => {}
                c => out.push(c),
            }
        }
    }
    out
}
