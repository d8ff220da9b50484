//! Text of documents and servers, made harmless for what reads it.

use crate::message::{Message, Part, one_line};

/// A sentence for Markdown, also in a cell of a table: text of documents is code, in which GitHub sees no markup, no HTML, no
/// mention and no reference.
pub(super) fn markdown(message: &Message) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Code(code) => markdown_code(code),
    };
    message.parts().iter().map(part).collect()
}

/// A code span of Markdown, also in a cell of a table.
///
/// The delimiter is longer than any run of backquotes inside (CommonMark, 6.1); a pipe is escaped, which works inside of code, too
/// (GitHub Flavored Markdown, 4.10).
#[must_use]
pub fn markdown_code(text: &str) -> String {
    let text = one_line(text).replace("\\|", "\\ |").replace('|', "\\|");
    let text = if text.trim().is_empty() { "(empty)".to_owned() } else { text };
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text for Markdown outside of code: as it is where it means nothing to Markdown, or else a code span.
pub(super) fn markdown_text(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || " .,-/()>".contains(c);
    // Addresses and numbers of issues become links, also without markup.
    let is_harmless = text.chars().all(is_plain) && !text.contains("www.");
    if is_harmless { text.to_owned() } else { markdown_code(text) }
}

/// A block of text for Markdown.
#[must_use]
pub fn markdown_block(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    let text: String = text.chars().filter(|c| *c == '\n' || cxreports_core::is_printable(*c)).collect();
    format!("{fence}text\n{}\n{fence}\n", text.trim_end())
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// The data of a workflow command of GitHub.
pub(super) fn workflow_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command of GitHub.
pub(super) fn workflow_property(text: &str) -> String {
    workflow_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A line of a terminal or a job's log, which is no workflow command: those begin with `::`, or have `##[` in them.
pub(super) fn log_line(line: &str) -> String {
    let line = line.replace("##[", "## [");
    if line.trim_start().starts_with("::") { line.replacen("::", ": :", 1) } else { line }
}
