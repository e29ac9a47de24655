//! Pages that wait to be printed: as they came, compressed, and on disk if they are many.

use std::io::{Read, Seek, SeekFrom, Write};
use std::iter::Peekable;

use tempfile::SpooledTempFile;

use super::entries::{Entries, Entry, EntryForm, Key, start_of};
use super::overlap::KeyCounts;
use crate::error::Error;
use crate::logs::DecodeError;
use crate::methods::ModuleLogs;

/// How much of a segment is kept in memory. A few segments of a module are under way at a time.
const MAX_IN_MEMORY: usize = 2_500_000;

/// The pages of a stretch of a log, the newest first.
pub(super) struct PageStore {
    file: SpooledTempFile,
    parts: Vec<Part>,
}

/// A stretch of a log as it is kept.
enum Part {
    Page(Stored),
    /// A second whose entries came severity by severity.
    Second {
        second: i64,
        levels: Vec<(u8, Stored)>,
        /// The entries that the newer pages hold already.
        known: Vec<Key>,
    },
}

/// Where a payload is kept, and how many of its entries count.
struct Stored {
    offset: u64,
    length: usize,
    form: EntryForm,
    is_packed: bool,
    error: Option<String>,
    entries: usize,
}

/// A page that came severity by severity: the level, and the answer for it.
pub(super) type LevelPage = (u8, ModuleLogs);

impl Default for PageStore {
    fn default() -> Self {
        Self {
            file: SpooledTempFile::new(MAX_IN_MEMORY),
            parts: Vec::new(),
        }
    }
}

impl PageStore {
    /// Keeps a page that is older than all others, of which the first `entries` count.
    pub(super) fn push(
        &mut self,
        logs: ModuleLogs,
        form: EntryForm,
        entries: usize,
    ) -> Result<(), Error> {
        let stored = self.keep(logs, form, entries)?;
        self.parts.push(Part::Page(stored));
        Ok(())
    }

    /// Keeps what came of a second, apart from the entries that newer pages hold.
    pub(super) fn push_second(
        &mut self,
        second: i64,
        pages: Vec<LevelPage>,
        form: EntryForm,
        known: Vec<Key>,
    ) -> Result<(), Error> {
        let mut levels = Vec::new();
        for (level, logs) in pages {
            levels.push((level, self.keep(logs, form, usize::MAX)?));
        }
        self.parts.push(Part::Second {
            second,
            levels,
            known,
        });
        Ok(())
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    fn keep(&mut self, logs: ModuleLogs, form: EntryForm, entries: usize) -> Result<Stored, Error> {
        let is_packed = logs.payload_bytes.is_some();
        let payload = logs.payload_bytes.or(logs.payload).unwrap_or_default();
        let written = self.file.seek(SeekFrom::End(0)).and_then(|offset| {
            self.file.write_all(payload.as_bytes())?;
            Ok(offset)
        });
        Ok(Stored {
            offset: written.map_err(file_error)?,
            length: payload.len(),
            form,
            is_packed,
            error: logs.error,
            entries,
        })
    }

    fn load(&mut self, stored: &Stored) -> Result<ModuleLogs, Error> {
        let mut payload = vec![0; stored.length];
        self.file
            .seek(SeekFrom::Start(stored.offset))
            .and_then(|_| self.file.read_exact(&mut payload))
            .map_err(file_error)?;
        let payload =
            String::from_utf8(payload).map_err(|error| file_error(std::io::Error::other(error)))?;
        let (payload, payload_bytes) = match stored.is_packed {
            true => (None, Some(payload)),
            false => (Some(payload), None),
        };
        Ok(ModuleLogs {
            payload,
            payload_bytes,
            error: stored.error.clone(),
            ..ModuleLogs::of("")
        })
    }

    /// All entries, the oldest first. They can be read again.
    pub(super) fn entries(&mut self) -> StoredEntries<'_> {
        StoredEntries {
            next: self.parts.len(),
            store: self,
            reading: Reading::Nothing,
        }
    }
}

fn file_error(source: std::io::Error) -> Error {
    Error::System {
        action: format!(
            "keeping pages in a temporary file in `{}` (TMPDIR)",
            std::env::temp_dir().display()
        ),
        source,
    }
}

