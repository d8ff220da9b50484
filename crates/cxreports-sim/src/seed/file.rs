use std::collections::HashSet;

use serde_path_to_error::Segment;
use thiserror::Error;

use super::model::{Seed, Workspace};
use crate::time;

/// JSON that is not the data of an instance.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidSeed {
    /// It is not JSON, or has a member that is missing, unknown or of another type.
    #[error("not the data of an instance, at {}", if pointer.is_empty() { "its root" } else { pointer })]
    Json {
        /// A JSON pointer to what is wrong; empty for the whole.
        pointer: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Something in a workspace refers to what is not there, occurs twice, or is out of range.
    #[error("workspace {workspace:?}: {what}")]
    Workspace {
        /// The code of the workspace.
        workspace: String,
        /// What is wrong.
        what: String,
    },
}

impl Seed {
    /// Reads the data of an instance from JSON: workspaces with what is in them, named as in the API's responses.
    ///
    /// ```
    /// use cxreports_sim::seed::Seed;
    ///
    /// let seed = Seed::from_json(br#"{ "workspaces": [{
    ///     "id": 1, "code": "shop", "name": "Shop",
    ///     "reportTypes": [{ "id": 1, "code": "order", "name": "Order", "defaultReportId": 10 }],
    ///     "reports": [{ "id": 10, "name": "Order", "reportTypeId": 1, "pages": [{ "id": 100, "name": "Lines" }] }],
    ///     "templates": [{ "id": 1, "code": "plain", "name": "Plain" }],
    ///     "jobs": [{ "id": 5, "code": "nightly", "name": "Nightly", "reviewRequired": true, "entries": 20 }]
    /// }] }"#)?;
    /// assert_eq!(seed.workspaces[0].reports[0].report_type_name, "Order");
    /// # Ok::<(), cxreports_sim::seed::InvalidSeed>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidSeed`] names the place that is wrong.
    pub fn from_json(json: &[u8]) -> Result<Self, InvalidSeed> {
        let mut json = serde_json::Deserializer::from_slice(json);
        let seed = serde_path_to_error::deserialize(&mut json);
        let mut seed: Self = seed.map_err(|error| {
            let pointer = error.path().iter().filter_map(segment).collect();
            InvalidSeed::Json { pointer, source: error.into_inner() }
        })?;
        json.end().map_err(|source| InvalidSeed::Json { pointer: String::new(), source })?;
        let mut others = Distinct::new("workspace");
        for workspace in &mut seed.workspaces {
            let code = workspace.code.clone();
            let checked = others.add(workspace.id, Some(&code)).and_then(|()| complete(workspace));
            checked.map_err(|what| InvalidSeed::Workspace { workspace: code, what })?;
        }
        Ok(seed)
    }
}

/// A segment of a JSON pointer.
fn segment(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(format!("/{key}")),
        _ => None,
    }
}

/// Ids and codes, which name one thing of a kind each.
struct Distinct {
    kind: &'static str,
    ids: HashSet<i32>,
    codes: HashSet<String>,
}

impl Distinct {
    fn new(kind: &'static str) -> Self {
        Self { kind, ids: HashSet::new(), codes: HashSet::new() }
    }

    fn add(&mut self, id: i32, code: Option<&str>) -> Result<(), String> {
        if !self.ids.insert(id) {
            return Err(format!("two {}s have the id {id}", self.kind));
        }
        match code {
            Some(code) if !self.codes.insert(code.to_ascii_lowercase()) => {
                Err(format!("two {}s have the code {code:?}, which has no case", self.kind))
            }
            _ => Ok(()),
        }
    }

    fn all<'a>(kind: &'static str, mut all: impl Iterator<Item = (i32, Option<&'a str>)>) -> Result<(), String> {
        let mut distinct = Self::new(kind);
        all.try_for_each(|(id, code)| distinct.add(id, code))
    }
}

/// Fills in the names that follow from ids; fails for an id that names nothing.
fn complete(workspace: &mut Workspace) -> Result<(), String> {
    Distinct::all("report type", workspace.report_types.iter().map(|kind| (kind.id, Some(&*kind.code))))?;
    Distinct::all("report", workspace.reports.iter().map(|report| (report.id, None)))?;
    Distinct::all("template", workspace.templates.iter().map(|one| (one.id, Some(&*one.code))))?;
    Distinct::all("theme", workspace.themes.iter().map(|one| (one.id, Some(&*one.code))))?;
    Distinct::all("job", workspace.jobs.iter().map(|job| (job.id, job.code.as_deref())))?;
    let template = workspace.templates.first().map_or("none", |template| &template.name).to_owned();
    for report in &mut workspace.reports {
        let kind = workspace.report_types.iter().find(|kind| kind.id == report.report_type_id);
        let kind = kind.ok_or_else(|| {
            format!("report {} names the report type {}, which is not there", report.id, report.report_type_id)
        })?;
        if report.report_type_name.is_empty() {
            report.report_type_name.clone_from(&kind.name);
        }
        if report.report_template_name.is_empty() {
            report.report_template_name.clone_from(&template);
        }
        report.is_default |= kind.default_report_id == Some(report.id);
    }
    for job in &workspace.jobs {
        // The API counts in 32 bits with a sign.
        if i32::try_from(job.entries.max(job.failing_entries)).is_err() {
            return Err(format!("job {} has too many entries; {} is the most", job.id, i32::MAX));
        }
        if let Some(time) = job.last_run_time.as_deref().filter(|time| time::from_json(time).is_none()) {
            return Err(format!(
                "job {} was last run at {time:?}, which is not a time like 2026-03-04T13:00:00Z",
                job.id
            ));
        }
    }
    for kind in &mut workspace.report_types {
        let Some(id) = kind.default_report_id else { continue };
        let report = workspace.reports.iter().find(|report| report.id == id);
        let report =
            report.ok_or_else(|| format!("report type {} names the report {id}, which is not there", kind.id))?;
        kind.default_report_name.get_or_insert_with(|| report.name.clone());
    }
    Ok(())
}
