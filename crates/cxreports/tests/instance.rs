//! What an instance serves, against what the client was generated from.

use std::time::Duration;

use cxreports::{CallError, Check, Client, Difference, Error, Probed};
use cxreports_core::{Operation, OperationSpec};
use cxreports_pin_2024_9::Api as Pin2024;
use cxreports_sim::{Edition, Endpoint, Fault, FaultRule, Instance, op};
use serde_json::Value;

const TOKEN: &str = "a-planted-token";
const THEMES: &OperationSpec = <op::ListThemes as Operation>::SPEC;

async fn probe(instance: &Instance) -> Client<Probed> {
    Client::builder(&instance.url()).token(TOKEN).workspace("finance").probe().await.unwrap()
}

#[tokio::test]
async fn a_pin_is_compared_with_what_is_served() {
    let instance = Instance::builder(Edition::V2026_5).token(TOKEN).base_path("/reports").start().await.unwrap();
    let cx = Client::builder(&instance.url()).token(TOKEN).build().unwrap();
    assert_eq!(cx.instance().check().await.unwrap(), Check::Compared(vec![]));

    let older = Client::builder(&instance.url()).pin::<Pin2024>().token(TOKEN).build().unwrap();
    let Check::Compared(differences) = older.instance().check().await.unwrap() else { panic!() };
    let shown: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(shown[0], "export_report_by_query has no `nonce` any more");
    assert!(shown.contains(&"export_report_by_query has a new `theme`".to_owned()), "{shown:?}");
    assert!(shown.contains(&"GET /api/v1/ws/{workspaceId}/themes is new".to_owned()), "{shown:?}");

    let mut document: Value = serde_json::from_str(Edition::V2026_5.document()).unwrap();
    document["paths"].as_object_mut().unwrap().remove(THEMES.path);
    document["components"]["schemas"]["AsyncReportGenerationRequest"]["properties"]
        .as_object_mut()
        .unwrap()
        .remove("theme");
    let changed = Instance::builder(Edition::V2026_5).token(TOKEN).document(document).start().await.unwrap();
    let cx = Client::builder(&changed.url()).token(TOKEN).build().unwrap();
    let expected = vec![
        Difference::OperationGone { operation: "list_themes", endpoint: format!("GET {}", THEMES.path) },
        Difference::FieldGone { operation: "start_export", field: "theme".to_owned() },
    ];
    assert_eq!(cx.instance().check().await.unwrap(), Check::Compared(expected));

    let off = Instance::builder(Edition::V2026_5).token(TOKEN).swagger(false).start().await.unwrap();
    let cx = Client::builder(&off.url()).token(TOKEN).build().unwrap();
    assert_eq!(cx.instance().check().await.unwrap(), Check::SwaggerOff);
}

#[tokio::test]
async fn what_an_unknown_instance_lacks_is_refused_before_it_is_sent() {
    for swagger in [true, false] {
        let instance = Instance::builder(Edition::V2024_9).token(TOKEN).swagger(swagger).start().await.unwrap();
        let cx = probe(&instance).await;
        let by = if swagger { "its Swagger document" } else { "its routes" };
        assert_eq!(cx.pinned().probed_from(), Some(by));
        assert_eq!(
            cx.pinned().missing_operations().count(),
            12,
            "{:?}",
            cx.pinned().missing_operations().collect::<Vec<_>>()
        );
        assert_eq!(cx.reports().await.unwrap().len(), 3);
        let pdf = cx.report(42).export().now_by_query().await.unwrap();
        assert!(pdf.bytes().await.unwrap().starts_with(b"%PDF"));
        let error = cx.report(42).export().start().await.unwrap_err();
        let Error::Call(CallError::Unsupported { operation, pinned, seen, .. }) = error else { panic!("{error}") };
        assert_eq!((operation, pinned, seen), ("start_export", "2026.5", by));
        if swagger {
            let error = cx.report(42).export().theme("dark").now_by_query().await.unwrap_err();
            assert!(error.to_string().contains("the instance has no `theme`, by its Swagger document"), "{error}");
        }
    }
    let instance = Instance::builder(Edition::V2026_5).token(TOKEN).start().await.unwrap();
    let cx = probe(&instance).await;
    assert_eq!(cx.pinned().missing_operations().count(), 0);
    assert!(cx.report(42).export().theme("dark").start().await.is_err(), "there is no such theme");
    assert!(cx.report(42).export().theme("light").start().await.is_ok());
}

