//! Caches names, so that not every TAB queries the hub. Only the owner can read the files.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How long names stay valid.
const MAX_AGE: Duration = Duration::from_secs(5 * 60);

/// The names of one hub's devices, or of one device's modules.
#[derive(Debug)]
pub(crate) struct NameCache {
    path: PathBuf,
    hub: String,
    device: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct CachedNames {
    hub: String,
    device: Option<String>,
    names: Vec<String>,
    /// Not the file's own time, which on a network drive is another clock's.
    stored: Timestamp,
}

impl NameCache {
    /// None if the system has no cache folder.
    pub(crate) fn of(hub: &str, device: Option<&str>) -> Option<Self> {
        Some(Self::in_folder(
            &dirs::cache_dir()?.join("edgelogs").join("names"),
            hub,
            device,
        ))
    }

    fn in_folder(folder: &Path, hub: &str, device: Option<&str>) -> Self {
        // An id may hold what a file name can't. The contents tell equal hashes apart.
        let mut hasher = DefaultHasher::new();
        (hub, device).hash(&mut hasher);
        Self {
            path: folder.join(format!("{:016x}.json", hasher.finish())),
            hub: hub.to_owned(),
            device: device.map(str::to_owned),
        }
    }

    /// The names, if they were stored recently.
    pub(crate) fn fresh(&self) -> Option<Vec<String>> {
        let cached: CachedNames = serde_json::from_slice(&fs::read(&self.path).ok()?).ok()?;
        let age = Duration::try_from(Timestamp::now().duration_since(cached.stored)).ok()?;
        let fits = age <= MAX_AGE && cached.hub == self.hub && cached.device == self.device;
        fits.then_some(cached.names)
    }

    /// Stores the names. If that fails, the next TAB queries the hub again.
    pub(crate) fn store(self, names: &[String]) {
        let _ = self.write(names, Timestamp::now());
    }

    fn write(self, names: &[String], stored: Timestamp) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        // A temporary file is created for its owner only.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        let cached = CachedNames {
            names: names.to_vec(),
            hub: self.hub,
            device: self.device,
            stored,
        };
        file.write_all(&serde_json::to_vec(&cached)?)?;
        file.persist(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_belong_to_one_hub_and_device() {
        let folder = tempfile::tempdir().unwrap();
        let cache = |hub, device| NameCache::in_folder(folder.path(), hub, device);
        assert_eq!(cache("a", None).fresh(), None);
        cache("a", None).store(&["press-07".to_owned()]);
        assert_eq!(cache("a", None).fresh().unwrap(), ["press-07"]);
        assert_eq!(cache("b", None).fresh(), None);
        assert_eq!(cache("a", Some("press-07")).fresh(), None);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_names_and_they_expire() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let cache = || NameCache::in_folder(folder.path(), "a", None);
        let names = ["press-07".to_owned()];
        let now = Timestamp::now();
        cache().write(&names, now - MAX_AGE / 2).unwrap();
        assert_eq!(cache().fresh().unwrap(), names);
        let file = fs::metadata(cache().path).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
        for stored in [now - MAX_AGE - Duration::from_secs(1), now + MAX_AGE] {
            cache().write(&names, stored).unwrap();
            assert_eq!(cache().fresh(), None, "{stored}");
        }
    }
}
