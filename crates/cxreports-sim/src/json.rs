//! JSON as text: in its own order and with all of its digits, which a parsed value would lose.

use std::borrow::Cow;

use bytes::Bytes;

/// A part of some JSON that is known to be valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `{` or `[`.
    Open(&'a str),
    /// `}` or `]`.
    Close(&'a str),
    /// The name of a member, with its quotes.
    Name(&'a str),
    /// A string, with its quotes.
    Text(&'a str),
    /// A number, or `true`, `false`, `null`.
    Plain(&'a str),
}

impl<'a> Token<'a> {
    pub(crate) fn text(self) -> &'a str {
        match self {
            Self::Open(text) | Self::Close(text) | Self::Name(text) | Self::Text(text) | Self::Plain(text) => text,
        }
    }
}

/// The tokens of valid JSON.
pub(crate) fn tokens(json: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = json;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n', ',', ':']);
        let first = rest.chars().next()?;
        let length = match first {
            '{' | '[' | '}' | ']' => 1,
            '"' => end_of_string(rest),
            _ => rest.find([' ', '\t', '\r', '\n', ',', '}', ']']).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        Some(match first {
            '{' | '[' => Token::Open(token),
            '}' | ']' => Token::Close(token),
            '"' if after.trim_start_matches([' ', '\t', '\r', '\n']).starts_with(':') => Token::Name(token),
            '"' => Token::Text(token),
            _ => Token::Plain(token),
        })
    })
}

/// The length of the string that some text begins with, with its quotes.
fn end_of_string(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// The text of a JSON string. .NET takes halves of surrogate pairs in data; here they become U+FFFD.
pub(crate) fn unquoted(string: &str) -> String {
    serde_json::from_str(string).unwrap_or_else(|_| {
        let mut repaired = String::with_capacity(string.len());
        let mut rest = string;
        while let Some(at) = rest.find('\\') {
            let (before, escape) = rest.split_at(at);
            repaired.push_str(before);
            let taken = match (unit(escape), escape.get(6..).and_then(unit)) {
                (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
                (Some(0xd800..=0xdfff), _) => {
                    repaired.push('\u{fffd}');
                    rest = &escape[6..];
                    continue;
                }
                (Some(_), _) => 6,
                (None, _) => 2,
            };
            repaired.push_str(&escape[..taken]);
            rest = &escape[taken..];
        }
        repaired.push_str(rest);
        serde_json::from_str(&repaired).unwrap_or(repaired)
    })
}

/// The UTF-16 unit that an escape like `\u00e9` stands for.
fn unit(escape: &str) -> Option<u16> {
    u16::from_str_radix(escape.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

/// How deeply arrays and objects are nested.
pub(crate) fn depth(json: &str) -> usize {
    let (mut depth, mut most) = (0_usize, 0);
    for token in tokens(json) {
        match token {
            Token::Open(_) => depth += 1,
            Token::Close(_) => depth -= 1,
            _ => {}
        }
        most = most.max(depth);
    }
    most
}

/// JSON with its tokens written anew, without spaces.
pub(crate) fn rewritten<'a>(json: &'a str, mut write: impl FnMut(Token<'a>) -> Cow<'a, str>) -> String {
    let mut text = String::with_capacity(json.len() + json.len() / 4);
    for token in tokens(json) {
        if !matches!(token, Token::Close(_)) && !text.is_empty() && !text.ends_with(['{', '[', ':']) {
            text.push(',');
        }
        text.push_str(&write(token));
        if let Token::Name(_) = token {
            text.push(':');
        }
    }
    text
}

/// The value of valid JSON: numbers that are too large for it become the largest, and halves of surrogate pairs U+FFFD.
#[cfg(feature = "validate")]
pub(crate) fn approximate(json: &str) -> serde_json::Result<serde_json::Value> {
    serde_json::from_str(json).or_else(|_| {
        let is_too_large = |number: &str| number.parse::<f64>().is_ok_and(f64::is_infinite);
        serde_json::from_str(&rewritten(json, |token| match token {
            Token::Name(text) | Token::Text(text) => serde_json::Value::from(unquoted(text)).to_string().into(),
            Token::Plain(number) if is_too_large(number) => {
                if number.starts_with('-') { f64::MIN } else { f64::MAX }.to_string().into()
            }
            token => token.text().into(),
        }))
    })
}

/// JSON that was received.
#[derive(Debug, Clone)]
pub(crate) struct Json(Bytes);

impl Json {
    /// JSON that has been checked.
    pub(crate) fn new(valid: Bytes) -> Self {
        Self(valid)
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The same JSON in memory of its own, so that what it was received in can be freed.
    pub(crate) fn detached(&self) -> Self {
        Self(Bytes::copy_from_slice(&self.0))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The number of items, if it is an array.
    pub(crate) fn items(&self) -> Option<usize> {
        let mut tokens = tokens(self.as_str());
        (tokens.next() == Some(Token::Open("["))).then_some(())?;
        let (mut depth, mut items) = (0_usize, 0);
        for token in tokens {
            items += usize::from(depth == 0 && !matches!(token, Token::Close(_)));
            match token {
                Token::Open(_) => depth += 1,
                Token::Close(_) if depth == 0 => break,
                Token::Close(_) => depth -= 1,
                _ => {}
            }
        }
        Some(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_those_of_the_text() {
        let json = r#" { "a\"b" : [1e400, -0 ,"x:{}",{}], "c":null } "#;
        let expected = [
            Token::Open("{"),
            Token::Name(r#""a\"b""#),
            Token::Open("["),
            Token::Plain("1e400"),
            Token::Plain("-0"),
            Token::Text(r#""x:{}""#),
            Token::Open("{"),
            Token::Close("}"),
            Token::Close("]"),
            Token::Name("\"c\""),
            Token::Plain("null"),
            Token::Close("}"),
        ];
        assert_eq!(tokens(json).collect::<Vec<_>>(), expected);
        assert_eq!((depth(json), depth("1"), depth("[[]]")), (3, 0, 2));
    }

    #[test]
    fn halves_of_surrogate_pairs_are_replaced() {
        for (string, expected) in [
            (r#""a\nb""#, "a\nb"),
            (r#""\ud83d\ude00!""#, "😀!"),
            (r#""\ud83d!\\""#, "\u{fffd}!\\"),
            (r#""é\ude00\ud83d\ude00\ud83d""#, "é\u{fffd}😀\u{fffd}"),
            (r#""\\ud83d\ud83d""#, "\\ud83d\u{fffd}"),
        ] {
            assert_eq!(unquoted(string), expected, "{string}");
        }
    }

    #[cfg(feature = "validate")]
    #[test]
    fn what_a_value_cannot_hold_is_approximated() {
        let json = r#"{ "a": [1e400, -1e400, 1e-400, 1.50], "\ud83d": "\ude00\n", "b": "1e400" }"#;
        let expected =
            serde_json::json!({ "a": [f64::MAX, f64::MIN, 0.0, 1.5], "\u{fffd}": "\u{fffd}\n", "b": "1e400" });
        assert_eq!(approximate(json).unwrap(), expected);
    }

    #[test]
    fn items_of_an_array_are_counted() {
        for (json, expected) in
            [("[]", Some(0)), ("[1]", Some(1)), (r#"[{"a":[1,2]}, [], "x"]"#, Some(3)), ("{}", None), ("7", None)]
        {
            assert_eq!(Json::new(Bytes::from(json)).items(), expected, "{json}");
        }
    }
}
