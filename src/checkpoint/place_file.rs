//! The file of one log.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{unreadable, unwritable};
use crate::error::Error;
use crate::fetch::{Mark, PLACE_ENTRIES, Place};
use crate::file_name::file_name;
use crate::invalid_input::InvalidInput;
use crate::part_file::private_part_in;
use crate::private_folder::create_private_folder;

const EXTENSION: &str = "json";

/// Files of another version are refused.
const VERSION: u32 = 1;

/// How large a file is at the most: several times what a run writes.
const MAX_BYTES: u64 = 256 << 10;

/// Which log it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Log {
    /// The hub's host name.
    pub hub: String,
    /// The device's id.
    pub device: String,
    /// The module that answers, `$edgeAgent` as a rule.
    pub answered_by: String,
    /// The module whose log it is.
    pub module: String,
}

/// What is stored of a log.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Which log it is.
    pub log: Log,
    /// Where it stands.
    pub place: Place,
    /// How often a mark has occurred, where that is more often than in the place.
    pub repeats: HashMap<Mark, u32>,
    /// When it was stored.
    pub saved: Timestamp,
}

impl Stored {
    /// The engine's stamp of the last entry, if there was one.
    pub fn time(&self) -> Option<Timestamp> {
        time_of(&self.place)
    }
}

fn time_of(place: &Place) -> Option<Timestamp> {
    let last = place
        .marks
        .iter()
        .rev()
        .find(|mark| mark.stamp != i64::MIN)?;
    Timestamp::from_nanosecond(i128::from(last.stamp)).ok()
}

/// The file's form.
#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    hub: String,
    device: String,
    answered_by: String,
    module: String,
    /// For people; what counts is in `entries`.
    time: Option<Timestamp>,
    saved: Timestamp,
    is_whole: bool,
    tail: usize,
    pending: usize,
    /// Stamp in nanoseconds and hash of each entry, the last one last.
    entries: Vec<(i64, String)>,
    repeats: Vec<(i64, String, u32)>,
}

pub(super) fn name(module: &str) -> String {
    format!("{}.{EXTENSION}", file_name(module))
}

/// Whether a file holds a place. A run that was killed may leave others behind.
pub(super) fn is_one(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.starts_with('.') && name.ends_with(&format!(".{EXTENSION}"))
}

pub(super) fn read(path: &Path) -> Result<Stored, Error> {
    let metadata = fs::symlink_metadata(path).map_err(|source| unreadable(path, source))?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(unusable(path));
    }
    let text = fs::read(path).map_err(|source| unreadable(path, source))?;
    let written: Option<Written> = serde_json::from_slice(&text).ok();
    let stored = written.filter(|written| {
        let most = written.entries.len().max(written.repeats.len());
        written.version == VERSION && most <= PLACE_ENTRIES
    });
    let stored = stored.and_then(|written| {
        let hash = |hash: &str| u64::from_str_radix(hash, 16).ok();
        let marks = written.entries.iter().map(|(stamp, text)| {
            Some(Mark {
                stamp: *stamp,
                hash: hash(text)?,
            })
        });
        let repeats = written.repeats.iter().map(|(stamp, text, count)| {
            let mark = Mark {
                stamp: *stamp,
                hash: hash(text)?,
            };
            Some((mark, *count))
        });
        Some(Stored {
            place: Place {
                marks: marks.collect::<Option<_>>()?,
                is_whole: written.is_whole,
                tail: written.tail,
                pending: written.pending,
            },
            repeats: repeats.collect::<Option<_>>()?,
            saved: written.saved,
            log: Log {
                hub: written.hub,
                device: written.device,
                answered_by: written.answered_by,
                module: written.module,
            },
        })
    });
    stored.ok_or_else(|| unusable(path))
}

/// It is damaged, of another version, or of another log than its name says.
pub(super) fn unusable(path: &Path) -> Error {
    InvalidInput::new(format!(
        "`{}` is not a file of this checkpoint that this version can read",
        path.display()
    ))
    .hint("remove the file: its log is then read from --since, or from its beginning")
    .into()
}

