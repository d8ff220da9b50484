//! `drift` and `upgrade`, as a person and a CI system run them.

use std::{fs, path::Path, process::Stdio};

use cxreports_sim::{Edition, Instance};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{put, root, workspace, xtask};

fn instance(runtime: &Runtime) -> Instance {
    runtime.block_on(Instance::builder(Edition::V2026_5).token("t").start()).unwrap()
}

fn document() -> Value {
    serde_json::from_str(Edition::V2026_5.document()).unwrap()
}

fn remove(value: &mut Value, key: &str) -> Value {
    value.as_object_mut().unwrap().remove(key).unwrap()
}

/// A removed endpoint, a field that became required, a narrowed enum, a renamed property.
fn changed() -> Value {
    let mut document = document();
    remove(&mut document["paths"], "/api/v1/ws/{workspaceId}/themes");
    let schemas = &mut document["components"]["schemas"];
    schemas["AsyncReportGenerationRequest"]["required"] = json!(["lang"]);
    schemas["DocumentFileFormat"]["enum"] = json!(["pdf", "docx", "xlsx", "html"]);
    let name = remove(&mut schemas["Report"]["properties"], "themeName");
    schemas["Report"]["properties"]["themeTitle"] = name;
    document
}

#[test]
fn two_pins_read_well_in_every_format() {
    let between = ["drift", "--between", "2024.9", "2026.5"];
    assert_verb!("drift-between_pins", xtask(&between));
    let back = ["drift", "--between", "2026.5", "2024.9"];
    assert_verb!("drift-backwards", xtask(&back));
    for format in ["markdown", "json", "github", "junit", "html"] {
        let name = format!("drift-{format}");
        assert_verb!(name, xtask(&[&between[..], &["--format", format, "--fail-on", "warning"]].concat()));
    }
}

#[test]
fn a_verdict_that_nobody_reads_to_its_end_is_not_success() {
    let mut drift = super::command(&["drift", "--between", "2026.5", "2024.9"]);
    let mut run = drift.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(run.stdout.take());
    assert_eq!(run.wait().unwrap().code(), Some(2));
}

#[test]
fn an_instance_that_changes_while_it_runs_is_caught() {
    let runtime = Runtime::new().unwrap();
    let instance = instance(&runtime);
    let drift = |rest: &[&str]| xtask(&[&["drift", "demo", "--url", &instance.url()], rest].concat());
    assert_eq!(drift(&[]).1, Some(0));
    instance.set_document(changed());
    assert_verb!("drift-changed", drift(&[]));

    let (text, status) = drift(&["--format", "json"]);
    assert_eq!(status, Some(1));
    let json: Value = serde_json::from_str(&text[text.find('{').unwrap()..=text.rfind('}').unwrap()]).unwrap();
    assert_eq!(json["verdict"], "breaking");
    let breaking: Vec<_> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] == "breaking")
        .map(|finding| (finding["rule"].as_str().unwrap(), finding["effect"]["methods"].to_string()))
        .collect();
    for (rule, method) in [
        ("operation-removed", "Client::themes"),
        ("property-now-required", "ExportRequest::start"),
        ("enum-value-removed", "ExportRequest::now"),
        ("property-removed", "Client::reports"),
    ] {
        let caught = breaking.iter().any(|(found, methods)| *found == rule && methods.contains(method));
        assert!(caught, "{rule} that breaks {method}: {breaking:?}");
    }
}

