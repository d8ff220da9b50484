//! Whether a call that failed may be sent again: pure decisions, no clock.

use std::time::Duration;

use crate::{
    error::ErrorClass,
    shape::{Effect, OperationSpec},
};

/// How often, and how long apart, a call is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How many times at the most, after the first.
    pub retries: u32,
    /// Time before the first retry; each further one waits twice as long.
    pub first: Duration,
    /// The longest wait that is accepted, also from a server that asks for one.
    pub cap: Duration,
    /// Whether a POST that may have reached the server is sent again, too: what it does may then be done twice. A delivery
    /// never is.
    pub repeat_posts: bool,
}

impl Default for RetryPolicy {
    /// Two retries, the first after 0.2 s, none after more than 30 s.
    fn default() -> Self {
        Self { retries: 2, first: Duration::from_millis(200), cap: Duration::from_secs(30), repeat_posts: false }
    }
}

impl RetryPolicy {
    /// No retries.
    pub const NEVER: Self = Self { retries: 0, first: Duration::ZERO, cap: Duration::ZERO, repeat_posts: false };

    /// How long to wait before the operation is sent again after its `attempt`-th failure (from 1), which is of a `class` and
    /// may have come with a time that the server asks to wait; `None` when it must not be sent again. `random` is a
    /// number from 0 up to 1.
    ///
    /// Only what is safe to repeat is: an operation that only reads; or one that has certainly not reached the server, or
    /// that the server has turned away unread (429). A report that was not rendered in time is not rendered once more.
    #[must_use]
    pub fn after(
        &self,
        operation: &OperationSpec,
        (class, retry_after): (ErrorClass, Option<Duration>),
        attempt: u32,
        random: f64,
    ) -> Option<Duration> {
        let may_repeat = match (class, operation.effect) {
            (_, Effect::Delivers) | (ErrorClass::ServerFault | ErrorClass::Permanent, _) => false,
            (ErrorClass::NotProcessed, _)
            | (ErrorClass::Interrupted, Effect::Reads | Effect::Renders)
            | (ErrorClass::TimedOut, Effect::Reads) => true,
            (ErrorClass::Interrupted, Effect::Acts) | (ErrorClass::TimedOut, Effect::Renders | Effect::Acts) => {
                self.repeat_posts
            }
        };
        if attempt > self.retries || !may_repeat {
            return None;
        }
        Some(self.wait(attempt, random).max(retry_after.unwrap_or_default())).filter(|wait| *wait <= self.cap)
    }

    /// The wait after the `attempt`-th failure (from 1), when the server asks for none.
    #[must_use]
    pub fn wait(&self, attempt: u32, random: f64) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
        doubled.min(self.cap).mul_f64(1.0 - 0.5 * random.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error::CallError, message::ServerMessage, op, supports::Operation};
    use http::StatusCode;

    fn status(code: u16, retry_after: Option<u64>) -> CallError {
        CallError::Status {
            operation: "x",
            status: StatusCode::from_u16(code).unwrap(),
            message: ServerMessage::default(),
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    fn connection(maybe_sent: bool) -> CallError {
        CallError::Connection { operation: "x", maybe_sent, source: "lost".into() }
    }

    #[test]
    fn only_what_is_safe_is_repeated() {
        let reads = op::ListReports::SPEC;
        let acts = op::StartExport::SPEC;
        let table = [
            (connection(false), Some(200), Some(200)),
            (connection(true), Some(200), None),
            (CallError::Body { operation: "x", source: "cut".into() }, Some(200), None),
            (CallError::TimedOut { operation: "x", after: Duration::ZERO }, Some(200), None),
            (status(429, None), Some(200), Some(200)),
            (status(429, Some(3)), Some(3_000), Some(3_000)),
            (status(429, Some(31)), None, None),
            (status(408, None), Some(200), None),
            (status(502, None), Some(200), None),
            (status(503, Some(1)), Some(1_000), None),
            (status(500, None), None, None),
            (status(401, None), None, None),
            (CallError::InvalidArgument(String::new()), None, None),
        ];
        let policy = RetryPolicy::default();
        for (error, read, act) in table {
            let failure = (error.class(), error.retry_after());
            let millis = |operation| policy.after(operation, failure, 1, 0.0).map(|wait| wait.as_millis());
            assert_eq!((millis(reads), millis(acts)), (read, act), "{error}");
        }
    }

    #[test]
    fn what_takes_too_long_to_render_is_not_rendered_again() {
        let policy = RetryPolicy::default();
        let after = |operation, class| policy.after(operation, (class, None), 1, 0.0).is_some();
        assert!(!after(op::ExportReportByQuery::SPEC, ErrorClass::TimedOut));
        assert!(after(op::ExportReportByQuery::SPEC, ErrorClass::Interrupted));
        assert!(after(op::DownloadExport::SPEC, ErrorClass::TimedOut));
    }

    #[test]
    fn posts_are_repeated_when_the_caller_says_so() {
        let policy = RetryPolicy { repeat_posts: true, ..RetryPolicy::default() };
        assert!(policy.after(op::StartExport::SPEC, (ErrorClass::Interrupted, None), 1, 0.0).is_some());
        assert!(policy.after(op::StartExport::SPEC, (ErrorClass::ServerFault, None), 1, 0.0).is_none());
    }

    #[test]
    fn a_delivery_is_never_repeated() {
        let policy = RetryPolicy { repeat_posts: true, ..RetryPolicy::default() };
        for class in [ErrorClass::NotProcessed, ErrorClass::Interrupted, ErrorClass::TimedOut, ErrorClass::ServerFault]
        {
            assert!(policy.after(op::DeliverJobRun::SPEC, (class, None), 1, 0.0).is_none(), "{class:?}");
        }
    }

    #[test]
    fn waits_double_and_retries_end() {
        let policy = RetryPolicy { retries: 3, ..RetryPolicy::default() };
        let lost = (ErrorClass::Interrupted, None);
        let wait = |attempt, random| policy.after(op::ListReports::SPEC, lost, attempt, random);
        assert_eq!(wait(2, 0.0), Some(Duration::from_millis(400)));
        assert_eq!(wait(3, 1.0), Some(Duration::from_millis(400)));
        assert_eq!(wait(4, 0.0), None);
        assert_eq!(RetryPolicy::NEVER.after(op::ListReports::SPEC, (ErrorClass::NotProcessed, None), 1, 0.0), None);
    }
}
