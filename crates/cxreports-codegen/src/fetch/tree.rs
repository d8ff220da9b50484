//! Text as a tree of values, with what the tree has no place for: members that an object has more than once.

use std::{borrow::Cow, fmt};

use cxreports_openapi::document::escape;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A member that an object has more than once. RFC 8259, 4: what readers make of it differs; System.Text.Json and serde_json keep the
/// last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// Its JSON pointer.
    pub pointer: String,
    /// The line where it is written again, from 1; nothing for those after the first twenty.
    pub line: Option<usize>,
}

impl fmt::Display for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.pointer)?;
        self.line.map_or(Ok(()), |line| write!(f, " in line {line}"))
    }
}

/// The repeated members of which the line is looked up.
const LINES: usize = 20;

/// Reads a value, and the members that are repeated in it. `read` reads the text with a seed, and gives the line of an error.
pub(super) fn read<E>(
    mut read: impl FnMut(Tree<'_>) -> Result<Value, E>,
    line_of: impl Fn(&E) -> Option<usize>,
) -> Result<(Value, Vec<Repeated>), E> {
    let mut watch = Watch::default();
    let value = read(Tree(&mut watch))?;
    let repeated = std::mem::take(&mut watch.repeated).into_iter().enumerate();
    // Readers tell a line with an error alone: where there is anything to tell, the text is read again, up to it.
    let place = |(index, pointer)| {
        let mut watch = Watch { stop_at: Some(index), ..Watch::default() };
        let line = if index < LINES { read(Tree(&mut watch)).err().as_ref().and_then(&line_of) } else { None };
        Repeated { pointer, line }
    };
    Ok((value, repeated.map(place).collect()))
}

#[derive(Debug, Default)]
struct Watch {
    /// The members that lead to where the reader is.
    path: Vec<String>,
    /// The pointers of what is repeated.
    repeated: Vec<String>,
    /// The repeated member at which reading ends.
    stop_at: Option<usize>,
}

/// A seed for a value.
pub(super) struct Tree<'w>(&'w mut Watch);

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            self.0.path.push(values.len().to_string());
            let value = items.next_element_seed(Tree(self.0))?;
            self.0.path.pop();
            match value {
                Some(value) => values.push(value),
                None => return Ok(values.into()),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key_seed(Name { watch: self.0, known: &object })? {
            self.0.path.push(name);
            let value = members.next_value_seed(Tree(self.0))?;
            object.insert(self.0.path.pop().unwrap_or_default(), value);
        }
        Ok(object.into())
    }
}

/// A seed for the name of a member: an error that is raised here is told with its line.
struct Name<'w> {
    watch: &'w mut Watch,
    known: &'w Map<String, Value>,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<String, E> {
        if self.known.contains_key(name) {
            let segments = self.watch.path.iter().map(|segment| Cow::Borrowed(segment.as_str())).chain([name.into()]);
            let pointer = segments.map(|segment| format!("/{}", escape(&segment))).collect();
            if self.watch.stop_at == Some(self.watch.repeated.len()) {
                return Err(E::custom("a member is repeated"));
            }
            self.watch.repeated.push(pointer);
        }
        Ok(name.to_owned())
    }
}
