//! A folder with a file for each device and module.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::Error;
use crate::file_name::file_name;
use crate::part_file::part_in;

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

    /// Creates a module's file and the folders above it. It gets its name at the end.
    ///
    /// # Errors
    /// It already exists, or can't be created.
    pub fn create(&self, device: &str, module: &str) -> Result<OutFile, Error> {
        self.check(device, module)?;
        let path = self.path(device, module);
        let folder = path.parent().unwrap_or(&self.root);
        let part = fs::create_dir_all(folder).and_then(|()| part_in(folder));
        let part = part.map_err(|source| unwritable(&path, source))?;
        Ok(OutFile {
            path,
            overwrite: self.overwrite,
            part: BufWriter::new(part),
        })
    }

    /// Creates a module's file, if need be, and the folders above it, for lines that are written as they
    /// come.
    ///
    /// # Errors
    /// It already exists, or can't be created.
    pub fn grow(&self, device: &str, module: &str) -> Result<GrowingFile, Error> {
        self.check(device, module)?;
        let path = self.path(device, module);
        let folder = path.parent().unwrap_or(&self.root);
        let created = fs::create_dir_all(folder).and_then(|()| {
            let mut options = File::options();
            options.create(true).write(true).truncate(true);
            options.open(&path)
        });
        created.map_err(|source| unwritable(&path, source))?;
        Ok(GrowingFile { path })
    }

    fn path(&self, device: &str, module: &str) -> PathBuf {
        self.root
            .join(file_name(device))
            .join(format!("{}.log", file_name(module)))
    }
}

/// A module's file while it is written. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct OutFile {
    path: PathBuf,
    overwrite: bool,
    part: BufWriter<NamedTempFile>,
}

/// A module's file that has its name from the beginning. It is open only while it is written: there may
/// be more of them than a process can have open.
#[derive(Debug)]
pub struct GrowingFile {
    path: PathBuf,
}

impl GrowingFile {
    /// Its name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds bytes at its end.
    ///
    /// # Errors
    /// It can't be written.
    pub fn append(&self, bytes: &[u8]) -> Result<(), Error> {
        let opened = File::options().create(true).append(true).open(&self.path);
        opened
            .and_then(|mut file| file.write_all(bytes))
            .map_err(|source| unwritable(&self.path, source))
    }
}

/// Follows the name of a file that lacks something.
const INCOMPLETE: &str = ".incomplete";

impl OutFile {
    /// The name that the file is to get.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, in place of whatever has it, even a link. One that is not `whole` gets
    /// another name, which shows it, and one of an earlier run is replaced.
    ///
    /// # Errors
    /// The name is taken by now, or the file can't be written.
    pub fn finish(self, whole: bool) -> Result<PathBuf, Error> {
        let Self {
            mut path,
            overwrite,
            part,
        } = self;
        let part = part
            .into_inner()
            .map_err(|error| unwritable(&path, error.into_error()))?;
        if !whole {
            path.as_mut_os_string().push(INCOMPLETE);
        }
        let named = match overwrite || !whole {
            true => part.persist(&path),
            false => part.persist_noclobber(&path),
        };
        match named {
            Ok(_) => Ok(path),
            Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Error::WouldOverwrite {
                    path: path.display().to_string(),
                })
            }
            Err(failed) => Err(unwritable(&path, failed.error)),
        }
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.part.flush()
    }
}

pub(super) fn unwritable(path: &Path, source: io::Error) -> Error {
    Error::Unwritable {
        path: path.display().to_string(),
        source,
    }
}
