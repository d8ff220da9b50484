//! Request targets (RFC 9112, 3.2), and their paths as Kestrel decodes them.

use std::borrow::Cow;

use super::{host, refusal::Refusal};

/// A request target.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The path, decoded; empty for `*` and authorities.
    pub(super) path: String,
    /// The query as it is, without its question mark.
    pub(super) query: String,
    /// The values of `Host` that agree with it; none for a target without an authority.
    pub(super) hosts: Vec<String>,
}

impl Target {
    pub(super) fn parse(method: &str, target: &str) -> Result<Self, Refusal> {
        if !target.bytes().all(|c| matches!(c, 1..=0x7f)) {
            return Err(Refusal::BAD_REQUEST);
        }
        if target.starts_with('/') {
            return Self::origin(target, Vec::new());
        }
        if target == "*" {
            let path = (method == "OPTIONS").then(String::new).ok_or(Refusal::only_for("OPTIONS"))?;
            return Ok(Self { path, query: String::new(), hosts: Vec::new() });
        }
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] {
            let Some((start, rest)) = target.split_at_checked(scheme.len()) else { continue };
            if start.eq_ignore_ascii_case(scheme) {
                return Self::absolute(rest, port);
            }
        }
        let is_authority = |c: u8| c.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]@".contains(&c);
        match target.bytes().all(is_authority) {
            true if method == "CONNECT" => {
                Ok(Self { path: String::new(), query: String::new(), hosts: vec![target.to_owned()] })
            }
            true => Err(Refusal::only_for("CONNECT")),
            false => Err(Refusal::BAD_REQUEST),
        }
    }

    fn origin(target: &str, hosts: Vec<String>) -> Result<Self, Refusal> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Ok(Self { path: decoded(path)?, query: query.to_owned(), hosts })
    }

    /// A target without its scheme, whose port is the one given unless it names another.
    fn absolute(target: &str, default_port: &str) -> Result<Self, Refusal> {
        let end = target.find(['/', '?']).unwrap_or(target.len());
        let (authority, path) = target.split_at(end);
        // .NET writes hosts in lower case, and compares them with `Host` as they are.
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_ascii_lowercase();
        if host.is_empty() || !host::is_valid(&host) {
            return Err(Refusal::BAD_REQUEST);
        }
        let has_port = host.rfind(':').is_some_and(|colon| !host[colon..].contains(']'));
        let hosts = match host.strip_suffix(default_port) {
            Some(name) => vec![name.to_owned(), host],
            None if has_port => vec![host],
            None => vec![format!("{host}{default_port}"), host],
        };
        let path = if path.starts_with('/') { Cow::Borrowed(path) } else { Cow::Owned(format!("/{path}")) };
        Self::origin(&path, hosts)
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
        let parse = |method, target| Target::parse(method, target).map(|target| (target.path, target.hosts.join(" ")));
        assert_eq!(parse("GET", "http://SIM:81/a?b"), Ok(("/a".into(), "sim:81".into())));
        assert_eq!(parse("GET", "http://sim:80"), Ok(("/".into(), "sim sim:80".into())));
        assert_eq!(parse("GET", "HTTPS://me@sim?b"), Ok(("/".into(), "sim:443 sim".into())));
        assert_eq!(parse("GET", "http://[::1]/"), Ok(("/".into(), "[::1]:80 [::1]".into())));
        assert_eq!(parse("OPTIONS", "*"), Ok((String::new(), String::new())));
        assert_eq!(parse("GET", "*"), Err(Refusal::only_for("OPTIONS")));
        assert_eq!(parse("CONNECT", "sim:80"), Ok((String::new(), "sim:80".into())));
        assert_eq!(parse("GET", "sim:80"), Err(Refusal::only_for("CONNECT")));
        for target in ["a/b", "http:///a", "http://a:x/", "/é", "/a\0", "/?é"] {
            assert_eq!(parse("GET", target), Err(Refusal::BAD_REQUEST), "{target}");
        }
    }
}
