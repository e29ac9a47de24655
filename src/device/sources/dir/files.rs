//! Finds the log files of each module in a folder.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, BufReader, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

/// How often to list a module's files while they are being rotated.
const OPEN_ATTEMPTS: u32 = 5;

/// One file of a module's log, as the folder lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListedFile {
    /// The real path, within the folder.
    path: PathBuf,
    id: FileId,
    /// How often it was rotated; 0 is the current file.
    rotation: u64,
    packed: bool,
}

/// One file of a module's log. It stays the same file when it is rotated.
#[derive(Debug)]
pub(super) struct LogFile {
    pub(super) file: File,
    /// Whether it is packed with gzip.
    pub(super) packed: bool,
}

impl LogFile {
    /// Its length in bytes, as it is stored.
    pub(super) fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Reads a packed file from its start.
    pub(super) fn unpacked(&self) -> io::Result<MultiGzDecoder<BufReader<&File>>> {
        (&self.file).rewind()?;
        Ok(MultiGzDecoder::new(BufReader::new(&self.file)))
    }
}

/// What stays the same when a file is renamed: device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId(u64, u64);

impl FileId {
    fn of(metadata: &Metadata) -> Self {
        Self(metadata.dev(), metadata.ino())
    }
}

/// The modules of a folder by name, each with its files, oldest first.
///
/// A name ends in `.log`; a rotation has a number after that, and may be packed: `edgeAgent.log`,
/// `edgeAgent.log.1`, `edgeAgent.log.2.gz`. Everything else is ignored, and so are directories and
/// links that lead out of the folder.
pub(super) fn scan(folder: &Path) -> io::Result<BTreeMap<String, Vec<ListedFile>>> {
    let folder = folder.canonicalize()?;
    let mut modules: BTreeMap<String, Vec<ListedFile>> = BTreeMap::new();
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let file_name = entry.file_name();
        let Some((module, rotation, packed)) = file_name.to_str().and_then(parse_name) else {
            continue;
        };
        // It disappeared in the meantime, or is a broken link.
        let Ok(path) = entry.path().canonicalize() else {
            continue;
        };
        let Ok(metadata) = fs::metadata(&path) else {
            continue;
        };
        if metadata.is_file() && path.starts_with(&folder) {
            let file = ListedFile {
                path,
                id: FileId::of(&metadata),
                rotation,
                packed,
            };
            modules.entry(module.to_owned()).or_default().push(file);
        }
    }
    for files in modules.values_mut() {
        files.sort_by_key(|file| std::cmp::Reverse((file.rotation, file.packed)));
    }
    Ok(modules)
}

/// Splits a file name into module, rotation, and whether it is packed.
fn parse_name(file_name: &str) -> Option<(&str, u64, bool)> {
    let (name, packed) = match file_name.strip_suffix(".gz") {
        Some(name) => (name, true),
        None => (file_name, false),
    };
    let (module, rotation) = match name.strip_suffix(".log") {
        Some(module) => (module, 0),
        None => {
            let (name, number) = name.rsplit_once('.')?;
            // The parser would accept a sign.
            let number = number
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| number.parse().ok())??;
            (name.strip_suffix(".log")?, number)
        }
    };
    let hidden = module.is_empty() || module.starts_with('.');
    (!hidden).then_some((module, rotation, packed))
}

/// Opens all files of a module, oldest first; none if the module does not exist.
///
/// # Errors
/// The folder or one of the files can't be read.
pub(super) fn open(folder: &Path, module: &str) -> io::Result<Option<Vec<LogFile>>> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let Some(listed) = scan(folder)?.remove(module) else {
            return Ok(None);
        };
        match listed.into_iter().map(open_listed).collect() {
            // They are being rotated, and each name now means another file.
            Err(error) if error.kind() == io::ErrorKind::NotFound && attempts < OPEN_ATTEMPTS => {}
            opened => return opened.map(Some),
        }
    }
}

fn open_listed(listed: ListedFile) -> io::Result<LogFile> {
    let file = File::open(&listed.path)?;
    if FileId::of(&file.metadata()?) != listed.id {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "the file was rotated away",
        ));
    }
    Ok(LogFile {
        file,
        packed: listed.packed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_module_rotation_and_packing() {
        for (name, parsed) in [
            ("edgeAgent.log", Some(("edgeAgent", 0, false))),
            ("edgeAgent.log.1", Some(("edgeAgent", 1, false))),
            ("edgeAgent.log.12.gz", Some(("edgeAgent", 12, true))),
            ("edgeAgent.log.gz", Some(("edgeAgent", 0, true))),
            ("a.b.log", Some(("a.b", 0, false))),
            ("a.log.log", Some(("a.log", 0, false))),
            ("edgeAgent.txt", None),
            ("edgeAgent.log.old", None),
            ("edgeAgent.log.+1", None),
            ("edgeAgent.log.99999999999999999999", None),
            ("edgeAgent.log.1.bz2", None),
            (".log", None),
            (".hidden.log", None),
            ("log", None),
        ] {
            assert_eq!(parse_name(name), parsed, "{name}");
        }
    }
}
