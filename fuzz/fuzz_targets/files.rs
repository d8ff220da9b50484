//! Any `Content-Disposition` and any beginning of a file: a name that is one plain component, and the bytes as they came.
#![no_main]

use std::path::{Component, Path};

use cxreports::fuzzing::{checked, from_disposition, numbered, safe};
use cxreports_core::is_printable;
use libfuzzer_sys::fuzz_target;

fn check(name: &str) {
    let parts: Vec<_> = Path::new(name).components().collect();
    assert!(matches!(parts.as_slice(), [Component::Normal(_)]), "{name:?}");
    assert!(!name.contains(['/', '\\', ':', '\0']) && !name.starts_with('.') && name.chars().all(is_printable), "{name:?}");
    assert!(name.len() <= 255, "{name:?}");
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for name in [from_disposition(&text), Some(text.into_owned())].into_iter().flatten() {
        if let Some(name) = safe(&name) {
            check(&name);
            assert_eq!(safe(&name), Some(name.clone()), "a safe name is safe");
            check(&numbered(&name, u32::MAX));
        }
    }
    if let Some((first, rest)) = bytes.split_first() {
        let name = ["a.pdf", "a.zip", "a.html", "a"][usize::from(first % 4)];
        let pieces: Vec<Vec<u8>> = rest.split_inclusive(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
        if let Some(whole) = checked(name, first % 8 > 3, pieces) {
            assert_eq!(whole, rest);
        }
    }
});
