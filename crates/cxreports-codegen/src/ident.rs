//! Rust identifiers, as progenitor and typify make them from the names of a document.

use heck::{ToPascalCase, ToSnakeCase};
use unicode_ident::{is_xid_continue, is_xid_start};

/// A method, field or argument name.
#[must_use]
pub fn snake(name: &str) -> String {
    finish(clean(name).to_snake_case(), "x")
}

/// A type or variant name.
#[must_use]
pub fn pascal(name: &str) -> String {
    finish(clean(name).to_pascal_case(), "X")
}

/// The name, or the first of `name2`, `name3` … that is not taken; `separator` stands before the number.
#[must_use]
pub fn free(name: &str, separator: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2_u32..).map(|n| format!("{name}{separator}{n}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken(name)).expect("there is always a free number")
}

fn clean(name: &str) -> String {
    match name {
        "+1" => "plus1".to_owned(),
        "-1" => "minus1".to_owned(),
        _ => name.replace('\'', "").replace(|c: char| !is_xid_continue(c), "-"),
    }
}

fn finish(name: String, empty: &str) -> String {
    let name = match name.chars().next() {
        None => empty.to_owned(),
        Some(first) if is_xid_start(first) => name,
        Some(_) => format!("_{name}"),
    };
    if syn::parse_str::<syn::Ident>(&name).is_ok() { name } else { format!("{name}_") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_becomes_an_identifier() {
        let cases = [
            ("reportTypeId", "report_type_id", "ReportTypeId"),
            ("type", "type_", "Type"),
            ("self", "self_", "Self_"),
            ("X-Api-Key", "x_api_key", "XApiKey"),
            ("3d", "_3d", "_3d"),
            ("größe", "größe", "Größe"),
            ("", "x", "X"),
            ("$filter", "filter", "Filter"),
        ];
        for (name, snake_case, pascal_case) in cases {
            assert_eq!((snake(name).as_str(), pascal(name).as_str()), (snake_case, pascal_case), "{name}");
        }
    }
}
