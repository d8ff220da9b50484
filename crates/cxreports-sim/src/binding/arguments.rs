use std::borrow::Cow;

use chrono::{DateTime, Utc};

use crate::json::Json;

/// A value that was bound.
#[derive(Debug, Clone)]
pub(crate) enum Argument {
    Integer(i64),
    Bool(bool),
    Text(String),
    Time(DateTime<Utc>),
    List(Vec<Argument>),
    Json(Json),
}

/// The arguments of a request, by the names that the API documentation gives them. What is null or absent is not among them.
#[derive(Debug, Default)]
pub(crate) struct Arguments(Vec<(Cow<'static, str>, Argument)>);

impl Arguments {
    pub(super) fn set(&mut self, name: Cow<'static, str>, value: Option<Argument>) {
        self.0.retain(|(own, _)| *own != name);
        self.0.extend(value.map(|value| (name, value)));
    }

    pub(super) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Argument> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        match self.get(name) {
            Some(Argument::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Argument::Bool(true)))
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Argument::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn time(&self, name: &str) -> Option<DateTime<Utc>> {
        match self.get(name) {
            Some(Argument::Time(time)) => Some(*time),
            _ => None,
        }
    }

    pub(crate) fn json(&self, name: &str) -> Option<&Json> {
        match self.get(name) {
            Some(Argument::Json(json)) => Some(json),
            _ => None,
        }
    }

    /// The integers of a list.
    pub(crate) fn integers(&self, name: &str) -> Vec<i64> {
        let Some(Argument::List(items)) = self.get(name) else { return Vec::new() };
        let number = |item: &Argument| if let Argument::Integer(number) = item { Some(*number) } else { None };
        items.iter().filter_map(number).collect()
    }
}
