//! Where the reading of a log stands, so that another run can go on there.

use std::collections::HashMap;
use std::fmt::Debug;

use jiff::Timestamp;

use super::entries::Key;
use super::overlap::Seen;
use crate::error::Error;

/// The identity of an entry, in whatever form it comes: as text, or as the agent's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark {
    /// The engine's stamp in nanoseconds since 1970, rounded to 100 as in the agent's records;
    /// [`i64::MIN`] for an entry that has none of its own.
    pub stamp: i64,
    /// A hash of its text without its level and time.
    pub hash: u64,
}

impl From<Key> for Mark {
    fn from(key: Key) -> Self {
        Self {
            stamp: key.stamp,
            hash: key.hash,
        }
    }
}

impl From<Mark> for Key {
    fn from(mark: Mark) -> Self {
        Self {
            stamp: mark.stamp,
            hash: mark.hash,
        }
    }
}

/// How many of the last entries of a log are remembered.
pub const PLACE_ENTRIES: usize = 256;

/// Where the reading of a log stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The last entries that have been read, at most [`PLACE_ENTRIES`].
    pub marks: Vec<Mark>,
    /// Whether these are all that the log ever had.
    pub is_whole: bool,
    /// How many of the last entries are worth asking for.
    pub tail: usize,
    /// How many entries come after them that belong to a line whose end had not come.
    pub pending: usize,
}

impl Place {
    /// Goes on by entries that have been read.
    pub fn pass(&mut self, marks: &[Mark]) {
        self.marks.extend_from_slice(marks);
        let surplus = self.marks.len().saturating_sub(PLACE_ENTRIES);
        self.marks.drain(..surplus);
        self.is_whole &= surplus == 0;
        self.pending = 0;
    }

    pub(super) fn seen(&self) -> Seen {
        let keys = self.marks.iter().copied().map(Key::from);
        Seen::new(keys.collect(), self.is_whole)
    }
}

/// What a run that goes on where another one ended knows of that.
pub trait Places: Debug + Send + Sync {
    /// Where the logs of a device stand, by module.
    ///
    /// # Errors
    /// That can't be read.
    fn of_device(&self, device: &str) -> Result<HashMap<String, Place>, Error>;
}

/// What a line passes on its way: the entries of its log that have been read once it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// The line's own first entry.
    pub own: Mark,
    /// All entries since the line before that was printed, its own ones included.
    pub marks: Vec<Mark>,
}

impl Passed {
    /// Puts entries before these that were passed without being printed.
    pub fn prepend(&mut self, mut marks: Vec<Mark>) {
        marks.append(&mut self.marks);
        let surplus = marks.len().saturating_sub(PLACE_ENTRIES);
        marks.drain(..surplus);
        self.marks = marks;
    }
}

/// Lines of a log may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The time of the last entry that was read before it.
    pub from: Option<Timestamp>,
    /// That of the first one after it, if there is one.
    pub to: Option<Timestamp>,
}

impl Gap {
    /// Why they may be.
    pub fn reason(&self) -> &'static str {
        match (self.from, self.to) {
            (Some(from), Some(to)) if to < from => {
                "the log was started anew, or its clock was set back"
            }
            _ => "the log was rotated or started anew",
        }
    }
}
