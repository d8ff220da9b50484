use std::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use http::{HeaderMap, HeaderValue, header};

use crate::error::CallError;

/// What [`Authorize::authorize`] gives.
pub type AuthorizeFuture<'a> = Pin<Box<dyn Future<Output = Result<(), CallError>> + Send + 'a>>;

/// Puts the credentials on a request, just before it is sent. The `Debug` of an implementation must not show them.
pub trait Authorize: fmt::Debug + Send + Sync {
    /// Adds the `Authorization` header, marked sensitive.
    fn authorize<'a>(&'a self, headers: &'a mut HeaderMap) -> AuthorizeFuture<'a>;
}

/// A fixed Personal Access Token ("Authentication" of the API documentation). Its `Debug` does not show it.
#[derive(Clone)]
pub struct Bearer(HeaderValue);

impl Bearer {
    /// # Errors
    ///
    /// [`CallError::InvalidArgument`] when the token has characters that no header can carry.
    pub fn new(token: &str) -> Result<Self, CallError> {
        let mut value = HeaderValue::try_from(format!("Bearer {}", token.trim()))
            .map_err(|_| CallError::InvalidArgument("the token has characters that no header can carry".into()))?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl Authorize for Bearer {
    fn authorize<'a>(&'a self, headers: &'a mut HeaderMap) -> AuthorizeFuture<'a> {
        headers.insert(header::AUTHORIZATION, self.0.clone());
        // It has no state, so that the box allocates nothing.
        Box::pin(poll_fn(|_| Poll::Ready(Ok(()))))
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(..)")
    }
}
