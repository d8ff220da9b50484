use http::{
    HeaderMap,
    header::{self, HeaderValue},
};

/// The media type of a response in JSON, as ASP.NET's output formatter chooses it: the one that is asked for with the highest
/// quality, unless anything at all is asked for; `application/json` when none of them is JSON.
pub(crate) fn json_media_type(headers: &HeaderMap) -> HeaderValue {
    const DEFAULT: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut wanted: Vec<(String, f32)> = accept.flat_map(|value| value.split(',')).filter_map(media_range).collect();
    if wanted.iter().any(|(essence, _)| essence == "*/*") {
        return DEFAULT;
    }
    // Of equal ones, the first stays the first.
    wanted.sort_by(|one, other| other.1.total_cmp(&one.1));
    let chosen = wanted
        .iter()
        .find(|(essence, quality)| *quality > 0.0 && is_json(essence))
        .map(|(essence, _)| essence.as_str());
    match chosen {
        None | Some("application/json" | "application/*") => DEFAULT,
        Some("text/*") => HeaderValue::from_static("text/json; charset=utf-8"),
        Some(essence) => HeaderValue::from_str(&format!("{essence}; charset=utf-8")).unwrap_or(DEFAULT),
    }
}

fn is_json(essence: &str) -> bool {
    matches!(essence, "application/json" | "text/json" | "application/*" | "text/*")
        || (essence.starts_with("application/") && essence.ends_with("+json") && !essence.contains('*'))
}

/// A media range in lower case, and its quality.
fn media_range(text: &str) -> Option<(String, f32)> {
    let text = text.to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().filter(|essence| essence.contains('/'))?.to_owned();
    let quality = parts.find_map(|parameter| parameter.strip_prefix("q=")?.parse().ok());
    Some((essence, quality.unwrap_or(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_written_under_the_name_that_is_asked_for() {
        for (accept, expected) in [
            ("", "application/json"),
            ("application/json", "application/json"),
            ("text/json", "text/json"),
            ("application/hal+json", "application/hal+json"),
            ("text/json;q=0.5, application/json", "application/json"),
            ("text/json, application/json", "text/json"),
            ("text/json, */*;q=0.1", "application/json"),
            ("text/html", "application/json"),
            ("text/json;q=0", "application/json"),
            ("Text/JSON;Q=0.9, application/json;q=0.1", "text/json"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(json_media_type(&headers).to_str().unwrap(), format!("{expected}; charset=utf-8"), "{accept}");
        }
    }
}
