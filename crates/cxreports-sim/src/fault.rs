//! What goes wrong between a client and an instance, on request.

use std::{convert::Infallible, fmt, str::FromStr};

use axum::{
    body::{Body, Bytes, HttpBody as _},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures_util::{Stream, StreamExt as _, stream};
use thiserror::Error;

use crate::{Endpoint, answer::Problem};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed before the request is acted on.
    DropBefore,
    /// The request is acted on, and the connection closed without an answer.
    DropAfter,
    /// The answer breaks off in its middle.
    Truncate,
    /// The answer falls silent in its middle, and the connection stays open.
    Stall,
    /// The request is not answered at all, and the connection stays open.
    Silence,
    /// 429, with a `Retry-After` of so many seconds.
    TooManyRequests(u64),
    /// A status such as 500, 502 or 503; the request is not acted on.
    Status(u16),
    /// An answer in JSON is cut in its middle, and its length says that it is whole.
    MalformedJson,
    /// `Content-Length` announces more than comes.
    WrongLength,
    /// The last byte of a file is left out, and `Content-Length` agrees with that.
    Short,
}

impl Fault {
    /// One of each kind.
    pub const ALL: [Self; 12] = [
        Self::DropBefore,
        Self::DropAfter,
        Self::Truncate,
        Self::Stall,
        Self::Silence,
        Self::TooManyRequests(1),
        Self::Status(500),
        Self::Status(502),
        Self::Status(503),
        Self::MalformedJson,
        Self::WrongLength,
        Self::Short,
    ];

    /// Answers instead of the endpoint, when that is what goes wrong.
    pub(crate) async fn before(self) -> Option<Response> {
        match self {
            Self::DropBefore => Some(Cut::response()),
            Self::Silence => std::future::pending().await,
            Self::TooManyRequests(seconds) => {
                let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests.");
                Some(([(header::RETRY_AFTER, seconds.to_string())], problem).into_response())
            }
            Self::Status(code) => {
                let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                Some(Problem::new(status, "Something went wrong.").into_response())
            }
            _ => None,
        }
    }

    /// Spoils the endpoint's answer, when that is what goes wrong.
    pub(crate) fn after(self, answer: Response) -> Response {
        let headers = answer.headers();
        let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let length: u64 = announced.or_else(|| answer.body().size_hint().exact()).unwrap_or(0);
        let is_json =
            headers.get(header::CONTENT_TYPE).is_some_and(|media_type| media_type.as_bytes().ends_with(b"json"));
        let broken = || Err(std::io::Error::other("broken off on request"));
        match self {
            Self::DropAfter => Cut::response(),
            Self::Truncate => replace(answer, length, length / 2, stream::once(async move { broken() })),
            Self::Stall => replace(answer, length, length / 2, stream::pending()),
            Self::WrongLength => replace(answer, length + 7, length, stream::empty()),
            Self::MalformedJson if is_json => replace(answer, length / 2, length / 2, stream::empty()),
            Self::Short if !is_json && length > 0 => replace(answer, length - 1, length - 1, stream::empty()),
            _ => answer,
        }
    }
}

/// The first `keep` bytes of an answer, and then something else.
fn replace(
    answer: Response,
    announced: u64,
    keep: u64,
    then: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static,
) -> Response {
    let (mut parts, body) = answer.into_parts();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(announced));
    let left = usize::try_from(keep).unwrap_or(usize::MAX);
    let kept = body.into_data_stream().scan(left, |left, chunk| {
        let mut chunk = chunk.unwrap_or_default();
        chunk.truncate(*left);
        *left -= chunk.len();
        std::future::ready((!chunk.is_empty()).then_some(Ok(chunk)))
    });
    Response::from_parts(parts, Body::from_stream(kept.chain(then)))
}

/// Marks an answer that must not be sent: the connection is closed instead.
#[derive(Clone)]
pub(crate) struct Cut;

impl Cut {
    fn response() -> Response {
        let mut response = Response::default();
        response.extensions_mut().insert(Self);
        response
    }

    /// The answer, or an error that makes hyper close the connection.
    pub(crate) fn check(response: Response) -> Result<Response, ClosedOnRequest> {
        if response.extensions().get::<Self>().is_some() { Err(ClosedOnRequest) } else { Ok(response) }
    }
}

/// The connection is to be closed.
#[derive(Debug, Error)]
#[error("closed on request")]
pub(crate) struct ClosedOnRequest;

