//! `.github/drift.sh`: one pull request for each deployment, for every kind of breakage, with a repository and stand-ins for
//! `cargo` and `gh`.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "a test's own folder")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

/// What `cargo xtask drift` and `upgrade` end with, whether the pin changes, and the number of an open pull request.
struct Night {
    drift: u8,
    upgrade: u8,
    changes: bool,
    open: Option<u8>,
}

const CARGO: &str = r#"#!/bin/sh
echo "cargo $*" >> "$LOG"
case "$2" in
    drift) exit "$DRIFT" ;;
    upgrade)
        [ "$UPGRADE" = 3 ] && exit 3
        echo "report $UPGRADE" > "$5"
        [ -n "$CHANGES" ] && echo "$CHANGES" > spec/acme.json
        exit "$UPGRADE" ;;
esac
"#;

const GH: &str = r#"#!/bin/sh
echo "gh $*" >> "$LOG"
[ "$2" = list ] && echo "$OPEN"
exit 0
"#;

fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let work = folder.path().join("work");
    for sub in ["bin", "work/spec", "work/crates/pins"] {
        fs::create_dir_all(folder.path().join(sub)).unwrap();
    }
    for (name, text) in [("bin/cargo", CARGO), ("bin/gh", GH)] {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    for (name, text) in
        [("spec/acme.json", "old"), ("crates/pins/keep", ""), ("Cargo.lock", ""), (".gitignore", "target")]
    {
        fs::write(work.join(name), text).unwrap();
    }
    run(folder.path(), "git", &["init", "--quiet", "--bare", "origin"]);
    run(&work, "git", &["init", "--quiet", "--initial-branch", "main"]);
    for (key, value) in [("user.name", "t"), ("user.email", "t@t.example"), ("commit.gpgsign", "false")] {
        run(&work, "git", &["config", key, value]);
    }
    run(&work, "git", &["remote", "add", "origin", "../origin"]);
    run(&work, "git", &["add", "."]);
    run(&work, "git", &["commit", "--quiet", "--message", "begin"]);
    folder
}

impl Night {
    /// Runs the script; gives how it ended and what it called.
    fn run(&self, folder: &Path) -> (Option<i32>, String) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.github/drift.sh").canonicalize().unwrap();
        let (work, log) = (folder.join("work"), folder.join("log"));
        let _ = fs::remove_file(&log);
        let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
        let output: Output = Command::new("bash")
            .arg(script)
            .arg("acme.eu")
            .current_dir(&work)
            .env("PATH", path)
            .env("LOG", &log)
            .env("DRIFT", self.drift.to_string())
            .env("UPGRADE", self.upgrade.to_string())
            .env("CHANGES", if self.changes { "new" } else { "" })
            .env("OPEN", self.open.map(|number| number.to_string()).unwrap_or_default())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("fatal") && !said.contains("error"), "{said}");
        (output.status.code(), fs::read_to_string(log).unwrap())
    }
}

#[test]
fn every_kind_of_breakage_opens_or_updates_the_pull_request_of_its_deployment() {
    let kinds = [
        // drift, upgrade, the pin changes, title, status
        (0, 0, true, "Drift: acme.eu serves another document than its pin", 0),
        (1, 0, true, "Drift: acme.eu serves another document than its pin", 1),
        (1, 1, true, "Drift: acme.eu breaks our code", 1),
        (1, 2, false, "Drift: acme.eu cannot be pinned again", 1),
        (2, 2, false, "Drift: acme.eu cannot be pinned again", 1),
    ];
    for (drift, upgrade, changes, title, status) in kinds {
        let folder = repository();
        let night = Night { drift, upgrade, changes, open: None };
        let (ended, calls) = night.run(folder.path());
        assert_eq!(ended, Some(status), "{calls}");
        let create = format!("gh pr create --head drift/acme.eu --title {title} --body-file target/drift/acme.eu.md\n");
        assert!(calls.ends_with(&create), "{calls}");
        let pushed = run(&folder.path().join("origin"), "git", &["show", "drift/acme.eu:spec/acme.json"]);
        assert_eq!(pushed.trim(), if changes { "new" } else { "old" });

        // The next night finds the pull request open.
        run(&folder.path().join("work"), "git", &["switch", "--quiet", "main"]);
        let (ended, calls) = Night { open: Some(7), ..night }.run(folder.path());
        assert_eq!(ended, Some(status), "{calls}");
        assert!(calls.contains(&format!("gh pr edit 7 --title {title}")) && !calls.contains("create"), "{calls}");
    }
}

#[test]
fn without_a_difference_there_is_no_pull_request_and_an_open_one_is_closed() {
    let folder = repository();
    let night = Night { drift: 0, upgrade: 0, changes: false, open: None };
    let (ended, calls) = night.run(folder.path());
    assert_eq!((ended, calls.contains("create"), calls.contains("close")), (Some(0), false, false), "{calls}");
    let (ended, calls) = Night { open: Some(7), ..night }.run(folder.path());
    assert_eq!((ended, calls.contains("gh pr close 7")), (Some(0), true), "{calls}");
}

#[test]
fn an_instance_that_cannot_be_asked_changes_nothing() {
    for (drift, upgrade) in [(3, 0), (0, 3)] {
        let folder = repository();
        let (ended, calls) = Night { drift, upgrade, changes: true, open: Some(7) }.run(folder.path());
        assert_eq!((ended, calls.contains("gh ")), (Some(3), false), "{calls}");
    }
}
