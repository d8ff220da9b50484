//! The canary: a planted token and a planted nonce are looked for in what every command prints, writes and passes to other programs.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::malice::{Expect, Malice, NONCE, Script, Server, Then};
use tempfile::TempDir;

const TOKEN: &str = "planted-token-2e7a";

static HONEST: Malice = Malice {
    name: "nothing",
    expect: Expect::May,
    script: |honest, _, _| Script { bytes: honest.bytes(), then: Then::Close },
};

/// Every command, in an order in which each finds what it needs. `$TICKET` is a ticket.
const COMMANDS: &[&str] = &[
    "workspaces",
    "reports list",
    "reports pages 42",
    "types",
    "templates",
    "themes",
    "jobs",
    "export 42 -o r.pdf",
    "export 42 -o out/",
    "export 42 -o -",
    "export 42 --detach",
    "export 42 --data data.json -p customer=7 -o r.pdf",
    "export 42 -o missing/r.pdf",
    "export 42 --no-such-option",
    "status 5",
    "status $TICKET",
    "download 5 -o d.pdf",
    "download $TICKET -o d.pdf",
    "bulk lines.jsonl -o out --dry-run",
    "bulk lines.jsonl -o out",
    "bulk missing.jsonl -o out",
    "data upload data.json",
    "preview 42 --open",
    "run monthly",
    "run monthly --wait",
    "run monthly --review r.pdf --deliver --yes",
    "run monthly --deliver",
    "doctor",
    "config path",
    "profile add variable --url $CX_REPORTS_URL --token-env CX_REPORTS_PAT",
    "profile add command --url $CX_REPORTS_URL -w finance --token-command 'printf %s $CX_REPORTS_PAT'",
    "profile add keyring --url $CX_REPORTS_URL -w finance",
    "profile add file --url $CX_REPORTS_URL -w finance --no-keyring",
    "profile list",
    "profile test variable",
    "profile test command",
    "profile test keyring",
    "profile test file",
    "reports list -P keyring",
    "reports list -P no-such-profile",
    "profile remove keyring",
    "completions bash",
    "completions zsh",
    "man",
    "man -o pages",
    "export --help",
    "--version",
];

const VARIANTS: [&str; 5] = ["", "--json", "--quiet", "--json --quiet", "--color always --no-cache"];

/// Programs that keep their arguments in a file, and what a page that they are to open has in it to themselves.
fn put_programs(folder: &Path) {
    let programs = folder.join("bin");
    fs::create_dir(&programs).unwrap();
    let log = "#!/bin/sh\necho \"$0 $@\" >> \"$HOME/arguments\"\n";
    let keyring = format!(
        "{log}case $1 in store) cat > \"$HOME/bin/.kept\" ;; lookup) cat \"$HOME/bin/.kept\" ;; clear) rm \"$HOME/bin/.kept\" ;; esac\n"
    );
    let browsers = ["xdg-open", "gio", "gnome-open", "kde-open", "wslview", "open", "firefox"].map(|name| (name, log));
    for (name, script) in browsers.into_iter().chain([("secret-tool", &*keyring)]) {
        put(&programs.join(name), script);
        fs::set_permissions(programs.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[allow(clippy::disallowed_methods, reason = "a test's own folder")]
fn put(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

fn run(folder: &Path, url: &str, line: &str) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("exec \"$0\" {line}"), env!("CARGO_BIN_EXE_cxreports")]).current_dir(folder);
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let ticket = format!(
        "{{\"version\":1,\"instance\":\"{url}/\",\"workspace\":\"finance\",\"export\":{{\"temporaryFileId\":5,\"fallbackName\":\"r.pdf\"}}}}"
    );
    command.env_clear().env("PATH", path).env("HOME", folder).env("RUST_BACKTRACE", "1").env("RUST_LOG", "trace");
    command.env("CX_REPORTS_URL", url).env("CX_REPORTS_PAT", TOKEN).env("CX_REPORTS_WORKSPACE_ID", "finance");
    command.env("TICKET", ticket).env("CX_REPORTS_CONFIG", "config/config.toml");
    // `profile add` reads the token from standard input.
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), TOKEN.as_bytes());
    child.wait_with_output().unwrap()
}

/// The files of a folder and below that have a secret in them, but for those that a token is kept in.
fn with_secret(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            with_secret(&path, found);
        } else if !path.ends_with("bin/.kept") && !path.ends_with("config/tokens/file") {
            found.extend(secret_in(&fs::read(&path).unwrap()).map(|secret| format!("{}: {secret}", path.display())));
        }
    }
}

fn secret_in(text: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(text);
    [TOKEN, NONCE].into_iter().find(|secret| text.contains(secret))
}

/// Commands block their threads; the servers need some, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn no_command_shows_a_secret() {
    let variants = VARIANTS.map(|variant| tokio::spawn(no_command_shows_a_secret_with(variant)));
    for variant in variants {
        variant.await.unwrap();
    }
}

async fn no_command_shows_a_secret_with(variant: &'static str) {
    // No request is for this place, so everything is honest.
    let server = Server::start(&HONEST, Some("nowhere")).await;
    let folder = TempDir::new().unwrap();
    put_programs(folder.path());
    put(&folder.path().join("data.json"), "{\"customer\":7}");
    put(&folder.path().join("lines.jsonl"), "{\"report\":42}\n{\"report\":42,\"output\":\"a.pdf\"}\n{\"report\":\n");
    for command in COMMANDS {
        let line = format!("{command} {variant}");
        let output = run(folder.path(), &server.url, &line);
        for text in [&output.stdout, &output.stderr] {
            assert_eq!(secret_in(text), None, "{line}: {}", String::from_utf8_lossy(text));
        }
        let text = String::from_utf8_lossy(&output.stderr);
        let fails =
            ["-o - --json", "doctor", "missing", "no-such", "bulk lines.jsonl", "--deliver", "download $", "status $"];
        assert!(output.status.success() || fails.iter().any(|part| line.contains(part)), "{line}: {text}");
        assert!(!text.contains("panicked"), "{line}: {text}");
        let mut found = Vec::new();
        with_secret(folder.path(), &mut found);
        assert!(found.is_empty(), "{line} leaves a secret behind: {found:?}");
    }
    let arguments = fs::read_to_string(folder.path().join("arguments")).unwrap();
    assert!(arguments.contains("secret-tool store") && arguments.contains("cxreports-"), "{arguments}");
    // Where a nonce is what was asked for, it goes to standard output alone.
    let preview = run(folder.path(), &server.url, &format!("preview 42 {variant}"));
    assert!(secret_in(&preview.stdout) == Some(NONCE) && secret_in(&preview.stderr).is_none(), "{variant}");
}
