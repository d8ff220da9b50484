//! Sets of files.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    commit,
    error::FileError,
    stale::{Difference, Stale},
};

/// Files with their expected contents.
#[derive(Debug, Clone, Default)]
pub struct FileSet {
    files: BTreeMap<PathBuf, Vec<u8>>,
    owned: Vec<Owned>,
}

#[derive(Debug, Clone)]
struct Owned {
    folder: PathBuf,
    /// Whether people may have put files of their own there, which stay.
    shared: bool,
}

/// What the beginning of every file says that a generator wrote and may remove.
const MARK: &str = "@generated";

impl FileSet {
    /// Adds a file, by its path below the root.
    pub fn add(&mut self, path: impl Into<PathBuf>, contents: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), contents.into());
    }

    /// Claims a folder: files in it that are not in the set do not belong there.
    pub fn own(&mut self, folder: impl Into<PathBuf>) {
        self.owned.push(Owned { folder: folder.into(), shared: false });
    }

    /// Claims the generated files of a folder: those that are not in the set do not belong there. A file without the mark of the
    /// generator is somebody's own, and is left alone.
    pub fn own_generated(&mut self, folder: impl Into<PathBuf>) {
        self.owned.push(Owned { folder: folder.into(), shared: true });
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The files that differ from their expected contents.
    ///
    /// # Errors
    ///
    /// [`FileError`] when one cannot be read.
    pub fn stale(&self, root: &Path) -> Result<Vec<Stale>, FileError> {
        let mut stale = Vec::new();
        for (path, contents) in &self.files {
            let difference = match fs::read(root.join(path)) {
                Ok(found) if found == *contents => continue,
                Ok(_) => Difference::Differs,
                Err(error) if error.kind() == io::ErrorKind::NotFound => Difference::Missing,
                Err(error) => return Err(FileError::new("read", path)(error)),
            };
            stale.push(Stale { path: path.clone(), difference });
        }
        for Owned { folder, shared } in &self.owned {
            for path in walk(&root.join(folder))? {
                if *shared && !is_generated(&path)? {
                    continue;
                }
                let Ok(path) = path.strip_prefix(root) else { continue };
                if !self.files.contains_key(path) {
                    stale.push(Stale { path: path.to_owned(), difference: Difference::Extra });
                }
            }
        }
        stale.sort();
        stale.dedup();
        Ok(stale)
    }

    /// Writes the files that are stale, and removes those that do not belong. Everything is written beside its place first;
    /// only when all of it is on disk are the files renamed into place. [`recover`](super::recover) finishes what an interruption leaves.
    ///
    /// # Errors
    ///
    /// [`FileError`]; a file that was there is then still as it was, or as it should be.
    pub fn write(&self, root: &Path) -> Result<Vec<Stale>, FileError> {
        self.write_with(root, &mut |_| Ok(()))
    }

    pub(super) fn write_with(
        &self,
        root: &Path,
        before_step: &mut dyn FnMut(commit::Step) -> io::Result<()>,
    ) -> Result<Vec<Stale>, FileError> {
        let stale = self.stale(root)?;
        if !stale.is_empty() {
            commit::write(root, &stale, |path| self.files[path].as_slice(), before_step)?;
        }
        Ok(stale)
    }
}

/// Every file below a folder, which need not be there.
fn walk(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FileError::new("read", folder)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(FileError::new("read", folder))?;
        let path = entry.path();
        // A link is not followed: what it names is not ours to remove.
        let is_folder = entry.file_type().map_err(FileError::new("read", &path))?.is_dir();
        if is_folder { found.extend(walk(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

/// Whether a file begins with the generator's mark.
fn is_generated(path: &Path) -> Result<bool, FileError> {
    use io::Read as _;
    /// The mark is in the first line.
    const BEGINNING: u64 = 256;
    if fs::symlink_metadata(path).is_ok_and(|file| !file.is_file()) {
        return Ok(false);
    }
    let mut beginning = Vec::new();
    let file = fs::File::open(path).map_err(FileError::new("read", path))?;
    file.take(BEGINNING).read_to_end(&mut beginning).map_err(FileError::new("read", path))?;
    Ok(String::from_utf8_lossy(&beginning).contains(MARK))
}
