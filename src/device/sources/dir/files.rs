//! Finds the log files of each module in a folder.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, BufReader, Read, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use memchr::memrchr;

use super::line_time::{LineTimes, OwnTime};

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

impl ListedFile {
    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// One file of a module's log. It stays the same file when it is rotated.
#[derive(Debug)]
pub(super) struct LogFile {
    pub(super) file: File,
    /// Its name when it was opened, for messages.
    pub(super) name: String,
    /// Whether it is packed with gzip.
    pub(super) packed: bool,
    /// How long it was when it was opened, in bytes. A log only grows.
    pub(super) opened_with: u64,
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
        // While a rotation is packed, both are there.
        let plain: Vec<u64> = files
            .iter()
            .filter(|file| !file.packed)
            .map(|file| file.rotation)
            .collect();
        let has_twin = |file: &ListedFile| file.packed && plain.contains(&file.rotation);
        files.retain(|file| file.rotation == 0 || !has_twin(file));
        files.sort_by_key(|file| std::cmp::Reverse((file.rotation, file.packed)));
    }
    Ok(modules)
}

/// How many names a note lists.
const MAX_NAMED: usize = 5;
/// What is done with lines whose times may be any of a day.
const UNKNOWN: &str = "which count as unknown and are not compared with --since and --until unless they are outside in every zone";
/// How much of a file is looked at for notes.
const MAX_HEAD_BYTES: u64 = 8 << 10;

/// What an operator should know of a folder: which files are passed over, which ones can't be read as
/// text, and which have times that are not known.
pub(super) fn notes(folder: &Path, times: LineTimes) -> io::Result<Vec<String>> {
    let root = folder.canonicalize()?;
    let (mut passed_over, mut elsewhere) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_file = fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_file());
        let is_inside = || {
            entry
                .path()
                .canonicalize()
                .is_ok_and(|path| path.starts_with(&root))
        };
        match parse_name(&name) {
            None if is_file && !name.starts_with('.') => passed_over.push(name),
            Some(_) if !(is_file && is_inside()) => elsewhere.push(name),
            _ => {}
        }
    }
    let (mut utf16, mut unzoned, mut said, mut other) = (vec![], vec![], vec![], vec![]);
    for file in scan(folder)?.into_values().flatten() {
        // What can't be read is reported when it is.
        let Ok(head) = open_listed(&file).and_then(|file| head(&file)) else {
            continue;
        };
        if is_utf16(&head) {
            utf16.push(file.name());
            continue;
        }
        let (mut lacks_offset, mut says_more, mut is_other) = (false, false, false);
        for line in whole_lines(&head).split(|byte| *byte == b'\n') {
            match times.own(line) {
                OwnTime::Unzoned(_) if LineTimes::says_no_more(line) => lacks_offset = true,
                OwnTime::Unzoned(_) => says_more = true,
                OwnTime::Other => is_other = true,
                OwnTime::Known(_) | OwnTime::None => {}
            }
        }
        for (is_so, files) in [
            (lacks_offset, &mut unzoned),
            (says_more, &mut said),
            (is_other, &mut other),
        ] {
            if is_so {
                files.push(file.name());
            }
        }
    }
    let folder = folder.display();
    let notes = [
        (passed_over, format!("passed over in `{folder}`, since their names don't end in .log")),
        (elsewhere, format!("passed over in `{folder}`, since they are not files in it, but folders, pipes or links to elsewhere")),
        (utf16, "UTF-16, whose text, levels and times can't be read: its bytes are passed on as they are (iconv -f UTF-16 -t UTF-8 converts it)".to_owned()),
        (unzoned, format!("times without an offset, {UNKNOWN} (--source-utc-offset gives theirs)")),
        (said, format!("times with a half of the day or the name of a zone, {UNKNOWN}")),
        (other, "times of a form that is not read, which count as unknown and are in every window".to_owned()),
    ];
    Ok(notes
        .into_iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, what)| format!("{what}: {}", listed(names)))
        .collect())
}

