//! Modes of the library.

use std::time::{Duration, Instant};

use crate::raw::{self, API, FINANCE, bare, builder, get, post, send};
use cxreports_sim::{Endpoint, Fault, FaultRule, Login, ProxyLimits, Timeouts, op};
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
    // Data is any JSON, also what most programs cannot hold.
    assert_eq!(export(r#"{ "data": [1e400, -1e400, "\ud83d", 12345678901234567890123] }"#).await.status, 202);
    assert!(export(r#"{ "excludePages": [1e400] }"#).await.errors("$.excludePages.0").contains("maximum"));
    assert!(export(r#"{ "data": [1e] }"#).await.errors("$").contains("not valid JSON"));
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
