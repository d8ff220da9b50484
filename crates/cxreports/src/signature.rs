//! Whether a file is what was asked for, by how it begins and ends: a server that fails may say so with 200.

use bytes::{Bytes, BytesMut};
use cxreports_core::{CallError, DownloadStream, ServerMessage, is_json};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

/// How the files of a format begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    /// `%PDF-` among the first 1,024 bytes, as readers accept it (ISO 32000-1, annex H.3.4.1).
    Pdf,
    /// ZIP, which Office Open XML files are, too.
    Zip,
    /// A format that cannot be told by its beginning: anything but JSON.
    Other,
}

impl Signature {
    /// Where a PDF's signature has to be.
    const PDF_WITHIN: usize = 1024;
    /// How many of the last bytes of a file tell its end.
    pub(crate) const TAIL: usize = 1024;

    /// The signature of the format that a file name tells.
    pub(crate) fn of(name: &str) -> Self {
        match name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).as_deref() {
            Some("pdf") => Self::Pdf,
            Some("docx" | "xlsx" | "pptx" | "zip") => Self::Zip,
            _ => Self::Other,
        }
    }

    /// The signature of a file of which nothing was known but what the server says: its name and its media type.
    fn declared(name: Option<&str>, media_type: Option<&str>) -> Self {
        let media_type = media_type.unwrap_or_default().to_ascii_lowercase();
        match name.map_or(Self::Other, Self::of) {
            Self::Other if media_type.starts_with("application/pdf") => Self::Pdf,
            Self::Other if media_type.starts_with("application/zip") => Self::Zip,
            Self::Other if media_type.starts_with("application/vnd.openxmlformats-") => Self::Zip,
            known => known,
        }
    }

    /// The signature of the format that was asked for, which the extension of `fallback` tells, or else the one declared.
    pub(crate) fn expected(fallback: &str, name: Option<&str>, media_type: Option<&str>) -> Self {
        if fallback.contains('.') { Self::of(fallback) } else { Self::declared(name, media_type) }
    }

    /// Whether the beginning of a file is right; `None` when more of it is needed.
    fn fits(self, beginning: &[u8], is_json: bool) -> Option<bool> {
        match self {
            Self::Pdf if beginning.windows(5).any(|five| five == b"%PDF-") => Some(true),
            Self::Pdf => (beginning.len() >= Self::PDF_WITHIN).then_some(false),
            Self::Zip => (beginning.len() >= 4).then(|| matches!(&beginning[..4], b"PK\x03\x04" | b"PK\x05\x06")),
            Self::Other => (!beginning.is_empty()).then_some(!is_json),
        }
    }

    /// Whether a file ends as it should, by its last [`TAIL`](Self::TAIL) bytes: a PDF with `%%EOF` (ISO 32000-1, annex
    /// H.3.4.4), a ZIP with the end of its central directory.
    pub(crate) fn is_end(self, tail: &[u8]) -> bool {
        let has = |mark: &[u8]| tail.windows(mark.len()).any(|part| part == mark);
        match self {
            Self::Pdf => has(b"%%EOF"),
            Self::Zip => has(b"PK\x05\x06"),
            Self::Other => true,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Pdf => "a PDF file",
            Self::Zip => "a ZIP or Office file",
            Self::Other => "a file",
        }
    }

    /// The whole stream again, if it begins as it should.
    pub(crate) async fn check(
        self,
        operation: &'static str,
        media_type: Option<&str>,
        mut stream: DownloadStream,
    ) -> Result<DownloadStream, CallError> {
        let (mut chunks, mut beginning): (Vec<Bytes>, _) = (Vec::new(), BytesMut::new());
        let is_json = media_type.is_some_and(is_json);
        let unexpected = |found: String| {
            let detail = format!("{found} instead of {}", self.what());
            Err(CallError::UnexpectedResponse { operation, detail })
        };
        let fits = loop {
            if let Some(fits) = self.fits(&beginning, is_json) {
                break fits;
            }
            let Some(chunk) = stream.try_next().await? else { break false };
            beginning.extend_from_slice(&chunk[..chunk.len().min(ERROR_LIMIT + 1)]);
            chunks.push(chunk);
        };
        if fits {
            return Ok(Box::pin(stream::iter(chunks.into_iter().map(Ok)).chain(stream)));
        }
        if beginning.is_empty() {
            return unexpected("an empty response".to_owned());
        }
        if is_json || beginning.trim_ascii_start().starts_with(b"{") {
            while beginning.len() <= ERROR_LIMIT
                && let Some(chunk) = stream.try_next().await?
            {
                beginning.extend_from_slice(&chunk);
            }
            let said = ServerMessage::read(&beginning).text.map(|text| format!(" ({text})"));
            return unexpected(format!("JSON{}", said.unwrap_or_default()));
        }
        unexpected("something else".to_owned())
    }
}

