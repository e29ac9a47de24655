//! Cuts the bytes of files into entries.

use std::io::{self, Read};

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use memchr::memchr_iter;

use super::line_time::line_time;
use crate::device::sources::LogEntry;
use crate::logs::{LogStream, MAX_LINE_BYTES};

/// How much is read at once. A block of nothing but line ends makes 131,072 entries.
const BLOCK_BYTES: usize = 128 << 10;

/// Takes the bytes of one file after the other, and gives a line as an entry. A longer line than
/// [`MAX_LINE_BYTES`] is given in parts of that size.
#[derive(Debug)]
pub(super) struct LineCutter {
    /// The line whose end has not come yet.
    buffer: BytesMut,
    /// How much of the buffer has no line end.
    searched: usize,
    /// The time of the latest line that has one.
    time: Option<Timestamp>,
    /// Whether the buffer goes on with a line of which a part was given.
    within_line: bool,
    /// How many lines are to be passed over.
    pass_over: u64,
}

impl LineCutter {
    /// A cutter for lines behind one with the time `time_before`, which passes over some at first.
    pub(super) fn new(time_before: Option<Timestamp>, pass_over: u64) -> Self {
        Self {
            buffer: BytesMut::new(),
            searched: 0,
            time: time_before,
            within_line: false,
            pass_over,
        }
    }

    /// Reads some bytes, 0 at the end of the input.
    pub(super) fn fill(&mut self, input: &mut impl Read) -> io::Result<usize> {
        let length = self.buffer.len();
        self.buffer.resize(length + BLOCK_BYTES, 0);
        let read = input.read(&mut self.buffer[length..]);
        self.buffer
            .truncate(length + read.as_ref().map_or(0, |read| *read));
        read
    }

    /// Takes the whole lines out of what was read, and the parts of one that is too long.
    pub(super) fn cut(&mut self, entries: &mut Vec<LogEntry>) {
        let last_end =
            memchr::memrchr(b'\n', &self.buffer[self.searched..]).map(|at| self.searched + at + 1);
        if let Some(last_end) = last_end {
            let searched = std::mem::take(&mut self.searched);
            let block = self.buffer.split_to(last_end).freeze();
            let mut start = 0;
            for at in memchr_iter(b'\n', &block[searched..]) {
                let end = searched + at + 1;
                self.give(block.slice(start..end), entries);
                start = end;
            }
        }
        // What remains is more than one byte longer, so that another part follows for certain.
        while self.buffer.len() > MAX_LINE_BYTES {
            let part = self.buffer.split_to(MAX_LINE_BYTES).freeze();
            self.give_part(part, entries);
        }
        self.searched = self.buffer.len();
    }

    /// Gives the rest of a file, whose last line has no line end.
    pub(super) fn end_file(&mut self, entries: &mut Vec<LogEntry>) {
        let rest = self.buffer.split().freeze();
        self.searched = 0;
        if !rest.is_empty() {
            self.give(rest, entries);
        }
    }

    /// Drops what was read of a line that was since cut out of its file.
    pub(super) fn forget_partial_line(&mut self) {
        self.buffer.clear();
        self.searched = 0;
        self.within_line = false;
    }

    /// Gives the end of a line, which is mostly all of it.
    fn give(&mut self, mut bytes: Bytes, entries: &mut Vec<LogEntry>) {
        // A line can have grown over the bound with the block in which it ends.
        while bytes.len() > MAX_LINE_BYTES {
            let part = bytes.split_to(MAX_LINE_BYTES);
            self.give_part(part, entries);
        }
        self.tell_time(&bytes);
        self.within_line = false;
        if self.pass_over > 0 {
            self.pass_over -= 1;
            return;
        }
        entries.push(LogEntry {
            stream: LogStream::Stdout,
            stamp: self.time,
            bytes,
            continues: false,
        });
    }

    fn give_part(&mut self, bytes: Bytes, entries: &mut Vec<LogEntry>) {
        self.tell_time(&bytes);
        self.within_line = true;
        if self.pass_over == 0 {
            entries.push(LogEntry {
                stream: LogStream::Stdout,
                stamp: self.time,
                bytes,
                continues: true,
            });
        }
    }

    /// Only the start of a line tells its time.
    fn tell_time(&mut self, bytes: &[u8]) {
        if !self.within_line {
            self.time = line_time(bytes).or(self.time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(mut input: &[u8], pass_over: u64) -> Vec<LogEntry> {
        let mut cutter = LineCutter::new(None, pass_over);
        let mut entries = Vec::new();
        while cutter.fill(&mut input).unwrap() > 0 {
            cutter.cut(&mut entries);
        }
        cutter.end_file(&mut entries);
        entries
    }

    #[test]
    fn a_line_without_a_time_has_that_of_the_line_before() {
        let entries = cut(
            b"no time\n2026-11-22T08:00:00Z a\n  at b\n\n2026-11-22T09:00:00Z c",
            0,
        );
        let eight = Some("2026-11-22T08:00:00Z".parse().unwrap());
        let nine = Some("2026-11-22T09:00:00Z".parse().unwrap());
        let stamps: Vec<_> = entries.iter().map(|entry| entry.stamp).collect();
        assert_eq!(stamps, [None, eight, eight, eight, nine]);
        assert_eq!(entries[4].bytes, &b"2026-11-22T09:00:00Z c"[..]);
    }

    #[test]
    fn lines_that_are_passed_over_still_tell_the_time() {
        let entries = cut(b"2026-11-22T08:00:00Z a\n  at b\n", 1);
        assert_eq!(entries.len(), 1);
        assert_eq!(
            entries[0].stamp,
            Some("2026-11-22T08:00:00Z".parse().unwrap())
        );
    }

    #[test]
    fn a_line_beyond_the_bound_comes_in_parts() {
        for (length, lengths) in [
            (MAX_LINE_BYTES, vec![MAX_LINE_BYTES]),
            (MAX_LINE_BYTES + 1, vec![MAX_LINE_BYTES, 1]),
            (
                2 * MAX_LINE_BYTES + BLOCK_BYTES,
                vec![MAX_LINE_BYTES, MAX_LINE_BYTES, BLOCK_BYTES],
            ),
        ] {
            let mut text = b"2026-11-22T08:00:00Z ".to_vec();
            text.resize(length - 1, b'x');
            text.extend_from_slice(b"\nnext\n");
            let entries = cut(&text, 0);
            let (next, parts) = entries.split_last().unwrap();
            assert_eq!(
                parts
                    .iter()
                    .map(|part| part.bytes.len())
                    .collect::<Vec<_>>(),
                lengths
            );
            let continues: Vec<_> = parts.iter().map(|part| part.continues).collect();
            assert_eq!(
                continues,
                [vec![true; lengths.len() - 1], vec![false]].concat()
            );
            assert!(
                parts
                    .iter()
                    .all(|part| part.stamp == next.stamp && part.stamp.is_some())
            );
            assert_eq!(next.bytes, &b"next\n"[..]);
        }
    }
}
