use cxreports_core::{CallError, FileId, IdOrCode, InvalidIdOrCode, JobRunId};
use serde::{Deserialize, Serialize};
use url::Url;

/// What another process needs to continue with an export or a job run: to wait for it and to fetch its result. It contains no
/// secret; whoever uses it needs a token.
///
/// It is serialised as JSON with a version, so that later releases can read it.
///
/// ```
/// # use cxreports_sim::{Edition, Instance};
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
/// # let cx = cxreports::Client::builder(&instance.url()).token("t").workspace("finance").build().unwrap();
/// let text = serde_json::to_string(&cx.report("invoice").export().start().await?.ticket())?;
///
/// // Later, in another process:
/// let ticket: cxreports::Ticket = serde_json::from_str(&text)?;
/// let pdf = cx.resume_export(&ticket)?.wait().await?.bytes().await?;
/// assert!(pdf.starts_with(b"%PDF"));
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    version: Version,
    /// Base URL of the instance; it has no user, password or query.
    pub(crate) instance: Url,
    pub(crate) workspace: String,
    #[serde(flatten)]
    pub(crate) work: Work,
}

/// The work that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Work {
    #[serde(rename_all = "camelCase")]
    Export {
        temporary_file_id: FileId,
        /// The name to save the file under when the server gives none.
        fallback_name: String,
        /// When it was started, and how long it is expected to take.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timing: Option<TicketTiming>,
    },
    #[serde(rename_all = "camelCase")]
    JobRun { job: String, job_run_id: JobRunId },
}

/// When an export was started, and how long it is expected to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TicketTiming {
    /// In milliseconds since 1970.
    pub(crate) started_ms: i64,
    /// The earliest and the latest time since then, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected_ms: Option<(u64, u64)>,
    /// The same of those that are ready long before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sooner_ms: Option<(u64, u64)>,
}

/// The version of a ticket's format. A ticket of an unknown version is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
struct Version;

impl Version {
    const NUMBER: u32 = 1;
}

impl From<Version> for u32 {
    fn from(_: Version) -> Self {
        Version::NUMBER
    }
}

impl TryFrom<u32> for Version {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        if number == Self::NUMBER {
            return Ok(Self);
        }
        Err(format!("a ticket of version {number}; this release reads version {}", Self::NUMBER))
    }
}

impl Ticket {
    pub(crate) fn new(instance: &Url, workspace: &IdOrCode, work: Work) -> Self {
        Self { version: Version, instance: instance.clone(), workspace: workspace.to_string(), work }
    }

    /// Returns the base URL of its instance.
    #[must_use]
    pub fn instance(&self) -> &str {
        self.instance.as_str()
    }

    /// Returns the workspace, by the id or code that it was named by.
    #[must_use]
    pub fn workspace(&self) -> &str {
        &self.workspace
    }

    /// Returns the id of the file, for a ticket of an export.
    #[must_use]
    pub fn file_id(&self) -> Option<FileId> {
        match self.work {
            Work::Export { temporary_file_id, .. } => Some(temporary_file_id),
            Work::JobRun { .. } => None,
        }
    }

    /// Returns the job and the id of the run, for a ticket of a job run.
    #[must_use]
    pub fn job_run(&self) -> Option<(&str, JobRunId)> {
        match &self.work {
            Work::JobRun { job, job_run_id } => Some((job, *job_run_id)),
            Work::Export { .. } => None,
        }
    }

    /// Whether it is for the instance at `url`.
    pub(crate) fn is_of(&self, url: &Url) -> bool {
        let (own, path) = (&self.instance, url.path().trim_end_matches('/'));
        own.origin() == url.origin() && own.path().trim_end_matches('/') == path
    }

    pub(crate) fn workspace_id(&self) -> Result<IdOrCode, InvalidIdOrCode> {
        self.workspace.parse()
    }

    /// The error of a ticket that is used for something else.
    pub(crate) fn is_not_for(&self, what: &'static str) -> CallError {
        let other = match self.work {
            Work::Export { .. } => "an export",
            Work::JobRun { .. } => "a job run",
        };
        CallError::InvalidArgument(format!("the ticket is for {other}, not for {what}"))
    }
}
