//! Where an instance's base URL and the paths of its document meet.

/// The URL of a path of an instance's document, below the instance's base URL.
#[must_use]
pub fn url_of(base: &str, path: &str) -> String {
    format!("{}{path}", without_overlap(base, path))
}

/// The base URL without the end that the path begins with: a prefix that both have is not sent twice.
///
/// `https://host/reporting` and `/reporting/api/v1/workspaces` have `reporting` in common.
pub(crate) fn without_overlap<'a>(base: &'a str, path: &str) -> &'a str {
    let base = base.trim_end_matches('/');
    let Some(start) = base.find("://").and_then(|at| base[at + 3..].find('/').map(|slash| at + 3 + slash)) else {
        return base;
    };
    let (origin, own) = base.split_at(start);
    let own: Vec<&str> = own.split('/').skip(1).collect();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let shared = (1..=own.len().min(segments.len())).rev().find(|shared| {
        own[own.len() - shared..].iter().zip(&segments).all(|(one, other)| one.eq_ignore_ascii_case(other))
    });
    let kept: usize = own[..own.len() - shared.unwrap_or(0)].iter().map(|segment| segment.len() + 1).sum();
    &base[..origin.len() + kept]
}

/// The path of a URL.
pub(crate) fn path_of(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or("", |slash| &url[host + slash..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_prefix_is_not_sent_twice() {
        let table = [
            ("https://host", "/api/v1/ws", "https://host"),
            ("https://host/", "/api/v1/ws", "https://host"),
            ("https://host/reporting", "/api/v1/ws", "https://host/reporting"),
            ("https://host/reporting/", "/Reporting/api/v1/ws", "https://host"),
            ("https://host/a/reporting", "/reporting/api/v1/ws", "https://host/a"),
            ("https://host/a/b", "/a/b/api/v1/ws", "https://host"),
            ("https://host/api/v1", "/api/v1/ws", "https://host"),
            ("https://host/api", "/apis/v1/ws", "https://host/api"),
        ];
        for (base, path, expected) in table {
            assert_eq!(without_overlap(base, path), expected, "{base} and {path}");
        }
    }
}
