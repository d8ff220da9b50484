//! The workflows: what they run of others is pinned, no secret is given to more than the step that needs it, and the nightly
//! comparison says what cannot be pinned.

use std::{fs, path::Path, process::Command};

use serde_yaml_ng::Value;

/// Each workflow with its name and its text.
fn workflows() -> Vec<(String, String)> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.github/workflows"));
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn actions_are_pinned_by_commit_with_their_version() {
    let mut seen = 0;
    for (name, text) in workflows() {
        for line in text.lines() {
            let Some((_, used)) = line.split_once("uses:") else { continue };
            let (action, version) = used.trim().split_once(" # ").unwrap_or((used.trim(), ""));
            let commit = action.split_once('@').map_or("", |(_, commit)| commit);
            let is_commit = commit.len() == 40 && commit.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
            assert!(is_commit && version.starts_with('v'), "{name}: pin it by commit, with its version:{used}");
            seen += 1;
        }
    }
    assert!(seen > 5, "only {seen} actions were found");
}

#[test]
fn secrets_are_given_to_single_steps() {
    let has_secret = |value: &Value| {
        let text = serde_yaml_ng::to_string(value).unwrap();
        text.contains("secrets.") || text.contains("github.token")
    };
    for (name, text) in workflows() {
        let workflow: Value = serde_yaml_ng::from_str(&text).unwrap();
        assert!(!has_secret(&workflow["env"]), "{name}: a secret for all jobs");
        for (job, parts) in workflow["jobs"].as_mapping().unwrap() {
            assert!(!has_secret(&parts["env"]), "{name}: a secret for all steps of {job:?}");
            for step in parts["steps"].as_sequence().into_iter().flatten() {
                let takes_other = step.get("uses").is_some() && has_secret(step);
                assert!(!takes_other, "{name}: {job:?} gives a secret to somebody else's action");
            }
        }
    }
}

#[test]
#[cfg(unix)]
#[allow(clippy::disallowed_methods, reason = "a test's own folder")]
fn a_deployment_that_cannot_be_pinned_is_reported_and_the_others_are_pinned() {
    let (_, text) = workflows().into_iter().find(|(name, _)| name.ends_with("drift.yml")).unwrap();
    let workflow: Value = serde_yaml_ng::from_str(&text).unwrap();
    let steps = workflow["jobs"]["drift"]["steps"].as_sequence().unwrap();
    let script = |name: &str| steps.iter().find(|step| step["name"] == *name).unwrap()["run"].as_str().unwrap();

    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    };
    put("spec/deployments.toml", "[acme]\nurl = \"https://a\"\n\n[\"shop.example\"]\nurl = \"https://b\"\n\n[gone]\n");
    // The command that the step calls: it writes a report, or fails, by the deployment's name.
    let cargo = put(
        "bin/cargo",
        "#!/bin/sh\ncat >/dev/null\n[ \"$3\" = gone ] && { echo \"it is gone\" >&2; exit 2; }\necho \"## $3\" > \"$5\"\n[ \"$3\" != acme ]\n",
    );
    // Titles of the issues are the arguments of this one.
    let gh = put("bin/gh", "#!/bin/sh\necho \"$@\" >> calls\n");
    for program in [cargo, gh] {
        fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap());
    for step in ["pin again", "an issue for each deployment that cannot be pinned"] {
        let mut shell = Command::new("bash");
        // As GitHub runs it.
        shell.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script(step)]);
        let output = shell.current_dir(folder.path()).env("PATH", &path).output().unwrap();
        assert!(output.status.success(), "{step}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let report = read("target/drift/all.md");
    for part in ["## acme", "## shop.example", "## gone cannot be pinned again", "    it is gone"] {
        assert!(report.contains(part), "{report}");
    }
    assert!(read("calls").contains("issue create --title Drift: gone cannot be pinned again"), "{}", read("calls"));
    assert!(!read("calls").contains("acme"));
}
