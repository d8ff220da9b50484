//! What crates generated from the corpus, and from a document of our own, send and read, on a real socket.

mod once;

use std::collections::HashMap;

use once::once;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// The body of a multipart request, its boundary replaced.
fn parts(request: &str) -> String {
    let boundary = request.split("boundary=").nth(1).and_then(|rest| rest.split("\r\n").next()).expect("a boundary");
    let body = request.split_once("\r\n\r\n").expect("a body").1;
    // A stream goes out in chunks: their sizes stand on lines of their own.
    let lines = body.replace(boundary, "BOUNDARY");
    lines.split("\r\n").filter(|line| !line.is_empty() && !line.chars().all(|c| c.is_ascii_hexdigit())).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn basic_sends_files_in_forms() {
    use basic::types::{CreateFormWithFileForm, CreateSingleForm, File};

    let (url, seen) = once(OK).await;
    let png = File::new("a.png", "bytes").content_type("image/png".parse().unwrap());
    let form = CreateFormWithFileForm { name: Some("näme".into()), file: Some(png) };
    basic::Client::new(&url).create_form_with_file().body(form).send().await.unwrap();
    let request = seen.await.unwrap();
    assert!(request.starts_with("POST /files/form-with-file HTTP/1.1\r\n"), "{request}");
    assert_eq!(
        parts(&request),
        "--BOUNDARY\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\ncontent-type: image/png\nbytes\n\
         --BOUNDARY\nContent-Disposition: form-data; name=\"name\"\nnäme\n--BOUNDARY--"
    );

    let (url, seen) = once(OK).await;
    let stream = reqwest::Body::from(vec![b'x'; 3]);
    let form = CreateSingleForm { file: Some(File::new("x.bin", stream)) };
    basic::Client::new(&url).create_single().body(form).send().await.unwrap();
    assert!(parts(&seen.await.unwrap()).contains("content-type: application/octet-stream\nxxx\n"));
}

#[tokio::test]
async fn basic_sends_deep_objects_and_repeated_values() {
    let (url, seen) = once(OK).await;
    let search = HashMap::from([("city".to_owned(), "Ulm & Co".to_owned())]);
    let zip_codes = vec!["1".to_owned(), "2".to_owned()];
    basic::Client::new(&url).get_zip_code_validate().search(search).zip_codes(zip_codes).send().await.unwrap();
    let request = seen.await.unwrap();
    let line = request.lines().next().unwrap();
    assert_eq!(line, "GET /zip-codes/validate?search%5Bcity%5D=Ulm+%26+Co&zipCodes=1&zipCodes=2 HTTP/1.1");
}

#[tokio::test]
async fn redoc_of_swagger_2_sends_json() {
    let (url, seen) = once("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n7").await;
    let product = redoc::types::Product { description: Some("d".into()), ..Default::default() };
    redoc::Client::new(&url).create_product().body(product).send().await.unwrap();
    let request = seen.await.unwrap();
    assert!(request.contains("\r\ncontent-type: application/json\r\n"), "{request}");
    assert!(request.contains("\r\naccept: application/json\r\n") && request.ends_with(r#"{"description":"d"}"#), "{request}");
}

#[tokio::test]
async fn a_media_type_of_the_servers_own_goes_out_as_bytes() {
    let (url, seen) = once(OK).await;
    own_media_type::Client::new(&url).create_resource().body("as it is").send().await.unwrap();
    let request = seen.await.unwrap();
    assert!(request.contains("\r\ncontent-type: application/somemediatype\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\nas it is"), "{request}");
}

#[tokio::test]
async fn a_file_comes_as_a_stream() {
    use futures_util::StreamExt as _;

    let (url, _) = once("HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: 4\r\n\r\nPK\x03\x04").await;
    let answer = file_result::Client::new(&url).create_resource().send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/zip");
    let mut stream = answer.into_inner_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&chunk.unwrap());
    }
    assert_eq!(bytes, b"PK\x03\x04");
}

#[tokio::test]
async fn header_parameters_go_out_as_headers() {
    let (url, seen) = once(OK).await;
    header::Client::new(&url).get_resource().param("v").send().await.unwrap();
    assert!(seen.await.unwrap().contains("\r\nparam: v\r\n"));
}

#[tokio::test]
async fn scalars_in_a_form_are_parts() {
    let (url, seen) = once(OK).await;
    let form = form::types::CreateResourceForm { param1: Some("text".into()), param2: Some(-1) };
    form::Client::new(&url).create_resource().body(form).send().await.unwrap();
    let sent = parts(&seen.await.unwrap());
    assert!(sent.contains("name=\"param1\"\ntext\n") && sent.contains("name=\"param2\"\n-1\n"), "{sent}");
}

#[tokio::test]
async fn cookies_lists_and_forms_of_our_own_document() {
    let (url, seen) = once(OK).await;
    let deep = HashMap::from([("level".to_owned(), 2.into())]);
    media::Client::new(&url)
        .get_cookies()
        .session_id("a;b c")
        .theme("dark")
        .x_trace("1,2")
        .deep(deep)
        .csv(vec![1, 2])
        .multi(vec![3, 4])
        .filter("{}")
        .send()
        .await
        .unwrap();
    let request = seen.await.unwrap();
    assert!(request.starts_with("GET /cookies?csv=1%2C2&deep%5Blevel%5D=2&filter=%7B%7D&multi=3&multi=4 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\ncookie: session-id=a%3Bb%20c; theme=dark\r\n"), "{request}");
    assert!(request.contains("\r\nx-trace: 1,2\r\n"), "{request}");

    let (url, seen) = once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await;
    let form = media::types::CreateEitherForm { id: None, level: Some(media::types::Level::High) };
    media::Client::new(&url).create_either().body(form).send().await.unwrap();
    let request = seen.await.unwrap();
    assert!(request.contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\nlevel=2"), "{request}");
}

#[tokio::test]
async fn choices_are_read_by_their_discriminator_or_shape_and_sent_back() {
    use polymorphism::types::{Animal, Shape};

    let body = r#"[{"kind":"kitten","lives":9},{"kind":"dog"},{"kind":"bird","wings":2}]"#;
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let (url, _) = once(answer.leak()).await;
    let animals = polymorphism::Client::new(&url).list_animals().send().await.unwrap().into_inner();
    assert!(matches!(&animals[0], Animal::Cat(cat) if cat.lives == Some(9)), "{animals:?}");
    assert!(matches!(&animals[1], Animal::Dog(_)) && matches!(&animals[2], Animal::Unknown(_)), "{animals:?}");
    assert_eq!(serde_json::to_value(&animals[2]).unwrap()["wings"], 2);

    let (url, seen) = once("HTTP/1.1 201 Created\r\nContent-Length: 14\r\n\r\n{\"kind\":\"dog\"}").await;
    let cat = polymorphism::types::Cat { lives: Some(1), ..Default::default() };
    let created = polymorphism::Client::new(&url).create_animal().body(Animal::from(cat)).send().await.unwrap().into_inner();
    assert!(matches!(created, Animal::Dog(_)));
    assert!(seen.await.unwrap().ends_with(r#"{"kind":"cat","lives":1}"#));

    let (url, _) = once("HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n{\"side\":2,\"colour\":\"red\"} ").await;
    let shape = polymorphism::Client::new(&url).get_shape().id("1").send().await.unwrap().into_inner();
    assert!(matches!(shape, Shape::Square(square) if square.side == Some(2.0)));
}

#[tokio::test]
async fn derived_types_keep_their_members_where_the_base_is_expected() {
    use polymorphism::types::AnyPerson;

    let body = r#"[{"$type":"Manager","name":"A","salary":2.5,"reports":[{"$type":"Employee","salary":1}]},{"$type":"Person","name":"B"}]"#;
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let (url, _) = once(answer.leak()).await;
    let staff = polymorphism::Client::new(&url).list_staff().send().await.unwrap().into_inner();
    let AnyPerson::Manager(manager) = &staff[0] else { panic!("{staff:?}") };
    assert_eq!((manager.name.as_deref(), manager.salary, manager.reports.as_ref().unwrap().len()), (Some("A"), Some(2.5), 1));
    assert!(matches!(&staff[1], AnyPerson::Person(person) if person.name.as_deref() == Some("B")));
}