#[test]
fn findings_are_explained_and_accepted() {
    let runtime = Runtime::new().unwrap();
    let instance = instance(&runtime);
    let folder = workspace();
    let folder = folder.path().to_str().unwrap();
    let on = |arguments: &[&str]| xtask(&[&["--workspace", folder], arguments].concat());
    assert_eq!(on(&["regen", "acme", "--url", &instance.url(), "--edition", "2026.5"]).1, Some(0));
    instance.set_document(changed());

    let (text, _) = on(&["drift", "acme", "--format", "json"]);
    let removed = text.split("\"rule\": \"operation-removed\"").next().unwrap();
    let id = removed.rsplit("\"id\": \"").next().unwrap().split('"').next().unwrap();
    let (explained, status) = on(&["drift", "acme", "--explain", id]);
    assert_eq!(status, Some(0));
    let entry = explained[explained.find("[[allow]]").unwrap()..].split("\n\n").next().unwrap().to_owned();
    let shown = explained.lines().map(|line| if line.starts_with("expires") { "expires = DATE" } else { line });
    assert_verb!("drift-explain", (shown.map(|line| format!("{line}\n")).collect::<String>(), status));

    // The entry as it is printed accepts the finding; one that matches nothing and one of long ago are told.
    let allow = format!(
        "[severity]\n\"enum-value-removed\" = \"info\"\n\n{entry}\n\
         [[allow]]\nrule = \"header-removed\"\nreason = \"a proxy\"\nexpires = 2999-01-01\n\n\
         [[allow]]\nrule = \"property-removed\"\nreason = \"we do not show it\"\nexpires = 2020-01-01\n"
    );
    put(&std::path::Path::new(folder).join("spec/drift-allow.toml"), &allow);
    assert_verb!("drift-allowed", on(&["drift", "acme"]));
    put(&std::path::Path::new(folder).join("spec/drift-allow.toml"), "[[allow]]\nrule = \"no-such-rule\"\n");
    assert_verb!("drift-allow_is_wrong", on(&["drift", "acme"]));
    put(&std::path::Path::new(folder).join("spec/drift-allow.toml"), "");

    let report = std::path::Path::new(folder).join("drift.html");
    let (text, status) = on(&["drift", "acme", "--format", "html", "--output", report.to_str().unwrap()]);
    assert!(status == Some(1) && text.contains("written to"), "{text}");
    assert!(fs::read_to_string(report).unwrap().contains("<b>"));
}

#[test]
fn real_answers_are_held_against_the_document() {
    let runtime = Runtime::new().unwrap();
    let instance = instance(&runtime);
    let folder = workspace();
    let folder = folder.path().to_str().unwrap();
    let mut document = document();
    let schemas = &mut document["components"]["schemas"];
    // The pin's document knows less, or other things, than the instance answers.
    remove(&mut schemas["Report"]["properties"], "themeName");
    schemas["ReportPageType"]["enum"] = json!(["page", "subreport"]);
    schemas["ReportThemeListItem"]["required"] = json!(["colour"]);
    schemas["ReportThemeListItem"]["properties"]["colour"] = json!({ "type": "string" });
    schemas["ReportTemplate"]["properties"]["code"] = json!({ "type": "string", "enum": ["letter"] });
    instance.set_document(document);
    let manifest = std::path::Path::new(folder).join("spec/deployments.toml");
    let on = |arguments: &[&str]| xtask(&[&["--workspace", folder], arguments].concat());
    let (said, status) = on(&["regen", "acme", "--url", &instance.url()]);
    assert_eq!(status, Some(0), "{said}");
    let deployments = fs::read_to_string(&manifest).unwrap();
    put(&manifest, &deployments.replace("[acme]\n", "[acme]\ntoken_env = \"ACME_PAT\"\n"));
    let mut command = super::command(&["--workspace", folder, "drift", "acme", "--observe", "--fail-on", "warning"]);
    let output = command.env("ACME_PAT", "t").output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert_verb!("drift-observe", (text, output.status.code()));
}

#[test]
fn two_documents_are_compared_outside_of_a_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let document = |pin: &str| root.join("spec").join(pin).join("swagger.json").to_str().unwrap().to_owned();
    let (old, new) = (document("2024.9"), document("2026.5"));
    let at = ["--workspace", folder.path().to_str().unwrap(), "drift"];
    let (text, status) = xtask(&[&at[..], &["--base", &new, "--revision", &old]].concat());
    assert!(status == Some(1) && text.contains("17 breaking changes"), "{text}");
    let (text, status) = xtask(&[&at[..], &["--base", &new, "--revision", &new]].concat());
    assert!(status == Some(0), "{text}");
    let (text, status) = xtask(&[&at[..], &["--all"]].concat());
    assert!(status == Some(2) && text.contains("has no Cargo.toml"), "{text}");
    let torn = folder.path().join("torn.json");
    put(&torn, "{\"openapi\": ");
    let (text, status) = xtask(&[&at[..], &["--base", &new, "--revision", torn.to_str().unwrap()]].concat());
    assert!(status == Some(2) && text.contains("breaks off"), "no instance was asked: {text}");
}

