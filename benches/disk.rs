//! A large file to disk.

use std::{path::Path, time::Duration};

use serde_json::json;
use tokio::{io::AsyncWriteExt as _, runtime::Runtime};

use crate::place::{Peer, Place, Row, Served, alternate};

/// Downloads with a write for each chunk.
async fn bare(peer: &Peer, id: i64, path: &Path) {
    let mut response = peer.get(&format!("exports/{id}/content")).send().await.unwrap().error_for_status().unwrap();
    let mut file = tokio::fs::File::create(path).await.unwrap();
    while let Some(chunk) = response.chunk().await.unwrap() {
        file.write_all(&chunk).await.unwrap();
    }
    file.flush().await.unwrap();
    file.sync_data().await.unwrap();
}

pub(crate) fn download(place: &Place) -> Vec<Row> {
    let (size, rounds) = if place.quick { (256 << 20, 3) } else { (1 << 30, 5) };
    let served = Served::start(Duration::ZERO, size);
    let runtime = Runtime::new().unwrap();
    let (cx, peer) = (served.client(), served.peer());
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let ready = runtime.block_on(async { cx.report(42).export().start().await.unwrap().wait().await.unwrap() });
    let started = peer.post("reports/42/export", &json!({ "params": {} }));
    let id = runtime.block_on(async { started.send().await.unwrap().json::<serde_json::Value>().await.unwrap() });
    let id = id["temporaryFileId"].as_i64().unwrap();
    let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
    let (own, bare, ratio) = alternate(
        rounds,
        || runtime.block_on(async { ready.save_as(&ours).await.unwrap() }),
        || runtime.block_on(bare(&peer, id, &theirs)),
    );
    let rate = |time: Duration| format!("{:.0} MiB/s", (size >> 20) as f64 / time.as_secs_f64());
    vec![Row {
        work: format!("{} MiB to disk, synced, against reqwest with a write for each chunk", size >> 20),
        own: rate(own),
        peer: rate(bare),
        ratio: format!("{ratio:.2}"),
        goal: ">= 1.25",
    }]
}
