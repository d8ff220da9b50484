//! A simulated instance, and a folder to run the command in.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use cxreports_sim::{Builder, Edition, Instance};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) const TOKEN: &str = "a-planted-token";

pub(crate) struct Place {
    pub(crate) instance: Instance,
    folder: TempDir,
    _runtime: Runtime,
}

impl Place {
    pub(crate) fn of(edition: Edition, change: impl FnOnce(Builder) -> Builder) -> Self {
        let runtime = Runtime::new().unwrap();
        let instance = runtime
            .block_on(change(Instance::builder(edition).token(TOKEN).strict(true).require_length(true)).start())
            .unwrap();
        Self { instance, folder: tempfile::tempdir().unwrap(), _runtime: runtime }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The command in the folder, with an environment that names the instance and nothing else.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cxreports"));
        command.current_dir(self.path()).stdin(Stdio::null()).env_clear();
        for (name, value) in std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "SystemRoot") {
            command.env(name, value);
        }
        // The cache and the configuration are in the folder, too.
        command
            .env("HOME", self.path())
            .env("CX_REPORTS_URL", self.instance.url())
            .env("CX_REPORTS_PAT", TOKEN)
            .env("CX_REPORTS_WORKSPACE_ID", "finance");
        command
    }

    #[allow(clippy::disallowed_methods, reason = "a test's own folder")]
    pub(crate) fn put(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }
}
