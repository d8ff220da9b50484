//! What goes wrong between a client and an instance, on request.

use std::{fmt, str::FromStr};

use http::{
    StatusCode,
    header::{self, HeaderValue},
};
use thiserror::Error;

use crate::{
    endpoint::{Endpoint, UnknownEndpoint},
    problem::{Errors, Problem},
    response::{Closed, End, Response},
};

/// What goes wrong with a request or its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed before the request is acted on.
    DropBefore,
    /// The request is acted on, and then the connection is closed without a response.
    DropAfter,
    /// The connection is closed in the middle of the response.
    Truncate,
    /// The response stops in the middle, and the connection stays open.
    Stall,
    /// There is no response, and the connection stays open; the request is not acted on.
    Silence,
    /// 429, with `Retry-After` set to this number of seconds; the request is not acted on.
    TooManyRequests(u64),
    /// A status such as 500, 502 or 503; the request is not acted on.
    Status(u16),
    /// A JSON response is cut in the middle, and `Content-Length` is the length of what is sent.
    MalformedJson,
    /// `Content-Length` announces more than is sent.
    WrongLength,
    /// The last byte of a file is missing, and `Content-Length` is the length of what is sent.
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

    /// The response instead of the endpoint's, when that is what goes wrong.
    pub(crate) async fn instead(self, errors: Errors<'_>) -> Result<Option<Response>, Closed> {
        match self {
            Self::DropBefore => Err(Closed),
            Self::Silence => std::future::pending().await,
            Self::TooManyRequests(seconds) => {
                let mut response = Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests.").response(errors);
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
                Ok(Some(response))
            }
            Self::Status(code) => {
                let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                Ok(Some(Problem::new(status, "Something went wrong.").response(errors)))
            }
            _ => Ok(None),
        }
    }

    /// Spoils the endpoint's response, when that is what goes wrong.
    pub(crate) fn spoil(self, response: Response) -> Result<Response, Closed> {
        let length = response.body().length();
        let media_type = response.headers().get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        let is_json = media_type.windows(4).any(|part| part == b"json");
        Ok(match self {
            Self::DropAfter => return Err(Closed),
            Self::Truncate => cut(response, length, length / 2, End::Broken),
            Self::Stall => cut(response, length, length / 2, End::Silent),
            Self::WrongLength => cut(response, length + 7, length, End::Whole),
            Self::MalformedJson if is_json => cut(response, length / 2, length / 2, End::Whole),
            Self::Short if !is_json && length > 0 => cut(response, length - 1, length - 1, End::Whole),
            _ => response,
        })
    }
}

/// A response that announces a length, and ends differently.
fn cut(response: Response, announced: u64, keep: u64, end: End) -> Response {
    let (mut parts, body) = response.into_parts();
    parts.headers.insert(header::CONTENT_LENGTH, announced.into());
    Response::from_parts(parts, body.cut(keep, end))
}

/// A fault, and the requests to which it happens. Rules are tried in their order, each with its probability, and the first that
/// occurs is applied.
///
/// ```
/// use cxreports_sim::{Endpoint, Fault, FaultRule, op};
///
/// // Half of the status requests are dropped, and the first download breaks off.
/// let rules = [
///     FaultRule::new(Fault::DropBefore).on(Endpoint::of::<op::GetExportStatus>()).probability(0.5),
///     FaultRule::new(Fault::Truncate).on(Endpoint::of::<op::DownloadExport>()).times(1),
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
    /// A rule that applies a fault to every request.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self { fault, endpoint: None, probability: 1.0, left: None }
    }

    /// Limits the rule to requests to an endpoint.
    #[must_use]
    pub fn on(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// Sets the probability of the fault, from 0 to 1. Defaults to 1.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// Limits how many times the fault happens.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.left = Some(times);
        self
    }
}

/// The rules, and the random numbers by which they are chosen.
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

/// The faults by their names.
const NAMES: &str = "drop-before, drop-after, truncate, stall, silence, 429-after-SECONDS, a status from 400 to 599, \
                     malformed-json, wrong-length and short";

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

/// Text that is not a fault rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}; write FAULT, FAULT@ENDPOINT or FAULT@ENDPOINT:PROBABILITY, such as drop-after@get-export-status:0.1")]
pub struct InvalidFault(String);

impl FromStr for FaultRule {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, InvalidFault> {
        let (what, probability) = match text.rsplit_once(':') {
            Some((what, number)) => match number.parse::<f64>() {
                Ok(number) if (0.0..=1.0).contains(&number) => (what, number),
                _ => return Err(InvalidFault(format!("{number:?} is not a probability from 0 to 1"))),
            },
            None => (text, 1.0),
        };
        let (name, endpoint) = match what.split_once('@') {
            Some((name, endpoint)) => {
                (name, Some(endpoint.parse().map_err(|e: UnknownEndpoint| InvalidFault(e.to_string()))?))
            }
            None => (what, None),
        };
        let seconds = name.strip_prefix("429-after-").and_then(|seconds| seconds.parse().ok());
        let known = Fault::ALL.into_iter().find(|known| known.to_string() == name);
        let status = name.parse().ok().filter(|code| (400..600).contains(code)).map(Fault::Status);
        let fault = seconds.map(Fault::TooManyRequests).or(known).or(status);
        let unknown = || InvalidFault(format!("no fault is called {name:?}; the faults are {NAMES}"));
        let fault = fault.ok_or_else(unknown)?;
        Ok(Self { fault, endpoint, probability, left: None })
    }
}

#[cfg(test)]
mod tests {
    use cxreports_core::op;

    use super::*;

    #[test]
    fn every_fault_is_read_as_it_is_written() {
        for fault in Fault::ALL {
            assert_eq!(fault.to_string().parse(), Ok(FaultRule::new(fault)));
        }
        let rule =
            FaultRule::new(Fault::TooManyRequests(3)).on(Endpoint::of::<op::GetExportStatus>()).probability(0.25);
        assert_eq!("429-after-3@get-export-status:0.25".parse(), Ok(rule));
        for (wrong, why) in [
            ("", "the faults are"),
            ("short@x", "no endpoint"),
            ("short:NaN", "from 0 to 1"),
            ("700", "the faults are"),
        ] {
            let error = wrong.parse::<FaultRule>().unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn the_same_seed_chooses_the_same_faults() {
        let choose = |seed| {
            let mut faults = Faults::seeded(seed);
            faults.rules = vec![FaultRule::new(Fault::Short).probability(0.5).times(20)];
            (0..100).map(|_| faults.choose(Endpoint::PREVIEW).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(choose(1), choose(1));
        assert_ne!(choose(1), choose(2));
        assert_eq!(choose(1).into_iter().filter(|chosen| *chosen).count(), 20);
    }
}
