//! Messages in the error responses of servers.

use std::fmt;

use serde_json::Value;

/// What a server says of an error, from any of the bodies that releases write: `{"error": …}`, `ProblemDetails`
/// (RFC 9457), or none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerMessage {
    /// The message for people.
    pub text: Option<String>,
    /// What is wrong with each member of the request, if the server says (`errors` of `ValidationProblemDetails`).
    pub errors: Vec<String>,
    /// The server's id of the request, for its log: of the body, or else of a header such as `X-Request-Id`.
    pub trace_id: Option<String>,
}

impl ServerMessage {
    /// Longest message that is kept, in characters.
    const MAX_CHARS: usize = 500;
    /// Most details that are kept.
    const DETAILS: usize = 10;

    /// Reads a body; what is not one of the known forms gives an empty message.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let members = match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => members,
            Ok(Value::String(text)) => return Self { text: Some(printable(&text)), ..Self::default() },
            _ => return Self::default(),
        };
        let member =
            |name: &str| members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let text = |name: &str| member(name)?.as_str().filter(|text| !text.is_empty()).map(printable);
        let known = ["error", "detail", "message", "title"].into_iter().find_map(text);
        let errors = member("errors").map(details).unwrap_or_default();
        Self { text: known, errors, trace_id: text("traceId") }
    }

    pub(crate) fn suffix(&self) -> impl fmt::Display + '_ {
        struct Suffix<'a>(&'a ServerMessage);
        impl fmt::Display for Suffix<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if let Some(text) = &self.0.text {
                    write!(f, ": {text}")?;
                }
                for (number, error) in self.0.errors.iter().enumerate() {
                    let before = match (number, &self.0.text) {
                        (0, None) => ": ",
                        (0, Some(_)) => " ",
                        _ => "; ",
                    };
                    write!(f, "{before}{error}")?;
                }
                if let Some(id) = &self.0.trace_id {
                    write!(f, " (request {id})")?;
                }
                Ok(())
            }
        }
        Suffix(self)
    }
}

/// Whether a character can be shown safely: control characters act on a terminal, and the marks that change the direction of
/// writing disguise text (Unicode Standard Annex 9).
#[must_use]
pub fn is_printable(c: char) -> bool {
    let changes_direction =
        matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    !c.is_control() && !changes_direction
}

/// Text of a server, of a bounded length, without characters that are not [printable](is_printable).
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|c| is_printable(*c)).take(ServerMessage::MAX_CHARS).collect()
}

/// The details of `ValidationProblemDetails`: messages by the member that they are about, or alone.
fn details(errors: &Value) -> Vec<String> {
    let texts = |value: &Value| match value {
        Value::String(text) => vec![printable(text)],
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).map(printable).collect(),
        _ => Vec::new(),
    };
    let all = match errors {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| {
                let name = printable(name);
                let about = if name.is_empty() { name } else { format!("{name}: ") };
                texts(value).into_iter().map(move |text| format!("{about}{text}"))
            })
            .collect(),
        other => texts(other),
    };
    all.into_iter().take(ServerMessage::DETAILS).collect()
}
