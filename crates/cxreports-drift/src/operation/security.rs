//! Credentials: whoever had enough still has, if some alternative asks for no more than theirs did.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;

use super::{
    comparison::{Comparison, Places},
    scheme::{Scheme, scheme_pointer},
    side::Alternative,
};
use crate::{
    finding::At,
    rules::{Direction, Rule},
};

impl Comparison<'_, '_, '_> {
    pub(super) fn security(&mut self) {
        let (before, mut after) = (self.before.security(), self.after.security());
        let renamed = self.rename_schemes(&before, &mut after);
        let (base, revision) =
            (format!("{}/security", self.before.pointer()), format!("{}/security", self.after.pointer()));
        let at = Arc::new(At::Security);
        let places =
            Places { base: &base, revision: &revision, at: &at, direction: Some(Direction::Request), field: None };
        let has_schemes =
            |had: &Alternative<'_>, asks: &Alternative<'_>| asks.keys().all(|name| had.contains_key(name));
        let has_scopes = |had: &Alternative<'_>, asks: &Alternative<'_>| {
            asks.iter().all(|(name, scopes)| had.get(name).is_some_and(|had| scopes.is_subset(had)))
        };
        let show = |alternatives: &[Alternative<'_>]| Some(in_words(alternatives).into());
        if let Some(had) = before.iter().find(|had| !after.iter().any(|asks| has_scopes(had, asks))) {
            let only_scopes = after.iter().any(|asks| has_schemes(had, asks));
            let rule = if only_scopes { Rule::ScopeAdded } else { Rule::SecurityAdded };
            self.push(rule, &places, show(&before), show(&after));
        } else if after.iter().any(|asks| !before.iter().any(|had| has_scopes(asks, had))) {
            self.push(Rule::SecurityRelaxed, &places, show(&before), show(&after));
        }
        let used: BTreeSet<&str> = before.iter().chain(&after).flat_map(|schemes| schemes.keys().copied()).collect();
        for name in used {
            let now = renamed.get(name).copied().unwrap_or(name);
            if let (Some(was), Some(is)) = (self.scheme_before(name), self.scheme_after(now)) {
                let (base, revision) = (scheme_pointer(name), scheme_pointer(now));
                self.scheme(&Places { base: &base, revision: &revision, ..places }, &was, &is);
            }
        }
    }

    fn scheme_before(&self, name: &str) -> Option<Scheme> {
        Scheme::read(self.before.document, name)
    }

    fn scheme_after(&self, name: &str) -> Option<Scheme> {
        Scheme::read(self.after.document, name)
    }

    fn scheme(&mut self, places: &Places<'_>, was: &Scheme, is: &Scheme) {
        if !was.is_deprecated && is.is_deprecated {
            self.push(Rule::SecuritySchemeDeprecated, places, None, None);
        }
        let values = (Some(was.how.as_str().into()), Some(is.how.as_str().into()));
        if was.how != is.how {
            // Swagger 2.0 has no word for bearer tokens but a header.
            let lacks_word = self.lacks_http() && [was, is].iter().any(|scheme| scheme.how == "http bearer");
            match was.is_same_header(is) {
                true if lacks_word => {}
                true => self.push(Rule::SecuritySchemeRestated, places, values.0, values.1),
                false => self.push(Rule::SecuritySchemeChanged, places, values.0, values.1),
            }
            return;
        }
        let said = |text: String| Some(Value::from(text));
        for (flow, had) in &was.flows {
            let Some(has) = is.flows.get(flow) else {
                self.push(Rule::SecuritySchemeReduced, places, said(format!("flow {flow}")), None);
                continue;
            };
            for (member, url) in &had.urls {
                let now = has.urls.get(member);
                if now != Some(url) {
                    let of = |url: &String| Value::from(format!("{member} of {flow}: {url}"));
                    self.push(Rule::SecuritySchemeChanged, places, Some(of(url)), now.map(of));
                }
            }
            for (member, url) in has.urls.iter().filter(|(member, _)| !had.urls.contains_key(*member)) {
                let rule =
                    if member == "refreshUrl" { Rule::SecuritySchemeExtended } else { Rule::SecuritySchemeChanged };
                self.push(rule, places, None, said(format!("{member} of {flow}: {url}")));
            }
            for scope in had.scopes.difference(&has.scopes) {
                self.push(Rule::ScopeWithdrawn, places, said(format!("{scope} of {flow}")), None);
            }
            for scope in has.scopes.difference(&had.scopes) {
                self.push(Rule::SecuritySchemeExtended, places, None, said(format!("scope {scope} of {flow}")));
            }
        }
        for flow in is.flows.keys().filter(|flow| !was.flows.contains_key(*flow)) {
            self.push(Rule::SecuritySchemeExtended, places, None, said(format!("flow {flow}")));
        }
    }

    /// A scheme that is defined as one was keeps that one's name. Gives the new names by the old ones.
    fn rename_schemes<'s>(
        &self,
        before: &[Alternative<'s>],
        after: &mut [Alternative<'s>],
    ) -> BTreeMap<&'s str, &'s str> {
        let known: BTreeSet<&'s str> = before.iter().flat_map(|schemes| schemes.keys().copied()).collect();
        let mut renamed = BTreeMap::new();
        for alternative in after {
            let names: Vec<_> = alternative.keys().copied().filter(|name| !known.contains(name)).collect();
            for name in names {
                let Some(now) = self.scheme_after(name) else { continue };
                let find = |is_same: fn(&Scheme, &Scheme) -> bool| {
                    let is_it = |old: &&&str| self.scheme_before(old).is_some_and(|was| is_same(&was, &now));
                    known.iter().find(is_it).copied()
                };
                if let Some(old) = find(Scheme::is_like).or_else(|| find(Scheme::is_same_header))
                    && !alternative.contains_key(old)
                    && let Some(scopes) = alternative.remove(name)
                {
                    alternative.insert(old, scopes);
                    renamed.insert(old, name);
                }
            }
        }
        renamed
    }

    /// Whether one of the documents has no word for the schemes of HTTP, and writes a header instead.
    fn lacks_http(&self) -> bool {
        let documents = self.schemas.documents;
        documents.base_lacks.openapi || documents.revision_lacks.openapi
    }
}

/// `Bearer`, `Bearer (read, write) and Key`, `Bearer or none`.
fn in_words(alternatives: &[Alternative<'_>]) -> String {
    let scheme = |(name, scopes): (&&str, &BTreeSet<&str>)| match scopes.iter().copied().collect::<Vec<_>>() {
        scopes if scopes.is_empty() => (*name).to_owned(),
        scopes => format!("{name} ({})", scopes.join(", ")),
    };
    let alternative = |schemes: &Alternative<'_>| match schemes.is_empty() {
        true => "none".to_owned(),
        false => schemes.iter().map(scheme).collect::<Vec<_>>().join(" and "),
    };
    alternatives.iter().map(alternative).collect::<Vec<_>>().join(" or ")
}
