//! One contract in every way of writing: each is matched, pinned and driven through all 18 operations.

use std::{fs, path::Path, process::Command};

use cxreports_codegen::{
    contract::{self, Contract},
    convert::convert,
    fetch,
    files::FileSet,
    generate::{Target, generate},
    host::Host,
    names::Names,
    pipeline::{Pipeline, StageError},
    since::Since,
};
use serde_json::Value;

use super::{Way, all, wire, written};

fn found(document: Value) -> Contract {
    contract::find(&convert(document).unwrap(), &Default::default())
}

fn whole(name: &str, document: Value) {
    let contract = found(document);
    let missing: Vec<String> = contract.missing.iter().map(ToString::to_string).collect();
    assert!(missing.is_empty(), "{name}: {}\n{}", contract.coverage(), missing.join("\n"));
    let left_out: Vec<_> = contract.operations.iter().flat_map(|one| &one.findings).map(ToString::to_string).collect();
    assert!(left_out.is_empty(), "{name}:\n{}", left_out.join("\n"));
    for matched in &contract.operations {
        let fields =
            matched.spec.parameters.iter().filter(|one| one.location == cxreports_core::Location::Query).count();
        // `offset` and `limit` are of the older edition.
        let expected = fields + matched.spec.body.len();
        let bound = matched.binding.fields.iter().filter(|field| !field.field.is_empty()).count();
        assert_eq!(bound, expected, "{name}: {} {:?}", matched.spec.name, matched.binding);
    }
}

#[test]
fn each_way_of_writing_is_matched() {
    let mut failures = Vec::new();
    for way in all() {
        let outcome = std::panic::catch_unwind(|| whole(way.name, written(&[way])));
        if outcome.is_err() {
            failures.push(format!("{} ({})", way.name, way.cause));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// One way at most of each kind, by chance.
fn composition(random: &mut fastrand::Rng) -> Vec<Way> {
    let mut ways = all();
    random.shuffle(&mut ways);
    let mut chosen: Vec<Way> = Vec::new();
    let wanted = random.usize(2..10);
    for way in ways {
        if chosen.len() < wanted && !chosen.iter().any(|one| one.kind == way.kind) {
            chosen.push(way);
        }
    }
    chosen
}

#[test]
fn random_compositions_are_matched() {
    let count: usize = std::env::var("COMPOSITIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(500);
    for seed in 0..count as u64 {
        let ways = composition(&mut fastrand::Rng::with_seed(seed));
        let names: Vec<&str> = ways.iter().map(|way| way.name).collect();
        whole(&format!("seed {seed}: {}", names.join(" + ")), written(&ways));
    }
}

#[test]
fn documents_of_other_servers_are_no_instances() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus"));
    if !folder.is_dir() {
        assert!(
            std::env::var_os("REQUIRE_CORPUS").is_none(),
            "REQUIRE_CORPUS is set, but there is no {}",
            folder.display()
        );
        eprintln!("SKIPPED: there is no {}", folder.display());
        return;
    }
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(fetched) = fetch::read_file(&path, &Default::default()) else { continue };
        let outcome = Pipeline::default().normalise_instance(fetched.document, &mut Names::default(), &mut |_| {});
        match outcome {
            Err(StageError::NotCxReports { .. } | StageError::Convert(_)) => {}
            Err(error) => panic!("{}: {error}", path.display()),
            Ok(_) => panic!("{} is taken for an instance", path.display()),
        }
    }
}

/// Generates the pins of documents into a workspace of their own, and checks it; there are no warnings. `RUSTFLAGS` stays as it
/// is, since Cargo checks all dependencies once more for other flags.
fn compile(documents: &[(String, Value)]) {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let folder = tempfile::tempdir().unwrap();
    let ours = |name: &str| format!("{name} = {{ path = '{}' }}\n", root.join("crates").join(name).display());
    let manifest: String = fs::read_to_string(root.join("Cargo.toml"))
        .unwrap()
        .lines()
        .map(|line| match line.split(' ').next() {
            Some("members") => "members = [\"pins/*\"]\n".to_owned(),
            Some(name @ ("cxreports-core" | "cxreports-pin")) => ours(name),
            // Cargo warns of settings of packages that are not there.
            Some(name) if name.ends_with(".debug") => String::new(),
            _ => format!("{line}\n"),
        })
        .collect();
    let host = Host::read(&manifest).unwrap();
    let mut files = FileSet::default();
    files.add("Cargo.toml", manifest);
    files.add("Cargo.lock", fs::read(root.join("Cargo.lock")).unwrap());
    for (index, (name, document)) in documents.iter().enumerate() {
        let pin = format!("way-{index}");
        let normalised = Pipeline::default()
            .normalise_instance(document.clone(), &mut Names::default(), &mut |_| {})
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(normalised.report.refused.is_empty(), "{name}: {:?}", normalised.report.refused);
        let since = Since::default();
        let target = Target::Pin { name: &pin, edition: None, deployments: &[], since: &since, host: &host };
        let generated = generate(&normalised, target).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(generated.refused.is_empty(), "{name}: {:?}", generated.refused);
        for (path, contents) in generated.files {
            files.add(Path::new("pins").join(&pin).join(path), contents);
        }
        files.add(format!("pins/{pin}/WAYS"), name.as_str());
    }
    files.write(folder.path()).unwrap();
    let cargo = Command::new(env!("CARGO"))
        .args(["check", "--workspace", "--lib", "--quiet", "--keep-going", "--message-format=short"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&cargo.stderr).into_owned();
    let names: Vec<String> = documents.iter().enumerate().map(|(at, (name, _))| format!("way-{at}: {name}")).collect();
    assert!(cargo.status.success() && !said.contains("warning"), "{said}\n{}", names.join("\n"));
}

#[test]
fn pins_of_compositions_compile_without_a_warning() {
    let seeds = 1_000..1_020;
    let compositions = seeds.map(|seed| composition(&mut fastrand::Rng::with_seed(seed)));
    let named = |ways: Vec<Way>| (ways.iter().map(|way| way.name).collect::<Vec<_>>().join(" + "), written(&ways));
    let mut documents: Vec<(String, Value)> = compositions.map(named).collect();
    if std::env::var_os("EVERY_WAY").is_some() {
        documents.extend(all().into_iter().map(|way| (way.name.to_owned(), written(&[way]))));
    }
    compile(&documents);
}

#[tokio::test]
async fn each_way_of_writing_works_on_the_wire() {
    let mut failures = Vec::new();
    for way in all() {
        if let Err(error) = wire::drive(&[way]).await {
            failures.push(format!("{}: {error}", way.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn compositions_work_on_the_wire() {
    for seed in 1_000..1_020 {
        let ways = composition(&mut fastrand::Rng::with_seed(seed));
        let names: Vec<&str> = ways.iter().map(|way| way.name).collect();
        wire::drive(&ways).await.unwrap_or_else(|error| panic!("seed {seed}: {}: {error}", names.join(" + ")));
    }
}

#[tokio::test]
async fn unknown_instances_are_probed_in_every_way_of_writing() {
    let mut failures = Vec::new();
    for way in all() {
        if let Err(error) = wire::probe(&[way]).await {
            failures.push(format!("{}: {error}", way.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
