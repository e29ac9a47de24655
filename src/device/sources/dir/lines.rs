//! Splits the bytes of files into entries.

use std::io::{self, Read};

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use memchr::{memchr_iter, memrchr};

use super::line_time::{LineTimes, OwnTime};
use crate::device::sources::line_needs::LineNeeds;
use crate::device::sources::log_source::{LogEntry, LogWindow};
use crate::logs::{LogStream, MAX_LINE_BYTES};

/// How much is read at once. A block of only line ends makes 131,072 entries.
const BLOCK_BYTES: usize = 128 << 10;

/// Takes the bytes of one file after the other, and returns each line as an entry. A line longer
/// than [`MAX_LINE_BYTES`] is returned in parts of that size. Lines outside the window, and lines that
/// can't pass the filter, are left out.
#[derive(Debug)]
pub(super) struct LineCutter {
    /// The line whose end has not been read yet.
    buffer: BytesMut,
    /// How much of the buffer has no line end.
    searched: usize,
    /// What the latest line that says a time says of it.
    time: OwnTime,
    /// Where the buffer continues a line of which a part was read: whether the line is left out.
    within_line: Option<bool>,
    /// How many lines to skip.
    skip: u64,
    window: LogWindow,
    needs: Option<LineNeeds>,
    times: LineTimes,
    /// How many bytes in a row were later than the window.
    later_bytes: u64,
}

impl LineCutter {
    /// A cutter for lines after one with the time `time_before`; it skips the first `skip` lines.
    pub(super) fn new(
        time_before: Option<Timestamp>,
        skip: u64,
        window: LogWindow,
        needs: Option<LineNeeds>,
        times: LineTimes,
    ) -> Self {
        Self {
            buffer: BytesMut::new(),
            searched: 0,
            time: time_before.map_or(OwnTime::None, OwnTime::Known),
            within_line: None,
            skip,
            window,
            needs,
            times,
            later_bytes: 0,
        }
    }

