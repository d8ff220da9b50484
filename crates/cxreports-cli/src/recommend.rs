//! The commands that a message recommends.

use std::{borrow::Cow, sync::OnceLock};

/// The options that this command was given.
static GIVEN: OnceLock<Given> = OnceLock::new();

#[derive(Default)]
struct Given {
    instance: String,
    workspace: String,
}

/// Has [`again`] repeat these options.
pub(crate) fn remember(instance: &[(&str, Option<&str>)], workspace: Option<&str>) {
    let option = |(name, value): &(&str, Option<&str>)| {
        value.map(|value| format!(" {name} {}", quoted(value))).unwrap_or_default()
    };
    let _ = GIVEN.set(Given { instance: instance.iter().map(option).collect(), workspace: option(&("-w", workspace)) });
}

/// A command of `cxreports` for the same instance and workspace as this one: an id of one instance may be that of something else
/// on another.
pub(crate) fn again(command: &str) -> String {
    let Given { instance, workspace } = GIVEN.get_or_init(Given::default);
    let workspace = if command.starts_with("workspaces") { "" } else { workspace };
    format!("cxreports {command}{instance}{workspace}")
}

/// A word of a command line, as a shell reads it.
pub(crate) fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| "…".to_owned(), Cow::into_owned)
}