#[test]
fn what_a_document_has_twice_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().replace('\\', "/");
    let (once, twice) = (path("once.json"), path("twice.json"));
    let item = "\"/x\": { \"get\": { \"responses\": { \"200\": { \"description\": \"OK\" } } } }";
    let document = |items: &str| {
        format!(
            "{{ \"openapi\": \"3.0.4\", \"info\": {{ \"title\": \"t\", \"version\": \"v1\" }}, \"paths\": {{\n{items} }} }}"
        )
    };
    put(Path::new(&once), &document(item));
    put(Path::new(&twice), &document(&format!("{item},\n{item}")));
    let workspace = folder.path().to_str().unwrap();
    let drift = |rest: &[&str]| {
        xtask(&[&["--workspace", workspace, "drift", "--base", &once, "--revision", &twice], rest].concat())
    };
    let (text, status) = drift(&["--format", "markdown"]);
    assert!(status == Some(0) && text.contains("`/paths/~1x in line 3`"), "{text}");
    assert_eq!(drift(&["--fail-on", "warning"]).1, Some(1));
    let (text, status) = xtask(&["generate", "--input", &twice, "--output", &path("client"), "--crate-name", "twice"]);
    let warning = format!("warning: {twice}: /paths/~1x in line 3 is written again; only the last one counts");
    assert!(status == Some(0) && text.contains(&warning), "{text}");
}

#[test]
fn mistakes_of_drift_name_the_next_step() {
    let cases: [&[&str]; 6] = [
        &["drift"],
        &["drift", "nowhere"],
        &["drift", "--between", "2024.9", "1999"],
        &["drift", "--base", "no-such-file.json", "--revision", "x"],
        &["drift", "demo", "--explain", "0000000000"],
        &["drift", "demo", "--format", "pdf"],
    ];
    let mut text = String::new();
    for case in cases {
        let (said, status) = xtask(case);
        text.push_str(&format!("$ cargo xtask {}\n{said}exit status {}\n\n", case.join(" "), status.unwrap_or(-1)));
    }
    assert_verb!("drift-mistakes", (text, None));
}

/// Pins an instance in a workspace, and adds a crate that lists themes through the pin.
fn pin_with_an_application(path: &Path, pin: &str, instance: &Instance) {
    let (text, status) = xtask(&["--workspace", path.to_str().unwrap(), "regen", pin, "--url", &instance.url()]);
    assert_eq!(status, Some(0), "{text}");
    let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap();
    put(&path.join("Cargo.toml"), &manifest.replace("[\"crates/pins/*\"]", "[\"app\", \"crates/pins/*\"]"));
    put(
        &path.join("app/Cargo.toml"),
        &format!(
            "[package]\nname = \"app\"\nedition = \"2024\"\n\n[dependencies]\ncxreports-core.workspace = true\n\
             pin = {{ package = \"cxreports-pin-{pin}\", path = \"../crates/pins/{pin}\" }}\n"
        ),
    );
    put(
        &path.join("app/src/lib.rs"),
        "use cxreports_core::{Supports, op};\n\npub fn themes(api: &pin::Api) -> impl Supports<op::ListThemes> + use<'_> {\n    api.clone()\n}\n",
    );
}

fn document_without_themes() -> Value {
    let mut document = document();
    remove(&mut document["paths"], "/api/v1/ws/{workspaceId}/themes");
    document
}

#[test]
fn an_upgrade_says_what_changed_and_what_no_longer_compiles() {
    let runtime = Runtime::new().unwrap();
    let instance = instance(&runtime);
    let folder = workspace();
    let path = folder.path();
    let on = |arguments: &[&str]| xtask(&[&["--workspace", path.to_str().unwrap()], arguments].concat());
    pin_with_an_application(path, "acme", &instance);
    let (text, status) = on(&["upgrade", "acme"]);
    assert!(status == Some(0) && text.contains("everything compiles"), "{text}");
    instance.set_document(document_without_themes());
    let report = path.join("upgrade.md");
    let (text, status) = on(&["upgrade", "acme", "--output", report.to_str().unwrap()]);
    assert_eq!(status, Some(1), "{text}");
    assert!(!text.contains("everything compiles"), "{text}");
    assert_verb!("upgrade", (text, status));
    let report = fs::read_to_string(report).unwrap();
    assert!(report.starts_with("## acme: pin acme") && report.contains("a major version"), "{report}");
    assert!(!root().join("upgrade.md").exists());
}

