//! Which entries are parts of a longer line.

use std::collections::VecDeque;

use bytes::Bytes;
use jiff::Timestamp;

use super::LogEntry;
use crate::logs::LogStream;

/// The Engine cuts a line after so many bytes (Docker 20.10, measured with `json-file` and
/// `local`).
pub(super) const PART_BYTES: usize = 16_384;

/// How much is held back at most while the next part of a line is waited for.
const MAX_HELD_BYTES: usize = 256 << 10;

/// Finds out which entries are parts of a longer line.
///
/// A part has exactly [`PART_BYTES`] and no line end, and the next entry of its stream has the same
/// stamp. The two streams' entries interleave, and their order is kept, so everything behind an
/// undecided part waits with it.
#[derive(Debug, Default)]
pub(super) struct Joiner {
    held: VecDeque<Held>,
    held_bytes: usize,
    /// How many entries were taken so far, to find an undecided one again.
    taken: usize,
    /// By stream, the place of the entry that may be a part.
    undecided: [Option<usize>; 2],
}

#[derive(Debug)]
struct Held {
    entry: LogEntry,
    decided: bool,
}

impl Joiner {
    /// Takes the next entry. `cut` says that it goes on for certain.
    pub(super) fn push(
        &mut self,
        stream: LogStream,
        stamp: Option<Timestamp>,
        bytes: Bytes,
        cut: bool,
    ) {
        if let Some(place) = self.undecided[stream as usize].take()
            && let Some(part) = place
                .checked_sub(self.taken)
                .and_then(|at| self.held.get_mut(at))
        {
            part.entry.continues = part.entry.stamp == stamp;
            part.decided = true;
        }
        let may_be_part =
            !cut && stamp.is_some() && bytes.len() == PART_BYTES && !bytes.ends_with(b"\n");
        if may_be_part {
            self.undecided[stream as usize] = Some(self.taken + self.held.len());
        }
        self.held_bytes += held_size(&bytes);
        self.held.push_back(Held {
            entry: LogEntry {
                stream,
                stamp,
                bytes,
                continues: cut,
            },
            decided: !may_be_part,
        });
    }

    /// The next entry of which everything is known.
    pub(super) fn pop(&mut self) -> Option<LogEntry> {
        if self.held_bytes > MAX_HELD_BYTES
            && let Some(first) = self.held.front_mut()
            && !first.decided
        {
            first.entry.continues = true;
            first.decided = true;
        }
        if !self.held.front()?.decided {
            return None;
        }
        let held = self.held.pop_front()?;
        self.taken += 1;
        self.held_bytes -= held_size(&held.entry.bytes);
        Some(held.entry)
    }

    /// Whether nothing is held back.
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Decides that what is held back goes on, or does not.
    pub(super) fn settle(&mut self, continues: bool) {
        self.undecided = [None, None];
        for held in self.held.iter_mut().filter(|held| !held.decided) {
            held.entry.continues = continues;
            held.decided = true;
        }
    }
}

/// What an entry costs to hold; empty ones are not free.
fn held_size(bytes: &Bytes) -> usize {
    bytes.len() + size_of::<Held>()
}

#[cfg(test)]
mod tests {
    use super::LogStream::{Stderr, Stdout};
    use super::*;

    fn push(joiner: &mut Joiner, stream: LogStream, second: i64, length: usize) {
        let bytes = Bytes::from(vec![b'x'; length]);
        joiner.push(stream, Timestamp::from_second(second).ok(), bytes, false);
    }

    /// Stream, length and whether it continues.
    fn pop(joiner: &mut Joiner) -> Vec<(LogStream, usize, bool)> {
        let entries = std::iter::from_fn(|| joiner.pop());
        entries
            .map(|entry| (entry.stream, entry.bytes.len(), entry.continues))
            .collect()
    }

    #[test]
    fn parts_are_told_by_length_and_stamp_for_each_stream() {
        let mut joiner = Joiner::default();
        push(&mut joiner, Stdout, 1, PART_BYTES);
        push(&mut joiner, Stderr, 1, PART_BYTES);
        push(&mut joiner, Stdout, 1, PART_BYTES);
        push(&mut joiner, Stderr, 2, 21);
        push(&mut joiner, Stdout, 1, 0);
        push(&mut joiner, Stdout, 2, PART_BYTES);
        let expected = [
            (Stdout, PART_BYTES, true),
            (Stderr, PART_BYTES, false),
            (Stdout, PART_BYTES, true),
            (Stderr, 21, false),
            (Stdout, 0, false),
        ];
        assert_eq!(pop(&mut joiner), expected);
        joiner.settle(false);
        assert_eq!(pop(&mut joiner), [(Stdout, PART_BYTES, false)]);
    }

    #[test]
    fn what_waits_for_a_part_is_bounded() {
        let mut joiner = Joiner::default();
        push(&mut joiner, Stdout, 1, PART_BYTES);
        assert!(pop(&mut joiner).is_empty() && !joiner.is_empty());
        for _ in 0..=MAX_HELD_BYTES / 1000 {
            push(&mut joiner, Stderr, 2, 1000);
        }
        let entries = pop(&mut joiner);
        assert_eq!(
            entries[..2],
            [(Stdout, PART_BYTES, true), (Stderr, 1000, false)]
        );
        assert!(joiner.is_empty());
    }

    #[test]
    fn what_waits_can_be_released() {
        let mut joiner = Joiner::default();
        push(&mut joiner, Stdout, 1, PART_BYTES);
        joiner.settle(true);
        push(&mut joiner, Stdout, 1, 4);
        assert_eq!(
            pop(&mut joiner),
            [(Stdout, PART_BYTES, true), (Stdout, 4, false)]
        );
    }
}
