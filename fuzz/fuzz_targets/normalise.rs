//! Any document: operations in are operations out and refused, and what is generated is Rust.
#![no_main]

use cxreports_codegen::{
    convert::convert,
    document::{endpoints, uncallable},
    fetch,
    generate::{Target, generate},
    names::Names,
    normalise::normalise,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = fetch::parse(bytes, "fuzz") else { return };
    let Ok(document) = convert(document) else { return };
    let operations = endpoints(&document).len() + uncallable(&document).len();
    let Ok(normalised) = normalise(document, Vec::new(), &mut Names::default()) else { return };
    assert_eq!(operations, normalised.operations.len() + normalised.report.refused.len());
    let Ok(generated) = generate(&normalised, Target::Standalone { name: "fuzz" }) else { return };
    for (path, text) in generated.files.iter().filter(|(path, _)| path.ends_with(".rs")) {
        syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
});
