//! How much memory data takes while it is sent.

use std::{env, io::BufWriter, process::Command, time::Duration};

use serde::{Serialize, Serializer};
use tokio::runtime::Runtime;

use crate::place::{Place, Row, Served, memory, peak};

const CASE: &str = "BENCH_MEMORY_CASE";
const URL: &str = "BENCH_MEMORY_URL";
const DATA: u64 = 50 << 20;

/// Rows that are made while they are serialised.
struct Rows(u64);

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..self.0 / 64).map(|_| "x".repeat(61)))
    }
}

pub(crate) fn is_child() -> bool {
    env::var_os(CASE).is_some()
}

/// Sends data in a process of its own, and prints by how many bytes the process grew.
pub(crate) fn child() {
    let url = env::var(URL).unwrap();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let limit = Duration::from_secs(300);
        let builder = cxreports::Client::builder(&url).token("a-token").workspace("finance").request_timeout(limit);
        let cx = builder.build().unwrap();
        cx.workspaces().await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let target = format!("{url}/api/v1/ws/finance/temporary-data");
        let mut file = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        serde_json::to_writer(BufWriter::new(&mut file), &Rows(DATA)).unwrap();
        let reader = tokio::fs::File::open(file.path()).await.unwrap();
        let before = memory("VmRSS");
        let upload = match &*env::var(CASE).unwrap() {
            "a value" => Some(cx.upload(Rows(DATA))),
            "a file" => Some(cx.upload_file(file.path())),
            "a reader" => Some(cx.upload_reader(reader)),
            _ => None,
        };
        if let Some(upload) = upload {
            let _ = upload.send().await.unwrap();
        } else {
            let body = serde_json::json!({ "content": Rows(DATA) });
            http.post(target).bearer_auth("a-token").json(&body).send().await.unwrap().error_for_status().unwrap();
        }
        println!("{}", peak() - before);
    });
}

pub(crate) fn growth(_: &Place) -> Vec<Row> {
    let served = Served::start(Duration::ZERO, 0);
    let grown = |case| {
        let mut command = Command::new(env::current_exe().unwrap());
        let output = command.env(CASE, case).env(URL, &served.url).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse::<u64>().unwrap() as f64 / f64::from(1 << 20)
    };
    let peer = grown("peer");
    let row = |source| {
        let own = grown(source);
        Row {
            work: format!(
                "growth of the process while it uploads 50 MiB of data from {source}, against reqwest's json()"
            ),
            own: format!("{own:.1} MiB"),
            peer: format!("{peer:.1} MiB"),
            ratio: format!("{:.2}", own / peer),
            goal: "< 16 MiB",
        }
    };
    ["a value", "a file", "a reader"].map(row).into()
}
