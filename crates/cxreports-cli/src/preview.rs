use cxreports::{Client, Probed};
use serde_json::json;

use crate::{failure::Failure, output::Output};

/// Make a URL that shows a report in a browser, once
#[derive(clap::Args)]
#[command(
    after_help = "Whoever has the URL sees the report, once: it has a nonce in it. Pass it on as you would a password."
)]
pub(crate) struct Preview {
    /// Report id, or code of a report type
    report: String,
    /// Open it in the browser, instead of printing it
    #[arg(long)]
    open: bool,
    /// Leave the page's own print button out
    #[arg(long)]
    hide_print_button: bool,
}

impl Preview {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let mut preview = cx.report(self.report).preview();
        if self.hide_print_button {
            preview = preview.hide_print_button();
        }
        let url = preview.url().await?;
        if self.open {
            open::that_detached(url.expose())?;
            return Ok(output.say(&url.to_string(), &json!({ "opened": true }))?);
        }
        Ok(output.say(url.expose(), &json!({ "url": url.expose() }))?)
    }
}
