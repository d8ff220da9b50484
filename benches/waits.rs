//! Waiting for exports.

use std::time::{Duration, Instant};

use cxreports::Client;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::place::{Peer, Place, Row, Served, alternate};

async fn export(cx: &Client) -> Duration {
    let since = Instant::now();
    let _ = cx.report(42).export().start().await.unwrap().wait().await.unwrap();
    since.elapsed()
}

/// Starts an export, and looks once every `pause` until it is ready; at once where it is zero.
async fn polled(peer: &Peer, pause: Duration) -> Duration {
    let since = Instant::now();
    let started = peer.post("reports/42/export", &json!({ "params": {} })).send().await.unwrap();
    let id = started.json::<Value>().await.unwrap()["temporaryFileId"].as_i64().unwrap();
    loop {
        tokio::time::sleep(pause).await;
        let status = peer.get(&format!("exports/{id}/status")).send().await.unwrap().json::<Value>().await.unwrap();
        if status["isReady"] == true {
            return since.elapsed();
        }
    }
}

/// The time between "ready" and noticed, in percent of the time that the export takes.
pub(crate) fn lag(place: &Place) -> Vec<Row> {
    let times: &[u64] = if place.quick { &[100, 500] } else { &[100, 500, 2_000, 8_000] };
    let runtime = Runtime::new().unwrap();
    let mut rows = Vec::new();
    for millis in times {
        let time = Duration::from_millis(*millis);
        let served = Served::start(time, 0);
        let percent = |taken: Duration| {
            let late = taken.saturating_sub(time).saturating_sub(Duration::from_millis(30));
            100.0 * late.as_secs_f64() / time.as_secs_f64()
        };
        let (own, bare) = runtime.block_on(async {
            // Opens the connections; nothing is learned for the report that is measured.
            let (cx, peer) = (served.client(), served.peer());
            cx.workspaces().await.unwrap();
            peer.get("themes").send().await.unwrap();
            let first = percent(export(&cx).await);
            let mut second = [0.0; 3];
            for one in &mut second {
                *one = percent(export(&cx).await);
            }
            (
                format!("{first:.1} %, then {:.1} %", second.iter().sum::<f64>() / 3.0),
                format!("{:.1} %", percent(polled(&peer, Duration::from_secs(1)).await)),
            )
        });
        rows.push(Row {
            work: format!(
                "lag of an export of {:.1} s (30 ms forgiven), the first and then the same, against a look a second",
                time.as_secs_f64()
            ),
            own,
            peer: bare,
            ratio: String::new(),
            goal: "<= 10 %, then <= 5 %",
        });
    }
    rows
}

/// Many exports, 64 at a time.
pub(crate) fn throughput(place: &Place) -> Vec<Row> {
    let runtime = Runtime::new().unwrap();
    let (count, rounds) = if place.quick { (600, 3) } else { (3_000, 7) };
    let served = Served::start(Duration::ZERO, 0);
    let (cx, peer) = (served.client(), served.peer());
    let many = |count: u32, cx: &Client| {
        let all = stream::iter(0..count).map(|_| export(cx)).buffer_unordered(64);
        runtime.block_on(all.for_each(async |_| ()));
    };
    let (own, bare, ratio) = alternate(
        rounds,
        || many(count, &cx),
        || {
            let all = stream::iter(0..count).map(|_| polled(&peer, Duration::ZERO)).buffer_unordered(64);
            runtime.block_on(all.for_each(async |_| ()));
        },
    );
    let rate = |time: Duration| format!("{:.0} a second", f64::from(count) / time.as_secs_f64());
    let mut rows = vec![Row {
        work: format!("{count} exports that are ready at once, 64 at a time, against a loop that looks at once"),
        own: rate(own),
        peer: rate(bare),
        ratio: format!("{ratio:.2}"),
        goal: ">= 0.95",
    }];

    let count = if place.quick { 640 } else { 10_000 };
    let served = Served::start(Duration::from_secs(1), 0);
    let cx = served.client();
    many(64, &cx);
    let since = Instant::now();
    many(count, &cx);
    let (taken, best) = (since.elapsed().as_secs_f64(), f64::from(count.div_ceil(64)));
    rows.push(Row {
        work: format!("{count} exports of 1 s, 64 at a time, against what the instance could do at best"),
        own: format!("{taken:.1} s"),
        peer: format!("{best:.1} s"),
        ratio: format!("{:.3}", best / taken),
        goal: ">= 0.95",
    });
    rows
}
