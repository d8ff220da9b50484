//! Metrics for Prometheus.

use std::{net::SocketAddr, time::Duration};

use metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::{queue::Queue, result::Result};

pub(crate) const ENDED: &str = "fleet_lines_ended_total";
pub(crate) const STARTED: &str = "fleet_exports_started_total";
pub(crate) const RESUMED: &str = "fleet_exports_resumed_total";
pub(crate) const SECONDS: &str = "fleet_line_seconds";
pub(crate) const HELD: &str = "fleet_lines_held";
const QUEUE: &str = "fleet_queue_lines";

/// Serves the metrics of this process, and the state of the queue that all workers share.
pub(crate) fn serve(address: SocketAddr, queue: Queue) -> Result<()> {
    PrometheusBuilder::new()
        .with_http_listener(address)
        .set_buckets(&[0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0])?
        .install()?;
    describe_counter!(ENDED, "Lines that this worker is done with, by outcome");
    describe_counter!(STARTED, "Exports that this worker has started");
    describe_counter!(RESUMED, "Exports that this worker has continued by their ticket");
    describe_histogram!(SECONDS, "From the lease of a line to its delivery, in seconds");
    describe_gauge!(HELD, "Lines that this worker is working on");
    describe_gauge!(QUEUE, "Lines of the queue by state, the same from every worker");
    tokio::spawn(async move {
        loop {
            match queue.states().await {
                Ok(states) => {
                    states.into_iter().for_each(|(state, lines)| gauge!(QUEUE, "state" => state).set(lines as f64))
                }
                Err(error) => tracing::warn!(%error, "the state of the queue cannot be read"),
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    });
    Ok(())
}
