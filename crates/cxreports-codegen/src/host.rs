//! The workspace that pins are written into: what its root manifest lets a member inherit, and whether pins are members of it.

use std::collections::BTreeSet;

use glob::{MatchOptions, Pattern};
use toml_edit::{Array, DocumentMut, Item, TomlError};

/// Where the crates of pins are, as a pattern of workspace members.
const PINS: &str = "crates/pins/*";

/// What the root manifest of a workspace lets the manifest of a pin inherit.
#[derive(Debug, Clone, Default)]
pub struct Host {
    package: BTreeSet<String>,
    dependencies: BTreeSet<String>,
}

impl Host {
    /// Reads a root manifest.
    ///
    /// # Errors
    ///
    /// The text is not TOML.
    pub fn read(manifest: &str) -> Result<Self, TomlError> {
        let manifest: DocumentMut = manifest.parse()?;
        let keys = |table: &str| {
            let table =
                manifest.get("workspace").and_then(|workspace| workspace.get(table)).and_then(Item::as_table_like);
            table.into_iter().flat_map(|table| table.iter().map(|(key, _)| key.to_owned())).collect()
        };
        Ok(Self { package: keys("package"), dependencies: keys("dependencies") })
    }

    /// The line of a key of `[package]`: inherited where the workspace sets it, and otherwise with `value`, if there is one.
    #[must_use]
    pub fn package(&self, key: &str, value: Option<&str>) -> String {
        match value {
            _ if self.package.contains(key) => format!("{key}.workspace = true\n"),
            Some(value) => format!("{key} = {value}\n"),
            None => String::new(),
        }
    }

    /// Whether the workspace has a dependency that its members can inherit.
    #[must_use]
    pub fn has(&self, dependency: &str) -> bool {
        self.dependencies.contains(dependency)
    }
}

/// A root manifest with the crates of pins among its members, or nothing when they are already.
///
/// # Errors
///
/// The text is not TOML.
pub fn with_pins(manifest: &str) -> Result<Option<String>, TomlError> {
    let mut manifest: DocumentMut = manifest.parse()?;
    let workspace = manifest.entry("workspace").or_insert_with(toml_edit::table);
    let members =
        workspace.as_table_like_mut().map(|table| table.entry("members").or_insert_with(|| Array::new().into()));
    let Some(members) = members.and_then(Item::as_array_mut) else { return Ok(None) };
    let options = MatchOptions { require_literal_separator: true, ..MatchOptions::default() };
    let covers =
        |pattern: &str| Pattern::new(pattern).is_ok_and(|pattern| pattern.matches_with("crates/pins/x", options));
    if members.iter().filter_map(toml_edit::Value::as_str).any(covers) {
        return Ok(None);
    }
    members.push(PINS);
    Ok(Some(manifest.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_workspace_sets_is_inherited() {
        let host =
            Host::read("[workspace.package]\nversion = \"2.0.0\"\n[workspace.dependencies]\nserde = \"1\"\n").unwrap();
        assert_eq!(host.package("version", Some("\"0.1.0\"")), "version.workspace = true\n");
        assert_eq!(host.package("publish", Some("false")), "publish = false\n");
        assert_eq!(host.package("rust-version", None), "");
        assert!(host.has("serde") && !host.has("reqwest"));
    }

    #[test]
    fn pins_become_members_once() {
        let single = with_pins("[package]\nname = \"app\"\n").unwrap().unwrap();
        assert!(single.contains("members = [\"crates/pins/*\"]"), "{single}");
        assert_eq!(with_pins(&single).unwrap(), None);
        let kept = with_pins("[workspace]\n# ours\nmembers = [\"app\"]\n").unwrap().unwrap();
        assert!(kept.contains("# ours") && kept.contains("[\"app\", \"crates/pins/*\"]"), "{kept}");
        for covered in ["crates/*/*", "crates/pins/*", "crates/**"] {
            assert_eq!(with_pins(&format!("[workspace]\nmembers = [{covered:?}]\n")).unwrap(), None, "{covered}");
        }
        assert!(with_pins("[workspace]\nmembers = [\"crates/*\"]\n").unwrap().is_some(), "one folder deep");
    }
}
