//! Request targets (RFC 9112, 3.2), and their paths as Kestrel decodes them.

use std::borrow::Cow;

use super::refusal::Refusal;

/// A request target.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The path, decoded; empty for `*` and authorities.
    pub(super) path: String,
    /// The query as it is, without its question mark.
    pub(super) query: String,
    /// The authority that the target names.
    pub(super) authority: Option<String>,
}

impl Target {
    pub(super) fn parse(method: &str, target: &str) -> Result<Self, Refusal> {
        if !target.bytes().all(|c| matches!(c, 1..=0x7f)) {
            return Err(Refusal::BAD_REQUEST);
        }
        if target.starts_with('/') {
            return Self::origin(target, None);
        }
        if target == "*" {
            let path = (method == "OPTIONS").then(String::new).ok_or(Refusal::only_for("OPTIONS"))?;
            return Ok(Self { path, query: String::new(), authority: None });
        }
        if let Some(rest) = ["http://", "https://"].iter().find_map(|scheme| {
            let (start, rest) = target.split_at_checked(scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then_some(rest)
        }) {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            if authority.is_empty() {
                return Err(Refusal::BAD_REQUEST);
            }
            let path = if path.starts_with('/') { Cow::Borrowed(path) } else { Cow::Owned(format!("/{path}")) };
            return Self::origin(&path, Some(authority.to_owned()));
        }
        let is_authority = |c: u8| c.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]@".contains(&c);
        match target.bytes().all(is_authority) {
            true if method == "CONNECT" => {
                Ok(Self { path: String::new(), query: String::new(), authority: Some(target.to_owned()) })
            }
            true => Err(Refusal::only_for("CONNECT")),
            false => Err(Refusal::BAD_REQUEST),
        }
    }

    fn origin(target: &str, authority: Option<String>) -> Result<Self, Refusal> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Ok(Self { path: decoded(path)?, query: query.to_owned(), authority })
    }
}

/// A path without escapes, but for `%2F` and bytes that are not UTF-8, and without segments of dots.
fn decoded(path: &str) -> Result<String, Refusal> {
    let path = if path.contains('%') { unescaped(path)? } else { Cow::Borrowed(path) };
    if !path.contains("/.") {
        return Ok(path.into_owned());
    }
    let mut segments = Vec::new();
    let mut given = path[1..].split('/').peekable();
    while let Some(segment) = given.next() {
        match segment {
            "." | ".." => {
                if segment == ".." {
                    segments.pop();
                }
                if given.peek().is_none() {
                    segments.push("");
                }
            }
            segment => segments.push(segment),
        }
    }
    Ok(format!("/{}", segments.join("/")))
}

fn unescaped(path: &str) -> Result<Cow<'_, str>, Refusal> {
    let mut text = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        match after.get(..2).filter(|_| first == b'%').and_then(hexadecimal) {
            Some(0) => return Err(Refusal::BAD_REQUEST),
            Some(byte) if byte != b'/' => {
                text.push(byte);
                rest = &after[2..];
            }
            _ => {
                text.push(first);
                rest = after;
            }
        }
    }
    // A path that is not UTF-8 is kept as it is.
    Ok(String::from_utf8(text).map_or(Cow::Borrowed(path), Cow::Owned))
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let digit = |c: u8| char::from(c).to_digit(16);
    u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_as_by_kestrel() {
        for (path, expected) in [
            ("/", "/"),
            ("/a//b/", "/a//b/"),
            ("/%66i%6Eance", "/finance"),
            ("/a%2Fb%2fc", "/a%2Fb%2fc"),
            ("/%C3%A9", "/é"),
            ("/%ff", "/%ff"),
            ("/100%", "/100%"),
            ("/%zz%4", "/%zz%4"),
            ("/a/./b/../c", "/a/c"),
            ("/a/%2e%2E/b", "/b"),
            ("/a/..", "/"),
            ("/a/.", "/a/"),
            ("/../../a", "/a"),
            ("/.a/..b/c..", "/.a/..b/c.."),
        ] {
            assert_eq!(decoded(path).as_deref(), Ok(expected), "{path}");
        }
        assert_eq!(decoded("/a%00b"), Err(Refusal::BAD_REQUEST));
    }

    #[test]
    fn targets_have_four_forms() {
        let parse = |method, target| Target::parse(method, target).map(|target| (target.path, target.authority));
        assert_eq!(parse("GET", "http://SIM:80/a?b"), Ok(("/a".into(), Some("SIM:80".into()))));
        assert_eq!(parse("GET", "HTTPS://me@sim?b"), Ok(("/".into(), Some("sim".into()))));
        assert_eq!(parse("OPTIONS", "*"), Ok((String::new(), None)));
        assert_eq!(parse("GET", "*"), Err(Refusal::only_for("OPTIONS")));
        assert_eq!(parse("CONNECT", "sim:80"), Ok((String::new(), Some("sim:80".into()))));
        assert_eq!(parse("GET", "sim:80"), Err(Refusal::only_for("CONNECT")));
        for target in ["a/b", "http:///a", "/é", "/a\0", "/?é"] {
            assert_eq!(parse("GET", target), Err(Refusal::BAD_REQUEST), "{target}");
        }
    }
}
