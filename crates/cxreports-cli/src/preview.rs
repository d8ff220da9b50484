use std::{io::Write as _, time::Duration};

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
            open_privately(url.expose()).await?;
            return output.say(&url.to_string(), &json!({ "opened": true }));
        }
        output.say(url.expose(), &json!({ "url": url.expose() }))
    }
}

/// Opens a URL by a page that only this user can read: the arguments of a browser can be read by everybody on the machine.
async fn open_privately(url: &str) -> Result<(), Failure> {
    /// Time that a browser is given to read the page.
    const READ_WITHIN: Duration = Duration::from_secs(5);
    let failed = |error| Failure::System("the page cannot be opened in a browser", error);
    let mut page = tempfile::Builder::new().prefix("cxreports-").suffix(".html").tempfile().map_err(failed)?;
    let url = url.replace('&', "&amp;").replace('"', "%22");
    let text = format!(
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">\
<meta http-equiv=\"refresh\" content=\"0;url={url}\">"
    );
    page.write_all(text.as_bytes()).and_then(|()| page.flush()).map_err(failed)?;
    open::that_detached(page.path()).map_err(failed)?;
    tokio::time::sleep(READ_WITHIN).await;
    Ok(())
}
