//! The arguments of the command, and what each of its commands does.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::{
    bulk::Bulk,
    connection::ConnectionArguments,
    data::Data,
    doctor::Doctor,
    download::{Download, Status},
    export::Export,
    failure::Failure,
    list::{Listing, Noun, Pages, Reports},
    output::Output,
    packaging::{Completions, Man},
    preview::Preview,
    profile::{ConfigCommand, ProfileCommand},
    run::Run,
};

/// Exports reports and runs jobs of CxReports instances.
///
/// It works with any release: it looks at what the instance serves, and refuses what the instance lacks before anything is
/// sent.
#[derive(Parser)]
#[command(
    name = "cxreports",
    version,
    max_term_width = 100,
    after_help = "Examples:
  cxreports reports list
  cxreports export invoice -p customer=7 -o invoice.pdf
  cxreports bulk orders.csv -o out/ -j 8
  cxreports run monthly-invoices --review review.pdf --deliver
  cxreports doctor

Where the instance is: options, then the profile, then CX_REPORTS_URL and CX_REPORTS_WORKSPACE_ID. The token is never an \
argument: it comes from the profile, or from CX_REPORTS_PAT. cxreports profile add stores both:

  cxreports profile add acme --url https://reports.acme.example -w finance
  cxreports reports list -P acme

Exit status: 0 success, 1 failure, 2 wrong arguments or input, 3 the token was refused, 4 the instance could not be reached, \
5 not finished in time (it continues on the server), 6 some lines or checks failed, 130 interrupted. With --json, a command that \
fails prints its error to standard output, too: its kind, message and next step, and the ticket of what continues on the server.

  cxreports export 42 --timeout 60 --json > result.json || cxreports download - < result.json"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    /// Print JSON, for programs; a failure is an object with the member error
    #[arg(long, global = true, help_heading = "Output")]
    json: bool,
    /// Print no progress
    #[arg(long, short, global = true, help_heading = "Output")]
    quiet: bool,
    /// When to use colors; NO_COLOR and CLICOLOR_FORCE are respected
    #[arg(long, global = true, value_name = "WHEN", default_value_t, value_enum, help_heading = "Output")]
    color: clap::ColorChoice,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Export(Export),
    Status(Status),
    Download(Download),
    Bulk(Bulk),
    Data(Data),
    Preview(Preview),
    Run(Run),
    Reports(Reports),
    /// List the workspaces
    Workspaces(Listing),
    /// List the report types
    Types(Listing),
    /// List the templates
    Templates(Listing),
    /// List the themes
    Themes(Listing),
    /// List the jobs
    Jobs(Listing),
    #[command(hide = true)]
    Pages(Pages),
    Doctor(Doctor),
    Profile(ProfileCommand),
    Config(ConfigCommand),
    Completions(Completions),
    Man(Man),
}

impl Arguments {
    /// The output, as the arguments want it.
    pub(crate) fn output(&self) -> Output {
        match self.color {
            clap::ColorChoice::Always => anstream::ColorChoice::Always,
            clap::ColorChoice::Never => anstream::ColorChoice::Never,
            clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
        }
        .write_global();
        Output::new(self.json, self.quiet)
    }

    pub(crate) async fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        self.connection.remember();
        match self.command {
            Command::Completions(completions) => completions.run(Self::command(), output)?,
            Command::Man(man) => man.run(Self::command(), output)?,
            Command::Config(config) => config.run(&self.connection, output)?,
            Command::Profile(profile) => return profile.run(self.connection, output).await,
            Command::Doctor(doctor) => return doctor.run(&self.connection.connection()?, output).await,
            command => return command.run(self.connection, output).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Command {
    /// Runs a command that works with one instance.
    async fn run(self, connection: ConnectionArguments, output: &mut Output) -> Result<ExitCode, Failure> {
        let connection = connection.connection()?;
        let cx = connection.client().await?;
        let outcome = match self {
            Self::Export(export) => export.run(&cx, output).await,
            Self::Status(status) => status.run(&cx, output).await,
            Self::Download(download) => download.run(&cx, output).await,
            Self::Data(data) => data.run(&cx, output).await,
            Self::Preview(preview) => preview.run(&cx, output).await,
            Self::Run(run) => run.run(&cx, output).await,
            Self::Reports(reports) => reports.run(&cx, output).await,
            Self::Workspaces(_) => Noun::Workspaces.list(&cx, output).await,
            Self::Types(_) => Noun::Types.list(&cx, output).await,
            Self::Templates(_) => Noun::Templates.list(&cx, output).await,
            Self::Themes(_) => Noun::Themes.list(&cx, output).await,
            Self::Jobs(_) => Noun::Jobs.list(&cx, output).await,
            Self::Pages(pages) => pages.run(&cx, output).await,
            Self::Bulk(bulk) => {
                let outcome = bulk.run(&cx, connection.workspace(), output).await;
                connection.keep(&cx);
                return outcome;
            }
            Self::Doctor(_) | Self::Profile(_) | Self::Config(_) | Self::Completions(_) | Self::Man(_) => Ok(()),
        };
        // An instance that refuses the token may hide what it has.
        if !outcome.as_ref().is_err_and(Failure::is_unauthenticated) {
            connection.keep(&cx);
        }
        outcome.map(|()| ExitCode::SUCCESS)
    }
}
