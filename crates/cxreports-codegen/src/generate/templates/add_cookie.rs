/// What a cookie's value cannot have (RFC 6265, 4.1.1), and the percent sign.
const COOKIE: &percent_encoding::AsciiSet =
    &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\').add(b'%');

/// Adds a cookie to the one `Cookie` header that a request may have (RFC 6265, 5.4).
pub(crate) fn add_cookie(
    headers: &mut reqwest::header::HeaderMap,
    name: &str,
    value: &str,
) -> Result<(), reqwest::header::InvalidHeaderValue> {
    let cookie = format!("{name}={}", percent_encoding::utf8_percent_encode(value, COOKIE));
    let all = match headers.get(reqwest::header::COOKIE).and_then(|cookies| cookies.to_str().ok()) {
        Some(before) => format!("{before}; {cookie}"),
        None => cookie,
    };
    headers.insert(reqwest::header::COOKIE, all.try_into()?);
    Ok(())
}
