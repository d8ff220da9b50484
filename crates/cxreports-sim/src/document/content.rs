use crate::json::{Json, Token, tokens, unquoted};

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
    pub(crate) const MAX_ROWS: usize = 1_000;

    /// The most bytes of data that a document shows.
    const MAX_BYTES: usize = 4 << 20;

    pub(crate) fn add_facts(&mut self, json: &Json) {
        flatten(json, &mut self.facts);
    }

    pub(crate) fn add_data(&mut self, json: &Json) {
        flatten(json, &mut self.rows);
    }
}

/// An object or an array that has been opened.
struct Opened {
    /// The length of the place without what is in it.
    place: usize,
    /// Items so far, of an array.
    items: Option<usize>,
}

/// Each value with its place, in the order of the JSON, until there are too many.
fn flatten(json: &Json, rows: &mut Vec<(String, String)>) {
    let (mut place, mut opened) = (String::new(), Vec::<Opened>::new());
    let mut bytes = 0;
    for token in tokens(json.as_str()) {
        if let Token::Close(_) = token {
            opened.pop();
            continue;
        }
        if let Some(inner) = opened.last_mut() {
            let name = match (token, &mut inner.items) {
                (Token::Name(name), _) => Some(unquoted(name)),
                (_, Some(items)) => {
                    *items += 1;
                    Some(items.to_string())
                }
                _ => None,
            };
            if let Some(name) = name {
                place.truncate(inner.place);
                place.push_str(if place.is_empty() { "" } else { "." });
                place.push_str(&name);
            }
        }
        let value = match token {
            Token::Open(sign) => {
                opened.push(Opened { place: place.len(), items: (sign == "[").then_some(0) });
                continue;
            }
            Token::Text(text) => unquoted(text),
            Token::Plain(text) => text.to_owned(),
            Token::Name(_) | Token::Close(_) => continue,
        };
        bytes += place.len() + value.len();
        if rows.len() >= Content::MAX_ROWS || bytes > Content::MAX_BYTES {
            return;
        }
        rows.push((place.clone(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(json: &str) -> String {
        let mut rows = Vec::new();
        flatten(&Json::new(json.to_owned().into()), &mut rows);
        rows.iter().map(|(place, value)| format!("{place}={value}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn values_are_in_the_order_of_the_json_with_all_of_their_digits() {
        let json = r#"{ "z": [1e400, {"b": -0, "a": "x"}, []], "é": {"q": null}, "m": 12345678901234567890.10 }"#;
        assert_eq!(flat(json), "z.1=1e400 z.2.b=-0 z.2.a=x é.q=null m=12345678901234567890.10");
        assert_eq!((flat("7"), flat("[[1,2],3]"), flat("{}")), ("=7".into(), "1.1=1 1.2=2 2=3".into(), String::new()));
    }

    #[test]
    fn what_is_too_much_is_left_out() {
        assert_eq!(flat(&format!("[{}0]", "1,".repeat(100_000))).split(' ').count(), Content::MAX_ROWS);
        assert_eq!(flat(&format!("[1, \"{}\", 2]", "x".repeat(Content::MAX_BYTES))), "1=1");
    }
}
