use std::error::Error;

/// What goes wrong in a program of this size.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;
