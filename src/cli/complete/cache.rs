//! Names that were completed a short while ago, so that not every TAB asks the hub. They are names
//! only, in the cache folder, for their owner alone.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// How long names are good for.
const FRESH: Duration = Duration::from_secs(5 * 60);

/// The names of one hub's devices, or of one device's modules.
#[derive(Debug)]
pub(crate) struct NameCache {
    path: PathBuf,
    hub: String,
    device: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    hub: String,
    device: Option<String>,
    names: Vec<String>,
}

impl NameCache {
    /// The file for these names; none where the system names no folder for it.
    pub(crate) fn of(hub: &str, device: Option<&str>) -> Option<Self> {
        Some(Self::in_folder(
            &dirs::cache_dir()?.join("edgelogs").join("names"),
            hub,
            device,
        ))
    }

    fn in_folder(folder: &Path, hub: &str, device: Option<&str>) -> Self {
        // An id may hold what no file name may. Equal hashes are told apart by the contents.
        let mut hasher = DefaultHasher::new();
        (hub, device).hash(&mut hasher);
        Self {
            path: folder.join(format!("{:016x}.json", hasher.finish())),
            hub: hub.to_owned(),
            device: device.map(str::to_owned),
        }
    }

    /// The names, where they were kept a short while ago.
    pub(crate) fn fresh(&self) -> Option<Vec<String>> {
        let age = SystemTime::now().duration_since(fs::metadata(&self.path).ok()?.modified().ok()?);
        if age.ok()? > FRESH {
            return None;
        }
        let kept: Kept = serde_json::from_slice(&fs::read(&self.path).ok()?).ok()?;
        (kept.hub == self.hub && kept.device == self.device).then_some(kept.names)
    }

    /// Keeps the names. Without them the next TAB asks again, which is no harm.
    pub(crate) fn keep(self, names: &[String]) {
        let _ = self.write(names);
    }

    fn write(self, names: &[String]) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        // Such a file is for its owner alone from the start.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        let kept = Kept {
            names: names.to_vec(),
            hub: self.hub,
            device: self.device,
        };
        file.write_all(&serde_json::to_vec(&kept)?)?;
        file.persist(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_for_their_hub_and_device_alone() {
        let folder = tempfile::tempdir().unwrap();
        let cache = |hub, device| NameCache::in_folder(folder.path(), hub, device);
        assert_eq!(cache("a", None).fresh(), None);
        cache("a", None).keep(&["press-07".to_owned()]);
        assert_eq!(cache("a", None).fresh().unwrap(), ["press-07"]);
        assert_eq!(cache("b", None).fresh(), None);
        assert_eq!(cache("a", Some("press-07")).fresh(), None);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_them_and_they_grow_old() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let cache = || NameCache::in_folder(folder.path(), "a", None);
        cache().keep(&["press-07".to_owned()]);
        let file = fs::File::options().append(true).open(cache().path).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        file.set_modified(SystemTime::now() - FRESH - Duration::from_secs(1))
            .unwrap();
        assert_eq!(cache().fresh(), None);
    }
}
