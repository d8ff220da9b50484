//! Numbers and other values as documents write them: `1` and `1.0` are one number, and no integer is rounded.

use std::cmp::Ordering;

use serde_json::Value;

/// A number that is compared without rounding.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Whole(i128),
    Fraction(f64),
}

/// Every whole `f64` below this has an exact `i128`.
const WHOLE: f64 = 1e38;

impl Number {
    pub(super) fn of(value: &Value) -> Option<Self> {
        let whole = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
        whole.map(Self::Whole).or_else(|| value.as_f64().map(Self::from))
    }

    /// The nearest whole number that is not smaller, or not larger.
    pub(super) fn whole(self, is_up: bool) -> Self {
        match self {
            Self::Fraction(number) => Self::from(if is_up { number.ceil() } else { number.floor() }),
            whole => whole,
        }
    }

    pub(super) fn plus(self, step: i128) -> Self {
        match self {
            Self::Whole(number) => Self::Whole(number.saturating_add(step)),
            fraction => fraction,
        }
    }
}

impl From<f64> for Number {
    #[allow(clippy::cast_possible_truncation, reason = "it is whole and in the range")]
    fn from(number: f64) -> Self {
        if number.fract() == 0.0 && number.abs() < WHOLE { Self::Whole(number as i128) } else { Self::Fraction(number) }
    }
}

/// A text that is the same for equal values.
pub(super) fn canonical(value: &Value) -> String {
    match Number::of(value) {
        Some(Number::Whole(number)) => number.to_string(),
        Some(Number::Fraction(number)) => number.to_string(),
        None => value.to_string(),
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    #[allow(clippy::cast_possible_truncation, reason = "a fraction is below 2^53, or beyond every whole number")]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => Some(one.cmp(other)),
            (Self::Fraction(one), Self::Fraction(other)) => one.partial_cmp(other),
            (Self::Whole(one), Self::Fraction(other)) => {
                Some(if *one <= other.floor() as i128 { Ordering::Less } else { Ordering::Greater })
            }
            (Self::Fraction(_), Self::Whole(_)) => other.partial_cmp(self).map(Ordering::reverse),
        }
    }
}

/// Whether two values are the same to whoever reads them.
pub(super) fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(_), Value::Number(_)) => Number::of(one) == Number::of(other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| equal(value, other)))
        }
        _ => one == other,
    }
}

/// Whether two lists have the same values, in any order.
pub(super) fn equal_sets(one: &[Value], other: &[Value]) -> bool {
    let has = |list: &[Value], value: &Value| list.iter().any(|known| equal(known, value));
    one.iter().all(|value| has(other, value)) && other.iter().all(|value| has(one, value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_compared_without_rounding() {
        let is_less = |one: Value, other: Value| Number::of(&one) < Number::of(&other);
        assert!(is_less(json!(9_007_199_254_740_992_i64), json!(9_007_199_254_740_993_i64)));
        assert!(is_less(json!(u64::MAX - 1), json!(u64::MAX)));
        assert!(
            is_less(json!(0.5), json!(1)) && is_less(json!(-1), json!(-0.5)) && is_less(json!(i64::MIN), json!(0.1))
        );
        assert!(is_less(json!(u64::MAX), json!(1e300)) && is_less(json!(-1e300), json!(i64::MIN)));
        assert!(equal(&json!([1, { "a": 2.0 }]), &json!([1.0, { "a": 2 }])));
        assert!(!equal(&json!(9_007_199_254_740_992_i64), &json!(9_007_199_254_740_993_i64)));
    }
}
