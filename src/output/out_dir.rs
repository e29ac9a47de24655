//! A folder with a file for each device and module.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::file_name::file_name;

/// `DIR/device/module.log`, with names made safe by `file_name`.
#[derive(Debug, Clone)]
pub struct OutDir {
    root: PathBuf,
    overwrite: bool,
}

impl OutDir {
    /// Existing files below `root` are kept unless `overwrite`.
    pub fn new(root: PathBuf, overwrite: bool) -> Self {
        Self { root, overwrite }
    }

    /// Checks beforehand that a module's file can be created.
    ///
    /// # Errors
    /// It already exists.
    pub fn check(&self, device: &str, module: &str) -> Result<(), Error> {
        let path = self.path(device, module);
        if !self.overwrite && path.symlink_metadata().is_ok() {
            return Err(Error::WouldOverwrite {
                path: path.display().to_string(),
            });
        }
        Ok(())
    }

    /// Creates a module's file and the folders above it.
    ///
    /// # Errors
    /// It already exists, or can't be created.
    pub fn create(&self, device: &str, module: &str) -> Result<(PathBuf, BufWriter<File>), Error> {
        let path = self.path(device, module);
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(|source| unwritable(folder, source))?;
        let mut options = File::options();
        options.write(true);
        if self.overwrite {
            options.create(true).truncate(true);
        } else {
            options.create_new(true);
        }
        match options.open(&path) {
            Ok(file) => Ok((path, BufWriter::new(file))),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Error::WouldOverwrite {
                    path: path.display().to_string(),
                })
            }
            Err(source) => Err(unwritable(&path, source)),
        }
    }

    fn path(&self, device: &str, module: &str) -> PathBuf {
        self.root
            .join(file_name(device))
            .join(format!("{}.log", file_name(module)))
    }
}

pub(super) fn unwritable(path: &Path, source: io::Error) -> Error {
    Error::Unwritable {
        path: path.display().to_string(),
        source,
    }
}