/// The most that is read of an error's body, in bytes.
const ERROR_LIMIT: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// A file's name, its media type, and the pieces in which it comes.
    type File = (&'static str, &'static str, &'static [&'static [u8]]);

    /// What is found of a body that comes in pieces.
    async fn found((name, media_type, pieces): File) -> Result<Vec<u8>, String> {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece))).collect();
        let stream: DownloadStream = Box::pin(stream::iter(pieces));
        let checked = Signature::of(name).check("x", Some(media_type), stream).await;
        let chunks: Vec<Bytes> = match checked {
            Ok(stream) => stream.try_collect().await.unwrap(),
            Err(error) => return Err(error.to_string()),
        };
        Ok(chunks.concat())
    }

    #[test]
    fn a_file_of_no_known_format_is_what_the_server_declares() {
        let zip = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        let table = [
            (("export-5", Some("a.pdf"), None), Signature::Pdf),
            (("export-5", Some("a"), Some("Application/PDF; x=y")), Signature::Pdf),
            (("export-5", None, Some(zip)), Signature::Zip),
            (("export-5", Some("a.html"), Some("text/html")), Signature::Other),
            (("42.html", Some("a.pdf"), Some("application/pdf")), Signature::Other),
        ];
        for ((fallback, name, media_type), signature) in table {
            assert_eq!(
                Signature::expected(fallback, name, media_type),
                signature,
                "{fallback} {name:?} {media_type:?}"
            );
        }
    }

    #[tokio::test]
    async fn files_are_known_by_their_beginning() {
        let json = "application/json; charset=utf-8";
        let good: &[(File, &[u8])] = &[
            (("a.pdf", "application/pdf", &[b"%P", b"", b"DF-1.7 x"]), b"%PDF-1.7 x"),
            (("a.pdf", json, &[b"\xef\xbb\xbf\n%PDF-1.7"]), b"\xef\xbb\xbf\n%PDF-1.7"),
            (("a.XLSX", "application/octet-stream", &[b"PK\x03", b"\x04rest"]), b"PK\x03\x04rest"),
            (("a.html", "text/html", &[b"<html>"]), b"<html>"),
            (("a", "application/octet-stream", &[b"{"]), b"{"),
        ];
        for (file, whole) in good {
            assert_eq!(found(*file).await.unwrap(), *whole, "{}", file.0);
        }
        let bad: &[(File, &str)] = &[
            (("a.pdf", "application/pdf", &[]), "an empty response instead of a PDF file"),
            (("a.pdf", "application/pdf", &[b"", b""]), "an empty response"),
            (("a", "", &[]), "an empty response instead of a file"),
            (("a.pdf", json, &[b"{\"error\":", b"\"no licence\"}"]), "JSON (no licence) instead of a PDF file"),
            (("a.html", json, &[b"{\"error\":\"x\"}"]), "JSON (x) instead of a file"),
            (("a.zip", "application/zip", &[b"%PDF-1.7"]), "something else instead of a ZIP or Office file"),
            (("a.pdf", "application/pdf", &[&[b'x'; 2000]]), "something else instead of a PDF"),
            (("a.docx", "", &[b"PK"]), "something else"),
        ];
        for (file, said) in bad {
            let error = found(*file).await.unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
