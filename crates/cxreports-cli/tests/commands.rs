//! Everything that the command prints, for people and for programs, where standard output is not a terminal.

#[path = "place/mod.rs"]
mod place;

use std::{fmt::Write as _, fs, process::Command, time::Duration};

use cxreports_sim::{Builder, Edition, Endpoint, Login, op, seed::Seed};
use place::{Place, TOKEN};

impl Place {
    fn new(change: impl FnOnce(Builder) -> Builder) -> Self {
        Self::of(Edition::V2026_5, change)
    }

    /// What commands print, one after the other.
    fn session(&self, commands: &[&[&str]]) -> String {
        let mut text = String::new();
        for arguments in commands {
            let mut command = self.command();
            shown(&mut text, arguments, command.args(*arguments));
        }
        text
    }
}

fn shown(text: &mut String, arguments: &[&str], command: &mut Command) {
    let output = command.output().unwrap();
    let _ = writeln!(text, "$ cxreports {}", arguments.join(" "));
    let [out, error] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(!(out.clone() + &error).contains(TOKEN), "the token is shown: {out}{error}");
    text.push_str(&out);
    for line in error.lines() {
        let _ = writeln!(text, "! {line}");
    }
    let _ = writeln!(text, "[{}]\n", output.status.code().unwrap_or(-1));
}

macro_rules! assert_session {
    ($name:literal, $text:expr) => {{
        let text: String = $text;
        insta::with_settings!({
            filters => vec![
                (r"127\.0\.0\.1:\d+", "HOST"),
                (r"nonce=[A-Za-z0-9]+", "nonce=NONCE"),
                (r"20\d\d-\d\d-\d\dT[0-9:.]+(\+00:00|Z)", "TIME"),
                (r"in \d+ ms", "in MS ms"),
                (r"\(os error \d+\)", "(os error)"),
                (r"\(request 00-[0-9a-f-]+\)", "(request ID)"),
            ],
            omit_expression => true,
            prepend_module_to_snapshot => false,
        }, { insta::assert_snapshot!($name, text); });
    }};
}

#[test]
fn what_reads_is_a_table_or_json() {
    let place = Place::new(|builder| builder);
    assert_session!(
        "read",
        place.session(&[
            &["workspaces", "list"],
            &["reports", "list"],
            &["reports", "list", "--type", "invoice", "--offset", "1", "--limit", "1"],
            &["reports", "pages", "invoice"],
            &["types", "list"],
            &["templates", "list"],
            &["themes", "list"],
            &["jobs", "list"],
            &["jobs", "list", "-w", "logistics"],
        ])
    );
    assert_session!(
        "read-json",
        place.session(&[
            &["workspaces", "list", "--json"],
            &["reports", "list", "--json", "--limit", "1"],
            &["reports", "pages", "42", "--json"],
            &["types", "list", "--json", "-w", "2"],
            &["themes", "list", "--json"],
            &["jobs", "list", "--json"],
        ])
    );
}

