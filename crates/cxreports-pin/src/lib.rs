//! What every pin shares: an operation of the contract becomes a request as its [`Binding`] says, and the response is read
//! into the models of `cxreports-core`.
//!
//! A pin is progenitor's client for the whole document, a table of bindings, and one use of [`pin!`].
#![deny(missing_docs)]

mod base;
mod body;
mod connection;
mod pieces;
mod request;
mod response;
#[allow(clippy::result_large_err, missing_docs)]
#[doc(hidden)]
pub mod support;
mod transport;

pub use base::url_of;
pub use connection::connection_error;
pub use cxreports_core::{self as core, Binding};
pub use transport::{Connect, Transport, authorize};

/// The files of [`support`], for generated crates that do without this one.
#[doc(hidden)]
pub const SUPPORT: [(&str, &str); 2] =
    [("src/support.rs", include_str!("support.rs")), ("src/support/members.rs", include_str!("support/members.rs"))];

/// Declares the client of a pin: its type, and [`Supports`](cxreports_core::Supports) for each operation that its instance has.
#[macro_export]
macro_rules! pin {
    ($(#[$meta:meta])* $name:ident: $client:ty = $pin:path { $($operation:ident)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name {
            raw: $client,
            transport: $crate::Transport,
        }

        impl $name {
            /// The generated low-level client, with every operation of the document.
            #[must_use]
            pub fn raw(&self) -> &$client {
                &self.raw
            }
        }

        impl $crate::core::Pinned for $name {
            const PIN: &'static $crate::core::Pin = &$pin;
        }

        impl $crate::Connect for $name {
            fn connect(transport: $crate::Transport) -> Self {
                let (http, authorize) = (transport.http().clone(), ::std::sync::Arc::clone(transport.authorize()));
                let base = transport.base_of(<Self as $crate::core::Pinned>::PIN);
                Self { raw: <$client>::new_with_client(&base, http, authorize), transport }
            }

            fn transport(&self) -> &$crate::Transport {
                &self.transport
            }
        }

        $(impl $crate::core::Supports<$crate::core::op::$operation> for $name {
            async fn call(
                &self,
                operation: $crate::core::op::$operation,
            ) -> Result<<$crate::core::op::$operation as $crate::core::Operation>::Output, $crate::core::CallError> {
                $crate::core::Supports::send(self, operation, &$crate::core::Exchange::default()).await
            }

            async fn send(
                &self,
                operation: $crate::core::op::$operation,
                exchange: &$crate::core::Exchange,
            ) -> Result<<$crate::core::op::$operation as $crate::core::Operation>::Output, $crate::core::CallError> {
                self.transport.send_pinned(<Self as $crate::core::Pinned>::PIN, &operation, exchange).await
            }
        })*
    };
}
