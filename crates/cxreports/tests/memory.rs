//! Memory stays flat: the peak of a process that downloads 1 GiB, and of one that sends 50 MiB of data. Each is a process of
//! its own; the simulated instance is in this one.

use std::{path::Path, process::Command, time::Duration};

use cxreports::{Client, PollPolicy, model::DocumentFormat};
use cxreports_sim::{Edition, Instance};
use serde::{Serialize, Serializer};

const MIB: u64 = 1 << 20;
const DOWNLOAD: u64 = 1024 * MIB;
const DATA: u64 = 50 * MIB;

const TOKEN: &str = "a-planted-token";
const CASE: &str = "MEMORY_CASE";
const URL: &str = "MEMORY_URL";

/// Rows that are made up while they are serialised, so that nothing but their JSON takes memory.
struct Rows(u64);

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..self.0 / 64).map(|_| "x".repeat(61)))
    }
}

fn main() {
    if !Path::new("/proc/self/status").exists() {
        println!("SKIPPED: this system does not tell the peak of a process's memory");
        assert!(std::env::var_os("NO_SKIPS").is_none(), "NO_SKIPS asks for this test");
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match std::env::var(CASE) {
        Ok(case) => runtime.block_on(child(&case, &std::env::var(URL).unwrap())),
        Err(_) => runtime.block_on(parent()),
    }
}

async fn parent() {
    let builder = Instance::builder(Edition::V2026_5).token(TOKEN);
    let large = builder.clone().pad_files_to(DOWNLOAD).start().await.unwrap();
    let plain = builder.body_limit(u64::MAX).start().await.unwrap();
    let cases = [
        ("download", large.url(), 32 * MIB, "1 GiB saved to a folder"),
        ("send", plain.url(), DATA * 5 / 2, "50 MiB of data sent"),
        ("upload", plain.url(), DATA * 5 / 2, "50 MiB of data uploaded"),
    ];
    for (case, url, most, what) in cases {
        let child =
            move || Command::new(std::env::current_exe().unwrap()).env(CASE, case).env(URL, url).output().unwrap();
        let output = tokio::task::spawn_blocking(child).await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{case}: {said}{}", String::from_utf8_lossy(&output.stderr));
        let growth: u64 = said.trim().parse().unwrap();
        println!("{what}: the process grew by {:.1} MiB, of at most {} MiB", growth as f64 / MIB as f64, most / MIB);
        assert!(growth < most, "{case}");
    }
}

async fn child(case: &str, url: &str) {
    let cx = Client::builder(url)
        .token(TOKEN)
        .workspace("finance")
        .request_timeout(Duration::from_secs(300))
        .build()
        .unwrap();
    // What is loaded once, such as certificates, is not what is measured.
    cx.workspaces().await.unwrap();
    let before = kibibytes("VmRSS") * 1024;
    match case {
        "download" => {
            let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
            let policy = PollPolicy { first: Duration::from_millis(10), ..PollPolicy::default() };
            let export = cx.report(42).export().format(DocumentFormat::Html).start().await.unwrap();
            let path = export.wait().policy(policy).await.unwrap().save_to(folder.path()).await.unwrap();
            assert_eq!(std::fs::metadata(path).unwrap().len(), DOWNLOAD);
        }
        "send" => drop(cx.report(42).export().data(&Rows(DATA)).inline_up_to(usize::MAX).start().await.unwrap()),
        _ => drop(cx.upload(&Rows(DATA)).send().await.unwrap()),
    }
    println!("{}", kibibytes("VmHWM") * 1024 - before);
}

fn kibibytes(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
