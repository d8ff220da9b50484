//! File names that a server gives, made safe to save under.

use cxreports_core::is_printable;
use percent_encoding::percent_decode_str;

/// Longest name, in bytes: what file systems take, with room for the number of a second file.
const MAX_LENGTH: usize = 200;

/// The file name of a `Content-Disposition` header: `filename*` before `filename` (RFC 6266, 4.3).
pub(crate) fn from_disposition(header: &str) -> Option<String> {
    let mut plain = None;
    let mut rest = header.split_once(';')?.1;
    while let Some((name, value)) = rest.split_once('=') {
        let name = name.trim().to_ascii_lowercase();
        let (value, after) = value_of(value.trim_start());
        match name.as_str() {
            "filename*" => {
                if let Some(decoded) = extended(&value) {
                    return Some(decoded);
                }
            }
            "filename" => plain = Some(value),
            _ => {}
        }
        rest = after.trim_start().strip_prefix(';').unwrap_or_default();
    }
    plain
}

/// A token or a quoted string (RFC 9110, 5.6.4), and what comes after it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((place, c)) = characters.next() {
        match c {
            '"' => return (value, &quoted[place + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    (value, "")
}

/// An extended value (RFC 8187, 3.2.1) in UTF-8, the charset that everybody must know.
fn extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    let bytes = percent_decode_str(encoded);
    charset.eq_ignore_ascii_case("utf-8").then(|| bytes.decode_utf8().ok().map(Into::into)).flatten()
}

/// Makes a file name that came from elsewhere safe to save under: no path, no name that Windows reserves, no hidden file, no
/// characters that a terminal acts on, and at most 200 bytes. `None` if nothing is left.
///
/// ```
/// assert_eq!(cxreports::safe_file_name("../../a:b.pdf").as_deref(), Some("a_b.pdf"));
/// assert_eq!(cxreports::safe_file_name("CON.pdf"), None);
/// ```
#[must_use]
pub fn safe_file_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    // Marks that turn the direction of text make one extension look like another.
    let shown: String = last.chars().filter(|c| is_printable(*c)).collect();
    let options = sanitize_filename::Options { windows: true, truncate: false, replacement: "_" };
    // Hidden names lose their dots first: what is then a name that Windows reserves is replaced, too.
    let visible = shown.trim_start_matches(|c: char| c == '.' || c.is_whitespace()).trim_end();
    let clean = sanitize_filename::sanitize_with_options(visible, options);
    let short = shorten(clean.trim(), MAX_LENGTH);
    (!short.chars().all(|c| matches!(c, '_' | '.' | ' '))).then_some(short)
}

/// Shortens the stem, and keeps the extension.
fn shorten(name: &str, most: usize) -> String {
    let (stem, extension) = split(name);
    let mut stem = stem.to_owned();
    if stem.len() + extension.len() <= most {
        return name.to_owned();
    }
    while stem.len() + extension.len() > most && stem.pop().is_some() {}
    // What comes last now may be what no name ends with.
    stem.truncate(stem.trim_end_matches(|c: char| c == '.' || c.is_whitespace()).len());
    stem + extension
}

/// A name's stem, and its extension with the dot.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= 10 => name.split_at(dot),
        _ => (name, ""),
    }
}

/// The name of another file with the same name: `report (2).pdf`.
pub(crate) fn numbered(name: &str, number: u32) -> String {
    let (stem, extension) = split(name);
    if number < 2 { name.to_owned() } else { format!("{stem} ({number}){extension}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_the_name_are_read() {
        let table = [
            ("attachment", None),
            ("attachment; filename=a.pdf", Some("a.pdf")),
            ("attachment; filename=\"a; b.pdf\"", Some("a; b.pdf")),
            (r#"attachment; filename="a \"b\".pdf"; size=3"#, Some("a \"b\".pdf")),
            ("attachment; filename=\"M_ller.pdf\"; filename*=UTF-8''M%C3%BCller.pdf", Some("Müller.pdf")),
            ("attachment; filename*=utf-8'de'M%C3%BCller.pdf; filename=x.pdf", Some("Müller.pdf")),
            ("attachment; FileName* = UTF-8''a%20b.pdf", Some("a b.pdf")),
            ("attachment; filename*=ISO-8859-1''%FC.pdf; filename=u.pdf", Some("u.pdf")),
            ("attachment; filename*=UTF-8''%FF; filename=u.pdf", Some("u.pdf")),
            ("attachment; filename=\"open", Some("open")),
            ("attachment; filename*=; filename=", Some("")),
        ];
        for (header, expected) in table {
            assert_eq!(from_disposition(header).as_deref(), expected, "{header}");
        }
    }

    #[test]
    fn names_are_safe_to_save_under() {
        let table = [
            ("report.pdf", Some("report.pdf")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\temp\\a.pdf", Some("a.pdf")),
            ("a:b|c?.pdf", Some("a_b_c_.pdf")),
            ("CON.pdf", None),
            (".CON.pdf", None),
            (" . nul", None),
            ("nul", None),
            ("..", None),
            ("", None),
            (".htaccess", Some("htaccess")),
            ("a\u{202e}fdp.exe", Some("afdp.exe")),
            ("a\r\nb.pdf", Some("ab.pdf")),
            ("end. ", Some("end_")),
            ("Änderung № 5.xlsx", Some("Änderung № 5.xlsx")),
        ];
        for (name, expected) in table {
            assert_eq!(safe_file_name(name).as_deref(), expected, "{name:?}");
        }
        let long = safe_file_name(&format!("{}.pdf", "ä".repeat(300))).unwrap();
        assert!(long.len() <= MAX_LENGTH && long.ends_with("ä.pdf"), "{long}");
        let cut = safe_file_name(&format!("{}. . {}", "x".repeat(196), "y".repeat(50))).unwrap();
        assert_eq!(cut, "x".repeat(196));
        assert_eq!(safe_file_name(&("?".repeat(250) + "a")), None);
        assert_eq!(numbered("report.pdf", 2), "report (2).pdf");
        assert_eq!(numbered("report", 3), "report (3)");
        assert_eq!(numbered("report.pdf", 1), "report.pdf");
    }
}
