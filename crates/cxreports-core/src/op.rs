//! One plain struct per API operation, with all that the documentation says it takes.
//!
//! Source of every operation: the section of the API documentation that it names.

use chrono::{DateTime, Utc};

use crate::{
    Argument, Download, Effect, Field, IdOrCode, Json, Kind, Location, Operation, OperationSpec, Parameter, Wire,
    model::{
        DocumentFormat, ExportStatus, Job, JobRunStatus, Nonce, Report, ReportPage, ReportTemplate, ReportType,
        StartedExport, StartedJobRun, TemporaryData, Theme, Workspace,
    },
};

macro_rules! operation {
    (
        $(#[$meta:meta])* $rust:ident = $method:ident $path:literal as $name:literal, $effect:ident -> $output:ty
        $(, path { $($(#[$p_meta:meta])* $p_wire:literal => $p:ident: $p_type:ty,)* })?
        $(, query { $($(#[$q_meta:meta])* $q_wire:literal => $q:ident: $q_type:ty $(as $q_kind:ident)? $(, or $q_default:literal)?;)* })?
        $(, body { $($(#[$b_meta:meta])* $b_wire:literal => $b:ident: $b_type:ty $(, or $b_default:literal)?;)* })?
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $rust {
            $($($(#[$p_meta])* pub $p: $p_type,)*)?
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
                parameters: &[
                    $($(Parameter { location: Location::Path, field: field!($p_wire => $p: $p_type) },)*)?
                    $($(Parameter { location: Location::Query, field: field!($q_wire => $q: $q_type $(as $q_kind)? $(, or $q_default)?) },)*)?
                ],
                body: &[$($(field!($b_wire => $b: $b_type $(, or $b_default)?),)*)?],
                output: <$output as Wire>::KIND,
            };

            fn each_argument<'a>(&'a self, visit: &mut dyn FnMut(Location, &'static str, Argument<'a>)) {
                let _ = &visit;
                $($(if let Some(value) = self.$p.argument() { visit(Location::Path, $p_wire, value); })*)?
                $($(if let Some(value) = self.$q.argument() { visit(Location::Query, $q_wire, value); })*)?
                $($(if let Some(value) = self.$b.argument() { visit(Location::Body, $b_wire, value); })*)?
            }

            fn workspace(&self) -> Option<&IdOrCode> {
                workspace!($($($p)*)? => self)
            }
        }
    };
}

/// Every path of a workspace's operation begins with the workspace.
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

operation! {
    /// Lists the workspaces that the user has access to ("List workspaces").
    ListWorkspaces = GET "/workspaces" as "list_workspaces", Reads -> Vec<Workspace>
}

operation! {
    /// Lists the reports of a workspace ("List reports").
    ListReports = GET "/ws/{workspaceId}/reports" as "list_reports", Reads -> Vec<Report>,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
    },
    query {
        /// Only reports of the type with this code.
        "type" => report_type: Option<String>;
        /// How many to leave out.
        "offset" => offset: Option<i32>;
        /// How many at the most.
        "limit" => limit: Option<i32>;
    }
}

operation! {
    /// Lists the pages of a report ("List report pages").
    ListReportPages = GET "/ws/{workspaceId}/reports/{reportIdOrTypeCode}/pages" as "list_report_pages", Reads -> Vec<ReportPage>,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
        /// The report, or the type whose default report is meant.
        "reportIdOrTypeCode" => report: IdOrCode,
    }
}

operation! {
    /// Exports a report, with everything in the query ("Export synchronously (GET)").
    ExportReportByQuery = GET "/ws/{workspaceId}/reports/{reportIdOrTypeCode}/pdf" as "export_report_by_query", Renders -> Download,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
        /// The report, or the type whose default report is meant.
        "reportIdOrTypeCode" => report: IdOrCode,
    },
    query {
        /// Report parameters.
        "params" => params: Option<Json> as JsonText, or "{}";
        /// Inline data.
        "data" => data: Option<Json> as JsonText;
        /// Data that was uploaded before.
        "tempDataId" => temp_data_id: Option<i32>;
        /// Preferred language.
        "lang" => lang: Option<String>;
        /// Preferred time zone.
        "timezone" => timezone: Option<String>;
        /// Output format; PDF when left out.
        "format" => format: Option<DocumentFormat>, or "\"pdf\"";
        /// Whether to wrap the report and its attachments in a ZIP.
        "includeAttachments" => include_attachments: Option<bool>, or "false";
        /// Code or id of the template.
        "template" => template: Option<String>;
        /// Code or id of the theme.
        "theme" => theme: Option<String>;
    }
}

operation! {
    /// Exports a report, with its parameters in the body ("Export synchronously (POST)").
    ExportReport = POST "/ws/{workspaceId}/reports/{reportIdOrTypeCode}/pdf" as "export_report", Acts -> Download,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
        /// The report, or the type whose default report is meant.
        "reportIdOrTypeCode" => report: IdOrCode,
    },
    body {
        /// Report parameters.
        "params" => params: Option<Json>, or "{}";
        /// Inline data.
        "data" => data: Option<Json>;
        /// Preferred language.
        "lang" => lang: Option<String>;
        /// Preferred time zone.
        "timezone" => timezone: Option<String>;
        /// Output format; PDF when left out.
        "format" => format: Option<DocumentFormat>, or "\"pdf\"";
        /// Whether to wrap the report and its attachments in a ZIP.
        "includeAttachments" => include_attachments: Option<bool>, or "false";
        /// Code or id of the template.
        "template" => template: Option<String>;
        /// Code or id of the theme.
        "theme" => theme: Option<String>;
    }
}

operation! {
    /// Queues a report for generation ("Start an async export").
    StartExport = POST "/ws/{workspaceId}/reports/{reportIdOrTypeCode}/export" as "start_export", Acts -> StartedExport,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
        /// The report, or the type whose default report is meant.
        "reportIdOrTypeCode" => report: IdOrCode,
    },
    body {
        /// Report parameters.
        "params" => params: Option<Json>, or "{}";
        /// Inline data.
        "data" => data: Option<Json>;
        /// Preferred language.
        "lang" => lang: Option<String>;
        /// Preferred time zone.
        "timezone" => timezone: Option<String>;
        /// Output format; PDF when left out.
        "format" => format: Option<DocumentFormat>, or "\"pdf\"";
        /// Whether to wrap the report and its attachments in a ZIP.
        "includeAttachments" => include_attachments: Option<bool>, or "false";
        /// Ids of the pages to leave out.
        "excludePages" => exclude_pages: Option<Vec<i32>>, or "[]";
        /// Data that was uploaded before.
        "tempDataId" => temp_data_id: Option<i32>;
        /// Code or id of the template.
        "template" => template: Option<String>;
        /// Code or id of the theme.
        "theme" => theme: Option<String>;
    }
}

operation! {
    /// Asks how far an export is ("Check export status").
    GetExportStatus = GET "/ws/{workspaceId}/exports/{tempFileId}/status" as "get_export_status", Reads -> ExportStatus,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
        /// The file.
        "tempFileId" => temporary_file_id: i32,
    }
}

operation! {
    /// Downloads the file of a finished export ("Download exported file").
    DownloadExport = GET "/ws/{workspaceId}/exports/{tempFileId}/content" as "download_export", Reads -> Download,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
        /// The file.
        "tempFileId" => temporary_file_id: i32,
    }
}

operation! {
    /// Uploads data that later exports refer to ("Upload temporary data").
    CreateTemporaryData = POST "/ws/{workspaceId}/temporary-data" as "create_temporary_data", Acts -> TemporaryData,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
    },
    body {
        /// The data.
        "content" => content: Json;
        /// When the server may delete it.
        "expiryDate" => expiry_date: Option<DateTime<Utc>>;
    }
}

operation! {
    /// Lists the jobs of a workspace ("List jobs").
    ListJobs = GET "/ws/{workspaceId}/jobs" as "list_jobs", Reads -> Vec<Job>,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
    }
}

operation! {
    /// Starts a run of a job ("Start a job run").
    StartJobRun = POST "/ws/{workspaceId}/jobs/{jobIdOrCode}/runs" as "start_job_run", Acts -> StartedJobRun,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
        /// The job.
        "jobIdOrCode" => job: IdOrCode,
    },
    body {
        /// Job parameters.
        "params" => params: Option<Json>, or "{}";
        /// Inline data.
        "data" => data: Option<Json>;
    }
}

operation! {
    /// Asks how far a run is ("Get job run status").
    GetJobRunStatus = GET "/ws/{workspaceId}/jobs/{jobIdOrCode}/runs/{jobRunId}/status" as "get_job_run_status", Reads -> JobRunStatus,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
        /// The job.
        "jobIdOrCode" => job: IdOrCode,
        /// The run.
        "jobRunId" => job_run_id: i32,
    }
}

operation! {
    /// Has the server make one document of a run's entries ("Generate a review document").
    GenerateReviewDocument = POST "/ws/{workspaceId}/jobs/{jobIdOrCode}/runs/{jobRunId}/generate-review-document" as "generate_review_document", Acts -> StartedExport,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
        /// The job.
        "jobIdOrCode" => job: IdOrCode,
        /// The run.
        "jobRunId" => job_run_id: i32,
    }
}

operation! {
    /// Delivers a run's entries ("Deliver a job run"). Done twice, they are sent out twice.
    DeliverJobRun = POST "/ws/{workspaceId}/jobs/{jobIdOrCode}/runs/{jobRunId}/deliver" as "deliver_job_run", Acts -> (),
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
        /// The job.
        "jobIdOrCode" => job: IdOrCode,
        /// The run.
        "jobRunId" => job_run_id: i32,
    }
}

operation! {
    /// Lists the report types of a workspace ("List report types").
    ListReportTypes = GET "/ws/{workspaceId}/report-types" as "list_report_types", Reads -> Vec<ReportType>,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
    }
}

