//! Routes as ASP.NET matches them.

use cxreports_core::{Kind, OperationSpec, op};
use http::Method;
use serde_json::Value;

#[cfg(feature = "validate")]
use crate::strict::Rules;
use crate::{
    binding::{self, Form},
    endpoint::Endpoint,
    operations::{self, Handler},
    preview,
    settings::Settings,
};

/// What an instance serves.
pub(crate) struct Routes(Vec<Route>);

/// A route, and what is behind it.
pub(crate) struct Route {
    method: Method,
    segments: Vec<Segment>,
    pub(crate) form: Form,
    /// The rules of its document, for an instance that is strict.
    #[cfg(feature = "validate")]
    pub(crate) rules: Option<Rules>,
    /// `None` for an operation of the document that the simulator does not know.
    pub(crate) action: Option<(Endpoint, Handler)>,
}

enum Segment {
    Literal(String),
    Text,
    /// With the constraint `int`: what is no integer does not match.
    Integer,
}

/// What there is at a path.
pub(crate) enum Found<'a> {
    /// The route, and the values of its parameters.
    Route(&'a Route, Vec<String>),
    /// Routes of other methods, which it lists.
    OtherMethod(String),
    /// No route.
    Nothing,
}

impl Routes {
    /// Serves what a document lists, and the preview page.
    pub(crate) fn of(settings: &Settings, document: &Value) -> Self {
        let mut routes = Vec::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let Ok(method) = method.to_ascii_uppercase().parse::<Method>() else { continue };
                routes.push(Route::of(settings, document, method, path, operation));
            }
        }
        routes.push(Route {
            method: Method::GET,
            segments: segments(preview::PATH, None),
            form: Form::of_query(preview::FIELDS),
            #[cfg(feature = "validate")]
            rules: None,
            action: operations::handler(Endpoint::PREVIEW).map(|handler| (Endpoint::PREVIEW, handler)),
        });
        Self(routes)
    }

    /// Finds a decoded path below the base path: without regard to case, and with or without a slash at its end.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Found<'_> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let given: Vec<&str> = path.split('/').collect();
        let mut others = Vec::new();
        for route in self.0.iter().filter(|route| route.matches(&given)) {
            // Methods have no case here (`HttpMethodMatcherPolicy`).
            if route.method.as_str().eq_ignore_ascii_case(method.as_str()) {
                let values =
                    route.segments.iter().zip(given).filter(|(segment, _)| !matches!(segment, Segment::Literal(_)));
                return Found::Route(route, values.map(|(_, value)| value.to_owned()).collect());
            }
            others.push(route.method.as_str());
        }
        others.sort_unstable();
        if others.is_empty() { Found::Nothing } else { Found::OtherMethod(others.join(", ")) }
    }
}

impl Route {
    fn of(settings: &Settings, document: &Value, method: Method, path: &str, operation: &Value) -> Self {
        let spec = op::ALL.iter().copied().find(|spec| spec.method == method.as_str() && has_shape(spec.path, path));
        let endpoint = spec.map(Endpoint::from);
        let place = match path.strip_prefix("/api/v1") {
            Some(rest) if !settings.api_root.is_empty() => format!("{}{rest}", settings.api_root),
            _ => path.to_owned(),
        };
        // A document that is written otherwise may have nullable members where the edition's has none.
        let nullable = settings.written_as.is_some();
        Self {
            method,
            segments: segments(&place, spec),
            form: spec.map(|spec| Form::of(spec, document, operation, nullable)).unwrap_or_default(),
            #[cfg(feature = "validate")]
            rules: settings.strict.then(|| Rules::read(document, operation)),
            action: endpoint.and_then(|endpoint| Some((endpoint, operations::handler(endpoint)?))),
        }
    }

    fn matches(&self, given: &[&str]) -> bool {
        let same = |(segment, given): (&Segment, &&str)| match segment {
            Segment::Literal(own) => own.eq_ignore_ascii_case(given),
            Segment::Text => !given.is_empty(),
            Segment::Integer => binding::route_integer(given).is_some(),
        };
        self.segments.len() == given.len() && self.segments.iter().zip(given).all(same)
    }
}

/// Whether two paths have the same literal segments, and parameters at the same places.
fn has_shape(one: &str, other: &str) -> bool {
    let same = |(one, other): (&str, &str)| {
        if one.starts_with('{') { other.starts_with('{') } else { one.eq_ignore_ascii_case(other) }
    };
    one.split('/').count() == other.split('/').count() && one.split('/').zip(other.split('/')).all(same)
}

fn segments(path: &str, spec: Option<&OperationSpec>) -> Vec<Segment> {
    let mut parameters = spec.map_or(&[][..], |spec| spec.parameters).iter();
    let segment = |text: &str| match text {
        _ if !text.starts_with('{') => Segment::Literal(text.to_owned()),
        _ => match parameters.next().map(|parameter| parameter.field.kind) {
            Some(Kind::Int32 | Kind::Int64) => Segment::Integer,
            _ => Segment::Text,
        },
    };
    path.trim_start_matches('/').split('/').map(segment).collect()
}
