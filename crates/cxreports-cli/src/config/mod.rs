//! The configuration file: a table for each profile.

pub(crate) mod keyring;
mod private;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml_edit::{DocumentMut, Item, Table};

pub(crate) use self::private::write_private;
use crate::failure::Failure;

/// An entry of the configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    pub(crate) url: Option<String>,
    pub(crate) workspace: Option<String>,
    token_env: Option<String>,
    token_file: Option<String>,
    token_command: Option<String>,
    token_keyring: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) timezone: Option<String>,
    #[serde(default)]
    pub(crate) allow_plain_http: bool,
}

/// Where the token of a profile comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenSource<'a> {
    Variable(&'a str),
    File(&'a Path),
    Command(&'a str),
    /// An account in the system's keyring.
    Keyring(&'a str),
}

impl Profile {
    pub(crate) fn token_source(&self) -> Option<TokenSource<'_>> {
        let variable = self.token_env.as_deref().map(TokenSource::Variable);
        let file = || self.token_file.as_deref().map(|path| TokenSource::File(Path::new(path)));
        let command = || self.token_command.as_deref().map(TokenSource::Command);
        variable.or_else(file).or_else(command).or_else(|| self.token_keyring.as_deref().map(TokenSource::Keyring))
    }
}

/// The configuration file, which need not exist.
pub(crate) struct Config {
    pub(crate) path: PathBuf,
}

impl Config {
    /// The file at a path, or the default one.
    pub(crate) fn at(path: Option<PathBuf>) -> Result<Self, Failure> {
        let default = || dirs::config_dir().map(|folder| folder.join("cxreports/config.toml"));
        let path = path.or_else(default);
        let none = || Failure::Usage("this system has no configuration folder; pass --config FILE".to_owned());
        Ok(Self { path: path.ok_or_else(none)? })
    }

    /// The folder that tokens are kept in where the system has no keyring.
    pub(crate) fn token_folder(&self) -> PathBuf {
        self.path.with_file_name("tokens")
    }

    /// Its profiles, by their names; none where there is no file.
    pub(crate) fn profiles(&self) -> Result<BTreeMap<String, Profile>, Failure> {
        let text = match fs::read_to_string(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            read => read.map_err(Failure::file(&self.path))?,
        };
        toml::from_str(&text).map_err(|error| Failure::Usage(without_content(&self.path, &text, &error)))
    }

    pub(crate) fn profile(&self, name: &str) -> Result<Profile, Failure> {
        // A file that was named must be there.
        fs::metadata(&self.path).map_err(Failure::file(&self.path))?;
        let mut profiles = self.profiles()?;
        profiles.remove(name).ok_or_else(|| self.no_profile(name, &profiles))
    }

    fn no_profile(&self, name: &str, profiles: &BTreeMap<String, Profile>) -> Failure {
        let path = self.path.display();
        let known: Vec<_> = profiles.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
        Failure::Usage(format!("{path} has no profile {name:?}; {known}"))
    }

    /// Adds a profile, or replaces one; everything else in the file stays as it is written.
    pub(crate) fn put(&self, name: &str, values: Table) -> Result<(), Failure> {
        let _lock = self.lock()?;
        let mut document = self.document()?;
        document.insert(name, Item::Table(values));
        self.save(&document)
    }

    /// Removes a profile; everything else in the file stays as it is written.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Failure> {
        let _lock = self.lock()?;
        let mut document = self.document()?;
        document.remove(name);
        self.save(&document)
    }

    /// Keeps other processes from changing the file between its reading and its writing, until this is dropped.
    fn lock(&self) -> Result<fs::File, Failure> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let path = self.path.with_file_name(format!(".{name}.lock"));
        let lock = || {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            let file = fs::OpenOptions::new().write(true).create(true).truncate(false).open(&path)?;
            file.lock().map(|()| file)
        };
        lock().map_err(Failure::file(&path))
    }

    fn document(&self) -> Result<DocumentMut, Failure> {
        // It has been read as profiles before, so it is valid TOML.
        let text = match fs::read_to_string(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read.map_err(Failure::file(&self.path))?,
        };
        text.parse().map_err(|_| Failure::Usage(format!("{} is not valid TOML", self.path.display())))
    }

    fn save(&self, document: &DocumentMut) -> Result<(), Failure> {
        write_private(&self.path, &document.to_string())
    }
}

/// What is wrong in the configuration file, and where, without the line itself: it may have a token in it.
fn without_content(path: &Path, text: &str, error: &toml::de::Error) -> String {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let what = match error.message().split_once('`') {
        Some(("unknown field ", rest)) => {
            let known = rest.split_once("`, expected").map(|(_, known)| known).unwrap_or_default();
            format!("unknown setting of a profile; the settings are{}", known.replace(" one of", ""))
        }
        _ => "not valid TOML, or a value of the wrong type".to_owned(),
    };
    format!("{}, line {line}: {what}", path.display())
}
