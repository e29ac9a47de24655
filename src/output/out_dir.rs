//! A folder with a file for each device and module.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use flate2::Crc;

use crate::Error;

/// No part of a path is longer, in bytes: file systems take 255, and the ending needs room.
const MAX_NAME_BYTES: usize = 200;

/// `DIR/device/module.log`. The names of devices and modules come from elsewhere, so that they are
/// made harmless first.
#[derive(Debug, Clone)]
pub struct OutDir {
    root: PathBuf,
    overwrite: bool,
}

impl OutDir {
    /// Files below `root`. Those that exist are kept unless `overwrite`.
    pub fn new(root: PathBuf, overwrite: bool) -> Self {
        Self { root, overwrite }
    }

    /// Checks that the file of a module could be made, as far as that can be known beforehand.
    ///
    /// # Errors
    /// It is there already.
    pub fn check(&self, device: &str, module: &str) -> Result<(), Error> {
        let path = self.path(device, module);
        if !self.overwrite && path.symlink_metadata().is_ok() {
            return Err(Error::WouldOverwrite {
                path: path.display().to_string(),
            });
        }
        Ok(())
    }

    /// Makes the file of a module, and the folders above it.
    ///
    /// # Errors
    /// It is there already, or the system refuses.
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

/// The failure to write a file.
pub(super) fn unwritable(path: &Path, source: io::Error) -> Error {
    Error::Unwritable {
        path: path.display().to_string(),
        source,
    }
}

/// One part of a path that stands for this name and no other, wherever it comes from.
///
/// Letters, digits, `-`, `_` and inner dots stay; all else is percent-encoded. A name that would be
/// too long ends in its checksum.
fn file_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for (at, byte) in name.bytes().enumerate() {
        let at_an_end = at == 0 || at + 1 == name.len();
        match byte {
            b'.' if !at_an_end => safe.push('.'),
            b'-' | b'_' => safe.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => safe.push(char::from(byte)),
            // Writing into a String can't fail.
            _ => {
                let _ = write!(safe, "%{byte:02X}");
            }
        }
    }
    if safe.is_empty() {
        return "%".to_owned();
    }
    if safe.len() > MAX_NAME_BYTES {
        let mut crc = Crc::new();
        crc.update(name.as_bytes());
        safe.truncate(MAX_NAME_BYTES);
        let _ = write!(safe, "~{:08x}", crc.sum());
    }
    safe
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn plain_names_stay_and_all_others_become_harmless() {
        for (name, safe) in [
            ("press-07", "press-07"),
            ("a.b_c", "a.b_c"),
            ("..", "%2E%2E"),
            (".", "%2E"),
            ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
            ("a/b\\c", "a%2Fb%5Cc"),
            ("a%2Fb", "a%252Fb"),
            ("", "%"),
            ("C:", "C%3A"),
            ("é\n", "%C3%A9%0A"),
        ] {
            assert_eq!(file_name(name), safe, "{name}");
        }
    }

    #[test]
    fn different_names_are_different_files_also_when_they_are_long() {
        let long = "x".repeat(300);
        let names = [format!("{long}a"), format!("{long}b"), "/".repeat(128)];
        let safe: HashSet<String> = names.iter().map(|name| file_name(name)).collect();
        assert_eq!(safe.len(), names.len());
        assert!(safe.iter().all(|name| name.len() <= 255 - ".log".len()));
    }

    #[test]
    fn what_exists_is_kept_unless_told_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let keep = OutDir::new(folder.path().to_owned(), false);
        drop(keep.create("d", "m").unwrap());
        assert!(matches!(
            keep.check("d", "m"),
            Err(Error::WouldOverwrite { .. })
        ));
        assert!(matches!(
            keep.create("d", "m"),
            Err(Error::WouldOverwrite { .. })
        ));
        let replace = OutDir::new(folder.path().to_owned(), true);
        assert!(replace.check("d", "m").is_ok());
        assert!(replace.create("d", "m").is_ok());
    }
}
