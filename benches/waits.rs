//! Waiting for exports.

use std::time::{Duration, Instant};

use cxreports::Client;
use futures_util::{StreamExt as _, future::join_all, stream};
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

/// The time between "ready" and noticed, in percent of the time that the export takes: the mean of exports that take up to a fifth less
/// or more, since a look may come just before the end or just after it.
pub(crate) fn lag(place: &Place) -> Vec<Row> {
    let times: &[u64] = if place.quick { &[100, 500] } else { &[100, 500, 2_000, 8_000] };
    let runtime = Runtime::new().unwrap();
    let row = |millis: &u64| {
        let time = Duration::from_millis(*millis);
        let spread = (0..32).map(|step| time.mul_f64(0.806 + 0.0125 * f64::from(step)));
        let lags = runtime.block_on(join_all(spread.map(lags)));
        let mean = |which: fn(&Lags) -> f64| lags.iter().map(which).sum::<f64>() / lags.len() as f64;
        Row {
            work: format!(
                "lag of exports of {:.1} s (30 ms forgiven), the first of a report and then the same, against a look a second",
                time.as_secs_f64()
            ),
            own: format!("{:.1} %, then {:.1} %", mean(|lags| lags.first), mean(|lags| lags.next)),
            peer: format!("{:.1} %", mean(|lags| lags.peer)),
            ratio: String::new(),
            goal: "<= 10 %, then <= 5 %",
        }
    };
    times.iter().map(row).collect()
}

/// Lags in percent of the time that an export takes.
struct Lags {
    /// Of the first export of a report.
    first: f64,
    /// Of those after it.
    next: f64,
    peer: f64,
}

async fn lags(time: Duration) -> Lags {
    let served = Served::start(time, 0);
    let percent = |taken: Duration| {
        let late = taken.saturating_sub(time).saturating_sub(Duration::from_millis(30));
        100.0 * late.as_secs_f64() / time.as_secs_f64()
    };
    // Opens the connections; nothing is learned for the report that is measured.
    let (cx, peer) = (served.client(), served.peer());
    cx.workspaces().await.unwrap();
    peer.get("themes").send().await.unwrap();
    let first = percent(export(&cx).await);
    let mut next = 0.0;
    for _ in 0..3 {
        next += percent(export(&cx).await) / 3.0;
    }
    Lags { first, next, peer: percent(polled(&peer, Duration::from_secs(1)).await) }
}

/// Many exports, 64 at a time.
pub(crate) fn throughput(place: &Place) -> Vec<Row> {
    let runtime = Runtime::new().unwrap();
    let (count, rounds) = if place.quick { (3_000, 7) } else { (3_000, 21) };
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
