use thiserror::Error;

use super::model::{Seed, Workspace};

/// A file that is not the data of an instance.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidSeed {
    /// It is not JSON, or has a member that is missing, unknown or of another type.
    #[error("it is not the JSON of an instance's data: {0}")]
    Json(#[from] serde_json::Error),
    /// Something in it does not fit together.
    #[error("workspace {workspace:?}: {what}")]
    Workspace {
        /// The code of the workspace.
        workspace: String,
        /// What does not fit.
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
    /// [`InvalidSeed`] says where the file is wrong.
    pub fn from_json(json: &[u8]) -> Result<Self, InvalidSeed> {
        let mut seed: Self = serde_json::from_slice(json)?;
        for workspace in &mut seed.workspaces {
            complete(workspace).map_err(|what| InvalidSeed::Workspace { workspace: workspace.code.clone(), what })?;
        }
        Ok(seed)
    }
}

/// Fills in the names that follow from ids; fails for an id that names nothing.
fn complete(workspace: &mut Workspace) -> Result<(), String> {
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
