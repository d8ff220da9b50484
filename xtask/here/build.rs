//! Does nothing: without a build script, Cargo leaves out what only build scripts and macros use.

fn main() {}
