//! Lines of headers, before a body and after one.

use bytes::{Buf as _, BytesMut};
use http::{HeaderName, HeaderValue};

use super::refusal::Refusal;

/// Kestrel's `MaxRequestHeadersTotalSize`, in bytes; the empty line at the end does not count.
const MAX_BYTES: usize = 32 * 1024 + 2;

/// Kestrel's `MaxRequestHeaderCount`.
const MAX_HEADERS: usize = 100;

/// What the limits leave of a request's headers and trailers, which share them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    bytes: usize,
    headers: usize,
    /// Up to where the buffer has no end of a line.
    scanned: usize,
}

impl Default for Lines {
    fn default() -> Self {
        Self { bytes: MAX_BYTES, headers: MAX_HEADERS, scanned: 0 }
    }
}

impl Lines {
    /// Takes the lines that have arrived out of the buffer; tells whether the empty line at their end was among them.
    pub(super) fn take(
        &mut self,
        buffer: &mut BytesMut,
        mut sink: impl FnMut(HeaderName, HeaderValue) -> Result<(), Refusal>,
    ) -> Result<bool, Refusal> {
        while let Some((length, taken)) = self.line(buffer)? {
            if length > 0 {
                self.headers = self.headers.checked_sub(1).ok_or(Refusal::HEADERS_TOO_LARGE)?;
                if let Some((name, value)) = header(&buffer[..length])? {
                    sink(name, value)?;
                }
            }
            buffer.advance(taken);
            (self.bytes, self.scanned) = (self.bytes - taken, 0);
            if length == 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The length of the line that the buffer begins with, without and with its end, which is CR LF or LF alone.
    fn line(&mut self, buffer: &[u8]) -> Result<Option<(usize, usize)>, Refusal> {
        let allowed = &buffer[..buffer.len().min(self.bytes)];
        let end = allowed[self.scanned..].iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        self.scanned = end.map_or(allowed.len(), |end| self.scanned + end);
        match allowed[self.scanned..] {
            [b'\n', ..] => Ok(Some((self.scanned, self.scanned + 1))),
            [b'\r', b'\n', ..] => Ok(Some((self.scanned, self.scanned + 2))),
            [b'\r', _, ..] => Err(Refusal::BAD_REQUEST),
            _ if buffer.len() > self.bytes => Err(Refusal::HEADERS_TOO_LARGE),
            _ => Ok(None),
        }
    }
}

/// A header; `None` for one whose name is no token. Kestrel takes such names, but nothing asks for them.
fn header(line: &[u8]) -> Result<Option<(HeaderName, HeaderValue)>, Refusal> {
    let end = line.iter().position(|byte| matches!(byte, b':' | b' ' | b'\t')).filter(|end| *end > 0);
    let (name, value) = line.split_at(end.ok_or(Refusal::BAD_REQUEST)?);
    let value = value.strip_prefix(b":").ok_or(Refusal::BAD_REQUEST)?;
    if !name.is_ascii() || name.contains(&0) || value.contains(&0) {
        return Err(Refusal::BAD_REQUEST);
    }
    let value = std::str::from_utf8(value).map_err(|_| Refusal::BAD_REQUEST)?.trim_matches([' ', '\t']);
    let value = HeaderValue::from_str(value).or_else(|_| {
        // Kestrel takes other control characters than NUL, and no value that means something has them.
        HeaderValue::from_str(&value.replace(|c: char| c.is_ascii_control() && c != '\t', "?"))
    });
    let value = value.map_err(|_| Refusal::BAD_REQUEST)?;
    Ok(HeaderName::from_bytes(name).ok().map(|name| (name, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, Refusal> {
        let (mut lines, mut buffer, mut seen) = (Lines::default(), BytesMut::new(), Vec::new());
        for (at, byte) in text.bytes().enumerate() {
            // Byte by byte, as it may arrive.
            buffer.extend_from_slice(&[byte]);
            let is_complete = lines.take(&mut buffer, |name, value| {
                seen.push(format!("{name}={}", String::from_utf8_lossy(value.as_bytes())));
                Ok(())
            })?;
            assert_eq!(is_complete, at + 1 == text.len(), "{text:?}");
        }
        assert!(buffer.is_empty());
        Ok(seen)
    }

    #[test]
    fn lines_end_in_cr_lf_or_in_lf() {
        for text in ["A: 1\r\nb:\t2 \t\r\n\r\n", "A: 1\nb:  2\n\n", "A:1\r\nb:2\n\r\n"] {
            assert_eq!(read(text).unwrap(), ["a=1", "b=2"], "{text:?}");
        }
        assert_eq!(read("\n").unwrap(), [""; 0]);
    }

    #[test]
    fn what_nothing_asks_for_is_taken() {
        assert_eq!(read("X@[Y]: 1\r\nA: \u{1}\u{7f}é\tb\r\nB:\r\n\r\n").unwrap(), ["a=??é\tb", "b="]);
    }

    #[test]
    fn bad_lines_are_refused() {
        for text in [
            "a\r\n",
            ": 1\r\n",
            "a : 1\r\n",
            " a: 1\r\n",
            "\ta: 1\r\n",
            "a: 1\rb\r\n",
            "a: \0\r\n",
            "a\0: 1\r\n",
            "é: 1\r\n",
        ] {
            assert_eq!(read(text), Err(Refusal::BAD_REQUEST), "{text:?}");
        }
        let many = "a: 1\r\n".repeat(MAX_HEADERS);
        assert_eq!(read(&format!("{many}\r\n")).map(|all| all.len()), Ok(MAX_HEADERS));
        assert_eq!(read(&format!("{many}a: 1\r\n")), Err(Refusal::HEADERS_TOO_LARGE));
        let long = format!("a:{}\r\n", "x".repeat(MAX_BYTES - 6));
        assert_eq!(read(&format!("{long}\r\n")).map(|all| all.len()), Ok(1));
        assert_eq!(read(&format!("a{long}\r\n")), Err(Refusal::HEADERS_TOO_LARGE));
    }
}
