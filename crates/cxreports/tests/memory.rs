//! Memory stays flat at any size: the peak of a process that downloads 1 GiB, and of those that send data from a value, a file
//! and a reader. Each is a process of its own; the simulated instance is in this one.

use std::{io::Write as _, path::Path, process::Command, time::Duration};

use cxreports::{Client, PollPolicy, model::DocumentFormat};
use cxreports_sim::{Edition, Instance};
use serde::{Serialize, Serializer};

const MIB: u64 = 1 << 20;
const DOWNLOAD: u64 = 1024 * MIB;
const DATA: u64 = 50 * MIB;
/// The most that a process may grow, whatever the size of what it sends or receives.
const MAX_GROWTH: u64 = 16 * MIB;

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
        ("download", large.url(), "1 GiB saved to a folder"),
        ("send", plain.url(), "50 MiB of data sent along"),
        ("upload", plain.url(), "50 MiB of data uploaded"),
        ("chunked", plain.url(), "50 MiB of data uploaded in chunks"),
        ("large", plain.url(), "200 MiB of data uploaded"),
        ("file", plain.url(), "a file of 50 MiB uploaded"),
        ("reader", plain.url(), "50 MiB of a reader uploaded"),
    ];
    for (case, url, what) in cases {
        let child =
            move || Command::new(std::env::current_exe().unwrap()).env(CASE, case).env(URL, url).output().unwrap();
        let output = tokio::task::spawn_blocking(child).await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{case}: {said}{}", String::from_utf8_lossy(&output.stderr));
        let growth: u64 = said.trim().parse().unwrap();
        println!(
            "{what}: the process grew by {:.1} MiB, of at most {} MiB",
            growth as f64 / MIB as f64,
            MAX_GROWTH / MIB
        );
        assert!(growth < MAX_GROWTH, "{case}");
    }
}

async fn child(case: &str, url: &str) {
    let builder = Client::builder(url).token(TOKEN).workspace("finance").request_timeout(Duration::from_secs(300));
    let cx = if case == "chunked" { builder.chunked_bodies() } else { builder }.build().unwrap();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("rows.json");
    if matches!(case, "file" | "reader") {
        let mut file =
            std::io::BufWriter::new(std::fs::OpenOptions::new().write(true).create_new(true).open(&path).unwrap());
        serde_json::to_writer(&mut file, &Rows(DATA)).unwrap();
        file.flush().unwrap();
    }
    // What is loaded once, such as certificates, is not what is measured.
    cx.workspaces().await.unwrap();
    let before = kibibytes("VmRSS") * 1024;
    match case {
        "download" => {
            let policy = PollPolicy { first: Duration::from_millis(10), ..PollPolicy::default() };
            let export = cx.report(42).export().format(DocumentFormat::Html).start().await.unwrap();
            let path = export.wait().policy(policy).await.unwrap().save_to(folder.path()).await.unwrap();
            assert_eq!(std::fs::metadata(path).unwrap().len(), DOWNLOAD);
        }
        "send" => drop(cx.report(42).export().inline_data(Rows(DATA)).start().await.unwrap()),
        "large" => _ = cx.upload(Rows(4 * DATA)).send().await.unwrap(),
        "file" => _ = cx.upload_file(&path).send().await.unwrap(),
        "reader" => {
            let file = tokio::fs::File::open(&path).await.unwrap();
            let _ = cx.upload_reader(file).send().await.unwrap();
        }
        _ => _ = cx.upload(Rows(DATA)).send().await.unwrap(),
    }
    println!("{}", kibibytes("VmHWM") * 1024 - before);
}

fn kibibytes(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
