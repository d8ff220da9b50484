//! Runs the asynchronous client without a runtime of the caller's.

use std::{fmt, sync::Arc};

use futures_util::{Stream, StreamExt as _, stream::BoxStream};
use tokio::runtime;

use crate::error::{BuildError, Error};

/// A part of the asynchronous client, with the runtime that it runs on.
pub struct Blocking<T> {
    pub(super) inner: T,
    pub(super) runtime: Arc<Runtime>,
}

/// A runtime with a thread of its own, so that connections stay open between two calls.
pub(super) struct Runtime(Option<runtime::Runtime>);

impl Runtime {
    pub(super) fn start() -> Result<Self, BuildError> {
        let mut builder = runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("cxreports").enable_all().build();
        runtime.map(|runtime| Self(Some(runtime))).map_err(BuildError::Runtime)
    }

    pub(super) fn run<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        match &self.0 {
            // Tokio would panic.
            Some(_) if runtime::Handle::try_current().is_ok() => Err(Error::InsideRuntime),
            Some(runtime) => Ok(runtime.block_on(future)),
            None => Err(Error::InsideRuntime),
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl<T> Blocking<T> {
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Blocking<U> {
        Blocking { inner: change(self.inner), runtime: self.runtime }
    }

    pub(super) fn with<U>(&self, inner: U) -> Blocking<U> {
        Blocking { inner, runtime: Arc::clone(&self.runtime) }
    }

    pub(super) fn block<U>(&self, future: impl Future<Output = Result<U, Error>>) -> Result<U, Error> {
        self.runtime.run(future)?
    }

    /// Returns the part of the asynchronous client.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl<T: Clone> Clone for Blocking<T> {
    fn clone(&self) -> Self {
        self.with(self.inner.clone())
    }
}

impl<T: fmt::Debug> fmt::Debug for Blocking<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// A stream, one item at a time.
pub(super) struct Iter<T> {
    stream: Option<BoxStream<'static, Result<T, Error>>>,
    runtime: Arc<Runtime>,
}

impl<T> Iter<T> {
    pub(super) fn new(stream: impl Stream<Item = Result<T, Error>> + Send + 'static, runtime: Arc<Runtime>) -> Self {
        Self { stream: Some(Box::pin(stream)), runtime }
    }
}

impl<T> Iterator for Iter<T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.runtime.run(self.stream.as_mut()?.next()) {
            Ok(item) => item,
            Err(error) => {
                self.stream = None;
                Some(Err(error))
            }
        }
    }
}
