//! Private parts for the targets in `fuzz/`; they are public only where those are compiled.

use cxreports_core::DownloadStream;
use futures_util::{FutureExt as _, TryStreamExt as _, stream};

use crate::{name, signature::Signature};

#[must_use]
pub fn from_disposition(header: &str) -> Option<String> {
    name::from_disposition(header)
}

#[must_use]
pub fn safe(file_name: &str) -> Option<String> {
    name::safe_file_name(file_name)
}

#[must_use]
pub fn numbered(file_name: &str, number: u32) -> String {
    name::numbered(file_name, number)
}

/// The whole of a file that comes in pieces, if it begins as one of its name does.
#[must_use]
pub fn checked(file_name: &str, is_json: bool, pieces: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let stream: DownloadStream = Box::pin(stream::iter(pieces.into_iter().map(|piece| Ok(piece.into()))));
    let media_type = if is_json { "application/json" } else { "application/octet-stream" };
    let checked = Signature::of(file_name).check("fuzz", Some(media_type), stream).now_or_never()?.ok()?;
    let whole: Vec<_> = checked.try_collect().now_or_never()?.ok()?;
    Some(whole.concat())
}
