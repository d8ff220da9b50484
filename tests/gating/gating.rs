//! Code that asks a pin for what its instance lacks does not compile, and says why.

#[test]
fn what_a_pin_lacks_does_not_compile() {
    // Run by one compiler only: each writes the same error in words of its own.
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
