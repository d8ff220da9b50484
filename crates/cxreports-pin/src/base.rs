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
    let origin = origin(base);
    &base[..origin + path_without_overlap(&base[origin..], path).len()]
}

/// The length of a URL's scheme and host.
pub(crate) fn origin(url: &str) -> usize {
    let Some(scheme) = url.find("://") else { return url.len() };
    url[scheme + 3..].find('/').map_or(url.len(), |slash| scheme + 3 + slash)
}

/// The path of a base URL without the end that the path begins with.
pub(crate) fn path_without_overlap<'a>(own: &'a str, path: &str) -> &'a str {
    if own.is_empty() {
        return own;
    }
    let segments: Vec<&str> = own.split('/').skip(1).collect();
    let others: Vec<&str> = path.split('/').skip(1).collect();
    let shared = (1..=segments.len().min(others.len())).rev().find(|shared| {
        segments[segments.len() - shared..].iter().zip(&others).all(|(one, other)| one.eq_ignore_ascii_case(other))
    });
    let kept = &segments[..segments.len() - shared.unwrap_or(0)];
    &own[..kept.iter().map(|segment| segment.len() + 1).sum()]
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
