//! The program: its options, its messages and its end.
#![allow(clippy::disallowed_methods, reason = "files in folders of the tests' own")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::json;

const TOKEN: &str = "a-planted-token";

/// The program, which ends with the test.
struct Program(Child);

impl Program {
    /// Starts it; gives its base URL, too.
    fn start(arguments: &[&str]) -> (Self, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cxreports-sim"));
        let mut child = command.args(["--token", TOKEN]).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        (Self(child), url)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The status line, headers and body of a response of the program.
fn fetch(url: &str, path: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: sim\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn the_program_has_the_modes_of_the_library() {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    let shop = json!({ "workspaces": [{
        "id": 9, "code": "shop", "name": "Shop",
        "reportTypes": [{ "id": 1, "code": "order", "name": "Order", "defaultReportId": 10 }],
        "reports": [{ "id": 10, "name": "Order", "reportTypeId": 1, "pages": [{ "id": 1, "name": "Lines", "type": "subreport" }] }],
        "templates": [{ "id": 1, "code": "plain", "name": "Plain" }],
    }] });
    std::fs::write(&seed, shop.to_string()).unwrap();
    let document = folder.path().join("document.json");
    let written = r#"{ "paths": {},  "openapi": "3.1.0" }"#;
    std::fs::write(&document, written).unwrap();
    let (seed, document) = (seed.to_str().unwrap(), document.to_str().unwrap());

    let (_program, url) = Program::start(&[
        "--seed",
        seed,
        "--document",
        document,
        "--numeric-enums",
        "--pascal-members",
        "--errors",
        "error",
        "--fault",
        "503@list-themes",
    ]);
    assert!(fetch(&url, "/swagger/v1/swagger.json").contains(written), "byte for byte");
    assert!(fetch(&url, "/api/v1/ws/shop/reports/order/pages").contains(r#"{"Id":1,"Name":"Lines","Type":1}"#));
    assert!(
        fetch(&url, "/api/v1/ws/shop/reports")
            .contains(r#""ReportTypeId":1,"ReportTypeName":"Order","ReportTemplateName":"Plain""#)
    );
    assert!(fetch(&url, "/api/v1/ws/shop/reports?colour=red").starts_with("HTTP/1.1 200"));
    assert!(fetch(&url, "/api/v1/ws/other/jobs").contains(r#"{"error":"There is no such workspace."}"#));
    assert!(fetch(&url, "/api/v1/ws/shop/themes").starts_with("HTTP/1.1 503"));

    let (_program, url) = Program::start(&[
        "--strict",
        "--login",
        "redirect",
        "--session-cookie",
        "cross-site",
        "--latency",
        "1",
        "--body-limit",
        "10",
        "--proxy-request-line",
        "120",
        "--proxy-body",
        "5",
        "--proxy-timeout",
        "1000",
        "--require-length",
        "--nonce-lifetime",
        "18446744073709551615",
        "--session-lifetime",
        "1",
        "--keep-alive-timeout",
        "18446744073709551615",
        "--headers-timeout",
        "1000",
        "--body-grace",
        "1000",
        "--file-lifetime",
        "1",
        "--data-lifetime",
        "1",
        "--no-swagger",
    ]);
    assert!(fetch(&url, "/api/v1/ws/finance/reports?colour=red").starts_with("HTTP/1.1 400"));
    assert!(fetch(&url, &format!("/api/v1/ws/finance/reports?type={}", "x".repeat(100))).starts_with("HTTP/1.1 414"));
    assert!(fetch(&url, "/swagger/v1/swagger.json").starts_with("HTTP/1.1 404"));
}

/// What the program says when it refuses its arguments.
fn refusal(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_cxreports-sim")).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(1 | 2)), "{arguments:?}: {said}");
    said
}

#[test]
fn arguments_that_cannot_be_used_are_refused() {
    for (arguments, expected) in [
        (&["--seed", "nowhere.json"][..], "cannot read nowhere.json: "),
        (&["--document", "."], "cannot read .: "),
        (&["--api-root", "x"], "\"x\" is not a path of a URL without escapes; write it like /reports"),
        (&["--base-path", "/a/../b"], "\"/a/../b\" is not a path"),
        (&["--fault", "loud"], "no fault is called \"loud\"; the faults are drop-before, drop-after, truncate"),
        (&["--fault", "short:NaN"], "\"NaN\" is not a probability from 0 to 1; write FAULT, FAULT@ENDPOINT or"),
        (&["--fault", "short@x"], "no endpoint is called \"x\"; the endpoints are list-workspaces"),
        (&["--errors", "loud"], "[possible values: problem, error, empty]"),
        (&["--listen", "localhost:80"], "not an IP address and a port; write it like 127.0.0.1:8080"),
        (&["--headers-timeout", "0"], "0 is not in 1.."),
    ] {
        let said = refusal(&[&["--token", TOKEN], arguments].concat());
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    for token in ["", " ", "a ", "a\n", "é"] {
        assert!(refusal(&["--token", token]).contains("no client can send the token"), "{token:?}");
    }
}

#[test]
fn seeds_that_do_not_fit_are_refused_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seed.json");
    let shop = r#""id": 1, "code": "a", "name": "A""#;
    for (workspaces, expected) in [
        ("[{ \"id\": \"1\" }]", "at /workspaces/0/id: invalid type: string \"1\", expected i32"),
        ("[{ SHOP, \"reports\": {} }]", "at /workspaces/0/reports: invalid type: map, expected a sequence"),
        ("[{ SHOP, \"themes\": [7] }]", "at /workspaces/0/themes/0: invalid type: integer `7`, expected a template or"),
        ("[{ SHOP, \"colour\": 1 }]", "at /workspaces/0/colour: unknown field `colour`"),
        (
            "[{ SHOP, \"jobs\": [{ \"id\": 1, \"name\": \"J\", \"entries\": -1 }] }]",
            "/jobs/0/entries: invalid value: integer `-1`",
        ),
        ("null", "at /workspaces: invalid type: null"),
        ("[]}", "at its root: trailing characters"),
        (
            "[{ SHOP }, { \"id\": 1, \"code\": \"b\", \"name\": \"B\" }]",
            "workspace \"b\": two workspaces have the id 1",
        ),
        (
            "[{ SHOP }, { \"id\": 2, \"code\": \"A\", \"name\": \"B\" }]",
            "two workspaces have the code \"A\", which has no case",
        ),
        (
            "[{ SHOP, \"themes\": [{ \"id\": 1, \"code\": \"x\", \"name\": \"X\" }, { \"id\": 1, \"code\": \"y\", \"name\": \"Y\" }] }]",
            "workspace \"a\": two themes have the id 1",
        ),
        (
            "[{ SHOP, \"reports\": [{ \"id\": 1, \"name\": \"R\", \"reportTypeId\": 7 }] }]",
            "workspace \"a\": report 1 names the report type 7, which is not there",
        ),
        (
            "[{ SHOP, \"jobs\": [{ \"id\": 1, \"name\": \"J\", \"entries\": 2147483648 }] }]",
            "workspace \"a\": job 1 has too many entries; 2147483647 is the most",
        ),
        (
            "[{ SHOP, \"jobs\": [{ \"id\": 1, \"name\": \"J\", \"lastRunTime\": \"soon\" }] }]",
            "job 1 was last run at \"soon\", which is not a time like 2026-03-04T13:00:00Z",
        ),
    ] {
        std::fs::write(&file, format!("{{ \"workspaces\": {} }}", workspaces.replace("SHOP", shop))).unwrap();
        let said = refusal(&["--token", TOKEN, "--seed", file.to_str().unwrap()]);
        assert!(said.contains("seed.json: ") && said.contains(expected), "{workspaces}: {said}");
    }
}

#[test]
fn what_is_no_document_is_not_served_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("document.json");
    for (text, expected) in [
        ("{ \"workspaces\": [] }", "not a Swagger document: it has neither a member swagger nor a member openapi"),
        ("null", "not a Swagger document"),
        ("[1]", "not a Swagger document"),
        ("openapi: 3.0.0", "expected value at line 1 column 1"),
    ] {
        std::fs::write(&file, text).unwrap();
        let said = refusal(&["--token", TOKEN, "--document", file.to_str().unwrap()]);
        assert!(said.contains("document.json: ") && said.contains(expected), "{text}: {said}");
    }
}

/// As PowerShell and Notepad write them.
#[test]
fn files_may_have_a_byte_order_mark_or_be_utf_16() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: Vec<u8>| -> String {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let seed = r#"{ "workspaces": [{ "id": 1, "code": "shop", "name": "Shöp" }] }"#;
    let document = r#"{ "openapi": "3.0.1", "info": "é" }"#;
    let utf_8 = |text: &str| ["\u{feff}", text].concat().into_bytes();
    let utf_16 = |text: &str, bytes: fn(u16) -> [u8; 2]| {
        utf_8(text).utf8_chunks().flat_map(|chunk| chunk.valid().encode_utf16()).flat_map(bytes).collect()
    };
    for (name, seed, document) in [
        ("utf-8", utf_8(seed), utf_8(document)),
        ("utf-16le", utf_16(seed, u16::to_le_bytes), utf_16(document, u16::to_le_bytes)),
        ("utf-16be", utf_16(seed, u16::to_be_bytes), utf_16(document, u16::to_be_bytes)),
    ] {
        let (seed, written) = (write("seed.json", seed), write("document.json", document));
        let (_program, url) = Program::start(&["--seed", &seed, "--document", &written]);
        assert!(fetch(&url, "/api/v1/workspaces").contains("Shöp"), "{name}");
        assert!(fetch(&url, "/swagger/v1/swagger.json").contains(r#"{ "openapi": "3.0.1", "info": "é" }"#), "{name}");
    }
}

/// Commands in the help can be copied: they are not wrapped, and they work.
#[test]
fn the_examples_of_the_help_work() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data.json"), r#"{ "workspaces": [] }"#).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_cxreports-sim")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let (_, examples) = help.split_once("Examples:\n").unwrap();
    assert!(examples.lines().all(|line| line.len() <= 80), "{examples}");
    let commands = examples.replace("\\\n", " ");
    let commands: Vec<&str> = commands.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    assert!(commands.iter().all(|command| command.starts_with("cxreports-sim ") || command.starts_with("curl ")));
    let mut started = 0;
    for command in commands.iter().filter_map(|command| command.strip_prefix("cxreports-sim ")) {
        let command = command.replace(":8080", ":0");
        started += usize::from(starts(&command.split_whitespace().collect::<Vec<_>>(), folder.path()));
    }
    assert_eq!(started, 5);
}

fn starts(arguments: &[&str], folder: &Path) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cxreports-sim"));
    let child = command.args(arguments).current_dir(folder).stdout(Stdio::piped()).spawn().unwrap();
    let mut program = Program(child);
    let mut line = String::new();
    BufReader::new(program.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.starts_with("listening on http://127.0.0.1:")
}

#[test]
fn an_instance_on_all_addresses_names_one_that_can_be_reached() {
    let (_program, url) = Program::start(&["--listen", "0.0.0.0:0"]);
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert!(fetch(&url, "/api/v1/workspaces").starts_with("HTTP/1.1 200"));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cxreports-sim"));
    let output = command.args(["--token", TOKEN]).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let output = output.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("error: cannot write to standard output: "), "{said}");
}

/// A container is stopped by this signal, which a first process has to handle.
#[cfg(unix)]
#[test]
fn it_ends_in_order_when_it_is_asked_to() {
    for signal in ["-TERM", "-INT"] {
        let (mut program, _) = Program::start(&[]);
        assert!(Command::new("kill").args([signal, &program.0.id().to_string()]).status().unwrap().success());
        assert_eq!(program.0.wait().unwrap().code(), Some(0), "{signal}");
    }
}
