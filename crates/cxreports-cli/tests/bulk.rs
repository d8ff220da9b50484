//! `bulk`: what it prints, and that a run that is killed goes on, with no line exported again that was done.

#[path = "place/mod.rs"]
mod place;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

use cxreports_sim::{Edition, Endpoint, Fault, FaultRule, op, seed::Seed};
use place::Place;

#[test]
fn lines_become_files_and_failures_are_reported() {
    let mut seed = Seed::demo();
    seed.workspaces[0].reports[1].fails = Some("The data source cannot be reached.".to_owned());
    let place = Place::of(Edition::V2026_5, |instance| instance.seed(seed));
    let folder = place.path();
    place.put(
        "orders.csv",
        "report,format,output,param.customer\ninvoice,html,a.html,Miller\n42,xlsx,,\nnothing,,,\n43,,b.pdf,\n42,,../c.pdf,\n42,doc,d,\n",
    );
    place.put(
        "orders.jsonl",
        "{\"report\": 42, \"output\": \"j.html\", \"format\": \"html\", \"data\": {\"a\": 1}}\n\n{\"report\": 42, \"nonsense\": 1}\n{\n",
    );
    let mut text = String::new();
    for arguments in [
        &["bulk", "orders.csv", "-o", "out", "-j", "1"][..],
        &["bulk", "orders.csv", "-o", "out", "-j", "1", "--quiet"],
        &["bulk", "orders.jsonl", "-o", "out", "-j", "1", "--json"],
        &["bulk", "missing.csv"],
    ] {
        let output = place.command().args(arguments).output().unwrap();
        let _ = writeln!(text, "$ cxreports {}", arguments.join(" "));
        text.push_str(&String::from_utf8_lossy(&output.stdout));
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            let _ = writeln!(text, "! {line}");
        }
        let _ = writeln!(text, "[{}]\n", output.status.code().unwrap_or(-1));
    }
    insta::with_settings!({
        filters => vec![
            (r"\(os error \d+\)", "(os error)"),
            (r"\(request\s+00-[0-9a-f-]+\)", "(request ID)"),
        ],
        omit_expression => true, prepend_module_to_snapshot => false,
    }, { insta::assert_snapshot!("bulk", text); });
    assert!(fs::read_to_string(folder.join("out/a.html")).unwrap().contains("Miller"));
    assert!(!folder.join("c.pdf").exists());
}

/// Modification time and size of every file that the journal says is done.
fn finished(folder: &Path) -> BTreeMap<u64, (SystemTime, u64)> {
    let journal = fs::read_to_string(folder.join("lines.jsonl.journal")).unwrap_or_default();
    let done = journal.lines().filter_map(|line| {
        let entry: serde_json::Value = serde_json::from_str(line).ok()?;
        entry["done"]["line"].as_u64()
    });
    done.map(|line| {
        let file = fs::metadata(folder.join("out").join(format!("{line}.html"))).unwrap();
        (line, (file.modified().unwrap(), file.len()))
    })
    .collect()
}

