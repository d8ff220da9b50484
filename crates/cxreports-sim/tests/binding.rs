//! Requests as ASP.NET binds them, on the socket.

use crate::raw::{API, FINANCE, Reply, TOKEN, builder, exchange, get, instance, post, post_as, send};
use cxreports_sim::Edition;
use serde_json::json;

/// The page of an export in HTML, which shows what was bound.
async fn page(instance: &cxreports_sim::Instance, query: &str) -> String {
    let reply = get(instance, &format!("{FINANCE}/reports/invoice/pdf?format=html&{query}")).await;
    assert_eq!(reply.status, 200, "{query}: {}", reply.text());
    reply.text()
}

fn media_type(reply: &Reply) -> &str {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.header("content-type").unwrap()
}

#[tokio::test]
async fn unknown_query_parameters_and_members_are_ignored() {
    let instance = instance().await;
    assert_eq!(get(&instance, &format!("{FINANCE}/reports?colour=red&type=invoice")).await.json()[1]["id"], 43);
    let body = r#"{ "content": 1, "colour": { "of": ["the", "sky"] } }"#;
    assert_eq!(post(&instance, &format!("{FINANCE}/temporary-data"), body).await.status, 200);
}

#[tokio::test]
async fn names_have_no_case() {
    let instance = instance().await;
    assert_eq!(
        get(&instance, &format!("{FINANCE}/reports?TYPE=invoice&Limit=1")).await.json().as_array().unwrap().len(),
        1
    );
    let body = r#"{ "CONTENT": [1], "ExpiryDate": "2030-01-02T03:04:05Z" }"#;
    let data = post(&instance, &format!("{FINANCE}/temporary-data"), body).await.json();
    assert_eq!(data["expiryDate"], "2030-01-02T03:04:05Z");
}

