//! Any two documents, the second after a NUL byte: findings whose pointers lead somewhere, and none between a document and itself.
#![no_main]

use std::collections::BTreeMap;

use cxreports_codegen::fetch;
use cxreports_drift::{Document, Options, compare};
use libfuzzer_sys::fuzz_target;

fn read(bytes: &[u8]) -> Option<Document> {
    Document::read(fetch::parse(bytes, "fuzz").ok()?).ok()
}

fuzz_target!(|bytes: &[u8]| {
    let (names, options) = (BTreeMap::new(), Options::default());
    let mut halves = bytes.splitn(2, |byte| *byte == 0);
    let Some(base) = halves.next().and_then(read) else { return };
    assert!(compare(&base, &base, &names, options).is_empty());
    if let Some(revision) = halves.next().and_then(read) {
        for finding in compare(&base, &revision, &names, options) {
            let place = &finding.places[0];
            let side = |document: &Document, pointer: &Option<String>| {
                let parent = pointer.as_deref().and_then(|pointer| pointer.rsplit_once('/')).map_or("", |(parent, _)| parent);
                assert!(document.value().pointer(parent).is_some(), "{finding:?}");
            };
            side(&base, &place.base);
            side(&revision, &place.revision);
        }
        assert!(compare(&revision, &revision, &names, options).is_empty());
    }
});
