//! Responses as ASP.NET writes them, on the socket.

use crate::raw::{API, FINANCE, TOKEN, bare, builder, exchange, get, instance, post, post_as, send};
use cxreports_sim::{Edition, Endpoint, ErrorStyle, Fault, FaultRule, Instance, op, seed};

#[tokio::test]
async fn json_is_chunked_and_in_utf_8() {
    let instance = instance().await;
    let reply = get(&instance, &format!("{API}/workspaces")).await;
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!((reply.header("transfer-encoding"), reply.header("content-length")), (Some("chunked"), None));
    assert_eq!(reply.header("server"), Some("Kestrel"));
    assert!(reply.text().contains(r#""Logistics & Delivery","description":null"#), "{}", reply.text());
}

#[tokio::test]
async fn members_are_in_the_order_of_the_documentation() {
    let instance = instance().await;
    let names = |text: &str| {
        let first = text.split('}').next().unwrap().to_owned();
        first
            .split('"')
            .skip(1)
            .step_by(2)
            .filter(|name| first.contains(&format!("\"{name}\":")))
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let started = post(&instance, &format!("{FINANCE}/reports/42/export"), "{}").await;
    assert_eq!(started.status, 202);
    let id = started.json()["temporaryFileId"].clone();
    let run = post(&instance, &format!("{FINANCE}/jobs/7/runs"), "{}").await.json()["jobRunId"].clone();
    for (path, expected) in [
        ("reports", "id name reportTypeId reportTypeName reportTemplateName previewImage themeName isDefault"),
        ("reports/42/pages", "id name type"),
        ("report-types", "id name description code defaultReportId defaultReportName"),
        ("templates", "id name code"),
        ("jobs", "id name description code reviewRequired isActive lastRunTime"),
        (&format!("exports/{id}/status"), "id status isReady errorMessage expiryTime name contentSize contentType"),
        (&format!("jobs/7/runs/{run}/status"), "finished entries status queued review completed errors"),
    ] {
        let reply = get(&instance, &format!("{FINANCE}/{path}")).await;
        assert_eq!(names(&reply.text()), expected, "{}", reply.text());
    }
    let data = post(&instance, &format!("{FINANCE}/temporary-data"), r#"{ "content": 1 }"#).await;
    assert_eq!(names(&data.text()), "tempDataId expiryDate");
}

#[tokio::test]
async fn json_has_the_media_type_that_is_asked_for() {
    let instance = instance().await;
    for (accept, expected) in [
        ("text/json", "text/json"),
        ("text/json, application/json;q=0.5", "text/json"),
        ("text/plain", "application/json"),
        ("Text/JSON", "text/json"),
        ("text/json, */*", "application/json"),
    ] {
        let reply = send(&instance, "GET", &format!("{API}/workspaces"), &format!("Accept: {accept}\r\n"), b"").await;
        assert_eq!(reply.header("content-type"), Some(&*format!("{expected}; charset=utf-8")), "{accept}");
    }
}

#[tokio::test]
async fn problems_have_their_members_in_order() {
    let instance = instance().await;
    for accept in ["*/*", "text/json", "application/json"] {
        let headers = format!("Accept: {accept}\r\n");
        let reply = send(&instance, "GET", &format!("{API}/ws/99/themes"), &headers, b"").await;
        assert_eq!(reply.status, 404);
        assert_eq!(reply.header("content-type"), Some("application/problem+json; charset=utf-8"), "{accept}");
        let start = r#"{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.5","title":"Not Found","status":404,"#;
        assert!(reply.text().starts_with(start), "{}", reply.text());
        let trace = reply.json()["traceId"].as_str().unwrap().to_owned();
        let lengths: Vec<_> = trace.split('-').map(str::len).collect();
        assert_eq!((lengths, &trace[..3]), (vec![2, 32, 16, 2], "00-"));
    }
}

/// ASP.NET goes on with the trace of a client, under a span of its own.
#[tokio::test]
async fn errors_are_in_the_trace_of_the_client() {
    let failing = FaultRule::new(Fault::Status(502)).on(Endpoint::of::<op::ListJobs>());
    let instance = builder().faults(0, [failing]).start().await.unwrap();
    let trace = "0af7651916cd43dd8448eb211c80319c";
    for path in ["ws/99/themes", "ws/finance/jobs", "ws/finance/reports/42/pdf?format=loud"] {
        let error = async |traceparent: &str| {
            let header = format!("traceparent: {traceparent}\r\n");
            let reply = send(&instance, "GET", &format!("{API}/{path}"), &header, b"").await;
            reply.json()["traceId"].as_str().unwrap().to_owned()
        };
        let id = error(&format!("00-{trace}-b7ad6b7169203331-01")).await;
        assert!(id.starts_with(&format!("00-{trace}-")) && id.ends_with("-01"), "{path}: {id}");
        assert!(!id.contains("b7ad6b7169203331"), "{path}: {id}");
        let id = error(&format!("00-{trace}-0000000000000000-01")).await;
        assert!(!id.contains(trace) && id.ends_with("-00"), "{path}: {id}");
    }
}

/// Files are made anew for each request, and neither have a version nor parts.
#[tokio::test]
async fn files_have_no_parts_and_no_versions() {
    let instance = instance().await;
    for header in ["Range: bytes=0-9", "If-None-Match: *", "If-Range: \"x\"", "Accept-Encoding: gzip, br"] {
        let reply = send(&instance, "GET", &format!("{FINANCE}/reports/42/pdf"), &format!("{header}\r\n"), b"").await;
        assert_eq!((reply.status, &reply.body[..5]), (200, &b"%PDF-"[..]), "{header}");
        for name in ["accept-ranges", "etag", "last-modified", "content-encoding"] {
            assert_eq!(reply.header(name), None, "{header}");
        }
    }
}

#[tokio::test]
async fn bad_input_is_a_validation_problem() {
    let instance = instance().await;
    let target = format!("{FINANCE}/temporary-data");
    let reply = post(&instance, &target, "{}").await;
    assert_eq!(reply.errors("Content"), "The Content field is required.");
    let title = r#""title":"One or more validation errors occurred.","status":400,"errors":{"Content":["#;
    assert!(reply.text().contains(title), "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/problem+json; charset=utf-8"));

    for malformed in ["{", "{ 'content': 1 }", r#"{ "content": 1, }"#, "// none\n{}", "\u{1}"] {
        let reply = post(&instance, &target, malformed).await;
        assert!(reply.errors("$").contains("LineNumber: "), "{malformed}");
        assert_eq!(reply.errors("request"), "The request field is required.");
    }
    assert!(post(&instance, &target, "[]").await.errors("$").contains("could not be converted"));
    for empty in ["", "null"] {
        assert_eq!(post(&instance, &target, empty).await.errors(""), "A non-empty request body is required.");
    }
}

#[tokio::test]
async fn no_token_is_401_without_a_body() {
    for edition in Edition::ALL {
        let instance = Instance::builder(edition).token(TOKEN).start().await.unwrap();
        for (headers, challenge) in [
            ("", "Bearer"),
            ("Authorization: Bearer other\r\n", "Bearer error=\"invalid_token\""),
            ("Authorization: Basic x\r\n", "Bearer"),
            (&format!("Authorization: Bearer {TOKEN}\r\n").repeat(2), "Bearer error=\"invalid_token\""),
        ] {
            let reply = bare(&instance, "GET", &format!("{API}/workspaces"), headers, b"").await;
            assert_eq!((reply.status, reply.text().as_str()), (401, ""));
            assert_eq!(reply.header("www-authenticate"), Some(challenge), "{headers}");
            assert_eq!((reply.header("content-type"), reply.header("content-length")), (None, Some("0")));
        }
        // What is not there needs no token, and what is not allowed, neither.
        assert_eq!(bare(&instance, "GET", &format!("{API}/nothing"), "", b"").await.status, 404);
        assert_eq!(bare(&instance, "DELETE", &format!("{API}/workspaces"), "", b"").await.status, 405);
    }
}

#[tokio::test]
async fn releases_write_errors_in_their_own_way() {
    let target = format!("{API}/ws/99/report-types");
    let old = Instance::builder(Edition::V2024_9).token(TOKEN).start().await.unwrap();
    let reply = get(&old, &target).await;
    assert_eq!(reply.text(), r#"{"error":"There is no such workspace."}"#);
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    let reply = post(&old, &format!("{FINANCE}/temporary-data"), "{}").await;
    assert_eq!(reply.text(), r#"{"error":"Content: The Content field is required."}"#);

    let empty = builder().errors(ErrorStyle::Empty).start().await.unwrap();
    let reply = get(&empty, &target).await;
    assert_eq!((reply.status, reply.text().as_str(), reply.header("content-type")), (404, "", None));
}

#[tokio::test]
async fn times_have_at_most_seven_digits_of_a_second() {
    let instance = instance().await;
    for (given, expected) in [
        ("2030-01-02T03:04:05.123456789Z", "2030-01-02T03:04:05.1234567Z"),
        ("2030-01-02T03:04:05.500Z", "2030-01-02T03:04:05.5Z"),
    ] {
        let body = format!(r#"{{ "content": 1, "expiryDate": "{given}" }}"#);
        let reply = post(&instance, &format!("{FINANCE}/temporary-data"), &body).await;
        assert_eq!(reply.json()["expiryDate"], expected);
    }
    let id = post(&instance, &format!("{FINANCE}/reports/42/export"), "{}").await.json()["temporaryFileId"].clone();
    let status = get(&instance, &format!("{FINANCE}/exports/{id}/status")).await.json();
    let expires = status["expiryTime"].as_str().unwrap();
    assert!(expires.ends_with('Z') && expires.len() <= "2030-01-02T03:04:05.1234567Z".len(), "{expires}");
}

#[tokio::test]
async fn files_have_a_length_and_both_forms_of_their_name() {
    let instance = instance().await;
    let reply = get(&instance, &format!("{FINANCE}/reports/42/pdf")).await;
    assert_eq!(
        reply.header("content-disposition"),
        Some("attachment; filename=Invoice.pdf; filename*=UTF-8''Invoice.pdf")
    );
    assert_eq!(reply.header("content-length"), Some(&*reply.body.len().to_string()));
    assert_eq!((reply.header("content-type"), reply.header("transfer-encoding")), (Some("application/pdf"), None));
    let reply = get(&instance, &format!("{FINANCE}/reports/statement/pdf")).await;
    let expected = "attachment; filename=\"Monthly statement.pdf\"; filename*=UTF-8''Monthly%20statement.pdf";
    assert_eq!(reply.header("content-disposition"), Some(expected));

    let shop = seed::Workspace::new(1, "shop", "Shop").report(1, "smile", "a😀");
    let instance = builder().seed(seed::Seed::of([shop])).start().await.unwrap();
    let reply = get(&instance, &format!("{API}/ws/shop/reports/smile/pdf")).await;
    let expected = "attachment; filename=a__.pdf; filename*=UTF-8''a%F0%9F%98%80.pdf";
    assert_eq!(reply.header("content-disposition"), Some(expected));
}

#[tokio::test]
async fn attachments_are_in_a_zip_under_names_of_their_own() {
    let mut shop = seed::Workspace::new(1, "shop", "Shop").report(1, "order", "A/B");
    let names = ["a.txt", "a.txt", "A.txt", "", "..", "../../up.txt", r"c:\down.txt", "long"];
    let attachment = |name: &str| (name.replace("long", &"x".repeat(70_000)), "text".to_owned());
    shop.reports[0].attachments = names.map(attachment).into();
    let instance = builder().seed(seed::Seed::of([shop])).start().await.unwrap();
    let reply = get(&instance, &format!("{API}/ws/shop/reports/order/pdf?includeAttachments=true")).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/zip")));
    let zip = zip::ZipArchive::new(std::io::Cursor::new(reply.body)).unwrap();
    let long = format!("attachments/{}", "x".repeat(988));
    let expected = ["B.pdf", "attachments/a.txt", "attachments/a (2).txt", "attachments/A.txt", "attachments/unnamed"];
    let more = ["attachments/unnamed (2)", "attachments/up.txt", "attachments/down.txt", &long];
    let mut all: Vec<_> = expected.into_iter().chain(more).collect();
    let mut found: Vec<_> = zip.file_names().map(Result::unwrap).collect();
    all.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, all);
}

#[tokio::test]
async fn other_methods_are_405_with_allow() {
    let instance = instance().await;
    for (method, path, allow) in [
        ("HEAD", "/workspaces", "GET"),
        ("OPTIONS", "/workspaces", "GET"),
        ("GET", "/nonce-tokens", "POST"),
        ("DELETE", "/ws/finance/reports/42/pdf", "GET, POST"),
        ("post", "/workspaces", "GET"),
    ] {
        let reply = send(&instance, method, &format!("{API}{path}"), "", b"").await;
        assert_eq!(
            (reply.status, reply.header("allow"), reply.text().as_str()),
            (405, Some(allow), ""),
            "{method} {path}"
        );
    }
    // Routes compare methods without regard to case, and Swashbuckle with it.
    assert_eq!(send(&instance, "get", &format!("{API}/workspaces"), "", b"").await.status, 200);
    assert_eq!(send(&instance, "get", "/swagger/v1/swagger.json", "", b"").await.status, 404);
}

#[tokio::test]
async fn swagger_moves_to_its_page_in_any_case() {
    let instance = builder().base_path("/x").start().await.unwrap();
    for (path, location) in
        [("/x/swagger", "swagger/index.html"), ("/x/SWAGGER", "SWAGGER/index.html"), ("/x/Swagger/", "index.html")]
    {
        let reply = bare(&instance, "GET", path, "", b"").await;
        assert_eq!((reply.status, reply.header("location")), (301, Some(location)), "{path}");
    }
    for path in ["/x/SWAGGER/Index.html", "/x/swagger/v1/swagger.json", "/X/swagger/index.js"] {
        assert_eq!(bare(&instance, "GET", path, "", b"").await.status, 200, "{path}");
    }
    for (path, media_type) in
        [("/x/SWAGGER/v1/Swagger.JSON", "application/json"), ("/x/swagger/v1/swagger.yaml", "text/yaml")]
    {
        let reply = bare(&instance, "GET", path, "", b"").await;
        assert_eq!(reply.header("content-type"), Some(&*format!("{media_type};charset=utf-8")), "{path}");
        assert_eq!(reply.json()["servers"][0]["url"], "/x");
        let text = reply.text();
        let order = ["\"openapi\"", "\"info\"", "\"servers\"", "\"paths\"", "\"components\""];
        assert!(order.map(|name| text.find(name).unwrap()).is_sorted(), "as Swashbuckle writes it");
    }
    for path in ["/x/swagger/v2/swagger.json", "/x/swagger/V1/swagger.json", "/x/swagger/v1/other.json", "/x/swaggers"]
    {
        assert_eq!(bare(&instance, "GET", path, "", b"").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn kestrel_refuses_what_is_too_long() {
    let instance = instance().await;
    let long = |length: usize| {
        format!(
            "{FINANCE}/reports?type={}",
            "x".repeat(length - FINANCE.len() - "GET /reports?type= HTTP/1.1\r\n".len())
        )
    };
    assert_eq!(get(&instance, &long(8 * 1024)).await.status, 200);
    let reply = get(&instance, &long(8 * 1024 + 1)).await;
    assert_eq!((reply.status, reply.text().as_str(), reply.header("connection")), (414, "", Some("close")));
    assert_eq!(get(&instance, &long(100_000)).await.status, 414);

    let headers = format!("X-Long: {}\r\n", "x".repeat(32 * 1024));
    assert_eq!(send(&instance, "GET", &format!("{API}/workspaces"), &headers, b"").await.status, 431);
    let headers: String = (0..120).map(|number| format!("X-{number}: x\r\n")).collect();
    assert_eq!(send(&instance, "GET", &format!("{API}/workspaces"), &headers, b"").await.status, 431);

    let request = format!("GET {API}/workspaces HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
    assert_eq!(exchange(&instance, request.as_bytes()).await.status, 400, "no host");
}

#[tokio::test]
async fn a_body_has_at_most_30_000_000_bytes() {
    let instance = instance().await;
    let target = format!("{FINANCE}/temporary-data");
    let body = |length: usize| format!(r#"{{"content":"{}"}}"#, "x".repeat(length - r#"{"content":""}"#.len()));
    assert_eq!(post(&instance, &target, &body(30_000_000)).await.status, 200);
    let announced = "Content-Type: application/json\r\nContent-Length: 30000001\r\n";
    let reply = send(&instance, "POST", &target, announced, b"{").await;
    assert_eq!((reply.status, reply.text().as_str()), (413, ""));

    let small = builder().body_limit(20).start().await.unwrap();
    let chunked = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    let chunks = format!("10\r\n{{\"content\":\"{}\r\n8\r\n{}\r\n0\r\n\r\n", "x".repeat(4), "x".repeat(8));
    assert_eq!(send(&small, "POST", &target, chunked, chunks.as_bytes()).await.status, 413);
    assert_eq!(post_as(&small, &target, "application/json", br#"{"content":1}"#).await.status, 200);
}

#[tokio::test]
async fn iis_wants_a_length_or_chunks() {
    let instance = builder().require_length(true).start().await.unwrap();
    let target = format!("{API}/nonce-tokens");
    // Before anybody looks at the token.
    for token in ["", "Authorization: Bearer a-planted-token\r\n"] {
        let reply = bare(&instance, "POST", &target, token, b"").await;
        assert_eq!((reply.status, reply.header("content-type")), (411, Some("text/html; charset=utf-8")));
    }
    assert_eq!(send(&instance, "POST", &target, "Content-Length: 0\r\n", b"").await.status, 200);
    assert_eq!(send(&instance, "POST", &target, "Transfer-Encoding: chunked\r\n", b"0\r\n\r\n").await.status, 200);
    assert_eq!(get(&instance, &format!("{API}/workspaces")).await.status, 200);
}