/// Cargo names the builds of a workspace's crates by their place in it: two workspaces with one target folder overwrite each other's.
#[cfg(unix)]
#[test]
fn the_pin_of_another_workspace_in_the_same_target_folder_is_not_taken_for_ours() {
    use std::os::unix::fs::PermissionsExt as _;

    let runtime = Runtime::new().unwrap();
    let instance = instance(&runtime);
    let [ours, theirs] = [workspace(), workspace()];
    for folder in [&ours, &theirs] {
        // No other test compiles a pin of this name.
        pin_with_an_application(folder.path(), "shared", &instance);
    }
    instance.set_document(document_without_themes());
    // The other workspace is compiled at the worst moment: after our pin is written, and before ours is compiled.
    let (cargo, once) = (ours.path().join("cargo"), ours.path().join("once"));
    let script = format!(
        "#!/bin/sh\n\
         [ -e '{once}' ] || (cd '{theirs}' && touch crates/pins/shared/src/lib.rs && '{real}' check --workspace --quiet && touch '{once}')\n\
         exec '{real}' \"$@\"\n",
        once = once.display(),
        theirs = theirs.path().display(),
        real = env!("CARGO"),
    );
    put(&cargo, &script);
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let mut upgrade = super::command(&["--workspace", ours.path().to_str().unwrap(), "upgrade", "shared"]);
    let output = upgrade.env("CARGO", &cargo).output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert!(once.exists(), "the other workspace compiles: {text}");
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("app/src/lib.rs:3: the instance that `PinShared` is pinned to has no `ListThemes`"),
        "{text}"
    );
}

#[test]
fn the_history_of_a_deployment_is_a_change_log() {
    let runtime = Runtime::new().unwrap();
    let folder = workspace();
    let path = folder.path();
    let on = |arguments: &[&str]| xtask(&[&["--workspace", path.to_str().unwrap()], arguments].concat());
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@t.example", "-c", "commit.gpgsign=false"];
        let status =
            std::process::Command::new("git").current_dir(path).args(identity).args(arguments).status().unwrap();
        assert!(status.success(), "{arguments:?}");
    };
    let pin = |instance: &Instance| {
        assert_eq!(on(&["regen", "acme", "--url", &instance.url()]).1, Some(0));
        git(&["add", "spec"]);
        git(&["commit", "--quiet", "--message", "pin", "--allow-empty"]);
    };
    git(&["init", "--quiet"]);
    let instance = instance(&runtime);
    assert_eq!(on(&["regen", "acme", "--url", &instance.url()]).1, Some(0));
    let (text, status) = on(&["changelog", "acme"]);
    assert!(status == Some(2) && text.starts_with("error: "), "{text}");

    pin(&instance);
    pin(&instance);
    instance.set_document(changed());
    pin(&instance);
    instance.set_document(document());
    pin(&instance);
    let (text, status) = on(&["changelog", "acme"]);
    assert_eq!(status, Some(0), "{text}");
    let sections: Vec<&str> = text.split("\n## ").collect();
    assert_eq!(sections.len(), 4, "{text}");
    assert!(sections[0].starts_with("# Changes of acme\n"), "{text}");
    assert!(sections[1].contains("`GET /api/v1/ws/{workspaceId}/themes`: operation added"), "the newest first: {text}");
    assert!(sections[2].contains("### Breaking") && sections[2].contains("operation removed"), "{text}");
    assert!(sections[3].ends_with("Pinned for the first time.\n"), "{text}");
    let report = path.join("changes.md");
    assert_eq!(on(&["changelog", "acme", "--output", report.to_str().unwrap()]).1, Some(0));
    assert_eq!(fs::read_to_string(report).unwrap(), text);
}

#[test]
fn an_instance_that_cannot_be_asked_is_told_from_one_that_cannot_be_pinned() {
    let runtime = Runtime::new().unwrap();
    let instance = instance(&runtime);
    let folder = workspace();
    let path = folder.path();
    let on = |arguments: &[&str]| xtask(&[&["--workspace", path.to_str().unwrap()], arguments].concat());
    assert_eq!(on(&["regen", "acme", "--url", &instance.url()]).1, Some(0));
    let report = path.join("upgrade.md");
    let output = ["--output", report.to_str().unwrap()];
    for verb in ["drift", "upgrade"] {
        assert_eq!(on(&[verb, "acme", "--url", "http://127.0.0.1:9"]).1, Some(3));
    }
    assert_eq!(on(&[&["upgrade", "acme", "--url", "http://127.0.0.1:9"][..], &output].concat()).1, Some(3));
    assert!(!report.exists());

    let broken = path.join("broken.json");
    put(&broken, r#"{ "openapi": "3.0.4", "info": {}, "paths": { "/a`b": { "get": [] } } }"#);
    let (text, status) =
        on(&[&["upgrade", "acme", "--url", &format!("file:{}", broken.display())][..], &output].concat());
    assert_eq!(status, Some(2), "{text}");
    let report = fs::read_to_string(report).unwrap();
    assert!(report.starts_with("## `acme` cannot be pinned again\n\n```text\n"), "{report}");
}
