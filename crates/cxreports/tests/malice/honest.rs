//! What an instance sends when nothing is wrong.

/// A nonce that is looked for everywhere.
pub(crate) const NONCE: &str = "planted-nonce-c41e";
pub(crate) const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n";

/// A response that is not malicious.
pub(crate) struct Honest {
    pub(crate) status: &'static str,
    pub(crate) headers: &'static str,
    pub(crate) body: &'static [u8],
}

/// Which place a request is for: an operation of the API, or another thing that an instance serves.
pub(crate) fn at(method: &str, target: &str) -> &'static str {
    let path = target.split('?').next().unwrap_or_default();
    if method == "OPTIONS" {
        return "options";
    }
    match path.rsplit('/').next().unwrap_or_default() {
        "workspaces" => "workspaces",
        "reports" => "reports",
        "pages" => "pages",
        "pdf" => "pdf",
        "export" => "export",
        "status" if path.contains("/runs/") => "run status",
        "status" => "status",
        "content" => "content",
        "temporary-data" => "data",
        "jobs" => "jobs",
        "runs" => "runs",
        "generate-review-document" => "review",
        "deliver" => "deliver",
        "report-types" => "types",
        "templates" => "templates",
        "themes" => "themes",
        "nonce-tokens" => "nonce",
        "preview" => "preview",
        "swagger.json" => "swagger",
        "index.html" => "swagger page",
        _ => "elsewhere",
    }
}

impl Honest {
    pub(crate) fn to(place: &str) -> Self {
        let json = |body: &'static str| Self {
            status: "200 OK",
            headers: "content-type: application/json; charset=utf-8\r\n",
            body: body.as_bytes(),
        };
        match place {
            "workspaces" => json(r#"[{"id":1,"name":"Finance","code":"finance"}]"#),
            "reports" => json(r#"[{"id":42,"name":"Invoice","reportTypeId":1,"isDefault":true}]"#),
            "pages" => json(r#"[{"id":420,"name":"Cover","type":"page"}]"#),
            "types" => json(r#"[{"id":1,"name":"Invoices","code":"invoice"}]"#),
            "templates" | "themes" => json(r#"[{"id":1,"name":"Plain","code":"plain"}]"#),
            "export" | "review" => json(r#"{"temporaryFileId":5}"#),
            "status" => json(r#"{"id":5,"status":"Completed","isReady":true,"name":"Invoice.pdf"}"#),
            "data" => json(r#"{"tempDataId":9,"expiryDate":"2046-03-04T13:00:00Z"}"#),
            "jobs" => json(r#"[{"id":7,"name":"Monthly","code":"monthly","reviewRequired":true,"isActive":true}]"#),
            "runs" => json(r#"{"jobRunId":3}"#),
            "run status" => {
                json(r#"{"finished":true,"entries":2,"status":{"queued":0,"review":2,"completed":0,"errors":0}}"#)
            }
            "nonce" => json(r#"{"nonce":"planted-nonce-c41e"}"#),
            "swagger" => json(include_str!("../../../cxreports-sim/documents/2026.5.json")),
            "deliver" => Self { status: "200 OK", headers: "", body: b"" },
            "pdf" | "content" => Self {
                status: "200 OK",
                headers: "content-type: application/pdf\r\ncontent-disposition: attachment; filename=\"Invoice.pdf\"\r\n",
                body: PDF,
            },
            "preview" => Self { status: "200 OK", headers: "content-type: text/html\r\n", body: b"<h1>Invoice</h1>" },
            "options" => Self { status: "405 Method Not Allowed", headers: "allow: GET, POST\r\n", body: b"" },
            _ => Self { status: "404 Not Found", headers: "", body: b"" },
        }
    }

    /// The status line and the headers, up to the length of the body.
    pub(crate) fn head(&self) -> String {
        format!("HTTP/1.1 {}\r\n{}", self.status, self.headers)
    }

    /// The same with the length of the body and an end.
    pub(crate) fn whole_head(&self) -> String {
        format!("{}content-length: {}\r\n\r\n", self.head(), self.body.len())
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        [self.whole_head().as_bytes(), self.body].concat()
    }

    /// The headers with another body, which ends when the connection does.
    pub(crate) fn with(&self, body: &[u8]) -> Vec<u8> {
        [self.head().as_bytes(), b"connection: close\r\n\r\n", body].concat()
    }

    /// The beginning of the body: a file's has to begin as it should, or else nothing more is read of it.
    pub(crate) fn beginning(&self) -> &'static [u8] {
        &self.body[..self.body.len().min(9)]
    }
}
