//! Each command against the malice of a hostile server: it ends in time and within little memory, with an exit status that says
//! what happened; it writes nothing, shows no secret and nothing that acts on a terminal, and delivers nothing unseen.
//!
//! A third of the table by default, another third for each command; `ALL=1` runs the whole of it, `ONLY="a torn body"` one row.

use std::{
    fs,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use crate::malice::{Expect, MALICE, Malice, NONCE, PDF, Server};
use cxreports::core::is_printable;
use futures_util::{StreamExt as _, stream};
use tempfile::TempDir;
use tokio::{process::Command, time::timeout};

const TOKEN: &str = "planted-token-2e7a";
const MAX_TIME: Duration = Duration::from_secs(40);
/// Address space of a command, in KiB: code, stacks and all.
const MAX_MEMORY: u32 = 600 << 10;
const AT_ONCE: usize = 48;

/// A command, and the place at which it meets the malice.
type Case = (&'static str, &'static str);

const CASES: &[Case] = &[
    ("workspaces", "workspaces"),
    ("workspaces --json", "swagger"),
    ("reports list", "reports"),
    ("reports pages 42 --json", "pages"),
    ("types", "types"),
    ("templates list --json", "templates"),
    ("themes", "themes"),
    ("themes", "options"),
    ("jobs --json", "jobs"),
    ("export 42 -o r.pdf", "export"),
    ("export 42 -o out/ --json --timeout 3", "status"),
    ("export 42 -o r.pdf --timeout 3", "content"),
    ("export 42 -o - --timeout 3", "content"),
    ("export 42 --detach --json", "export"),
    ("export 42 --data large.json", "data"),
    ("status 5", "status"),
    ("download 5 --json --timeout 3", "status"),
    ("download 5 -o r.pdf --timeout 3", "content"),
    ("bulk lines.jsonl -o out --tries 2 --timeout 3", "export"),
    ("bulk lines.jsonl -o out --tries 2 --timeout 3 --json", "status"),
    ("bulk lines.jsonl -o out --tries 2 --timeout 3", "content"),
    ("data upload large.json", "data"),
    ("preview 42", "nonce"),
    ("run monthly", "runs"),
    ("run monthly --wait --timeout 3 --json", "run status"),
    ("run monthly --review r.pdf --deliver --yes --timeout 3", "run status"),
    ("run monthly --review r.pdf --deliver --yes --timeout 3 --json", "review"),
    ("run monthly --review r.pdf --deliver --yes --timeout 3", "content"),
    ("run monthly --deliver --yes --timeout 3", "jobs"),
    ("run monthly --deliver --yes --timeout 3 --json", "deliver"),
    ("workspaces --quiet", "workspaces"),
    ("export 42 -o r.pdf --quiet --timeout 3", "content"),
    ("bulk lines.jsonl -o out --tries 2 --timeout 3 --quiet", "status"),
    ("run monthly --review r.pdf --deliver --yes --timeout 3 --quiet", "deliver"),
    ("profile test p --config p.toml", "workspaces"),
    ("profile test p --config p.toml --json", "swagger"),
    ("doctor", "workspaces"),
    ("doctor --json", "reports"),
    ("doctor", "nonce"),
    ("doctor --json", "preview"),
    ("doctor", "swagger"),
];

struct Ended {
    code: Option<i32>,
    out: Vec<u8>,
    said: String,
}

async fn run(url: &str, folder: &Path, arguments: &str) -> Option<Ended> {
    let mut command = Command::new("sh");
    let limited = format!("ulimit -v {MAX_MEMORY}; exec \"$0\" {arguments} --request-timeout 1 --file-limit 8");
    command.args(["-c", &limited, env!("CARGO_BIN_EXE_cxreports")]).current_dir(folder).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", folder);
    // Each arena of the allocator takes address space that nobody uses.
    command.env("MALLOC_ARENA_MAX", "1").env("RUST_BACKTRACE", "0");
    command.env("CX_REPORTS_URL", url).env("CX_REPORTS_PAT", TOKEN).env("CX_REPORTS_WORKSPACE_ID", "finance");
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(MAX_TIME, command.output()).await.ok()?.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(Ended { code: output.status.code(), out: output.stdout, said })
}

/// The files in a folder and below, but for what was there before and the journal.
fn written(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == ".cache" {
            continue;
        }
        if path.is_dir() {
            files.extend(written(&path));
        } else if !matches!(&*name, "large.json" | "lines.jsonl" | "lines.jsonl.journal" | "p.toml") {
            files.push(name);
        }
    }
    files
}

