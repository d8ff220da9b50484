//! What a check of an instance has found.

use serde::Serialize;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    Ok,
    /// It may fail.
    Warn,
    /// It fails.
    Fail,
}

impl Severity {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    pub(super) fn color(self) -> anstyle::AnsiColor {
        match self {
            Self::Ok => anstyle::AnsiColor::Green,
            Self::Warn => anstyle::AnsiColor::Yellow,
            Self::Fail => anstyle::AnsiColor::Red,
        }
    }
}

/// A finding. Its code is stable: programs may rely on it, and on nothing of its text.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Finding {
    code: &'static str,
    severity: Severity,
    text: String,
}

impl Finding {
    pub(crate) fn ok(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, severity: Severity::Ok, text: text.into() }
    }

    /// What may fail, why, and what to do.
    pub(crate) fn warn(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, severity: Severity::Warn, text: text.into() }
    }

    /// What fails, why, and what to do.
    pub(crate) fn fail(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, severity: Severity::Fail, text: text.into() }
    }

    pub(super) fn severity(&self) -> Severity {
        self.severity
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}
