//! The public API of the crates that applications name, as text: a change of it shows in review as a change of a snapshot. A line
//! that goes or differs breaks callers (a new major version, or a minor one before 1.0); a new line adds something.
//!
//! It is read from the sources, which rustfmt keeps in one form, so that it needs neither a nightly compiler nor a registry. What
//! is public in a private module and not exported is listed, too.

use std::{fmt::Write as _, fs, path::Path};

#[test]
fn a_change_of_the_public_api_is_seen() {
    for name in ["cxreports", "cxreports-core", "cxreports-pin"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(name).join("src");
        let mut api = String::new();
        list(&root, &root, &mut api);
        insta::assert_snapshot!(name, api);
    }
}

/// Writes the API of each file below a folder.
fn list(root: &Path, folder: &Path, api: &mut String) {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            list(root, &path, api);
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let lines = public_lines(&source);
        if !lines.is_empty() {
            let path = path.strip_prefix(root).unwrap().display().to_string().replace('\\', "/");
            writeln!(api, "// {path}\n{}\n", lines.join("\n")).unwrap();
        }
    }
}

/// The lines of a source that callers can see.
fn public_lines(source: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut lines = source.lines().take_while(|line| *line != "#[cfg(test)]").filter(|line| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with("//") && !line.starts_with("#[")
    });
    while let Some(line) = lines.next() {
        let text = line.trim_start();
        let mut block =
            lines.by_ref().take_while(|inner| !(indent(inner) == indent(line) && inner.trim_start().starts_with('}')));
        if text.starts_with("macro_rules!") {
            block.by_ref().for_each(drop);
        } else if text.starts_with("pub enum ") || is_declaration(line) {
            found.push(line);
            if !text.ends_with('}') {
                found.extend(block);
            }
        } else if text.starts_with("pub trait ") {
            found.push(line);
            found.extend(block.filter(|inner| indent(inner) == indent(line) + 4 && *inner != "    }"));
        } else if text.starts_with("pub ") || text.starts_with("impl") {
            found.push(line);
            let ends: &[char] = if text.starts_with("pub use") { &[';'] } else { &['{', ';', '}'] };
            let is_long = ["impl", "pub use"].iter().any(|start| text.starts_with(start)) || text.contains("fn ");
            let mut has_ended = !is_long || text.ends_with(ends);
            while !has_ended && let Some(line) = lines.next() {
                found.push(line);
                has_ended = line.ends_with(ends);
            }
        }
    }
    without_private_blocks(&found)
}

/// The lines without `impl` blocks that have no public member; an implementation of a trait has none in the list.
fn without_private_blocks<'a>(found: &[&'a str]) -> Vec<&'a str> {
    let has_members = |at: usize| found.get(at + 1).is_some_and(|next| indent(next) > 0 || *next == "where");
    let is_private = |at: usize| found[at].starts_with("impl") && !found[at].contains(" for ") && !has_members(at);
    (0..found.len()).filter(|at| !is_private(*at)).map(|at| found[at]).collect()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether a line begins items that a macro declares, such as ids, models, operations or setters.
fn is_declaration(line: &str) -> bool {
    let name = line.trim_start().split_once("! {").map(|(name, _)| name);
    indent(line) <= 4 && name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
}
