//! What moves from one pin to the next: the drift between neighbours, and each pin's public API. A change of either shows here.

use std::path::Path;

use cxreports_codegen::{
    generate::api::{Bump, public_api},
    pins::Pins,
};
use cxreports_drift::{
    Allowed, Document, Options, Severity, compare,
    render::{Comparison, Format, Style, render},
};

fn workspace() -> Pins {
    Pins::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))).unwrap()
}

#[test]
fn between_neighbouring_pins_only_what_was_reviewed_has_changed() {
    let workspace = workspace();
    for pair in workspace.pins_by_age().windows(2) {
        let (base, names) = workspace.document(pair[0]).unwrap();
        let (revision, _) = workspace.document(pair[1]).unwrap();
        let (base, revision) = (Document::read(base).unwrap(), Document::read(revision).unwrap());
        let comparison = Comparison {
            deployment: None,
            base: pair[0].to_owned(),
            revision: pair[1].to_owned(),
            allowed: Allowed { findings: compare(&base, &revision, &names, Options::default()), accepted: 0 },
            file: None,
            coverage: Vec::new(),
        };
        let style = Style { width: 0, fail_on: Severity::Breaking, infos: true };
        let text = render(Format::Markdown, &[comparison], style);
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(format!("from-{}-to-{}", pair[0], pair[1]), text);
        });
    }
}

#[test]
fn each_pins_public_api_is_what_was_reviewed() {
    let workspace = workspace();
    let mut all = Vec::new();
    for pin in workspace.pins_by_age() {
        let api = public_api(&workspace.sources(pin).unwrap()).unwrap();
        let text: String = api.iter().map(|line| format!("{line}\n")).collect();
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(format!("api-{pin}"), text);
        });
        all.push(api);
    }
    assert_eq!(Bump::between(&all[0], &all[0]), Bump::Patch);
    assert_eq!(Bump::between(&all[0], &all[1]), Bump::Major, "`nonce` is gone");
}
