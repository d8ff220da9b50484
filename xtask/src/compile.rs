//! Whether the workspace compiles with a pin, by the compiler's own messages.

use std::{collections::BTreeSet, fs::File, path::Path, time::SystemTime};

use serde_json::Value;

use crate::{failure::Failure, regen};

/// How often the workspace is compiled again when Cargo has used another workspace's build of the pin.
const ATTEMPTS: usize = 4;

/// An error of the compiler.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CompileError {
    pub(crate) place: String,
    pub(crate) message: String,
}

/// Compiles the workspace, its pin anew; gives what does not compile.
///
/// Cargo takes a crate for compiled when its build is newer than its files. Two workspaces that share a target folder
/// (`CARGO_TARGET_DIR`) share the builds of crates with the same name and place, too, so that the other one's pin could be used
/// here. Therefore the pin's files are made newer, and what Cargo says that it has compiled is checked.
pub(crate) fn compile(root: &Path, pin: &str) -> Result<Vec<CompileError>, Failure> {
    let package = root.join("crates/pins").join(pin);
    for _ in 0..ATTEMPTS {
        File::options().append(true).open(package.join("src/lib.rs"))?.set_modified(SystemTime::now())?;
        let arguments = ["check", "--workspace", "--all-targets", "--quiet", "--message-format=json", "--keep-going"];
        let output = regen::cargo(root).args(arguments).output()?;
        let checked = Checked::read(&String::from_utf8_lossy(&output.stdout), pin);
        if checked.pin == Some(Build::Earlier) {
            continue;
        }
        // Errors without a message of the compiler are Cargo's own: it did not run to its end.
        let is_whole = if checked.errors.is_empty() {
            output.status.success() && checked.has_succeeded
        } else {
            !output.status.success()
        };
        if !is_whole {
            anstream::eprint!("{}", String::from_utf8_lossy(&output.stderr));
            return Err(Failure::Cargo("cargo check --workspace".to_owned()));
        }
        if checked.errors.is_empty() && checked.pin.is_none() {
            return Err(Failure::NotCompiled(format!("crates/pins/{pin} is not a member of the workspace")));
        }
        return Ok(checked.errors.into_iter().collect());
    }
    Err(Failure::NotCompiled("another workspace compiles into the same target folder all the time".to_owned()))
}

/// Whether the pin was compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Build {
    Now,
    /// Cargo used an earlier build.
    Earlier,
}

/// What `cargo check` says.
#[derive(Debug, PartialEq, Eq)]
struct Checked {
    errors: BTreeSet<CompileError>,
    pin: Option<Build>,
    /// Whether Cargo ran to its end and found no error.
    has_succeeded: bool,
}

impl Checked {
    /// Reads Cargo's messages (The Cargo Book, "External tools", "JSON messages").
    fn read(messages: &str, pin: &str) -> Self {
        let manifest = Path::new("crates/pins").join(pin).join("Cargo.toml");
        let mut checked = Self { errors: BTreeSet::new(), pin: None, has_succeeded: false };
        for line in messages.lines() {
            let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
            match message["reason"].as_str() {
                Some("compiler-message") => checked.errors.extend(error(&message)),
                Some("compiler-artifact") => {
                    let is_pin =
                        message["manifest_path"].as_str().is_some_and(|path| Path::new(path).ends_with(&manifest));
                    let is_library =
                        message["target"]["kind"].as_array().is_some_and(|kinds| kinds.contains(&"lib".into()));
                    // The library and its unit tests are two builds.
                    if is_pin && is_library && checked.pin != Some(Build::Earlier) {
                        checked.pin = Some(if message["fresh"] == true { Build::Earlier } else { Build::Now });
                    }
                }
                Some("build-finished") => checked.has_succeeded = message["success"] == true,
                _ => {}
            }
        }
        checked
    }
}

fn error(message: &Value) -> Option<CompileError> {
    let (target, message) = (&message["target"]["name"], &message["message"]);
    let text = message["message"].as_str().unwrap_or_default();
    // What counts the errors before it is none of its own.
    if message["level"] != "error" || text.starts_with("aborting due to ") {
        return None;
    }
    let spans = message["spans"].as_array();
    let primary = spans.and_then(|spans| spans.iter().find(|span| span["is_primary"] == true));
    let place = match primary {
        Some(span) => format!("{}:{}", span["file_name"].as_str().unwrap_or_default(), span["line_start"]),
        None => target.as_str().unwrap_or_default().to_owned(),
    };
    Some(CompileError { place, message: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn artifact(path: &str, is_fresh: bool) -> Value {
        json!({ "reason": "compiler-artifact", "manifest_path": path, "fresh": is_fresh, "target": { "kind": ["lib"] } })
    }

    fn read(messages: &[Value]) -> Checked {
        Checked::read(&messages.iter().map(|message| format!("{message}\n")).collect::<String>(), "acme")
    }

    #[test]
    fn what_cargo_says_is_read_to_its_end() {
        let pin = "/w/crates/pins/acme/Cargo.toml";
        let end = |success: bool| json!({ "reason": "build-finished", "success": success });
        let whole = read(&[artifact("/w/crates/pins/acme-2/Cargo.toml", true), artifact(pin, false), end(true)]);
        assert_eq!((whole.pin, whole.has_succeeded), (Some(Build::Now), true));
        assert_eq!(read(&[artifact(pin, true), end(true)]).pin, Some(Build::Earlier));
        assert_eq!(read(&[artifact(pin, false), artifact(pin, true)]).pin, Some(Build::Earlier), "its tests are old");
        assert_eq!(read(&[end(true)]).pin, None);
        assert!(!read(&[artifact(pin, false)]).has_succeeded, "killed in the middle");
        assert!(!read(&[artifact(pin, false), end(false)]).has_succeeded);
        assert!(!read(&[]).has_succeeded);
    }

    #[test]
    fn errors_have_a_place_or_the_name_of_their_target() {
        let said = |level: &str, text: &str, spans: Value| {
            let message = json!({ "level": level, "message": text, "spans": spans });
            json!({ "reason": "compiler-message", "target": { "name": "app" }, "message": message })
        };
        let spans =
            json!([{ "is_primary": false }, { "is_primary": true, "file_name": "src/lib.rs", "line_start": 3 }]);
        let checked = read(&[
            said("warning", "unused", json!([])),
            said("error", "mismatched types", spans),
            said("error", "linking with `cc` failed", json!([])),
            said("error", "aborting due to 2 previous errors", json!([])),
        ]);
        let shown: Vec<_> = checked.errors.iter().map(|error| format!("{}: {}", error.place, error.message)).collect();
        assert_eq!(shown, ["app: linking with `cc` failed", "src/lib.rs:3: mismatched types"]);
    }
}
