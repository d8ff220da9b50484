//! `data`: temporary data, uploaded once for several exports.

use std::path::PathBuf;

use cxreports::{Client, Probed, model::TemporaryData};

use crate::{failure::Failure, input::read_json, output::Output, recommend::again};

/// Upload data for several exports
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cxreports data upload lines.json
  cxreports export 42 --temporary-data 4
      with the id that the upload printed")]
pub(crate) struct Data {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Upload a JSON file, and print the id that export --temporary-data takes
    #[command(alias = "push")]
    Upload {
        /// JSON file, or - for standard input
        #[arg(value_name = "FILE|-")]
        file: PathBuf,
    },
}

impl Data {
    pub(crate) async fn run(self, cx: &Client<Probed>, output: &mut Output) -> Result<(), Failure> {
        let Verb::Upload { file } = self.verb;
        let uploaded = cx.upload(read_json(&file).await?).send().await?;
        let (id, expires) = (uploaded.temp_data_id, uploaded.expiry_date);
        let until = expires.map(|time| format!("; it expires at {}", time.to_rfc3339())).unwrap_or_default();
        output.say(&id.to_string(), &TemporaryData { temp_data_id: id, expiry_date: expires })?;
        output.note(&format!("next: {}{until}", again(&format!("export REPORT --temporary-data {id}"))));
        Ok(())
    }
}