fn wait_for(child: &mut Child, folder: &Path, lines: usize) {
    let since = Instant::now();
    while finished(folder).len() < lines {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed");
        assert!(since.elapsed() < Duration::from_secs(120), "only {} lines are done", finished(folder).len());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// `LINES=10000 FAULTS=20 cargo test -p cxreports-cli --test it killed -- --nocapture` is a longer one.
#[test]
fn a_run_that_is_killed_ends_with_every_file_once() {
    let setting = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<f64>().ok());
    let lines_wanted = setting("LINES").map_or(2_000, |lines| lines as usize);
    // A hundredth of each of five faults: five of a hundred requests go wrong.
    let probability = setting("FAULTS").unwrap_or(5.0) / 500.0;
    let faults = [Fault::DropBefore, Fault::DropAfter, Fault::Truncate, Fault::Status(503), Fault::TooManyRequests(0)];
    let rules = faults.into_iter().flat_map(|fault| {
        let at = [
            Endpoint::of::<op::StartExport>(),
            Endpoint::of::<op::GetExportStatus>(),
            Endpoint::of::<op::DownloadExport>(),
        ];
        at.map(|endpoint| FaultRule::new(fault).on(endpoint).probability(probability))
    });
    let place = Place::of(Edition::V2026_5, |instance| instance.faults(1, rules));
    let folder = place.path();
    let lines: String = (1..=lines_wanted)
        .map(|n| format!("{{\"report\": \"invoice\", \"output\": \"{n}.html\", \"params\": {{\"line\": {n}}}}}\n"))
        .collect();
    place.put("lines.jsonl", &lines);

    let since = Instant::now();
    let run = || {
        let mut command = place.command();
        command
            .args(["bulk", "lines.jsonl", "-o", "out", "-j", "16", "--json", "--quiet"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut before = BTreeMap::new();
    for part in [lines_wanted / 4, lines_wanted / 2, lines_wanted * 3 / 4] {
        let mut child = run();
        wait_for(&mut child, folder, part);
        child.kill().unwrap();
        child.wait().unwrap();
        before.extend(finished(folder));
    }
    let output = run().wait_with_output().unwrap();
    let took = since.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));

    let after = finished(folder);
    assert_eq!(after.len(), lines_wanted);
    for (line, state) in &before {
        assert_eq!(after.get(line), Some(state), "line {line} was done, and has been written again");
    }
    let journal = fs::read_to_string(folder.join("lines.jsonl.journal")).unwrap();
    let mut done = BTreeSet::new();
    for entry in journal.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()) {
        if let Some(line) = entry["done"]["line"].as_u64() {
            assert!(done.insert(line), "line {line} is done twice");
        }
        if let Some(line) = entry["started"]["line"].as_u64() {
            assert!(!done.contains(&line), "line {line} was done, and has been started again");
        }
    }
    let mut files = 0;
    for entry in fs::read_dir(folder.join("out")).unwrap() {
        let path = entry.unwrap().path();
        // A process that is killed leaves the file that it was writing under a name of no meaning.
        if path.file_name().unwrap().to_string_lossy().starts_with('.') {
            continue;
        }
        let page = fs::read_to_string(&path).unwrap();
        let own = format!("<dt>line</dt><dd>{}</dd>", path.file_stem().unwrap().to_string_lossy());
        assert!(page.contains(&own) && page.trim_end().ends_with("</html>"), "{}", path.display());
        files += 1;
    }
    assert_eq!(files, lines_wanted);
    println!(
        "{lines_wanted} lines, killed three times: {} exports started, {:.1} s",
        place.instance.requests(Endpoint::of::<op::StartExport>()),
        took.as_secs_f32()
    );
}

impl Place {
    fn new() -> Self {
        Self::of(Edition::V2026_5, |instance| instance)
    }

    fn lines(&self, lines: &[(&str, &str)]) {
        let line = |(output, customer): &(&str, &str)| {
            format!("{{\"report\":42,\"output\":\"{output}\",\"params\":{{\"customer\":\"{customer}\"}}}}\n")
        };
        self.put("l.jsonl", &lines.iter().map(line).collect::<String>());
    }

    /// Runs it; gives the exit status and what it printed.
    fn run(&self, more: &[&str]) -> (i32, String) {
        let mut command = self.command();
        let output = command.args(["bulk", "l.jsonl", "-o", "out", "-q"]).args(more).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), text)
    }

    fn has(&self, file: &str, customer: &str) -> bool {
        fs::read_to_string(self.path().join(file)).unwrap().contains(customer)
    }

    fn started(&self) -> u32 {
        self.instance.requests(Endpoint::of::<op::StartExport>())
    }
}

#[test]
fn lines_are_known_by_their_content() {
    let place = Place::new();
    place.lines(&[("miller.html", "Miller"), ("smith.html", "Smith")]);
    assert_eq!(place.run(&[]).0, 0);
    // A line on top, one that has moved, and one with other content under the same name.
    place.lines(&[("adams.html", "Adams"), ("smith.html", "Smithers"), ("miller.html", "Miller")]);
    let (code, text) = place.run(&[]);
    assert!(code == 0 && text.contains("2 exported, 1 already done"), "{text}");
    for (file, customer) in [("adams", "Adams"), ("smith", "Smithers"), ("miller", "Miller")] {
        assert!(place.has(&format!("out/{file}.html"), customer), "{file}");
    }
    // A file that is gone, and another folder.
    fs::remove_file(place.path().join("out/miller.html")).unwrap();
    assert!(place.run(&[]).1.contains("1 exported, 2 already done"));
    // Another workspace has other work.
    let other = place.command().args(["bulk", "l.jsonl", "-o", "other"]).output().unwrap();
    assert!(String::from_utf8(other.stdout).unwrap().contains("3 exported, 0 already done"));
    let (code, text) = place.run(&["-w", "logistics"]);
    assert!(code == 2 && text.contains("is the journal of workspace \"finance\""), "{text}");
}

