//! The verbs as a person runs them: their whole output, and what they leave behind.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use cxreports_sim::{Edition, Instance};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Runs a verb; gives its output, standard error last, and its exit status.
fn xtask(arguments: &[&str]) -> (String, Option<i32>) {
    let output = command(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap().replace('\\', "/"));
    (text.concat(), output.status.code())
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-cxreports"));
    // Nested builds share this build's folder: what they depend on is there already.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    command.args(arguments).env("CARGO_TARGET_DIR", target).stdin(Stdio::null());
    command
}

/// A verb's outcome as a snapshot: ports and folders differ from run to run.
macro_rules! assert_verb {
    ($name:expr, $outcome:expr) => {{
        let (text, status) = $outcome;
        let own = root().display().to_string().replace('\\', "/").replace('.', "\\.");
        insta::with_settings!({
            filters => vec![
                (own.as_str(), "ROOT"),
                (r"127\.0\.0\.1:\d+", "HOST"),
                (r"(/private)?(/var/folders|/tmp|[A-Z]:/[^ ]*Temp)/[^ ]*?\.tmp[A-Za-z0-9]+", "TEMP"),
                (r"\(os error \d+\)", "(os error)"),
                (r" +\d+\.\d\d\n", " SECONDS\n"),
                (r"together in \d+\.\d s", "together in SECONDS"),
            ],
            omit_expression => true,
            prepend_module_to_snapshot => false,
        }, {
            insta::assert_snapshot!($name, format!("{text}exit status {}\n", status.unwrap_or(-1)));
        });
    }};
}

mod canary;
mod drift;

/// A workspace of its own that has the names, and no pin yet.
fn workspace() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let own = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let ours = |name: &str| format!("{name} = {{ path = '{}' }}\n", root().join("crates").join(name).display());
    let manifest: String = own
        .lines()
        .map(|line| match line.split(' ').next() {
            Some("members") => "members = [\"crates/pins/*\"]\n".to_owned(),
            Some(name @ ("cxreports-core" | "cxreports-pin")) => ours(name),
            _ => format!("{line}\n"),
        })
        .collect();
    put(&folder.path().join("Cargo.toml"), &manifest);
    put(&folder.path().join("Cargo.lock"), &fs::read_to_string(root().join("Cargo.lock")).unwrap());
    put(&folder.path().join("spec/names.toml"), &fs::read_to_string(root().join("spec/names.toml")).unwrap());
    folder
}

