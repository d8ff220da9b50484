//! HTTP/1.1 as Kestrel speaks it: what it accepts and refuses, its limits, its time-outs, and how it ends connections.
//!
//! It is not hyper's, as most of what Kestrel does there can be seen by a client, and hyper decides it in its own way: which
//! requests are refused and how, the case of names, what happens to a body that is not read, and when slow clients are dropped.

mod body;
mod connection;
mod head;
mod headers;
mod host;
mod refusal;
mod target;
mod write;

pub(crate) use body::{RequestBody, Unread};
pub(crate) use connection::{Service, serve};
pub(crate) use head::Head;
pub(crate) use refusal::Refusal;
