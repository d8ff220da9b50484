//! Responses, by their statuses, with their headers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cxreports_openapi::document::escape;
use serde_json::Value;

use super::{
    comparison::{Comparison, Places},
    side::Side,
};
use crate::{
    finding::At,
    rules::{Direction, Rule},
};

impl Comparison<'_, '_, '_> {
    pub(super) fn responses(&mut self) {
        let (base_at, revision_at) = (self.before.pointer(), self.after.pointer());
        let direction = Some(Direction::Response);
        let before = self.before.responses();
        let mut after = self.after.responses();
        let had_success = before.keys().any(|status| is_success(status));
        let has_success = after.keys().any(|status| is_success(status));
        // A range or the default response may stand for several.
        let mut partners = BTreeSet::new();
        for (status, (base, was)) in before {
            let at = Arc::new(At::Response(status.to_owned()));
            let places = Places { base: &base, revision: &revision_at, at: &at, direction, field: None };
            let stands = |other: &&str| stands_for(status, other, had_success, has_success);
            let partner = after.get_key_value(status).or_else(|| after.iter().find(|(other, _)| stands(other)));
            let Some((partner, (revision, is))) = partner.map(|(partner, found)| (*partner, found.clone())) else {
                let rule = if is_success(status) { Rule::SuccessRemoved } else { Rule::FailureRemoved };
                self.push(rule, &places, Some(status.into()), None);
                continue;
            };
            partners.insert(partner);
            let places = Places { revision: &revision, ..places };
            let has = |response: &Value| response["content"].as_object().is_some_and(|content| !content.is_empty());
            match (has(was), has(is)) {
                (true, false) => self.push(Rule::ContentRemoved, &places, None, None),
                (false, true) => self.push(Rule::ContentAdded, &places, None, None),
                (true, true) => self.content(&places, was, is),
                (false, false) => {}
            }
            self.headers(status, (&base, was), (&revision, is));
            self.not_compared("links", &places, was, is);
        }
        after.retain(|status, _| !partners.contains(status));
        for (status, (revision, _)) in after {
            let at = Arc::new(At::Response(status.to_owned()));
            let places = Places { base: &base_at, revision: &revision, at: &at, direction, field: None };
            let rule = if is_success(status) { Rule::SuccessAdded } else { Rule::FailureAdded };
            self.push(rule, &places, None, Some(status.into()));
        }
    }

    fn headers(&mut self, status: &str, (base_at, was): (&str, &Value), (revision_at, is): (&str, &Value)) {
        let direction = Some(Direction::Response);
        let before = headers(self.before, was, base_at);
        let mut after = headers(self.after, is, revision_at);
        for (name, (base, was)) in before {
            let at = Arc::new(At::Header(status.to_owned(), name.clone()));
            let places = Places { base: &base, revision: revision_at, at: &at, direction, field: Some(&name) };
            let Some((revision, is)) = after.remove(&name) else {
                self.push(Rule::HeaderRemoved, &places, Some(was.clone()), None);
                continue;
            };
            let places = Places { revision: &revision, ..places };
            self.required([Rule::HeaderNowRequired, Rule::HeaderNowOptional], &places, was, is);
            if was["deprecated"] != true && is["deprecated"] == true {
                self.push(Rule::HeaderDeprecated, &places, None, None);
            }
            self.style(&places, "header", was, is);
            self.value(&places, was, is, true);
        }
        for (name, (revision, is)) in after {
            let at = Arc::new(At::Header(status.to_owned(), name.clone()));
            let places = Places { base: base_at, revision: &revision, at: &at, direction, field: Some(&name) };
            self.push(Rule::HeaderAdded, &places, None, Some(is.clone()));
        }
    }
}

/// The headers of a response; their names have no case (RFC 9110, 5.1). The media type is no header of it, whatever a document says
/// (OpenAPI 3.0, "Response Object").
fn headers<'v>(side: Side<'v>, response: &'v Value, at: &str) -> BTreeMap<String, (String, &'v Value)> {
    let headers = response["headers"].as_object().into_iter().flatten();
    let place = |name: &str| format!("{at}/headers/{}", escape(name));
    let headers = headers.filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    headers.map(|(name, header)| (name.to_ascii_lowercase(), side.resolve(place(name), header))).collect()
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

/// Whether a status of the revision is where the responses of one of the base are described now.
fn stands_for(was: &str, is: &str, had_success: bool, has_success: bool) -> bool {
    let is_range = |status: &str| status.eq_ignore_ascii_case("2xx");
    match (was, is) {
        ("default", is) => !had_success && is_success(is),
        (was, "default") => is_success(was) && !has_success,
        (was, is) => (is_range(was) && is_success(is)) || (is_success(was) && is_range(is)),
    }
}
