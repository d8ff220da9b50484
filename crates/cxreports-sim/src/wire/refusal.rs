use http::StatusCode;

/// A request that Kestrel refuses by itself, after which it closes the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// The method that would be allowed.
    pub(crate) allow: Option<&'static str>,
}

impl Refusal {
    pub(crate) const BAD_REQUEST: Self = Self::new(StatusCode::BAD_REQUEST);
    pub(crate) const TIMEOUT: Self = Self::new(StatusCode::REQUEST_TIMEOUT);
    pub(crate) const TOO_LARGE: Self = Self::new(StatusCode::PAYLOAD_TOO_LARGE);
    pub(crate) const LINE_TOO_LONG: Self = Self::new(StatusCode::URI_TOO_LONG);
    pub(crate) const HEADERS_TOO_LARGE: Self = Self::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    pub(crate) const UNKNOWN_VERSION: Self = Self::new(StatusCode::HTTP_VERSION_NOT_SUPPORTED);

    const fn new(status: StatusCode) -> Self {
        Self { status, allow: None }
    }

    /// The form of the request target is for another method.
    pub(crate) const fn only_for(method: &'static str) -> Self {
        Self { status: StatusCode::METHOD_NOT_ALLOWED, allow: Some(method) }
    }
}
