use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;

use super::{content::Content, html};
#[cfg(feature = "formats")]
use super::{office, pack, pdf, xlsx};

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

/// A file as it is sent.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Its name, with the extension.
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Bytes,
}

/// The format is left out of this build.
#[derive(Debug, Error)]
#[error("this build of the simulator writes HTML only; enable the feature \"formats\" of cxreports-sim")]
pub(crate) struct Unsupported;

impl File {
    /// Writes a document; with attachments (names and texts), it is a ZIP of them all.
    pub(crate) fn write(
        content: &Content,
        format: Format,
        attachments: Option<&[(String, String)]>,
    ) -> Result<Self, Unsupported> {
        let name = format!("{}.{}", content.title, format.extension());
        let document = Self { name, media_type: format.media_type(), bytes: render(content, format)?.into() };
        match attachments {
            Some(attachments) => document.with_attachments(attachments),
            None => Ok(document),
        }
    }

    #[cfg(feature = "formats")]
    fn with_attachments(self, attachments: &[(String, String)]) -> Result<Self, Unsupported> {
        let stem = self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem);
        let name = format!("{stem}.zip");
        let attachments =
            attachments.iter().map(|(name, text)| (format!("attachments/{}", base_name(name)), text.as_bytes()));
        let parts = std::iter::once((base_name(&self.name).to_owned(), &self.bytes[..])).chain(attachments);
        Ok(Self { name, media_type: "application/zip", bytes: pack::zip(parts).into() })
    }

    #[cfg(not(feature = "formats"))]
    fn with_attachments(self, _: &[(String, String)]) -> Result<Self, Unsupported> {
        Err(Unsupported)
    }

    /// The `Content-Disposition` header with both forms of the name (RFC 6266, RFC 8187), as ASP.NET writes it: what is not
    /// ASCII is an underscore in the first form, which has quotes where it is not a token.
    pub(crate) fn disposition(&self) -> String {
        const EXTENDED: &AsciiSet = &NON_ALPHANUMERIC
            .remove(b'!')
            .remove(b'#')
            .remove(b'$')
            .remove(b'&')
            .remove(b'+')
            .remove(b'-')
            .remove(b'.')
            .remove(b'^')
            .remove(b'_')
            .remove(b'`')
            .remove(b'|')
            .remove(b'~');
        // .NET counts in units of UTF-16.
        let units = self.name.encode_utf16();
        let plain: String = units
            .map(|unit| if (0x20..0x7f).contains(&unit) { char::from(u8::try_from(unit).unwrap_or(b'_')) } else { '_' })
            .collect();
        let is_token = plain.bytes().all(|c| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c));
        let plain = if is_token { plain } else { format!("\"{}\"", plain.replace('\\', "\\\\").replace('"', "\\\"")) };
        format!("attachment; filename={plain}; filename*=UTF-8''{}", utf8_percent_encode(&self.name, EXTENDED))
    }
}

/// What a name is without folders, so that a part of an archive stays in its place.
#[cfg(feature = "formats")]
fn base_name(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    if matches!(name, "" | "." | "..") { "unnamed" } else { name }
}

#[cfg(feature = "formats")]
fn render(content: &Content, format: Format) -> Result<Vec<u8>, Unsupported> {
    Ok(match format {
        Format::Pdf => pdf::write(content),
        Format::Docx => office::docx(content),
        Format::Xlsx => xlsx::write(content),
        Format::Pptx => office::pptx(content),
        Format::Html => html::write(content, "").into_bytes(),
    })
}

#[cfg(not(feature = "formats"))]
fn render(content: &Content, format: Format) -> Result<Vec<u8>, Unsupported> {
    match format {
        Format::Html => Ok(html::write(content, "").into_bytes()),
        _ => Err(Unsupported),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_has_both_forms() {
        for (name, expected) in [
            ("Invoice.pdf", "filename=Invoice.pdf; filename*=UTF-8''Invoice.pdf"),
            ("Monthly statement.pdf", "filename=\"Monthly statement.pdf\"; filename*=UTF-8''Monthly%20statement.pdf"),
            (
                "Müller's \"x\".pdf",
                "filename=\"M_ller's \\\"x\\\".pdf\"; filename*=UTF-8''M%C3%BCller%27s%20%22x%22.pdf",
            ),
            ("a😀.pdf", "filename=a__.pdf; filename*=UTF-8''a%F0%9F%98%80.pdf"),
        ] {
            let file = File { name: name.to_owned(), media_type: "", bytes: Bytes::new() };
            assert_eq!(file.disposition(), format!("attachment; {expected}"));
        }
    }
}
