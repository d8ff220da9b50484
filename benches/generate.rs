//! A crate for a large document: how long it takes to generate and to check, and how large it is.
#![allow(clippy::disallowed_methods, reason = "a folder of the measurement's own")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use cxreports_codegen::{
    fetch,
    generate::{Target, generate},
    names::Names,
    normalise::Normalised,
    pipeline::Pipeline,
};
use progenitor::{GenerationSettings, Generator, InterfaceStyle};

use crate::place::{Place, Row, alternate, peak};

#[path = "../crates/cxreports-codegen/tests/large/mod.rs"]
mod large;

const CASE: &str = "BENCH_GENERATE_CASE";
const FOLDER: &str = "BENCH_GENERATE_FOLDER";

pub(crate) fn is_child() -> bool {
    env::var_os(CASE).is_some()
}

/// Generates a crate in a process of its own, and prints the seconds that it took, from the bytes of the document to the text of all
/// files, and the process's peak in bytes.
pub(crate) fn child() {
    let folder = PathBuf::from(env::var(FOLDER).unwrap());
    let since = Instant::now();
    let files = match &*env::var(CASE).unwrap() {
        "own" => {
            let normalised = normalised(&fs::read(folder.join("served.json")).unwrap());
            generate(&normalised, Target::Standalone { name: "own" }).unwrap().files.into_iter().collect()
        }
        _ => vec![("src/lib.rs".to_owned(), alone(&fs::read(folder.join("normalised.json")).unwrap()))],
    };
    println!("{} {}", since.elapsed().as_secs_f64(), peak());
    for (path, contents) in files {
        let path = folder.join(env::var(CASE).unwrap()).join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }
}

fn normalised(served: &[u8]) -> Normalised {
    let document = fetch::parse(served, "the large document").unwrap();
    Pipeline::default().normalise(document, &mut Names::default(), &mut |_| {}).unwrap()
}

/// Progenitor, as its README uses it, with builders, which our crates have too.
fn alone(document: &[u8]) -> String {
    let document = serde_json::from_slice(document).unwrap();
    let mut settings = GenerationSettings::default();
    settings.with_interface(InterfaceStyle::Builder);
    let tokens = Generator::new(&settings).generate_tokens(&document).unwrap();
    prettyplease::unparse(&syn::parse2(tokens).unwrap())
}

pub(crate) fn large(place: &Place) -> Vec<Row> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let served = serde_json::to_vec(&large::document(19)).unwrap();
    // Progenitor alone refuses what ASP.NET serves; it gets what the passes have made of it.
    let readable = serde_json::to_vec(&normalised(&served).document).unwrap();
    fs::write(folder.path().join("served.json"), &served).unwrap();
    fs::write(folder.path().join("normalised.json"), readable).unwrap();
    let document = format!("a document of {} KiB", served.len() >> 10);

    let rounds = if place.quick { 1 } else { 5 };
    let (mut seconds, mut peaks) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for _ in 0..rounds {
        for (side, case) in ["own", "peer"].into_iter().enumerate() {
            let mut command = Command::new(env::current_exe().unwrap());
            let output = command.env(CASE, case).env(FOLDER, folder.path()).stderr(Stdio::inherit()).output().unwrap();
            let output = String::from_utf8(output.stdout).unwrap();
            let (time, bytes) = output.trim().split_once(' ').unwrap();
            seconds[side].push(time.parse::<f64>().unwrap());
            peaks[side].push(bytes.parse::<f64>().unwrap() / f64::from(1 << 20));
        }
    }
    let row = |work: String, [own, peer]: [f64; 2], unit, digits, goal| Row {
        work,
        own: format!("{own:.digits$} {unit}"),
        peer: format!("{peer:.digits$} {unit}"),
        ratio: format!("{:.2}", peer / own),
        goal,
    };
    let lines = ["own", "peer"].map(|side| lines(&folder.path().join(side)) as f64);
    let checked = checked(folder.path(), rounds);
    vec![
        row(
            format!("generate a crate from {document}, against progenitor alone"),
            seconds.map(median),
            "s",
            2,
            "<= 0.4 s",
        ),
        row("the peak of its process".to_owned(), peaks.map(median), "MiB", 0, "<= 106 MiB"),
        row("lines of the crate".to_owned(), lines, "lines", 0, "<= 40000"),
        row("cargo check of the crate, dependencies built".to_owned(), checked, "s", 2, "<= 2.5 s"),
    ]
}

/// How long `cargo check` takes after `src/lib.rs` was touched.
fn checked(folder: &Path, rounds: usize) -> [f64; 2] {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::write(folder.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"own\", \"peer\"]\n").unwrap();
    fs::copy(repository.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    // What progenitor says its output needs, in the versions that our own crate has.
    let manifest = fs::read_to_string(folder.join("own/Cargo.toml")).unwrap();
    let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
    let (dependencies, _) = dependencies.split_once("\n[").unwrap_or((dependencies, ""));
    let package = "[package]\nname = \"peer\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]";
    fs::write(folder.join("peer/Cargo.toml"), format!("{package}{dependencies}")).unwrap();
    let check = |package: &str| {
        let source = folder.join(package).join("src/lib.rs");
        fs::write(&source, fs::read(&source).unwrap()).unwrap();
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generate");
        cargo.args(["check", "--quiet", "--package", package]).current_dir(folder).env("CARGO_TARGET_DIR", target);
        // As who develops has it: what has not changed is not checked again.
        cargo.env_remove("CARGO_INCREMENTAL");
        assert!(cargo.status().unwrap().success(), "the crate does not compile");
    };
    let (own, peer, _) = alternate(rounds, || check("own"), || check("peer"));
    [own, peer].map(|time| time.as_secs_f64())
}

fn lines(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| match path.extension() {
            _ if path.is_dir() => lines(&path),
            Some(extension) if extension == "rs" => fs::read_to_string(&path).unwrap().lines().count(),
            _ => 0,
        })
        .sum()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