operation! {
    /// Lists the templates of a workspace ("List templates").
    ListTemplates = GET "/ws/{workspaceId}/templates" as "list_templates", Reads -> Vec<ReportTemplate>,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
    }
}

operation! {
    /// Lists the themes of a workspace ("List themes").
    ListThemes = GET "/ws/{workspaceId}/themes" as "list_themes", Reads -> Vec<Theme>,
    path {
        /// The workspace.
        "workspaceId" => workspace: IdOrCode,
    }
}

operation! {
    /// Makes a single-use nonce for an iframe ("Create a nonce token").
    CreateNonce = POST "/nonce-tokens" as "create_nonce", Acts -> Nonce
}

/// Every operation that this release knows, in the order of the documentation.
pub const ALL: &[&OperationSpec] = &[
    ListWorkspaces::SPEC,
    ListReports::SPEC,
    ListReportPages::SPEC,
    ExportReportByQuery::SPEC,
    ExportReport::SPEC,
    StartExport::SPEC,
    GetExportStatus::SPEC,
    DownloadExport::SPEC,
    CreateTemporaryData::SPEC,
    ListJobs::SPEC,
    StartJobRun::SPEC,
    GetJobRunStatus::SPEC,
    GenerateReviewDocument::SPEC,
    DeliverJobRun::SPEC,
    ListReportTypes::SPEC,
    ListTemplates::SPEC,
    ListThemes::SPEC,
    CreateNonce::SPEC,
];
