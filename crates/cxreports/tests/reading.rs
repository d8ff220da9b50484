//! Reading from an instance, and what happens when it does not answer as it should.

use std::{sync::Arc, time::Duration};

use cxreports::{CallError, Client, Error, RetryPolicy, model::DocumentFormat};
use cxreports_pin_2024_9::Api as Pin2024;
use cxreports_sim::{Edition, ErrorStyle, Instance, Login};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::Mutex,
};

const TOKEN: &str = "a-planted-token";

async fn instance(edition: Edition) -> Instance {
    Instance::builder(edition).token(TOKEN).base_path("/reports").strict(true).start().await.unwrap()
}

/// Answers each connection with the next of some answers; an empty one closes it. Gives the requests that came.
async fn answers(answers: Vec<&'static str>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 8192];
            let n = stream.read(&mut request).await.unwrap();
            requests.lock().await.push(String::from_utf8_lossy(&request[..n]).into_owned());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (url, seen)
}

fn quick() -> RetryPolicy {
    RetryPolicy { first: Duration::from_millis(1), ..RetryPolicy::default() }
}

#[tokio::test]
async fn everything_that_can_be_read_is_read() {
    let instance = instance(Edition::V2026_5).await;
    let cx = Client::builder(&instance.url()).token(TOKEN).workspace("finance").build().unwrap();
    assert_eq!(cx.pin().name, "2026.5");
    assert_eq!(cx.workspaces().await.unwrap().len(), 2);
    assert_eq!(cx.reports().await.unwrap().len(), 3);
    assert_eq!(cx.workspace(2).reports().await.unwrap()[0].name, "Delivery note");
    assert_eq!(cx.report(42).pages().await.unwrap().len(), 3);
    assert_eq!(cx.report_types().await.unwrap().len(), 3);
    assert_eq!(cx.templates().await.unwrap().len(), 2);
    assert_eq!(cx.themes().await.unwrap().len(), 2);
    assert_eq!(cx.jobs().await.unwrap().len(), 2);
    assert_eq!(cx.workspace("logistics").jobs().await.unwrap().len(), 0);
}

#[tokio::test]
async fn an_older_instance_is_read_through_its_own_pin() {
    let instance = instance(Edition::V2024_9).await;
    let cx = Client::builder(&instance.url()).pin::<Pin2024>().token(TOKEN).workspace(1).build().unwrap();
    assert_eq!(cx.reports().limit(2).await.unwrap().len(), 2);
    assert_eq!(cx.report_types().await.unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let instance = instance(Edition::V2026_5).await;
    let cx = Client::builder(&instance.url()).token(TOKEN).build().unwrap();
    let say = |error: Error| error.to_string();
    assert!(say(cx.reports().await.unwrap_err()).starts_with("no workspace was chosen"));
    assert!(say(cx.workspace("..").themes().await.unwrap_err()).contains("is not an id or a code"));
    let said = say(cx.workspace("a/b?c").themes().await.unwrap_err());
    assert!(said.starts_with("list_themes: 404 Not Found: There is no such workspace. (request 00-"), "{said}");
    let stranger = Client::builder(&instance.url()).token("no").build().unwrap();
    assert_eq!(say(stranger.workspaces().await.unwrap_err()), "list_workspaces: 401 Unauthorized");
}

#[tokio::test]
async fn reading_is_tried_again_where_that_may_help() {
    const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]";
    const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let table: [(&[&str], bool, usize); 5] = [
        (&["", EMPTY], true, 2),
        (&[BUSY, "", EMPTY], true, 3),
        (&[BUSY, BUSY, BUSY, EMPTY], false, 3),
        (&["HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", EMPTY], false, 1),
        (&["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[", EMPTY], true, 2),
    ];
    for (given, good, requests) in table {
        let (url, seen) = answers(given.to_vec()).await;
        let cx = Client::builder(&url).token(TOKEN).retries(quick()).build().unwrap();
        let outcome = cx.workspaces().await;
        assert_eq!(outcome.is_ok(), good, "{given:?}: {outcome:?}");
        assert_eq!(seen.lock().await.len(), requests, "{given:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_silent_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let limit = Duration::from_millis(100);
    let cx = Client::builder(&url).token(TOKEN).request_timeout(limit).build().unwrap();
    let error = cx.workspaces().await.unwrap_err();
    assert!(matches!(error, Error::Call(CallError::TimedOut { operation: "list_workspaces", .. })), "{error}");
}

#[tokio::test]
async fn every_way_of_refusing_a_token_is_understood() {
    for login in [Login::Status, Login::Page, Login::Redirect] {
        for errors in [ErrorStyle::Problem, ErrorStyle::Error, ErrorStyle::Empty] {
            let instance =
                Instance::builder(Edition::V2026_5).token(TOKEN).login(login).errors(errors).start().await.unwrap();
            let stranger = Client::builder(&instance.url()).token("no").workspace(1).build().unwrap();
            let refused = |error: &Error| matches!(error, Error::Call(call) if call.is_unauthenticated());
            let error = stranger.workspaces().await.unwrap_err();
            assert!(refused(&error), "{login:?}, {errors:?}: {error}");
            let error = stranger.report(42).export().now().await.unwrap_err();
            assert!(refused(&error), "{login:?}, {errors:?}: {error}");
            let html = stranger.report(42).export().format(DocumentFormat::Html).now().await.unwrap_err();
            assert!(refused(&html), "{login:?}, {errors:?}: {html}");
        }
    }
}

#[tokio::test]
async fn the_message_of_each_style_of_errors_is_kept() {
    let table = [
        (ErrorStyle::Problem, "list_themes: 404 Not Found: There is no such workspace. (request ID)"),
        (ErrorStyle::Error, "list_themes: 404 Not Found: There is no such workspace."),
        (ErrorStyle::Empty, "list_themes: 404 Not Found"),
    ];
    for (style, expected) in table {
        let instance = Instance::builder(Edition::V2026_5).token(TOKEN).errors(style).start().await.unwrap();
        let cx = Client::builder(&instance.url()).token(TOKEN).build().unwrap();
        let said = cx.workspace(99).themes().await.unwrap_err().to_string();
        // The id of a request is another one each time.
        let said = said.split_once("00-").map_or(said.clone(), |(start, _)| format!("{start}ID)"));
        assert_eq!(said, expected);
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (elsewhere, seen) = answers(vec!["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"]).await;
    let redirect = format!(
        "HTTP/1.1 302 Found\r\nLocation: {elsewhere}/moved?x=1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    let (url, _) = answers(vec![redirect.leak()]).await;
    let error = Client::builder(&url).token(TOKEN).build().unwrap().workspaces().await.unwrap_err();
    assert!(matches!(&error, Error::Call(CallError::Redirect { to, .. }) if to.ends_with("/moved")), "{error}");
    assert!(seen.lock().await.is_empty(), "the token stays with the instance that it was given for");
}

#[tokio::test]
async fn a_web_page_that_is_no_login_page_is_said_to_be_one() {
    const PAGE: &str =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>";
    let (url, _) = answers(vec![PAGE]).await;
    let error = Client::builder(&url).token(TOKEN).build().unwrap().workspaces().await.unwrap_err();
    assert!(error.to_string().contains("a web page instead of"), "{error}");
}