fn judge(malice: &Malice, (arguments, place): Case, ended: &Ended, folder: &Path) -> Result<(), String> {
    let Ended { code, out, said } = ended;
    let is_piped = arguments.contains("-o -");
    let text = if is_piped { String::new() } else { String::from_utf8_lossy(out).into_owned() } + said;
    let wrong = |why: &str| Err(format!("{why}; exit status {code:?}: {text}"));
    if let Some(c) = text.chars().find(|c| *c != '\n' && !is_printable(*c)) {
        return wrong(&format!("{c:?} is printed"));
    }
    if text.contains(TOKEN) || (text.contains(NONCE) && !arguments.starts_with("preview")) {
        return wrong("a secret is printed");
    }
    if text.len() > 40_000 {
        return wrong("too much is printed");
    }
    let files = written(folder);
    match code {
        Some(0) => {
            // The document may be absent: then the instance is judged by its routes, or by nothing. What a delivery says is not read.
            let may_succeed = match malice.expect {
                Expect::Fails => matches!(place, "swagger" | "options"),
                Expect::FailsWhereRead => {
                    matches!(place, "swagger" | "options" | "deliver")
                        || arguments == "doctor --json" && place == "preview"
                }
                Expect::May | Expect::Believes => true,
            };
            if !may_succeed {
                return wrong("it was taken for a success");
            }
            let is_honest = |name: &String| fs::read(folder.join(name)).map_or(true, |file| file == PDF);
            if malice.expect == Expect::May && !files.iter().all(is_honest) {
                return wrong("a file is not the honest one");
            }
        }
        // A review document that is whole stays when the delivery fails after it.
        Some(1 | 3 | 4 | 5 | 6) if files.is_empty() || matches!(place, "deliver" | "jobs") => {
            if is_piped && malice.expect == Expect::Fails && !out.is_empty() {
                return wrong("something was printed as the file");
            }
        }
        Some(1 | 3 | 4 | 5 | 6) => return wrong(&format!("{files:?} are left")),
        _ => return wrong("it did not end as a command does"),
    }
    Ok(())
}

/// A folder with what the commands read.
#[allow(clippy::disallowed_methods, reason = "a test's own folder")]
fn place() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("large.json"), format!("\"{}\"", "x".repeat(2 << 20))).unwrap();
    fs::write(folder.path().join("lines.jsonl"), "{\"report\":42,\"output\":\"a.pdf\"}\n").unwrap();
    fs::write(folder.path().join("p.toml"), "[p]\ntoken_env = \"CX_REPORTS_PAT\"\n").unwrap();
    folder
}

async fn cell(malice: &'static Malice, case: Case) -> Result<(), String> {
    let which = format!("{} at {}, {}", case.0, case.1, malice.name);
    for _ in 0..4 {
        let server = Server::start(malice, Some(case.1)).await;
        let folder = place();
        let since = Instant::now();
        let Some(ended) = run(&server.url, folder.path(), case.0).await else {
            return Err(format!("{which}: it goes on after {} s", MAX_TIME.as_secs()));
        };
        judge(malice, case, &ended, folder.path()).map_err(|why| format!("{which}: {why}"))?;
        if server.strays() > 0 {
            return Err(format!("{which}: it went where it was redirected to"));
        }
        if case.1 != "deliver" && ended.code != Some(0) && server.requests("deliver") > 0 {
            return Err(format!("{which}: it delivered all the same"));
        }
        if server.requests("deliver") > 1 {
            return Err(format!("{which}: it delivered {} times", server.requests("deliver")));
        }
        if since.elapsed() > Duration::from_secs(20) {
            println!("{which}: {:.1} s", since.elapsed().as_secs_f32());
        }
        if server.requests(case.1) > 0 {
            return Ok(());
        }
    }
    Err(format!("{which}: it never got there"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_command_meets_malice() {
    let only = std::env::var("ONLY").ok();
    let all = std::env::var_os("ALL").is_some() || only.is_some();
    let mut cells = Vec::new();
    for (row, malice) in MALICE.iter().enumerate() {
        let cases = CASES.iter().enumerate().filter(|(column, _)| all || (row + column) % 3 == 0);
        if only.as_deref().is_none_or(|only| only == malice.name) {
            cells.extend(cases.map(|(_, case)| cell(malice, *case)));
        }
    }
    let (count, since) = (cells.len(), Instant::now());
    assert!(count > 0, "no malice has this name");
    let outcomes: Vec<_> = stream::iter(cells).buffer_unordered(AT_ONCE).collect().await;
    println!("{count} commands in {:.1} s", since.elapsed().as_secs_f32());
    let wrong: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn commands_that_need_no_instance_ask_none() {
    let offline = [
        "config path",
        "completions bash",
        "completions powershell --quiet",
        "man",
        "man -o pages",
        "profile list --config p.toml",
        "profile list --config p.toml --json",
        "profile add q --config q.toml --url $CX_REPORTS_URL --token-env CX_REPORTS_PAT --quiet",
        "profile remove p --config p.toml",
        "bulk --help",
    ];
    for arguments in offline {
        let server = Server::start(&MALICE[0], None).await;
        let folder = place();
        let ended = run(&server.url, folder.path(), arguments).await.expect("it ends");
        assert_eq!(ended.code, Some(0), "{arguments}: {}", ended.said);
        assert!(!String::from_utf8_lossy(&ended.out).contains(TOKEN) && !ended.said.contains(TOKEN), "{arguments}");
        assert_eq!(server.all_requests() + server.strays(), 0, "{arguments}");
    }
}
