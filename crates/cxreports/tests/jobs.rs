//! Jobs, from the start of a run to its delivery.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cxreports::{CallError, Client, Error, PollPolicy, model::JobRunStatus};
use cxreports_sim::{Edition, Endpoint, Fault, FaultRule, Instance, op, seed::Seed};

const TOKEN: &str = "a-planted-token";

fn client(instance: &Instance) -> Client {
    Client::builder(&instance.url()).token(TOKEN).workspace("finance").build().unwrap()
}

fn quick() -> PollPolicy {
    PollPolicy { first: Duration::from_millis(10), cap: Duration::from_millis(30), ..PollPolicy::default() }
}

#[tokio::test]
async fn a_run_goes_from_its_start_to_its_delivery() {
    let take = Duration::from_millis(100);
    let instance =
        Instance::builder(Edition::V2026_5).token(TOKEN).strict(true).export_time(take).start().await.unwrap();
    let cx = client(&instance);
    let entries = [("Ann", 1), ("Bob", 2), ("Cid", 3), ("Dee", 4)];
    let run = cx.job("monthly-invoices").run().params(&[("month", "2026-10")]).data(entries).start().await.unwrap();

    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let tell = move |status: &JobRunStatus| told.lock().unwrap().push(status.status.queued);
    let status = run.wait().policy(quick()).on_status(tell).await.unwrap();
    assert_eq!((status.entries, status.status.review, status.status.errors), (4, 4, 0));
    let queued = seen.lock().unwrap().clone();
    assert!(queued.len() > 4 && queued[0] == 4 && queued.is_sorted_by(|a, b| a >= b), "{queued:?}");

    let ready = run.review_document().await.unwrap().wait().policy(quick()).await.unwrap();
    assert!(ready.bytes().await.unwrap().starts_with(b"%PDF"));
    let (id, ticket) = (run.id(), run.ticket());
    run.deliver().await.unwrap();
    assert_eq!(instance.deliveries(), [(id.get(), 1)].into());
    let status = cx.resume_run(&ticket).unwrap().status().await.unwrap();
    assert_eq!((status.status.review, status.status.completed), (0, 4));
}

#[tokio::test]
async fn delivery_is_refused_before_it_is_sent_where_no_review_is_required() {
    let mut seed = Seed::demo();
    seed.workspaces[0].jobs[1].is_active = Some(true);
    seed.workspaces[0].jobs[1].review_required = Some(false);
    let instance = Instance::builder(Edition::V2026_5).token(TOKEN).strict(true).seed(seed).start().await.unwrap();
    let cx = client(&instance);
    let run = cx.job(8).run().start().await.unwrap();
    let status = run.wait().policy(quick()).await.unwrap();
    assert_eq!((status.entries, status.status.completed, status.status.errors), (5, 4, 1));
    let error = run.deliver().await.unwrap_err();
    assert!(matches!(error, Error::ReviewNotRequired(_)), "{error}");
    let error = cx.job("no-such-job").started(1).unwrap().deliver().await.unwrap_err();
    assert!(matches!(error, Error::NoSuchJob(_)), "{error}");
    assert_eq!(instance.requests(Endpoint::of::<op::DeliverJobRun>()), 0);
}

#[tokio::test]
async fn a_delivery_is_never_sent_twice() {
    for fault in Fault::ALL {
        let instance =
            Instance::builder(Edition::V2026_5).token(TOKEN).strict(true).require_length(true).start().await.unwrap();
        let limit = Duration::from_secs(1);
        let cx = Client::builder(&instance.url()).token(TOKEN).workspace(1).request_timeout(limit).build().unwrap();
        let run = cx.job(7).run().start().await.unwrap();
        run.wait().policy(quick()).await.unwrap();
        instance.set_faults([FaultRule::new(fault).on(Endpoint::of::<op::DeliverJobRun>())]);
        let outcome = run.deliver().await;
        assert_eq!(instance.requests(Endpoint::of::<op::DeliverJobRun>()), 1, "{fault}");
        if fault == Fault::DropAfter {
            let lost = matches!(outcome, Err(Error::Call(CallError::Connection { maybe_sent: true, .. })));
            assert!(lost, "{outcome:?}");
        }
    }
}
