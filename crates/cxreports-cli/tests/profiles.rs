//! Profiles: added, listed, tested and removed; their tokens are where only their user finds them.

#[path = "place/mod.rs"]
mod place;

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use cxreports_sim::Edition;
use place::{Place, TOKEN};

impl Place {
    fn new() -> Self {
        Self::of(Edition::V2026_5, |instance| instance)
    }

    /// The command without anything in the environment that names the instance.
    fn plain(&self, arguments: &[&str]) -> Command {
        let mut command = self.command();
        for name in ["CX_REPORTS_URL", "CX_REPORTS_PAT", "CX_REPORTS_WORKSPACE_ID"] {
            command.env_remove(name);
        }
        command.args(["--config", "config.toml"]).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        text(&self.plain(arguments).output().unwrap())
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> (i32, String) {
        let mut command = self.plain(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that fails before it reads has closed the pipe.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        text(&child.wait_with_output().unwrap())
    }

    fn mode(&self, file: &str) -> u32 {
        fs::metadata(self.path().join(file)).unwrap().permissions().mode() & 0o777
    }

    fn config(&self) -> String {
        fs::read_to_string(self.path().join("config.toml")).unwrap()
    }

    fn program(&self, name: &str, script: &str) {
        self.put(name, script);
        fs::set_permissions(self.path().join(name), fs::Permissions::from_mode(0o700)).unwrap();
    }
}

fn text(output: &Output) -> (i32, String) {
    let text = [output.stdout.clone(), output.stderr.clone()].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains(TOKEN), "the token is shown: {text}");
    (output.status.code().unwrap(), text)
}

#[test]
fn a_profile_is_added_listed_tested_and_removed() {
    let place = Place::new();
    // Its keyring refuses everything, as one without a desktop does.
    place.program("secret-tool", "#!/bin/sh\nexit 1\n");
    place.put("config.toml", "# ours\n[other]\nurl = \"https://other.example\" # stays\ntoken_env = \"OTHER\"\n");
    let path = format!("{}:{}", place.path().display(), std::env::var("PATH").unwrap());
    let url = place.instance.url();
    let add = ["profile", "add", "acme", "--url", &url, "-w", "finance"];
    let mut command = place.plain(&add);
    let mut child = command.env("PATH", path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{TOKEN}\n").as_bytes()).unwrap();
    let (code, said) = text(&child.wait_with_output().unwrap());
    assert!(code == 0 && said.contains("added acme"), "{said}");
    let config = place.config();
    assert!(config.starts_with("# ours\n[other]\nurl = \"https://other.example\" # stays\n"), "{config}");
    assert!(!config.contains(TOKEN) && config.contains("tokens/acme"), "{config}");
    assert_eq!((place.mode("tokens/acme"), place.mode("config.toml")), (0o600, 0o600));

    assert!(place.run(&["-P", "acme", "reports", "list"]).1.contains("Invoice"));
    let (code, said) = place.run(&["profile", "test", "acme"]);
    assert!(code == 0 && said.contains("it gives access to 2 workspaces"), "{said}");
    let (_, said) = place.run(&["profile", "list"]);
    assert!(said.contains("acme") && said.contains("environment variable OTHER"), "{said}");
    let listed: serde_json::Value = serde_json::from_str(&place.run(&["profile", "list", "--json"]).1).unwrap();
    assert_eq!((&listed[0]["name"], &listed[0]["workspace"]), (&"acme".into(), &"finance".into()));

    place.put("tokens/acme", "not-it");
    let (code, said) = place.run(&["profile", "test", "acme"]);
    assert!(code == 6 && said.contains("fail"), "{said}");

    assert_eq!(place.run(&["profile", "remove", "acme"]).0, 0);
    assert!(!place.path().join("tokens/acme").exists() && place.config().starts_with("# ours\n[other]"));
    let (code, said) = place.run(&["profile", "remove", "acme"]);
    assert!(code == 2 && said.contains("no profile \"acme\"; it has other"), "{said}");
}

#[test]
#[cfg(not(target_os = "macos"))]
fn a_token_goes_into_the_keyring_where_there_is_one() {
    let place = Place::new();
    // It keeps secrets in a file, and its arguments in another.
    place.program(
        "secret-tool",
        "#!/bin/sh\necho \"$@\" >> called\ncase $1 in\n  store) cat > kept;;\n  lookup) cat kept;;\n  clear) rm kept;;\nesac\n",
    );
    let path = format!("{}:{}", place.path().display(), std::env::var("PATH").unwrap());
    let url = place.instance.url();
    let mut command = place.plain(&["profile", "add", "acme", "--url", &url, "-w", "finance"]);
    let mut child = command.env("PATH", &path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(TOKEN.as_bytes()).unwrap();
    assert_eq!(text(&child.wait_with_output().unwrap()).0, 0);
    assert!(place.config().contains("token_keyring = \"acme\"") && !place.path().join("tokens").exists());
    let run = |arguments: &[&str]| text(&place.plain(arguments).env("PATH", &path).output().unwrap());
    assert!(run(&["-P", "acme", "reports", "list"]).1.contains("Invoice"));
    assert_eq!(run(&["profile", "remove", "acme"]).0, 0);
    let called = fs::read_to_string(place.path().join("called")).unwrap();
    assert!(called.contains("store --label cxreports: acme service cxreports account acme"), "{called}");
    assert!(!called.contains(TOKEN) && !place.path().join("kept").exists());

    // One that was stored elsewhere is not there.
    place.put("config.toml", &format!("[acme]\nurl = \"{url}\"\ntoken_keyring = \"acme\"\n"));
    let (code, said) = run(&["-P", "acme", "reports", "list"]);
    assert!(code == 2 && said.contains("store it again: cxreports profile add acme"), "{said}");
}

#[test]
fn mistakes_of_profiles_lose_nothing() {
    let place = Place::new();
    place.put("config.toml", "[a]\nurl = \"https://a.example\"\ntoken = \"s3cret\"\n");
    let before = place.config();
    for arguments in
        [&["profile", "list"][..], &["profile", "add", "b", "--url", "https://b"], &["profile", "remove", "a"]]
    {
        let (code, said) = place.run_with(arguments, TOKEN);
        assert!(code == 2 && said.contains("config.toml, line 3:") && !said.contains("s3cret"), "{said}");
    }
    assert_eq!(place.config(), before);
    fs::remove_file(place.path().join("config.toml")).unwrap();
    for (arguments, input, expected) in [
        (&["profile", "add", "../b", "--url", "https://b"][..], TOKEN, "use letters, digits"),
        (&["profile", "add", "b"], TOKEN, "Pass --url URL"),
        (&["profile", "add", "b", "--url", "https://b"], " \n", "standard input has no token"),
        (
            &["profile", "add", "b", "--url", "https://b", "--token-env", "A", "--token-file", "b"],
            "",
            "cannot be used with",
        ),
    ] {
        let (code, said) = place.run_with(arguments, input);
        assert!(code == 2 && said.contains(expected), "{arguments:?}: {said}");
    }
    assert!(!Path::new(&place.path().join("config.toml")).exists());
    assert_eq!(place.run(&["profile", "list"]), (0, "none\n".to_owned()));
    assert_eq!(place.run(&["config", "path"]), (0, "config.toml\n".to_owned()));
}

#[test]
fn other_sources_of_a_token_are_kept_as_settings() {
    let place = Place::new();
    let url = place.instance.url();
    place.put("token", &format!("{TOKEN}\n"));
    assert_eq!(place.run(&["profile", "add", "file", "--url", &url, "--token-file", "token", "-w", "1"]).0, 0);
    assert_eq!(
        place.run(&["profile", "add", "command", "--url", &url, "--token-command", "cat token", "-w", "1"]).0,
        0
    );
    for profile in ["file", "command"] {
        assert_eq!(place.run(&["-P", profile, "reports", "list"]).0, 0, "{profile}");
    }
    assert!(!place.path().join("tokens").exists());
    // A profile that is added again keeps where its instance is.
    assert_eq!(place.run(&["profile", "add", "file", "--token-command", "cat token"]).0, 0);
    assert_eq!(place.run(&["-P", "file", "reports", "list"]).0, 0);
}

#[test]
fn profiles_that_are_added_at_once_are_all_there() {
    let place = Place::new();
    let url = place.instance.url();
    let add = |number: usize| {
        let name = number.to_string();
        let arguments = ["profile", "add", &name, "--url", &url, "--token-env", "X"];
        place.plain(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let children: Vec<_> = (0..16).map(add).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let config = place.config();
    assert!((0..16).all(|number| config.contains(&format!("[{number}]"))), "{config}");
}
