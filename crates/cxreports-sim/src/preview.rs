//! Nonces, and the preview page that they open ("Iframe Authentication" of the API documentation).

use cxreports_core::{Field, Kind};
use serde::Serialize;

use crate::{
    call::{Call, Outcome, Reply},
    document::{self, Content},
    state::secret,
    upload,
};

/// The route of the page. It is outside of the API, so that no document lists it.
pub(crate) const PATH: &str = "/ws/{workspaceId}/reports/{reportIdOrTypeCode}/preview";

/// What the page takes in its query.
pub(crate) const FIELDS: &[Field] = &[
    field("params", Kind::JsonText),
    field("data", Kind::JsonText),
    field("tempDataId", Kind::Int32),
    field("timezone", Kind::String),
    field("hidePrintButton", Kind::Bool),
];

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { wire: name, rust: name, kind, required: false, default: None }
}

#[derive(Serialize)]
struct Nonce<'a> {
    nonce: &'a str,
}

pub(crate) fn create_nonce(call: &mut Call<'_>) -> Outcome {
    let nonce = secret();
    let (now, expires) = (call.state.clock.now(), call.state.clock.after(call.settings().nonce_lifetime));
    call.state.changing().nonces.insert(now, nonce.clone(), (), expires, nonce.len());
    Ok(call.json(&Nonce { nonce: &nonce }))
}

/// The page in the iframe.
pub(crate) fn page(call: &mut Call<'_>) -> Outcome {
    let workspace = call.workspace()?;
    let report = call.report(workspace)?;
    let mut content = Content { title: report.name.clone(), ..Content::default() };
    content.pages = report.pages.iter().map(|page| page.title()).collect();
    if let Some(params) = call.arguments.json("params") {
        content.add_facts(params);
    }
    if let Some(timezone) = call.arguments.text("timezone") {
        content.facts.push(("time zone".to_owned(), timezone.to_owned()));
    }
    if let Some(data) = call.arguments.json("data") {
        content.add_data(data);
    }
    if let Some(id) = call.arguments.integer("tempDataId") {
        content.add_data(&upload::data(call.state, workspace, id)?);
    }
    let is_hidden = call.arguments.is_true("hidePrintButton");
    let button = if is_hidden { "" } else { "<button onclick=\"print()\">Print</button>\n" };
    let script = "<script>addEventListener('message', event => { if (event.data === 'print') print(); });</script>\n";
    Ok(Reply::html(document::page(&content, &format!("{button}{script}"))))
}
