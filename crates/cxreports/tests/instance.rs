//! What an instance serves, against what the client was generated from.

use cxreports::{CallError, Check, Client, Difference, Error, Probed};
use cxreports_pin_2024_9::Api as Pin2024;
use cxreports_sim::{Edition, Endpoint, Fault, FaultRule, Instance};
use serde_json::Value;

const TOKEN: &str = "a-planted-token";

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
    document["paths"].as_object_mut().unwrap().remove(Endpoint::ListThemes.path());
    document["components"]["schemas"]["AsyncReportGenerationRequest"]["properties"]
        .as_object_mut()
        .unwrap()
        .remove("theme");
    let changed = Instance::builder(Edition::V2026_5).token(TOKEN).document(document).start().await.unwrap();
    let cx = Client::builder(&changed.url()).token(TOKEN).build().unwrap();
    let expected = vec![
        Difference::OperationGone {
            operation: "list_themes",
            endpoint: format!("GET {}", Endpoint::ListThemes.path()),
        },
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
        assert_eq!(cx.pinned().judged_by(), Some(by));
        assert_eq!(cx.pinned().lacks().count(), 12, "{:?}", cx.pinned().lacks().collect::<Vec<_>>());
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
    assert_eq!(cx.pinned().lacks().count(), 0);
    assert!(cx.report(42).export().theme("dark").start().await.is_err(), "there is no such theme");
    assert!(cx.report(42).export().theme("light").start().await.is_ok());
}

#[tokio::test]
async fn probing_acts_on_nothing() {
    let instance = Instance::builder(Edition::V2026_5).token(TOKEN).swagger(false).start().await.unwrap();
    instance.set_faults([FaultRule::new(Fault::Status(500))]);
    probe(&instance).await;
    let seen: u32 = Endpoint::ALL.iter().map(|endpoint| instance.requests(*endpoint)).sum();
    assert_eq!(seen, 0);
}
