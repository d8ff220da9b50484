//! The simulated instance, the clients, and how figures are taken.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use cxreports::Client;
use cxreports_sim::{Edition, Instance};
use tokio::runtime::Runtime;

const TOKEN: &str = "a-token";
const EXPORT_MS: &str = "BENCH_EXPORT_MS";
const FILE_BYTES: &str = "BENCH_FILE_BYTES";
/// Runs one side alone, for a profiler: `own` or `peer`.
const ONLY: &str = "BENCH_ONLY";

/// What is measured, and how much of it.
pub(crate) struct Place {
    pub(crate) quick: bool,
}

/// A row of the table.
pub(crate) struct Row {
    pub(crate) work: String,
    pub(crate) own: String,
    pub(crate) peer: String,
    pub(crate) ratio: String,
    pub(crate) goal: &'static str,
}

/// The process of an instance.
pub(crate) struct Serve {
    export_time: Duration,
    file_bytes: u64,
}

impl Serve {
    pub(crate) fn from_env() -> Option<Self> {
        let number = |name| env::var(name).ok()?.parse().ok();
        Some(Self { export_time: Duration::from_millis(number(EXPORT_MS)?), file_bytes: number(FILE_BYTES)? })
    }

    pub(crate) fn run(self) {
        let runtime = Runtime::new().unwrap();
        let builder =
            Instance::builder(Edition::V2026_5).token(TOKEN).body_limit(u64::MAX).export_time(self.export_time);
        let builder = if self.file_bytes > 0 { builder.pad_files_to(self.file_bytes) } else { builder };
        let instance = runtime.block_on(builder.start()).unwrap();
        println!("{}", instance.url());
        // It ends with the process that measures.
        let _ = std::io::stdin().read_line(&mut String::new());
    }
}

/// An instance in a process of its own, which ends when this is dropped.
pub(crate) struct Served {
    process: Child,
    pub(crate) url: String,
}

impl Served {
    pub(crate) fn start(export_time: Duration, file_bytes: u64) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .env(EXPORT_MS, export_time.as_millis().to_string())
            .env(FILE_BYTES, file_bytes.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { process, url: url.trim().to_owned() }
    }

    pub(crate) fn client(&self) -> Client {
        Client::builder(&self.url).token(TOKEN).workspace("finance").build().unwrap()
    }

    /// Bare reqwest, with the token and the time-outs that the client has.
    pub(crate) fn peer(&self) -> Peer {
        let builder = reqwest::Client::builder().no_proxy().connect_timeout(Duration::from_secs(10));
        let http = builder.timeout(Duration::from_secs(600)).read_timeout(Duration::from_secs(60)).build().unwrap();
        Peer { http, base: format!("{}/api/v1/ws/finance", self.url) }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A client as somebody writes it who has reqwest only.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) http: reqwest::Client,
    base: String,
}

impl Peer {
    pub(crate) fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(format!("{}/{path}", self.base)).bearer_auth(TOKEN)
    }

    pub(crate) fn post(&self, path: &str, body: &serde_json::Value) -> reqwest::RequestBuilder {
        self.http.post(format!("{}/{path}", self.base)).bearer_auth(TOKEN).json(body)
    }
}

/// Runs both, alternating, several times; gives the median time of each, and the median of the ratios peer to own: above 1 the
/// client is faster.
pub(crate) fn alternate(rounds: usize, mut own: impl FnMut(), mut peer: impl FnMut()) -> (Duration, Duration, f64) {
    let only = env::var(ONLY).ok();
    let time = |side: &str, work: &mut dyn FnMut()| {
        let since = Instant::now();
        if only.as_deref().is_none_or(|only| only == side) {
            work();
        }
        since.elapsed()
    };
    let (mut own, mut peer) = (|| time("own", &mut own), || time("peer", &mut peer));
    let (mut owns, mut peers, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        let (one, other) = if round % 2 == 0 {
            let one = own();
            (one, peer())
        } else {
            let other = peer();
            (own(), other)
        };
        // The first round opens the connections.
        if round > 0 {
            owns.push(one);
            peers.push(other);
            ratios.push(other.as_secs_f64() / one.as_secs_f64());
        }
    }
    owns.sort();
    peers.sort();
    ratios.sort_by(f64::total_cmp);
    (owns[rounds / 2], peers[rounds / 2], ratios[rounds / 2])
}

/// The most memory that this process has had, in bytes.
pub(crate) fn peak() -> u64 {
    memory("VmHWM")
}

/// A figure of this process's memory, in bytes, as Linux tells it (`proc_pid_status(5)`).
pub(crate) fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}
