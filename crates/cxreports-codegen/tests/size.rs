//! How much is generated from a large document.

use cxreports_codegen::{
    generate::{Target, generate},
    names::Names,
    pipeline::Pipeline,
};

#[test]
fn a_large_document_gives_a_small_crate() {
    let document = crate::large::document(19);
    assert!(document.to_string().len() > 500_000);
    let normalised = Pipeline::default().normalise(document, &mut Names::default(), &mut |_| {}).unwrap();
    assert_eq!(normalised.operations.len(), 342);
    let generated = generate(&normalised, Target::Standalone { name: "large" }).unwrap();
    let lines: usize = generated.files.values().map(|text| text.lines().count()).sum();
    println!("{lines} lines");
    assert!(lines <= 40_000, "{lines} lines");
    // All members of its types may be left out: what serde derives for each takes a compiler several times as long.
    assert!(!generated.files["src/types.rs"].contains("Deserialize"));
}
