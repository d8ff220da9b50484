//! Generated source as text, where a syntax tree would print what is in a macro less readably.

use quote::ToTokens;
use syn::{File, Item};

/// The most columns of a line.
const COLUMNS: usize = 100;

/// Tokens as text, with the spaces that people write.
pub(super) fn text(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (from, to) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        (" >", ">"),
        (" ,", ","),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        ("& ", "&"),
        (" :", ":"),
        (" ;", ";"),
        ("< ", "<"),
    ] {
        text = text.replace(from, to);
    }
    text
}

/// Items as they are printed.
pub(super) fn print(items: Vec<Item>) -> String {
    prettyplease::unparse(&File { shebang: None, frontmatter: None, attrs: Vec::new(), items })
}

/// Texts as lines that are filled, each indented.
pub(super) fn fill(texts: impl IntoIterator<Item = String>, indent: usize) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for text in texts {
        if column > 0 && column + 1 + text.len() <= COLUMNS {
            lines.push(' ');
            column += 1;
        } else {
            if column > 0 {
                lines.push('\n');
            }
            lines.push_str(&" ".repeat(indent));
            column = indent;
        }
        column += text.len();
        lines.push_str(&text);
    }
    if column > 0 {
        lines.push('\n');
    }
    lines
}
