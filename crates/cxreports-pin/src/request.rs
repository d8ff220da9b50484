//! An operation as the request that one instance wants.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use cxreports_core::{Absent, Argument, Binding, CallError, Content, Encoding, Location, Operation, Output};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue};
use url::{Url, form_urlencoded::Serializer};

use crate::{
    base::{origin, path_without_overlap},
    body::{Body, listed},
};

/// All but the unreserved characters of RFC 3986, 2.3.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What a cookie's value cannot have (RFC 6265, 4.1.1), and the percent sign.
const COOKIE_VALUE: &AsciiSet =
    &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\').add(b'%');

/// Where requests go, and what each of them carries.
#[derive(Clone)]
pub(crate) struct Target {
    /// Base URL, without a slash at its end.
    pub(crate) base: Arc<str>,
    /// The same, parsed once; `None` if it is not a URL.
    parsed: Option<Url>,
    /// Where its path begins.
    path: usize,
    /// Parameters that the instance requires beyond the contract, by their names in lower case.
    pub(crate) parameters: Arc<BTreeMap<String, String>>,
}

impl Target {
    pub(crate) fn new(base: &str) -> Self {
        let base = base.trim_end_matches('/');
        Self { base: base.into(), parsed: base.parse().ok(), path: origin(base), parameters: Arc::default() }
    }
}

/// The request of an operation, and its body apart. Every field that is set has to be in the binding.
pub(crate) fn request<'a, Op: Operation>(
    target: &'a Target,
    binding: &'a Binding,
    operation: &'a Op,
) -> Result<(reqwest::Request, Option<Body>), CallError> {
    let mut parts = Parts { path: Vec::new(), query: Vec::new(), body: Body::default(), headers: HeaderMap::new() };
    let name = Op::SPEC.name;
    let invalid = |detail: String| CallError::InvalidArgument(format!("{name}: {detail}"));
    let mut absent: Vec<_> = binding.fields.iter().filter(|field| field.absent != Absent::Omit).collect();
    let mut outcome = Ok(());
    operation.each_argument(&mut |location, field, value| {
        absent.retain(|absent| absent.field != field);
        let written = parts.field(binding, location, field, &value);
        if outcome.is_ok() {
            outcome = written.map_err(|detail| invalid(format!("`{field}`: {detail}")));
        }
    });
    outcome?;
    for field in absent {
        parts.absent(field.location, &field.name, &field.absent).map_err(invalid)?;
    }
    for extra in binding.extras.iter() {
        let known = target.parameters.get(&extra.name.to_ascii_lowercase()).map(String::as_str);
        let value = known.or(extra.value.as_deref()).ok_or_else(|| {
            invalid(format!("the instance requires `{}`; set it on the client with parameter()", extra.name))
        })?;
        parts.extra(extra.location, &extra.name, value).map_err(invalid)?;
    }
    parts.finish::<Op>(target, binding).map_err(invalid)
}

struct Parts<'a> {
    path: Vec<(&'a str, Cow<'a, str>)>,
    query: Vec<(&'a str, Cow<'a, str>)>,
    body: Body,
    headers: HeaderMap,
}

impl<'a> Parts<'a> {
    fn field(
        &mut self,
        binding: &'a Binding,
        location: Location,
        name: &'static str,
        value: &Argument<'a>,
    ) -> Result<(), String> {
        if location == Location::Path {
            self.path.push((name, value.to_text()));
            return Ok(());
        }
        let field = binding.field(location, name).ok_or("the instance has no such field")?;
        if location == Location::Body {
            return self.body.member(&field.name, value, &field.encoding);
        }
        let text = match &field.encoding {
            Encoding::Values(values) => listed(value, values)?.to_string().into(),
            _ => value.to_text(),
        };
        self.query.push((&field.name, text));
        Ok(())
    }

    fn absent(&mut self, location: Location, name: &'a str, absent: &'a Absent) -> Result<(), String> {
        let json = match absent {
            Absent::Omit => return Ok(()),
            Absent::Refuse => return Err(format!("the instance requires `{name}`; set it")),
            Absent::Null => "null",
            Absent::Default(json) => json,
        };
        if location == Location::Body {
            self.body.raw_member(name, json);
        } else {
            let text = serde_json::from_str::<String>(json).map_or(Cow::Borrowed(json), Cow::Owned);
            self.query.push((name, text));
        }
        Ok(())
    }

    fn extra(&mut self, location: Location, name: &'a str, value: &'a str) -> Result<(), String> {
        match location {
            Location::Path => self.path.push((name, value.into())),
            Location::Query => self.query.push((name, value.into())),
            Location::Body => self.body.raw_member(name, &serde_json::Value::from(value).to_string()),
            Location::Header => {
                let bad = || format!("`{name}` cannot be sent as a header");
                let header: HeaderName = name.parse().map_err(|_| bad())?;
                let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
                value.set_sensitive(true);
                self.headers.insert(header, value);
            }
            Location::Cookie => {
                let cookie = format!("{name}={}", utf8_percent_encode(value, COOKIE_VALUE));
                let all = match self.headers.get(COOKIE).and_then(|cookies| cookies.to_str().ok()) {
                    Some(before) => format!("{before}; {cookie}"),
                    None => cookie,
                };
                let mut value =
                    HeaderValue::from_str(&all).map_err(|_| format!("`{name}` cannot be sent as a cookie"))?;
                value.set_sensitive(true);
                self.headers.insert(COOKIE, value);
            }
        }
        Ok(())
    }

    fn finish<Op: Operation>(
        mut self,
        target: &Target,
        binding: &Binding,
    ) -> Result<(reqwest::Request, Option<Body>), String> {
        let mut url = target.parsed.clone().ok_or_else(|| format!("{:?} is not a URL", target.base))?;
        let before = path_without_overlap(&target.base[target.path..], &binding.path);
        let mut path = String::with_capacity(before.len() + binding.path.len() + 32);
        path.push_str(before);
        self.write_path(&binding.path, &mut path)?;
        url.set_path(&path);
        if !self.query.is_empty() {
            url.set_query(Some(&Serializer::new(String::new()).extend_pairs(&self.query).finish()));
        }
        let method = Op::SPEC.method.parse().map_err(|_| "no method".to_owned())?;
        let (mut request, mut body) = (reqwest::Request::new(method, url), None);
        let accept = if <Op::Output as Output>::CONTENT == Content::File { "*/*" } else { "application/json" };
        self.headers.insert(ACCEPT, HeaderValue::from_static(accept));
        if !Op::SPEC.body.is_empty() {
            let media_type = HeaderValue::from_str(&binding.media_type).map_err(|_| "no media type".to_owned())?;
            self.headers.insert(CONTENT_TYPE, media_type);
            body = Some(self.body);
        } else if Op::SPEC.method != "GET" {
            // IIS and HTTP.sys respond with 411 otherwise (RFC 9110, 8.6).
            self.headers.insert(CONTENT_LENGTH, 0.into());
        }
        *request.headers_mut() = self.headers;
        Ok((request, body))
    }

    fn write_path(&self, template: &str, url: &mut String) -> Result<(), String> {
        let mut rest = template;
        while let Some((literal, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or("its path has a brace without its pair")?;
            let (_, value) =
                self.path.iter().find(|(known, _)| *known == name).ok_or_else(|| format!("its path needs `{name}`"))?;
            url.push_str(literal);
            url.extend(utf8_percent_encode(value, SEGMENT));
            rest = after;
        }
        url.push_str(rest);
        Ok(())
    }
}
