//! What `bulk` says of its lines: before anything is sent, and at the end.

use std::{collections::BTreeMap, path::Path, process::ExitCode};

use serde::Serialize;
use serde_json::json;

use super::{
    journal::Known,
    plan::{Name, Plan, Planned, Source},
};
use crate::{
    failure::{Failure, Kind},
    output::Output,
    recommend::again,
};

/// How the lines of a file ended.
#[derive(Default)]
pub(super) struct Summary {
    pub(super) done: u64,
    pub(super) done_before: u64,
    /// The error of each line that failed.
    pub(super) failed: BTreeMap<u64, String>,
    /// Why the lines after the last one that failed were not tried.
    pub(super) stopped: Option<Stop>,
}

/// What concerns every line.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Stop {
    TokenRefused,
    Unreachable,
}

impl Stop {
    pub(super) fn exit_code(self) -> ExitCode {
        match self {
            Self::TokenRefused => Kind::TokenRefused,
            Self::Unreachable => Kind::Unreachable,
        }
        .into()
    }

    fn next(self) -> String {
        let first = match self {
            Self::TokenRefused => "check the token",
            Self::Unreachable => "check the address and the network",
        };
        format!("{first}: {}", again("doctor"))
    }
}

impl Summary {
    pub(super) fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let reasons = self.by_reason();
        if output.json {
            let failed: Vec<_> =
                self.failed.iter().map(|(line, error)| json!({ "line": line, "error": error })).collect();
            let reasons: Vec<_> =
                reasons.iter().map(|(error, lines)| json!({ "error": error, "lines": lines })).collect();
            return output.value(&json!({
                "done": self.done, "doneBefore": self.done_before, "failed": failed, "reasons": reasons,
                "stopped": self.stopped,
            }));
        }
        let (done, before, failed) = (self.done, self.done_before, self.failed.len());
        output.line(&format!("{done} exported, {before} already done, {failed} failed"))?;
        if failed > 0 {
            let rows = reasons.into_iter().map(|(error, lines)| vec![ranges(&lines), error.to_owned()]);
            output.table(&["lines", "error"], rows.collect())?;
            let first = self.stopped.map(|stop| format!("the other lines were not tried; {}, and then ", stop.next()));
            let first = first.unwrap_or_default();
            output
                .note(&format!("next: {first}run the same command again; lines that are done are not exported again"));
        }
        Ok(())
    }

    /// The lines that failed for each reason; those of most lines first.
    fn by_reason(&self) -> Vec<(&str, Vec<u64>)> {
        let mut reasons: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for (line, error) in &self.failed {
            reasons.entry(without_request_id(error)).or_default().push(*line);
        }
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, lines)| (std::cmp::Reverse(lines.len()), lines.first().copied()));
        reasons
    }
}

/// An error without the id that the server gave to the request.
fn without_request_id(error: &str) -> &str {
    error.rsplit_once(" (request ").filter(|(_, id)| id.ends_with(')')).map_or(error, |(error, _)| error)
}

/// Line numbers as ranges: `3-7, 9 and 12 more`.
fn ranges(lines: &[u64]) -> String {
    const MAX: usize = 5;
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => ranges.push((*line, *line)),
        }
    }
    let shown = ranges.iter().take(MAX).map(|(first, last)| match last - first {
        0 => first.to_string(),
        _ => format!("{first}-{last}"),
    });
    let text = shown.collect::<Vec<_>>().join(", ");
    match ranges.iter().skip(MAX).map(|(first, last)| last - first + 1).sum::<u64>() {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// What would be done with a line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Preview {
    line: u64,
    action: &'static str,
    report: Option<String>,
    format: Option<String>,
    output: Option<String>,
    error: Option<String>,
}

impl Preview {
    fn new(planned: Planned, known: &Known, folder: &Path) -> Self {
        let work = match planned {
            Ok(work) => work,
            Err((line, error)) => {
                return Self { line, action: "fail", report: None, format: None, output: None, error: Some(error) };
            }
        };
        let done = known.done.get(&work.key).filter(|file| folder.join(file).is_file());
        let action = match done {
            Some(_) => "skip",
            None if known.started.contains_key(&work.key) => "resume",
            None => "export",
        };
        let report = match &work.line.report {
            Name::Id(id) => id.to_string(),
            Name::Code(code) => code.clone(),
        };
        let format = work.target.format.map_or_else(|| "pdf".to_owned(), |format| format.to_string());
        let done = done.map(|file| file.strip_prefix(folder).unwrap_or(file).to_owned());
        let output = work.target.output.or(done).map(|path| path.display().to_string());
        Self { line: work.number, action, report: Some(report), format: Some(format), output, error: None }
    }
}

/// Prints what would be done with each line; whether all lines are valid.
pub(super) fn dry_run(source: &Source<'_>, known: &Known, output: &mut Output) -> Result<bool, Failure> {
    let lines: Vec<_> = Plan::read(source)?.map(|planned| Preview::new(planned, known, source.folder)).collect();
    output.list(
        &lines,
        &[
            ("line", |one| one.line.to_string()),
            ("action", |one| one.action.to_owned()),
            ("report", |one| one.report.clone().unwrap_or_default()),
            ("format", |one| one.format.clone().unwrap_or_default()),
            ("output", |one| one.output.clone().unwrap_or_default()),
            ("error", |one| one.error.clone().unwrap_or_default()),
        ],
    )?;
    let count = |action| lines.iter().filter(|one| one.action == action).count();
    let [export, resume, skip, fail] = ["export", "resume", "skip", "fail"].map(count);
    output.note(&format!(
        "{export} to export, {resume} to resume, {skip} already done, {fail} invalid; nothing was sent"
    ));
    Ok(fail == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_numbers_are_shown_as_ranges() {
        assert_eq!(ranges(&[3]), "3");
        assert_eq!(ranges(&[1, 2, 3, 5, 7, 8]), "1-3, 5, 7-8");
        assert_eq!(ranges(&[1, 3, 5, 7, 9, 11, 12, 14]), "1, 3, 5, 7, 9 and 3 more");
    }
}
