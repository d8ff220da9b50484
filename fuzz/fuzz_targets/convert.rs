//! Any bytes: a document in OpenAPI 3.0, or an error that names the place.
#![no_main]

use cxreports_codegen::{convert::convert, fetch};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = fetch::parse(bytes, "fuzz") else { return };
    match convert(document) {
        Ok(document) => assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.0"))),
        Err(error) => assert!(error.to_string().starts_with('/')),
    }
});
