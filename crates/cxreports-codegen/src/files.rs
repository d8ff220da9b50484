//! Sets of generated files: what is stale, and writing them so that no file is ever seen half-written.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// Files as they should be.
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

/// A file that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stale {
    /// The file, below the root.
    pub path: PathBuf,
    /// What is wrong with it.
    pub how: How,
}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It is not there.
    Missing,
    /// It has other contents.
    Differs,
    /// It should not be there.
    Extra,
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Differs => "differs",
            Self::Extra => "should not be there",
        })
    }
}

/// A file could not be read or written.
#[derive(Debug, Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct FileError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl FileError {
    fn new(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self { action, path, source }
    }
}

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

    /// The files that are not as they should be.
    ///
    /// # Errors
    ///
    /// [`FileError`] when one cannot be read.
    pub fn stale(&self, root: &Path) -> Result<Vec<Stale>, FileError> {
        let mut stale = Vec::new();
        for (path, contents) in &self.files {
            let how = match fs::read(root.join(path)) {
                Ok(found) if found == *contents => continue,
                Ok(_) => How::Differs,
                Err(error) if error.kind() == io::ErrorKind::NotFound => How::Missing,
                Err(error) => return Err(FileError::new("read", path)(error)),
            };
            stale.push(Stale { path: path.clone(), how });
        }
        for Owned { folder, shared } in &self.owned {
            for path in walk(&root.join(folder))? {
                if *shared && !is_generated(&path)? {
                    continue;
                }
                let Ok(path) = path.strip_prefix(root) else { continue };
                if !self.files.contains_key(path) {
                    stale.push(Stale { path: path.to_owned(), how: How::Extra });
                }
            }
        }
        stale.sort();
        stale.dedup();
        Ok(stale)
    }

    /// Writes the files that are stale, and removes those that do not belong. Everything is written beside its place first;
    /// only when all of it is on disk are the files renamed into place.
    ///
    /// # Errors
    ///
    /// [`FileError`]; a file that was there is then still as it was, or as it should be.
    pub fn write(&self, root: &Path) -> Result<Vec<Stale>, FileError> {
        let stale = self.stale(root)?;
        if stale.is_empty() {
            return Ok(stale);
        }
        fs::create_dir_all(root).map_err(FileError::new("create", root))?;
        let staging = tempfile::Builder::new()
            .prefix(".regen-")
            .tempdir_in(root)
            .map_err(FileError::new("create a folder in", root))?;
        for (index, Stale { path, .. }) in stale.iter().enumerate().filter(|(_, stale)| stale.how != How::Extra) {
            let staged = staging.path().join(index.to_string());
            put(&staged, &self.files[path]).map_err(FileError::new("write", path))?;
        }
        for (index, Stale { path, how }) in stale.iter().enumerate() {
            let place = root.join(path);
            if *how == How::Extra {
                fs::remove_file(&place).map_err(FileError::new("remove", path))?;
                // Folders that this leaves empty go, too; the others refuse.
                let mut folders = place.ancestors().skip(1).take_while(|folder| *folder != root);
                while folders.next().is_some_and(|folder| fs::remove_dir(folder).is_ok()) {}
                continue;
            }
            if let Some(folder) = place.parent() {
                fs::create_dir_all(folder).map_err(FileError::new("create", folder))?;
            }
            fs::rename(staging.path().join(index.to_string()), &place).map_err(FileError::new("write", path))?;
        }
        Ok(stale)
    }
}

/// The text of a file; `None` when it is not there.
///
/// # Errors
///
/// What the system says when it is there and cannot be read.
pub fn read_if_there(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn put(path: &Path, contents: &[u8]) -> io::Result<()> {
    use io::Write as _;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(contents)?;
    file.sync_all()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_stale_is_written_and_extras_go() {
        let root = tempfile::tempdir().unwrap();
        let mut set = FileSet::default();
        set.own("a");
        set.add("a/one", "1");
        set.add("a/b/two", "2");
        assert_eq!(set.write(root.path()).unwrap().len(), 2);
        assert!(set.stale(root.path()).unwrap().is_empty());

        let mut next = FileSet::default();
        next.own("a");
        next.add("a/one", "1 changed");
        let how =
            |stale: Vec<Stale>| stale.into_iter().map(|s| (s.path.display().to_string(), s.how)).collect::<Vec<_>>();
        let expected = [("a/b/two".to_owned(), How::Extra), ("a/one".to_owned(), How::Differs)];
        assert_eq!(how(next.stale(root.path()).unwrap()), expected);
        assert_eq!(how(next.write(root.path()).unwrap()), expected);
        assert!(next.stale(root.path()).unwrap().is_empty());
        let left: Vec<_> = fs::read_dir(root.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["a"], "nothing of the staging is left");
    }

    #[test]
    fn files_of_other_people_stay() {
        let root = tempfile::tempdir().unwrap();
        let mut set = FileSet::default();
        set.add("src/lib.rs", "// @generated\n");
        set.add("src/old.rs", "// @generated\n");
        set.add("src/mine.rs", "fn mine() {}\n");
        set.write(root.path()).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let kept = elsewhere.path().join("kept.rs");
        put(&kept, b"// @generated\n").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(elsewhere.path(), root.path().join("src/link")).unwrap();

        let mut next = FileSet::default();
        next.own_generated("src");
        next.add("src/lib.rs", "// @generated\n");
        next.write(root.path()).unwrap();
        assert!(root.path().join("src/mine.rs").exists() && !root.path().join("src/old.rs").exists());
        assert!(kept.exists(), "what a link names is not removed");
        let mut all = FileSet::default();
        all.own("src");
        all.write(root.path()).unwrap();
        assert!(!root.path().join("src").exists() && kept.exists());
    }

    #[test]
    fn a_failure_leaves_what_was_there() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("in-the-way")).unwrap();
        let mut set = FileSet::default();
        set.add("first", "1");
        set.add("in-the-way", "a file where a folder is");
        let error = set.write(root.path()).unwrap_err();
        assert!(error.to_string().contains("in-the-way"), "{error}");
        assert!(!root.path().join("first").exists(), "nothing is put in place before all of it can be");
    }
}
