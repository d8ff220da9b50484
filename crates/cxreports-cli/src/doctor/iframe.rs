//! Whether an instance's preview page would work in an iframe, by the headers of its response.

use http::{HeaderMap, header};
use url::{Host, Url};

use super::finding::Finding;

/// Checks whether a page of `embedder` can show the preview page at `page`, which came with these headers.
pub(super) fn check(page: &Url, embedder: Option<&Url>, headers: &HeaderMap) -> [Finding; 3] {
    [frame_options(page, embedder, headers), ancestors(page, embedder, headers), cookie(page, embedder, headers)]
}

fn all(headers: &HeaderMap, name: header::HeaderName) -> Vec<String> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).map(str::to_owned).collect()
}

/// RFC 7034; browsers ignore it where `frame-ancestors` is present (CSP Level 3, 6.4.2).
fn frame_options(page: &Url, embedder: Option<&Url>, headers: &HeaderMap) -> Finding {
    let value = all(headers, header::X_FRAME_OPTIONS).join(", ");
    let same_origin = embedder.is_some_and(|embedder| embedder.origin() == page.origin());
    if value.is_empty() {
        return Finding::ok("frame-options-absent", "no X-Frame-Options");
    }
    if directive(headers).is_some() {
        let text = format!("X-Frame-Options: {value}, which frame-ancestors overrides");
        return Finding::ok("frame-options-overridden", text);
    }
    match value.to_ascii_uppercase().as_str() {
        "SAMEORIGIN" if same_origin => {
            Finding::ok("frame-options-same-origin", "X-Frame-Options: SAMEORIGIN, and the page has the same origin")
        }
        _ => Finding::fail(
            "frame-options-forbidden",
            format!(
                "X-Frame-Options: {value} forbids it: remove the header at the reverse proxy, and set frame-ancestors instead"
            ),
        ),
    }
}

fn directive(headers: &HeaderMap) -> Option<String> {
    let policies = all(headers, header::CONTENT_SECURITY_POLICY);
    let mut directives = policies.iter().flat_map(|policy| policy.split([';', ',']));
    directives.find_map(|directive| {
        let (name, sources) = directive.trim().split_once(' ').unwrap_or((directive.trim(), ""));
        name.eq_ignore_ascii_case("frame-ancestors").then(|| sources.trim().to_owned())
    })
}

/// CSP Level 3, 6.4.2.
fn ancestors(page: &Url, embedder: Option<&Url>, headers: &HeaderMap) -> Finding {
    let Some(sources) = directive(headers) else {
        return Finding::ok("frame-ancestors-absent", "no frame-ancestors: every site may embed it");
    };
    let shown = format!("frame-ancestors {sources}");
    let Some(embedder) = embedder else {
        return match sources.as_str() {
            "'none'" => Finding::fail(
                "frame-ancestors-forbidden",
                format!("{shown} forbids it everywhere: add your site to it"),
            ),
            _ => Finding::warn(
                "frame-ancestors-unchecked",
                format!("{shown}: pass --origin to check your site against it"),
            ),
        };
    };
    let origin = embedder.origin().ascii_serialization();
    if sources.split_whitespace().any(|source| matches_source(source, page, embedder)) {
        Finding::ok("frame-ancestors-allowed", format!("{shown} allows {origin}"))
    } else {
        Finding::fail("frame-ancestors-forbidden", format!("{shown} forbids it: add {origin} to it"))
    }
}

fn matches_source(source: &str, page: &Url, embedder: &Url) -> bool {
    match source {
        "*" => return true,
        "'self'" => return page.origin() == embedder.origin(),
        _ => {}
    }
    if let Some(scheme) = source.strip_suffix(':') {
        return scheme == embedder.scheme();
    }
    let (scheme, rest) = source.split_once("://").map_or((None, source), |(scheme, rest)| (Some(scheme), rest));
    let rest = rest.trim_end_matches('/');
    let (host, port) = rest.rsplit_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
    let own = embedder.host_str().unwrap_or_default();
    let host_matches = match host.strip_prefix("*.") {
        Some(domain) => own.ends_with(&format!(".{domain}")),
        None => own.eq_ignore_ascii_case(host),
    };
    let own_port = embedder.port_or_known_default().map(|port| port.to_string());
    let port_matches = match port {
        Some("*") => true,
        Some(port) => own_port.as_deref() == Some(port),
        None => embedder.port().is_none(),
    };
    host_matches && port_matches && scheme.is_none_or(|scheme| scheme == embedder.scheme())
}

/// The session cookie must be sent from inside of the frame (RFC 6265bis, 5.2 and 8.8).
fn cookie(page: &Url, embedder: Option<&Url>, headers: &HeaderMap) -> Finding {
    let cookies = all(headers, header::SET_COOKIE);
    let Some(cookie) = cookies.first() else {
        return Finding::fail(
            "cookie-absent",
            "the nonce was not exchanged for a session cookie: only the first request of the frame would be accepted",
        );
    };
    let name = cookie.split('=').next().unwrap_or_default().trim().to_owned();
    let attributes: Vec<String> =
        cookie.split(';').skip(1).map(|attribute| attribute.trim().to_ascii_lowercase()).collect();
    let has = |wanted: &str| attributes.iter().any(|attribute| attribute == wanted);
    let same_site = attributes.iter().find_map(|attribute| attribute.strip_prefix("samesite=")).unwrap_or("lax");
    if embedder.is_some_and(|embedder| self::same_site(page, embedder)) {
        let text = format!("cookie {name}: SameSite={same_site}, and your page is on the same site");
        return Finding::ok("cookie-same-site", text);
    }
    match same_site {
        "none" if !has("secure") => Finding::fail(
            "cookie-insecure",
            format!(
                "cookie {name}: SameSite=None without Secure, which browsers reject: serve the instance over https"
            ),
        ),
        "none" if !has("partitioned") => Finding::warn(
            "cookie-unpartitioned",
            format!(
                "cookie {name}: SameSite=None; Secure, which is lost in browsers that block third-party cookies: add Partitioned at the reverse proxy"
            ),
        ),
        "none" => Finding::ok("cookie-cross-site", format!("cookie {name}: SameSite=None; Secure; Partitioned")),
        other => {
            // Without an origin, the page that embeds it may be on the same site, or there may be none.
            let severity = if embedder.is_some() { Finding::fail } else { Finding::warn };
            severity(
                "cookie-blocked",
                format!(
                    "cookie {name}: SameSite={other}, which is not sent from a frame on another site: put both on one site, or set SameSite=None; Secure; Partitioned at the reverse proxy"
                ),
            )
        }
    }
}

