//! What the generated crate sends and reads, on a real socket.

mod once;

use once::once;
use shop_client::{
    Client, Error,
    types::{Order, OrderStatus, Raw},
};

#[tokio::test]
async fn integers_that_are_enumerations_keep_what_is_unknown() {
    let body = r#"[{"id":"0b6e9ab2-8a45-4a0a-a3c5-1d5f6ad2c5f1","ID":7,"status":5,"placed":"2026-03-04T13:00:00","new":1},{"status":-2,"type":null}]"#;
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let (url, seen) = once(answer.leak()).await;
    let orders = Client::new(&url).list_orders().status(OrderStatus::Lost).sort("up").sort_header("down").send().await.unwrap().into_inner();
    assert_eq!(orders[0].status, Some(OrderStatus::Unknown(Raw::Integer(5))));
    assert_eq!(orders[0].id_2, Some(7));
    assert_eq!(orders[0].placed.as_deref(), Some("2026-03-04T13:00:00"));
    assert_eq!(orders[1].status, Some(OrderStatus::Lost));
    assert_eq!(serde_json::to_value(&orders[0]).unwrap()["status"], 5);
    assert_eq!(serde_json::to_value(&orders[0]).unwrap()["ID"], 7);

    let request = seen.await.unwrap();
    assert!(request.starts_with("GET /api/orders?sort=up&status=-2 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nsort: down\r\n"), "{request}");
    assert!(!request.contains("api-version"), "{request}");
}

#[tokio::test]
async fn bodies_go_out_under_the_type_that_the_server_takes() {
    let (url, seen) = once("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").await;
    let order = Order { status: Some(OrderStatus::Paid), ..Order::default() };
    Client::new(&url).create_order().body(order).send().await.unwrap();
    let request = seen.await.unwrap();
    assert!(request.contains("\r\ncontent-type: text/json\r\n") && request.ends_with(r#"{"status":1}"#), "{request}");

    let (url, seen) = once("HTTP/1.1 204 No Content\r\n\r\n").await;
    Client::new(&url).update_picture().id("a/b\\..").body("bytes").send().await.unwrap();
    let request = seen.await.unwrap();
    assert!(request.starts_with("PUT /api/orders/a%2Fb%5C../picture HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\ncontent-type: image/png\r\n") && request.ends_with("bytes"), "{request}");

    // A dot segment stays in its place.
    let (url, seen) = once("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
    assert!(Client::new(&url).get_picture().id("..").send().await.is_err());
    assert!(seen.await.unwrap().starts_with("GET /api/orders/%252E%252E/picture HTTP/1.1\r\n"));
}

#[tokio::test]
async fn errors_keep_their_status_and_body() {
    let (url, _) = once("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone").await;
    let Err(Error::ErrorResponse(answer)) = Client::new(&url).get_picture().id("1").send().await else { panic!("no error") };
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.content_length(), Some(4));
}
