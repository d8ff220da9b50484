//! Whatever a document looks like, it can be compared.

#[path = "../../cxreports-codegen/tests/mutate/mod.rs"]
mod mutate;

use std::collections::BTreeMap;

use cxreports_drift::{Document, Options, compare};
use mutate::{documents, mutate, rounds};

#[test]
fn a_mutated_document_is_compared_with_what_it_was() {
    let rounds = rounds();
    let originals: Vec<_> =
        documents().into_iter().filter(|(_, document)| Document::read(document.clone()).is_ok()).collect();
    let options = Options::default();
    let (names, mut found) = (BTreeMap::new(), 0);
    for seed in 0..rounds {
        let mut random = fastrand::Rng::with_seed(seed);
        let (_, original) = &originals[random.usize(0..originals.len())];
        let mut document = original.clone();
        let did: Vec<String> = (0..random.usize(1..4)).map(|_| mutate(&mut document, &mut random)).collect();
        let Ok(document) = Document::read(document) else { continue };
        let original = Document::read(original.clone()).unwrap();
        let outcome = std::panic::catch_unwind(|| {
            assert_eq!(compare(&document, &document, &names, options), []);
            compare(&original, &document, &names, options).len() + compare(&document, &original, &names, options).len()
        });
        found += outcome.unwrap_or_else(|_| panic!("seed {seed}: {did:?}: a panic"));
    }
    assert!(found > rounds as usize / 2, "only {found} findings");
}
