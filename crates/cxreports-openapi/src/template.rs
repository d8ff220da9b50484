//! Templates of paths: `/reports/{id}`, also as ASP.NET's routes write them.

/// A piece of a path template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'p> {
    /// Text that is sent as it is.
    Literal(&'p str),
    /// A parameter, by its name.
    Parameter(&'p str),
}

/// The pieces of a path template, in their order.
///
/// The constraints, defaults and marks of ASP.NET's routes are no part of a parameter's name, and braces inside of a constraint are
/// written twice ("Routing in ASP.NET Core", route templates).
///
/// ```
/// use cxreports_openapi::document::{Piece, pieces};
///
/// let found = pieces("/r/{id:regex(^\\d{{2}}$)}.pdf");
/// assert_eq!(found, [Piece::Literal("/r/"), Piece::Parameter("id"), Piece::Literal(".pdf")]);
/// ```
#[must_use]
pub fn pieces(path: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = path;
    while let Some((from, to)) = braces(rest) {
        if from > 0 {
            pieces.push(Piece::Literal(&rest[..from]));
        }
        pieces.push(Piece::Parameter(parameter_name(&rest[from + 1..to])));
        rest = &rest[to + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    pieces
}

/// Where the first pair of braces begins and ends.
fn braces(text: &str) -> Option<(usize, usize)> {
    let from = text.find('{')?;
    let mut depth = 0_usize;
    for (at, c) in text[from..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return Some((from, from + at)),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The name of a route parameter, without constraints, defaults and marks of ASP.NET (`*id:int=7?`).
pub(crate) fn parameter_name(inside: &str) -> &str {
    inside.trim_start_matches('*').split([':', '=', '?']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_parameters() {
        for (path, names) in [
            ("/r", vec![]),
            ("/r/{id}", vec!["id"]),
            ("/r/{id:int}/{*rest}", vec!["id", "rest"]),
            ("/r/{**path}", vec!["path"]),
            ("/r/{id?}/{page=1}", vec!["id", "page"]),
            ("/r({a},{b:regex(^x{{1,2}}$)})", vec!["a", "b"]),
            ("/r/{torn", vec![]),
            ("/r/}{/{a}", vec![]),
        ] {
            let found: Vec<_> = pieces(path)
                .into_iter()
                .filter_map(|piece| match piece {
                    Piece::Parameter(name) => Some(name),
                    Piece::Literal(_) => None,
                })
                .collect();
            assert_eq!(found, names, "{path}");
        }
    }
}
