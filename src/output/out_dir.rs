//! A folder with a file for each device and module.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::Error;
use crate::file_name::file_name;
use crate::part_file::part_in;

/// `DIR/device/module.log`, with names made safe by `file_name`.
#[derive(Debug, Clone)]
pub struct OutDir {
    root: PathBuf,
    existing: Existing,
}

/// What becomes of files that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// They are kept, and a new one is refused.
    Kept,
    /// New ones take their place.
    Replaced,
    /// They go on at their ends. One that ends within a line, as a run that was killed leaves it, loses
    /// that part, which comes again.
    Extended,
}

impl OutDir {
    /// The folder with this path.
    pub fn new(root: PathBuf, existing: Existing) -> Self {
        Self { root, existing }
    }

    /// Checks beforehand that a module's file can be created.
    ///
    /// # Errors
    /// It already exists.
    pub fn check(&self, device: &str, module: &str) -> Result<(), Error> {
        let path = self.path(device, module);
        if self.existing == Existing::Kept && path.symlink_metadata().is_ok() {
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
            overwrite: self.existing == Existing::Replaced,
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
            options.read(true).write(true);
            if self.existing == Existing::Extended {
                let mut file = open(options.create(true), &path)?;
                let kept = end_of_lines(&mut file)?;
                return file.set_len(kept);
            }
            if self.existing == Existing::Replaced && path.symlink_metadata().is_ok() {
                fs::remove_file(&path)?;
            }
            options.create_new(true).open(&path).map(drop)
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

    /// Adds bytes at its end: all of them, or none.
    ///
    /// # Errors
    /// It can't be written.
    pub fn append(&self, bytes: &[u8]) -> Result<(), Error> {
        let opened = open(File::options().create(true).append(true), &self.path);
        let added = opened.and_then(|mut file| {
            let length = file.metadata()?.len();
            file.write_all(bytes).inspect_err(|_| {
                // A part of a line would run into the next one.
                let _ = file.set_len(length);
            })
        });
        added.map_err(|source| unwritable(&self.path, source))
    }
}

/// Opens a file, but not what a link in its place leads to.
fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        options,
        rustix::fs::OFlags::NOFOLLOW.bits().cast_signed(),
    );
    let opened = options.open(path);
    match path.symlink_metadata() {
        Ok(data) if data.is_symlink() => {
            Err(io::Error::other("it is a link, which is not followed"))
        }
        _ => opened,
    }
}

/// Where the last whole line of a file ends.
fn end_of_lines(file: &mut File) -> io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut bytes = Vec::new();
    while end > 0 {
        let begin = end.saturating_sub(64 << 10);
        bytes.resize((end - begin) as usize, 0);
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(&mut bytes)?;
        if let Some(last) = bytes.iter().rposition(|byte| *byte == b'\n') {
            return Ok(begin + last as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
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
