//! Which entries are parts of a longer line.

use std::collections::VecDeque;

use bytes::Bytes;
use jiff::Timestamp;
use memchr::memmem;

use super::log_source::LogEntry;
use crate::logs::LogStream;

/// The Engine splits a line after this many bytes (Docker 20.10, measured with `json-file` and
/// `local`).
pub(super) const PART_BYTES: usize = 16_384;

/// What `json-file` writes for each byte that is not UTF-8, such as those of a character that was cut.
const REPLACEMENT: &str = "\u{fffd}";

/// The maximum held back while waiting for the next part of a line.
const MAX_HELD_BYTES: usize = 256 << 10;

/// Marks the entries that are parts of a longer line, and keeps them together.
///
/// A part is full and has no line end, and the next entry of its stream has the same stamp. Entries
/// keep their order across both streams, so an entry that may be a part holds back all later ones;
/// but the parts of a line follow each other, so that a window or a tail never ends within a line.
#[derive(Debug, Default)]
pub(super) struct PartMarker {
    held: VecDeque<Waiting>,
    held_bytes: usize,
    /// By stream, whether its last entry may be a part.
    undecided: [bool; 2],
    /// The stream of the line whose next part comes next.
    open: Option<LogStream>,
    is_settled: bool,
}

#[derive(Debug)]
struct Waiting {
    entry: LogEntry,
    decided: bool,
}

impl PartMarker {
    /// Takes the next entry. `cut` means that it is known to continue.
    pub(super) fn push(
        &mut self,
        stream: LogStream,
        stamp: Option<Timestamp>,
        bytes: Bytes,
        cut: bool,
    ) {
        if std::mem::take(&mut self.undecided[stream as usize]) {
            let mut held = self.held.iter_mut().rev();
            if let Some(part) = held.find(|held| held.entry.stream == stream) {
                part.entry.continues |= part.entry.stamp == stamp;
                part.decided = true;
            }
        }
        let may_be_part = !cut && stamp.is_some() && is_full(&bytes);
        self.undecided[stream as usize] = may_be_part;
        self.held_bytes += held_size(&bytes);
        self.held.push_back(Waiting {
            entry: LogEntry {
                stream,
                stamp,
                bytes,
                continues: cut,
            },
            decided: !may_be_part,
        });
    }

    /// The next decided entry.
    pub(super) fn pop(&mut self) -> Option<LogEntry> {
        let is_full = self.held_bytes > MAX_HELD_BYTES;
        let next_part = self.open.map(|stream| {
            let mut held = self.held.iter();
            held.position(|held| held.entry.stream == stream)
        });
        let place = match next_part {
            Some(Some(place)) => place,
            Some(None) if !is_full && !self.is_settled => return None,
            _ => 0,
        };
        let next = self.held.get_mut(place)?;
        if !next.decided {
            if !is_full {
                return None;
            }
            next.entry.continues = true;
            next.decided = true;
        }
        let held = self.held.remove(place)?;
        self.held_bytes -= held_size(&held.entry.bytes);
        self.open = held.entry.continues.then_some(held.entry.stream);
        Some(held.entry)
    }

    /// Ends the log: no entry that is held back continues.
    pub(super) fn settle(&mut self) {
        self.is_settled = true;
        for held in &mut self.held {
            held.decided = true;
        }
    }
}

/// Whether an entry has no line end, and as many bytes as the Engine puts into a part. Those that
/// were not UTF-8 may be three bytes by now.
fn is_full(bytes: &[u8]) -> bool {
    let Some(grown) = bytes.len().checked_sub(PART_BYTES) else {
        return false;
    };
    let replaced = || memmem::find_iter(bytes, REPLACEMENT).count();
    !bytes.ends_with(b"\n") && (grown == 0 || grown % 2 == 0 && grown / 2 <= replaced())
}

/// The memory that an entry uses; an empty one uses some too.
fn held_size(bytes: &Bytes) -> usize {
    bytes.len() + size_of::<Waiting>()
}

#[cfg(test)]
mod tests {
    use super::LogStream::{Stderr, Stdout};
    use super::*;

    fn push(parts: &mut PartMarker, stream: LogStream, second: i64, length: usize) {
        let bytes = Bytes::from(vec![b'x'; length]);
        parts.push(stream, Timestamp::from_second(second).ok(), bytes, false);
    }

    /// Stream, length and whether it continues.
    fn pop(parts: &mut PartMarker) -> Vec<(LogStream, usize, bool)> {
        let entries = std::iter::from_fn(|| parts.pop());
        entries
            .map(|entry| (entry.stream, entry.bytes.len(), entry.continues))
            .collect()
    }

    #[test]
    fn parts_are_found_by_length_and_stamp_in_each_stream_and_come_together() {
        let mut parts = PartMarker::default();
        push(&mut parts, Stdout, 1, PART_BYTES);
        push(&mut parts, Stderr, 1, PART_BYTES);
        push(&mut parts, Stdout, 1, PART_BYTES);
        push(&mut parts, Stderr, 2, 21);
        push(&mut parts, Stdout, 1, 0);
        push(&mut parts, Stdout, 2, PART_BYTES);
        // A line's parts come together.
        let expected = [
            (Stdout, PART_BYTES, true),
            (Stdout, PART_BYTES, true),
            (Stdout, 0, false),
            (Stderr, PART_BYTES, false),
            (Stderr, 21, false),
        ];
        assert_eq!(pop(&mut parts), expected);
        parts.settle();
        assert_eq!(pop(&mut parts), [(Stdout, PART_BYTES, false)]);
    }

    #[test]
    fn a_part_may_have_grown_by_what_is_not_utf_8() {
        let grown = |replaced: usize| {
            let rest = "x".repeat(PART_BYTES - replaced);
            REPLACEMENT.repeat(replaced) + &rest
        };
        for replaced in [0, 1, 5, PART_BYTES] {
            assert!(is_full(grown(replaced).as_bytes()), "{replaced}");
            assert!(!is_full((grown(replaced) + "x").as_bytes()), "{replaced}");
            assert!(!is_full(&grown(replaced).as_bytes()[..PART_BYTES - 1]));
        }
        // Characters that the module itself wrote count once.
        let own = REPLACEMENT.repeat(3) + &"x".repeat(PART_BYTES - 9);
        assert!(is_full(own.as_bytes()));
        assert!(!is_full((own + "xxxxxxxx").as_bytes()));
        assert!(!is_full(
            (grown(1)[..PART_BYTES + 1].to_owned() + "\n").as_bytes()
        ));
    }

    #[test]
    fn what_waits_for_a_part_is_bounded() {
        let mut parts = PartMarker::default();
        push(&mut parts, Stdout, 1, PART_BYTES);
        assert!(pop(&mut parts).is_empty());
        for _ in 0..=MAX_HELD_BYTES / 1000 {
            push(&mut parts, Stderr, 2, 1000);
        }
        let entries = pop(&mut parts);
        assert_eq!(
            entries[..2],
            [(Stdout, PART_BYTES, true), (Stderr, 1000, false)]
        );
        assert!(parts.held.is_empty());
    }
}
