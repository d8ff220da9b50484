use actix_web::{
    HttpResponse,
    error::ErrorBadGateway,
    web::{Data, Path, ServiceConfig, post},
};
use cxreports::Client;
use serde_json::json;

pub fn routes(cx: Client) -> impl FnOnce(&mut ServiceConfig) {
    move |app| {
        app.app_data(Data::new(cx)).route("/reports/{report}/view", post().to(view));
    }
}

async fn view(cx: Data<Client>, report: Path<String>) -> actix_web::Result<HttpResponse> {
    // Decide here whether this user may see the report: whoever has the URL sees it.
    let url = cx.report(report.into_inner()).preview().hide_print_button().url().await.map_err(|error| {
        tracing::warn!(%error, "no preview");
        ErrorBadGateway("the report cannot be shown")
    })?;
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(json!({ "url": url.expose() })))
}
