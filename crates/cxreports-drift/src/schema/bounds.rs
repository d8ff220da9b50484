//! Bounds of lengths, numbers and counts.

use serde_json::Value;

use super::{
    comparison::{Comparison, places},
    number::Number,
    view::View,
};
use crate::rules::Rule;

/// A keyword that bounds values.
struct Bound {
    keyword: &'static str,
    is_upper: bool,
    narrowed: Rule,
    widened: Rule,
}

const BOUNDS: [Bound; 8] = [
    upper("maxLength", Rule::MaxLengthNarrowed, Rule::MaxLengthWidened),
    lower("minLength", Rule::MinLengthNarrowed, Rule::MinLengthWidened),
    upper("maximum", Rule::MaximumNarrowed, Rule::MaximumWidened),
    lower("minimum", Rule::MinimumNarrowed, Rule::MinimumWidened),
    upper("maxItems", Rule::MaxItemsNarrowed, Rule::MaxItemsWidened),
    lower("minItems", Rule::MinItemsNarrowed, Rule::MinItemsWidened),
    upper("maxProperties", Rule::MaxPropertiesNarrowed, Rule::MaxPropertiesWidened),
    lower("minProperties", Rule::MinPropertiesNarrowed, Rule::MinPropertiesWidened),
];

const fn upper(keyword: &'static str, narrowed: Rule, widened: Rule) -> Bound {
    Bound { keyword, is_upper: true, narrowed, widened }
}

const fn lower(keyword: &'static str, narrowed: Rule, widened: Rule) -> Bound {
    Bound { keyword, is_upper: false, narrowed, widened }
}

/// The bound of a schema's values.
#[derive(Clone)]
struct Limit {
    bound: Number,
    /// Whether the bound itself is excluded.
    is_exclusive: bool,
    /// As the document states it, and where; it does not where the format alone bounds values.
    stated: Option<(Value, String)>,
}

impl Bound {
    /// The tightest bound that a schema has: of its parts, or of its format.
    fn of(&self, view: &View<'_>) -> Option<Limit> {
        let exclusive = match self.keyword {
            "maximum" => "exclusiveMaximum",
            "minimum" => "exclusiveMinimum",
            _ => "",
        };
        let is_whole = exclusive.is_empty() || view.kind() == Some("integer");
        let stated = view.parts.iter().filter_map(|(schema, place)| {
            let value = schema.get(self.keyword)?;
            let is_exclusive = schema.get(exclusive) == Some(&Value::Bool(true));
            let shown = if is_exclusive { format!("{value}, exclusive").into() } else { value.clone() };
            let stated = Some((shown, format!("{place}/{}", self.keyword)));
            let limit = Limit { bound: Number::of(value)?, is_exclusive, stated };
            Some(if is_whole { self.whole(limit) } else { limit })
        });
        let range = view.range().filter(|_| !exclusive.is_empty()).map(|(least, most)| {
            let bound = if self.is_upper { most } else { least };
            Limit { bound, is_exclusive: false, stated: None }
        });
        let tightest = range
            .into_iter()
            .chain(stated)
            .reduce(|one, other| if self.is_further(&one, &other) { other } else { one })?;
        // Whatever has a length has at least none.
        let says_nothing = exclusive.is_empty() && !self.is_upper && tightest.bound <= Number::Whole(0);
        (!says_nothing).then_some(tightest)
    }

    /// The same bound of whole numbers: above 0 is 1 and more.
    fn whole(&self, limit: Limit) -> Limit {
        let bound = match limit.bound {
            whole @ Number::Whole(_) if limit.is_exclusive => whole.plus(if self.is_upper { -1 } else { 1 }),
            bound => bound.whole(!self.is_upper),
        };
        Limit { bound, is_exclusive: false, ..limit }
    }

    /// Whether `one` allows what `other` does not.
    fn is_further(&self, one: &Limit, other: &Limit) -> bool {
        let is_further = if self.is_upper { one.bound > other.bound } else { one.bound < other.bound };
        is_further || (one.bound == other.bound && !one.is_exclusive && other.is_exclusive)
    }
}

impl Comparison<'_> {
    pub(super) fn bounds(&mut self) {
        for bound in &BOUNDS {
            let (before, after) = (bound.of(&self.before), bound.of(&self.after));
            let is_further = |one: &Option<Limit>, other: &Option<Limit>| match (one, other) {
                (one, Some(other)) => {
                    other.stated.is_some() && one.as_ref().is_none_or(|one| bound.is_further(one, other))
                }
                (_, None) => false,
            };
            // What the format alone bounds is compared as the format.
            let rule = if is_further(&before, &after) {
                bound.narrowed
            } else if is_further(&after, &before) {
                bound.widened
            } else {
                continue;
            };
            let [before, after] = [before, after].map(|limit| limit.and_then(|limit| limit.stated));
            let (base, revision) = places(&self.before, &self.after, bound.keyword);
            let place =
                |stated: &Option<(Value, String)>, other| stated.as_ref().map_or(other, |(_, place)| place.clone());
            let (base, revision) = (place(&before, base), place(&after, revision));
            let [before, after] = [before, after].map(|stated| stated.map(|(value, _)| value));
            self.push(rule, base, revision, None, before.as_ref(), after.as_ref());
        }
        let is_unique = |view: &View<'_>| view.is("uniqueItems");
        match (is_unique(&self.before), is_unique(&self.after)) {
            (false, true) => self.changed(Rule::UniqueItemsNarrowed, "uniqueItems", None, Some(&true.into())),
            (true, false) => self.changed(Rule::UniqueItemsWidened, "uniqueItems", Some(&true.into()), None),
            _ => {}
        }
    }

    pub(super) fn multiple_of(&mut self) {
        let (before, after) = (step(&self.before), step(&self.after));
        let rule = match (before, after) {
            (one, other) if one == other => return,
            (None, _) => Rule::MultipleOfNarrowed,
            (_, None) => Rule::MultipleOfWidened,
            (Some(one), Some(other)) if is_multiple(other, one) => Rule::MultipleOfNarrowed,
            (Some(one), Some(other)) if is_multiple(one, other) => Rule::MultipleOfWidened,
            _ => Rule::MultipleOfChanged,
        };
        let [before, after] = [before, after].map(|step| step.map(Value::from));
        self.changed(rule, "multipleOf", before.as_ref(), after.as_ref());
    }
}

/// Whether a number is a multiple of a step. Decimal steps like 0.01 have no exact binary form.
fn is_multiple(number: f64, step: f64) -> bool {
    let ratio = number / step;
    (ratio - ratio.round()).abs() < 1e-9 && ratio.round() >= 1.0
}

/// What numbers are multiples of: of every step that `allOf` states. Whole numbers are multiples of 1 anyway.
fn step(view: &View<'_>) -> Option<f64> {
    let steps = view.all("multipleOf").filter_map(Value::as_f64).map(f64::abs).filter(|step| *step > 0.0);
    let step = steps.reduce(|one, other| {
        let multiple = (1..=1000).map(|factor| one * f64::from(factor)).find(|multiple| is_multiple(*multiple, other));
        multiple.unwrap_or(one * other)
    });
    step.filter(|step| view.kind() != Some("integer") || !is_multiple(1.0, *step))
}