#[test]
fn two_lines_do_not_write_one_file() {
    let place = Place::new();
    place.lines(&[("a.html", "Miller"), ("b.html", "Smith"), ("./a.html", "Adams")]);
    let (code, text) = place.run(&[]);
    assert!(code == 6 && text.contains("is not the name of a file below the folder"), "{text}");
    let before = place.started();
    place.lines(&[("x/a.html", "Miller"), ("b.html", "Smith"), ("x//a.html", "Adams")]);
    let (code, text) = place.run(&[]);
    assert!(code == 2 && text.contains("lines 1 and 3 both write x/a.html"), "{text}");
    assert_eq!(place.started(), before);
    // Lines that name no file get names that no other line has.
    place.put("l.jsonl", "{\"report\":42}\n");
    assert_eq!(place.run(&[]).0, 0);
    let first = fs::read(place.path().join("out/000001-Invoice.pdf")).unwrap();
    place.put("l.jsonl", "{\"report\":43}\n{\"report\":42}\n{\"report\":42}\n");
    assert!(place.run(&[]).1.contains("2 exported, 1 already done"));
    assert_eq!(fs::read(place.path().join("out/000001-Invoice.pdf")).unwrap(), first);
    // What is exported again, since it is gone, comes back under its own name.
    let second = place.path().join("out/000003-Invoice.pdf");
    fs::remove_file(&second).unwrap();
    assert!(place.run(&[]).1.contains("1 exported, 2 already done"));
    assert!(second.exists(), "{:?}", fs::read_dir(place.path().join("out")).unwrap().collect::<Vec<_>>());
}

#[test]
fn a_torn_journal_is_read_and_a_foreign_one_refused() {
    let place = Place::new();
    let journal = place.path().join("l.jsonl.journal");
    place.lines(&[("2026/march/m\u{fc}ller.html", "Miller")]);
    assert_eq!(place.run(&[]).0, 0);
    assert!(place.has("out/2026/march/m\u{fc}ller.html", "Miller"));
    let whole = fs::read(&journal).unwrap();
    let accent = whole.iter().position(|byte| *byte == 0xc3).unwrap();
    fs::File::options().write(true).open(&journal).unwrap().set_len(accent as u64 + 1).unwrap();
    assert!(place.run(&[]).1.contains("1 exported"));
    place.put("l.jsonl.journal", "{\"done\":{\"line\":1}}\n");
    let (code, text) = place.run(&[]);
    assert!(code == 2 && text.contains("is not a journal of this release"), "{text}");

    // Whatever else it is keeps what it has.
    for text in ["report,output\n42,a.pdf\n", "export TOKEN=x\n", "{\n  \"a\": 1\n}\n", "\n\nx"] {
        place.put("l.jsonl.journal", text);
        assert_eq!(place.run(&[]).0, 2, "{text}");
        assert_eq!(fs::read_to_string(&journal).unwrap(), text);
    }
    // The first line is cut off.
    place.put("l.jsonl.journal", "{\"jour");
    assert!(place.run(&[]).1.contains("1 exported"));
    assert!(place.run(&[]).1.contains("0 exported, 1 already done"));

    fs::remove_file(&journal).unwrap();
    let held = fs::File::options().write(true).create_new(true).open(&journal).unwrap();
    held.lock().unwrap();
    let (code, text) = place.run(&[]);
    assert!(code == 2 && text.contains("another process uses this journal"), "{text}");
}

