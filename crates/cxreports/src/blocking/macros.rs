//! The blocking form of a method of the asynchronous client.

/// Methods that set something: `: Operation` is what one needs of the pin.
macro_rules! setters {
    ($of:ty { $($(#[$meta:meta])* $name:ident($($argument:ident: $type:ty),*) $(: $op:ident)?)* }) => {
        $(
            $(#[$meta])*
            #[doc = concat!("See [`", stringify!($name), "`](", stringify!($of), "::", stringify!($name), ").")]
            #[must_use]
            pub fn $name(self, $($argument: $type),*) -> Self
            $(where P: cxreports_core::Supports<cxreports_core::op::$op>)?
            {
                self.map(|inner| inner.$name($($argument),*))
            }
        )*
    };
}

/// Methods that return another part of the client.
macro_rules! handles {
    ($of:ty { $($name:ident($($argument:ident: $type:ty),*) -> $gives:ty)* }) => {
        $(
            #[doc = concat!("See [`", stringify!($name), "`](", stringify!($of), "::", stringify!($name), ").")]
            #[must_use]
            pub fn $name(&self, $($argument: $type),*) -> $gives {
                self.with(self.inner.$name($($argument),*))
            }
        )*
    };
    ($of:ty { $($name:ident(self $(, $argument:ident: $type:ty)*) -> $gives:ty)* }) => {
        $(
            #[doc = concat!("See [`", stringify!($name), "`](", stringify!($of), "::", stringify!($name), ").")]
            #[must_use]
            pub fn $name(self, $($argument: $type),*) -> $gives {
                self.map(|inner| inner.$name($($argument),*))
            }
        )*
    };
}

/// Methods that send something: `->` returns a value, `=>` another part of the client.
macro_rules! calls {
    ($of:ty { $($name:ident(&self $(, $argument:ident: $type:ty)*) -> $gives:ty where $($op:ident)*;)* }) => {
        $(
            #[doc = concat!("See [`", stringify!($name), "`](", stringify!($of), "::", stringify!($name), ").")]
            ///
            /// # Errors
            ///
            /// As there, and [`Error::InsideRuntime`](crate::Error::InsideRuntime).
            pub fn $name(&self, $($argument: $type),*) -> Result<$gives, crate::error::Error>
            where
                P: Sized $(+ cxreports_core::Supports<cxreports_core::op::$op>)*,
            {
                self.block(self.inner.$name($($argument),*))
            }
        )*
    };
    ($of:ty { $($name:ident(self) -> $gives:ty where $($op:ident)*;)* }) => {
        $(
            #[doc = concat!("See [`", stringify!($name), "`](", stringify!($of), "::", stringify!($name), ").")]
            ///
            /// # Errors
            ///
            /// As there, and [`Error::InsideRuntime`](crate::Error::InsideRuntime).
            pub fn $name(self) -> Result<$gives, crate::error::Error>
            where
                P: Sized $(+ cxreports_core::Supports<cxreports_core::op::$op>)*,
            {
                let Self { inner, runtime } = self;
                runtime.run(inner.$name())?
            }
        )*
    };
    ($of:ty { $($name:ident(self) => $gives:ty where $($op:ident)*;)* }) => {
        $(
            #[doc = concat!("See [`", stringify!($name), "`](", stringify!($of), "::", stringify!($name), ").")]
            ///
            /// # Errors
            ///
            /// As there, and [`Error::InsideRuntime`](crate::Error::InsideRuntime).
            pub fn $name(self) -> Result<$gives, crate::error::Error>
            where
                P: Sized $(+ cxreports_core::Supports<cxreports_core::op::$op>)*,
            {
                let Self { inner, runtime } = self;
                let inner = runtime.run(inner.$name())??;
                Ok(crate::blocking::driver::Blocking { inner, runtime })
            }
        )*
    };
}

pub(super) use {calls, handles, setters};