#[tokio::test]
async fn probing_acts_on_nothing() {
    let instance = Instance::builder(Edition::V2026_5).token(TOKEN).swagger(false).start().await.unwrap();
    instance.set_faults([FaultRule::new(Fault::Status(500))]);
    probe(&instance).await;
    let seen: u32 = Endpoint::all().map(|endpoint| instance.requests(endpoint)).sum();
    assert_eq!(seen, 0);
}

/// A client of an instance, with what was found earlier.
async fn with(instance: &Instance, earlier: &Value) -> Client<Probed> {
    let earlier = serde_json::from_value(earlier.clone()).unwrap();
    let builder = Client::builder(&instance.url()).token("t").workspace(1);
    builder.probe_with(earlier, Duration::from_secs(600)).await.unwrap()
}

async fn probed(instance: &Instance) -> Value {
    let cx = Client::builder(&instance.url()).token("t").workspace(1).probe().await.unwrap();
    serde_json::to_value(cx.pinned().result()).unwrap()
}

#[tokio::test]
async fn a_kept_result_is_corrected_when_the_instance_has_changed() {
    let document = |edition: Edition| serde_json::from_str::<Value>(edition.document()).unwrap();
    let instance = Instance::builder(Edition::V2026_5).token("t").document(document(Edition::V2024_9)).start();
    let instance = instance.await.unwrap();
    let kept = probed(&instance).await;
    assert!(with(&instance, &kept).await.themes().await.is_err());

    // It has been upgraded: what it lacked is there.
    instance.set_document(document(Edition::V2026_5));
    let cx = with(&instance, &kept).await;
    assert!(cx.pinned().missing_operations().any(|name| name == "list_themes"));
    assert!(!cx.themes().await.unwrap().is_empty());
    assert_eq!(cx.pinned().missing_operations().next(), None);
    assert_ne!(&serde_json::to_value(cx.pinned().result()).unwrap(), &kept);

    // It had an operation elsewhere, in a document that has been replaced.
    let mut moved = probed(&instance).await;
    moved["seen"]["document"]["source"]["hash"] = 1.into();
    moved["seen"]["document"]["bindings"]["list_jobs"]["path"] = "/api/v0/ws/{workspaceId}/jobs".into();
    assert!(!with(&instance, &moved).await.jobs().await.unwrap().is_empty());

    // It took another media type.
    let mut rewritten = probed(&instance).await;
    rewritten["seen"]["document"]["source"]["hash"] = 1.into();
    rewritten["seen"]["document"]["bindings"]["start_export"]["media_type"] = "text/plain".into();
    with(&instance, &rewritten).await.report(42).export().start().await.unwrap();

    // What is not there for another reason is not asked for twice.
    let kept = probed(&instance).await;
    let cx = with(&instance, &kept).await;
    assert!(cx.report("nothing").pages().await.is_err());
    assert_eq!(instance.requests(Endpoint::of::<op::ListReportPages>()), 1);
}

#[tokio::test]
async fn a_result_of_something_else_is_not_used() {
    let one = Instance::builder(Edition::V2024_9).token("t").start().await.unwrap();
    let other = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    let kept = probed(&one).await;
    assert!(!with(&other, &kept).await.themes().await.unwrap().is_empty());
    let own = probed(&other).await;
    for (pointer, value) in [
        ("/release", "0.0.1 2020.1"),
        ("/seen/document/source/url", "http://127.0.0.1:9/swagger/v1/swagger.json"),
        ("/seen/document/bindings/list_themes/path", "@127.0.0.1:9/themes"),
    ] {
        let mut changed = own.clone();
        *changed.pointer_mut(pointer).unwrap() = value.into();
        let cx = with(&other, &changed).await;
        assert_eq!(serde_json::to_value(cx.pinned().result()).unwrap()["seen"], own["seen"], "{pointer}");
        assert!(!cx.themes().await.unwrap().is_empty(), "{pointer}");
    }
    // An instance that is out of order is called as it was known.
    let mut old = own;
    old["time"] = 0.into();
    old["seen"]["document"]["source"]["url"] = format!("{}/ws/0", other.url()).into();
    assert!(!with(&other, &old).await.themes().await.unwrap().is_empty());
}
