//! What probing an instance has found, kept in the cache folder of the user.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use cxreports::ProbeResult;
use sha2::{Digest as _, Sha256};

/// The file of one instance. It is only a cache: whatever goes wrong with it is ignored.
pub(crate) struct Cache {
    path: PathBuf,
}

impl Cache {
    /// How long a result is used without asking the instance whether it has changed.
    pub(crate) const MAX_AGE: Duration = Duration::from_secs(10 * 60);
    /// The largest file that is read, in bytes.
    const MAX_SIZE: u64 = 4 << 20;

    /// The folder of the cache; `None` where the system has none.
    pub(crate) fn folder() -> Option<PathBuf> {
        Some(dirs::cache_dir()?.join("cxreports"))
    }

    /// The cache of the instance at `url`.
    pub(crate) fn of(url: &str) -> Option<Self> {
        let hash = Sha256::digest(url.trim_end_matches('/'));
        let name = hash[..16].iter().fold(String::new(), |mut name, byte| {
            let _ = write!(name, "{byte:02x}");
            name
        });
        Some(Self { path: Self::folder()?.join(format!("{name}.json")) })
    }

    pub(crate) fn read(&self) -> Option<ProbeResult> {
        let metadata = fs::symlink_metadata(&self.path).ok()?;
        if !metadata.is_file() || metadata.len() > Self::MAX_SIZE || !is_ours(&metadata) {
            return None;
        }
        serde_json::from_slice(&fs::read(&self.path).ok()?).ok()
    }

    /// Replaces the file as a whole. It is readable by this user only.
    pub(crate) fn write(&self, result: &ProbeResult) {
        let write = |folder: &Path| {
            fs::create_dir_all(folder)?;
            // A temporary file is created with mode 0600.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec(result)?)?;
            file.persist(&self.path).map(drop).map_err(|error| error.error)
        };
        let _ = self.path.parent().map(write);
    }
}

/// Whether nobody else can have written the file: it says to which paths the token is sent.
#[cfg(unix)]
fn is_ours(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

#[cfg(not(unix))]
fn is_ours(_: &fs::Metadata) -> bool {
    true
}
