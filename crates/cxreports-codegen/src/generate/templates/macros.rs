/// A type with a builder.
pub trait Object {
    /// The builder.
    type Builder;
}

/// Converts what a setter is given.
pub(crate) fn converted<V: TryInto<T>, T>(value: V, failure: &str) -> Result<T, String> {
    value.try_into().map_err(|_| failure.to_owned())
}

/// Converts what a setter is given, and says why it cannot be.
pub(crate) fn converted_to<V, T>(value: V, failure: &str) -> Result<T, String>
where
    V: TryInto<T>,
    V::Error: std::fmt::Display,
{
    value.try_into().map_err(|error| format!("{failure}: {error}"))
}

/// Declares the builder of a type: a setter for each member. Where a member is required, each says whether it is.
macro_rules! builder {
    ($name:ident { $($member:ident: $type:ty,)* }) => {
        #[derive(Clone, Debug, Default)]
        pub struct $name {
            value: super::$name,
            error: Option<String>,
        }

        impl $name {
            $(pub fn $member<T>(mut self, value: T) -> Self
            where
                T: TryInto<$type>,
                T::Error: std::fmt::Display,
            {
                match crate::support::converted_to(value, concat!("error converting supplied value for ", stringify!($member))) {
                    Ok(value) => self.value.$member = value,
                    Err(error) => self.error = Some(error),
                }
                self
            })*
        }

        impl TryFrom<$name> for super::$name {
            type Error = super::error::ConversionError;

            fn try_from(builder: $name) -> Result<Self, Self::Error> {
                builder.error.map_or(Ok(builder.value), |error| Err(error.into()))
            }
        }

        impl From<super::$name> for $name {
            fn from(value: super::$name) -> Self {
                Self { value, error: None }
            }
        }

        crate::support::object!($name);
    };
    ($name:ident { $($kind:ident $member:ident: $type:ty,)* }) => {
        #[derive(Clone)]
        pub struct $name {
            $($member: Result<$type, String>,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($member: crate::support::unset!($kind $member),)* }
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        impl $name {
            $(pub fn $member<T>(mut self, value: T) -> Self
            where
                T: TryInto<$type>,
                T::Error: std::fmt::Display,
            {
                self.$member = crate::support::converted_to(value, concat!("error converting supplied value for ", stringify!($member)));
                self
            })*
        }

        impl TryFrom<$name> for super::$name {
            type Error = super::error::ConversionError;

            fn try_from(builder: $name) -> Result<Self, Self::Error> {
                Ok(Self { $($member: builder.$member?,)* })
            }
        }

        impl From<super::$name> for $name {
            fn from(value: super::$name) -> Self {
                Self { $($member: Ok(value.$member),)* }
            }
        }

        crate::support::object!($name);
    };
}

macro_rules! object {
    ($name:ident) => {
        impl super::$name {
            pub fn builder() -> $name {
                Default::default()
            }
        }

        impl crate::support::Object for super::$name {
            type Builder = $name;
        }
    };
}

macro_rules! unset {
    (optional $member:ident) => {
        Ok(Default::default())
    };
    (required $member:ident) => {
        Err(concat!("no value supplied for ", stringify!($member)).to_owned())
    };
}

pub(crate) use {builder, object, unset};
