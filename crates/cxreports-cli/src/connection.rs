//! How an instance is reached: options, a profile, the environment.

use std::{env, path::PathBuf, process::Stdio, time::Duration};

use cxreports::{Client, ClientBuilder, Probed};

use crate::{
    cache::Cache,
    config::{Config, Profile, TokenSource, keyring},
    failure::Failure,
    input::read_file,
    recommend,
};

/// The options that say how an instance is reached.
#[derive(clap::Args)]
pub(crate) struct ConnectionArguments {
    /// Profile of the configuration file
    #[arg(long, short = 'P', global = true, env = "CX_REPORTS_PROFILE", help_heading = "Connection")]
    profile: Option<String>,
    /// Configuration file; see cxreports config path for the default
    #[arg(long, global = true, value_name = "FILE", env = "CX_REPORTS_CONFIG", help_heading = "Connection")]
    config: Option<PathBuf>,
    /// Base URL of the instance
    #[arg(long, global = true, help_heading = "Connection")]
    url: Option<String>,
    /// Workspace, by id or code
    #[arg(long, short = 'w', global = true, help_heading = "Connection")]
    workspace: Option<String>,
    /// Maximum time until a response begins, and without progress of a download, in seconds [default: 60]
    #[arg(long, global = true, value_name = "SECONDS", help_heading = "Connection", value_parser = clap::value_parser!(u64).range(1..))]
    request_timeout: Option<u64>,
    /// Maximum size of a downloaded file, in MiB [default: 4096]
    #[arg(long, global = true, value_name = "MIB", help_heading = "Connection", value_parser = clap::value_parser!(u32).range(1..))]
    file_limit: Option<u32>,
    /// Probe the instance anew instead of using what is cached of it
    #[arg(long, global = true, help_heading = "Connection")]
    no_cache: bool,
}

/// How to reach an instance.
pub(crate) struct Connection {
    pub(crate) url: String,
    workspace: Option<String>,
    profile: Profile,
    request_timeout: Option<Duration>,
    /// In MiB.
    file_limit: Option<u32>,
    cache: Option<Cache>,
    is_cache_read: bool,
}

impl ConnectionArguments {
    /// Has [`again`](crate::recommend::again) repeat the options that say which instance and workspace are meant.
    pub(crate) fn remember(&self) {
        let config = self.config.as_ref().map(|path| path.display().to_string());
        // Such a URL is refused, and may have a secret in it.
        let url = self.url.clone().map(|url| if url.contains(['@', '?', '#']) { "URL".to_owned() } else { url });
        recommend::remember(
            &[("--config", config.as_deref()), ("-P", self.profile.as_deref()), ("--url", url.as_deref())],
            self.workspace.as_deref(),
        );
    }

    pub(crate) fn config(&self) -> Result<Config, Failure> {
        Config::at(self.config.clone())
    }

    /// The name of the profile, and what else was given of a connection.
    pub(crate) fn into_profile(self) -> (Option<String>, Option<String>, Option<String>) {
        (self.profile, self.url, self.workspace)
    }

    /// Options take precedence over the profile, and the profile over the environment.
    pub(crate) fn connection(self) -> Result<Connection, Failure> {
        // An empty variable is as good as none.
        let profile = match self.profile.as_ref().filter(|name| !name.is_empty()) {
            Some(name) => self.config()?.profile(name)?,
            None => Profile::default(),
        };
        self.with(profile)
    }

    pub(crate) fn with(self, profile: Profile) -> Result<Connection, Failure> {
        let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let url = self.url.or_else(|| profile.url.clone()).or_else(|| variable("CX_REPORTS_URL"));
        let url = url.ok_or_else(|| {
            Failure::Usage("no instance was chosen; use --url or --profile, or set CX_REPORTS_URL".to_owned())
        })?;
        let workspace =
            self.workspace.or_else(|| profile.workspace.clone()).or_else(|| variable("CX_REPORTS_WORKSPACE_ID"));
        Ok(Connection {
            cache: Cache::of(&url),
            is_cache_read: !self.no_cache,
            request_timeout: self.request_timeout.map(Duration::from_secs),
            file_limit: self.file_limit,
            url,
            workspace,
            profile,
        })
    }
}

impl Connection {
    /// A client that knows what the instance has: by the cache, or by probing it.
    pub(crate) async fn client(&self) -> Result<Client<Probed>, Failure> {
        let builder = self.builder().await?;
        let earlier = self.cache.as_ref().filter(|_| self.is_cache_read).and_then(Cache::read);
        Ok(match earlier {
            Some(earlier) => builder.probe_with(earlier, Cache::MAX_AGE).await?,
            None => builder.probe().await?,
        })
    }

    /// Keeps what is known of the instance for the next command.
    pub(crate) fn keep(&self, cx: &Client<Probed>) {
        let Some(cache) = &self.cache else { return };
        let result = cx.pinned().result();
        if cache.read().as_ref() != Some(result) {
            cache.write(result);
        }
    }

    /// A builder with all settings.
    pub(crate) async fn builder(&self) -> Result<ClientBuilder, Failure> {
        let mut builder = Client::builder(&self.url).token(self.token().await?);
        if let Some(limit) = self.request_timeout {
            builder = builder.request_timeout(limit).idle_timeout(limit);
        }
        if let Some(mebibytes) = self.file_limit {
            builder = builder.file_limit(u64::from(mebibytes) << 20);
        }
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

    /// The maximum time for a request that the client does not send.
    pub(crate) fn request_timeout(&self) -> Duration {
        self.request_timeout.unwrap_or(Duration::from_secs(60))
    }

    pub(crate) fn workspace(&self) -> Option<&str> {
        self.workspace.as_deref()
    }

    async fn token(&self) -> Result<String, Failure> {
        match self.profile.token_source() {
            Some(TokenSource::Variable(name)) => env::var(name).map_err(|_| {
                Failure::Usage(format!("the environment has no variable {name}, which token_env of the profile names"))
            }),
            Some(TokenSource::File(path)) => read_file(path).await.map(|text| text.trim().to_owned()),
            Some(TokenSource::Command(command)) => from_command(command.to_owned()).await,
            Some(TokenSource::Keyring(account)) => keyring::get(account),
            None => Ok(env::var("CX_REPORTS_PAT").unwrap_or_default()),
        }
    }
}

/// What a command prints; what it writes to standard error is shown.
async fn from_command(command: String) -> Result<String, Failure> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut process = std::process::Command::new(shell);
    process.args([flag, &command]).stdin(Stdio::inherit()).stderr(Stdio::inherit());
    let output = tokio::task::spawn_blocking(move || process.output()).await;
    let output = output.map_err(std::io::Error::other).and_then(|output| output);
    let output = output.map_err(|error| Failure::System("token_command cannot be run", error))?;
    if !output.status.success() {
        return Err(Failure::Usage(format!("token_command failed with {}", output.status)));
    }
    let token = String::from_utf8(output.stdout);
    token.map(|token| token.trim().to_owned()).map_err(|_| Failure::Usage("token_command printed no UTF-8".to_owned()))
}
