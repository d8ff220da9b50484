//! `profile` and `config`: the configuration file, and the tokens of its profiles.

use std::{
    fs,
    io::{self, IsTerminal as _, Read as _},
    path::PathBuf,
    process::ExitCode,
};

use serde::Serialize;
use serde_json::json;
use toml_edit::{Table, value};

use crate::{
    cache::Cache,
    config::{Config, Profile, TokenSource, keyring, write_private},
    connection::ConnectionArguments,
    doctor::Checkup,
    failure::Failure,
    output::Output,
};

/// Manage the profiles: address, workspace and token of instances
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cxreports profile add acme --url https://reports.acme.example -w finance
      asks for the token, and stores it in the system's keyring or, where there is none, in a private file
  pass show acme/cxreports | cxreports profile add acme --url https://reports.acme.example
      the token from standard input
  cxreports profile add acme --url https://reports.acme.example --token-command 'pass show acme/cxreports'
      asks the command for the token each time
  cxreports profile test acme
  cxreports reports list -P acme")]
pub(crate) struct ProfileCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    Add(Box<Add>),
    /// List the profiles
    List,
    /// Check that the instance of a profile can be reached and accepts its token
    Test {
        /// Name of the profile
        name: String,
    },
    /// Remove a profile, with its token if that was stored by profile add
    Remove {
        /// Name of the profile
        name: String,
    },
}

/// Add a profile, or replace one
#[derive(clap::Args)]
struct Add {
    /// Name of the profile
    #[arg(value_parser = name)]
    name: String,
    /// Environment variable that has the token
    #[arg(long, value_name = "NAME", group = "token")]
    token_env: Option<String>,
    /// File that has the token
    #[arg(long, value_name = "FILE", group = "token")]
    token_file: Option<PathBuf>,
    /// Shell command that prints the token
    #[arg(long, value_name = "COMMAND", group = "token")]
    token_command: Option<String>,
    /// Store the token in a private file, not in the system's keyring
    #[arg(long, conflicts_with = "token")]
    no_keyring: bool,
    /// Language of exports, for example de
    #[arg(long)]
    language: Option<String>,
    /// Time zone of exports, for example Europe/Berlin
    #[arg(long)]
    timezone: Option<String>,
    /// Allow the token to be sent over plain http
    #[arg(long)]
    allow_plain_http: bool,
}

/// A profile as it is listed.
#[derive(Serialize)]
struct Listed {
    name: String,
    url: Option<String>,
    workspace: Option<String>,
    token: String,
}

/// Show where the configuration is
#[derive(clap::Args)]
pub(crate) struct ConfigCommand {
    #[command(subcommand)]
    verb: ConfigVerb,
}

#[derive(clap::Subcommand)]
enum ConfigVerb {
    /// Print the path of the configuration file
    Path,
}

/// The name of a profile is also that of a file.
fn name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !text.is_empty() && !text.starts_with(['.', '-']) && text.chars().all(is_plain) {
        return Ok(text.to_owned());
    }
    Err("use letters, digits, hyphens, underscores and dots".to_owned())
}

