//! Entries that wait for their turn: as they are while they are few, packed once they are many, first
//! in memory, then in an unnamed temporary file.

use std::collections::VecDeque;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};

use lz4_flex::{compress_prepend_size, decompress_size_prepended};
use tempfile::SpooledTempFile;

use super::entries::Entry;
use super::place::{Mark, Passed};
use crate::error::Error;
use crate::lock::lock;
use crate::logs::{LogRecord, Record};

/// How many bytes of entries the spools of one store hold unpacked.
const MAX_UNPACKED: usize = 1 << 20;

/// How many packed bytes a store holds in memory before they go to a file.
const MAX_IN_MEMORY: usize = 2 << 20;

/// Entries of one log in their order. They can be added at both ends, and are read once.
#[derive(Default)]
pub(super) struct Spool {
    parts: VecDeque<Part>,
    store: Store,
}

enum Part {
    Unpacked { entries: Vec<Entry>, bytes: usize },
    Packed { offset: u64, length: usize },
}

/// Where spools keep their entries. Several can share one, so that thousands take no more memory
/// and no more files than one.
#[derive(Clone, Default)]
pub(super) struct Store(Arc<Mutex<Stored>>);

struct Stored {
    file: SpooledTempFile,
    /// How many bytes the unpacked parts take.
    unpacked: usize,
}

impl Default for Stored {
    fn default() -> Self {
        Self {
            file: SpooledTempFile::new(MAX_IN_MEMORY),
            unpacked: 0,
        }
    }
}

impl Spool {
    /// An empty spool.
    pub(super) fn in_store(store: &Store) -> Self {
        Self {
            parts: VecDeque::new(),
            store: store.clone(),
        }
    }

    /// Adds entries before all others.
    ///
    /// # Errors
    /// The temporary file can't be written.
    pub(super) fn push_older(&mut self, entries: Vec<Entry>) -> Result<(), Error> {
        if let Some(part) = self.store.take(entries)? {
            self.parts.push_front(part);
        }
        Ok(())
    }

    /// Adds entries after all others.
    ///
    /// # Errors
    /// The temporary file can't be written.
    pub(super) fn push_newer(&mut self, entries: Vec<Entry>) -> Result<(), Error> {
        self.parts.extend(self.store.take(entries)?);
        Ok(())
    }

    /// Takes the oldest part out; none when nothing is left.
    ///
    /// # Errors
    /// The temporary file can't be read.
    pub(super) fn pop_oldest(&mut self) -> Result<Option<Vec<Entry>>, Error> {
        let part = self.parts.pop_front();
        part.map(|part| self.store.give(part)).transpose()
    }
}

impl Store {
    fn take(&self, entries: Vec<Entry>) -> Result<Option<Part>, Error> {
        if entries.is_empty() {
            return Ok(None);
        }
        let bytes = entries.iter().map(Entry::size).sum();
        let mut stored = lock(&self.0);
        if stored.unpacked + bytes <= MAX_UNPACKED {
            stored.unpacked += bytes;
            return Ok(Some(Part::Unpacked { entries, bytes }));
        }
        let packed = pack(&entries).map_err(file_error)?;
        let offset = stored.file.seek(SeekFrom::End(0)).map_err(file_error)?;
        stored.file.write_all(&packed).map_err(file_error)?;
        Ok(Some(Part::Packed {
            offset,
            length: packed.len(),
        }))
    }

    fn give(&self, part: Part) -> Result<Vec<Entry>, Error> {
        let mut stored = lock(&self.0);
        match part {
            Part::Unpacked { entries, bytes } => {
                stored.unpacked -= bytes;
                Ok(entries)
            }
            Part::Packed { offset, length } => {
                let mut packed = vec![0; length];
                let read = stored.file.seek(SeekFrom::Start(offset));
                read.and_then(|_| stored.file.read_exact(&mut packed))
                    .and_then(|()| unpack(&packed))
                    .map_err(file_error)
            }
        }
    }
}

fn file_error(source: std::io::Error) -> Error {
    Error::System {
        action: format!(
            "keeping log lines in a temporary file in `{}` (TMPDIR)",
            std::env::temp_dir().display()
        ),
        source,
    }
}

/// The forms of a record, each before its bytes.
const LINE: u8 = 0;
const STAMPED: u8 = 1;
const PARSED: u8 = 2;

