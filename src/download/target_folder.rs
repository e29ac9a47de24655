//! The folder that blobs are saved in: `DIR/device/NAME`. A slash or `..` in a blob's name never leads
//! out of it.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;

use tempfile::NamedTempFile;

use super::error::DownloadError;
use crate::file_name::file_name;
use crate::lock::lock;
use crate::part_file::part_in;

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
