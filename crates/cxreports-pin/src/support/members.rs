//! Objects whose members may all be left out, which is how responses are generated: they are read and written by this module, since
//! what serde derives for each type takes a compiler several times as long.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor},
    ser::SerializeMap,
};

/// Declares how an object is read and written: each member's name in JSON, and its field.
#[doc(hidden)]
#[macro_export]
macro_rules! object {
    ($name:ident { $($member:literal $field:ident,)* }) => {
        impl $crate::support::members::Members for $name {
            const NAMES: &'static [&'static str] = &[$($member),*];

            fn read<'de, M: $crate::support::members::serde::de::MapAccess<'de>>(&mut self, name: &str, members: &mut M) -> Result<(), M::Error> {
                match name {
                    $($member => self.$field = members.next_value()?,)*
                    _ => {}
                }
                Ok(())
            }

            fn write<M: $crate::support::members::serde::ser::SerializeMap>(&self, members: &mut M) -> Result<(), M::Error> {
                $($crate::support::members::write_member(members, $member, &self.$field)?;)*
                Ok(())
            }
        }

        impl<'de> $crate::support::members::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::support::members::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::support::members::read_object(deserializer)
            }
        }

        impl $crate::support::members::serde::Serialize for $name {
            fn serialize<S: $crate::support::members::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::support::members::write_object(self, serializer)
            }
        }
    };
}

pub use {object, serde};

/// An object whose members may all be left out.
pub trait Members: Default {
    /// The names of its members in JSON.
    const NAMES: &'static [&'static str];

    /// Reads the value of a member.
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, members: &mut M) -> Result<(), M::Error>;

    /// Writes the members that are set.
    fn write<M: SerializeMap>(&self, members: &mut M) -> Result<(), M::Error>;
}

/// Writes a member if it is set.
pub fn write_member<M: SerializeMap, T: Serialize>(
    members: &mut M,
    name: &'static str,
    value: &Option<T>,
) -> Result<(), M::Error> {
    match value {
        Some(value) => members.serialize_entry(name, value),
        None => Ok(()),
    }
}

/// Writes an object.
pub fn write_object<T: Members, S: Serializer>(object: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let mut members = serializer.serialize_map(None)?;
    object.write(&mut members)?;
    members.end()
}

/// Reads an object. Members that it does not know are ignored; one that is there twice is what it was last, as in .NET.
pub fn read_object<'de, T: Members, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(Object(PhantomData))
}

struct Object<T>(PhantomData<T>);

impl<'de, T: Members> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<T, M::Error> {
        let mut object = T::default();
        while let Some(name) = members.next_key_seed(Name(T::NAMES))? {
            match name {
                Some(name) => object.read(name, &mut members)?,
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(object)
    }
}

/// A member's name, if it is among these.
struct Name(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().copied().find(|known| *known == name))
    }
}
