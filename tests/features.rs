//! `cargo xtask` builds the dependencies of this workspace with the features that they have in `cargo test --workspace`, which would
//! build them once more otherwise.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

type Features = BTreeSet<String>;

/// The features with which each package of a registry is built, each time that it is.
fn features(arguments: &[&str]) -> BTreeMap<String, BTreeSet<Features>> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "--prefix", "none", "--format", "{p}|{f}|"]).args(arguments);
    let output = cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let mut parts = line.split('|');
        let (Some(package), Some(features)) = (parts.next(), parts.next()) else { continue };
        // Those of this repository have a path.
        if !package.contains('/') {
            let package = package.trim_end_matches(" (proc-macro)").to_owned();
            let features = features.split(',').filter(|feature| !feature.is_empty()).map(str::to_owned).collect();
            found.entry(package).or_default().insert(features);
        }
    }
    found
}

#[test]
fn dependencies_are_built_once_for_cargo_xtask_and_for_tests() {
    // What programs are made of, and everything: also what build scripts and macros use.
    let tests = features(&["--workspace", "--edges", "normal,dev,no-proc-macro"]);
    let xtask = features(&["--package", "xtask", "--edges", "normal,no-proc-macro"]);
    let all_tests = features(&["--workspace", "--edges", "normal,build,dev"]);
    let all_xtask = features(&["--package", "xtask", "--edges", "normal,build"]);
    assert!(xtask.len() > 100 && all_xtask.len() > xtask.len(), "{} packages", xtask.len());
    let twice = different(&xtask, &tests) + &different(&all_xtask, &all_tests);
    assert!(twice.is_empty(), "built twice; change the dependencies in xtask/here/Cargo.toml:\n{twice}");
}

/// The packages that `xtask` has with other features than the tests.
fn different(xtask: &BTreeMap<String, BTreeSet<Features>>, tests: &BTreeMap<String, BTreeSet<Features>>) -> String {
    let mut twice = String::new();
    for (package, features) in xtask {
        for own in features.difference(&tests[package]) {
            let nearest = tests[package].iter().min_by_key(|other| other.symmetric_difference(own).count()).unwrap();
            let missing: Vec<_> = nearest.difference(own).collect();
            let extra: Vec<_> = own.difference(nearest).collect();
            twice += &format!("{package}: missing {missing:?}, not in the tests {extra:?}\n");
        }
    }
    twice
}
