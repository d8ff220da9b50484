//! Prints a document of 342 operations, for measuring:
//!
//! ```sh
//! cargo run -p cxreports-codegen --example large_document > large.json
//! cargo xtask generate --input large.json --output large --crate-name large --timings
//! ```

#[path = "../tests/large/mod.rs"]
mod large;

fn main() {
    println!("{}", large::document(19));
}
