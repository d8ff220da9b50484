//! Bounds of lengths, numbers and counts.

use serde_json::Value;

use super::{comparison::Comparison, view::View};
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

/// A bound as a schema or a part of its `allOf` states it.
struct Stated<'a> {
    bound: f64,
    /// Whether the bound itself is excluded.
    is_exclusive: bool,
    value: &'a Value,
    place: String,
}

impl Bound {
    /// The tightest bound that a schema and its `allOf` state.
    fn of<'a>(&self, view: &View<'a>) -> Option<Stated<'a>> {
        let exclusive = match self.keyword {
            "maximum" => "exclusiveMaximum",
            "minimum" => "exclusiveMinimum",
            _ => "",
        };
        let stated = view.parts.iter().filter_map(|(schema, place)| {
            let value = schema.get(self.keyword)?;
            let is_exclusive = schema.get(exclusive) == Some(&Value::Bool(true));
            Some(Stated { bound: value.as_f64()?, is_exclusive, value, place: format!("{place}/{}", self.keyword) })
        });
        let tightest = stated.reduce(|one, other| if self.is_further(&one, &other) { other } else { one })?;
        // Whatever has a length has at least none.
        let says_nothing = self.keyword != "minimum" && !self.is_upper && tightest.bound <= 0.0;
        (!says_nothing).then_some(tightest)
    }

    /// Whether `one` allows what `other` does not.
    fn is_further(&self, one: &Stated<'_>, other: &Stated<'_>) -> bool {
        let distance = if self.is_upper { one.bound - other.bound } else { other.bound - one.bound };
        distance > 0.0 || (distance == 0.0 && !one.is_exclusive && other.is_exclusive)
    }
}

impl Stated<'_> {
    fn value(&self) -> Value {
        let value = self.value;
        if self.is_exclusive { Value::from(format!("{value}, exclusive")) } else { value.clone() }
    }
}

impl Comparison<'_> {
    pub(super) fn bounds(&mut self) {
        for bound in &BOUNDS {
            let (before, after) = (bound.of(&self.before), bound.of(&self.after));
            let rule = match (&before, &after) {
                (None, Some(_)) => bound.narrowed,
                (Some(_), None) => bound.widened,
                (Some(before), Some(after)) if bound.is_further(before, after) => bound.narrowed,
                (Some(before), Some(after)) if bound.is_further(after, before) => bound.widened,
                _ => continue,
            };
            let (base, revision) = self.places(bound.keyword);
            let place =
                |stated: &Option<Stated<'_>>, other| stated.as_ref().map_or(other, |stated| stated.place.clone());
            let (base, revision) = (place(&before, base), place(&after, revision));
            let [before, after] = [before, after].map(|stated| stated.map(|stated| stated.value()));
            self.push(rule, base, revision, None, before.as_ref(), after.as_ref());
        }
        let is_unique = |view: &View<'_>| view.all("uniqueItems").any(|value| *value == true);
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

/// What numbers are multiples of: of every step that `allOf` states.
fn step(view: &View<'_>) -> Option<f64> {
    let steps = view.all("multipleOf").filter_map(Value::as_f64).map(f64::abs).filter(|step| *step > 0.0);
    steps.reduce(|one, other| {
        let multiple = (1..=1000).map(|factor| one * f64::from(factor)).find(|multiple| is_multiple(*multiple, other));
        multiple.unwrap_or(one * other)
    })
}