#[test]
fn a_run_that_is_interrupted_anywhere_ends_as_one_that_was_not() {
    const LINES: usize = 60;
    let place = Place::new();
    let names: Vec<_> = (0..LINES).map(|n| (format!("{n}.html"), format!("Customer-{n}-"))).collect();
    place.lines(&names.iter().map(|(file, customer)| (&**file, &**customer)).collect::<Vec<_>>());
    for (number, signal) in ["INT", "TERM", "KILL", "INT", "TERM", "KILL"].into_iter().enumerate() {
        let before = place.started();
        let mut child = place
            .command()
            .args(["bulk", "l.jsonl", "-o", "out", "-q", "-j", "2"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The command has started exports, so it listens to signals; each run ends at another line.
        let since = Instant::now();
        while place.started() < before + 1 + 2 * number as u32 && child.try_wait().unwrap().is_none() {
            assert!(since.elapsed() < Duration::from_secs(60), "no export was started");
            std::thread::sleep(Duration::from_millis(2));
        }
        Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
        let status = child.wait().unwrap();
        assert!(status.success() || signal == "KILL" || status.code() == Some(130), "{signal}: {status}");
    }
    let (code, text) = place.run(&[]);
    assert_eq!(code, 0, "{text}");
    for (file, customer) in &names {
        assert!(place.has(&format!("out/{file}"), customer), "{file}");
    }
    assert!(place.started() <= LINES as u32 + 12, "{} exports for {LINES} lines", place.started());
}

/// The lines of a file with other outputs than names of a customer.
fn line(more: &str, customer: &str) -> String {
    format!("{{\"report\":42,\"format\":\"html\",\"params\":{{\"customer\":\"{customer}\"}}{more}}}\n")
}

#[test]
fn a_name_that_is_made_is_nobody_elses() {
    let place = Place::new();
    // The name that the second line would get is that of the first.
    place.put("l.jsonl", &(line(",\"output\":\"000002-Invoice.html\"", "Miller") + &line("", "Smith")));
    assert_eq!(place.run(&["-j", "1"]).0, 0);
    assert!(place.has("out/000002-Invoice.html", "Miller") && place.has("out/000002-Invoice (2).html", "Smith"));
    assert!(place.run(&[]).1.contains("0 exported, 2 already done"));
    // Another list of lines, in the same folder.
    place.put("l.jsonl", &line("", "Adams"));
    place.put("m.jsonl", &line("", "Brown"));
    assert_eq!(place.run(&[]).0, 0);
    for _ in 0..2 {
        let other = place.command().args(["bulk", "m.jsonl", "-o", "out"]).output().unwrap();
        assert!(other.status.success());
        assert!(place.has("out/000001-Invoice.html", "Adams") && place.has("out/000001-Invoice (2).html", "Brown"));
    }
    // A line takes the name that another one was given.
    place.put("l.jsonl", &(line(",\"output\":\"000001-Invoice.html\"", "Clark") + &line("", "Adams")));
    assert!(place.run(&[]).1.contains("2 exported, 0 already done"));
    assert!(place.has("out/000001-Invoice.html", "Clark") && place.has("out/000002-Invoice (3).html", "Adams"));
}

#[test]
fn a_line_that_is_as_it_was_before_gets_its_file_back() {
    let place = Place::new();
    for customer in ["Miller", "Smith", "Miller", "Smith"] {
        place.lines(&[("a.html", customer)]);
        let (code, text) = place.run(&[]);
        assert!(code == 0 && text.contains("1 exported, 0 already done"), "{customer}: {text}");
        assert!(place.has("out/a.html", customer), "{customer}");
    }
    // Another folder has files of its own.
    let other = place.command().args(["bulk", "l.jsonl", "-o", "other"]).output().unwrap();
    assert!(other.status.success());
    assert!(place.run(&[]).1.contains("0 exported, 1 already done"));
}

#[test]
fn what_cannot_be_saved_is_not_exported() {
    let place = Place::new();
    fs::create_dir_all(place.path().join("out/a.html")).unwrap();
    let long = format!("{}.html", "x".repeat(300));
    place.put("out/file", "");
    place.lines(&[("a.html", "Miller"), (&long, "Smith"), ("file/b.html", "Adams")]);
    let (code, text) = place.run(&[]);
    assert!(code == 6 && text.contains("0 exported, 0 already done, 3 failed"), "{text}");
    assert!(text.contains("a.html is a folder; give the line another output"), "{text}");
    assert_eq!(place.started(), 0);
}

#[test]
fn a_file_that_is_changed_while_it_is_read_makes_no_two_lines_write_one_file() {
    let place = Place::of(Edition::V2026_5, |instance| instance.export_time(Duration::from_millis(20)));
    let lines = |output: fn(usize) -> usize| -> String {
        (0..400).map(|n| line(&format!(",\"output\":\"{:03}.html\"", output(n)), "Miller")).collect()
    };
    place.put("l.jsonl", &lines(|n| n));
    let mut command = place.command();
    let child = command.args(["bulk", "l.jsonl", "-o", "out", "-q", "-j", "8"]).stdout(Stdio::piped()).spawn().unwrap();
    let since = Instant::now();
    while place.started() < 4 {
        assert!(since.elapsed() < Duration::from_secs(60), "no export was started");
        std::thread::sleep(Duration::from_millis(2));
    }
    place.put("l.jsonl", &lines(|n| n % 7));
    let text = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let files = fs::read_dir(place.path().join("out")).unwrap().count();
    assert!(text.starts_with(&format!("{files} exported, 0 already done, ")), "{files} files: {text}");
    assert!(text.contains("the file of the lines has been changed; run the same command again"), "{text}");
}

#[test]
fn a_name_of_the_server_is_made_safe() {
    let mut seed = Seed::demo();
    seed.workspaces[0].reports[0].name = "../2026/\u{202e}March".to_owned();
    let place = Place::of(Edition::V2026_5, |instance| instance.seed(seed));
    place.put("l.jsonl", &line("", "Miller"));
    let (code, text) = place.run(&[]);
    assert!(code == 0 && place.has("out/000001-March.html", "Miller"), "{text}");
}

#[test]
fn what_concerns_every_line_ends_the_run() {
    let place = Place::new();
    let customers: Vec<_> = (0..40).map(|n| (format!("{n}.html"), n.to_string())).collect();
    place.lines(&customers.iter().map(|(file, customer)| (&**file, &**customer)).collect::<Vec<_>>());
    let with = |name, value: &str| {
        let mut command = place.command();
        let output = command.args(["bulk", "l.jsonl", "-o", "out", "--tries", "1"]).env(name, value).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let failed =
        |text: &str| text.split(" already done, ").nth(1).unwrap().split(' ').next().unwrap().parse::<u32>().unwrap();
    let (code, text) = with("CX_REPORTS_PAT", "another-token");
    assert!(code == 3 && failed(&text) < 10, "{text}");

    // The journal of another workspace is taken over as long as it has nothing.
    let (code, text) = with("CX_REPORTS_WORKSPACE_ID", "finanse");
    assert!(code == 6 && text.contains("0 exported, 0 already done, 40 failed"), "{text}");
    let (code, text) = place.run(&[]);
    assert!(code == 0 && text.contains("40 exported"), "{text}");
    let output = place.command().args(["bulk", "l.jsonl", "-w", "logistics"]).output().unwrap();
    assert!(output.status.code() == Some(2) && String::from_utf8(output.stderr).unwrap().contains("is the journal of"));
}

#[test]
fn an_instance_that_cannot_be_reached_any_more_ends_the_run() {
    let place = Place::new();
    let lines: String = (0..40).map(|_| "invoice\n").collect();
    place.put("l.csv", &format!("report\n{lines}"));
    assert!(place.command().args(["reports", "list"]).output().unwrap().status.success(), "what it has is cached");
    let mut command = place.command();
    drop(place.instance);
    let output = command.args(["bulk", "l.csv", "-o", "out", "--tries", "1"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(4) && !text.contains("40 failed"), "{text}");
}

#[test]
fn instances_that_export_at_once_only_do_lines_too() {
    let place = Place::of(Edition::V2024_9, |instance| instance);
    place.lines(&[("a.pdf", "Miller"), ("b/c.pdf", "Smith")]);
    let (code, text) = place.run(&[]);
    assert!(code == 0 && text.contains("2 exported"), "{text}");
    for file in ["out/a.pdf", "out/b/c.pdf"] {
        assert!(fs::read(place.path().join(file)).unwrap().starts_with(b"%PDF"), "{file}");
    }
    assert!(place.run(&[]).1.contains("0 exported, 2 already done"));
}