/// Packs for speed: what waits is read once, and soon.
fn pack(entries: &[Entry]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(entries.iter().map(Entry::size).sum());
    for entry in entries {
        let json;
        let (form, line) = match &entry.record {
            Record::Line(line) => (LINE, line.as_slice()),
            Record::Stamped { line, .. } => (STAMPED, line.as_slice()),
            Record::Parsed(record) => {
                json = serde_json::to_vec(record)?;
                (PARSED, json.as_slice())
            }
        };
        let flags = form
            | u8::from(entry.is_whole) << 3
            | u8::from(entry.own_stamp) << 4
            | u8::from(entry.stamp.is_some()) << 5
            | u8::from(entry.passed.is_some()) << 6
            | u8::from(entry.severity.is_some()) << 7;
        bytes.push(flags);
        bytes.extend(entry.severity);
        if let Some(passed) = &entry.passed {
            pack_mark(&mut bytes, passed.own);
            // No line passes more than are remembered.
            bytes.extend((passed.marks.len() as u32).to_le_bytes());
            for mark in &passed.marks {
                pack_mark(&mut bytes, *mark);
            }
        }
        bytes.extend(entry.stamp.unwrap_or_default().to_le_bytes());
        // A record is at most 16 MiB.
        bytes.extend((line.len() as u32).to_le_bytes());
        bytes.extend_from_slice(line);
    }
    Ok(compress_prepend_size(&bytes))
}

fn pack_mark(bytes: &mut Vec<u8>, mark: Mark) {
    bytes.extend(mark.stamp.to_le_bytes());
    bytes.extend(mark.hash.to_le_bytes());
}

fn unpack_mark(rest: &mut &[u8]) -> std::io::Result<Mark> {
    Ok(Mark {
        stamp: i64::from_le_bytes(take(rest)?),
        hash: u64::from_le_bytes(take(rest)?),
    })
}

fn unpack(packed: &[u8]) -> std::io::Result<Vec<Entry>> {
    let bytes = decompress_size_prepended(packed).map_err(std::io::Error::other)?;
    let mut rest = bytes.as_slice();
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let [flags] = take(&mut rest)?;
        let severity = match flags & 0x80 {
            0 => None,
            _ => Some(take::<1>(&mut rest)?[0]),
        };
        let passed = match flags & 0x40 {
            0 => None,
            _ => {
                let own = unpack_mark(&mut rest)?;
                let count = u32::from_le_bytes(take(&mut rest)?);
                let marks = (0..count).map(|_| unpack_mark(&mut rest));
                let marks = marks.collect::<std::io::Result<_>>()?;
                Some(Box::new(Passed { own, marks }))
            }
        };
        let stamp = i64::from_le_bytes(take(&mut rest)?);
        let length = u32::from_le_bytes(take(&mut rest)?) as usize;
        let mut bytes = vec![0; length];
        rest.read_exact(&mut bytes)?;
        let record = match flags & 0x7 {
            PARSED => Record::Parsed(Box::new(serde_json::from_slice::<LogRecord>(&bytes)?)),
            STAMPED => Record::Stamped {
                stamp: super::entries::instant(stamp),
                line: bytes,
            },
            _ => Record::Line(bytes),
        };
        entries.push(Entry {
            stamp: (flags & 0x20 != 0).then_some(stamp),
            own_stamp: flags & 0x10 != 0,
            is_whole: flags & 0x8 != 0,
            passed,
            severity,
            record,
        });
    }
    Ok(entries)
}

fn take<const N: usize>(rest: &mut &[u8]) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    rest.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: i64, length: usize) -> Entry {
        let line = format!("{number} {}\n", "x".repeat(length)).into_bytes();
        Entry::new(
            Some(number),
            number % 2 == 0,
            Record::Stamped {
                stamp: super::super::entries::instant(number),
                line,
            },
        )
    }

    fn all(mut spool: Spool) -> Vec<Entry> {
        let mut all = Vec::new();
        while let Some(part) = spool.pop_oldest().unwrap() {
            all.extend(part);
        }
        all
    }

    #[test]
    fn entries_come_out_in_order_however_many_there_are() {
        for length in [3, 30_000] {
            let mut spool = Spool::default();
            for number in (0..100).rev() {
                spool.push_older(vec![entry(number, length)]).unwrap();
            }
            for number in 100..200 {
                spool.push_newer(vec![entry(number, length)]).unwrap();
            }
            let expected: Vec<Entry> = (0..200).map(|number| entry(number, length)).collect();
            assert_eq!(all(spool), expected);
        }
    }

    #[test]
    fn a_record_survives_being_packed() {
        let record = LogRecord {
            iothub: "h".to_owned(),
            device: "d".to_owned(),
            id: "m".to_owned(),
            stream: None,
            loglevel: 3,
            text: "t".to_owned(),
            timestamp: Some("2026-11-22T08:44:48.1480009+00:00".to_owned()),
        };
        let entries = vec![Entry {
            stamp: None,
            own_stamp: false,
            is_whole: true,
            passed: Some(Box::new(Passed {
                own: Mark { stamp: 5, hash: 6 },
                marks: vec![Mark { stamp: 4, hash: 3 }, Mark { stamp: 5, hash: 6 }],
            })),
            severity: Some(3),
            record: Record::Parsed(Box::new(record)),
        }];
        assert_eq!(unpack(&pack(&entries).unwrap()).unwrap(), entries);
    }
}
