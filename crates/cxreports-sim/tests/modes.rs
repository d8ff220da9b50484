//! Modes of the library and the program.

mod raw;

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use cxreports_sim::{Endpoint, Fault, FaultRule, Login, ProxyLimits, Timeouts, op};
use raw::{API, FINANCE, TOKEN, bare, builder, get, post, send};
use serde_json::json;

#[tokio::test]
async fn a_strict_instance_takes_what_its_document_describes() {
    let instance = builder().strict(true).start().await.unwrap();
    let reports = async |query: &str| get(&instance, &format!("{FINANCE}/reports?{query}")).await;
    assert_eq!(reports("type=invoice&limit=1").await.status, 200);
    assert_eq!(reports("colour=red").await.errors("colour"), "The operation has no such parameter.");
    assert_eq!(reports("Type=invoice").await.errors("Type"), "The operation has no such parameter.");
    assert!(reports("limit=").await.errors("limit").contains("integer"));
    let export = async |body: &str| post(&instance, &format!("{FINANCE}/reports/42/export"), body).await;
    assert_eq!(export(r#"{ "format": "xlsx", "tempDataId": null }"#).await.status, 202);
    assert!(export(r#"{ "format": "XLSX" }"#).await.errors("$.format").contains("not one of"));
    assert!(export(r#"{ "excludePages": ["1"] }"#).await.errors("$.excludePages.0").contains("integer"));
    assert!(export(r#"{ "colour": 1 }"#).await.errors("$").contains("Additional properties"));
    let nonce = raw::nonce(&instance).await;
    assert_eq!(bare(&instance, "GET", &format!("{FINANCE}/reports/42/pdf?nonce={nonce}"), "", b"").await.status, 200);
}

#[tokio::test]
async fn without_a_token_old_releases_show_their_login_page() {
    let target = format!("{FINANCE}/reports?type=a%26b");
    let page = builder().login(Login::Page).start().await.unwrap();
    let reply = bare(&page, "GET", &target, "", b"").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(reply.text().contains("type=\"password\""));

    let redirect = builder().base_path("/x").login(Login::Redirect).start().await.unwrap();
    let reply = bare(&redirect, "GET", &format!("/x{target}"), "", b"").await;
    let location = reply.header("location").unwrap();
    assert_eq!((reply.status, &location[..19]), (302, "/x/login?ReturnUrl="));
    assert_eq!(bare(&redirect, "GET", location, "", b"").await.status, 200);
}

#[tokio::test]
async fn responses_can_be_written_by_other_options_of_the_serialiser() {
    let builder = builder().pascal_members(true).numbers_as_text(true).numeric_enums(true);
    let instance = builder.start().await.unwrap();
    let pages = get(&instance, &format!("{FINANCE}/reports/42/pages")).await.json();
    assert_eq!(pages[1], json!({ "Id": "421", "Name": "Lines", "Type": "1" }));
}

#[tokio::test]
async fn the_api_has_one_root() {
    let instance = builder().base_path("/x").api_root("/Api/V2.0").start().await.unwrap();
    assert_eq!(get(&instance, "/x/api/v2.0/workspaces").await.status, 200);
    assert_eq!(get(&instance, "/x/api/v1/workspaces").await.status, 404);
    for wrong in ["api", "/a//b", "/a b", "/a?b", "/{a}"] {
        assert!(builder().api_root(wrong).start().await.is_err(), "{wrong}");
        assert!(builder().base_path(wrong).start().await.is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_proxy_refuses_before_the_instance_sees_anything() {
    let limits = ProxyLimits { request_line: Some(200), body: Some(100), timeout: Some(Duration::from_millis(100)) };
    let instance = builder().proxy(limits).start().await.unwrap();
    let long = format!("{FINANCE}/reports?type={}", "x".repeat(200));
    let large = format!(r#"{{ "content": "{}" }}"#, "x".repeat(100));
    let chunks = format!("{:x}\r\n{large}\r\n0\r\n\r\n", large.len());
    let chunked = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    instance.set_faults([FaultRule::new(Fault::Silence).on(Endpoint::of::<op::ListThemes>())]);
    for (reply, expected) in [
        (get(&instance, &long).await, 414),
        (post(&instance, &format!("{FINANCE}/temporary-data"), &large).await, 413),
        (send(&instance, "POST", &format!("{FINANCE}/temporary-data"), chunked, chunks.as_bytes()).await, 413),
        (get(&instance, &format!("{FINANCE}/themes")).await, 504),
    ] {
        assert_eq!((reply.status, reply.header("content-type")), (expected, Some("text/html; charset=utf-8")));
        assert!(reply.text().starts_with(&format!("<html>\r\n<head><title>{expected} ")), "{}", reply.text());
    }
    assert_eq!(get(&instance, &format!("{FINANCE}/jobs")).await.status, 200);
    assert_eq!(instance.requests(Endpoint::of::<op::ListReports>()), 0);
}

#[tokio::test]
async fn a_proxy_does_not_wait_for_slow_responses() {
    let proxy = ProxyLimits { timeout: Some(Duration::from_millis(100)), ..ProxyLimits::default() };
    let instance = builder().proxy(proxy).latency(Duration::from_secs(60)).start().await.unwrap();
    assert_eq!(get(&instance, &format!("{FINANCE}/themes")).await.status, 504);
}

#[tokio::test]
async fn no_length_of_time_is_too_long() {
    let long = Duration::MAX;
    let builder = builder().nonce_lifetime(long).session_lifetime(long).file_lifetime(long).data_lifetime(long);
    let timeouts = Timeouts { keep_alive: long, headers: long, body_grace: long };
    let instance = builder.timeouts(timeouts).start().await.unwrap();
    for _ in 0..2 {
        let nonce = raw::nonce(&instance).await;
        let page = format!("/ws/finance/reports/42/preview?nonce={nonce}");
        assert_eq!(bare(&instance, "GET", &page, "", b"").await.status, 200);
        let data = post(&instance, &format!("{FINANCE}/temporary-data"), r#"{ "content": 1 }"#).await.json();
        assert_eq!(data["expiryDate"], "9999-12-31T23:59:59.9999999Z");
        let id = post(&instance, &format!("{FINANCE}/reports/42/export"), "{}").await.json()["temporaryFileId"].clone();
        let status = get(&instance, &format!("{FINANCE}/exports/{id}/status")).await.json();
        assert_eq!(status["expiryTime"], "9999-12-31T23:59:59.9999999Z");
        post(&instance, &format!("{FINANCE}/jobs/7/runs"), "{}").await;
        instance.advance(long);
        instance.advance(long);
    }

    let slow = raw::builder().export_time(long).pad_files_to(u64::MAX).start().await.unwrap();
    let run = post(&slow, &format!("{FINANCE}/jobs/7/runs"), "{}").await.json()["jobRunId"].clone();
    let status = get(&slow, &format!("{FINANCE}/jobs/7/runs/{run}/status")).await.json();
    assert_eq!(status["status"]["queued"], 3);
    let large = raw::builder().pad_files_to(u64::MAX).start().await.unwrap();
    let id = post(&large, &format!("{FINANCE}/reports/42/export"), "{}").await.json()["temporaryFileId"].clone();
    let status = get(&large, &format!("{FINANCE}/exports/{id}/status")).await.json();
    assert_eq!(status["contentSize"], i64::MAX);
}

#[tokio::test]
async fn latency_is_added_to_every_request() {
    let latency = Duration::from_millis(150);
    let instance = builder().latency(latency).start().await.unwrap();
    let start = Instant::now();
    assert_eq!(get(&instance, &format!("{API}/workspaces")).await.status, 200);
    assert!(start.elapsed() >= latency);
}

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
    use std::io::{Read as _, Write as _};
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
#[allow(clippy::disallowed_methods, reason = "a test's own folder")]
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

#[test]
#[allow(clippy::disallowed_methods, reason = "a test's own folder")]
fn the_program_says_what_is_wrong_with_its_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.json");
    let unknown = r#"{ "workspaces": [{ "id": 1, "code": "a", "name": "A", "reports": [{ "id": 1, "name": "R", "reportTypeId": 7 }] }] }"#;
    std::fs::write(&bad, unknown).unwrap();
    let bad = bad.to_str().unwrap();
    let below = folder.path().join("below.json");
    let negative = r#"{ "workspaces": [{ "id": 1, "code": "a", "name": "A", "jobs": [{ "id": 1, "name": "J", "entries": -1 }] }] }"#;
    std::fs::write(&below, negative).unwrap();
    let many = folder.path().join("many.json");
    std::fs::write(&many, negative.replace("-1", "2147483648")).unwrap();
    for (arguments, expected) in [
        (&["--seed", bad][..], "bad.json: workspace \"a\": report 1 names the report type 7, which is not there"),
        (
            &["--seed", below.to_str().unwrap()],
            "below.json: it is not the JSON of an instance's data: invalid value: integer `-1`",
        ),
        (
            &["--seed", many.to_str().unwrap()],
            "many.json: workspace \"a\": job 1 has too many entries; 2147483647 is the most",
        ),
        (&["--seed", "nowhere.json"], "cannot read nowhere.json"),
        (&["--document", bad, "--api-root", "x"], "\"x\" is not a path; write it like /reports"),
        (&["--fault", "short@x"], "no endpoint is called \"x\"; there are list-workspaces"),
        (&["--errors", "loud"], "[possible values: problem, error, empty]"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cxreports-sim"));
        let output = command.args(["--token", TOKEN]).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(expected), "{arguments:?}: {said}");
    }
}