impl ProfileCommand {
    pub(crate) async fn run(self, connection: ConnectionArguments, output: &mut Output) -> Result<ExitCode, Failure> {
        let config = connection.config()?;
        match self.verb {
            Verb::Add(add) => add.run(&config, connection, output)?,
            Verb::List => list(&config, output)?,
            Verb::Test { name } => {
                let connection = connection.with(config.profile(&name)?)?;
                let mut checkup = Checkup::new(output);
                checkup.connect(&connection).await?;
                return checkup.end();
            }
            Verb::Remove { name } => {
                let profile = config.profile(&name)?;
                config.remove(&name)?;
                remove_token(&config, &name, &profile)?;
                output.say(&format!("removed {name}"), &json!({ "removed": name }))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Add {
    fn run(self, config: &Config, connection: ConnectionArguments, output: &mut Output) -> Result<(), Failure> {
        let (_, url, workspace) = connection.into_profile();
        let before = config.profiles()?.remove(&self.name);
        let url = url.or_else(|| before.as_ref().and_then(|before| before.url.clone()));
        let url = url.ok_or_else(|| Failure::Usage("which instance? Pass --url URL".to_owned()))?;
        check_url(&url, self.allow_plain_http)?;
        let verb = if before.is_some() { "replaced" } else { "added" };
        let mut values = Table::new();
        let mut set = |key: &str, setting: Option<String>| {
            if let Some(setting) = setting {
                values.insert(key, value(setting));
            }
        };
        set("url", Some(url));
        set("workspace", workspace.or_else(|| before.as_ref().and_then(|before| before.workspace.clone())));
        set("language", self.language);
        set("timezone", self.timezone);
        let absolute = |path: PathBuf| std::path::absolute(&path).map_err(Failure::file(&path));
        let file = self.token_file.map(absolute).transpose()?;
        if let Some(path) = &file {
            fs::metadata(path).map_err(Failure::file(path))?;
        }
        let has_source = self.token_env.is_some() || file.is_some() || self.token_command.is_some();
        set("token_env", self.token_env);
        set("token_file", file.map(|path| path.display().to_string()));
        set("token_command", self.token_command);
        if !has_source {
            let token = read_token()?;
            if !self.no_keyring && keyring::set(&self.name, &token) {
                set("token_keyring", Some(self.name.clone()));
            } else {
                let path = config.token_folder().join(&self.name);
                write_private(&path, &format!("{token}\n"))?;
                let path = std::path::absolute(&path).map_err(Failure::file(&path))?;
                set("token_file", Some(path.display().to_string()));
            }
        }
        if self.allow_plain_http {
            values.insert("allow_plain_http", value(true));
        }
        config.put(&self.name, values)?;
        let path = config.path.display().to_string();
        let place = if before.is_some() { "in" } else { "to" };
        output
            .say(&format!("{verb} {} {place} {path}", self.name), &json!({ "profile": self.name, "config": path }))?;
        output.note(&format!("next: cxreports profile test {}", self.name));
        Ok(())
    }
}

/// Refuses a URL that no client would be built for.
fn check_url(url: &str, allow_plain_http: bool) -> Result<(), Failure> {
    let builder = cxreports::Client::builder(url).token("checked later");
    let builder = if allow_plain_http { builder.allow_plain_http() } else { builder };
    match builder.build() {
        Err(cxreports::BuildError::PlainHttp { host }) => Err(Failure::Usage(format!(
            "{host}: the token would be sent over plain http; use https, or pass --allow-plain-http"
        ))),
        built => built.map(drop).map_err(Failure::from),
    }
}

fn list(config: &Config, output: &mut Output) -> Result<(), Failure> {
    let profiles = config.profiles()?.into_iter().map(|(name, profile)| {
        let token = match profile.token_source() {
            Some(TokenSource::Variable(variable)) => format!("environment variable {variable}"),
            Some(TokenSource::File(path)) => format!("file {}", path.display()),
            // It may have a secret in it.
            Some(TokenSource::Command(_)) => "command".to_owned(),
            Some(TokenSource::Keyring(_)) => "keyring".to_owned(),
            None => "CX_REPORTS_PAT".to_owned(),
        };
        Listed { name, url: profile.url, workspace: profile.workspace, token }
    });
    output.list(
        &profiles.collect::<Vec<_>>(),
        &[
            ("name", |profile| profile.name.clone()),
            ("url", |profile| profile.url.clone().unwrap_or_else(|| "-".to_owned())),
            ("workspace", |profile| profile.workspace.clone().unwrap_or_else(|| "-".to_owned())),
            ("token", |profile| profile.token.clone()),
        ],
    )
}

/// The token: typed on the terminal without being shown, or read from standard input.
fn read_token() -> Result<String, Failure> {
    let mut text = String::new();
    if io::stdin().is_terminal() {
        let typed = rpassword::prompt_password("Personal Access Token: ");
        text = typed.map_err(|error| Failure::System("the token cannot be read from the terminal", error))?;
    } else {
        io::stdin().lock().take(1 << 16).read_to_string(&mut text).map_err(Failure::file("standard input"))?;
    }
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::Usage(
            "standard input has no token; pipe one in, or pass --token-env, --token-file or --token-command".to_owned(),
        ));
    }
    Ok(token.to_owned())
}

/// Removes a token that `profile add` has stored; a file of the user's own stays.
fn remove_token(config: &Config, name: &str, profile: &Profile) -> Result<(), Failure> {
    match profile.token_source() {
        Some(TokenSource::Keyring(account)) => keyring::remove(account),
        Some(TokenSource::File(path)) => {
            let own = std::path::absolute(config.token_folder().join(name)).map_err(Failure::file(path))?;
            if path == own {
                match fs::remove_file(path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Failure::file(path)(error)),
                    _ => {}
                }
            }
        }
        _ => {}
    }
    Ok(())
}

impl ConfigCommand {
    pub(crate) fn run(self, connection: &ConnectionArguments, output: &mut Output) -> Result<(), Failure> {
        let ConfigVerb::Path = self.verb;
        let config = connection.config()?;
        let (path, cache) = (config.path.display().to_string(), Cache::folder());
        let json = json!({ "config": path, "exists": config.path.exists(), "cache": cache });
        output.say(&path, &json)
    }
}
