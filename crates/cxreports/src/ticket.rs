use cxreports_core::{CallError, IdOrCode};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Error, pace::Told};

/// What another process needs to go on with an export or a job run: to wait for it, and to take what came of it. It has no
/// secret in it; whoever uses it needs a token of their own.
///
/// As JSON it keeps its meaning between releases: it carries the version of its form.
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

/// What is being done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Work {
    #[serde(rename_all = "camelCase")]
    Export {
        temporary_file_id: i32,
        /// The name to save the file under when the server gives none.
        fallback_name: String,
        /// When it was started, and how long it is expected to take.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timing: Option<Told>,
    },
    #[serde(rename_all = "camelCase")]
    JobRun { job: String, job_run_id: i32 },
}

/// The form of a ticket. One that this release does not know is refused as a whole.
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

    /// Base URL of the instance that it is for.
    #[must_use]
    pub fn instance(&self) -> &str {
        self.instance.as_str()
    }

    /// The workspace, as it was named.
    #[must_use]
    pub fn workspace(&self) -> &str {
        &self.workspace
    }

    /// Id of the file to be, if it is a ticket for an export.
    #[must_use]
    pub fn file_id(&self) -> Option<i32> {
        match self.work {
            Work::Export { temporary_file_id, .. } => Some(temporary_file_id),
            Work::JobRun { .. } => None,
        }
    }

    /// The job and the id of the run, if it is a ticket for a job run.
    #[must_use]
    pub fn job_run(&self) -> Option<(&str, i32)> {
        match &self.work {
            Work::JobRun { job, job_run_id } => Some((job, *job_run_id)),
            Work::Export { .. } => None,
        }
    }

    /// The workspace, for a client of the instance at `url`.
    pub(crate) fn accept(&self, url: &Url) -> Result<IdOrCode, Error> {
        let same = |one: &Url, other: &Url| {
            one.origin() == other.origin() && one.path().trim_end_matches('/') == other.path().trim_end_matches('/')
        };
        if !same(&self.instance, url) {
            return Err(Error::OtherInstance { ticket: self.instance.to_string(), client: url.to_string() });
        }
        Ok(self.workspace.parse::<IdOrCode>()?)
    }

    pub(crate) fn is_for(&self, what: &'static str) -> Error {
        let other = match self.work {
            Work::Export { .. } => "an export",
            Work::JobRun { .. } => "a job run",
        };
        CallError::InvalidArgument(format!("the ticket is for {other}, not for {what}")).into()
    }
}
