//! Settings that cannot be used are refused before anything is sent.

use cxreports::{Client, ClientBuilder};

#[test]
fn a_token_does_not_go_over_plain_http_unless_allowed() {
    let build = |url: &str| Client::builder(url).token("t").build().map(drop).map_err(|error| error.to_string());
    for url in ["https://reports.example.com/x", "http://localhost:80", "http://127.0.0.1", "http://[::1]:8080"] {
        assert_eq!(build(url), Ok(()), "{url}");
    }
    let refused = build("http://reports.example.com").unwrap_err();
    assert!(refused.starts_with("reports.example.com: the token would go over plain http"), "{refused}");
    assert!(build("http://127.0.0.1.example.com").is_err());
    assert!(Client::builder("http://reports.example.com").token("t").allow_plain_http().build().is_ok());
}

#[test]
fn what_cannot_be_used_is_named() {
    let say = |builder: ClientBuilder| builder.build().map(drop).unwrap_err().to_string();
    let start = |url: &str| Client::builder(url).token("t");
    let table = [
        (say(start("reports.example.com")), "relative URL without a base"),
        (say(start("ftp://reports.example.com")), "neither http nor https"),
        (say(start("https://me:secret@reports.example.com")), "has a user or password"),
        (say(start("https://reports.example.com?nonce=secret")), "has a query"),
        (say(start("https://reports.example.com#secret")), "has a query or a fragment"),
        (format!("{:?}", start("https://me:secret@a.example?nonce=secret")), "\"a.example\""),
        (say(Client::builder("https://reports.example.com")), "no token"),
        (say(Client::builder("https://reports.example.com").token(" ")), "no token"),
        (say(start("https://reports.example.com").token("a\nb")), "no header can carry"),
        (say(start("https://reports.example.com").workspace("..")), "not an id or a code"),
    ];
    for (said, part) in table {
        assert!(said.contains(part) && !said.contains("secret"), "{said}");
    }
}
