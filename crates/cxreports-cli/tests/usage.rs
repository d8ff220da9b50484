//! Pipes, time-outs, widths and colors; files of lines in all their forms.

#[path = "place/mod.rs"]
mod place;

use std::{
    fs,
    io::Write as _,
    process::{Command, Output, Stdio},
};

use cxreports::core::op;
use cxreports_sim::{Edition, Endpoint, Fault, FaultRule, seed::Seed};
use place::Place;
use serde_json::Value;

impl Place {
    fn new() -> Self {
        Self::of(Edition::V2026_5, |instance| instance)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.command().args(arguments).arg("--json").output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {output:?}"))
    }

    fn started(&self) -> u32 {
        self.instance.requests(Endpoint::of::<op::StartExport>())
    }

    fn read(&self, file: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.path().join(file)).unwrap()).into_owned()
    }
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn what_one_command_prints_another_reads() {
    let place = Place::new();
    let pipe = |first: &[&str], second: &[&str]| {
        let mut first = place.command().args(first).stdout(Stdio::piped()).spawn().unwrap();
        let output = place.command().args(second).stdin(first.stdout.take().unwrap()).output().unwrap();
        assert!(first.wait().unwrap().success() && output.status.success(), "{}", errors(&output));
        output
    };
    pipe(&["export", "42", "--detach"], &["download", "-", "-o", "by-id.pdf"]);
    pipe(&["export", "42", "--detach", "--json"], &["download", "-", "-o", "by-ticket.pdf"]);
    let status = pipe(&["run", "monthly-invoices", "--json"], &["status", "-"]);
    assert!(String::from_utf8(status.stdout).unwrap().contains(": 3 entries, "));
    let file = pipe(&["export", "42", "--detach", "--json"], &["download", "-", "-o", "-"]);
    assert!(file.stdout.starts_with(b"%PDF") && place.read("by-id.pdf").starts_with("%PDF"));

    let ticket = place.json(&["run", "monthly-invoices"])["ticket"].to_string();
    let output = place.run(&["download", &ticket]);
    assert!(output.status.code() == Some(2) && errors(&output).contains("--review FILE"), "{}", errors(&output));
    // A review document on standard output is alone there.
    let review = place.run(&["run", "--resume", &ticket, "--review", "-", "--deliver", "--yes"]);
    assert!(review.status.success() && review.stdout.starts_with(b"%PDF"));
    assert!(review.stdout.trim_ascii_end().ends_with(b"%%EOF"));
    let both = place.run(&["export", "42", "--params", "-", "--data", "-"]);
    assert!(errors(&both).contains("cannot both read standard input"), "{}", errors(&both));
}