/// The first names of many, sorted.
fn listed(mut names: Vec<String>) -> String {
    names.sort();
    let more = names.len().saturating_sub(MAX_NAMED);
    names.truncate(MAX_NAMED);
    match more {
        0 => names.join(", "),
        _ => format!("{} and {more} more", names.join(", ")),
    }
}

/// A beginning without what may be a part of a line.
fn whole_lines(head: &[u8]) -> &[u8] {
    match memrchr(b'\n', head) {
        Some(end) if head.len() as u64 == MAX_HEAD_BYTES => &head[..end],
        _ => head,
    }
}

/// The beginning of a file, unpacked.
fn head(file: &LogFile) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    match file.packed {
        true => file
            .unpacked()?
            .take(MAX_HEAD_BYTES)
            .read_to_end(&mut head)?,
        false => (&file.file).take(MAX_HEAD_BYTES).read_to_end(&mut head)?,
    };
    Ok(head)
}

/// Whether a text begins with the mark of UTF-16 and is mostly ASCII in it.
fn is_utf16(head: &[u8]) -> bool {
    let zeros = |odd: usize| {
        let bytes = head.iter().skip(odd).step_by(2);
        bytes.filter(|byte| **byte == 0).count() * 4 > head.len()
    };
    match head {
        [0xff, 0xfe, ..] => zeros(1),
        [0xfe, 0xff, ..] => zeros(0),
        _ => false,
    }
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

/// The files of a module, oldest first.
pub(super) struct Opened {
    pub(super) files: Vec<LogFile>,
    /// Before how many of these a rotation stands that can't be opened, and why; of several the newest.
    pub(super) lacks: Option<(usize, String)>,
}

/// Opens all files of a module; none if the module does not exist.
///
/// # Errors
/// The folder or the newest file can't be read.
pub(super) fn open(folder: &Path, module: &str) -> io::Result<Option<Opened>> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let Some(listed) = scan(folder)?.remove(module) else {
            return Ok(None);
        };
        let newest = listed.len() - 1;
        let mut lacks = None;
        let mut opened = Vec::new();
        let mut failed = None;
        for (index, file) in listed.iter().enumerate() {
            match open_listed(file) {
                Ok(file) => opened.push(file),
                // An old file must not keep the newest lines back.
                Err(error) if error.kind() != io::ErrorKind::NotFound && index < newest => {
                    lacks = Some((opened.len(), format!("`{}`: {error}", file.name())));
                }
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        // A file that was rotated while the folder was read has been seen under neither name.
        let is_as_listed = || {
            let now = scan(folder)?.remove(module).unwrap_or_default();
            let same = now.iter().map(|file| (&file.path, file.id));
            io::Result::Ok(same.eq(listed.iter().map(|file| (&file.path, file.id))))
        };
        match failed {
            None if is_as_listed()? => {
                return Ok(Some(Opened {
                    files: opened,
                    lacks,
                }));
            }
            None if attempts < OPEN_ATTEMPTS => {}
            None => return Err(io::Error::other("its files are rotated all the time")),
            // They are being rotated, and each name now means another file.
            Some(error) if error.kind() == io::ErrorKind::NotFound && attempts < OPEN_ATTEMPTS => {}
            Some(error) => return Err(error),
        }
    }
}

fn open_listed(listed: &ListedFile) -> io::Result<LogFile> {
    let file = File::open(&listed.path)?;
    let metadata = file.metadata()?;
    if FileId::of(&metadata) != listed.id {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "the file was rotated away",
        ));
    }
    Ok(LogFile {
        file,
        name: listed.name(),
        packed: listed.packed,
        opened_with: metadata.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_line_at_the_end_of_a_beginning_says_nothing() {
        let most = usize::try_from(MAX_HEAD_BYTES).unwrap();
        let mut head = vec![b'x'; most - 30];
        head.extend_from_slice(b"\n2026-11-22 08:44:45.123 +00:00");
        assert_eq!(whole_lines(&head[..most]).len(), most - 30);
        assert_eq!(whole_lines(b"2026-11-22 08:44:45"), b"2026-11-22 08:44:45");
    }

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
