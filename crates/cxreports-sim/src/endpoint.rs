use std::{fmt, str::FromStr};

use thiserror::Error;

macro_rules! endpoints {
    ($($(#[$meta:meta])* $variant:ident = $label:literal $method:ident $path:literal,)*) => {
        /// An endpoint of the API, or the preview page.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Endpoint { $($(#[$meta])* $variant,)* }

        impl Endpoint {
            /// Every endpoint, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// What it is called on the command line, for example `export-status`.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }

            /// Its HTTP method.
            #[must_use]
            pub fn method(self) -> &'static str {
                match self { $(Self::$variant => stringify!($method),)* }
            }

            /// Its path template, below the base URL.
            #[must_use]
            pub fn path(self) -> &'static str {
                match self { $(Self::$variant => $path,)* }
            }
        }
    };
}

endpoints! {
    /// "List workspaces".
    ListWorkspaces = "list-workspaces" GET "/api/v1/workspaces",
    /// "List reports".
    ListReports = "list-reports" GET "/api/v1/ws/{workspaceId}/reports",
    /// "List report pages".
    ListPages = "list-pages" GET "/api/v1/ws/{workspaceId}/reports/{reportIdOrTypeCode}/pages",
    /// "Export synchronously (GET)".
    ExportByQuery = "export-by-query" GET "/api/v1/ws/{workspaceId}/reports/{reportIdOrTypeCode}/pdf",
    /// "Export synchronously (POST)".
    Export = "export" POST "/api/v1/ws/{workspaceId}/reports/{reportIdOrTypeCode}/pdf",
    /// "Start an async export".
    StartExport = "start-export" POST "/api/v1/ws/{workspaceId}/reports/{reportIdOrTypeCode}/export",
    /// "Check export status".
    ExportStatus = "export-status" GET "/api/v1/ws/{workspaceId}/exports/{tempFileId}/status",
    /// "Download exported file".
    ExportContent = "export-content" GET "/api/v1/ws/{workspaceId}/exports/{tempFileId}/content",
    /// "Upload temporary data".
    UploadData = "upload-data" POST "/api/v1/ws/{workspaceId}/temporary-data",
    /// "List jobs".
    ListJobs = "list-jobs" GET "/api/v1/ws/{workspaceId}/jobs",
    /// "Start a job run".
    StartRun = "start-run" POST "/api/v1/ws/{workspaceId}/jobs/{jobIdOrCode}/runs",
    /// "Get job run status".
    RunStatus = "run-status" GET "/api/v1/ws/{workspaceId}/jobs/{jobIdOrCode}/runs/{jobRunId}/status",
    /// "Generate a review document".
    ReviewDocument = "review-document" POST "/api/v1/ws/{workspaceId}/jobs/{jobIdOrCode}/runs/{jobRunId}/generate-review-document",
    /// "Deliver a job run".
    Deliver = "deliver" POST "/api/v1/ws/{workspaceId}/jobs/{jobIdOrCode}/runs/{jobRunId}/deliver",
    /// "List report types".
    ListReportTypes = "list-report-types" GET "/api/v1/ws/{workspaceId}/report-types",
    /// "List templates".
    ListTemplates = "list-templates" GET "/api/v1/ws/{workspaceId}/templates",
    /// "List themes".
    ListThemes = "list-themes" GET "/api/v1/ws/{workspaceId}/themes",
    /// "Create a nonce token".
    CreateNonce = "create-nonce" POST "/api/v1/nonce-tokens",
    /// The page in the iframe ("Iframe Authentication").
    Preview = "preview" GET "/ws/{workspaceId}/reports/{reportIdOrTypeCode}/preview",
}

impl Endpoint {
    /// The endpoint of a document's operation, if the simulator has it.
    pub(crate) fn of(method: &str, path: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|endpoint| endpoint.method().eq_ignore_ascii_case(method) && endpoint.path() == path)
    }
}

/// No endpoint has this label.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no endpoint is called {0:?}; there are {all}", all = labels())]
pub struct UnknownEndpoint(String);

fn labels() -> String {
    let labels: Vec<_> = Endpoint::ALL.iter().map(|endpoint| endpoint.label()).collect();
    labels.join(", ")
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl FromStr for Endpoint {
    type Err = UnknownEndpoint;

    fn from_str(label: &str) -> Result<Self, UnknownEndpoint> {
        let found = Self::ALL.iter().copied().find(|endpoint| endpoint.label() == label);
        found.ok_or_else(|| UnknownEndpoint(label.to_owned()))
    }
}
