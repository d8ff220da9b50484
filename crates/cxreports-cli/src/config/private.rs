//! Files that only this user may read.

use std::{fs, io::Write as _, path::Path};

use crate::failure::Failure;

/// Replaces a file as a whole, with mode 0600, and syncs it. A link to a file stays one.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || {
        fs::create_dir_all(folder)?;
        // A temporary file is created with mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&target).map(drop).map_err(|error| error.error)
    };
    write().map_err(Failure::file(path))
}
