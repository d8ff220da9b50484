//! What an instance remembers, and until when.

use std::time::Duration;

use crate::raw::{FINANCE, TOKEN, bare, builder, get, instance, nonce, post};
use cxreports_sim::{Edition, Instance, SessionCookie};

const PREVIEW: &str = "/ws/finance/reports/42/preview";

#[tokio::test]
async fn a_nonce_is_spent_on_a_request_that_succeeds() {
    for edition in Edition::ALL {
        let instance = Instance::builder(edition).token(TOKEN).start().await.unwrap();
        let nonce = nonce(&instance).await;
        let status = async |target: &str| bare(&instance, "GET", target, "", b"").await.status;
        for (target, expected) in [
            (format!("{FINANCE}/reports/42/pdf?tempDataId=x&nonce={nonce}"), 400),
            (format!("{FINANCE}/reports/999/pdf?nonce={nonce}"), 404),
            (format!("{FINANCE}/reports?nonce={nonce}"), 401),
            (format!("{FINANCE}/reports/42/pdf?nonce=another"), 401),
            (format!("/ws/finance/reports/999/preview?nonce={nonce}"), 404),
            (format!("{PREVIEW}?params=x&nonce={nonce}"), 400),
        ] {
            assert_eq!(status(&target).await, expected, "{edition} {}", target.replace(&nonce, "NONCE"));
        }
        let good = format!("{FINANCE}/reports/42/pdf?Nonce={nonce}");
        let mut both = [tokio::join!(status(&good), status(&good))].map(|(one, other)| [one, other]).concat();
        both.sort_unstable();
        assert_eq!(both, [200, 401], "{edition}");
        assert_eq!(status(&good).await, 401, "{edition}");
    }
}

/// A request that fails never holds the nonce of one that would succeed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_request_does_not_hold_a_nonce() {
    let instance = std::sync::Arc::new(instance().await);
    for _ in 0..30 {
        let nonce = nonce(&instance).await;
        let failing = format!("{FINANCE}/reports/42/pdf?template=none&data={}&nonce={nonce}", "1".repeat(4_000));
        let failing: Vec<_> = std::iter::repeat_with(|| {
            let (instance, target) = (std::sync::Arc::clone(&instance), failing.clone());
            tokio::spawn(async move { bare(&instance, "GET", &target, "", b"").await.status })
        })
        .take(8)
        .collect();
        let good = bare(&instance, "GET", &format!("{FINANCE}/reports/42/pdf?nonce={nonce}"), "", b"").await;
        assert_eq!(good.status, 200);
        for request in failing {
            assert!([400, 401].contains(&request.await.unwrap()));
        }
    }
}

#[tokio::test]
async fn a_session_opens_what_a_frame_requests() {
    let instance = builder().session_lifetime(Duration::from_secs(60)).start().await.unwrap();
    let document = format!("{FINANCE}/reports/42/pdf");
    for first in [PREVIEW, &document] {
        let reply = bare(&instance, "GET", &format!("{first}?nonce={}", nonce(&instance).await), "", b"").await;
        let cookie =
            reply.header("set-cookie").unwrap_or_else(|| panic!("{first}")).split(';').next().unwrap().to_owned();
        let cookie = format!("Cookie: {cookie}\r\n");
        for target in [PREVIEW, &document] {
            assert_eq!(bare(&instance, "GET", target, &cookie, b"").await.status, 200, "{first}, then {target}");
        }
        // The API needs a token.
        assert_eq!(bare(&instance, "GET", &format!("{FINANCE}/reports"), &cookie, b"").await.status, 401);
        instance.advance(Duration::from_secs(60));
        for target in [PREVIEW, &document] {
            assert_eq!(bare(&instance, "GET", target, &cookie, b"").await.status, 401, "the session has expired");
        }
    }
}

#[tokio::test]
async fn a_job_tells_when_it_was_last_run() {
    let instance = instance().await;
    let jobs = async || get(&instance, &format!("{FINANCE}/jobs")).await.json();
    assert_eq!(jobs().await[0]["lastRunTime"], "2026-03-01T06:00:00Z");
    let before = chrono::Utc::now() + Duration::from_secs(3_600);
    instance.advance(Duration::from_secs(3_600));
    post(&instance, &format!("{FINANCE}/jobs/7/runs"), "{}").await;
    let last: chrono::DateTime<chrono::Utc> = jobs().await[0]["lastRunTime"].as_str().unwrap().parse().unwrap();
    assert!(last >= before - Duration::from_secs(1) && last <= before + Duration::from_secs(60), "{last}");
    assert!(jobs().await[1]["lastRunTime"].is_null());
}

