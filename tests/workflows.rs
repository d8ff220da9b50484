//! The workflows: what they run of others is pinned, no secret is given to more than the step that needs it, and the nightly
//! comparison has a job for each deployment.

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
fn the_nightly_comparison_has_a_job_for_each_deployment() {
    let (_, text) = workflows().into_iter().find(|(name, _)| name.ends_with("drift.yml")).unwrap();
    let workflow: Value = serde_yaml_ng::from_str(&text).unwrap();
    let steps = workflow["jobs"]["deployments"]["steps"].as_sequence().unwrap();
    let script = steps.iter().find_map(|step| step["run"].as_str()).unwrap();

    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("spec")).unwrap();
    let deployments = "[acme]\nurl = \"https://a\"\n\n[\"shop.example\"]\nurl = \"https://b\"\n";
    fs::write(folder.path().join("spec/deployments.toml"), deployments).unwrap();
    // As GitHub runs it.
    let mut shell = Command::new("bash");
    shell.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]);
    let output = shell.current_dir(folder.path()).env("GITHUB_OUTPUT", folder.path().join("output")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let written = fs::read_to_string(folder.path().join("output")).unwrap();
    assert_eq!(written, "names=[\"acme\",\"shop.example\"]\n");
    // What each job does is tested in `xtask/tests/nightly.rs`.
    assert!(
        text.contains("bash .github/drift.sh \"$NAME\"") && text.contains("fromJSON(needs.deployments.outputs.names)")
    );
}
