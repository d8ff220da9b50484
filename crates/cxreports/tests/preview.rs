//! Previews as a browser opens them: the nonce works once and turns into a session.

use cxreports::{Client, Error};
use cxreports_pin_2024_9::Api as Pin2024;
use cxreports_sim::{Edition, Instance};
use reqwest::header::{COOKIE, SET_COOKIE};

const TOKEN: &str = "a-planted-token";

async fn instance() -> Instance {
    Instance::builder(Edition::V2026_5).token(TOKEN).base_path("/reports").start().await.unwrap()
}

fn client(instance: &Instance) -> Client {
    Client::builder(&instance.url()).token(TOKEN).workspace("finance").build().unwrap()
}

#[tokio::test]
async fn a_nonce_opens_the_page_once_and_becomes_a_session() {
    let instance = instance().await;
    let params = [("customer", "Müller & <Söhne>")];
    let preview =
        client(&instance).report("invoice").preview().params(&params).timezone("Europe/Berlin").hide_print_button();
    let url = preview.url().await.unwrap();

    let browser = reqwest::Client::new();
    let page = browser.get(url.expose()).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let cookie = page.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let text = page.text().await.unwrap();
    assert!(
        text.contains("<h1>Invoice</h1>")
            && text.contains("Müller &amp; &lt;Söhne&gt;")
            && text.contains("Europe/Berlin")
    );
    assert!(!text.contains("Print</button>") && !text.contains(TOKEN));

    assert_eq!(browser.get(url.expose()).send().await.unwrap().status(), 401, "the nonce has been used");
    let again = browser.get(url.expose()).header(COOKIE, cookie).send().await.unwrap();
    assert_eq!(again.status(), 200, "the session opens it");
}

#[tokio::test]
async fn large_data_is_uploaded_and_small_data_goes_into_the_url() {
    let instance = instance().await;
    let cx = client(&instance);
    let small = cx.report(42).preview().data("small").url().await.unwrap();
    assert!(small.expose().contains("data=%22small%22") && !small.expose().contains("tempDataId"));

    let large = "x".repeat(100_000);
    let url = cx.report(42).preview().data(large.clone()).url().await.unwrap();
    assert!(url.expose().contains("tempDataId=") && url.expose().len() < 500, "{url}");
    let page = reqwest::get(url.expose()).await.unwrap().text().await.unwrap();
    assert!(page.contains(&large));

    let error = cx.report(42).preview().params(&large).url().await.unwrap_err();
    assert!(matches!(error, Error::UrlTooLong { because: "params", .. }), "{error}");
    let error = cx.report(42).preview().data(large.clone()).inline_up_to(usize::MAX).url().await.unwrap_err();
    assert!(matches!(error, Error::UrlTooLong { because: "data", .. }), "{error}");
}

#[tokio::test]
async fn each_url_has_a_nonce_of_its_own_that_is_not_shown() {
    let instance = instance().await;
    let cx = client(&instance);
    let (a, b) = (cx.report(42).preview().url().await.unwrap(), cx.report(42).preview().url().await.unwrap());
    assert_ne!(a, b);
    let nonce = a.expose().split("nonce=").nth(1).unwrap();
    assert_eq!(nonce.len(), 32);
    let shown = format!("{a} {a:?} {:?}", cx.report(42).preview());
    assert!(shown.contains("/reports/ws/finance/reports/42/preview?..") && !shown.contains(nonce), "{shown}");
    assert!(!a.expose().contains(TOKEN) && !a.iframe("t").contains(TOKEN));
    assert!(a.iframe("\"><script>").starts_with("<iframe title=\"&quot;&gt;&lt;script&gt;\" src=\"http"));
}

#[tokio::test]
async fn what_the_url_names_is_encoded_and_expired_data_is_not_there() {
    let instance = instance().await;
    let cx = client(&instance);
    let url = cx.workspace("a/b").report("c?d#e").preview().url().await.unwrap();
    assert!(url.expose().contains("/reports/ws/a%2Fb/reports/c%3Fd%23e/preview?nonce="), "{url}");

    let past = "2020-01-01T00:00:00Z".parse().unwrap();
    let gone = cx.upload([1, 2]).expires(past).send().await.unwrap();
    assert_eq!(gone.expiry_date, Some(past));
    let url = cx.report(42).preview().temporary_data(gone.temp_data_id).url().await.unwrap();
    assert_eq!(reqwest::get(url.expose()).await.unwrap().status(), 404);
}

#[tokio::test]
async fn the_older_edition_has_previews_too() {
    let instance = Instance::builder(Edition::V2024_9).token(TOKEN).start().await.unwrap();
    let cx = Client::builder(&instance.url()).pin::<Pin2024>().token(TOKEN).workspace(1).build().unwrap();
    let url = cx.report(51).preview().url().await.unwrap();
    assert_eq!(reqwest::get(url.expose()).await.unwrap().status(), 200);
}
