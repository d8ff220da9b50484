//! Waiting for exports and job runs: `cxreports_core::poll` decides, this keeps the time.

use std::{fmt, future::IntoFuture, pin::Pin, sync::Arc, time::Duration};

use cxreports_core::{
    ErrorClass,
    poll::{Clock, Look, Next, PollPolicy, PollState},
};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    error::Error,
    transport::{looks::LookBudget, pace::Pace},
};

/// A deadline that is never reached, for durations that overflow the clock.
const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Something that runs on the instance and can be waited for: an [`Export`](crate::Export) or a [`JobRun`](crate::JobRun).
///
/// This trait is sealed: nothing else implements it.
pub trait Awaited: sealed::Steps<Self::Status, Self::Done> + Send + Sized + 'static {
    /// What a status request returns.
    type Status: Send + 'static;
    /// What the wait returns.
    type Done;
}

pub(crate) mod sealed {
    use std::{sync::Arc, time::Duration};

    use futures_util::future::BoxFuture;

    use crate::{
        error::Error,
        ticket::Ticket,
        transport::{
            looks::LookBudget,
            pace::{Pace, Timing},
        },
    };

    /// The steps of a wait.
    pub trait Steps<Status, Done> {
        /// Requests the status once; the server may say when to request it again.
        fn look(&self) -> BoxFuture<'static, (Result<Status, Error>, Option<Duration>)>;
        /// Whether the status is final.
        fn has_settled(status: &Status) -> bool;
        /// The result, from a final status.
        fn finish(self, status: Status) -> Result<Done, Error>;
        /// Whether it ended well, so that its duration is worth remembering.
        fn is_ready(_: &Status) -> bool {
            false
        }
        fn ticket(&self) -> Ticket;
        fn timing(&self) -> &Timing;
        fn pace(&self) -> Arc<Pace>;
        fn looks(&self) -> Arc<LookBudget>;
    }
}

/// Builder for a wait: `.await` it. One deadline holds for the whole wait: [`within`](Self::within).
///
/// Status requests that fail in a way that may pass (a lost connection, a time-out, 408, 429, 5xx, an unreadable response) are
/// repeated, up to a [number in a row](PollPolicy::transient_failures), and `Retry-After` is honoured, also of a status. Any other failure, such
/// as 401, 403 or 404, ends the wait at once. Dropping the future stops the wait, and nothing on the server.
#[must_use = "nothing is waited for until it is awaited"]
pub struct Wait<W: Awaited> {
    awaited: W,
    within: Duration,
    policy: PollPolicy,
    on_status: Option<OnStatus<W::Status>>,
}

type OnStatus<S> = Arc<dyn Fn(&S) + Send + Sync>;

impl<W: Awaited> Wait<W> {
    pub(crate) fn new(awaited: W) -> Self {
        Self { awaited, within: Duration::from_secs(15 * 60), policy: PollPolicy::default(), on_status: None }
    }

    /// Sets the longest time for the whole wait. Defaults to 15 minutes.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    /// Sets how often the status is requested, and how many failures in a row are tolerated.
    pub fn policy(mut self, policy: PollPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Calls a function with each status that is received.
    pub fn on_status(mut self, tell: impl Fn(&W::Status) + Send + Sync + 'static) -> Self {
        self.on_status = Some(Arc::new(tell));
        self
    }

    /// Returns the statuses as a stream that ends with the final one.
    ///
    /// # Errors
    ///
    /// The last item may be [`Error::WaitTimedOut`], [`Error::WaitBroken`] or [`Error::Expired`].
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").workspace("finance").build().unwrap();
    /// use futures_util::TryStreamExt as _;
    ///
    /// let export = cx.report("invoice").export().start().await?;
    /// let mut statuses = std::pin::pin!(export.clone().wait().statuses());
    /// while let Some(status) = statuses.try_next().await? {
    ///     println!("{:?}", status.status);
    /// }
    /// let pdf = export.ready().await?.bytes().await?;
    /// # assert!(pdf.starts_with(b"%PDF"));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    pub fn statuses(self) -> impl Stream<Item = Result<W::Status, Error>> + Send {
        let waiting = stream::unfold(Some(Waiting::begin(self)), |waiting| async move {
            let mut waiting = waiting?;
            Some(match waiting.next_look().await {
                Ok(status) if W::has_settled(&status) => (Ok(status), None),
                Ok(status) => (Ok(status), Some(waiting)),
                Err(error) => (Err(error), None),
            })
        });
        waiting.fuse()
    }
}