#[tokio::test]
async fn routes_have_no_case_and_may_end_with_a_slash() {
    let instance = builder().base_path("/Reporting").start().await.unwrap();
    for path in ["/Reporting/api/v1/workspaces", "/reporting/API/v1/WorkSpaces/", "/REPORTING/api/V1/workspaces?"] {
        assert_eq!(get(&instance, path).await.status, 200, "{path}");
    }
    assert_eq!(get(&instance, "/reporting/api/v1/ws/FINANCE/Reports/Invoice/PAGES").await.json()[0]["id"], 420);
    for path in ["/api/v1/workspaces", "/reporting/api/v1/workspaces//", "/reporting/api/v1/ws//reports", "/"] {
        assert_eq!(get(&instance, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn an_encoded_slash_stays_encoded() {
    let instance = instance().await;
    assert_eq!(get(&instance, "/api/v1/ws/%66inance/reports").await.status, 200);
    assert_eq!(get(&instance, "/api/v1/ws%2Ffinance/reports").await.status, 404);
}

#[tokio::test]
async fn a_route_with_an_id_matches_integers_only() {
    let instance = instance().await;
    let id = post(&instance, &format!("{FINANCE}/reports/42/export"), "{}").await.json()["temporaryFileId"].clone();
    assert_eq!(get(&instance, &format!("{FINANCE}/exports/{id}/status")).await.status, 200);
    assert_eq!(get(&instance, &format!("{FINANCE}/exports/+{id}/status")).await.status, 200);
    for id in ["one", "1.0", "0x1", "%231", "99999999999", ""] {
        let reply = get(&instance, &format!("{FINANCE}/exports/{id}/status")).await;
        assert_eq!((reply.status, reply.text().as_str()), (404, ""), "{id}");
    }
}

#[tokio::test]
async fn the_first_of_several_values_counts_and_blank_ones_are_null() {
    let instance = instance().await;
    let count = async |query: &str| {
        let reply = get(&instance, &format!("{FINANCE}/reports?{query}")).await;
        reply.json().as_array().unwrap_or_else(|| panic!("{query}: {}", reply.text())).len()
    };
    assert_eq!(count("type=invoice&type=statement").await, 2);
    assert_eq!(count("limit=1&LIMIT=x").await, 1);
    for query in ["type=", "type=&type=invoice", "limit=", "limit=%20", "type=+", "offset&limit"] {
        assert_eq!(count(query).await, 3, "{query}");
    }
}

#[tokio::test]
async fn integers_of_a_query_are_read_as_by_a_type_converter() {
    let instance = instance().await;
    let reports = async |limit: &str| get(&instance, &format!("{FINANCE}/reports?limit={limit}")).await;
    for limit in ["1", "%2B1", "+1+", "01", "0x1", "%231"] {
        assert_eq!(reports(limit).await.json().as_array().unwrap().len(), 1, "{limit}");
    }
    for limit in ["one", "1.0", "1e0", "2147483648"] {
        assert_eq!(reports(limit).await.errors("limit"), format!("The value '{limit}' is not valid."));
    }
    assert_eq!(reports("-1").await.status, 400);
}

#[tokio::test]
async fn booleans_of_a_query_have_no_case() {
    let instance = instance().await;
    for (text, expected) in [
        ("True", "application/zip"),
        ("TRUE", "application/zip"),
        ("False", "application/pdf"),
        ("", "application/pdf"),
    ] {
        let reply = get(&instance, &format!("{FINANCE}/reports/42/pdf?includeAttachments={text}")).await;
        assert_eq!(media_type(&reply), expected, "{text}");
    }
    for text in ["1", "yes"] {
        let reply = get(&instance, &format!("{FINANCE}/reports/42/pdf?includeAttachments={text}")).await;
        assert_eq!(reply.errors("includeAttachments"), format!("The value '{text}' is not valid."));
    }
}

#[tokio::test]
async fn enumerations_are_named_in_any_case_or_by_number() {
    const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let instance = instance().await;
    for (text, expected) in
        [("PDF", "application/pdf"), ("0", "application/pdf"), ("Xlsx", SHEET), ("2", SHEET), ("", "application/pdf")]
    {
        let reply = get(&instance, &format!("{FINANCE}/reports/42/pdf?format={text}")).await;
        assert_eq!(media_type(&reply), expected, "{text}");
    }
    for format in [json!("XLSX"), json!(2), json!("2")] {
        let reply =
            post(&instance, &format!("{FINANCE}/reports/42/pdf"), &json!({ "format": format }).to_string()).await;
        assert_eq!(media_type(&reply), SHEET, "{format}");
    }
    let reply = get(&instance, &format!("{FINANCE}/reports/42/pdf?format=odt")).await;
    assert_eq!(reply.errors("format"), "The value 'odt' is not valid.");
    let reply = post(&instance, &format!("{FINANCE}/reports/42/pdf"), r#"{ "format": "odt" }"#).await;
    assert!(reply.errors("$.format").starts_with("The JSON value could not be converted"));
}

#[tokio::test]
async fn numbers_in_json_may_be_text_and_nothing_else_is_converted() {
    let instance = instance().await;
    let data = post(&instance, &format!("{FINANCE}/temporary-data"), r#"{ "content": "Tea" }"#).await.json();
    let export = async |body: serde_json::Value| {
        post(&instance, &format!("{FINANCE}/reports/42/export"), &body.to_string()).await
    };
    let id = data["tempDataId"].to_string();
    assert_eq!(export(json!({ "tempDataId": id, "excludePages": ["420", 421] })).await.status, 202);
    assert_eq!(
        export(json!({ "tempDataId": format!("+0{id}"), "excludePages": ["+1", "-0", "-1"] })).await.status,
        202
    );
    let raw = async |body: &str| post(&instance, &format!("{FINANCE}/reports/42/export"), body).await;
    assert_eq!(raw(r#"{ "excludePages": [-0] }"#).await.status, 202);
    for number in ["1.0", "1e0", "1e400", "\"1.0\"", "\"\"", "\"+\"", "\"0x1\""] {
        let reply = raw(&format!(r#"{{ "tempDataId": {number} }}"#)).await;
        assert!(reply.errors("$.tempDataId").contains("System.Int32"), "{number}");
    }
    for (field, value) in [
        ("tempDataId", json!("x")),
        ("tempDataId", json!(" 1")),
        ("tempDataId", json!(1.5)),
        ("tempDataId", json!(2_147_483_648_u32)),
        ("includeAttachments", json!("true")),
        ("includeAttachments", json!(null)),
        ("lang", json!(7)),
        ("excludePages", json!("420")),
    ] {
        let reply = export(json!({ field: value })).await;
        assert!(reply.errors(&format!("$.{field}")).contains("could not be converted"), "{field}: {value}");
        assert_eq!(reply.errors("request"), "The request field is required.");
    }
    assert!(export(json!({ "excludePages": [420, "x"] })).await.errors("$.excludePages[1]").contains("System.Int32"));
    assert_eq!(export(json!({ "tempDataId": null, "lang": null, "excludePages": null })).await.status, 202);
}

#[tokio::test]
async fn the_last_of_several_members_counts() {
    let instance = instance().await;
    let body = r#"{ "format": "xlsx", "format": "html" }"#;
    let reply = post(&instance, &format!("{FINANCE}/reports/42/pdf"), body).await;
    assert_eq!(media_type(&reply), "text/html; charset=utf-8");
}

/// Members are read in their order: what differs in case is the same, and what cannot be read is refused though it does not
/// count in the end.
#[tokio::test]
async fn members_are_read_in_their_order() {
    let instance = instance().await;
    let export = async |body: &str| post(&instance, &format!("{FINANCE}/reports/42/pdf"), body).await;
    for (body, expected) in [
        (r#"{ "format": "xlsx", "FORMAT": "html" }"#, "text/html; charset=utf-8"),
        (r#"{ "FORMAT": "xlsx", "format": "html" }"#, "text/html; charset=utf-8"),
        (r#"{ "format": "html", "Format": "pdf", "fORMAT": "pdf" }"#, "application/pdf"),
        (r#"{ "lang": "de", "lang": null, "format": "html" }"#, "text/html; charset=utf-8"),
    ] {
        assert_eq!(media_type(&export(body).await), expected, "{body}");
    }
    let reply = export(r#"{ "lang": 7, "lang": "de" }"#).await;
    assert!(reply.errors("$.lang").contains("System.String"));
    let reply = export(r#"{ "unknown": 7, "Format": "odt", "format": "pdf", "lang": 7 }"#).await;
    assert!(reply.errors("$.Format").contains("could not be converted"));
}

#[tokio::test]
async fn data_keeps_its_order_and_its_digits() {
    let instance = instance().await;
    let data = r#"{ "z": 12345678901234567890.10, "a": [1e400, -0], "m": "\ud83d!", "B": {"y": 1, "x": 2} }"#;
    let rows = |page: &str| {
        let cells = page.split("<th>").skip(1);
        let cells = cells.map(|row| row.split("</td>").next().unwrap().replace("</th><td>", "="));
        cells.collect::<Vec<_>>().join(" ")
    };
    let expected = "z=12345678901234567890.10 a.1=1e400 a.2=-0 m=\u{fffd}! B.y=1 B.x=2";
    let body = format!(r#"{{ "format": "html", "data": {data} }}"#);
    let reply = post(&instance, &format!("{FINANCE}/reports/42/pdf"), &body).await;
    assert_eq!(rows(&reply.text()), expected);
    let reply = post(&instance, &format!("{FINANCE}/temporary-data"), &format!(r#"{{ "content": {data} }}"#)).await;
    let id = reply.json()["tempDataId"].clone();
    assert_eq!(rows(&page(&instance, &format!("tempDataId={id}")).await), expected);
    let query: String = form_urlencoded::byte_serialize(data.as_bytes()).collect();
    assert_eq!(rows(&page(&instance, &format!("data={query}")).await), expected);
}

#[tokio::test]
async fn data_may_be_null() {
    let instance = instance().await;
    let upload = async |body: &str| post(&instance, &format!("{FINANCE}/temporary-data"), body).await;
    let id = upload(r#"{ "content": null, "expiryDate": null }"#).await.json()["tempDataId"].clone();
    assert!(page(&instance, &format!("tempDataId={id}")).await.contains("<td>null</td>"));
    assert_eq!(upload("{}").await.errors("Content"), "The Content field is required.");
}

#[tokio::test]
async fn dates_may_lack_time_and_zone() {
    let instance = instance().await;
    for (given, expected) in [
        ("2030-01-02", "2030-01-02T00:00:00Z"),
        ("2030-01-02T03:04", "2030-01-02T03:04:00Z"),
        ("2030-01-02T03:04:05", "2030-01-02T03:04:05Z"),
        ("2030-01-02T03:04:05.25+01:00", "2030-01-02T02:04:05.25Z"),
        ("2030-01-02T03:04+01", "2030-01-02T02:04:00Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"),
    ] {
        let body = json!({ "content": 1, "expiryDate": given }).to_string();
        let reply = post(&instance, &format!("{FINANCE}/temporary-data"), &body).await;
        assert_eq!(reply.json()["expiryDate"], expected, "{given}");
    }
    for wrong in [
        json!("02.01.2030"),
        json!("2030-1-2"),
        json!("2030-01-02 03:04:05Z"),
        json!("2030-01-02T3:04"),
        json!("2030-01-02T23:59:60Z"),
        json!("2030-01-02T03:04:05+0100"),
        json!("2030-01-02T03:04:05+15:00"),
        json!("10000-01-01"),
        json!(1_900_000_000),
    ] {
        let body = json!({ "content": 1, "expiryDate": wrong }).to_string();
        let reply = post(&instance, &format!("{FINANCE}/temporary-data"), &body).await;
        assert!(reply.errors("$.expiryDate").contains("System.DateTime"), "{wrong}");
    }
}

#[tokio::test]
async fn a_byte_order_mark_and_utf_16_are_read() {
    let instance = instance().await;
    let target = format!("{FINANCE}/reports/42/pdf");
    let json = r#"{ "format": "html", "params": { "name": "Müller" } }"#;
    let marked = ["\u{feff}", json].concat();
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    for (media_type, body) in [
        ("application/json", marked.clone().into_bytes()),
        ("application/json; charset=utf-16", utf_16(json)),
        ("application/json; charset=\"UTF-16\"", utf_16(&marked)),
        ("application/json; charset=utf-16le", utf_16(json)),
        ("application/json; charset=Unicode", utf_16(json)),
        ("application/json; charset=unicode-1-1-utf-8", json.as_bytes().to_vec()),
        ("application/json;charset=UTF-8", json.as_bytes().to_vec()),
    ] {
        let reply = post_as(&instance, &target, media_type, &body).await;
        assert!(reply.text().contains("Müller"), "{media_type}: {}", reply.text());
    }
    assert_eq!(post_as(&instance, &target, "application/json; charset=latin1", b"{}").await.status, 415);
    assert!(post_as(&instance, &target, "application/json", &utf_16(json)).await.errors("$").contains("LineNumber"));
}

#[tokio::test]
async fn chunked_bodies_are_read() {
    for edition in Edition::ALL {
        let instance =
            cxreports_sim::Instance::builder(edition).token(TOKEN).require_length(true).start().await.unwrap();
        let head = format!(
            "POST {FINANCE}/temporary-data HTTP/1.1\r\nHost: sim\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n"
        );
        let body = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
                    8\r\n{\"conten\r\n8\r\nt\": [1]}\r\n0\r\n\r\n";
        assert_eq!(exchange(&instance, format!("{head}{body}").as_bytes()).await.status, 200, "{edition}");
    }
}

#[tokio::test]
async fn json_of_a_query_is_plain_or_base64url() {
    let instance = instance().await;
    for params in ["%7B%22name%22%3A%22Tea%22%7D", "eyJuYW1lIjoiVGVhIn0", "eyJuYW1lIjoiVGVhIn0="] {
        assert!(page(&instance, &format!("params={params}")).await.contains("Tea"), "{params}");
    }
    let reply = get(&instance, &format!("{FINANCE}/reports/42/pdf?params=tea")).await;
    assert_eq!(reply.errors("params"), "The value 'tea' is not valid.");
}

#[tokio::test]
async fn media_types_of_json_are_taken_and_no_others() {
    let instance = instance().await;
    let target = format!("{FINANCE}/temporary-data");
    for media_type in
        ["application/json", "text/json", "Application/JSON", "application/json-patch+json", "application/x+json; a=b"]
    {
        assert_eq!(post_as(&instance, &target, media_type, br#"{ "content": 1 }"#).await.status, 200, "{media_type}");
    }
    for media_type in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
        let reply = post_as(&instance, &target, media_type, br#"{ "content": 1 }"#).await;
        assert_eq!((reply.status, &reply.json()["title"]), (415, &json!("Unsupported Media Type")), "{media_type}");
    }
    assert_eq!(send(&instance, "POST", &target, "Content-Length: 2\r\n", b"{}").await.status, 415);
    // An action without a body does not look at it.
    assert_eq!(post_as(&instance, &format!("{API}/nonce-tokens"), "text/plain", b"x").await.status, 200);
}

#[tokio::test]
async fn nesting_is_read_to_a_depth_of_32() {
    let instance = instance().await;
    let nested = |depth: usize| format!(r#"{{ "content": {}{} }}"#, "[".repeat(depth), "]".repeat(depth));
    assert_eq!(post(&instance, &format!("{FINANCE}/temporary-data"), &nested(31)).await.status, 200);
    let reply = post(&instance, &format!("{FINANCE}/temporary-data"), &nested(32)).await;
    assert!(reply.errors("$").contains("maximum configured depth of 32"));
}
