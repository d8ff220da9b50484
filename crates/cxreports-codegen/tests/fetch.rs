//! Fetching, from real servers over real sockets: what is found, and what is said when it is not.

use std::{future::Future, time::Duration};

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use cxreports_codegen::fetch::{FetchError, Fetched, Options, Source, fetch, parse_url};
use cxreports_sim::{Edition, Instance};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

const TOKEN: &str = "a-token-of-this-test";
const DOCUMENT: &str = r#"{ "openapi": "3.0.4", "info": {}, "paths": {} }"#;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

/// Serves a router until the test ends; gives its base URL.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

/// Answers every connection with the same bytes, then closes it, or stalls.
async fn serve_bytes(answer: &'static [u8], stall: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(answer).await;
                if stall {
                    tokio::time::sleep(Duration::from_secs(30)).await;
                }
            });
        }
    });
    url
}

async fn from(url: &str) -> Result<Fetched, FetchError> {
    fetch(&Source::Instance(parse_url(url)?), &Options::default()).await
}

async fn from_page(page: &'static str) -> FetchError {
    let url = serve(Router::new().fallback(move || async move { Html(page) })).await;
    from(&url).await.unwrap_err()
}

#[test]
fn the_document_is_found_wherever_aspnet_serves_it() {
    run(async {
        for edition in Edition::ALL {
            for prefix in ["", "/reports"] {
                let instance = Instance::builder(edition).token(TOKEN).base_path(prefix).start().await.unwrap();
                let base = instance.url();
                let places = ["", "/", "/swagger", "/swagger/index.html", "/swagger/v1/swagger.json", "/?a=b#c"];
                for place in places {
                    let fetched =
                        from(&format!("{base}{place}")).await.unwrap_or_else(|error| panic!("{place}: {error}"));
                    assert_eq!(fetched.document["info"]["title"], "CxReports API", "{place}");
                    assert!(fetched.from.ends_with("/swagger/v1/swagger.json"), "{}", fetched.from);
                }
            }
        }
    });
}

#[test]
fn a_page_that_names_another_place_is_followed() {
    run(async {
        let page = r#"<title>Swagger UI</title><script>SwaggerUIBundle({ url: '/docs/api.json' })</script>"#;
        let router = Router::new()
            .route("/docs", get(move || async move { Html(page) }))
            .route("/docs/api.json", get(|| async { DOCUMENT }));
        let fetched = from(&format!("{}/docs", serve(router).await)).await.unwrap();
        assert!(fetched.from.ends_with("/docs/api.json"));
    });
}

#[test]
fn yaml_and_a_byte_order_mark_are_read() {
    run(async {
        let router = Router::new()
            .route("/a", get(|| async { "openapi: 3.0.4\ninfo: {}\npaths: {}\n" }))
            .route("/b", get(|| async { format!("\u{feff}{DOCUMENT}") }));
        let url = serve(router).await;
        for place in ["/a", "/b"] {
            assert_eq!(from(&format!("{url}{place}")).await.unwrap().document["openapi"], "3.0.4");
        }
    });
}

