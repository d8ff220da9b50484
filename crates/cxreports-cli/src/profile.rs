//! Where an instance is, and how its token is had: options, a profile, the environment.

use std::{collections::BTreeMap, env, path::Path, process::Stdio};

use cxreports::{Client, ClientBuilder};
use serde::Deserialize;

use crate::failure::Failure;

/// One entry of the configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    url: Option<String>,
    workspace: Option<String>,
    token_env: Option<String>,
    token_file: Option<String>,
    token_command: Option<String>,
    language: Option<String>,
    timezone: Option<String>,
    #[serde(default)]
    allow_plain_http: bool,
}

/// How to reach an instance.
pub(crate) struct Connection {
    pub(crate) url: String,
    workspace: Option<String>,
    profile: Profile,
}

impl Connection {
    /// Options hold before the profile, and the profile before the environment.
    pub(crate) fn find(
        profile: Option<&str>,
        config: Option<&Path>,
        url: Option<String>,
        workspace: Option<String>,
    ) -> Result<Self, Failure> {
        let profile = match profile {
            Some(name) => read(name, config)?,
            None => Profile::default(),
        };
        let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let url = url.or_else(|| profile.url.clone()).or_else(|| variable("CX_REPORTS_URL"));
        let url = url
            .ok_or_else(|| Failure::Usage("which instance? Say --url, --profile, or set CX_REPORTS_URL".to_owned()))?;
        let workspace = workspace.or_else(|| profile.workspace.clone()).or_else(|| variable("CX_REPORTS_WORKSPACE_ID"));
        Ok(Self { url, workspace, profile })
    }

    /// A builder with everything but the kind of client.
    pub(crate) async fn builder(&self) -> Result<ClientBuilder, Failure> {
        let mut builder = Client::builder(&self.url).token(self.token().await?);
        if let Some(workspace) = &self.workspace {
            builder = builder.workspace(workspace.as_str());
        }
        if let Some(language) = &self.profile.language {
            builder = builder.language(language);
        }
        if let Some(timezone) = &self.profile.timezone {
            builder = builder.timezone(timezone);
        }
        Ok(if self.profile.allow_plain_http { builder.allow_plain_http() } else { builder })
    }

    pub(crate) fn workspace(&self) -> Option<&str> {
        self.workspace.as_deref()
    }

    async fn token(&self) -> Result<String, Failure> {
        let Profile { token_env, token_file, token_command, .. } = &self.profile;
        if let Some(name) = token_env {
            return env::var(name).map_err(|_| {
                Failure::Usage(format!("the environment has no {name}, which the profile's token_env names"))
            });
        }
        if let Some(path) = token_file {
            return tokio::fs::read_to_string(path).await.map_err(Failure::file(path));
        }
        if let Some(command) = token_command {
            return from_command(command).await;
        }
        Ok(env::var("CX_REPORTS_PAT").unwrap_or_default())
    }
}

/// What a command prints; its own errors go where a person sees them.
async fn from_command(command: &str) -> Result<String, Failure> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut process = std::process::Command::new(shell);
    process.args([flag, command]).stdin(Stdio::inherit()).stderr(Stdio::inherit());
    let output = tokio::task::spawn_blocking(move || process.output()).await;
    let output = output.map_err(std::io::Error::other).and_then(|output| output);
    let output = output.map_err(|error| Failure::Usage(format!("token_command cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(Failure::Usage(format!("token_command ended with {}", output.status)));
    }
    String::from_utf8(output.stdout).map_err(|_| Failure::Usage("token_command prints no text".to_owned()))
}

/// What is wrong in the configuration file, and where, without the line itself: somebody may have put a token there.
fn without_content(path: &Path, text: &str, error: &toml::de::Error) -> String {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let what = match error.message().split_once('`') {
        Some(("unknown field ", rest)) => {
            let known = rest.split_once("`, expected").map(|(_, known)| known).unwrap_or_default();
            format!("an entry that a profile does not have; there are{}", known.replace("one of", ""))
        }
        _ => "it is not written as TOML has it, or a value is of another type".to_owned(),
    };
    format!("{}, line {line}: {what}", path.display())
}

fn read(name: &str, config: Option<&Path>) -> Result<Profile, Failure> {
    let usual = dirs::config_dir().map(|folder| folder.join("cxreports/config.toml"));
    let path = config.map(Path::to_owned).or(usual);
    let path =
        path.ok_or_else(|| Failure::Usage("this system has no configuration folder; say --config FILE".to_owned()))?;
    let text = std::fs::read_to_string(&path).map_err(Failure::file(&path))?;
    let mut profiles: BTreeMap<String, Profile> =
        toml::from_str(&text).map_err(|error| Failure::Usage(without_content(&path, &text, &error)))?;
    profiles.remove(name).ok_or_else(|| {
        let known: Vec<_> = profiles.keys().map(String::as_str).collect();
        Failure::Usage(format!("{} has no profile {name:?}; there are: {}", path.display(), known.join(", ")))
    })
}
