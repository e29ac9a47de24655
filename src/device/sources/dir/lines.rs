//! Splits the bytes of files into entries.

use std::io::{self, Read};

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use memchr::memchr_iter;

use super::line_time::OwnTime;
use crate::device::sources::log_source::LogEntry;
use crate::logs::{LogStream, MAX_LINE_BYTES};

/// How much is read at once. A block of only line ends makes 131,072 entries.
const BLOCK_BYTES: usize = 128 << 10;

/// Takes the bytes of one file after the other, and returns each line as an entry. A line longer
/// than [`MAX_LINE_BYTES`] is returned in parts of that size.
#[derive(Debug)]
pub(super) struct LineCutter {
    /// The line whose end has not been read yet.
    buffer: BytesMut,
    /// How much of the buffer has no line end.
    searched: usize,
    /// The time of the latest line that has one.
    time: Option<Timestamp>,
    /// Whether the buffer continues a line of which a part was returned.
    within_line: bool,
    /// How many lines to skip.
    skip: u64,
}

impl LineCutter {
    /// A cutter for lines after one with the time `time_before`; it skips the first `skip` lines.
    pub(super) fn new(time_before: Option<Timestamp>, skip: u64) -> Self {
        Self {
            buffer: BytesMut::new(),
            searched: 0,
            time: time_before,
            within_line: false,
            skip,
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

    /// Returns the complete lines of what was read, and the parts of one that is too long.
    pub(super) fn cut(&mut self, entries: &mut Vec<LogEntry>) {
        let last_end =
            memchr::memrchr(b'\n', &self.buffer[self.searched..]).map(|at| self.searched + at + 1);
        if let Some(last_end) = last_end {
            let searched = std::mem::take(&mut self.searched);
            let block = self.buffer.split_to(last_end).freeze();
            let mut start = 0;
            for at in memchr_iter(b'\n', &block[searched..]) {
                let end = searched + at + 1;
                self.push_line(block.slice(start..end), entries);
                start = end;
            }
        }
        // More than this part remains, so another part always follows.
        while self.buffer.len() > MAX_LINE_BYTES {
            let part = self.buffer.split_to(MAX_LINE_BYTES).freeze();
            self.push_part(part, entries);
        }
        self.searched = self.buffer.len();
    }

    /// Returns the rest of a file whose last line has no line end.
    pub(super) fn end_file(&mut self, entries: &mut Vec<LogEntry>) {
        let rest = self.buffer.split().freeze();
        self.searched = 0;
        if !rest.is_empty() {
            self.push_line(rest, entries);
        }
        self.time = None;
    }

    /// Returns the end of a line, usually all of it.
    fn push_line(&mut self, mut bytes: Bytes, entries: &mut Vec<LogEntry>) {
        // The last block of a line can exceed the limit.
        while bytes.len() > MAX_LINE_BYTES {
            let part = bytes.split_to(MAX_LINE_BYTES);
            self.push_part(part, entries);
        }
        self.update_time(&bytes);
        self.within_line = false;
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        entries.push(LogEntry {
            stream: LogStream::Stdout,
            stamp: self.time,
            bytes,
            continues: false,
        });
    }

    fn push_part(&mut self, bytes: Bytes, entries: &mut Vec<LogEntry>) {
        self.update_time(&bytes);
        self.within_line = true;
        if self.skip == 0 {
            entries.push(LogEntry {
                stream: LogStream::Stdout,
                stamp: self.time,
                bytes,
                continues: true,
            });
        }
    }

    /// Only the start of a line holds its time.
    fn update_time(&mut self, bytes: &[u8]) {
        if !self.within_line {
            match OwnTime::of(bytes) {
                OwnTime::Known(time) => self.time = Some(time),
                OwnTime::Unzoned(_) | OwnTime::Other => self.time = None,
                OwnTime::None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(mut input: &[u8], skip: u64) -> Vec<LogEntry> {
        let mut cutter = LineCutter::new(None, skip);
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
    fn a_time_of_another_form_is_unknown_and_so_is_what_follows_it() {
        let entries = cut(
            b"2026-11-22T08:00:00Z a\n2026-11-22 09:00:00,5 b\n  at b\nNov 22 09:00:01 c\n2026-11-22T10:00:00Z d\n",
            0,
        );
        let known: Vec<_> = entries.iter().map(|entry| entry.stamp.is_some()).collect();
        assert_eq!(known, [true, false, false, false, true]);
    }

    #[test]
    fn skipped_lines_still_set_the_time() {
        let entries = cut(b"2026-11-22T08:00:00Z a\n  at b\n", 1);
        assert_eq!(entries.len(), 1);
        assert_eq!(
            entries[0].stamp,
            Some("2026-11-22T08:00:00Z".parse().unwrap())
        );
    }

    #[test]
    fn a_line_over_the_limit_comes_in_parts() {
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
