//! Credentials: whoever had enough still has, if some alternative asks for no more than theirs did.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    comparison::{Comparison, Places},
    side::{Alternative, scheme_pointer},
};
use crate::{
    finding::At,
    rules::{Direction, Rule},
};

impl Comparison<'_, '_, '_> {
    pub(super) fn security(&mut self) {
        let (before, mut after) = (self.before.security(), self.after.security());
        self.rename_schemes(&before, &mut after);
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
            let has_http = self.has_http();
            let (was, is) = (self.before.scheme(name, has_http), self.after.scheme(name, has_http));
            if was.is_some() && is.is_some() && was != is {
                let place = scheme_pointer(name);
                let places = Places { base: &place, revision: &place, ..places };
                let definition = |document: &serde_json::Value| document.pointer(&place).cloned();
                self.push(
                    Rule::SecuritySchemeChanged,
                    &places,
                    definition(self.before.document),
                    definition(self.after.document),
                );
            }
        }
    }

    /// A scheme that is defined as one was keeps that one's name.
    fn rename_schemes<'s>(&self, before: &[Alternative<'s>], after: &mut [Alternative<'s>]) {
        let known: BTreeSet<&'s str> = before.iter().flat_map(|schemes| schemes.keys().copied()).collect();
        let has_http = self.has_http();
        for alternative in after {
            let names: Vec<_> = alternative.keys().copied().filter(|name| !known.contains(name)).collect();
            for name in names {
                let Some(definition) = self.after.scheme(name, has_http) else { continue };
                let is_same = |old: &&&str| self.before.scheme(old, has_http).as_ref() == Some(&definition);
                if let Some(old) = known.iter().find(is_same)
                    && !alternative.contains_key(old)
                    && let Some(scopes) = alternative.remove(name)
                {
                    alternative.insert(old, scopes);
                }
            }
        }
    }

    /// Whether both documents have words for the schemes of HTTP.
    fn has_http(&self) -> bool {
        let documents = self.schemas.documents;
        !documents.base_lacks.openapi && !documents.revision_lacks.openapi
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
