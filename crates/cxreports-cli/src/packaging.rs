//! `completions` and `man`: what packages install beside the command.

use std::path::PathBuf;

use crate::{failure::Failure, output::Output};

/// Print a completion script for a shell
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cxreports completions bash > ~/.local/share/bash-completion/completions/cxreports
  cxreports completions zsh > ~/.zfunc/_cxreports
  cxreports completions fish > ~/.config/fish/completions/cxreports.fish")]
pub(crate) struct Completions {
    /// Shell
    shell: clap_complete::Shell,
}

/// Print the manual page, or write one page for each command
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cxreports man | man -l -
  cxreports man -o /usr/local/share/man/man1
      cxreports.1, cxreports-export.1 and so on, for packages")]
pub(crate) struct Man {
    /// Folder for a page for each command
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
}

impl Completions {
    pub(crate) fn run(self, mut command: clap::Command, output: &mut Output) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "cxreports", &mut script);
        output.bytes(&script)
    }
}

impl Man {
    pub(crate) fn run(self, command: clap::Command, output: &mut Output) -> Result<(), Failure> {
        if let Some(folder) = self.output {
            std::fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
            return clap_mangen::generate_to(command, &folder).map_err(Failure::file(&folder));
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map_err(Failure::Print)?;
        output.bytes(&page)
    }
}
