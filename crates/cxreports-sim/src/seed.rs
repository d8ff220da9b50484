//! The data of an instance.

use serde::Serialize;

/// Everything that an instance knows.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    /// The workspaces, each with what is in it.
    pub workspaces: Vec<Workspace>,
}

/// A workspace and what is in it.
#[derive(Debug, Clone, Serialize)]
pub struct Workspace {
    /// Numeric id.
    pub id: i32,
    /// Name for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Code.
    pub code: String,
    /// Its report types.
    #[serde(skip)]
    pub report_types: Vec<ReportType>,
    /// Its reports.
    #[serde(skip)]
    pub reports: Vec<Report>,
    /// Its templates.
    #[serde(skip)]
    pub templates: Vec<Named>,
    /// Its themes.
    #[serde(skip)]
    pub themes: Vec<Named>,
    /// Its jobs.
    #[serde(skip)]
    pub jobs: Vec<Job>,
}

/// A report type.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportType {
    /// Numeric id.
    pub id: i32,
    /// Name for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Code.
    pub code: String,
    /// Its default report.
    pub default_report_id: Option<i32>,
    /// Name of its default report.
    pub default_report_name: Option<String>,
}

/// A report.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Numeric id.
    pub id: i32,
    /// Name for people.
    pub name: String,
    /// Id of its type.
    pub report_type_id: i32,
    /// Name of its type.
    pub report_type_name: String,
    /// Name of its template.
    pub report_template_name: String,
    /// A picture of it.
    pub preview_image: Option<String>,
    /// Name of its theme.
    pub theme_name: Option<String>,
    /// Whether it is the default of its type.
    pub is_default: bool,
    /// Its pages.
    #[serde(skip)]
    pub pages: Vec<Page>,
    /// Its attachments: names and texts.
    #[serde(skip)]
    pub attachments: Vec<(String, String)>,
    /// Why its exports fail, if they do.
    #[serde(skip)]
    pub fails: Option<String>,
}

/// A page of a report.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// Numeric id.
    pub id: i32,
    /// Name for people.
    pub name: Option<String>,
    /// `page`, `subreport` or `document-merge`.
    #[serde(rename = "type")]
    pub kind: &'static str,
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

    /// Adds a report type, and its default report under the same name, with one page.
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

    /// Adds an active job whose runs have so many entries.
    #[must_use]
    pub fn job(mut self, id: i32, code: &str, entries: i32, review_required: bool) -> Self {
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
#[derive(Debug, Clone, Serialize)]
pub struct Named {
    /// Numeric id.
    pub id: i32,
    /// Name for people.
    pub name: String,
    /// Code.
    pub code: String,
}

/// A job.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Numeric id.
    pub id: i32,
    /// Name for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Code.
    pub code: Option<String>,
    /// Whether its runs must be reviewed.
    pub review_required: Option<bool>,
    /// Whether it can be run.
    pub is_active: Option<bool>,
    /// When it last ran, as RFC 3339.
    pub last_run_time: Option<String>,
    /// How many entries a run has, unless it is given a list as its data.
    #[serde(skip)]
    pub entries: i32,
    /// How many of them fail.
    #[serde(skip)]
    pub failing_entries: i32,
}

impl Seed {
    /// An instance with these workspaces.
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

    /// Two companies' worth of data: workspace `finance` (id 1) with invoices and statements, and `logistics` (id 2)
    /// with delivery notes.
    #[must_use]
    pub fn demo() -> Self {
        let templates = vec![named(1, "Letter", "letter"), named(2, "Landscape", "landscape")];
        let themes = vec![named(1, "Light", "light"), named(2, "Corporate", "corporate")];
        Self {
            workspaces: vec![
                Workspace {
                    id: 1,
                    name: "Finance".into(),
                    description: Some("Invoices and statements".into()),
                    code: "finance".into(),
                    report_types: vec![
                        report_type(1, "Invoice", "invoice", Some((42, "Invoice"))),
                        report_type(2, "Statement", "statement", Some((51, "Monthly statement"))),
                        report_type(3, "Draft", "draft", None),
                    ],
                    reports: vec![
                        Report { pages: invoice_pages(), ..report(42, "Invoice", 1, "Invoice", true) },
                        report(43, "Invoice, short", 1, "Invoice", false),
                        report(51, "Monthly statement", 2, "Statement", true),
                    ],
                    templates: templates.clone(),
                    themes: themes.clone(),
                    jobs: vec![
                        Job {
                            id: 7,
                            name: "Monthly invoices".into(),
                            description: Some("One invoice a customer".into()),
                            code: Some("monthly-invoices".into()),
                            review_required: Some(true),
                            is_active: Some(true),
                            last_run_time: Some("2026-03-01T06:00:00Z".into()),
                            entries: 3,
                            failing_entries: 0,
                        },
                        Job {
                            id: 8,
                            name: "Reminders".into(),
                            description: None,
                            code: None,
                            review_required: None,
                            is_active: Some(false),
                            last_run_time: None,
                            entries: 5,
                            failing_entries: 1,
                        },
                    ],
                },
                Workspace {
                    id: 2,
                    name: "Logistics & Delivery".into(),
                    description: None,
                    code: "logistics".into(),
                    report_types: vec![report_type(11, "Delivery note", "delivery-note", Some((61, "Delivery note")))],
                    reports: vec![report(61, "Delivery note", 11, "Delivery note", true)],
                    templates,
                    themes,
                    jobs: Vec::new(),
                },
            ],
        }
    }
}

fn named(id: i32, name: &str, code: &str) -> Named {
    Named { id, name: name.into(), code: code.into() }
}

fn report_type(id: i32, name: &str, code: &str, default: Option<(i32, &str)>) -> ReportType {
    ReportType {
        id,
        name: name.into(),
        description: None,
        code: code.into(),
        default_report_id: default.map(|(id, _)| id),
        default_report_name: default.map(|(_, name)| name.into()),
    }
}

fn report(id: i32, name: &str, type_id: i32, type_name: &str, is_default: bool) -> Report {
    Report {
        id,
        name: name.into(),
        report_type_id: type_id,
        report_type_name: type_name.into(),
        report_template_name: "Letter".into(),
        preview_image: None,
        theme_name: is_default.then(|| "Corporate".into()),
        is_default,
        pages: vec![Page { id: id * 10, name: None, kind: "page" }],
        attachments: vec![("terms.txt".into(), "Payable within 30 days.\n".into())],
        fails: None,
    }
}

fn invoice_pages() -> Vec<Page> {
    vec![
        Page { id: 420, name: Some("Cover".into()), kind: "page" },
        Page { id: 421, name: Some("Lines".into()), kind: "subreport" },
        Page { id: 422, name: Some("Terms".into()), kind: "document-merge" },
    ]
}
