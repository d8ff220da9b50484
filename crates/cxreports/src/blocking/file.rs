use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::{
    blocking::{
        driver::{Blocking, Iter},
        macros::setters,
    },
    error::Error,
    file::Progress,
};

/// See [`crate::ReportFile`].
pub type ReportFile = Blocking<crate::file::ReportFile>;

impl ReportFile {
    setters! { crate::ReportFile { on_progress(tell: impl Fn(Progress) + Send + Sync + 'static) } }

    /// See [`name`](crate::ReportFile::name).
    #[must_use]
    pub fn name(&self) -> &str {
        self.inner.name()
    }

    /// See [`content_type`](crate::ReportFile::content_type).
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.inner.content_type()
    }

    /// See [`size`](crate::ReportFile::size).
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.inner.size()
    }

    /// See [`request_id`](crate::ReportFile::request_id).
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id()
    }

    /// See [`save_to`](crate::ReportFile::save_to).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn save_to(self, folder: impl AsRef<Path>) -> Result<PathBuf, Error> {
        let Self { inner, runtime } = self;
        runtime.run(inner.save_to(folder))?
    }

    /// See [`save_as`](crate::ReportFile::save_as).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn save_as(self, path: impl AsRef<Path>) -> Result<(), Error> {
        let Self { inner, runtime } = self;
        runtime.run(inner.save_as(path))?
    }

    /// See [`bytes`](crate::ReportFile::bytes).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn bytes(self) -> Result<Bytes, Error> {
        let Self { inner, runtime } = self;
        runtime.run(inner.bytes())?
    }

    /// Its bytes as they come: see [`into_stream`](crate::ReportFile::into_stream).
    pub fn chunks(self) -> impl Iterator<Item = Result<Bytes, Error>> {
        let Self { inner, runtime } = self;
        Iter::new(inner.into_stream(), runtime)
    }
}
