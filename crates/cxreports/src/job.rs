//! Jobs: runs, review and delivery.

use std::{sync::Arc, time::Duration};

use cxreports_core::{
    IdOrCode, JobRunId, Payload, Supports,
    model::{Job, JobRunStatus},
    op,
};
use futures_util::future::BoxFuture;
use serde::Serialize;

use crate::{
    data::{Input, Resolved},
    error::Error,
    export::started::Export,
    ticket::{Ticket, Work},
    transport::{
        connection::Connection,
        looks::LookBudget,
        pace::{Pace, Timing},
    },
    wait::{Awaited, Wait, sealed::Steps},
};

/// A job of a workspace ("Jobs").
#[derive(Debug)]
pub struct JobHandle<P> {
    connection: Connection<P>,
    named: Result<(IdOrCode, IdOrCode), Error>,
}

impl<P> JobHandle<P> {
    pub(crate) fn new(connection: Connection<P>, named: Result<(IdOrCode, IdOrCode), Error>) -> Self {
        Self { connection, named }
    }

    /// Returns a builder for a run of the job.
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").workspace("finance").build().unwrap();
    /// let run = cx.job("monthly-invoices").run().params(&[("month", "2026-10")]).start().await?;
    /// let status = run.wait().await?;
    /// assert_eq!((status.entries, status.status.review), (3, 3));
    ///
    /// let document = run.review_document().await?.wait().await?.bytes().await?;
    /// # assert!(document.starts_with(b"%PDF"));
    /// // Somebody reads it, and then:
    /// run.deliver().await?;
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    pub fn run(self) -> RunRequest<P> {
        RunRequest { connection: self.connection, named: self.named, input: Input::new() }
    }

    /// Returns a run that was started before, by its id.
    ///
    /// # Errors
    ///
    /// [`Error::NoWorkspace`]; [`Error::InvalidIdOrCode`].
    pub fn started(self, run: impl Into<JobRunId>) -> Result<JobRun<P>, Error> {
        Ok(JobRun::new(self.connection, self.named?, run.into()))
    }
}

/// Builder for a run of a job ("Start a job run").
#[derive(Debug)]
#[must_use = "nothing is sent until start()"]
pub struct RunRequest<P> {
    connection: Connection<P>,
    named: Result<(IdOrCode, IdOrCode), Error>,
    input: Input<P>,
}

impl<P> RunRequest<P> {
    /// Sets the parameters of the job. The API takes an object; a list of pairs is
    /// sent as one.
    pub fn params<T: Serialize + ?Sized>(mut self, params: &T) -> Self {
        self.input.set_params(params);
        self
    }

    /// Sets the data of the job: a value, which is serialised while it is sent, or another [`Payload`].
    pub fn data(mut self, data: impl Into<Payload>) -> Self {
        self.input.set_inline_data(data.into());
        self
    }

    /// Starts the run. It is not sent again when its response is lost: the run may have been started.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with 404 when there is no such job; [`Error::NotJson`];
    /// [`Error::NoWorkspace`]; [`Error::InvalidIdOrCode`].
    pub async fn start(self) -> Result<JobRun<P>, Error>
    where
        P: Supports<op::StartJobRun>,
    {
        let (workspace, job) = self.named?;
        let Resolved { params, data, .. } = self.input.resolve(&self.connection, &workspace, usize::MAX).await?;
        let start = op::StartJobRun { workspace: workspace.clone(), job: job.clone(), params, data };
        let started = self.connection.call(start).await?;
        Ok(JobRun::new(self.connection, (workspace, job), started.job_run_id))
    }
}

/// A run of a job.
#[derive(Debug)]
pub struct JobRun<P> {
    connection: Connection<P>,
    workspace: IdOrCode,
    job: IdOrCode,
    run: JobRunId,
    timing: Timing,
}

impl<P> JobRun<P> {
    fn new(connection: Connection<P>, (workspace, job): (IdOrCode, IdOrCode), run: JobRunId) -> Self {
        Self { connection, workspace, job, run, timing: Timing::starting(None) }
    }

    pub(crate) fn resume(connection: Connection<P>, ticket: &Ticket) -> Result<Self, Error> {
        let workspace = connection.accept(ticket)?;
        match &ticket.work {
            Work::JobRun { job, job_run_id } => Ok(Self::new(connection, (workspace, job.parse()?), *job_run_id)),
            Work::Export { .. } => Err(ticket.is_not_for("a job run").into()),
        }
    }

    /// Returns its job, by the id or code that it was named by.
    #[must_use]
    pub fn job(&self) -> &str {
        self.job.as_str()
    }

    /// Returns its id.
    #[must_use]
    pub fn id(&self) -> JobRunId {
        self.run
    }

