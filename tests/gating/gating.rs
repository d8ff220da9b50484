//! Code that asks a pin for what its instance lacks does not compile, and says why.

mod compiles;

#[test]
fn what_a_pin_lacks_does_not_compile() {
    // Run by one compiler only: each writes the same error in words of its own.
    // A case that passes would be linked, with all its dependencies: such code is in `compiles.rs`.
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
}