#[test]
fn a_noun_alone_lists() {
    let place = Place::new(|builder| builder);
    let print = |arguments: &[&str]| {
        let output = place.command().args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        output.stdout
    };
    for (short, long) in [
        (&["reports"][..], &["reports", "list"][..]),
        (&["reports", "-t", "invoice"], &["reports", "list", "-t", "invoice"]),
        (&["reports", "--json", "list"], &["reports", "list", "--json"]),
        (&["reports", "--limit", "1", "list", "-t", "invoice"], &["reports", "list", "-t", "invoice", "--limit", "1"]),
        (&["pages", "42"], &["reports", "pages", "42"]),
        (&["workspaces"], &["workspaces", "list"]),
        (&["types"], &["types", "list"]),
        (&["templates"], &["templates", "list"]),
        (&["themes"], &["themes", "list"]),
        (&["jobs"], &["jobs", "list"]),
    ] {
        assert_eq!(print(short), print(long), "{short:?}");
    }
    let output = place.command().args(["reports", "--limit", "1", "pages", "42"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn an_export_becomes_a_file() {
    let place = Place::new(|builder| builder);
    place.put("lines.json", "[{\"text\": \"Tea\", \"amount\": 12.5}]");
    place.put("params.json", "{\"month\": \"2026-10\"}");
    fs::create_dir(place.path().join("out")).unwrap();
    let text = place.session(&[
        &["export", "invoice", "-p", "customer=7", "-p", "name=Müller & Co", "-o", "out"],
        &[
            "export",
            "42",
            "-f",
            "html",
            "--data",
            "lines.json",
            "--params",
            "params.json",
            "-o",
            "report.html",
            "--quiet",
        ],
        &["export", "42", "--exclude-page", "420", "--attachments", "--json"],
        &["export", "42", "--theme", "dark"],
        &["data", "upload", "lines.json"],
        &["export", "42", "-f", "html", "--temporary-data", "4", "-o", "again.html"],
        &["export", "42", "--detach"],
        &["status", "6"],
        &["status", "6", "--json"],
        &["download", "6", "-o", "fetched.pdf"],
        &["download", "99"],
        &["preview", "invoice"],
    ]);
    assert_session!("export", text);
    let page = fs::read_to_string(place.path().join("report.html")).unwrap();
    assert!(page.contains("Tea") && page.contains("2026-10"), "{page}");
    assert!(fs::read(place.path().join("out/Invoice.pdf")).unwrap().starts_with(b"%PDF"));
    assert!(fs::read_to_string(place.path().join("again.html")).unwrap().contains("Tea"));

    let piped = place.command().args(["export", "42", "-o", "-"]).output().unwrap();
    assert!(piped.status.success() && piped.stdout.starts_with(b"%PDF"));
}

#[test]
fn an_older_instance_exports_too_and_what_it_lacks_is_said() {
    let place = Place::of(Edition::V2024_9, |builder| builder);
    assert_session!(
        "older",
        place.session(&[
            &["export", "42", "-p", "customer=7", "-o", "old.pdf"],
            &["export", "42", "--theme", "dark"],
            &["export", "42", "--detach"],
            &["themes"],
        ])
    );
}

#[test]
fn a_job_is_run_reviewed_and_delivered() {
    let place = Place::new(|builder| builder);
    assert_session!(
        "job",
        place.session(&[
            &["run", "monthly-invoices"],
            &["run", "monthly-invoices", "--wait"],
            &["run", "monthly-invoices", "--review", "review.pdf", "--deliver"],
            &["run", "monthly-invoices", "--review", "review.pdf", "--deliver", "--yes"],
            &["run", "monthly-invoices", "--wait", "--json"],
            &["run", "8", "--wait"],
        ])
    );
    assert_eq!(place.instance.requests(Endpoint::of::<op::DeliverJobRun>()), 1);
    assert!(fs::read(place.path().join("review.pdf")).unwrap().starts_with(b"%PDF"));
}

#[test]
fn mistakes_name_the_next_step() {
    let mut seed = Seed::demo();
    seed.workspaces[0].reports[0].fails = Some("The data source cannot be reached.".to_owned());
    let place = Place::new(|builder| builder.seed(seed).export_time(Duration::from_secs(2)));
    place.put("broken.json", "{");
    let mut text = place.session(&[
        &["export", "nothing"],
        &["export", "43", "--timeout", "1"],
        &["export", "42"],
        &["export", "42", "--data", "broken.json"],
        &["export", "42", "--data", "missing.json"],
        &["export", "42", "-f", "doc"],
        &["export", "42", "-p", "customer"],
        &["pages", ".."],
        &["reports", "-w", "nowhere"],
        &["reports", "--url", "http://reports.example.com"],
        &["reports", "--profile", "acme", "--config", "missing.toml"],
    ]);
    let variables =
        [("CX_REPORTS_PAT", "not-it"), ("CX_REPORTS_PAT", ""), ("CX_REPORTS_WORKSPACE_ID", ""), ("CX_REPORTS_URL", "")];
    for (name, value) in variables {
        let _ = writeln!(text, "with {name}={value}");
        shown(&mut text, &["reports"], place.command().arg("reports").env(name, value));
    }
    assert_session!("mistakes", text);
}

#[test]
fn a_profile_says_where_and_how() {
    let place = Place::new(|builder| builder);
    place.put("token", TOKEN);
    let url = place.instance.url();
    place.put("config.toml", &format!(
        "[by-file]\nurl = \"{url}\"\nworkspace = \"logistics\"\ntoken_file = \"token\"\n\n\
         [by-command]\nurl = \"{url}\"\ntoken_command = \"printf %s {TOKEN}\"\n\n\
         [by-variable]\nurl = \"{url}\"\ntoken_env = \"ACME_PAT\"\n\n[failing]\nurl = \"{url}\"\ntoken_command = \"exit 3\"\n"
    ));
    let mut text = String::new();
    for profile in ["by-file", "by-command", "by-variable", "failing", "other"] {
        let arguments = ["reports", "--config", "config.toml", "-P", profile];
        let mut command = place.command();
        command.env_remove("CX_REPORTS_PAT").env_remove("CX_REPORTS_URL").env("ACME_PAT", TOKEN);
        shown(&mut text, &arguments, command.args(arguments));
    }
    assert_session!("profile", text);
}

#[test]
fn the_doctor_says_what_works_and_what_does_not() {
    let mut text = String::new();
    for (edition, login, swagger) in [
        (Edition::V2026_5, Login::Status, true),
        (Edition::V2024_9, Login::Status, true),
        (Edition::V2024_9, Login::Status, false),
    ] {
        let place = Place::of(edition, |builder| builder.login(login).swagger(swagger));
        text.push_str(&place.session(&[&["doctor"], &["doctor", "--origin", "http://127.0.0.1:3000"]]));
    }
    let place = Place::new(|builder| builder.login(Login::Page));
    for (name, value) in [("CX_REPORTS_PAT", "not-it"), ("CX_REPORTS_URL", "http://127.0.0.1:9")] {
        shown(&mut text, &["doctor"], place.command().arg("doctor").env(name, value));
    }
    text.push_str(&place.session(&[&["doctor", "--json"]]));
    assert_session!("doctor", text);
}

#[test]
fn colours_are_there_when_they_are_asked_for() {
    let place = Place::new(|builder| builder);
    let mut text = String::new();
    for arguments in [&["themes"][..], &["doctor"], &["export", "nothing"]] {
        shown(&mut text, arguments, place.command().args(arguments).env("CLICOLOR_FORCE", "1"));
    }
    assert_session!("colours", text.replace('\u{1b}', "ESC"));
}

#[test]
fn help_teaches() {
    let place = Place::new(|builder| builder);
    let commands: [&[&str]; 29] = [
        &[],
        &["export"],
        &["status"],
        &["download"],
        &["bulk"],
        &["data"],
        &["data", "upload"],
        &["preview"],
        &["run"],
        &["reports"],
        &["reports", "list"],
        &["reports", "pages"],
        &["workspaces"],
        &["workspaces", "list"],
        &["types"],
        &["templates"],
        &["themes"],
        &["jobs"],
        &["pages"],
        &["doctor"],
        &["profile"],
        &["profile", "add"],
        &["profile", "list"],
        &["profile", "test"],
        &["profile", "remove"],
        &["config"],
        &["config", "path"],
        &["completions"],
        &["man"],
    ];
    let commands = commands.map(|command| [command, &["--help"]].concat());
    let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
    assert_session!("help", place.session(&commands));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = place.command().args(["completions", shell]).output().unwrap();
        assert!(String::from_utf8_lossy(&script.stdout).contains("exclude-page"), "{shell}");
    }
    let page = place.command().arg("man").output().unwrap();
    assert!(page.stdout.starts_with(b".ie"), "{}", String::from_utf8_lossy(&page.stdout));
    assert!(place.command().args(["man", "-o", "man1"]).status().unwrap().success());
    let pages = fs::read_dir(place.path().join("man1")).unwrap().map(|page| page.unwrap().file_name());
    let pages: Vec<_> = pages.map(|page| page.into_string().unwrap()).collect();
    for page in ["cxreports.1", "cxreports-export.1", "cxreports-profile-add.1"] {
        assert!(pages.iter().any(|known| known == page), "{pages:?}");
    }
}
