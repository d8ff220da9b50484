//! The system's keyring: Keychain on macOS, Credential Manager on Windows, and elsewhere the Secret Service (GNOME Keyring,
//! KWallet, KeePassXC) by `secret-tool` of libsecret. Its own crates for the Secret Service would triple the size of this
//! command's dependencies.

use crate::failure::Failure;

/// The name that all entries are stored under.
const SERVICE: &str = "cxreports";

/// Stores a token for an account; `false` where the system has no keyring, or refuses it.
pub(crate) fn set(account: &str, token: &str) -> bool {
    system::set(account, token).is_ok()
}

/// The token of an account.
pub(crate) fn get(account: &str) -> Result<String, Failure> {
    system::get(account).map_err(|error| {
        Failure::Usage(format!(
            "the system's keyring has no token for {account:?} ({error}); store it again: cxreports profile add {account}"
        ))
    })
}

/// Removes the token of an account, if it is there.
pub(crate) fn remove(account: &str) {
    let _ = system::remove(account);
}

#[cfg(any(target_os = "macos", windows))]
mod system {
    use keyring::{Entry, Result};

    use super::SERVICE;

    pub(super) fn set(account: &str, token: &str) -> Result<()> {
        Entry::new(SERVICE, account)?.set_password(token)
    }

    pub(super) fn get(account: &str) -> Result<String> {
        Entry::new(SERVICE, account)?.get_password()
    }

    pub(super) fn remove(account: &str) -> Result<()> {
        Entry::new(SERVICE, account)?.delete_credential()
    }
}

#[cfg(not(any(target_os = "macos", windows)))]
mod system {
    use std::{
        io::{self, Write as _},
        process::{Command, Stdio},
    };

    use super::SERVICE;

    /// Runs `secret-tool`. The token goes in and out by pipes: arguments can be read by every user of the machine.
    fn secret_tool(verb: &[&str], account: &str, input: &str) -> io::Result<String> {
        let mut child = Command::new("secret-tool")
            .args(verb)
            .args(["service", SERVICE, "account", account])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(io::Error::other(format!("secret-tool failed with {}", output.status)));
        }
        String::from_utf8(output.stdout).map_err(io::Error::other)
    }

    pub(super) fn set(account: &str, token: &str) -> io::Result<()> {
        let label = format!("cxreports: {account}");
        secret_tool(&["store", "--label", &label], account, token).map(drop)
    }

    pub(super) fn get(account: &str) -> io::Result<String> {
        let token = secret_tool(&["lookup"], account, "")?;
        if token.is_empty() { Err(io::Error::other("no such entry")) } else { Ok(token) }
    }

    pub(super) fn remove(account: &str) -> io::Result<()> {
        secret_tool(&["clear"], account, "").map(drop)
    }
}
