//! The structure of the hand-written crates: no cycles between files, and no file that is too long.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Files that may be longer than [`LONGEST`] because they are data or a table.
const TABLES: &[&str] = &["crates/cxreports-core/src/model.rs", "crates/cxreports-core/src/op.rs"];

/// Longest file, in lines.
const LONGEST: usize = 400;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The `src` folder of every hand-written crate.
fn sources() -> Vec<PathBuf> {
    let crates = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let examples = fs::read_dir(root().join("examples")).unwrap().map(|entry| entry.unwrap().path());
    let all = crates.chain(examples).chain([root().join("xtask")]);
    let mut sources: Vec<_> = all.map(|path| path.join("src")).filter(|path| path.is_dir()).collect();
    sources.sort();
    sources
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// A path as the lists above write it.
fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string().replace('\\', "/")
}

/// The module path of a file below `src`: `a/mod.rs` and `a.rs` are `[a]`, `lib.rs` and `main.rs` are `[]`.
fn module_of(file: &Path, src: &Path) -> Vec<String> {
    let relative = file.strip_prefix(src).unwrap().with_extension("");
    let mut parts: Vec<_> = relative.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if parts.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        parts.pop();
    }
    parts
}

/// Every path in some code, including those in macros: `use a::{b, c::d}` is `a::b` and `a::c::d`. Test modules are left out.
fn paths(code: TokenStream, found: &mut Vec<Vec<String>>) {
    let tokens: Vec<_> = code.into_iter().collect();
    let is_colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(sign)) if sign.as_char() == ':');
    let mut at = 0;
    while at < tokens.len() {
        if is_test_attribute(&tokens, at) {
            // The attribute, and the item that follows up to its body or its semicolon.
            at += 2;
            while at < tokens.len() && !ends_item(&tokens[at]) {
                at += 1;
            }
            at += 1;
            continue;
        }
        match &tokens[at] {
            // The new name in `use a as b`.
            TokenTree::Ident(word) if *word == "as" && !is_colon(at + 2) => at += 2,
            TokenTree::Ident(first) => {
                let mut path = vec![first.to_string()];
                at += 1;
                while is_colon(at) && is_colon(at + 1) {
                    match tokens.get(at + 2) {
                        Some(TokenTree::Ident(next)) => {
                            path.push(next.to_string());
                            at += 3;
                        }
                        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                            let mut inner = Vec::new();
                            paths(group.stream(), &mut inner);
                            found.extend(inner.into_iter().map(|rest| path.iter().cloned().chain(rest).collect()));
                            path.clear();
                            at += 3;
                            break;
                        }
                        _ => {
                            // `use a::*`, or a turbofish.
                            path.push("*".to_owned());
                            at += 2;
                            break;
                        }
                    }
                }
                if !path.is_empty() {
                    found.push(path);
                }
            }
            TokenTree::Group(group) => {
                paths(group.stream(), found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

fn is_test_attribute(tokens: &[TokenTree], at: usize) -> bool {
    let (Some(TokenTree::Punct(sign)), Some(TokenTree::Group(group))) = (tokens.get(at), tokens.get(at + 1)) else {
        return false;
    };
    sign.as_char() == '#' && group.stream().to_string().replace(' ', "") == "cfg(test)"
}

fn ends_item(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(sign) => sign.as_char() == ';',
        _ => false,
    }
}

/// The imports between the files of one crate: by file, the files that it names something of.
fn imports(src: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut files = rust_files(src);
    if src.join("lib.rs").exists() {
        // A crate of its own, which sees the library as others do.
        files.retain(|file| *file != src.join("main.rs"));
    }
    let modules: BTreeMap<_, _> = files.iter().map(|file| (module_of(file, src), shown(file))).collect();
    let mut imports = BTreeMap::new();
    for file in &files {
        let own = module_of(file, src);
        let code: TokenStream = fs::read_to_string(file).unwrap().parse().unwrap_or_else(|_| panic!("{}", shown(file)));
        let mut found = Vec::new();
        paths(code, &mut found);
        let targets = found.iter().filter_map(|path| {
            let (mut place, rest) = match path[0].as_str() {
                // `pub(crate)` and `pub(super)`.
                "crate" | "super" if path.len() == 1 => return None,
                "crate" => (Vec::new(), &path[1..]),
                "self" if path.len() > 1 => (own.clone(), &path[1..]),
                "super" => {
                    let up = path.iter().take_while(|part| *part == "super").count();
                    (own[..own.len().checked_sub(up)?].to_vec(), &path[up..])
                }
                // A module that is declared in this file.
                first if path.len() > 1 && modules.contains_key(&[&own[..], &[first.to_owned()]].concat()) => {
                    (own.clone(), &path[..])
                }
                _ => return None,
            };
            for part in rest {
                place.push(part.clone());
                if !modules.contains_key(&place) {
                    place.pop();
                    break;
                }
            }
            modules.get(&place)
        });
        let name = shown(file);
        let targets = targets.filter(|target| **target != name).cloned().collect();
        imports.insert(name, targets);
    }
    imports
}

/// One cycle, as the files on it, if there is one.
fn cycle(imports: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn visit<'a>(
        file: &'a str,
        imports: &'a BTreeMap<String, BTreeSet<String>>,
        done: &mut BTreeSet<&'a str>,
        way: &mut Vec<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(start) = way.iter().position(|seen| *seen == file) {
            return Some(way[start..].iter().chain([&file]).map(|&file| file.to_owned()).collect());
        }
        if done.contains(file) {
            return None;
        }
        way.push(file);
        let found = imports.get(file)?.iter().find_map(|next| visit(next, imports, done, way));
        way.pop();
        done.insert(file);
        found
    }
    let mut done = BTreeSet::new();
    imports.keys().find_map(|file| visit(file, imports, &mut done, &mut Vec::new()))
}

#[test]
fn files_of_a_crate_do_not_import_each_other_in_a_circle() {
    let mut found = Vec::new();
    for src in sources() {
        found.extend(cycle(&imports(&src)).map(|files| files.join("\n    -> ")));
    }
    assert!(found.is_empty(), "cycles between files:\n  {}", found.join("\n  "));
}

#[test]
fn files_are_of_a_readable_length() {
    let mut long = BTreeMap::new();
    for src in sources() {
        for file in rust_files(&src) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            if lines > LONGEST {
                long.insert(shown(&file), lines);
            }
        }
    }
    for name in TABLES {
        assert!(long.remove(*name).is_some(), "{name} is short enough: take it off TABLES");
    }
    assert!(long.is_empty(), "longer than {LONGEST} lines: {long:#?}");
}

#[test]
#[allow(clippy::disallowed_methods)]
fn cycles_are_found_in_every_form_of_an_import() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("lib.rs", "mod a; mod b; mod free; pub(crate) use a::A;");
    write("a/mod.rs", "mod inner; pub fn f() { inner::g() }");
    write("free.rs", "#[cfg(test)] mod tests { use crate::A; }");
    let found = |inner: &str, b: &str| {
        write("a/inner.rs", inner);
        write("b.rs", b);
        cycle(&imports(folder.path())).map(|files| files.join(" "))
    };
    assert_eq!(found("use std::fmt;", "use crate::a::f;"), None);
    assert_eq!(found("use crate::{free as f};", "use crate::a::f;"), None);
    let table = [
        ("use crate::A;", ""),
        ("use super::f;", ""),
        ("use crate::{free, a::{self, f}};", ""),
        ("fn g() { crate::a::f() }", ""),
        ("macro_rules! m { () => { $crate::a::f() } }", ""),
        ("use super::super::b::B;", "fn b() { crate::a::inner::g() }"),
    ];
    for (inner, b) in table {
        let files = found(inner, b).unwrap_or_else(|| panic!("no cycle found in {inner}"));
        assert!(files.contains("a/inner.rs"), "{files}");
    }
}