#[allow(clippy::disallowed_methods, reason = "a test's own folder")]
fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Every file below a folder, with its contents.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// What tests of generated crates need, and all that such crates depend on: with the same features, it is built once for all of them.
const DEPENDENCIES: &str = r#"futures-util = "0.3"
reqwest = { version = "0.13", features = ["json", "multipart", "query", "stream"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
tokio = { version = "1", features = ["full"] }
uuid = { version = "1", features = ["serde"] }

[profile.dev]
debug = "line-tables-only"

[profile.dev.build-override]
debug = "line-tables-only"
"#;

/// Puts a test of generated crates, and what it needs, into a crate.
fn copy_tests(output: &Path, test: &str) {
    let generated = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generated");
    put(&output.join("tests").join(test), &fs::read_to_string(generated.join(test)).unwrap());
    put(&output.join("tests/once/mod.rs"), &fs::read_to_string(generated.join("once.rs")).unwrap());
    put(&output.join("Cargo.lock"), &fs::read_to_string(root().join("Cargo.lock")).unwrap());
}

/// Runs a crate's tests, and fails for its warnings. `RUSTFLAGS` stays as it is, since Cargo builds all dependencies once more for other
/// flags.
fn cargo_test(output: &Path) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let cargo = Command::new(env!("CARGO"))
        .args(["test", "--quiet"])
        .current_dir(output)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let said = [cargo.stdout, cargo.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(cargo.status.success() && !said.contains("warning"), "{said}");
}

/// The documents of real servers that the project is tested with. They lie beside the repository, not in it.
fn corpus() -> Option<PathBuf> {
    let folder = root().join("../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("REQUIRE_CORPUS").is_none(),
        "REQUIRE_CORPUS is set, but there is no {}",
        folder.display()
    );
    eprintln!("SKIPPED: there is no {}", folder.display());
    None
}

#[test]
fn generated_operations_send_what_the_documents_say() {
    let Some(corpus) = corpus() else { return };
    let own = root().join("crates/cxreports-codegen/tests/documents");
    let find = |begins: &str| {
        let entries = fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path());
        entries.into_iter().find(|path| path.file_name().unwrap().to_string_lossy().starts_with(begins)).unwrap()
    };
    let documents = [
        ("basic", find("swb_02_")),
        ("redoc", find("swb_14_")),
        ("own-media-type", find("swb_28_")),
        ("file-result", find("swb_30_")),
        ("header", find("swb_46_")),
        ("form", find("swb_50_")),
        ("media", own.join("media.json")),
        ("polymorphism", own.join("polymorphism.json")),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = "[package]\nname = \"wire\"\nedition = \"2024\"\n\n[dependencies]\n".to_owned();
    for (name, document) in documents {
        let output = folder.path().join(name);
        let arguments = [
            "generate",
            "--input",
            document.to_str().unwrap(),
            "--output",
            output.to_str().unwrap(),
            "--crate-name",
            name,
        ];
        let (text, status) = xtask(&arguments);
        assert_eq!(status, Some(0), "{text}");
        manifest.push_str(&format!("{name} = {{ path = \"{name}\" }}\n"));
    }
    put(&folder.path().join("Cargo.toml"), &format!("{manifest}{DEPENDENCIES}\n[workspace]\n"));
    put(&folder.path().join("src/lib.rs"), "");
    copy_tests(folder.path(), "wire.rs");
    cargo_test(folder.path());
}

#[test]
fn a_folder_of_documents_is_generated_and_compiled() {
    let documents = root().join("crates/cxreports-codegen/tests/documents");
    let folder = workspace();
    let at = folder.path().to_str().unwrap();
    assert_verb!("corpus", xtask(&["--workspace", at, "corpus", documents.to_str().unwrap()]));
    assert_verb!("corpus-empty", xtask(&["corpus", at]));
}

#[test]
fn help_teaches() {
    assert_verb!("help-corpus", xtask(&["corpus", "--help"]));
    assert_verb!("help", xtask(&["--help"]));
    assert_verb!("help-regen", xtask(&["regen", "--help"]));
    assert_verb!("help-generate", xtask(&["generate", "--help"]));
}

#[test]
fn a_fresh_deployment_is_pinned_from_a_running_instance_and_compiles() {
    let folder = workspace();
    let at = folder.path().to_str().unwrap();
    let runtime = Runtime::new().unwrap();
    let start = |edition| Instance::builder(edition).token("of-this-test").base_path("/x");
    let instance = runtime.block_on(start(Edition::V2024_9).start()).unwrap();

    let url = instance.url();
    let pin = ["--workspace", at, "regen", "acme", "--url", &url, "--edition", "2024.9"];
    assert_verb!("regen-new", xtask(&pin));
    let pinned = files(folder.path());
    assert!(pinned.keys().any(|path| path.ends_with("crates/pins/acme/src/pin.rs")));
    assert_eq!(fs::read_to_string(folder.path().join("spec/acme/swagger.json")).unwrap().matches("\"/x\"").count(), 1);

    // The same again changes nothing.
    assert_verb!("regen-same", xtask(&["--workspace", at, "regen", "acme"]));
    assert_eq!(files(folder.path()), pinned);

    // A key in a URL is used, and neither printed nor committed.
    let keyed = format!("{}/swagger/v1/swagger.json?key=a-planted-key", instance.url());
    let (text, status) = xtask(&["--workspace", at, "regen", "keyed", "--spec-url", &keyed, "--check"]);
    assert_eq!((status, text.contains("a-planted-key")), (Some(1), false), "{text}");
    assert_eq!(xtask(&["--workspace", at, "regen", "keyed", "--spec-url", &keyed]).1, Some(0));
    assert!(!files(folder.path()).values().any(|file| String::from_utf8_lossy(file).contains("a-planted-key")));
    put(
        &folder.path().join("spec/deployments.toml"),
        &String::from_utf8_lossy(&pinned[&folder.path().join("spec/deployments.toml")]),
    );
    assert_eq!(xtask(&["--workspace", at, "regen", "--all", "--offline"]).1, Some(0));
    assert_eq!(files(folder.path()), pinned);

    // Another deployment of the same version shares the pin; its table says so.
    let other = runtime.block_on(start(Edition::V2024_9).start()).unwrap();
    assert_verb!("regen-shared", xtask(&["--workspace", at, "regen", "beta", "--url", &other.url()]));
    let table = fs::read_to_string(folder.path().join("crates/pins/acme/src/pin.rs")).unwrap();
    assert!(table.contains(r#"deployments: &["acme", "beta"]"#), "{table}");

    // One of them is upgraded: it leaves the pin that it shared.
    let upgraded = runtime.block_on(start(Edition::V2026_5).start()).unwrap();
    let url = upgraded.url();
    assert_verb!(
        "regen-check",
        xtask(&["--workspace", at, "regen", "beta", "--url", &url, "--edition", "2026.5", "--check"])
    );
    assert_verb!("regen-upgraded", xtask(&["--workspace", at, "regen", "beta", "--url", &url, "--edition", "2026.5"]));
    assert_verb!("regen-all-check", xtask(&["--workspace", at, "regen", "--all", "--offline", "--check"]));

    // One that goes back to the older version joins the others on its pin.
    assert_eq!(xtask(&["--workspace", at, "regen", "gamma", "--url", &url]).1, Some(0));
    let (text, _) = xtask(&["--workspace", at, "regen", "gamma", "--url", &instance.url()]);
    assert!(text.contains("gamma is on the pin acme: spec/acme, crates/pins/acme\n"), "{text}");

    // The crate of a pin that is no more is found.
    put(&folder.path().join("crates/pins/gone/src/lib.rs"), "");
    let (text, status) = xtask(&["--workspace", at, "regen", "--all", "--offline", "--check"]);
    assert!(status == Some(1) && text.contains("  crates/pins/gone/src/lib.rs (should not be there)\n"), "{text}");
}

#[test]
fn the_demonstration_lists_reports_through_the_pin() {
    let folder = workspace();
    let at = folder.path().to_str().unwrap();
    assert_eq!(xtask(&["--workspace", at, "regen", "demo", "--url", "sim:2026.5", "--edition", "2026.5"]).1, Some(0));
    let pinned = files(folder.path());
    assert_verb!("regen-demo", xtask(&["--workspace", at, "regen"]));
    assert_eq!(files(folder.path()), pinned, "the demonstration changes nothing");
    assert_verb!("regen-all", xtask(&["--workspace", at, "regen", "--all", "--check"]));
}

#[test]
fn check_names_what_is_stale_and_regen_writes_it() {
    let folder = workspace();
    let at = folder.path().to_str().unwrap();
    let document = root().join("spec/2024.9/swagger.json");
    let pin = ["--workspace", at, "regen", "acme", "--spec", document.to_str().unwrap()];
    assert_eq!(xtask(&pin).1, Some(0));

    let client = folder.path().join("crates/pins/acme/src/client.rs");
    put(&client, "// by hand\n");
    put(&folder.path().join("crates/pins/acme/src/extra.rs"), "");
    fs::remove_file(folder.path().join("spec/acme/report.md")).unwrap();
    let before = files(folder.path());
    assert_verb!("check-stale", xtask(&["--workspace", at, "regen", "--all", "--offline", "--check"]));
    assert_eq!(files(folder.path()), before, "--check writes nothing");
    assert_verb!("mend-stale", xtask(&["--workspace", at, "regen", "--all", "--offline"]));
    assert!(fs::read_to_string(&client).unwrap().starts_with("// @generated"));

    // A renamed operation is told.
    let names = folder.path().join("spec/names.toml");
    let renamed = fs::read_to_string(&names).unwrap() + "\"POST /api/v1/nonce-tokens\" = \"make_nonce\"\n";
    put(&names, &renamed);
    assert_verb!("regen-renamed", xtask(&["--workspace", at, "regen", "--all", "--offline"]));

    // A document that was changed by hand is not generated from.
    let swagger = folder.path().join("spec/acme/swagger.json");
    put(&swagger, &fs::read_to_string(&swagger).unwrap().replace("Workspaces", "Spaces"));
    assert_verb!("regen-tampered", xtask(&["--workspace", at, "regen", "--all", "--offline"]));
}

#[test]
fn mistakes_name_the_next_step() {
    let folder = workspace();
    let at = folder.path().to_str().unwrap();
    let before = files(folder.path());
    assert_verb!("unknown-deployment", xtask(&["--workspace", at, "regen", "nobody"]));
    assert_verb!("bad-name", xtask(&["--workspace", at, "regen", "../up", "--spec", "x.json"]));
    assert_verb!("no-file", xtask(&["--workspace", at, "regen", "acme", "--spec", "x.json"]));
    let url = ["--url", "http://127.0.0.1:9", "--token-env", "NO_SUCH_VARIABLE"];
    assert_verb!("no-token", xtask(&[&["--workspace", at, "regen", "acme"][..], &url[..]].concat()));
    assert_verb!("unknown-edition", xtask(&["--workspace", at, "regen", "acme", "--url", "sim:1999.1"]));

    // What contradicts the API documentation is named, with its place and the field.
    let document = fs::read_to_string(root().join("spec/2024.9/swagger.json")).unwrap();
    let changed = folder.path().join("changed.json");
    put(
        &changed,
        &document
            .replace(
                "\"isDefault\": {\n            \"type\": \"boolean\"",
                "\"isDefault\": {\n            \"type\": \"string\"",
            )
            .replace("\"reportTypeId\"", "\"typeId\""),
    );
    assert_verb!(
        "mismatch",
        xtask(&["--workspace", at, "regen", "acme", "--strict", "--spec", changed.to_str().unwrap()])
    );
    fs::remove_file(changed).unwrap();
    assert_eq!(files(folder.path()), before, "a failure leaves everything as it was");
}

#[test]
fn an_interrupted_run_leaves_whole_files() {
    let folder = workspace();
    let at = folder.path().to_str().unwrap();
    let document = root().join("spec/2026.5/swagger.json");
    assert_eq!(xtask(&["--workspace", at, "regen", "acme", "--spec", document.to_str().unwrap()]).1, Some(0));
    let regen = ["--workspace", at, "regen", "--all", "--offline"];
    let names = folder.path().join("spec/names.toml");
    let old_names = fs::read_to_string(&names).unwrap();
    let old = files(folder.path());
    put(&names, &old_names.replace("\"list_", "\"enumerate_"));
    assert_eq!(xtask(&regen).1, Some(0));
    let new = files(folder.path());

    let signals = ["INT", "TERM", "KILL"].into_iter().cycle();
    for (delay, signal) in (0..21).map(|n| Duration::from_millis(n * 20)).zip(signals) {
        put(&names, &old_names);
        assert_eq!(xtask(&regen).1, Some(0));
        assert_eq!(files(folder.path()), old);
        put(&names, &old_names.replace("\"list_", "\"enumerate_"));
        interrupt(command(&regen), delay, signal);
        for (path, contents) in files(folder.path()) {
            if path.components().any(|part| part.as_os_str().to_string_lossy().starts_with(".regen-")) {
                continue;
            }
            let whole = [&old, &new].iter().any(|known| known.get(&path) == Some(&contents));
            assert!(whole, "{} is half-written after {delay:?}", path.display());
        }
        let (text, status) = xtask(&regen);
        assert_eq!(status, Some(0), "{text}");
        assert_eq!(files(folder.path()), new, "{signal} after {delay:?}: the next run ends as an undisturbed one");
    }
}

#[test]
fn an_interrupted_upgrade_is_finished_or_undone_by_the_next_run() {
    let folder = workspace();
    let at = folder.path().to_str().unwrap();
    let document = root().join("spec/2024.9/swagger.json");
    let newer = root().join("spec/2026.5/swagger.json");
    let served = folder.path().join("served.json");
    put(&served, &fs::read_to_string(&document).unwrap());
    let pin = ["--workspace", at, "regen", "acme", "--spec", served.to_str().unwrap()];
    assert_eq!(xtask(&pin).1, Some(0));
    put(&served, &fs::read_to_string(&newer).unwrap());
    let old = files(folder.path());
    // What comes after the files is not of interest here: nothing is compiled, and the verb does not say that anything is.
    let upgrade = || {
        let mut upgrade = command(&["--workspace", at, "upgrade", "acme"]);
        upgrade.env("CARGO", "true");
        upgrade
    };
    let output = upgrade().output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(!text.contains("everything compiles") && text.contains("cargo check --workspace failed"), "{text}");
    let new = files(folder.path());
    assert_ne!(old, new);

    let signals = ["KILL", "INT", "TERM"].into_iter().cycle();
    for (delay, signal) in (0..12).map(|n| Duration::from_millis(n * 25)).zip(signals) {
        let gone: Vec<PathBuf> = new.keys().filter(|path| !old.contains_key(*path)).cloned().collect();
        gone.iter().for_each(|path| drop(fs::remove_file(path)));
        for (path, contents) in &old {
            put(path, &String::from_utf8_lossy(contents));
        }
        interrupt(upgrade(), delay, signal);
        let (text, status) = xtask(&["--workspace", at, "regen", "--all", "--offline"]);
        assert_eq!(status, Some(0), "{signal} after {delay:?}: {text}");
        let left = files(folder.path());
        assert!(left == old || left == new, "{signal} after {delay:?}: neither the state before nor the one after");
    }
}

/// Starts a verb and sends it a signal.
fn interrupt(mut command: Command, delay: Duration, signal: &str) {
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(delay);
    // A run that has ended already cannot be interrupted.
    let _ = Command::new("kill").args([&format!("-{signal}"), &run.id().to_string()]).stderr(Stdio::null()).status();
    run.wait().unwrap();
}

#[test]
fn a_crate_of_its_own_comes_from_any_document() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("client");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generated/shop.json");
    let arguments = [
        "generate",
        "--input",
        fixture.to_str().unwrap(),
        "--output",
        output.to_str().unwrap(),
        "--crate-name",
        "shop-client",
    ];
    assert_verb!("generate", xtask(&arguments));
    let generated = files(&output);
    assert_verb!("generate-again", xtask(&arguments));
    assert_eq!(files(&output), generated, "two runs give the same bytes");

    // What comes out compiles without warnings, and behaves.
    copy_tests(&output, "shop.rs");
    let manifest = fs::read_to_string(output.join("Cargo.toml")).unwrap();
    put(&output.join("Cargo.toml"), &format!("{manifest}\n[dev-dependencies]\n{DEPENDENCIES}\n[workspace]\n"));
    cargo_test(&output);

    // A folder with something else in it is left alone.
    let other = folder.path().join("other");
    put(&other.join("src/lib.rs"), "fn by_hand() {}\n");
    let arguments = [
        "generate",
        "--input",
        fixture.to_str().unwrap(),
        "--output",
        other.to_str().unwrap(),
        "--crate-name",
        "shop-client",
    ];
    assert_verb!("generate-elsewhere", xtask(&arguments));
    assert_eq!(fs::read_to_string(other.join("src/lib.rs")).unwrap(), "fn by_hand() {}\n");
}
