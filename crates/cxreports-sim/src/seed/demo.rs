use super::model::{Job, Page, PageKind, Report, Seed, Workspace, named, report, report_type};

impl Seed {
    /// The data that an instance has by default: workspace `finance` (id 1) with invoices and statements, and `logistics`
    /// (id 2) with delivery notes.
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

fn invoice_pages() -> Vec<Page> {
    vec![
        Page { id: 420, name: Some("Cover".into()), kind: PageKind::Page },
        Page { id: 421, name: Some("Lines".into()), kind: PageKind::Subreport },
        Page { id: 422, name: Some("Terms".into()), kind: PageKind::DocumentMerge },
    ]
}
