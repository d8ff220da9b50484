//! Where instances are, and what they serve.

use cxreports_codegen::{
    fetch::{self, Fetched, Options, Source},
    pins::Deployment,
};
use cxreports_sim::{Edition, Instance};

use crate::{failure::Failure, progress::Progress};

/// The token of simulators that are started here: they listen on the loopback interface, for as long as the verb runs.
pub(crate) const SIMULATOR_TOKEN: &str = "simulator";

/// A URL as it may be committed and printed: what stands behind the question mark may be a key.
pub(crate) fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// Where an instance is, and what its operator says of it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Its base URL, `sim:EDITION` or `file:PATH`.
    pub(crate) url: String,
    pub(crate) edition: Option<String>,
    pub(crate) token_env: Option<String>,
}

impl Place {
    /// Where a deployment's instance is; `url` when it is elsewhere than its entry says.
    pub(crate) fn of(deployment: &Deployment, url: Option<&str>) -> Self {
        Self {
            url: url.map_or_else(|| deployment.url.clone(), without_query),
            edition: deployment.edition.clone(),
            token_env: deployment.token_env.clone(),
        }
    }
}

/// What a known deployment serves, and where that came from as it is to be shown.
pub(crate) async fn fetch_known(deployment: &Place, progress: &mut Progress<'_>) -> Result<(Fetched, String), Failure> {
    let simulator = simulator(&deployment.url, progress).await?;
    let source = source(deployment, simulator.as_ref())?;
    let from = if simulator.is_some() { deployment.url.clone() } else { source.to_string() };
    progress.step(format!("fetch {from}"));
    let token = token(deployment.token_env.as_deref())?;
    let fetched = fetch::fetch(&source, &Options { token, ..Options::default() }).await?;
    Ok((fetched, from))
}

/// Where a deployment's document is to be looked for.
pub(crate) fn source(place: &Place, simulator: Option<&Instance>) -> Result<Source, Failure> {
    Ok(match (simulator, place.url.strip_prefix("file:")) {
        (Some(simulator), _) => Source::Instance(fetch::parse_url(&simulator.url())?),
        (None, Some(file)) => Source::parse(file)?,
        (None, None) => Source::Instance(fetch::parse_url(&place.url)?),
    })
}

/// The simulator that a `sim:` URL names.
pub(crate) async fn simulator(url: &str, progress: &mut Progress<'_>) -> Result<Option<Instance>, Failure> {
    let Some(edition) = url.strip_prefix("sim:") else { return Ok(None) };
    let edition: Edition = edition.parse().map_err(|error| Failure::Usage(format!("{url}: {error}")))?;
    progress.step(format!("start a simulator of edition {edition}"));
    Ok(Some(Instance::builder(edition).token(SIMULATOR_TOKEN).start().await?))
}

/// The token in the variable that `--token-env` names.
pub(crate) fn token(variable: Option<&str>) -> Result<Option<String>, Failure> {
    let read = |variable: &str| {
        std::env::var(variable)
            .map_err(|_| Failure::Usage(format!("the environment has no {variable}, which --token-env names")))
    };
    variable.map(read).transpose()
}
