//! The folder that blobs are saved in: `DIR/device/NAME`. A slash or `..` in a blob's name never leads
//! out of it.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tempfile::NamedTempFile;

use super::error::DownloadError;
use crate::file_name::file_name;
use crate::lock::lock;

/// The extensions of the agent's blobs, longer ones first.
const ENDINGS: [&str; 5] = [".log.gz", ".json.gz", ".log", ".json", ".zip"];

/// Maximum alternatives to a name that is taken.
const MAX_NAMES: u32 = 1000;

/// A writable folder.
#[derive(Debug)]
pub(super) struct TargetFolder {
    root: PathBuf,
    overwrite: bool,
    /// Paths written by this run, which are never overwritten. In lower case, since the file system may
    /// ignore case.
    written: Mutex<HashSet<PathBuf>>,
}

/// A blob's name as a file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LocalName {
    stem: String,
    pub(super) ending: String,
}

/// A file under its final name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SavedFile {
    pub(super) path: PathBuf,
    /// The intended path, if it was taken.
    pub(super) intended_path: Option<PathBuf>,
}

impl LocalName {
    /// From the name of a blob without hub and device.
    pub(super) fn of(name: &str) -> Self {
        let ending = ENDINGS.into_iter().find(|ending| name.ends_with(ending));
        let ending = ending.unwrap_or_default();
        Self {
            stem: file_name(&name[..name.len() - ending.len()]),
            ending: ending.to_owned(),
        }
    }

    /// The name of the unpacked file.
    pub(super) fn unpacked(mut self) -> Self {
        if let Some(ending) = self.ending.strip_suffix(".gz") {
            self.ending = ending.to_owned();
        }
        self
    }

    /// The name of a damaged file.
    pub(super) fn damaged(mut self) -> Self {
        self.ending.push_str(".damaged");
        self
    }
}

impl TargetFolder {
    /// Creates the folder and checks that it is writable.
    ///
    /// # Errors
    /// It can't be created or written.
    pub(super) fn open(root: PathBuf, overwrite: bool) -> Result<Self, DownloadError> {
        let usable = fs::create_dir_all(&root).and_then(|()| part_in(&root));
        match usable {
            Ok(_) => Ok(Self {
                root,
                overwrite,
                written: Mutex::default(),
            }),
            Err(source) => Err(DownloadError::Folder {
                path: root.display().to_string(),
                source,
            }),
        }
    }

    /// A temporary file next to the final one. It is deleted unless saved.
    pub(super) fn part(&self, device: &str) -> io::Result<NamedTempFile> {
        let folder = self.of(device);
        fs::create_dir_all(&folder)?;
        part_in(&folder)
    }

    /// Gives a file its name, or a numbered one if that is taken and must not be overwritten.
    pub(super) fn save(
        &self,
        mut part: NamedTempFile,
        device: &str,
        name: &LocalName,
    ) -> io::Result<SavedFile> {
        let folder = self.of(device);
        let intended = self.path(device, name);
        let mut written = lock(&self.written);
        let first = written.insert(intended.to_string_lossy().to_lowercase().into());
        if self.overwrite && first {
            part.persist(&intended).map_err(|error| error.error)?;
            return Ok(SavedFile {
                path: intended,
                intended_path: None,
            });
        }
        let mut path = intended.clone();
        for number in 2..=MAX_NAMES {
            part = match part.persist_noclobber(&path) {
                Ok(_) => {
                    return Ok(SavedFile {
                        intended_path: (path != intended).then_some(intended),
                        path,
                    });
                }
                Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => taken.file,
                Err(error) => return Err(error.error),
            };
            path = folder.join(format!("{}~{number}{}", name.stem, name.ending));
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn path(&self, device: &str, name: &LocalName) -> PathBuf {
        self.of(device)
            .join(format!("{}{}", name.stem, name.ending))
    }

    fn of(&self, device: &str) -> PathBuf {
        self.root.join(file_name(device))
    }
}

/// A temporary file whose permissions follow the operator's umask.
fn part_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".part-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn part(folder: &TargetFolder, text: &str) -> NamedTempFile {
        let mut part = folder.part("d").unwrap();
        part.write_all(text.as_bytes()).unwrap();
        part
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let folder = TargetFolder::open(root.path().to_owned(), false).unwrap();
        let long = "x".repeat(2000);
        for name in [
            "..",
            "../../up.log",
            "/etc/passwd",
            "a\\..\\b.zip",
            "a\0b.log",
            "",
            ".",
            "nul.log.gz",
            long.as_str(),
            "C:x.json",
            ".log",
        ] {
            let path = folder.path("../d", &LocalName::of(name));
            let within = path.strip_prefix(root.path()).unwrap();
            assert_eq!(within.components().count(), 2, "{name}");
            assert!(within.components().all(|part| matches!(
                part,
                std::path::Component::Normal(part) if part.len() <= 255
            )));
        }
    }

    #[test]
    fn the_agents_names_stay_as_they_are() {
        for name in [
            "edgeHub-2026-11-22--08-00-00.log.gz",
            "support-bundle-2026-11-22--08-00-00.zip",
        ] {
            let folder = TargetFolder {
                root: "out".into(),
                overwrite: false,
                written: Mutex::default(),
            };
            let path = folder.path("press-07", &LocalName::of(name));
            assert_eq!(path, Path::new("out/press-07").join(name));
        }
        let unpacked = LocalName::of("m-1.json.gz").unpacked();
        assert_eq!(
            (unpacked.stem.as_str(), unpacked.ending.as_str()),
            ("m-1", ".json")
        );
    }

    #[test]
    fn an_existing_file_is_kept_unless_it_may_be_overwritten() {
        let root = tempfile::tempdir().unwrap();
        let name = LocalName::of("m.log");
        let folder = TargetFolder::open(root.path().to_owned(), false).unwrap();
        for (text, file) in [("1", "m.log"), ("2", "m~2.log"), ("3", "m~3.log")] {
            let saved = folder.save(part(&folder, text), "d", &name).unwrap();
            assert_eq!(saved.path, root.path().join("d").join(file));
            assert_eq!(saved.intended_path.is_some(), text != "1");
            assert_eq!(fs::read_to_string(&saved.path).unwrap(), text);
        }
        let folder = TargetFolder::open(root.path().to_owned(), true).unwrap();
        let saved = folder.save(part(&folder, "4"), "d", &name).unwrap();
        assert_eq!(fs::read_to_string(saved.path).unwrap(), "4");
        // A file of this run is never overwritten.
        let saved = folder.save(part(&folder, "5"), "d", &name).unwrap();
        assert!(
            saved.path.ends_with("d/m~4.log"),
            "{}",
            saved.path.display()
        );
        assert_eq!(fs::read_dir(root.path().join("d")).unwrap().count(), 4);
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("file");
        fs::write(&path, "").unwrap();
        let error = TargetFolder::open(path, false).unwrap_err();
        assert!(matches!(error, DownloadError::Folder { .. }));
    }
}
