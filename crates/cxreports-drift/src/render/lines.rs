//! The lines of JSON pointers in the text of a document.

use std::collections::HashMap;

use serde_json::value::RawValue;

/// The lines of a document. Each part of it is read once, however many pointers lead through it.
pub(super) struct Lines<'t> {
    text: &'t str,
    /// Where each line ends, in bytes.
    ends: Vec<usize>,
    /// Whether it is of Swagger 2.0, which keeps its components elsewhere.
    is_swagger2: bool,
    /// What is directly in a value, by where the value begins.
    parts: HashMap<usize, Parts<'t>>,
}

enum Parts<'t> {
    Members(HashMap<String, &'t RawValue>),
    Items(Vec<&'t RawValue>),
    None,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self {
            text,
            ends: text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect(),
            is_swagger2: text.contains("\"swagger\"") && !text.contains("\"components\""),
            parts: HashMap::new(),
        }
    }

    /// Whether lines are known: those of JSON are.
    pub(super) fn are_known(&self) -> bool {
        self.text.trim_start().starts_with('{')
    }

    /// The line of what a pointer leads to, or of what would hold it, from 1.
    pub(super) fn line_of(&mut self, pointer: &str) -> usize {
        let position = self.position(pointer);
        1 + self.ends.partition_point(|end| *end < position)
    }

    /// Where the value begins, in bytes.
    fn position(&mut self, pointer: &str) -> usize {
        let pointer = if self.is_swagger2 {
            pointer.replacen("/components/schemas/", "/definitions/", 1).replacen(
                "/components/securitySchemes/",
                "/securityDefinitions/",
                1,
            )
        } else {
            pointer.to_owned()
        };
        let mut value = self.text;
        for segment in pointer.split('/').skip(1) {
            match self.part(value, &segment.replace("~1", "/").replace("~0", "~")) {
                Some(found) => value = found.get(),
                None => break,
            }
        }
        self.offset(value)
    }

    /// Where a part of the text begins: raw values borrow from the text.
    fn offset(&self, part: &str) -> usize {
        (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize)
    }

    fn part(&mut self, value: &'t str, segment: &str) -> Option<&'t RawValue> {
        let offset = self.offset(value);
        match self.parts.entry(offset).or_insert_with(|| Parts::read(value)) {
            Parts::Members(members) => members.get(segment).copied(),
            Parts::Items(items) => items.get(segment.parse::<usize>().ok()?).copied(),
            Parts::None => None,
        }
    }
}

impl<'t> Parts<'t> {
    fn read(value: &'t str) -> Self {
        let members = || serde_json::from_str(value).map(Self::Members);
        let items = || serde_json::from_str(value).map(Self::Items);
        members().or_else(|_| items()).unwrap_or(Self::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_text() {
        let text = "{\n  \"paths\": {\n    \"/a/{b}\": {\n      \"get\": {\n        \"parameters\": [\n          {},\n          { \"in\": \"query\" }\n        ]\n      }\n    }\n  }\n}\n";
        let mut lines = Lines::new(text);
        for (pointer, line) in [
            ("", 1),
            ("/paths/~1a~1{b}", 3),
            ("/paths/~1a~1{b}/get/parameters/1/in", 7),
            ("/paths/~1a~1{b}/get/responses/200", 4),
            ("/components/schemas/X", 1),
        ] {
            assert_eq!(lines.line_of(pointer), line, "{pointer}");
        }
        assert_eq!(Lines::new(&format!("\u{feff}{text}")).line_of("/paths/~1a~1{b}"), 3);
        assert!(lines.are_known() && !Lines::new("openapi: 3.0.1").are_known());
        assert_eq!(Lines::new("not json").line_of("/a"), 1);
        assert_eq!(Lines::new("").line_of("/a"), 1);
        let swagger =
            "{\n\"swagger\": \"2.0\",\n\"definitions\": {\n\"A\": {}\n},\n\"securityDefinitions\": {\"B\": {}}}";
        assert_eq!(Lines::new(swagger).line_of("/components/schemas/A"), 4);
        assert_eq!(Lines::new(swagger).line_of("/components/securitySchemes/B"), 6);
    }
}
