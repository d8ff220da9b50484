//! The handlers that the guide of `cxreports` prints compile, and do what it says.

#[path = "../common/mod.rs"]
mod common;
#[allow(unreachable_pub, reason = "as the guide prints it")]
mod on_actix;
#[allow(unreachable_pub, reason = "as the guide prints it")]
mod on_axum;

use cxreports::Client;
use cxreports_sim::{Endpoint, Fault, FaultRule, Instance, op};
use serde_json::Value;

fn client(instance: &Instance) -> Client {
    Client::builder(&instance.url()).token(Instance::TOKEN).workspace("finance").build().unwrap()
}

#[test]
fn the_guide_prints_these_files() {
    let guide = include_str!("../../../../crates/cxreports/guide/embed.md");
    for (file, text) in [("on_axum.rs", include_str!("on_axum.rs")), ("on_actix.rs", include_str!("on_actix.rs"))] {
        assert!(
            guide.contains(&format!("```rust,ignore\n{text}```\n")),
            "guide/embed.md differs from tests/guide/{file}"
        );
    }
}

#[tokio::test]
async fn the_handler_for_axum_gives_a_url_for_one_view() {
    let instance = Instance::start().await.unwrap();
    let address = common::serve(on_axum::routes(client(&instance))).await;
    gives_a_url_for_one_view(&instance, &format!("http://{address}")).await;
}

#[tokio::test]
async fn the_handler_for_actix_gives_a_url_for_one_view() {
    let instance = Instance::start().await.unwrap();
    let cx = client(&instance);
    let server = actix_web::HttpServer::new(move || actix_web::App::new().configure(on_actix::routes(cx.clone())));
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    let running = tokio::spawn(server);
    gives_a_url_for_one_view(&instance, &format!("http://{address}")).await;
    handle.stop(false).await;
    running.await.unwrap().unwrap();
}

async fn gives_a_url_for_one_view(instance: &Instance, site: &str) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = || async { http.post(format!("{site}/reports/invoice/view")).send().await.unwrap() };
    let response = ask().await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body: Value = response.json().await.unwrap();
    let url = body["url"].as_str().unwrap();
    assert!(!body.to_string().contains(Instance::TOKEN), "the token stays on the server");
    assert_eq!(http.get(url).send().await.unwrap().status(), 200);
    assert_eq!(http.get(url).send().await.unwrap().status(), 401, "a nonce works once");

    instance.set_faults([FaultRule::new(Fault::Status(503)).on(Endpoint::of::<op::CreateNonce>())]);
    let failed = ask().await;
    assert_eq!(failed.status(), 502);
    assert!(!failed.text().await.unwrap().contains(&instance.url()), "the details are for the log");
}
