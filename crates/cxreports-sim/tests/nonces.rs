//! Nonces over the socket: a request is judged before its nonce is spent, and one request gets it.

use cxreports_sim::{Edition, Instance};
use reqwest::{Client, StatusCode};

const TOKEN: &str = "a-planted-token";

async fn nonce(instance: &Instance, http: &Client) -> String {
    let request =
        http.post(format!("{}/api/v1/nonce-tokens", instance.url())).bearer_auth(TOKEN).header("content-length", 0);
    let json: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    json["nonce"].as_str().unwrap().to_owned()
}

async fn status(http: &Client, url: &str) -> StatusCode {
    http.get(url).send().await.unwrap().status()
}

#[tokio::test]
async fn a_nonce_is_spent_on_a_request_that_succeeds() {
    for edition in [Edition::V2024_9, Edition::V2026_5] {
        let instance = Instance::builder(edition).token(TOKEN).start().await.unwrap();
        let (http, base) = (Client::new(), instance.url());
        let nonce = nonce(&instance, &http).await;
        let reports = format!("{base}/api/v1/ws/finance/reports");
        let bad = [
            (format!("{reports}/42/pdf?tempDataId=x&nonce={nonce}"), StatusCode::BAD_REQUEST),
            (format!("{reports}/999/pdf?nonce={nonce}"), StatusCode::NOT_FOUND),
            (format!("{reports}?nonce={nonce}"), StatusCode::UNAUTHORIZED),
            (format!("{reports}/42/pdf?nonce=another"), StatusCode::UNAUTHORIZED),
            (format!("{base}/ws/finance/reports/999/preview?nonce={nonce}"), StatusCode::NOT_FOUND),
            (format!("{base}/ws/finance/reports/42/preview?params=x&nonce={nonce}"), StatusCode::BAD_REQUEST),
        ];
        for (url, expected) in bad {
            assert_eq!(status(&http, &url).await, expected, "{edition:?} {}", url.replace(&nonce, "NONCE"));
        }
        let good = format!("{reports}/42/pdf?nonce={nonce}");
        let both = tokio::join!(status(&http, &good), status(&http, &good));
        let ok = [both.0, both.1].into_iter().filter(StatusCode::is_success).count();
        assert_eq!(ok, 1, "{edition:?}: {both:?}");
        assert_eq!(status(&http, &good).await, StatusCode::UNAUTHORIZED, "{edition:?}");
    }
}