impl From<Infallible> for ClosedOnRequest {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// When a fault happens. The first rule that matches a request, and whose chance comes, holds.
///
/// ```
/// use cxreports_sim::{Endpoint, Fault, FaultRule};
///
/// // Half of the status requests are dropped, and the first download breaks off.
/// let rules = [
///     FaultRule::new(Fault::DropBefore).on(Endpoint::ExportStatus).probability(0.5),
///     FaultRule::new(Fault::Truncate).on(Endpoint::ExportContent).times(1),
/// ];
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FaultRule {
    fault: Fault,
    endpoint: Option<Endpoint>,
    probability: f64,
    left: Option<u32>,
}

impl FaultRule {
    /// A fault that every request meets, until it is narrowed down.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self { fault, endpoint: None, probability: 1.0, left: None }
    }

    /// Only requests to this endpoint.
    #[must_use]
    pub fn on(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// Only with this probability, from 0 to 1.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// Only so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.left = Some(times);
        self
    }
}

/// The rules, and the chance by which they are chosen.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    pub(crate) rules: Vec<FaultRule>,
    random: fastrand::Rng,
}

impl Faults {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { rules: Vec::new(), random: fastrand::Rng::with_seed(seed) }
    }

    pub(crate) fn choose(&mut self, endpoint: Endpoint) -> Option<Fault> {
        let Self { rules, random } = self;
        let rule = rules.iter_mut().find(|rule| {
            rule.endpoint.is_none_or(|wanted| wanted == endpoint)
                && rule.left != Some(0)
                && random.f64() < rule.probability
        })?;
        rule.left = rule.left.map(|left| left - 1);
        Some(rule.fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DropBefore => f.write_str("drop-before"),
            Self::DropAfter => f.write_str("drop-after"),
            Self::Truncate => f.write_str("truncate"),
            Self::Stall => f.write_str("stall"),
            Self::Silence => f.write_str("silence"),
            Self::TooManyRequests(seconds) => write!(f, "429-after-{seconds}"),
            Self::Status(code) => write!(f, "{code}"),
            Self::MalformedJson => f.write_str("malformed-json"),
            Self::WrongLength => f.write_str("wrong-length"),
            Self::Short => f.write_str("short"),
        }
    }
}

/// The text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{0:?} is not a fault; write it like FAULT, FAULT@ENDPOINT or FAULT@ENDPOINT:PROBABILITY, for example drop-after@export-status:0.1: {1}"
)]
pub struct InvalidFault(String, String);

impl FromStr for FaultRule {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, InvalidFault> {
        let bad = |why: String| InvalidFault(text.to_owned(), why);
        let (what, probability) = match text.rsplit_once(':') {
            Some((what, number)) => match number.parse::<f64>() {
                Ok(number) if (0.0..=1.0).contains(&number) => (what, number),
                _ => return Err(bad(format!("the probability {number:?} is no number from 0 to 1"))),
            },
            None => (text, 1.0),
        };
        let (fault, endpoint) = match what.split_once('@') {
            Some((fault, endpoint)) => {
                (fault, Some(endpoint.parse().map_err(|e: crate::UnknownEndpoint| bad(e.to_string()))?))
            }
            None => (what, None),
        };
        let seconds = fault.strip_prefix("429-after-").and_then(|seconds| seconds.parse().ok());
        let known = Fault::ALL.into_iter().find(|known| known.to_string() == fault);
        let status = fault.parse().ok().filter(|code| (400..600).contains(code)).map(Fault::Status);
        let fault = seconds.map(Fault::TooManyRequests).or(known).or(status).ok_or_else(|| {
            let all: Vec<_> = Fault::ALL.iter().map(ToString::to_string).collect();
            bad(format!("there are {}", all.join(", ")))
        })?;
        Ok(Self { fault, endpoint, probability, left: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_read_as_it_is_written() {
        for fault in Fault::ALL {
            assert_eq!(fault.to_string().parse(), Ok(FaultRule::new(fault)));
        }
        let rule = FaultRule::new(Fault::TooManyRequests(3)).on(Endpoint::ExportStatus).probability(0.25);
        assert_eq!("429-after-3@export-status:0.25".parse(), Ok(rule));
        for (wrong, why) in
            [("", "there are"), ("short@x", "no endpoint"), ("short:2", "from 0 to 1"), ("700", "there are")]
        {
            let error = wrong.parse::<FaultRule>().unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn the_same_seed_chooses_the_same_faults() {
        let choose = |seed| {
            let mut faults = Faults::seeded(seed);
            faults.rules = vec![FaultRule::new(Fault::Short).probability(0.5).times(20)];
            (0..100).map(|_| faults.choose(Endpoint::Export).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(choose(1), choose(1));
        assert_ne!(choose(1), choose(2));
        assert_eq!(choose(1).into_iter().filter(|chosen| *chosen).count(), 20);
    }
}
