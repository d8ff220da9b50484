//! The target `command` of `fuzz/`, which compiles this command itself: what it reads of files and arguments.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use clap::Parser as _;

use super::{
    journal::{Entry, Journal, Known, Owner},
    plan::{self, Plan, Source},
};
use crate::{config::Config, input::Started};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((which, content)) = bytes.split_first() else { return };
    match which % 5 {
        0 => journal(content),
        1 => profile(content),
        2 => lines(content, "csv"),
        3 => lines(content, "jsonl"),
        _ => arguments(content),
    }
});

/// A file with a content, in memory where the system has such a place.
fn file(content: &[u8], name: &str) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let path = folder.join(format!("cxreports-fuzz-{}-{name}", std::process::id()));
    fs::write(&path, content).unwrap();
    path
}

/// A journal that is opened says the same the next time, and keeps what is added to it, however its last line was cut off.
fn journal(content: &[u8]) {
    let path = file(content, "journal");
    let owner = Owner { version: Journal::VERSION, instance: "http://a/".to_owned(), workspace: "w".to_owned() };
    let all = |known: Known| (known.done, known.started);
    let Ok((first, known)) = Journal::open(path.clone(), &owner) else { return };
    let before = all(known);
    drop(first);
    let (second, known) = Journal::open(path.clone(), &owner).ok().expect("what was opened is opened again");
    assert!(all(known) == before);
    let entry = Entry::Done { line: 1, key: "k".to_owned(), file: "f".into() };
    assert!(second.add(&entry).is_ok());
    drop(second);
    let known = Known::peek(&path, &owner).ok().expect("what was added to is opened again");
    assert_eq!(known.done.get("k"), Some(&PathBuf::from("f")));
}

/// What is wrong in a configuration file is said without its lines.
fn profile(content: &[u8]) {
    let path = file(content, "profile");
    let config = Config::at(Some(path)).ok().expect("a path is a configuration file");
    if let Err(failure) = config.profile("a") {
        let said = failure.text();
        assert!(!said.contains(", line ") || !said.contains("s3cret"), "{said}");
    }
}

/// Every line is work, or a reason why not; no file of it is outside of the folder.
fn lines(content: &[u8], extension: &str) {
    let path = file(content, &format!("lines.{extension}"));
    let folder = Path::new("/out");
    let distinct = plan::check(&path).is_ok();
    let source = Source { file: &path, folder, format: None };
    let Ok(plan) = Plan::read(&source) else { return };
    let mut outputs = std::collections::BTreeSet::new();
    for work in plan.flatten() {
        if let Some(output) = work.target.output {
            assert!(output.components().all(|part| matches!(part, Component::Normal(_))), "{output:?}");
            assert!(outputs.insert(output) || !distinct, "two lines write one file");
        }
    }
}

fn arguments(content: &[u8]) {
    let Ok(text) = std::str::from_utf8(content) else { return };
    drop(Started::parse(text));
    drop(crate::Arguments::try_parse_from(["cxreports"].into_iter().chain(text.split('\0'))));
}
