//! The repository itself: what its documents name exists, and no generated file is written by hand.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

const DOCUMENTS: [&str; 7] = [
    "examples/embed/README.md",
    "examples/fleet/README.md",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "spec/README.md",
];

/// What stands in backquotes in the prose of a document.
fn quoted(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    prose.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn paths_in_the_documents_exist() {
    for document in DOCUMENTS {
        let text = fs::read_to_string(root().join(document)).unwrap_or_else(|error| panic!("{document}: {error}"));
        let folders = ["crates/", "spec/", "xtask/", "tests/", ".github/", ".ci/", ".cargo/", "examples/"];
        for path in quoted(&text).iter().filter(|quoted| folders.iter().any(|folder| quoted.starts_with(folder))) {
            let fixed = path.split(['<', '*', ' ']).next().unwrap_or_default();
            let fixed = if fixed.len() < path.len() {
                fixed.rsplit_once('/').map_or(fixed, |(folder, _)| folder)
            } else {
                fixed
            };
            assert!(root().join(fixed).exists(), "{document} names {path}, which is not there");
        }
    }
}

/// Every Markdown file that is written by hand, below a folder.
fn markdown(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != "node_modules" && !(name.starts_with('.') && name != ".github")
        {
            markdown(&path, found);
        } else if name.ends_with(".md") && name != "report.md" {
            found.push(path);
        }
    }
}

/// The anchors of the headings of a document, as code hosting sites derive them.
fn anchors(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let headings = prose.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let word = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings.map(|title| title.to_lowercase().chars().filter(word).collect::<String>().replace(' ', "-")).collect()
}

/// Where the links and pictures of a document lead to, without those in code.
fn links(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let prose: String = prose.split('`').step_by(2).collect();
    let inline = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(link, _)| link));
    let html = ["src=\"", "href=\""].into_iter().flat_map(|name| prose.split(name).skip(1));
    inline.chain(html.filter_map(|rest| rest.split_once('"').map(|(link, _)| link))).map(str::to_owned).collect()
}