    /// Returns the ticket by which another process can continue with the run.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        let work = Work::JobRun { job: self.job.to_string(), job_run_id: self.run };
        Ticket::new(self.connection.url(), &self.workspace, work)
    }

    /// Returns the status ("Get job run status").
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").workspace("finance").build().unwrap();
    /// let run = cx.job("monthly-invoices").run().start().await?;
    /// let counts = run.status().await?.status;
    /// println!("{} queued, {} failed", counts.queued, counts.errors);
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with 404 when there is no such run.
    pub async fn status(&self) -> Result<JobRunStatus, Error>
    where
        P: Supports<op::GetJobRunStatus>,
    {
        self.connection.call(self.look()).await
    }

    /// Waits until every entry has been completed, has failed, or awaits review: `.await` the [`Wait`].
    pub fn wait(&self) -> Wait<Self>
    where
        P: Supports<op::GetJobRunStatus>,
    {
        // No `Clone` for everybody: a run is delivered once.
        let Self { connection, workspace, job, run, timing } = self;
        let (workspace, job) = (workspace.clone(), job.clone());
        Wait::new(Self { connection: connection.clone(), workspace, job, run: *run, timing: timing.clone() })
    }

    /// Starts an export of one document with all entries, for a person to review ("Generate a review document").
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with 404 when there is no such run.
    pub async fn review_document(&self) -> Result<Export<P>, Error>
    where
        P: Supports<op::GenerateReviewDocument>,
    {
        let Self { connection, workspace, job, run, .. } = self;
        let generate = op::GenerateReviewDocument { workspace: workspace.clone(), job: job.clone(), job_run_id: *run };
        let started = connection.call(generate).await?;
        Ok(Export::starting(
            connection.clone(),
            workspace.clone(),
            started.temporary_file_id,
            format!("review-{run}.pdf"),
        ))
    }

    /// Delivers the documents to their recipients ("Deliver a job run"). Delivered twice, everybody gets everything twice, so the
    /// request is never repeated: after [`CallError::Connection`](crate::CallError::Connection) with `maybe_sent`, or
    /// [`TimedOut`](crate::CallError::TimedOut), check on the instance whether they were delivered.
    ///
    /// # Errors
    ///
    /// [`Error::ReviewNotRequired`] and [`Error::NoSuchJob`], before anything is sent; [`Error::Call`].
    pub async fn deliver(self) -> Result<(), Error>
    where
        P: Supports<op::DeliverJobRun> + Supports<op::ListJobs>,
    {
        let Self { connection, workspace, job, run, .. } = self;
        let jobs = connection.call(op::ListJobs { workspace: workspace.clone() }).await?;
        let by_id = |known: &&Job| known.id.to_string() == job.as_str();
        let by_code = |known: &&Job| known.code.as_ref().is_some_and(|code| same_code(code, job.as_str()));
        let known = jobs.iter().find(by_code).or_else(|| jobs.iter().find(by_id));
        // An instance that does not say whether a review is required decides by itself.
        if known.ok_or_else(|| Error::NoSuchJob(job.to_string()))?.review_required == Some(false) {
            return Err(Error::ReviewNotRequired(job.to_string()));
        }
        connection.call(op::DeliverJobRun { workspace, job, job_run_id: run }).await
    }

    fn look(&self) -> op::GetJobRunStatus {
        op::GetJobRunStatus { workspace: self.workspace.clone(), job: self.job.clone(), job_run_id: self.run }
    }
}

impl<P> Awaited for JobRun<P>
where
    P: Supports<op::GetJobRunStatus>,
{
    type Status = JobRunStatus;
    type Done = JobRunStatus;
}

impl<P> Steps<JobRunStatus, JobRunStatus> for JobRun<P>
where
    P: Supports<op::GetJobRunStatus>,
{
    fn look(&self) -> BoxFuture<'static, (Result<JobRunStatus, Error>, Option<Duration>)> {
        let (connection, look) = (self.connection.clone(), self.look());
        Box::pin(async move { connection.call_once(look).await })
    }

    /// Whether nothing more happens without a person. Whether an instance calls a run that awaits review finished is
    /// unsettled, so the counts decide, too.
    fn has_settled(status: &JobRunStatus) -> bool {
        let counts = &status.status;
        let handled = counts.review.saturating_add(counts.completed).saturating_add(counts.errors);
        status.finished || (status.entries > 0 && counts.queued == 0 && handled >= status.entries)
    }

    fn finish(self, status: JobRunStatus) -> Result<JobRunStatus, Error> {
        Ok(status)
    }

    fn ticket(&self) -> Ticket {
        self.ticket()
    }

    fn timing(&self) -> &Timing {
        &self.timing
    }

    fn pace(&self) -> Arc<Pace> {
        Arc::clone(self.connection.pace())
    }

    fn looks(&self) -> Arc<LookBudget> {
        Arc::clone(self.connection.looks())
    }
}

/// Codes are names, and ASP.NET servers compare names without regard to case.
fn same_code(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
