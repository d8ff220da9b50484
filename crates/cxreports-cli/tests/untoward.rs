//! Commands that are interrupted, whose output nobody reads, or whose arguments contradict each other: nothing wrong is delivered,
//! and nothing is reported as done that is not.

#[path = "place/mod.rs"]
mod place;

use std::{
    fs,
    process::{Command, Output, Stdio},
    time::Duration,
};

use cxreports_sim::{Builder, Edition, Endpoint, Fault, FaultRule, op, seed::Seed};
use place::Place;

impl Place {
    fn new(change: impl FnOnce(Builder) -> Builder) -> Self {
        Self::of(Edition::V2026_5, change)
    }

    fn command_of(&self, arguments: &[&str]) -> Command {
        let mut command = self.command();
        command.args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command_of(arguments).output().unwrap()
    }

    fn fails(&self, arguments: &[&str], said: &str) {
        let output = self.run(arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && text.contains(said), "{arguments:?}: {text}");
    }

    fn read(&self, file: &str) -> Vec<u8> {
        fs::read(self.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// Sends a signal after a while; gives the exit status and what was said.
    fn interrupted(&self, arguments: &[&str], signal: &str, after: Duration) -> (Option<i32>, String) {
        let output = self.output_of_interrupted(arguments, signal, after);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    fn output_of_interrupted(&self, arguments: &[&str], signal: &str, after: Duration) -> Output {
        let mut command = self.command_of(arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(after);
        Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
        child.wait_with_output().unwrap()
    }

    /// The one JSON document on the standard output of a command that failed with this exit status.
    fn failure(&self, output: &Output, status: i32) -> serde_json::Value {
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }
}

#[test]
fn what_is_interrupted_delivers_nothing_and_says_how_to_go_on() {
    let place = Place::new(|instance| instance.export_time(Duration::from_secs(30)));
    let run = ["run", "monthly-invoices", "--review", "review.pdf", "--deliver", "--yes"];
    for signal in ["INT", "TERM"] {
        let (code, said) = place.interrupted(&run, signal, Duration::from_millis(1_500));
        assert_eq!(code, Some(130), "{said}");
        assert!(
            said.contains(
                "nothing was delivered; the run continues on the server: cxreports run monthly-invoices --resume "
            ),
            "{said}"
        );
        let (code, said) = place.interrupted(&["export", "42"], signal, Duration::from_millis(700));
        assert!(code == Some(130) && said.contains("it continues on the server: cxreports download"), "{said}");
    }
    assert!(place.instance.deliveries().values().all(|times| *times == 0));
    assert!(!place.path().join("review.pdf").exists());
}

#[test]
fn a_run_is_delivered_also_when_nobody_reads_what_is_printed() {
    let place = Place::new(|instance| instance);
    let mut child =
        place.command_of(&["run", "monthly-invoices", "--deliver", "--yes"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(place.instance.deliveries().values().collect::<Vec<_>>(), [&1]);

    let mut child = place.command_of(&["export", "42", "-o", "-"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(!child.wait().unwrap().success(), "a file that nobody took is not delivered");
}

#[test]
fn a_run_goes_on_by_its_id_or_its_ticket() {
    let place = Place::new(|instance| instance);
    let started = place.run(&["run", "monthly-invoices", "--json"]);
    let started: serde_json::Value = serde_json::from_slice(&started.stdout).unwrap();
    let (id, ticket) = (started["jobRunId"].to_string(), started["ticket"].to_string());
    assert!(place.run(&["run", "monthly-invoices", "--resume", &id, "--wait"]).status.success());
    let done = place.run(&["run", "--resume", &ticket, "--review", "r.pdf", "--deliver", "--yes", "--json"]);
    let done: serde_json::Value = serde_json::from_slice(&done.stdout).expect("one document");
    assert_eq!((&done["review"], &done["delivered"]), (&"r.pdf".into(), &true.into()));
    assert_eq!(place.instance.requests(Endpoint::of::<op::StartJobRun>()), 1);
    place.fails(&["run", "--resume", "7"], "an id does not say which job it is of");
    place.fails(&["run", "--resume", "{}"], "neither an id nor a ticket");

    let export = place.run(&["export", "42", "--detach", "--json"]);
    let export: serde_json::Value = serde_json::from_slice(&export.stdout).unwrap();
    let ticket = export["ticket"].to_string();
    assert!(place.run(&["status", &ticket]).status.success());
    assert!(place.run(&["download", &ticket, "-o", "d.pdf"]).status.success());
    assert!(place.read("d.pdf").starts_with(b"%PDF"));
}

#[test]
fn the_format_follows_the_name_of_the_file() {
    let place = Place::new(|instance| instance);
    assert!(place.run(&["export", "42", "-o", "a.xlsx"]).status.success());
    assert!(place.read("a.xlsx").starts_with(b"PK"));
    assert!(place.run(&["export", "42", "-o", "new/"]).status.success());
    assert!(place.read("new/Invoice.pdf").starts_with(b"%PDF"));
    let before = place.instance.requests(Endpoint::of::<op::StartExport>());
    place.fails(&["export", "42", "-f", "pdf", "-o", "a.xlsx"], "the format is pdf, but the output is named .xlsx");
    place.fails(&["export", "42", "--attachments", "-o", "a.pdf"], "name it .zip");
    place.fails(&["export", "42", "-o", "a.zip"], "a report is a ZIP file only with its attachments");
    place.fails(&["export", "42", "-o", "a.XLS"], "no report is exported as .xls; name the output .xlsx");
    place.fails(
        &["download", "1", "-o", "a.htm"],
        "the exported file is Invoice.xlsx; name the output .xlsx, not .html",
    );
    let output = place.run(&["export", "42", "-o", "missing/a.pdf"]);
    assert!(!output.status.success());
    assert_eq!(place.instance.requests(Endpoint::of::<op::StartExport>()), before);
}

#[test]
fn no_value_takes_the_place_of_another() {
    let place = Place::new(|instance| instance);
    place.fails(&["export", "42", "-p", "a=1", "-p", "b=1", "-p", "a=2"], "parameter \"a\" is given twice");
    place.put("twice.csv", "report,param.a,,,param.a\n42,1,,,2\n");
    place.fails(&["bulk", "twice.csv"], "twice.csv: the header has the column \"param.a\" twice");
    place.put("empty.csv", "report,param.a,,\n42,1,,\n");
    assert!(place.run(&["bulk", "empty.csv"]).status.success());
    // A parameter of a file can be set anew.
    place.put("params.json", "{\"customer\":1}");
    assert!(
        place.run(&["export", "42", "--params", "params.json", "-p", "customer=2", "-o", "a.pdf"]).status.success()
    );
}

#[test]
fn nothing_of_the_server_acts_on_the_terminal() {
    let mut seed = Seed::demo();
    seed.workspaces[0].reports[0].name = "a\u{1b}]0;x\u{7}b\u{202e}c\nd\u{9b}2J".to_owned();
    seed.workspaces[0].reports[1].fails = Some("\u{1b}[2Jgone".to_owned());
    let place = Place::new(|instance| instance.seed(seed));
    for arguments in [&["reports"][..], &["export", "43"], &["status", "1"]] {
        let output = place.run(arguments);
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{9b}']), "{text:?}");
    }
}

#[test]
fn a_token_in_the_wrong_place_is_not_shown() {
    let place = Place::new(|instance| instance);
    for (number, text) in
        ["[a]\ntoken = \"s3cret\"\n", "[a]\ntoken_env = s3cret\n", "[a]\nurl = [\"s3cret\"]\n"].into_iter().enumerate()
    {
        let file = format!("{number}.toml");
        place.put(&file, text);
        let output = place.run(&["workspaces", "-P", "a", "--config", &file]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&format!("{file}, line 2:")) && !said.contains("s3cret"), "{said}");
    }
}

#[test]
fn a_proxy_does_not_get_what_is_for_this_machine() {
    let place = Place::new(|instance| instance);
    // Nothing listens there.
    let output = place
        .command_of(&["workspaces"])
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("http_proxy", "http://127.0.0.1:9")
        .output();
    assert!(output.unwrap().status.success());
}

#[test]
#[cfg(target_os = "linux")]
fn what_goes_on_is_named_also_when_standard_output_is_full() {
    let place = Place::new(|instance| instance);
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for (arguments, named) in [
        (&["export", "42", "--detach"][..], "it continues on the server: cxreports download "),
        (&["run", "monthly-invoices"], "the run continues on the server: cxreports run monthly-invoices --resume "),
    ] {
        let output = place.command_of(arguments).arg("-q").stdout(full()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains(named), "{said}");
    }
}

#[test]
fn a_link_stays_a_link_and_a_name_that_cannot_be_is_refused_at_once() {
    let place = Place::new(|instance| instance);
    place.put("real.pdf", "before");
    std::os::unix::fs::symlink("real.pdf", place.path().join("link.pdf")).unwrap();
    assert!(place.run(&["export", "42", "-o", "link.pdf"]).status.success());
    assert!(place.path().join("link.pdf").is_symlink() && place.read("real.pdf").starts_with(b"%PDF"));
    let before = place.instance.requests(Endpoint::of::<op::StartExport>());
    let long = format!("{}.pdf", "x".repeat(300));
    for output in [&*long, "real.pdf/a.pdf"] {
        assert_eq!(place.run(&["export", "42", "-o", output]).status.code(), Some(1), "{output}");
    }
    assert_eq!(place.instance.requests(Endpoint::of::<op::StartExport>()), before);
}

#[test]
fn each_failure_names_what_has_failed() {
    let place = Place::new(|instance| instance);
    place.put("l.jsonl", "{\"report\":42}\n");
    fs::create_dir(place.path().join("folder")).unwrap();
    for (arguments, said) in [
        (&["bulk", "l.jsonl", "--journal", "folder"][..], "error: folder: "),
        (&["preview", "42", "--open"], "error: no browser was found: leave --open out to print the URL"),
        (&["man", "-o", "l.jsonl"], "error: l.jsonl: "),
    ] {
        let output = place.command_of(arguments).env("PATH", place.path()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && text.starts_with(said), "{arguments:?}: {text}");
    }
}

#[test]
fn a_failure_is_json_for_programs() {
    let place = Place::new(|instance| instance);
    let missing = place.failure(&place.run(&["reports", "pages", "999", "--json"]), 1);
    assert_eq!((&missing["error"]["kind"], &missing["error"]["httpStatus"]), (&"failed".into(), &404.into()));
    assert!(missing["error"]["next"].as_str().unwrap().contains("cxreports reports list"), "{missing}");
    let wrong = place.failure(&place.run(&["export", "42", "--json", "-o", "-"]), 2);
    assert_eq!(wrong["error"]["kind"], "usage");
    let refused = place.command_of(&["reports", "list", "--json"]).env("CX_REPORTS_PAT", "another").output().unwrap();
    assert_eq!(place.failure(&refused, 3)["error"]["kind"], "tokenRefused");
    let unreachable = place.run(&["reports", "list", "--json", "--url", "http://127.0.0.1:9"]);
    assert_eq!(place.failure(&unreachable, 4)["error"]["kind"], "unreachable");
    assert!(place.run(&["export", "999", "-o", "-"]).stdout.is_empty(), "only the file goes there");
}

#[test]
fn a_program_goes_on_with_what_was_not_finished() {
    let place = Place::new(|instance| instance.export_time(Duration::from_secs(4)));
    let late = place.failure(&place.run(&["export", "42", "--json", "--timeout", "1"]), 5);
    let interrupted = place.output_of_interrupted(&["export", "42", "--json"], "TERM", Duration::from_millis(1_500));
    let interrupted = place.failure(&interrupted, 130);
    for (failure, kind) in [(late, "notFinished"), (interrupted, "interrupted")] {
        assert_eq!(failure["error"]["kind"], kind);
        let output = place.run(&["download", &failure.to_string(), "-o", "later.pdf", "--json"]);
        assert!(output.status.success(), "{output:?}");
        assert!(place.read("later.pdf").starts_with(b"%PDF"));
    }
    assert_eq!(place.instance.requests(Endpoint::of::<op::StartExport>()), 2);
}

#[test]
fn what_may_have_happened_is_said_and_not_repeated() {
    for fault in [Fault::DropAfter, Fault::Status(504), Fault::Silence] {
        let lost = |endpoint| FaultRule::new(fault).on(endpoint).times(1);
        let place = Place::new(|instance| instance.faults(1, [lost(Endpoint::of::<op::DeliverJobRun>())]));
        let output = place.run(&["run", "monthly-invoices", "--deliver", "--yes", "--request-timeout", "1"]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(text.contains("may have been delivered; check on the instance before delivering it again"), "{text}");
        assert!(!text.contains("--request-timeout SECONDS"), "{text}");

        let place = Place::new(|instance| instance.faults(1, [lost(Endpoint::of::<op::StartJobRun>())]));
        let output = place.run(&["run", "monthly-invoices", "--request-timeout", "1"]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains("a run may have been started"), "{text}");
    }
    // What was refused did not happen.
    let refused = FaultRule::new(Fault::Status(409)).on(Endpoint::of::<op::DeliverJobRun>());
    let place = Place::new(|instance| instance.faults(1, [refused]));
    let text = String::from_utf8(place.run(&["run", "monthly-invoices", "--deliver", "--yes"]).stderr).unwrap();
    assert!(text.contains("409") && !text.contains("may have been"), "{text}");
}

#[test]
fn the_next_command_is_for_the_same_instance_and_file() {
    let place = Place::new(|instance| instance.export_time(Duration::from_secs(30)));
    let url = place.instance.url();
    let mut command =
        place.command_of(&["export", "42", "--url", &url, "-w", "finance", "-o", "a b.pdf", "--timeout", "1"]);
    let output = command.env("CX_REPORTS_URL", "http://127.0.0.1:9").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(&format!("cxreports download 1 -o 'a b.pdf' --url {url} -w finance")), "{text}");
}

#[test]
fn a_profile_that_cannot_work_is_not_stored() {
    let place = Place::new(|instance| instance);
    let add =
        |more: &[&str], said| place.fails(&[&["profile", "add", "acme", "--token-env", "T"], more].concat(), said);
    add(&["--url", "reports.acme.example"], "reports.acme.example");
    add(&["--url", "http://reports.acme.example"], "--allow-plain-http");
    let empty = place.command_of(&["reports", "list"]).env("CX_REPORTS_PROFILE", "").output().unwrap();
    assert!(empty.status.success(), "{}", String::from_utf8_lossy(&empty.stderr));
}

#[test]
fn a_file_without_end_is_refused() {
    let place = Place::new(|instance| instance);
    place.put("lines.jsonl", "{\"report\":42,\"dataFile\":\"/dev/zero\"}\n");
    for arguments in [
        &["export", "42", "--data", "/dev/zero"][..],
        &["export", "42", "--params", "/dev/zero"],
        &["data", "upload", "/dev/zero"],
    ] {
        let output = place.run(arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && text.contains("/dev/zero: it has more than 256 MiB"),
            "{arguments:?}: {text}"
        );
    }
    let mut piped = place.command_of(&["data", "upload", "-"]);
    let output = piped.stdin(fs::File::open("/dev/zero").unwrap()).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("standard input: it has more than 256 MiB"), "{text}");
    let output = place.run(&["bulk", "lines.jsonl", "-o", "out"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && text.contains("/dev/zero: it is not a regular file"), "{text}");
}