#[test]
fn the_token_goes_to_its_own_origin_only() {
    async fn guarded(headers: HeaderMap) -> Response {
        match headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) {
            Some(value) if value == format!("Bearer {TOKEN}") => DOCUMENT.into_response(),
            _ => StatusCode::UNAUTHORIZED.into_response(),
        }
    }
    run(async {
        let options = Options { token: Some(TOKEN.to_owned()), ..Options::default() };
        assert!(!format!("{options:?}").contains(TOKEN));
        let own = serve(Router::new().route("/swagger/v1/swagger.json", get(guarded))).await;
        fetch(&Source::Instance(parse_url(&own).unwrap()), &options).await.unwrap();

        let page = Html(format!(r#"<title>Swagger</title><script>url: "{own}/swagger/v1/swagger.json"</script>"#));
        let other = serve(Router::new().route("/swagger/index.html", get(move || async move { page }))).await;
        let error = fetch(&Source::Instance(parse_url(&other).unwrap()), &options).await.unwrap_err();
        assert!(matches!(error, FetchError::Unauthorized { .. }), "{error}");
        assert!(!error.to_string().contains(TOKEN));
    });
}

#[test]
fn each_thing_that_is_not_the_document_is_named() {
    run(async {
        let mut lines = Vec::new();
        let mut say = |what: &str, error: FetchError| {
            let text = error.to_string();
            // Ports differ from run to run.
            let plain: String = text
                .split("127.0.0.1:")
                .enumerate()
                .map(|(i, part)| {
                    if i == 0 {
                        part.to_owned()
                    } else {
                        format!("HOST{}", part.trim_start_matches(|c: char| c.is_ascii_digit()))
                    }
                })
                .collect();
            lines.push(format!("{what}:\n  {plain}"));
        };

        say("a login page", from_page(r#"<form action="/login"><input type="password"></form>"#).await);
        say("another page", from_page("<html><title>Welcome</title></html>").await);
        let login = Router::new()
            .route("/account/login", get(|| async { Html("please") }))
            .fallback(|| async { Redirect::to("/account/login") });
        say("a redirect to a login", from(&serve(login).await).await.unwrap_err());
        let lop = Router::new().fallback(|| async { Redirect::to("/again") });
        say("a redirect loop", from(&serve(lop).await).await.unwrap_err());
        say("nothing there", from(&serve(Router::new()).await).await.unwrap_err());
        let closed = Router::new().fallback(|| async { StatusCode::FORBIDDEN });
        say("no right", from(&serve(closed).await).await.unwrap_err());
        let json = Router::new().fallback(|| async { r#"{ "status": "ok", "version": 3 }"# });
        say("other JSON", from(&serve(json).await).await.unwrap_err());
        let list = Router::new().fallback(|| async { "[]" });
        say("a list", from(&serve(list).await).await.unwrap_err());
        let text = Router::new().fallback(|| async { "hello" });
        say("text", from(&serve(text).await).await.unwrap_err());
        let empty = Router::new().fallback(|| async { "" });
        say("nothing in it", from(&serve(empty).await).await.unwrap_err());

        let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{ \"openapi\": \"3.0.4\"";
        say("a connection that breaks", from(&serve_bytes(cut, false).await).await.unwrap_err());
        let short = Router::new().fallback(|| async { r#"{ "openapi": "3.0.4", "paths": {"# });
        say("a document that breaks off", from(&serve(short).await).await.unwrap_err());

        let small = Options { max_bytes: 1 << 20, ..Options::default() };
        let large = Router::new().fallback(|| async { format!("{DOCUMENT}{}", " ".repeat(2 << 20)) });
        let url = parse_url(&serve(large).await).unwrap();
        say("too large", fetch(&Source::Instance(url), &small).await.unwrap_err());
        let quick = Options { timeout: Duration::from_secs(1), ..Options::default() };
        let url = parse_url(&serve_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", true).await).unwrap();
        say("a server that stalls", fetch(&Source::Instance(url), &quick).await.unwrap_err());

        let off = Instance::builder(Edition::V2026_5).token(TOKEN).swagger(false).start().await.unwrap();
        say("an instance without Swagger", from(&off.url()).await.unwrap_err());
        say("no URL", parse_url("http://").unwrap_err());
        say("another scheme", parse_url("ftp://example.com").unwrap_err());
        say("a password", parse_url("https://me:secret@example.com").unwrap_err());
        let error = fetch(&Source::parse("no/such/file.json").unwrap(), &Options::default()).await.unwrap_err();
        assert!(error.to_string().starts_with("cannot read no/such/file.json: "), "{error}");

        let text = lines.join("\n");
        assert!(!text.contains("secret"));
        insta::assert_snapshot!(text);
    });
}

#[test]
fn nobody_there_is_said_so() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let error = from(&url).await.unwrap_err();
        assert!(matches!(error, FetchError::Unreachable { .. }), "{error}");
    });
}

#[test]
fn a_token_does_not_go_over_plain_http() {
    run(async {
        let url = parse_url("http://reports.example.com").unwrap();
        let options = Options { token: Some(TOKEN.to_owned()), ..Options::default() };
        let error = fetch(&Source::Instance(url), &options).await.unwrap_err().to_string();
        assert!(error.contains("over plain http") && !error.contains(TOKEN), "{error}");
    });
}