impl<W: Awaited> IntoFuture for Wait<W> {
    type Output = Result<W::Done, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let mut waiting = Waiting::begin(self);
        Box::pin(async move {
            loop {
                let status = waiting.next_look().await?;
                if W::has_settled(&status) {
                    return waiting.wait.awaited.finish(status);
                }
            }
        })
    }
}

impl<W: Awaited> fmt::Debug for Wait<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("ticket", &self.awaited.ticket())
            .field("within", &self.within)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// A wait in progress.
struct Waiting<W: Awaited> {
    wait: Wait<W>,
    pace: Arc<Pace>,
    looks: Arc<LookBudget>,
    deadline: Instant,
    state: PollState,
    pause: Duration,
    seen: Seen,
}

/// What the status requests have shown so far.
struct Seen {
    /// The time since the start at which the wait began.
    began: Duration,
    /// The last time, since the start, at which it was still pending.
    pending: Option<Duration>,
    any: bool,
}

impl<W: Awaited> Waiting<W> {
    fn begin(wait: Wait<W>) -> Self {
        let now = Instant::now();
        let deadline = now.checked_add(wait.within).unwrap_or(now + FAR);
        let (pace, looks) = (wait.awaited.pace(), wait.awaited.looks());
        let seen = Seen { began: wait.awaited.timing().since.elapsed(), pending: None, any: false };
        let state = PollState::new(wait.awaited.timing().expected(&pace));
        let mut waiting = Self { wait, pace, looks, deadline, state, pause: Duration::ZERO, seen };
        waiting.pause = waiting.state.first(&waiting.wait.policy, waiting.clock(), fastrand::f64());
        waiting
    }

    /// Waits for the next status.
    async fn next_look(&mut self) -> Result<W::Status, Error> {
        loop {
            sleep(self.pause).await;
            if std::mem::replace(&mut self.seen.any, true) {
                let turn = timeout(self.clock().until_last_look(), self.looks.turn()).await;
                if turn.is_err() {
                    // The last look is made without a turn.
                    self.state.end_after_next_look();
                }
            }
            let sent = self.clock();
            let Ok((outcome, retry_after)) = timeout(sent.remaining, self.wait.awaited.look()).await else {
                return Err(self.timed_out(None));
            };
            let look = match &outcome {
                Ok(status) if W::has_settled(status) => Look::Settled,
                Ok(_) => Look::Pending { retry_after },
                Err(error) => failed_look(error),
            };
            match self.state.after(&self.wait.policy, look, self.clock(), fastrand::f64()) {
                Next::Stop | Next::TooManyFailures => {
                    self.learn(outcome.as_ref().ok(), sent);
                    return outcome.inspect(|status| self.tell(status)).map_err(|error| self.broken(error));
                }
                Next::TimedOut => return Err(self.timed_out(outcome.err())),
                Next::LookAfter(pause) => self.pause = pause,
            }
            if let Ok(status) = outcome {
                self.seen.pending = Some(sent.elapsed);
                self.tell(&status);
                return Ok(status);
            }
        }
    }

    /// Remembers how long it took, unless it may have been ready long before the only status request, which was `sent` then.
    fn learn(&self, status: Option<&W::Status>, sent: Clock) {
        /// A wait that begins later than this shows nothing by its first look.
        const AT_ONCE: Duration = Duration::from_millis(100);
        let is_known = self.seen.pending.is_some() || self.seen.began < AT_ONCE;
        if let (Some(kind), true) = (&self.wait.awaited.timing().kind, is_known && status.is_some_and(W::is_ready)) {
            self.pace.record(kind, self.seen.pending, sent.elapsed);
        }
    }

    fn tell(&self, status: &W::Status) {
        if let Some(tell) = &self.wait.on_status {
            tell(status);
        }
    }

    fn clock(&self) -> Clock {
        Clock {
            elapsed: self.wait.awaited.timing().since.elapsed(),
            remaining: self.deadline.saturating_duration_since(Instant::now()),
        }
    }

    fn timed_out(&self, last: Option<Error>) -> Error {
        let (ticket, after) = (Box::new(self.wait.awaited.ticket()), self.wait.within);
        Error::WaitTimedOut { ticket, after, source: last.map(Box::new) }
    }

    fn broken(&self, error: Error) -> Error {
        match error {
            Error::Expired { .. } => error,
            error => Error::WaitBroken { ticket: Box::new(self.wait.awaited.ticket()), source: Box::new(error) },
        }
    }
}

/// Whether a failed status request is repeated. It changes nothing on the server, so every failure but a permanent one is.
fn failed_look(error: &Error) -> Look {
    match error.class() {
        ErrorClass::Permanent => Look::Fatal,
        _ => Look::Transient { retry_after: error.retry_after() },
    }
}
