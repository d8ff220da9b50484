//! Finding and reading the document of an instance.

mod error;
mod http;
mod parse;
mod source;
mod tree;

use std::{io::Read, path::Path};

use self::http::{Fetcher, Found, page_error};
pub use self::{
    error::{FetchError, Remedy},
    http::json,
    parse::{parse, parse_watching},
    source::{Fetched, Options, Source, parse_url},
    tree::Repeated,
};

/// Fetches a document.
///
/// # Errors
///
/// [`FetchError`] names what was found instead, and what to do.
pub async fn fetch(source: &Source, options: &Options) -> Result<Fetched, FetchError> {
    match source {
        Source::Stdin => read(std::io::stdin().lock(), "standard input", options),
        Source::File(path) => read_file(path, options),
        Source::Document(url) => match Fetcher::new(url, options)?.get(url).await? {
            Found::Document(fetched) => Ok(*fetched),
            Found::Page { url, html, .. } => Err(page_error(&url, &html)),
            Found::Missing { url, status } => Err(FetchError::NotFound { base: url, tried: vec![status] }),
        },
        Source::Instance(url) => Fetcher::new(url, options)?.discover(url).await,
    }
}

/// Reads a document from a file.
///
/// # Errors
///
/// [`FetchError`].
pub fn read_file(path: &Path, options: &Options) -> Result<Fetched, FetchError> {
    let file =
        std::fs::File::open(path).map_err(|source| FetchError::File { path: path.display().to_string(), source })?;
    read(file, &path.display().to_string(), options)
}

fn read(from: impl Read, name: &str, options: &Options) -> Result<Fetched, FetchError> {
    let mut bytes = Vec::new();
    let limit = options.max_bytes;
    from.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| FetchError::File { path: name.to_owned(), source })?;
    if bytes.len() as u64 > limit {
        return Err(FetchError::TooLarge { url: name.to_owned(), limit });
    }
    let (document, repeated) = parse_watching(&bytes, name)?;
    Ok(Fetched { bytes, document, repeated, from: name.to_owned() })
}