#[test]
fn a_request_takes_no_longer_than_it_may() {
    let rules = [FaultRule::new(Fault::Silence).on(Endpoint::of::<op::ListThemes>())];
    let place = Place::of(Edition::V2026_5, |instance| instance.faults(1, rules));
    let output = place.run(&["themes", "list", "--request-timeout", "1"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(errors(&output).contains("no response within 1 s"), "{}", errors(&output));
}

#[test]
fn tables_are_whole_in_a_pipe_and_as_wide_as_columns_says() {
    let mut seed = Seed::demo();
    seed.workspaces[0].reports[0].name = "word ".repeat(40);
    let place = Place::of(Edition::V2026_5, |instance| instance.seed(seed));
    let lines = |output: Output| String::from_utf8(output.stdout).unwrap().lines().map(str::len).max().unwrap();
    assert!(lines(place.run(&["reports", "list"])) > 200);
    assert!(lines(place.command().args(["reports", "list"]).env("COLUMNS", "80").output().unwrap()) <= 80);
    assert!(lines(place.command().args(["reports", "list"]).env("COLUMNS", "x").output().unwrap()) > 200);
    let has_colors = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = place.command();
        command.args(["themes", "list"]).args(arguments).envs(variables.iter().copied());
        command.output().unwrap().stdout.contains(&0x1b)
    };
    assert!(!has_colors(&[], &[]));
    assert!(has_colors(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(has_colors(&[], &["--color", "always"]));
    assert!(!has_colors(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    assert!(!has_colors(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
}

#[test]
fn a_dry_run_sends_nothing() {
    let place = Place::new();
    place.put("l.csv", "report,output\n42,a.pdf\n42,b.xlsx\n42,../c.pdf\n");
    let lines = place.json(&["bulk", "l.csv", "-o", "out", "--dry-run"]);
    assert_eq!(place.started(), 0);
    assert!(!place.path().join("out").exists() && !place.path().join("l.csv.journal").exists());
    let actions: Vec<_> = lines.as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["export", "export", "fail"]);
    assert_eq!((&lines[1]["format"], &lines[1]["output"]), (&"xlsx".into(), &"b.xlsx".into()));
    assert_eq!(place.run(&["bulk", "l.csv", "-o", "out", "--dry-run"]).status.code(), Some(6));

    assert_eq!(place.run(&["bulk", "l.csv", "-o", "out"]).status.code(), Some(6));
    let journal = place.read("l.csv.journal");
    place.put("l.csv", "report,output\n42,b.xlsx\n42,d.pdf\n");
    let output = place.run(&["bulk", "l.csv", "-o", "out", "--dry-run"]);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success() && text.contains("skip") && text.contains("export"), "{text}");
    assert!(errors(&output).contains("1 to export, 0 to resume, 1 already done, 0 invalid"), "{}", errors(&output));
    assert_eq!(place.read("l.csv.journal"), journal);
}

#[test]
fn lines_name_their_format_or_take_the_one_of_all() {
    let place = Place::new();
    let lines = "{\"report\":42,\"output\":\"a.pdf\"}\n{\"report\":42,\"output\":\"b\"}\n{\"report\":42,\"output\":\"c\",\"format\":\"html\"}\n";
    place.put("l.jsonl", lines);
    let run = |format: &str| place.json(&["bulk", "l.jsonl", "-o", "out", "--format", format])["done"].clone();
    assert_eq!(run("docx"), 3);
    let begins = |file: &str, with: &str| assert!(place.read(file).starts_with(with), "{file}");
    begins("out/a.pdf", "%PDF");
    begins("out/b", "PK");
    assert!(place.read("out/c").contains("<html"));
    // Only the line that has no format of its own changes with the one of all.
    assert_eq!(run("docx"), 0);
    assert_eq!(run("pdf"), 1);
    begins("out/b", "%PDF");
}

#[test]
fn a_line_reads_its_data_from_a_file_and_is_known_by_it() {
    let place = Place::new();
    fs::create_dir_all(place.path().join("in/data")).unwrap();
    place.put("in/data/1.json", "[{\"text\": \"Tea\"}]");
    place.put("in/l.csv", "report,output,dataFile\n42,a.html,data/1.json\n42,b.html,data/2.json\n");
    let first = place.json(&["bulk", "in/l.csv", "-o", "out"]);
    assert_eq!(first["done"], 1);
    assert!(first["failed"][0]["error"].as_str().unwrap().contains("data/2.json: No such file"), "{first}");
    assert!(place.read("out/a.html").contains("Tea"));
    place.put("in/data/2.json", "[{\"text\": \"Cake\"}]");
    assert_eq!(place.json(&["bulk", "in/l.csv", "-o", "out"])["done"], 1);
    place.put("in/data/1.json", "[{\"text\": \"Coffee\"}]");
    let again = place.json(&["bulk", "in/l.csv", "-o", "out"]);
    assert_eq!((&again["done"], &again["doneBefore"]), (&1.into(), &1.into()));
    assert!(place.read("out/a.html").contains("Coffee") && place.read("out/b.html").contains("Cake"));
    place.put("in/data/1.json", "{");
    let broken = place.json(&["bulk", "in/l.csv", "-o", "out"]);
    assert!(broken["failed"][0]["error"].as_str().unwrap().contains("not valid JSON"), "{broken}");
    place.put("l.jsonl", "{\"report\":42,\"data\":[],\"dataFile\":\"in/data/2.json\"}\n");
    let both = place.json(&["bulk", "l.jsonl", "-o", "out"]);
    assert!(both["failed"][0]["error"].as_str().unwrap().contains("both data and dataFile"), "{both}");
}

#[test]
fn spreadsheets_write_csv_in_several_ways() {
    let place = Place::new();
    for (number, (text, customer)) in [
        ("\u{feff}report;output;param.customer\r\n42;A;M\u{fc}ller, Ltd\r\n", "M\u{fc}ller, Ltd"),
        ("report\toutput\tparam.customer\n42\tA\tSmith\n", "Smith"),
        ("report,output,param.customer\n42,A,\"Adams; Sons\"\n", "Adams; Sons"),
    ]
    .into_iter()
    .enumerate()
    {
        let file = format!("{number}.csv");
        let output = format!("{number}.html");
        place.put(&file, &text.replace('A', &output).replacen(&format!("{output}dams"), "Adams", 1));
        assert_eq!(place.json(&["bulk", &file, "-o", "out"])["done"], 1, "{text}");
        assert!(place.read(&format!("out/{output}")).contains(customer), "{text}");
    }
    place.put("no.csv", "id,name\n1,a\n");
    let output = place.run(&["bulk", "no.csv"]);
    assert!(output.status.code() == Some(2) && errors(&output).contains("no column `report`"), "{}", errors(&output));
}

#[test]
fn lines_that_cannot_be_read_twice_are_refused() {
    let place = Place::new();
    fs::create_dir(place.path().join("folder")).unwrap();
    for file in ["folder", "/dev/null", "/dev/stdin"] {
        let output = place.command().args(["bulk", file]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{file}");
        assert!(errors(&output).contains("is not a regular file"), "{file}: {}", errors(&output));
    }
    place.put("l.jsonl", "{\"report\": 42, \"output\": \"a.html\"}\n");
    let path = place.path().join("l.jsonl");
    let mut bytes = b"{\"report\": \"\xff\"}\n".to_vec();
    bytes.extend(fs::read(&path).unwrap());
    let file = fs::File::options().write(true).truncate(true).open(&path);
    file.and_then(|mut file| file.write_all(&bytes)).unwrap();
    let result = place.json(&["bulk", "l.jsonl", "-o", "out"]);
    assert_eq!((&result["done"], &result["failed"][0]["line"]), (&1.into(), &1.into()));
}

#[test]
fn a_device_is_written_to_and_not_replaced() {
    let place = Place::new();
    let pipe = place.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read(pipe).unwrap()
    });
    assert!(place.run(&["export", "42", "-o", "pipe"]).status.success());
    assert!(reader.join().unwrap().starts_with(b"%PDF"));
    assert!(!fs::metadata(&pipe).unwrap().is_file());
    let output = place.run(&["export", "42", "-o", "/dev/stdout", "-q"]);
    assert!(output.status.success() && output.stdout.starts_with(b"%PDF"));
}

#[test]
fn failures_are_summed_up_by_their_reason() {
    let place = Place::new();
    let lines: String = (0..30).map(|n| format!("{}\n", if n == 7 { "42" } else { "nothing" })).collect();
    place.put("l.csv", &format!("report\n{lines}"));
    let output = place.run(&["bulk", "l.csv", "-o", "out", "-q"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("1 exported, 0 already done, 29 failed"), "{text}");
    assert!(text.contains("2-8, 10-31") && text.matches("404 Not Found").count() == 1, "{text}");
    let again = place.json(&["bulk", "l.csv", "-o", "out"]);
    assert_eq!(again["reasons"][0]["lines"].as_array().unwrap().len(), 29);
}
