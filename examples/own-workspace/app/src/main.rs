//! Exports a report of the instance that `crates/pins/acme` is pinned to.

use cxreports::Client;
use cxreports_pin_acme::Api;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Reads CX_REPORTS_URL, CX_REPORTS_PAT and CX_REPORTS_WORKSPACE_ID.
    let cx = Client::from_env()?.pin::<Api>().build()?;
    for report in cx.reports().await? {
        println!("{}: {}", report.id, report.name);
    }
    let export = cx.report("invoice").export().params(&[("customer", 7)]).start().await?;
    println!("{}", export.wait().await?.save_to(".").await?.display());
    Ok(())
}
