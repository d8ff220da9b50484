//! Formats: those that decide what a value is, and those that only annotate it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{comparison::Comparison, number::Number, view::View};
use crate::rules::Rule;

/// Formats by which generators of clients choose a type, or which servers and validators check: those of OpenAPI's registry and of
/// JSON Schema, and what Swashbuckle and NSwag write for types of .NET. Any other format is an annotation: ASP.NET writes the names of
/// `DataType` for example, like `html`, `tel` and `postal-code`.
const KNOWN: [&str; 42] = [
    "base64",
    "base64url",
    "binary",
    "byte",
    "char",
    "date",
    "date-span",
    "date-time",
    "date-time-local",
    "decimal",
    "decimal128",
    "double",
    "double-int",
    "duration",
    "email",
    "float",
    "guid",
    "hostname",
    "http-date",
    "idn-email",
    "idn-hostname",
    "int16",
    "int32",
    "int64",
    "int8",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "regex",
    "relative-json-pointer",
    "time",
    "time-local",
    "time-span",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uri",
    "uri-reference",
    "uuid",
];

/// The smallest and the largest value of each format of whole numbers.
const RANGES: [(&str, i128, i128); 8] = [
    ("int8", i8::MIN as i128, i8::MAX as i128),
    ("int16", i16::MIN as i128, i16::MAX as i128),
    ("int32", i32::MIN as i128, i32::MAX as i128),
    ("int64", i64::MIN as i128, i64::MAX as i128),
    ("uint8", 0, u8::MAX as i128),
    ("uint16", 0, u16::MAX as i128),
    ("uint32", 0, u32::MAX as i128),
    ("uint64", 0, u64::MAX as i128),
];

impl View<'_> {
    /// The formats that decide what a value is, or those that do not. How a password is displayed is nobody's concern.
    fn formats(&self, is_known: bool) -> BTreeSet<&str> {
        let stated = self.all("format").filter_map(Value::as_str).map(|format| match format {
            // NSwag's names of what Swashbuckle calls otherwise.
            "guid" => "uuid",
            "decimal" if self.kind() == Some("number") => "double",
            format => format,
        });
        stated.filter(|format| *format != "password" && KNOWN.contains(format) == is_known).collect()
    }

    /// The smallest and the largest whole number that the format has.
    pub(super) fn range(&self) -> Option<(Number, Number)> {
        let formats = self.formats(true);
        let ranges = RANGES.iter().filter(|(format, ..)| formats.contains(format));
        let range = ranges
            .map(|(_, least, most)| (*least, *most))
            .reduce(|one, other| (one.0.max(other.0), one.1.min(other.1)));
        range.map(|(least, most)| (Number::Whole(least), Number::Whole(most)))
    }
}

impl Comparison<'_> {
    pub(super) fn formats(&mut self) {
        if self.before.kind() != self.after.kind() {
            return;
        }
        let value = |formats: &BTreeSet<&str>| {
            let names: Vec<&str> = formats.iter().copied().collect();
            (!names.is_empty()).then(|| Value::from(names.join(" and ")))
        };
        let (before, after) = (self.before.formats(true), self.after.formats(true));
        if before != after {
            // A file is a part of a form of its own, with a name: ASP.NET takes no text for it, nor the reverse.
            let is_file = |formats: &BTreeSet<&str>| formats.contains("binary");
            let rule = if is_file(&before) != is_file(&after) {
                Rule::FormatChanged
            } else if is_narrower(&after, &before) {
                Rule::FormatNarrowed
            } else if is_narrower(&before, &after) {
                Rule::FormatWidened
            } else {
                Rule::FormatChanged
            };
            let (before, after) = (value(&before), value(&after));
            self.changed(rule, "format", before.as_ref(), after.as_ref());
            return;
        }
        let (before, after) = (self.before.formats(false), self.after.formats(false));
        if before != after {
            let (before, after) = (value(&before), value(&after));
            self.changed(Rule::FormatNoteChanged, "format", before.as_ref(), after.as_ref());
        }
    }
}

/// Whether every value of the one formats has the other ones, too.
fn is_narrower(one: &BTreeSet<&str>, other: &BTreeSet<&str>) -> bool {
    other.iter().all(|wide| one.iter().any(|narrow| narrow == wide || is_within(narrow, wide)))
}

fn is_within(narrow: &str, wide: &str) -> bool {
    let range = |format: &str| RANGES.iter().find(|(name, ..)| *name == format);
    match (range(narrow), range(wide)) {
        (Some((_, least, most)), Some((_, lowest, highest))) => lowest <= least && most <= highest,
        _ => (narrow, wide) == ("float", "double"),
    }
}
