/// All but the unreserved characters of RFC 3986, 2.3.
const SEGMENT: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a value as one segment of a path. URL parsers take dot segments away even when they are encoded once, so those
/// are encoded twice: the server sees a name that it does not have, not another path.
pub(crate) fn encode_path(segment: &str) -> String {
    match segment {
        "." => "%252E".to_owned(),
        ".." => "%252E%252E".to_owned(),
        _ => percent_encoding::utf8_percent_encode(segment, SEGMENT).to_string(),
    }
}
