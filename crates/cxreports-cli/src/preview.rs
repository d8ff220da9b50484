//! `preview`: the URL that shows a report in a browser.

use std::{io::Write as _, time::Duration};

use cxreports::{Client, Probed};
use serde_json::json;

use crate::{failure::Failure, input::JsonArguments, output::Output};

/// Create a URL that shows a report in a browser once
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cxreports preview invoice -p customer=7 --open
  cxreports preview 42 --json | jq -r .url

Anyone who has the URL can see the report, once: it contains a nonce. Treat it like a password.")]
pub(crate) struct Preview {
    /// Report id, or code of a report type
    report: String,
    #[command(flatten)]
    input: JsonArguments,
    /// Open it in the browser instead of printing it
    #[arg(long)]
    open: bool,
    /// Hide the print button of the page
    #[arg(long)]
    hide_print_button: bool,
}

impl Preview {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let (params, data) = self.input.read().await?;
        let mut preview = cx.report(self.report).preview();
        if let Some(params) = &params {
            preview = preview.params(params);
        }
        if let Some(data) = data {
            preview = preview.data(data);
        }
        if self.hide_print_button {
            preview = preview.hide_print_button();
        }
        let url = preview.url().await?;
        if self.open {
            open_privately(url.expose()).await?;
            return output.say(&url.to_string(), &json!({ "opened": true }));
        }
        output.say(url.expose(), &json!({ "url": url.expose() }))
    }
}

/// Opens a URL through a page that only this user can read: the arguments of a browser are visible to every user of the
/// machine.
async fn open_privately(url: &str) -> Result<(), Failure> {
    /// The time that a browser is given to read the page.
    const READ_WITHIN: Duration = Duration::from_secs(5);
    let failed = |error| Failure::System("the page cannot be opened in a browser", error);
    let mut page = tempfile::Builder::new().prefix("cxreports-").suffix(".html").tempfile().map_err(failed)?;
    let url = url.replace('&', "&amp;").replace('"', "%22");
    let text = format!(
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">\
<meta http-equiv=\"refresh\" content=\"0;url={url}\">"
    );
    page.write_all(text.as_bytes()).and_then(|()| page.flush()).map_err(failed)?;
    // The error of a launcher that finds no browser is the number of its exit status.
    let none = |error: std::io::Error| std::io::Error::new(error.kind(), "leave --open out to print the URL");
    open::that_detached(page.path()).map_err(|error| Failure::System("no browser was found", none(error)))?;
    tokio::time::sleep(READ_WITHIN).await;
    Ok(())
}
