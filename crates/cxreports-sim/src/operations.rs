//! Which handler each operation of the contract has.

use cxreports_core::op;

use crate::{
    call::{Call, Outcome},
    endpoint::Endpoint,
    export, job, preview, read, upload,
};

/// Handles a request that has been let in and bound.
pub(crate) type Handler = fn(&mut Call<'_>) -> Outcome;

/// An operation is added with a line here.
const HANDLERS: &[(Endpoint, Handler)] = &[
    (Endpoint::of::<op::ListWorkspaces>(), read::workspaces),
    (Endpoint::of::<op::ListReports>(), read::reports),
    (Endpoint::of::<op::ListReportPages>(), read::pages),
    (Endpoint::of::<op::ExportReportByQuery>(), export::now),
    (Endpoint::of::<op::ExportReport>(), export::now),
    (Endpoint::of::<op::StartExport>(), export::start),
    (Endpoint::of::<op::GetExportStatus>(), export::status),
    (Endpoint::of::<op::DownloadExport>(), export::content),
    (Endpoint::of::<op::CreateTemporaryData>(), upload::create),
    (Endpoint::of::<op::ListJobs>(), read::jobs),
    (Endpoint::of::<op::StartJobRun>(), job::start),
    (Endpoint::of::<op::GetJobRunStatus>(), job::status),
    (Endpoint::of::<op::GenerateReviewDocument>(), job::review_document),
    (Endpoint::of::<op::DeliverJobRun>(), job::deliver),
    (Endpoint::of::<op::ListReportTypes>(), read::report_types),
    (Endpoint::of::<op::ListTemplates>(), read::templates),
    (Endpoint::of::<op::ListThemes>(), read::themes),
    (Endpoint::of::<op::CreateNonce>(), preview::create_nonce),
    (Endpoint::PREVIEW, preview::page),
];

/// The handler of an endpoint; `None` for an operation that the simulator does not know yet.
pub(crate) fn handler(endpoint: Endpoint) -> Option<Handler> {
    HANDLERS.iter().find(|(known, _)| *known == endpoint).map(|(_, handler)| *handler)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_has_one_handler() {
        for endpoint in Endpoint::all() {
            assert_eq!(HANDLERS.iter().filter(|(known, _)| *known == endpoint).count(), 1, "{endpoint}");
        }
        assert_eq!(HANDLERS.len(), Endpoint::all().count());
    }
}