/// Links between items are checked by rustdoc.
#[test]
fn links_in_the_documents_lead_somewhere() {
    let mut documents = Vec::new();
    markdown(root(), &mut documents);
    let mut checked = 0;
    for document in &documents {
        let text = fs::read_to_string(document).unwrap();
        for link in links(&text).iter().filter(|link| !link.starts_with("crate::") && !link.contains("://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { document.clone() } else { document.parent().unwrap().join(path) };
            assert!(target.exists(), "{} links to {link}, which is not there", document.display());
            if !anchor.is_empty() {
                let there = anchors(&fs::read_to_string(&target).unwrap());
                assert!(
                    there.iter().any(|found| found == anchor),
                    "{}: {link} is none of {there:?}",
                    document.display()
                );
            }
            checked += 1;
        }
    }
    assert!(documents.len() > 20 && checked >= 5, "{} documents, {checked} links", documents.len());
}

/// The flags that a command takes: for `cxreports` from the snapshot of its help, for the others from the sources of the verb.
enum Declared {
    Help(String),
    Source(String),
}

impl Declared {
    fn of(command: &str) -> Option<Self> {
        let (program, rest) = command.trim_start_matches("cargo ").split_once(' ')?;
        let program = program.rsplit('/').next().unwrap_or_default();
        let read = |path: &str| fs::read_to_string(root().join(path));
        match program {
            "cxreports" => {
                let help = read("crates/cxreports-cli/tests/snapshots/help.snap").unwrap();
                let words: Vec<_> = rest.split_whitespace().take_while(|word| !word.starts_with('-')).collect();
                let mut verbs = (0..=words.len()).rev().map(|length| words[..length].join(" "));
                let section = verbs.find_map(|verb| {
                    let start = format!("$ cxreports {verb} --help\n").replace("  ", " ");
                    help.split_once(&start).map(|(_, section)| section.split("\n$ ").next().unwrap_or_default())
                });
                section.map(|section| Self::Help(section.to_owned()))
            }
            "xtask" => {
                let verb = rest.split_whitespace().next()?;
                let own = read(&format!("xtask/src/{verb}.rs")).unwrap_or_default();
                Some(Self::Source(read("xtask/src/main.rs").unwrap() + &own))
            }
            "cxreports-sim" => read("crates/cxreports-sim/src/main.rs").ok().map(Self::Source),
            _ => None,
        }
    }

    fn has(&self, flag: &str) -> bool {
        match (self, flag.strip_prefix("--")) {
            (Self::Help(help), _) => {
                let mut lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
                lines.any(|line| line.split([' ', ',']).take(3).any(|word| word == flag))
            }
            (Self::Source(source), Some(name)) => {
                let field = format!(" {}: ", name.replace('-', "_"));
                source.contains(&field) || source.contains(&format!("long = \"{name}\""))
            }
            // Short flags are derived from names that sources do not spell.
            (Self::Source(_), None) => true,
        }
    }
}

/// The flags of a command line, up to the end of the command.
fn flags(command: &str) -> impl Iterator<Item = &str> {
    let words = command.split_whitespace().take_while(|word| !matches!(*word, "|" | ">" | "&&" | "&" | ";" | "--"));
    let flags = words.filter(|word| word.starts_with('-')).filter_map(|word| word.split('=').next());
    flags.map(|flag| flag.trim_end_matches(|c: char| !c.is_alphanumeric())).filter(|flag| !flag.is_empty())
}

#[test]
fn flags_in_the_documents_are_those_of_the_commands() {
    let mut checked = 0;
    for document in DOCUMENTS {
        let text = fs::read_to_string(root().join(document)).unwrap();
        for part in text.lines().flat_map(|line| line.split('`')) {
            let command =
                part.trim().trim_start_matches("cargo run -p ").replace("cxreports-sim -- ", "cxreports-sim ");
            let Some(declared) = Declared::of(&command) else { continue };
            for flag in flags(&command).filter(|flag| *flag != "--help") {
                assert!(declared.has(flag), "{document}: `{command}` has no {flag}");
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "only {checked} flags were found");
}

#[test]
fn a_flag_of_another_verb_is_noticed() {
    for (command, flag, is_there) in [
        ("cxreports export invoice", "--exclude-page", true),
        ("cxreports export invoice", "-f", true),
        ("target/debug/cxreports reports list", "--json", true),
        ("cxreports reports list", "--exclude-page", false),
        ("cxreports reports list", "-f", false),
        ("cxreports bulk orders.csv", "--origin", false),
        ("cargo xtask regen acme", "--url", true),
        ("cargo xtask regen acme", "--explain", false),
        ("cargo xtask drift acme", "--explain", true),
    ] {
        assert_eq!(Declared::of(command).unwrap().has(flag), is_there, "{command} {flag}");
    }
}

#[test]
fn generated_files_say_so() {
    let pins = fs::read_dir(root().join("crates/pins")).unwrap().map(|entry| entry.unwrap().path());
    let mut seen = 0;
    for pin in pins {
        for folder in ["src", "examples"] {
            for file in fs::read_dir(pin.join(folder)).into_iter().flatten() {
                let path = file.unwrap().path();
                let text = fs::read_to_string(&path).unwrap();
                assert!(text.starts_with("// @generated by `cargo xtask`"), "{}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 10);
}

/// The hand-written Rust sources of a folder, as one text.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &sources(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &fs::read_to_string(&path).unwrap();
        }
    }
    text
}

#[test]
fn messages_in_the_troubleshooting_guide_are_those_of_the_code() {
    let crates = ["cxreports", "cxreports-core", "cxreports-codegen", "cxreports-openapi", "cxreports-pin"];
    let code: String = crates.iter().map(|name| sources(&root().join("crates").join(name).join("src"))).collect();
    let guide = fs::read_to_string(root().join("crates/cxreports/guide/troubleshoot.md")).unwrap();
    let mut checked = 0;
    for message in guide.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()) {
        let from_elsewhere = ["401 Unauthorized", "Supports<"].contains(&message);
        assert!(from_elsewhere || code.contains(message), "no error says `{message}`");
        checked += 1;
    }
    assert!(checked > 15, "only {checked} messages were found");
}

/// A file that nobody names would be left out in silence.
#[test]
fn each_file_of_tests_is_run() {
    let mut places = vec![root().join("tests")];
    places.extend(fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path().join("tests")));
    let mut seen = 0;
    for place in places {
        let Ok(main) = fs::read_to_string(place.join("main.rs")) else { continue };
        let manifest = [place.join("Cargo.toml"), place.join("../Cargo.toml")];
        let manifest = manifest.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap();
        for path in fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path()) {
            let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".rs")) else { continue };
            let is_run = name == "main"
                || main.lines().any(|line| line == format!("mod {name};"))
                || manifest.contains(&format!("name = \"{name}\"\n"));
            assert!(is_run, "{} is in no test binary: name it in {}", path.display(), place.join("main.rs").display());
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen} files");
}
