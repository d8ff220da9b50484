//! The line of a JSON pointer in the text of a document.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The line of what a pointer leads to, or of what would hold it, from 1.
pub(super) fn line_of(text: &str, pointer: &str) -> usize {
    let position = position(text, pointer);
    1 + text.as_bytes()[..position].iter().filter(|byte| **byte == b'\n').count()
}

/// Where the value begins, in bytes.
fn position(text: &str, pointer: &str) -> usize {
    let mut value = text;
    // A pointer into a document of Swagger 2.0 was converted with it.
    let is_swagger2 = text.contains("\"swagger\"") && !text.contains("\"components\"");
    let pointer =
        if is_swagger2 { pointer.replacen("/components/schemas/", "/definitions/", 1) } else { pointer.to_owned() };
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        let member =
            serde_json::from_str::<BTreeMap<String, &RawValue>>(value).ok().and_then(|m| m.get(&segment).copied());
        let item = || {
            let items: Vec<&RawValue> = serde_json::from_str(value).ok()?;
            items.get(segment.parse::<usize>().ok()?).copied()
        };
        match member.or_else(item) {
            Some(found) => value = found.get(),
            None => break,
        }
    }
    // Raw values borrow from the text.
    (value.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_text() {
        let text = "{\n  \"paths\": {\n    \"/a/{b}\": {\n      \"get\": {\n        \"parameters\": [\n          {},\n          { \"in\": \"query\" }\n        ]\n      }\n    }\n  }\n}\n";
        for (pointer, line) in [
            ("", 1),
            ("/paths/~1a~1{b}", 3),
            ("/paths/~1a~1{b}/get/parameters/1/in", 7),
            ("/paths/~1a~1{b}/get/responses/200", 4),
            ("/components/schemas/X", 1),
        ] {
            assert_eq!(line_of(text, pointer), line, "{pointer}");
        }
        assert_eq!(line_of("not json", "/a"), 1);
        let swagger = "{\n\"swagger\": \"2.0\",\n\"definitions\": {\n\"A\": {}\n}}";
        assert_eq!(line_of(swagger, "/components/schemas/A"), 4);
    }
}
