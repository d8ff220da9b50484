//! The table of behaviours in the documentation.

use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn every_row_names_a_test_and_every_behaviour_has_a_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("src/behaviour.md")).unwrap();
    let rows: Vec<Vec<&str>> =
        table.lines().filter(|line| line.starts_with("| ")).skip(2).map(|row| row.split(" | ").collect()).collect();
    assert!(rows.len() > 30);
    let mut named = BTreeSet::new();
    for row in &rows {
        let [_, source, certainty, test] = row[..] else { panic!("not four columns: {row:?}") };
        assert!(
            !source.is_empty() && ["sure", "likely", "guess"].iter().any(|word| certainty.starts_with(word)),
            "{row:?}"
        );
        named.insert(test.trim_matches(['`', ' ', '|']).to_owned());
    }
    let mut tests = BTreeSet::new();
    for file in ["binding", "responses", "state", "modes", "wire", "connections"] {
        let text = fs::read_to_string(root.join(format!("tests/{file}.rs"))).unwrap();
        let mut lines = text.lines();
        let mut own = BTreeSet::new();
        while lines.any(|line| line.starts_with("#[tokio::test") || line == "#[test]") {
            let name = lines.find_map(|line| line.strip_prefix("async fn ").or(line.strip_prefix("fn "))).unwrap();
            own.insert(name.split('(').next().unwrap().to_owned());
        }
        if ["binding", "responses", "wire", "connections"].contains(&file) {
            let unlisted: Vec<_> = own.difference(&named).collect();
            assert!(unlisted.is_empty(), "{file}.rs: {unlisted:?} have no row");
        }
        tests.extend(own);
    }
    let unknown: Vec<_> = named.difference(&tests).collect();
    assert!(unknown.is_empty(), "no such tests: {unknown:?}");
}