/// Replaces the file, so that there is always a whole one.
pub(super) fn write(path: &Path, stored: &Stored) -> Result<(), Error> {
    let Stored {
        log,
        place,
        repeats,
        saved,
    } = stored;
    let hash = |mark: &Mark| format!("{:016x}", mark.hash);
    let repeats = repeats.iter();
    let written = Written {
        version: VERSION,
        hub: log.hub.clone(),
        device: log.device.clone(),
        answered_by: log.answered_by.clone(),
        module: log.module.clone(),
        time: time_of(place),
        saved: *saved,
        is_whole: place.is_whole,
        tail: place.tail,
        pending: place.pending,
        entries: place
            .marks
            .iter()
            .map(|mark| (mark.stamp, hash(mark)))
            .collect(),
        repeats: repeats
            .map(|(mark, count)| (mark.stamp, hash(mark), *count))
            .collect(),
    };
    let folder = path.parent().unwrap_or(path);
    let replaced = create_private_folder(folder).and_then(|()| {
        let mut part = private_part_in(folder)?;
        serde_json::to_writer(&mut part, &written)?;
        part.write_all(b"\n")?;
        part.as_file().sync_all()?;
        part.persist(path).map_err(|error| error.error)?;
        Ok(())
    });
    replaced.map_err(|source| unwritable(path, source))
}

/// Makes the new names in a folder last.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    // Windows has no way to sync a folder.
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    let _ = folder;
    Ok(())
}

/// Makes what was added to a file last.
pub(super) fn sync_data(path: &Path) -> Result<(), Error> {
    let synced = fs::File::options().append(true).open(path);
    match synced.and_then(|file| file.sync_data()) {
        // Somebody rotates the files.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        synced => synced.map_err(|source| unwritable(path, source)),
    }
}

/// A file of any bytes is read or refused, and what was read is written so that the same is read again; see
/// [`crate::probes`].
#[cfg(any(test, fuzzing))]
pub(crate) fn probe(bytes: &[u8]) -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(name("m"));
    fs::write(&path, bytes)?;
    let Ok(stored) = read(&path) else {
        return Ok(());
    };
    assert!(stored.place.marks.len().max(stored.repeats.len()) <= PLACE_ENTRIES);
    let again = folder.path().join("again").join(name("m"));
    write(&again, &stored).map_err(io::Error::other)?;
    let read_again = read(&again).map_err(io::Error::other)?;
    assert_eq!(
        format!("{:?}", read_again.place),
        format!("{:?}", stored.place)
    );
    assert_eq!(read_again.repeats, stored.repeats);
    assert_eq!(
        (read_again.log, read_again.saved),
        (stored.log, stored.saved)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_a_place() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a").join(name("edgeHub"));
        let log = Log {
            hub: "h".to_owned(),
            device: "d".to_owned(),
            answered_by: "$edgeAgent".to_owned(),
            module: "edgeHub".to_owned(),
        };
        let stored = Stored {
            log,
            place: Place::default(),
            repeats: HashMap::new(),
            saved: Timestamp::UNIX_EPOCH,
        };
        write(&path, &stored).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a").join(name("edgeHub"));
        let mark = |stamp| Mark {
            stamp,
            hash: u64::MAX - 3,
        };
        let stored = Stored {
            log: Log {
                hub: "h".to_owned(),
                device: "d/\u{e9}".to_owned(),
                answered_by: "$edgeAgent".to_owned(),
                module: "edgeHub".to_owned(),
            },
            place: Place {
                marks: vec![mark(i64::MIN), mark(1_787_234_700_123_456_700)],
                is_whole: true,
                tail: 7,
                pending: 2,
            },
            repeats: HashMap::from([(mark(5), 300)]),
            saved: "2026-11-29T10:00:00Z".parse().unwrap(),
        };
        write(&path, &stored).unwrap();
        let again = read(&path).unwrap();
        assert_eq!(again.log, stored.log);
        assert_eq!(again.place, stored.place);
        assert_eq!(again.repeats, stored.repeats);
        let time = again.time().unwrap().to_string();
        assert_eq!(time, "2026-08-20T14:05:00.1234567Z");
        let mut damaged = vec!["{}".to_owned(), " ".repeat(300 << 10)];
        let text = fs::read_to_string(&path).unwrap();
        let entries = r#"[1,"1"],"#.repeat(PLACE_ENTRIES);
        damaged.push(text.replace(r#""entries":["#, &format!(r#""entries":[{entries}"#)));
        for text in damaged {
            fs::write(&path, text).unwrap();
            assert!(read(&path).is_err());
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(read(&path).is_err());
    }
}
