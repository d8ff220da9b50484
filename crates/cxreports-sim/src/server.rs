//! An instance: the way of a request through it, and its connections.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use http::{
    Method, StatusCode,
    header::{self, HeaderValue},
};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    auth,
    call::Reply,
    gate, limits,
    response::{Body, Closed, Response},
    routes::{Found, Routes},
    settings::Settings,
    state::State,
    swagger,
    wire::{self, Head, Refusal, RequestBody, Service},
};

/// An instance, with the routes of the document that it has now.
pub(crate) struct Server {
    pub(crate) state: State,
    routes: RwLock<Arc<Routes>>,
}

impl Server {
    pub(crate) fn new(mut settings: Settings) -> Self {
        let given = settings.document.take();
        let document = swagger::document(&settings, given);
        let routes = Routes::of(&settings, &document.json);
        Self { state: State::new(settings, document), routes: RwLock::new(Arc::new(routes)) }
    }

    /// Serves another document from now on, and only what it lists.
    pub(crate) fn set_document(&self, document: serde_json::Value) {
        let document = swagger::document(&self.state.settings, Some(document));
        let routes = Arc::new(Routes::of(&self.state.settings, &document.json));
        self.state.set_document(document);
        *self.routes.write().unwrap_or_else(PoisonError::into_inner) = routes;
    }

    /// Serves connections until it is dropped, and they with it.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            // Finished connections are taken out, so that the set does not grow.
            while connections.try_join_next().is_some() {}
            let Ok((stream, _)) = listener.accept().await else {
                // Out of file descriptors, most likely: others may be closed meanwhile.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let _ = stream.set_nodelay(true);
            let server = Arc::clone(&self);
            connections.spawn(async move { wire::serve(stream, &*server, server.state.settings.timeouts).await });
        }
    }

    async fn route(&self, head: &Head, body: &mut RequestBody<'_>) -> Result<Response, Closed> {
        let settings = &self.state.settings;
        if !settings.latency.is_zero() {
            tokio::time::sleep(settings.latency).await;
        }
        let nothing = || Ok(Reply::from(Body::empty()).status(StatusCode::NOT_FOUND).response);
        let Some(path) = below(&settings.base_path, &head.path) else { return nothing() };
        if head.method == Method::GET {
            if let Some(response) = swagger::get(&self.state, path).filter(|_| settings.swagger) {
                return Ok(response);
            }
            if path.eq_ignore_ascii_case("/login") {
                return Ok(Reply::html(auth::PAGE).response);
            }
        }
        let routes = Arc::clone(&self.routes.read().unwrap_or_else(PoisonError::into_inner));
        match routes.find(&head.method, path) {
            Found::Route(route, values) => gate::pass(&self.state, route, values, head, body).await,
            Found::OtherMethod(allow) => {
                let allow = HeaderValue::from_str(&allow).expect("methods are tokens");
                let refused = Reply::from(Body::empty()).status(StatusCode::METHOD_NOT_ALLOWED);
                Ok(refused.with(header::ALLOW, allow).response)
            }
            Found::Nothing => nothing(),
        }
    }
}

impl Service for Server {
    async fn respond(&self, head: &Head, body: &mut RequestBody<'_>) -> Result<Response, Closed> {
        let settings = &self.state.settings;
        if let Some(refusal) = limits::refusal(settings, head) {
            return Ok(refusal);
        }
        match settings.proxy.timeout {
            Some(limit) => {
                let response = tokio::time::timeout(limit, self.route(head, body)).await;
                response.unwrap_or_else(|_| Ok(limits::timed_out()))
            }
            None => self.route(head, body).await,
        }
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        limits::refused(&self.state.settings, refusal)
    }

    fn body_limit(&self) -> u64 {
        limits::body(&self.state.settings)
    }
}

/// A path below the base path, which is compared without regard to case.
fn below<'a>(base: &str, path: &'a str) -> Option<&'a str> {
    let (start, rest) = path.split_at_checked(base.len())?;
    (start.eq_ignore_ascii_case(base) && (rest.is_empty() || rest.starts_with('/'))).then_some(rest)
}
