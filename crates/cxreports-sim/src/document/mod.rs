//! The files that an instance makes: real ones, that office programs open, with the report's name, parameters and data in
//! them.

mod html;
mod office;
mod pdf;
mod xlsx;

use std::io::{Cursor, Write as _};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use html::escape;
pub(crate) use html::write as page;

/// A format that an instance writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Pdf,
    Docx,
    Xlsx,
    Pptx,
    Html,
}

impl Format {
    pub(crate) const ALL: [Self; 5] = [Self::Pdf, Self::Docx, Self::Xlsx, Self::Pptx, Self::Html];

    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Pptx => "pptx",
            Self::Html => "html",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

/// What a document shows.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// The report's name.
    pub(crate) title: String,
    /// Parameters and settings, by name.
    pub(crate) facts: Vec<(String, String)>,
    /// Names of its pages.
    pub(crate) pages: Vec<String>,
    /// The data: each value with the place where it is.
    pub(crate) rows: Vec<(String, String)>,
}

impl Content {
    /// The most rows of data that a document shows.
    const MOST_ROWS: usize = 1_000;

    pub(crate) fn add_facts(&mut self, value: &Value) {
        let mut rows = Vec::new();
        flatten(String::new(), value, &mut rows);
        self.facts.append(&mut rows);
    }

    pub(crate) fn add_data(&mut self, value: &Value) {
        flatten(String::new(), value, &mut self.rows);
    }
}

fn flatten(place: String, value: &Value, rows: &mut Vec<(String, String)>) {
    if rows.len() >= Content::MOST_ROWS {
        return;
    }
    let below = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| flatten(below(name), value, rows)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| flatten(below(&(index + 1).to_string()), item, rows));
        }
        Value::String(text) => rows.push((place, text.clone())),
        other => rows.push((place, other.to_string())),
    }
}

/// A file as it is sent.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Its name, with the extension.
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) bytes: axum::body::Bytes,
}

impl File {
    /// Writes the document.
    pub(crate) fn write(content: &Content, format: Format) -> Self {
        let bytes = match format {
            Format::Pdf => pdf::write(content),
            Format::Docx => office::docx(content),
            Format::Xlsx => xlsx::write(content),
            Format::Pptx => office::pptx(content),
            Format::Html => html::write(content, "").into_bytes(),
        };
        let name = format!("{}.{}", content.title, format.extension());
        Self { name, media_type: format.media_type(), bytes: bytes.into() }
    }

    /// The document and its attachments as a ZIP.
    pub(crate) fn with_attachments(self, attachments: &[(String, String)]) -> Self {
        let stem = self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem);
        let name = format!("{stem}.zip");
        let attachments = attachments.iter().map(|(name, text)| (format!("attachments/{name}"), text.as_bytes()));
        let parts = std::iter::once((self.name, &self.bytes[..])).chain(attachments);
        Self { name, media_type: "application/zip", bytes: pack(parts).into() }
    }

    /// The `Content-Disposition` header: both forms of the name (RFC 6266, RFC 5987).
    pub(crate) fn disposition(&self) -> String {
        const EXTENDED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
        let plain: String = self
            .name
            .chars()
            .map(|c| if c.is_ascii_graphic() && !"\"\\".contains(c) || c == ' ' { c } else { '_' })
            .collect();
        format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(&self.name, EXTENDED))
    }
}

/// A ZIP of named parts.
fn pack<'a>(parts: impl IntoIterator<Item = (String, &'a [u8])>) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in parts {
        zip.start_file(name, options).and_then(|()| Ok(zip.write_all(bytes)?)).expect("a ZIP in memory can be written");
    }
    zip.finish().expect("a ZIP in memory can be written").into_inner()
}
