//! The log of a module as the container engine holds it: a list of entries.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

/// The engine cuts a line after this many bytes of text, newline included (measured on json-file).
pub const MAX_ENTRY_BYTES: usize = 16_384;

/// Nanoseconds in a second, the unit of the stamps.
pub const SECOND: i64 = 1_000_000_000;

/// Where an entry was written to. The agent calls everything but `Stderr` "stdout".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Frame type 1.
    Stdout,
    /// Frame type 2.
    Stderr,
    /// Frame type 3: the engine's own words, such as "Error grabbing logs: …", sent as log output.
    System,
    /// Nowhere: a damaged entry of the driver `json-file`, at which the engine stops without a word.
    Damaged,
}

impl Stream {
    /// The agent's name of the stream: its test is "2 or not 2".
    pub fn name(self) -> &'static str {
        match self {
            Self::Stderr => "stderr",
            Self::Stdout | Self::System | Self::Damaged => "stdout",
        }
    }
}

/// One entry of a log, at most [`MAX_ENTRY_BYTES`] long; one frame on the engine's wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The engine's stamp, in nanoseconds since 1970.
    pub stamp: i64,
    /// Where the module wrote it to.
    pub stream: Stream,
    /// What the module wrote, with its newline if it wrote one.
    pub bytes: Bytes,
}

/// A log that can be read while it grows: readers keep the state they began with.
pub type Log = Arc<Vec<Entry>>;

impl Entry {
    /// An entry on stdout, of at most [`MAX_ENTRY_BYTES`]; [`line()`] cuts longer ones.
    pub fn stdout(stamp: i64, bytes: impl Into<Bytes>) -> Self {
        Self {
            stamp,
            stream: Stream::Stdout,
            bytes: bytes.into(),
        }
    }

    /// The stamp as the engine writes it: UTC, always 9 digits, `Z`.
    pub fn stamp_text(&self) -> String {
        stamp_text(self.stamp)
    }
}

/// A stamp as the engine writes it, such as `2026-11-22T08:44:48.148000988Z`.
pub fn stamp_text(stamp: i64) -> String {
    let instant = instant(stamp.div_euclid(SECOND) * SECOND);
    let nanoseconds = stamp.rem_euclid(SECOND);
    format!(
        "{}.{nanoseconds:09}Z",
        instant.strftime("%Y-%m-%dT%H:%M:%S")
    )
}

/// The instant of a stamp. Every `i64` of nanoseconds is within what jiff can hold.
pub fn instant(stamp: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(stamp)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The stamp of an instant written in RFC 3339.
///
/// # Panics
/// Text that is not an instant: a mistake in a test.
pub fn at(text: &str) -> i64 {
    let instant: Timestamp = text.parse().expect("an instant in RFC 3339");
    i64::try_from(instant.as_nanosecond()).expect("an instant between 1678 and 2262")
}

/// The current time of this machine, as a stamp.
pub fn now() -> i64 {
    i64::try_from(Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX)
}

/// One line as the engine stores it: in parts of [`MAX_ENTRY_BYTES`] that share a stamp, only the
/// last of which holds the newline. A line of exactly that size is followed by a lone newline.
pub fn line(stamp: i64, stream: Stream, text: impl AsRef<[u8]>) -> Vec<Entry> {
    let parts = text.as_ref().chunks(MAX_ENTRY_BYTES);
    parts
        .map(|part| Entry {
            stamp,
            stream,
            bytes: Bytes::copy_from_slice(part),
        })
        .collect()
}

/// All bytes of a log, one entry after the other, as the agent's text output joins them.
pub fn bytes_of(entries: &[Entry]) -> Vec<u8> {
    entries
        .iter()
        .flat_map(|entry| entry.bytes.iter().copied())
        .collect()
}
