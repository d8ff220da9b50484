//! Objects of generated crates, as they are read and written without what serde derives.

use cxreports_pin::support::members::object;

#[derive(Debug, Default)]
struct Order {
    id: Option<i32>,
    line_items: Option<Vec<String>>,
    parent: Option<Box<Order>>,
}
object! { Order { "id" id, "lineItems" line_items, "parent" parent, } }

#[test]
fn what_is_written_is_read_again_and_what_is_unset_is_left_out() {
    let parent = Order { id: Some(1), ..Order::default() };
    let order = Order { id: None, line_items: Some(vec!["tea".to_owned()]), parent: Some(Box::new(parent)) };
    let json = serde_json::to_string(&order).unwrap();
    assert_eq!(json, r#"{"lineItems":["tea"],"parent":{"id":1}}"#);
    let read: Order = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
}

#[test]
fn members_may_be_unknown_null_or_there_twice_but_not_of_another_type() {
    let read = |json: &str| serde_json::from_str::<Order>(json).map(|order| (order.id, order.line_items));
    assert_eq!(read(r#"{"new":{"id":[7]},"id":1,"id":2,"lineItems":null}"#).unwrap(), (Some(2), None));
    assert_eq!(read("{}").unwrap(), (None, None));
    for wrong in [r#"{"id":"one"}"#, "[1]", "null", r#"{"id":1"#] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