    /// How many bytes in a row were later than the window, up to here.
    pub(super) fn later_bytes(&self) -> u64 {
        self.later_bytes
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
            let block = self.buffer.split_to(last_end);
            match self.needs.clone() {
                Some(needs) if self.skip == 0 && self.within_line.is_none() => {
                    self.push_needed(&needs, &block, entries);
                }
                _ => {
                    let block = block.freeze();
                    let mut start = 0;
                    for at in memchr_iter(b'\n', &block[searched..]) {
                        let end = searched + at + 1;
                        self.push_line(block.slice(start..end), entries);
                        start = end;
                    }
                }
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
        self.time = OwnTime::None;
    }

    /// Returns the lines of a block that may pass the filter. The others are looked at only for the time
    /// of what follows them.
    fn push_needed(&mut self, needs: &LineNeeds, block: &[u8], entries: &mut Vec<LogEntry>) {
        let before = (self.time, self.later_bytes);
        let mut read = 0;
        while let Some(line) = needs.next_line(block, read) {
            self.advance_time(&block[read..line.end]);
            read = line.end;
            let bytes = Bytes::copy_from_slice(&block[line]);
            if bytes.len() > MAX_LINE_BYTES {
                self.push_line(bytes, entries);
            } else if self.is_inside() {
                entries.push(self.entry(bytes, false));
            }
        }
        self.advance_time(&block[read..]);
        // A clock that steps may hide lines of the window among later ones.
        match self.is_later() {
            true => {
                (self.time, self.later_bytes) = before;
                self.count_later_lines(block);
            }
            false => self.later_bytes = 0,
        }
    }

    /// Takes the time of whole lines: that of the last one which says one.
    fn advance_time(&mut self, lines: &[u8]) {
        let mut end = lines.len();
        while end > 0 {
            let start = memrchr(b'\n', &lines[..end - 1]).map_or(0, |at| at + 1);
            match self.times.own(&lines[start..end]) {
                OwnTime::None => end = start,
                own => {
                    self.time = own;
                    return;
                }
            }
        }
    }

    /// Returns the end of a line, usually all of it.
    fn push_line(&mut self, mut bytes: Bytes, entries: &mut Vec<LogEntry>) {
        // The last block of a line can exceed the limit.
        while bytes.len() > MAX_LINE_BYTES {
            let part = bytes.split_to(MAX_LINE_BYTES);
            self.push_part(part, entries);
        }
        self.push(bytes, false, entries);
        self.within_line = None;
        self.skip = self.skip.saturating_sub(1);
    }

    fn push_part(&mut self, bytes: Bytes, entries: &mut Vec<LogEntry>) {
        self.push(bytes, true, entries);
    }

    /// Returns a line or a part of one, unless it is left out.
    fn push(&mut self, bytes: Bytes, continues: bool, entries: &mut Vec<LogEntry>) {
        let is_left_out = match self.within_line {
            Some(is_left_out) => is_left_out,
            None => {
                // Only the start of a line holds its time.
                match self.times.own(&bytes) {
                    OwnTime::None => {}
                    own => self.time = own,
                }
                !self.is_inside()
                    || self
                        .needs
                        .as_ref()
                        .is_some_and(|needs| !needs.allows(&bytes))
            }
        };
        self.within_line = Some(is_left_out);
        self.count_later(bytes.len());
        if self.skip == 0 && !is_left_out {
            entries.push(self.entry(bytes, continues));
        }
    }

    fn entry(&self, bytes: Bytes, continues: bool) -> LogEntry {
        LogEntry {
            stream: LogStream::Stdout,
            stamp: self.time.known(),
            bytes,
            continues,
        }
    }

    /// Whether the latest line lies in the window. One whose time is not known stays, unless it says one
    /// without an offset that lies outside in every zone.
    fn is_inside(&self) -> bool {
        let LogWindow { since, until, .. } = self.window;
        match self.time {
            OwnTime::Known(time) => {
                until.is_none_or(|until| time <= until) && since.is_none_or(|since| time >= since)
            }
            OwnTime::Unzoned(time) => OwnTime::may_lie_between(time, since, until),
            OwnTime::Other | OwnTime::None => true,
        }
    }

    fn is_later(&self) -> bool {
        let until = self.window.until;
        let time = self.time.known();
        time.is_some_and(|time| until.is_some_and(|until| time > until))
    }

    fn count_later(&mut self, bytes: usize) {
        self.later_bytes = match self.is_later() {
            true => self.later_bytes + bytes as u64,
            false => 0,
        };
    }

    /// Counts a block line by line, whose last line is later than the window.
    fn count_later_lines(&mut self, block: &[u8]) {
        let mut start = 0;
        for end in memchr_iter(b'\n', block) {
            let line = &block[start..=end];
            self.advance_time(line);
            self.count_later(line.len());
            start = end + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;

    use super::*;

    fn cut(mut input: &[u8], skip: u64) -> Vec<LogEntry> {
        let mut cutter =
            LineCutter::new(None, skip, LogWindow::default(), None, LineTimes::default());
        let mut entries = Vec::new();
        while cutter.fill(&mut input).unwrap() > 0 {
            cutter.cut(&mut entries);
        }
        cutter.end_file(&mut entries);
        entries
    }

    /// Reads a few bytes at a time, so that blocks end anywhere.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = self.1 * 7 % 61 + 1;
            let most = self.1.min(buffer.len());
            self.0.read(&mut buffer[..most])
        }
    }

    #[test]
    fn what_a_filter_needs_changes_neither_lines_nor_their_times() {
        let lines = [
            "<3> 2026-11-22T08:00:00Z first 77\n",
            "  at b 77\n",
            "<6> 2026-11-22T09:00:00Z second\n",
            "77\n",
            "2026-11-22 09:00:00,5 no offset\n",
            "\tat c 77\n",
            "\n",
            "<4> 77\n",
            "2026-11-22T10:00:00Z <3> third 77\n",
        ];
        let text: String = (0..200).map(|at| lines[at * 5 % 9 * at % 9]).collect();
        let time = |text: &str| Some(text.parse().unwrap());
        for window in [
            LogWindow::default(),
            LogWindow {
                since: time("2026-11-22T08:30:00Z"),
                until: time("2026-11-22T09:30:00Z"),
                ..LogWindow::default()
            },
            LogWindow {
                until: time("2026-11-21T08:30:00Z"),
                ..LogWindow::default()
            },
        ] {
            let cut = |needs: Option<LineNeeds>, offset| {
                let mut input = Pieces(text.as_bytes(), 1);
                let mut cutter = LineCutter::new(None, 0, window, needs, LineTimes { offset });
                let mut entries = Vec::new();
                while cutter.fill(&mut input).unwrap() > 0 {
                    cutter.cut(&mut entries);
                }
                cutter.end_file(&mut entries);
                (entries, cutter.later_bytes())
            };
            for offset in [None, Some(Offset::constant(-1))] {
                for (literal, level) in [(Some("77"), None), (None, Some(4)), (Some("77"), Some(3))]
                {
                    let needs = LineNeeds::new(literal, level);
                    let mut all = cut(None, offset);
                    let passes = |entry: &LogEntry| needs.as_ref().unwrap().allows(&entry.bytes);
                    all.0.retain(passes);
                    assert_eq!(
                        cut(needs, offset),
                        all,
                        "{literal:?} {level:?} {window:?} {offset:?}"
                    );
                }
            }
        }
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
