use serde::{Deserialize, Serialize};

/// The data of an instance.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with workspaces")]
pub struct Seed {
    /// The workspaces, each with what is in it.
    pub workspaces: Vec<Workspace>,
}

/// A workspace and what is in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a workspace")]
pub struct Workspace {
    /// Numeric id.
    pub id: i32,
    /// Display name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// Code.
    pub code: String,
    /// Its report types.
    #[serde(skip_serializing, default)]
    pub report_types: Vec<ReportType>,
    /// Its reports.
    #[serde(skip_serializing, default)]
    pub reports: Vec<Report>,
    /// Its templates.
    #[serde(skip_serializing, default)]
    pub templates: Vec<Named>,
    /// Its themes.
    #[serde(skip_serializing, default)]
    pub themes: Vec<Named>,
    /// Its jobs.
    #[serde(skip_serializing, default)]
    pub jobs: Vec<Job>,
}

/// A report type.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a report type")]
pub struct ReportType {
    /// Numeric id.
    pub id: i32,
    /// Display name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// Code.
    pub code: String,
    /// Its default report.
    pub default_report_id: Option<i32>,
    /// Name of its default report.
    pub default_report_name: Option<String>,
}

/// A report.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a report")]
pub struct Report {
    /// Numeric id.
    pub id: i32,
    /// Display name.
    pub name: String,
    /// Id of its type.
    pub report_type_id: i32,
    /// Name of its type. In a file, it defaults to the name of the report type.
    #[serde(default)]
    pub report_type_name: String,
    /// Name of its template. In a file, it defaults to the first template.
    #[serde(default)]
    pub report_template_name: String,
    /// Preview image.
    pub preview_image: Option<String>,
    /// Name of its theme.
    pub theme_name: Option<String>,
    /// Whether it is the default report of its type.
    #[serde(default)]
    pub is_default: bool,
    /// Its pages.
    #[serde(skip_serializing, default)]
    pub pages: Vec<Page>,
    /// Its attachments, as pairs of a file name and a text.
    #[serde(skip_serializing, default)]
    pub attachments: Vec<(String, String)>,
    /// The message with which its exports fail; `None` when they succeed.
    #[serde(skip_serializing, default)]
    pub fails: Option<String>,
}

/// A page of a report.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a page")]
pub struct Page {
    /// Numeric id.
    pub id: i32,
    /// Display name.
    pub name: Option<String>,
    /// Its type.
    #[serde(rename = "type", default)]
    pub kind: PageKind,
}

/// The type of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageKind {
    /// A page of the report itself.
    #[default]
    Page,
    /// Another report.
    Subreport,
    /// A document that is merged in.
    DocumentMerge,
}

impl PageKind {
    /// What the API calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Subreport => "subreport",
            Self::DocumentMerge => "document-merge",
        }
    }
}

impl Workspace {
    /// A workspace with nothing in it.
    #[must_use]
    pub fn new(id: i32, code: &str, name: &str) -> Self {
        Self {
            id,
            name: name.into(),
            description: None,
            code: code.into(),
            report_types: Vec::new(),
            reports: Vec::new(),
            templates: Vec::new(),
            themes: Vec::new(),
            jobs: Vec::new(),
        }
    }

    /// Adds a report type, and its default report of the same name, which has one page.
    #[must_use]
    pub fn report(mut self, id: i32, type_code: &str, name: &str) -> Self {
        let type_id = i32::try_from(self.report_types.len()).unwrap_or_default() + 1;
        self.report_types.push(report_type(type_id, name, type_code, Some((id, name))));
        self.reports.push(report(id, name, type_id, name, true));
        self
    }

    /// Adds a template.
    #[must_use]
    pub fn template(mut self, id: i32, code: &str, name: &str) -> Self {
        self.templates.push(named(id, name, code));
        self
    }

    /// Adds a theme.
    #[must_use]
    pub fn theme(mut self, id: i32, code: &str, name: &str) -> Self {
        self.themes.push(named(id, name, code));
        self
    }

    /// Adds an active job, with the number of entries of its runs.
    #[must_use]
    pub fn job(mut self, id: i32, code: &str, entries: u32, review_required: bool) -> Self {
        self.jobs.push(Job {
            id,
            name: code.into(),
            description: None,
            code: Some(code.into()),
            review_required: Some(review_required),
            is_active: Some(true),
            last_run_time: None,
            entries,
            failing_entries: 0,
        });
        self
    }
}

impl Page {
    /// Its name, or what stands for one.
    pub(crate) fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("Page {}", self.id))
    }
}

/// A template or a theme.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a template or a theme")]
pub struct Named {
    /// Numeric id.
    pub id: i32,
    /// Display name.
    pub name: String,
    /// Code.
    pub code: String,
}

/// A job.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a job")]
pub struct Job {
    /// Numeric id.
    pub id: i32,
    /// Display name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// Code.
    pub code: Option<String>,
    /// Whether its runs must be reviewed.
    pub review_required: Option<bool>,
    /// Whether it can be run.
    pub is_active: Option<bool>,
    /// Time of its last run before the instance was started, such as `2026-03-04T13:00:00Z`.
    pub last_run_time: Option<String>,
    /// Number of entries of a run, unless the run is started with a list as its data.
    #[serde(skip_serializing, default = "one")]
    pub entries: u32,
    /// Number of entries that fail.
    #[serde(skip_serializing, default)]
    pub failing_entries: u32,
}

impl Seed {
    /// The data of an instance with these workspaces.
    ///
    /// ```
    /// use cxreports_sim::seed::{Seed, Workspace};
    ///
    /// let shop = Workspace::new(1, "shop", "Shop").report(10, "order", "Order").theme(1, "dark", "Dark").job(5, "nightly", 20, true);
    /// assert_eq!(Seed::of([shop]).workspaces[0].reports[0].name, "Order");
    /// ```
    #[must_use]
    pub fn of(workspaces: impl IntoIterator<Item = Workspace>) -> Self {
        Self { workspaces: workspaces.into_iter().collect() }
    }
}

pub(super) fn named(id: i32, name: &str, code: &str) -> Named {
    Named { id, name: name.into(), code: code.into() }
}

pub(super) fn report_type(id: i32, name: &str, code: &str, default: Option<(i32, &str)>) -> ReportType {
    ReportType {
        id,
        name: name.into(),
        description: None,
        code: code.into(),
        default_report_id: default.map(|(id, _)| id),
        default_report_name: default.map(|(_, name)| name.into()),
    }
}

pub(super) fn report(id: i32, name: &str, type_id: i32, type_name: &str, is_default: bool) -> Report {
    Report {
        id,
        name: name.into(),
        report_type_id: type_id,
        report_type_name: type_name.into(),
        report_template_name: "Letter".into(),
        preview_image: None,
        theme_name: is_default.then(|| "Corporate".into()),
        is_default,
        pages: vec![Page { id: id.saturating_mul(10), name: None, kind: PageKind::Page }],
        attachments: vec![("terms.txt".into(), "Payable within 30 days.\n".into())],
        fails: None,
    }
}

fn one() -> u32 {
    1
}
