//! One plain struct per API operation, with everything that the documentation says it takes.
//!
//! The documentation of each operation names its section in the API documentation, which is the source of all of its facts.

use chrono::{DateTime, Utc};

use crate::{
    argument::Argument,
    download::Download,
    ids::{FileId, IdOrCode, JobRunId, PageId, TemporaryDataId},
    json::Json,
    model::{
        DocumentFormat, ExportStatus, Job, JobRunStatus, Nonce, Report, ReportPage, ReportTemplate, ReportType,
        StartedExport, StartedJobRun, TemporaryData, Theme, Workspace,
    },
    payload::Payload,
    shape::{Effect, Field, Kind, Location, OperationSpec, Parameter, Wire},
    supports::Operation,
};

/// Declares the operations, and [`ALL`].
macro_rules! operations {
    ($($(#[$meta:meta])* $rust:ident { $($declaration:tt)* })*) => {
        $(operation! { $(#[$meta])* $rust $($declaration)* })*

        /// Every operation that this release knows, in the order of the documentation.
        pub const ALL: &[&OperationSpec] = &[$($rust::SPEC),*];
    };
}

macro_rules! operation {
    (
        $(#[$meta:meta])* $rust:ident $method:ident $path:literal as $name:literal, $effect:ident -> $output:ty,
        sent_by [$($sent_by:literal),* $(,)?],
        $(path { $($p:ident),* },)?
        $(query { $($(#[$q_meta:meta])* $q_wire:literal => $q:ident: $q_type:ty $(as $q_kind:ident)? $(, or $q_default:literal)?;)* },)?
        $(body { $($(#[$b_meta:meta])* $b_wire:literal => $b:ident: $b_type:ty $(, or $b_default:literal)?;)* },)?
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $rust {
            $($(#[doc = path!(doc $p)] pub $p: path!(type $p),)*)?
            $($($(#[$q_meta])* pub $q: $q_type,)*)?
            $($($(#[$b_meta])* pub $b: $b_type,)*)?
        }

        impl Operation for $rust {
            type Output = $output;
            const SPEC: &'static OperationSpec = &OperationSpec {
                name: $name,
                method: stringify!($method),
                effect: Effect::$effect,
                path: concat!("/api/v1", $path),
                rust: stringify!($rust),
                sent_by: &[$($sent_by),*],
                parameters: &[
                    $($(Parameter {
                        location: Location::Path,
                        field: Field { wire: path!(wire $p), ..field!("" => $p: path!(type $p)) },
                        listed_by: path!(listed_by $p),
                    },)*)?
                    $($(Parameter {
                        location: Location::Query,
                        field: field!($q_wire => $q: $q_type $(as $q_kind)? $(, or $q_default)?),
                        listed_by: None,
                    },)*)?
                ],
                body: &[$($(field!($b_wire => $b: $b_type $(, or $b_default)?),)*)?],
                output: <$output as Wire>::KIND,
            };

            fn each_argument<'a>(&'a self, visit: &mut dyn FnMut(Location, &'static str, Argument<'a>)) {
                let _ = &visit;
                $($(if let Some(value) = self.$p.argument() { visit(Location::Path, path!(wire $p), value); })*)?
                $($(if let Some(value) = self.$q.argument() { visit(Location::Query, $q_wire, value); })*)?
                $($(if let Some(value) = self.$b.argument() { visit(Location::Body, $b_wire, value); })*)?
            }

            fn workspace(&self) -> Option<&IdOrCode> {
                workspace!($($($p)*)? => self)
            }
        }
    };
}

/// The parameters of paths, which mean the same wherever they occur.
macro_rules! path {
    (doc workspace) => {
        "The workspace."
    };
    (type workspace) => {
        IdOrCode
    };
    (wire workspace) => {
        "workspaceId"
    };
    (listed_by workspace) => {
        Some("list_workspaces")
    };

    (doc report) => {
        "The report, or the report type whose default report is meant."
    };
    (type report) => {
        IdOrCode
    };
    (wire report) => {
        "reportIdOrTypeCode"
    };
    (listed_by report) => {
        Some("list_reports")
    };

    (doc job) => {
        "The job."
    };
    (type job) => {
        IdOrCode
    };
    (wire job) => {
        "jobIdOrCode"
    };
    (listed_by job) => {
        Some("list_jobs")
    };

    (doc job_run_id) => {
        "The job run."
    };
    (type job_run_id) => {
        JobRunId
    };
    (wire job_run_id) => {
        "jobRunId"
    };
    (listed_by job_run_id) => {
        None
    };

    (doc temporary_file_id) => {
        "The file of the export."
    };
    (type temporary_file_id) => {
        FileId
    };
    (wire temporary_file_id) => {
        "tempFileId"
    };
    (listed_by temporary_file_id) => {
        None
    };
}

/// The path of every operation of a workspace begins with the workspace.
macro_rules! workspace {
    (workspace $($rest:ident)* => $self:ident) => {
        Some(&$self.workspace)
    };
    ($($rest:ident)* => $self:ident) => {
        None
    };
}

macro_rules! field {
    ($wire:literal => $field:ident: $type:ty $(, or $default:literal)?) => {
        field!(@ $wire, $field, $type, <$type as Wire>::KIND $(, $default)?)
    };
    ($wire:literal => $field:ident: $type:ty as $kind:ident $(, or $default:literal)?) => {
        field!(@ $wire, $field, $type, Kind::$kind $(, $default)?)
    };
    (@ $wire:literal, $field:ident, $type:ty, $kind:expr) => {
        Field { wire: $wire, rust: stringify!($field), kind: $kind, required: <$type as Wire>::REQUIRED, default: None }
    };
    (@ $wire:literal, $field:ident, $type:ty, $kind:expr, $default:literal) => {
        Field { default: Some($default), ..field!(@ $wire, $field, $type, $kind) }
    };
}

operations! {
    /// Lists the workspaces that the user has access to ("List workspaces").
    ListWorkspaces {
        GET "/workspaces" as "list_workspaces", Reads -> Vec<Workspace>,
        sent_by ["Client::workspaces"],
    }

    /// Lists the reports of a workspace ("List reports").
    ListReports {
        GET "/ws/{workspaceId}/reports" as "list_reports", Reads -> Vec<Report>,
        sent_by ["Client::reports", "WorkspaceHandle::reports"],
        path { workspace },
        query {
            /// Only reports of the type with this code.
            "type" => report_type: Option<String>;
            /// The number of reports to skip.
            "offset" => offset: Option<i32>;
            /// The maximum number of reports to return.
            "limit" => limit: Option<i32>;
        },
    }

    /// Lists the pages of a report ("List report pages").
    ListReportPages {
        GET "/ws/{workspaceId}/reports/{reportIdOrTypeCode}/pages" as "list_report_pages", Reads -> Vec<ReportPage>,
        sent_by ["ReportHandle::pages"],
        path { workspace, report },
    }

    /// Exports a report, with everything in the query string ("Export synchronously (GET)").
    ExportReportByQuery {
        GET "/ws/{workspaceId}/reports/{reportIdOrTypeCode}/pdf" as "export_report_by_query", Renders -> Download,
        sent_by ["ExportRequest::now_by_query", "ExportRequest::now"],
        path { workspace, report },
        query {
            /// Report parameters.
            "params" => params: Option<Json> as JsonText, or "{}";
            /// Inline data.
            "data" => data: Option<Json> as JsonText;
            /// Id of data that was uploaded before.
            "tempDataId" => temp_data_id: Option<TemporaryDataId>;
            /// Preferred language.
            "lang" => lang: Option<String>;
            /// Preferred time zone.
            "timezone" => timezone: Option<String>;
            /// Output format. Defaults to PDF.
            "format" => format: Option<DocumentFormat>, or "\"pdf\"";
            /// Whether to wrap the report and its attachments in a ZIP.
            "includeAttachments" => include_attachments: Option<bool>, or "false";
            /// Code or id of the template.
            "template" => template: Option<String>;
            /// Code or id of the theme.
            "theme" => theme: Option<String>;
        },
    }

    /// Exports a report, with its parameters in the body ("Export synchronously (POST)").
    ExportReport {
        POST "/ws/{workspaceId}/reports/{reportIdOrTypeCode}/pdf" as "export_report", Acts -> Download,
        sent_by ["ExportRequest::now"],
        path { workspace, report },
        body {
            /// Report parameters.
            "params" => params: Option<Json>, or "{}";
            /// Inline data.
            "data" => data: Option<Payload>;
            /// Preferred language.
            "lang" => lang: Option<String>;
            /// Preferred time zone.
            "timezone" => timezone: Option<String>;
            /// Output format. Defaults to PDF.
            "format" => format: Option<DocumentFormat>, or "\"pdf\"";
            /// Whether to wrap the report and its attachments in a ZIP.
            "includeAttachments" => include_attachments: Option<bool>, or "false";
            /// Code or id of the template.
            "template" => template: Option<String>;
            /// Code or id of the theme.
            "theme" => theme: Option<String>;
        },
    }

    /// Queues a report for generation ("Start an async export").
    StartExport {
        POST "/ws/{workspaceId}/reports/{reportIdOrTypeCode}/export" as "start_export", Acts -> StartedExport,
        sent_by ["ExportRequest::start"],
        path { workspace, report },
        body {
            /// Report parameters.
            "params" => params: Option<Json>, or "{}";
            /// Inline data.
            "data" => data: Option<Payload>;
            /// Preferred language.
            "lang" => lang: Option<String>;
            /// Preferred time zone.
            "timezone" => timezone: Option<String>;
            /// Output format. Defaults to PDF.
            "format" => format: Option<DocumentFormat>, or "\"pdf\"";
            /// Whether to wrap the report and its attachments in a ZIP.
            "includeAttachments" => include_attachments: Option<bool>, or "false";
            /// Ids of the pages to exclude.
            "excludePages" => exclude_pages: Option<Vec<PageId>>, or "[]";
            /// Id of data that was uploaded before.
            "tempDataId" => temp_data_id: Option<TemporaryDataId>;
            /// Code or id of the template.
            "template" => template: Option<String>;
            /// Code or id of the theme.
            "theme" => theme: Option<String>;
        },
    }

    /// Returns the status of an export ("Check export status").
    GetExportStatus {
        GET "/ws/{workspaceId}/exports/{tempFileId}/status" as "get_export_status", Reads -> ExportStatus,
        sent_by ["Export::status", "Export::ready", "Export::wait"],
        path { workspace, temporary_file_id },
    }

    /// Downloads the file of a finished export ("Download exported file").
    DownloadExport {
        GET "/ws/{workspaceId}/exports/{tempFileId}/content" as "download_export", Reads -> Download,
        sent_by [
            "ReadyExport::download",
            "ReadyExport::save_to",
            "ReadyExport::save_as",
            "ReadyExport::bytes",
            "ReadyExport::stream",
        ],
        path { workspace, temporary_file_id },
    }

    /// Uploads data that later exports refer to ("Upload temporary data").
    CreateTemporaryData {
        POST "/ws/{workspaceId}/temporary-data" as "create_temporary_data", Acts -> TemporaryData,
        sent_by [
            "Upload::send",
            "ExportRequest::start",
            "ExportRequest::now",
            "ExportRequest::now_by_query",
            "Preview::url",
        ],
        path { workspace },
        body {
            /// The data.
            "content" => content: Payload;
            /// The time after which the server may delete it.
            "expiryDate" => expiry_date: Option<DateTime<Utc>>;
        },
    }

    /// Lists the jobs of a workspace ("List jobs").
    ListJobs {
        GET "/ws/{workspaceId}/jobs" as "list_jobs", Reads -> Vec<Job>,
        sent_by ["Client::jobs", "WorkspaceHandle::jobs", "JobRun::deliver"],
        path { workspace },
    }

    /// Starts a run of a job ("Start a job run").
    StartJobRun {
        POST "/ws/{workspaceId}/jobs/{jobIdOrCode}/runs" as "start_job_run", Acts -> StartedJobRun,
        sent_by ["RunRequest::start"],
        path { workspace, job },
        body {
            /// Job parameters.
            "params" => params: Option<Json>, or "{}";
            /// Inline data.
            "data" => data: Option<Payload>;
        },
    }

    /// Returns the status of a job run ("Get job run status").
    GetJobRunStatus {
        GET "/ws/{workspaceId}/jobs/{jobIdOrCode}/runs/{jobRunId}/status" as "get_job_run_status", Reads -> JobRunStatus,
        sent_by ["JobRun::status", "JobRun::wait"],
        path { workspace, job, job_run_id },
    }

    /// Generates one document for reviewing the entries of a job run ("Generate a review document").
    GenerateReviewDocument {
        POST "/ws/{workspaceId}/jobs/{jobIdOrCode}/runs/{jobRunId}/generate-review-document" as "generate_review_document", Acts -> StartedExport,
        sent_by ["JobRun::review_document"],
        path { workspace, job, job_run_id },
    }

    /// Delivers the entries of a job run ("Deliver a job run"). A second delivery sends everything out a second time.
    DeliverJobRun {
        POST "/ws/{workspaceId}/jobs/{jobIdOrCode}/runs/{jobRunId}/deliver" as "deliver_job_run", Delivers -> (),
        sent_by ["JobRun::deliver"],
        path { workspace, job, job_run_id },
    }

    /// Lists the report types of a workspace ("List report types").
    ListReportTypes {
        GET "/ws/{workspaceId}/report-types" as "list_report_types", Reads -> Vec<ReportType>,
        sent_by ["Client::report_types", "WorkspaceHandle::report_types"],
        path { workspace },
    }

    /// Lists the templates of a workspace ("List templates").
    ListTemplates {
        GET "/ws/{workspaceId}/templates" as "list_templates", Reads -> Vec<ReportTemplate>,
        sent_by ["Client::templates", "WorkspaceHandle::templates"],
        path { workspace },
    }

    /// Lists the themes of a workspace ("List themes").
    ListThemes {
        GET "/ws/{workspaceId}/themes" as "list_themes", Reads -> Vec<Theme>,
        sent_by ["Client::themes", "WorkspaceHandle::themes"],
        path { workspace },
    }

    /// Creates a single-use nonce for an iframe ("Create a nonce token").
    CreateNonce {
        POST "/nonce-tokens" as "create_nonce", Acts -> Nonce,
        sent_by ["Preview::url"],
    }
}

impl OperationSpec {
    /// The operation of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|spec| spec.name == name)
    }
}
