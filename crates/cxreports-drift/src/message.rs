//! Sentences in which text of documents is apart from our own, so that each renderer can escape it.

use std::fmt;

use cxreports_core::is_printable;

/// How much of a longer text of a document a message shows, in characters.
const SHOWN: usize = 100;
/// The longest text that is shown as it is: what is cut is no longer than that.
const LONGEST: usize = 140;

/// A sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Message(Vec<Part>);

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Our own words.
    Text(String),
    /// What a document or server said: a name, a value, a path. It is printable, in one line, and of a bounded length.
    Code(String),
}

impl Message {
    /// The sentence with words of ours added.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        match self.0.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ => self.0.push(Part::Text(text.to_owned())),
        }
        self
    }

    /// The sentence with text of a document added.
    #[must_use]
    pub fn code(mut self, text: &str) -> Self {
        self.0.push(Part::Code(one_line(text)));
        self
    }

    /// The sentence with another one added.
    #[must_use]
    pub fn then(self, other: Self) -> Self {
        other.0.into_iter().fold(self, |message, part| match part {
            Part::Text(text) => message.text(&text),
            Part::Code(code) => message.code(&code),
        })
    }

    /// Its parts.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.0
    }
}

/// Code stands in backquotes.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Code(code) => write!(f, "`{code}`"),
        })
    }
}

impl serde::Serialize for Message {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Text of a document in one line, without what acts on a terminal, cut where it is long.
#[must_use]
pub fn one_line(text: &str) -> String {
    let printable = |c: char| if c.is_whitespace() { Some(' ') } else { is_printable(c).then_some(c) };
    let mut characters = text.chars().filter_map(printable);
    let mut line: String = characters.by_ref().take(LONGEST).collect();
    let more = characters.count();
    if more > 0
        && let Some((cut, _)) = line.char_indices().nth(SHOWN)
    {
        line.truncate(cut);
        line.push_str(&format!("… and {} more characters", more + LONGEST - SHOWN));
    }
    line
}

/// `1 response`, `2 responses`; nothing for none.
pub(crate) fn count(number: usize, one: &str, many: &str) -> Option<String> {
    match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{number} {many}")),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