/// Why entries end early.
#[derive(Debug)]
pub(super) enum Broken {
    /// The payload can't be unpacked further.
    Undecodable(DecodeError),
    /// The device says that its log breaks off here.
    Device(String),
    /// This machine's fault.
    Machine(Error),
}

/// The entries of a store. After an error the next page goes on.
pub(super) struct StoredEntries<'a> {
    store: &'a mut PageStore,
    /// How many parts are left.
    next: usize,
    reading: Reading,
}

enum Reading {
    Nothing,
    Page {
        entries: Entries<'static>,
        left: usize,
        error: Option<String>,
    },
    Second {
        levels: Vec<(u8, Peekable<Entries<'static>>)>,
        after: i64,
        known: KeyCounts,
    },
}

impl StoredEntries<'_> {
    fn open(&mut self) -> Result<bool, Error> {
        let Some(index) = self.next.checked_sub(1) else {
            return Ok(false);
        };
        self.next = index;
        // The part is put back, so that the store can be read again.
        let part = std::mem::replace(
            &mut self.store.parts[index],
            Part::Second {
                second: 0,
                levels: Vec::new(),
                known: Vec::new(),
            },
        );
        let opened = self.open_part(&part);
        self.store.parts[index] = part;
        self.reading = opened?;
        Ok(true)
    }

    fn open_part(&mut self, part: &Part) -> Result<Reading, Error> {
        match part {
            Part::Page(stored) => {
                let mut logs = self.store.load(stored)?;
                Ok(Reading::Page {
                    error: logs.error.take(),
                    entries: Entries::owned(logs, stored.form),
                    left: stored.entries,
                })
            }
            Part::Second {
                second,
                levels,
                known,
            } => {
                let mut opened = Vec::new();
                for (level, stored) in levels {
                    let logs = self.store.load(stored)?;
                    opened.push((*level, Entries::owned(logs, stored.form).peekable()));
                }
                Ok(Reading::Second {
                    levels: opened,
                    after: start_of(*second),
                    known: KeyCounts::of(known),
                })
            }
        }
    }
}

impl Iterator for StoredEntries<'_> {
    type Item = Result<Entry, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match &mut self.reading {
                Reading::Page {
                    entries,
                    left,
                    error,
                } => {
                    if *left > 0
                        && let Some(entry) = entries.next()
                    {
                        *left -= 1;
                        return Some(entry.map_err(Broken::Undecodable));
                    }
                    if let Some(error) = error.take() {
                        return Some(Err(Broken::Device(error)));
                    }
                }
                Reading::Second {
                    levels,
                    after,
                    known,
                } => {
                    if let Some(entry) = next_of_levels(levels) {
                        match entry {
                            // Those at the very beginning belong to the page before as well.
                            Ok(entry) if entry.stamp.is_none_or(|stamp| stamp <= *after) => {
                                continue;
                            }
                            Ok(entry) if known.take(&entry.key()) => continue,
                            Ok(entry) => return Some(Ok(entry)),
                            Err(error) => return Some(Err(Broken::Undecodable(error))),
                        }
                    }
                }
                Reading::Nothing => {}
            }
            self.reading = Reading::Nothing;
            match self.open() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(Broken::Machine(error))),
            }
        }
    }
}

/// The earliest entry of several severities' pages. An agent that reads the level as documented
/// puts lower levels into a page as well, which have pages of their own.
fn next_of_levels(
    levels: &mut [(u8, Peekable<Entries<'static>>)],
) -> Option<Result<Entry, DecodeError>> {
    for (level, entries) in levels.iter_mut() {
        while entries
            .next_if(|entry| {
                let other = |entry: &Entry| entry.record.loglevel() != *level;
                entry.as_ref().is_ok_and(other)
            })
            .is_some()
        {}
    }
    let stamp = |entry: &Result<Entry, DecodeError>| entry.as_ref().ok().and_then(|e| e.stamp);
    let heads = levels.iter_mut().enumerate();
    let earliest = heads
        .filter_map(|(index, (_, entries))| Some((stamp(entries.peek()?), index)))
        .min();
    let (_, index) = earliest?;
    levels[index].1.next()
}
