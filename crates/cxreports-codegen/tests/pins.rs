//! Plans of the repository's own pins: each document is normalised once, and nothing is written.

use std::{collections::BTreeMap, path::Path};

use cxreports_codegen::{
    fetch::{self, Fetched},
    pins::{Pins, Request},
    pipeline::Stage,
};

fn pins() -> Pins {
    Pins::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap()
}

/// How often each document is normalised.
fn counting(run: impl FnOnce(&mut dyn FnMut(&str, Stage))) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    run(&mut |name, stage| {
        if stage == Stage::Normalise {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    });
    counts
}

#[test]
fn each_document_is_normalised_once() {
    let pins = pins();
    let committed: BTreeMap<String, usize> = pins.pins_by_age().into_iter().map(|pin| (pin.to_owned(), 1)).collect();
    assert!(committed.len() >= 2);
    let all = counting(|progress| {
        assert_eq!(pins.plan_all(progress).unwrap().pins.len(), committed.len());
    });
    assert_eq!(all, committed);

    // A new deployment, once with a document that is pinned already and once with another.
    let path = pins.root().join("spec/2026.5/swagger.json");
    let served = std::fs::read(&path).unwrap();
    let other = String::from_utf8(served.clone()).unwrap().replace("/themes", "/looks");
    for (bytes, pin) in [(served, "2026.5"), (other.into_bytes(), "acme")] {
        let document = fetch::parse(&bytes, "acme").unwrap();
        let request = Request {
            name: "acme",
            fetched: Fetched { bytes, document, repeated: Vec::new(), from: "https://acme.example".to_owned() },
            source: "https://acme.example".to_owned(),
            url: "https://acme.example".to_owned(),
            edition: None,
            token_env: None,
            today: Default::default(),
        };
        let mut planned = String::new();
        let counts = counting(|progress| {
            planned = pins.plan_deployment(request, progress).unwrap().pins.pop().unwrap().name;
        });
        assert_eq!(planned, pin);
        let expected = committed.clone().into_iter().chain([("acme".to_owned(), 1)]).collect();
        assert_eq!(counts, expected, "{pin}");
    }
}
