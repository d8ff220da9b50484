//! An https URL in a program with and without TLS. Which one this is depends on what is built together with it: the whole workspace has
//! TLS, this crate alone (`cargo test -p cxreports-pin --test tls`) has none.

use std::{error::Error, iter, net::TcpListener, sync::mpsc};

use cxreports_pin::connection_error;

#[tokio::test]
async fn https_begins_a_handshake_or_the_error_names_the_feature() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let (calls, called) = mpsc::channel();
    std::thread::spawn(move || listener.accept().map(|connection| calls.send(()).map(|()| drop(connection))));

    let error = reqwest::Client::builder().no_proxy().build().unwrap().get(&url).send().await.unwrap_err();
    let error = connection_error("list_reports", error);
    let said: Vec<_> =
        iter::successors(Some(&error as &dyn Error), |error| (*error).source()).map(ToString::to_string).collect();
    let names_the_feature = said.concat().contains("enable the feature `rustls` of `cxreports`");
    assert_eq!(names_the_feature, called.try_recv().is_err(), "{said:?}");
    assert!(!said.concat().contains("127.0.0.1"), "{said:?}");
}
