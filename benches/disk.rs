//! A large file to disk.

use std::{fs, io::Write as _, path::Path, time::Duration};

use futures_util::TryStreamExt as _;
use serde_json::json;
use tokio::{io::AsyncWriteExt as _, runtime::Runtime};

use crate::place::{Peer, Place, Row, Served, alternate};

/// Downloads to nowhere.
async fn drained(peer: &Peer, id: i64) {
    let mut response = peer.get(&format!("exports/{id}/content")).send().await.unwrap().error_for_status().unwrap();
    while response.chunk().await.unwrap().is_some() {}
}

/// Writes as many bytes as are downloaded, in pieces, and syncs them.
fn written(size: u64, folder: &Path) {
    let piece = vec![1; 256 << 10];
    let mut file = tempfile::tempfile_in(folder).unwrap();
    for _ in 0..size / piece.len() as u64 {
        file.write_all(&piece).unwrap();
    }
    file.sync_data().unwrap();
}

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
    // Each file is new and is removed again: otherwise the one side frees the memory of the file before, and the other does not.
    let saved = || {
        runtime.block_on(async { ready.save_as(&ours).await.unwrap() });
        fs::remove_file(&ours).unwrap();
    };
    let to_disk = alternate(rounds, saved, || {
        runtime.block_on(bare(&peer, id, &theirs));
        fs::remove_file(&theirs).unwrap();
    });
    let rate = |time: Duration| format!("{:.0} MiB/s", (size >> 20) as f64 / time.as_secs_f64());
    let row = |work: &str, (own, peer, ratio), goal| Row {
        work: format!("{} MiB {work}", size >> 20),
        own: rate(own),
        peer: rate(peer),
        ratio: format!("{ratio:.2}"),
        goal,
    };
    let to_nowhere = alternate(
        rounds,
        || {
            runtime.block_on(async {
                let mut bytes = std::pin::pin!(ready.download().await.unwrap().into_stream());
                while bytes.try_next().await.unwrap().is_some() {}
            });
        },
        || runtime.block_on(drained(&peer, id)),
    );
    // What no client can do better: the disk, without a network or a server beside it.
    let alone = alternate(rounds, saved, || written(size, folder.path()));
    vec![
        row("to disk, synced, against reqwest with a write for each chunk", to_disk, ">= 1.25"),
        row("to nowhere, against reqwest", to_nowhere, ""),
        row("to disk, synced, against writing alone, without a download", alone, ""),
    ]
}
