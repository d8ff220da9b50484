//! The base URL of an instance.

use cxreports_core::Pin;
use cxreports_pin::Transport;
use url::Url;

use crate::error::BuildError;

/// The base URL of an instance, if the text is one.
pub(crate) fn base_url(text: &str) -> Result<Url, BuildError> {
    let bad = |reason: &str| BuildError::BadUrl { url: shown(text).to_owned(), reason: reason.to_owned() };
    let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("it is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("it has a user or password in it; pass a token instead"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("it has a query or a fragment"));
    }
    Ok(url)
}

/// A URL without what may be a secret: user, password, query and fragment.
pub(crate) fn shown(url: &str) -> &str {
    let place = url.split(['?', '#']).next().unwrap_or_default();
    place.rsplit('@').next().unwrap_or_default()
}

/// Where the pages of a pin's instance are.
pub(crate) fn site(transport: &Transport, pin: &Pin) -> Option<Url> {
    transport.site(&pin.operations.first()?.binding.path, pin.prefix).parse().ok()
}