#[tokio::test]
async fn an_export_shows_a_part_of_much_data() {
    let instance = instance().await;
    let content = format!(r#"{{ "content": [{}"end"] }}"#, "0,".repeat(500_000));
    let id = post(&instance, &format!("{FINANCE}/temporary-data"), &content).await.json()["tempDataId"].clone();
    let page = get(&instance, &format!("{FINANCE}/reports/42/pdf?format=html&tempDataId={id}")).await.text();
    assert_eq!((page.matches("<td>0</td>").count(), page.contains("end")), (1_000, false));
}

#[tokio::test]
async fn nonces_expire() {
    let instance = builder().nonce_lifetime(Duration::from_secs(60)).start().await.unwrap();
    let (early, late) = (nonce(&instance).await, nonce(&instance).await);
    instance.advance(Duration::from_secs(50));
    assert_eq!(bare(&instance, "GET", &format!("{PREVIEW}?nonce={early}"), "", b"").await.status, 200);
    instance.advance(Duration::from_secs(10));
    let reply = bare(&instance, "GET", &format!("{PREVIEW}?nonce={late}"), "", b"").await;
    assert_eq!((reply.status, reply.text().as_str()), (401, ""));
}

#[tokio::test]
async fn temporary_data_expires_as_asked_or_by_default() {
    let instance = builder().data_lifetime(Duration::from_secs(600)).start().await.unwrap();
    let upload = async |body: String| post(&instance, &format!("{FINANCE}/temporary-data"), &body).await.json();
    let default = upload(r#"{ "content": "Tea" }"#.to_owned()).await;
    let soon = chrono::Utc::now() + Duration::from_secs(60);
    let asked = upload(format!(r#"{{ "content": "Tea", "expiryDate": "{}" }}"#, soon.to_rfc3339())).await;
    let use_it = async |data: &serde_json::Value| {
        get(&instance, &format!("{FINANCE}/reports/42/pdf?format=html&tempDataId={}", data["tempDataId"])).await
    };
    for (seconds, expected) in [(0, (200, 200)), (90, (200, 404)), (600, (404, 404))] {
        instance.advance(Duration::from_secs(seconds));
        assert_eq!((use_it(&default).await.status, use_it(&asked).await.status), expected, "{seconds}");
    }
    assert!(use_it(&default).await.text().contains("or it has expired"));
}

#[tokio::test]
async fn exports_are_ready_and_expire_by_the_clock() {
    let builder = builder().export_time(Duration::from_secs(3_600)).file_lifetime(Duration::from_secs(600));
    let instance = builder.start().await.unwrap();
    let id = post(&instance, &format!("{FINANCE}/reports/42/export"), "{}").await.json()["temporaryFileId"].clone();
    let (status, content) = (format!("{FINANCE}/exports/{id}/status"), format!("{FINANCE}/exports/{id}/content"));
    assert_eq!(get(&instance, &status).await.json()["status"], "InProgress");
    assert_eq!(get(&instance, &content).await.status, 400);
    instance.advance(Duration::from_secs(3_600));
    assert_eq!(get(&instance, &status).await.json()["status"], "Completed");
    assert_eq!(get(&instance, &content).await.status, 200);
    instance.advance(Duration::from_secs(600));
    assert_eq!((get(&instance, &status).await.status, get(&instance, &content).await.status), (404, 404));
}

#[tokio::test]
async fn runs_of_jobs_go_on_by_the_clock() {
    let instance = builder().export_time(Duration::from_secs(60)).start().await.unwrap();
    let id = post(&instance, &format!("{FINANCE}/jobs/7/runs"), "{}").await.json()["jobRunId"].clone();
    for (seconds, queued) in [(0, 3), (60, 2), (60, 1), (120, 0)] {
        instance.advance(Duration::from_secs(seconds));
        let status = get(&instance, &format!("{FINANCE}/jobs/7/runs/{id}/status")).await.json();
        assert_eq!((&status["status"]["queued"], &status["finished"]), (&queued.into(), &(queued == 0).into()));
    }
}

#[tokio::test]
async fn a_nonce_becomes_a_session_with_the_attributes_of_the_deployment() {
    for (cookie, expected) in [
        (SessionCookie::SameSite, "; path=/x/; samesite=lax; httponly"),
        (SessionCookie::CrossSite, "; path=/x/; secure; samesite=none; httponly; Partitioned"),
    ] {
        let instance = builder().base_path("/x").session_cookie(cookie).start().await.unwrap();
        let page = format!("/x{PREVIEW}?nonce={}", nonce_below(&instance).await);
        let reply = bare(&instance, "GET", &page, "", b"").await;
        let given = reply.header("set-cookie").unwrap();
        let (session, attributes) = given.split_at(given.find(';').unwrap());
        assert_eq!((reply.status, attributes), (200, expected));
        assert_eq!(bare(&instance, "GET", &page, "", b"").await.status, 401, "the nonce is spent");
        let again = bare(&instance, "GET", &page, &format!("Cookie: a=b; {session}\r\n"), b"").await;
        assert_eq!((again.status, again.header("set-cookie")), (200, None), "the session opens it");
    }
}

async fn nonce_below(instance: &Instance) -> String {
    let reply = crate::raw::send(instance, "POST", "/x/api/v1/nonce-tokens", "Content-Length: 0\r\n", b"").await;
    reply.json()["nonce"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_document_can_be_replaced_while_it_runs() {
    let instance = instance().await;
    let mut document: serde_json::Value = serde_json::from_str(Edition::V2026_5.document()).unwrap();
    let paths = document["paths"].as_object_mut().unwrap();
    paths.remove("/api/v1/ws/{workspaceId}/themes");
    paths.insert("/api/v1/colours".to_owned(), serde_json::json!({ "get": {} }));
    assert_eq!(get(&instance, &format!("{FINANCE}/themes")).await.status, 200);
    instance.set_document(document.clone());
    assert_eq!(get(&instance, &format!("{FINANCE}/themes")).await.status, 404);
    assert_eq!(get(&instance, "/api/v1/colours").await.status, 501);
    assert_eq!(get(&instance, "/swagger/v1/swagger.json").await.json(), document);
}