/// Whether two URLs are on one site: same scheme, and same registrable domain by the Public Suffix List (HTML Standard, "same
/// site").
fn same_site(one: &Url, other: &Url) -> bool {
    let same_domain = match (one.host(), other.host()) {
        (Some(Host::Domain(a)), Some(Host::Domain(b))) => {
            let registrable = |host| psl::domain_str(host);
            a == b || registrable(a).is_some_and(|domain| registrable(b) == Some(domain))
        }
        (a, b) => a.is_some() && a == b,
    };
    one.scheme() == other.scheme() && same_domain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn severities(page: &str, embedder: Option<&str>, headers: &[(&'static str, &'static str)]) -> String {
        let url = |text: &str| Url::parse(text).unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        check(&url(page), embedder.map(url).as_ref(), &map)
            .iter()
            .map(|finding| finding.severity().label()[..1].to_owned())
            .collect()
    }

    #[test]
    fn what_a_browser_would_do_is_known() {
        const PAGE: &str = "https://reports.acme.example/cx";
        const SAME: &str = "https://reports.acme.example";
        const PARENT: &str = "https://acme.example";
        const SIBLING: &str = "https://app.acme.example:8443";
        const OTHER: &str = "https://app.example";
        let lax = ("set-cookie", "s=1; Path=/; SameSite=Lax");
        let none = ("set-cookie", "s=1; SameSite=None; Secure");
        let apart = ("set-cookie", "s=1; SameSite=None; Secure; Partitioned");
        type Row<'a> = (Option<&'a str>, &'a [(&'static str, &'static str)], &'a str);
        let table: &[Row<'_>] = &[
            (Some(SAME), &[lax], "ooo"),
            (Some(PARENT), &[lax], "ooo"),
            (Some(SIBLING), &[lax], "ooo"),
            (Some("http://app.acme.example"), &[lax], "oof"),
            (Some(OTHER), &[lax], "oof"),
            (None, &[lax], "oow"),
            (Some(OTHER), &[none], "oow"),
            (Some(OTHER), &[apart], "ooo"),
            (Some(OTHER), &[("set-cookie", "s=1; SameSite=None")], "oof"),
            (Some(OTHER), &[("set-cookie", "s=1")], "oof"),
            (Some(OTHER), &[], "oof"),
            (Some(OTHER), &[apart, ("x-frame-options", "DENY")], "foo"),
            (Some(SAME), &[apart, ("x-frame-options", "SAMEORIGIN")], "ooo"),
            (Some(OTHER), &[apart, ("x-frame-options", "SAMEORIGIN")], "foo"),
            (
                Some(OTHER),
                &[apart, ("x-frame-options", "DENY"), ("content-security-policy", "frame-ancestors *")],
                "ooo",
            ),
            (Some(OTHER), &[apart, ("content-security-policy", "default-src 'self'; frame-ancestors 'self'")], "ofo"),
            (
                Some(OTHER),
                &[apart, ("content-security-policy", "frame-ancestors https://*.example https://app.example")],
                "ooo",
            ),
            (
                Some("https://a.app.example"),
                &[apart, ("content-security-policy", "frame-ancestors *.app.example")],
                "ooo",
            ),
            (
                Some("https://app.example:8443"),
                &[apart, ("content-security-policy", "frame-ancestors https://app.example")],
                "ofo",
            ),
            (
                Some("https://app.example:8443"),
                &[apart, ("content-security-policy", "frame-ancestors app.example:8443")],
                "ooo",
            ),
            (None, &[apart, ("content-security-policy", "frame-ancestors 'none'")], "ofo"),
            (None, &[apart, ("content-security-policy", "frame-ancestors https://x.example")], "owo"),
        ];
        for (embedder, headers, expected) in table {
            assert_eq!(severities(PAGE, *embedder, headers), *expected, "{embedder:?} {headers:?}");
        }
    }

    #[test]
    fn a_site_is_a_registrable_domain() {
        let table = [
            ("https://a.acme.co.uk", "https://b.acme.co.uk", true),
            ("https://acme.co.uk", "https://other.co.uk", false),
            ("https://a.github.io", "https://b.github.io", false),
            ("http://127.0.0.1:80", "http://127.0.0.1:81", true),
            ("http://10.0.0.1", "http://20.0.0.1", false),
            ("http://localhost:1", "http://localhost:2", true),
        ];
        for (one, other, expected) in table {
            assert_eq!(same_site(&one.parse().unwrap(), &other.parse().unwrap()), expected, "{one} {other}");
        }
    }
}
