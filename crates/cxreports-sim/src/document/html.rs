use std::fmt::Write as _;

use super::content::Content;

/// The page; `tail` is put at the end of its body as it is.
pub(crate) fn write(content: &Content, tail: &str) -> String {
    let title = escape(&content.title);
    let mut body = format!("<h1>{title}</h1>\n");
    if !content.facts.is_empty() {
        let facts = rows(&content.facts, |name, value| format!("<dt>{name}</dt><dd>{value}</dd>\n"));
        let _ = writeln!(body, "<dl>\n{facts}</dl>");
    }
    for page in &content.pages {
        let _ = writeln!(body, "<h2>{}</h2>", escape(page));
    }
    if !content.rows.is_empty() {
        let data = rows(&content.rows, |name, value| format!("<tr><th>{name}</th><td>{value}</td></tr>\n"));
        let _ = writeln!(body, "<table>\n{data}</table>");
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"UTF-8\"><title>{title}</title></head>\n<body>\n{body}{tail}</body></html>\n"
    )
}

fn rows(rows: &[(String, String)], write: impl Fn(String, String) -> String) -> String {
    rows.iter().map(|(name, value)| write(escape(name), escape(value))).collect()
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
