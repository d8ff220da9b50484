//! Text of documents and servers, made harmless for what reads it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

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
#[must_use]
pub fn markdown_text(text: &str) -> String {
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

/// Text of a message of SARIF, in which brackets make links (SARIF 2.1.0, 3.11.6).
pub(super) fn sarif_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '[' | ']' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// What a path has in a URI as it is (RFC 3986, 2.3 and 3.3).
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The URI of a file, also with the separators of Windows: a relative path stays relative.
pub(super) fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let encode = |path: &str| utf8_percent_encode(path, PATH).to_string();
    let drive = path.split_once(":/").filter(|(drive, _)| drive.len() == 1);
    match (drive, path.strip_prefix("//")) {
        (Some((drive, rest)), _) => format!("file:///{drive}:/{}", encode(rest)),
        (None, Some(share)) => format!("file://{}", encode(share)),
        (None, None) if path.starts_with('/') => format!("file://{}", encode(&path)),
        (None, None) => encode(&path),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_uris() {
        for (path, expected) in [
            ("spec/2026.5/swagger.json", "spec/2026.5/swagger.json"),
            ("a b#%,ü:1.json", "a%20b%23%25%2C%C3%BC%3A1.json"),
            ("../x?.json", "../x%3F.json"),
            ("/tmp/a b.json", "file:///tmp/a%20b.json"),
            ("spec\\a b.json", "spec/a%20b.json"),
            ("C:\\a b\\c.json", "file:///C:/a%20b/c.json"),
            ("\\\\server\\share\\a.json", "file://server/share/a.json"),
        ] {
            assert_eq!(uri(path), expected);
            let base = url::Url::parse("file:///root/").unwrap();
            assert!(base.join(&uri(path)).is_ok());
        }
    }

    #[test]
    fn text_of_documents_makes_no_links() {
        assert_eq!(sarif_text("`[l](javascript:x)` \\"), "`\\[l\\](javascript:x)` \\\\");
    }
}
