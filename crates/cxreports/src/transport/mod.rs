//! The way to an instance: sending, retrying, credentials, URLs, and what all waits of a client share.

pub(crate) mod base_url;
pub(crate) mod connection;
pub(crate) mod limits;
pub(crate) mod looks;
pub(crate) mod pace;
pub(crate) mod watch;
