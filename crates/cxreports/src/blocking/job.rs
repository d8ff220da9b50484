use std::future::IntoFuture;

use cxreports_core::{JobRunId, Payload, Supports, model::JobRunStatus, op};
use serde::Serialize;

use crate::{
    blocking::{
        driver::Blocking,
        export::Export,
        macros::{calls, handles, setters},
        wait::Wait,
    },
    error::Error,
    job,
    ticket::Ticket,
};

/// See [`crate::JobHandle`].
pub type JobHandle<P> = Blocking<job::JobHandle<P>>;
/// See [`crate::RunRequest`].
pub type RunRequest<P> = Blocking<job::RunRequest<P>>;
/// See [`crate::JobRun`].
pub type JobRun<P> = Blocking<job::JobRun<P>>;

impl<P> JobHandle<P> {
    handles! { crate::JobHandle { run(self) -> RunRequest<P> } }

    /// See [`started`](crate::JobHandle::started).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn started(self, run: impl Into<JobRunId>) -> Result<JobRun<P>, Error> {
        let Self { inner, runtime } = self;
        Ok(Blocking { inner: inner.started(run)?, runtime })
    }
}

impl<P> RunRequest<P> {
    setters! { crate::RunRequest {
        params(params: &(impl Serialize + ?Sized))
        data(data: impl Into<Payload>)
    }}
    calls! { crate::RunRequest { start(self) => JobRun<P> where StartJobRun; } }
}

impl<P> JobRun<P> {
    /// See [`job`](crate::JobRun::job).
    #[must_use]
    pub fn job(&self) -> &str {
        self.inner.job()
    }

    /// See [`id`](crate::JobRun::id).
    #[must_use]
    pub fn id(&self) -> JobRunId {
        self.inner.id()
    }

    /// See [`ticket`](crate::JobRun::ticket).
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        self.inner.ticket()
    }

    /// See [`review_document`](crate::JobRun::review_document).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn review_document(&self) -> Result<Export<P>, Error>
    where
        P: Supports<op::GenerateReviewDocument>,
    {
        Ok(self.with(self.block(self.inner.review_document())?))
    }

    calls! { crate::JobRun { status(&self) -> JobRunStatus where GetJobRunStatus; } }
    calls! { crate::JobRun { deliver(self) -> () where DeliverJobRun ListJobs; } }
}

impl<P> JobRun<P>
where
    P: Supports<op::GetJobRunStatus>,
{
    handles! { crate::JobRun { wait() -> Wait<job::JobRun<P>> } }
}

impl<P> Wait<job::JobRun<P>>
where
    P: Supports<op::GetJobRunStatus>,
{
    /// Waits for it.
    ///
    /// # Errors
    ///
    /// As awaiting [`crate::Wait`], and [`Error::InsideRuntime`].
    pub fn get(self) -> Result<JobRunStatus, Error> {
        let Self { inner, runtime } = self;
        runtime.run(inner.into_future())?
    }
}
