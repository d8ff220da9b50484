//! Runs of jobs that are killed at each of their steps: what is resumed ends as a run that was not disturbed, and is delivered once.

#[path = "place/mod.rs"]
mod place;

use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use cxreports_sim::{Edition, Endpoint, Fault, FaultRule, op};
use place::Place;

/// The steps of a run, by the request that is made in each, in order.
const STEPS: [Endpoint; 6] = [
    Endpoint::of::<op::GetJobRunStatus>(),
    Endpoint::of::<op::GenerateReviewDocument>(),
    Endpoint::of::<op::GetExportStatus>(),
    Endpoint::of::<op::DownloadExport>(),
    Endpoint::of::<op::ListJobs>(),
    Endpoint::of::<op::DeliverJobRun>(),
];

fn requests_within(place: &Place, endpoint: Endpoint, before: u32) {
    let since = Instant::now();
    while place.instance.requests(endpoint) <= before {
        assert!(since.elapsed() < Duration::from_secs(60), "{endpoint:?} was not asked for");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_run_that_is_killed_at_any_step_is_resumed_and_delivered_once() {
    for signal in ["INT", "TERM", "KILL"] {
        for step in STEPS {
            let place = Place::of(Edition::V2026_5, |instance| instance.export_time(Duration::from_millis(60)));
            let started = place.command().args(["run", "monthly-invoices"]).output().unwrap();
            let id = String::from_utf8(started.stdout).unwrap().trim().to_owned();
            let arguments =
                ["run", "monthly-invoices", "--resume", &id, "--review", "r.pdf", "--deliver", "--yes", "-q"];
            // The step gets no response, so that the command is in it when the signal comes.
            let before = place.instance.requests(step);
            let fault = if step == Endpoint::of::<op::DeliverJobRun>() { Fault::DropAfter } else { Fault::Silence };
            place.instance.set_faults([FaultRule::new(fault).on(step)]);
            let mut command = place.command();
            let mut child = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            requests_within(&place, step, before);
            Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).output().unwrap();
            let status = child.wait().unwrap();
            assert!(!status.success(), "{signal} at {step:?}");
            place.instance.set_faults([]);
            let delivered = place.instance.deliveries().values().sum::<u32>();
            assert!(
                delivered == 0 || step == Endpoint::of::<op::DeliverJobRun>(),
                "{signal} at {step:?}: delivered already"
            );

            let resumed = place.command().args(arguments).output().unwrap();
            let said = String::from_utf8_lossy(&resumed.stderr).into_owned();
            if delivered == 0 {
                assert!(resumed.status.success(), "{signal} at {step:?}: {said}");
            } else {
                assert!(said.contains("awaits delivery: it may have been delivered before"), "{said}");
            }
            let deliveries: Vec<_> = place.instance.deliveries().into_values().filter(|times| *times > 0).collect();
            assert_eq!(deliveries, [1], "{signal} at {step:?}");
            let review = fs::read(place.path().join("r.pdf")).unwrap();
            assert!(review.starts_with(b"%PDF") && review.trim_ascii_end().ends_with(b"%%EOF"), "{signal} at {step:?}");
            assert_eq!(place.instance.requests(Endpoint::of::<op::StartJobRun>()), 1);
        }
    }
}

#[test]
fn a_start_that_cannot_be_read_is_made_once() {
    let place = Place::of(Edition::V2026_5, |instance| instance);
    place.put("l.jsonl", "{\"report\":42,\"output\":\"a.pdf\"}\n");
    // A response that is no JSON any more.
    place.instance.set_faults([FaultRule::new(Fault::MalformedJson).on(Endpoint::of::<op::StartExport>())]);
    let output = place.command().args(["bulk", "l.jsonl", "-o", "out", "-q"]).output().unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(place.instance.requests(Endpoint::of::<op::StartExport>()), 1);
}

#[test]
fn the_browser_gets_a_page_and_no_nonce_in_its_arguments() {
    let place = Place::of(Edition::V2026_5, |instance| instance);
    // It keeps its arguments and what it was told to open.
    let script = "#!/bin/sh\necho \"$0 $@\" > \"$HOME/arguments\"\nfor page; do cat \"${page#file://}\" > \"$HOME/page\"; done\n";
    for name in ["xdg-open", "gio", "gnome-open", "kde-open", "wslview", "open", "firefox"] {
        place.put(name, script);
        fs::set_permissions(place.path().join(name), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", place.path().display(), std::env::var("PATH").unwrap());
    let output = place.command().args(["preview", "42", "--open"]).env("PATH", path).output().unwrap();
    let [out, said] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(output.status.success(), "{said}");
    let read = |name: &str| fs::read_to_string(place.path().join(name)).unwrap();
    let (arguments, page) = (read("arguments"), read("page"));
    let nonce = page.split("nonce=").nth(1).expect("the page has the URL").split(['&', '"']).next().unwrap();
    assert!(nonce.len() > 8, "{page}");
    for text in [&arguments, &out, &said] {
        assert!(!text.contains(nonce) && !text.contains("nonce="), "{text}");
    }
    let file = arguments.split_whitespace().find(|word| word.contains("cxreports-")).unwrap();
    assert!(!fs::exists(file.trim_start_matches("file://")).unwrap(), "the page is left behind");
}
