//! Any two documents, the second after a NUL byte: findings that lead somewhere, and none between a document and itself.
#![no_main]

use std::collections::BTreeMap;

use cxreports_codegen::{convert::convert, fetch};
use cxreports_drift::compare;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fn read(bytes: &[u8]) -> Option<Value> {
    convert(fetch::parse(bytes, "fuzz").ok()?).ok()
}

fuzz_target!(|bytes: &[u8]| {
    let names = BTreeMap::new();
    let mut halves = bytes.splitn(2, |byte| *byte == 0);
    let Some(base) = halves.next().and_then(read) else { return };
    assert!(compare(&base, &base, &names).is_empty());
    if let Some(revision) = halves.next().and_then(read) {
        for finding in compare(&base, &revision, &names) {
            assert!(!finding.message.is_empty());
        }
        assert!(compare(&revision, &revision, &names).is_empty());
    }
});
