//! Small calls, many at a time.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use tokio::runtime::Runtime;

use crate::place::{Place, Row, Served, alternate};

#[derive(Deserialize)]
struct Theme {
    #[serde(rename = "id")]
    _id: i32,
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "code")]
    _code: Option<String>,
}

pub(crate) fn small(place: &Place) -> Vec<Row> {
    let (calls, rounds) = if place.quick { (2_000, 5) } else { (10_000, 11) };
    let served = Served::start(Duration::ZERO, 0);
    let runtime = Runtime::new().unwrap();
    let (cx, peer) = (served.client(), served.peer());
    let own = || {
        let call = |_| async { cx.themes().await.unwrap().len() };
        runtime.block_on(stream::iter(0..calls).map(call).buffer_unordered(64).for_each(async |_| ()));
    };
    let bare = || {
        let call = |_| async {
            let response = peer.get("themes").send().await.unwrap().error_for_status().unwrap();
            response.json::<Vec<Theme>>().await.unwrap().len()
        };
        runtime.block_on(stream::iter(0..calls).map(call).buffer_unordered(64).for_each(async |_| ()));
    };
    let (own, bare, ratio) = alternate(rounds, own, bare);
    let rate = |time: Duration| format!("{:.0} a second", f64::from(calls) / time.as_secs_f64());
    vec![Row {
        work: format!("{calls} small calls, 64 at a time, against bare reqwest"),
        own: rate(own),
        peer: rate(bare),
        ratio: format!("{ratio:.3}"),
        goal: ">= 0.98",
    }]
}
