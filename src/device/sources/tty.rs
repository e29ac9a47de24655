//! The log of a module with a TTY: stamps and text without frames.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use memchr::memchr;

use super::parts::PART_BYTES;
use super::stamp::{STAMP_BYTES, leading_stamp, may_become_stamp};

/// The longest piece held without a line end. The Engine's own pieces are shorter.
const MAX_PIECE_BYTES: usize = 1 << 20;

/// An entry, or a part of one that is longer than [`MAX_PIECE_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) stamp: Option<Timestamp>,
    pub(super) bytes: Bytes,
    /// Whether more of the same entry follows.
    pub(super) cut: bool,
}

/// Splits plain bytes into the Engine's entries.
///
/// An entry ends with its line. Without a line end it can stop before the next stamp: after 16,384
/// bytes of a longer line, at the end of a split line with the driver `local`, and where a module
/// ended within a line and was started again. But a module can print text that looks like a stamp.
/// The Engine sends each entry as one HTTP chunk, and neither `aziot-edged` nor an HTTP library
/// joins chunks (measured: Docker 20.10, edgelet 1.6), so within a line only a stamp at the start
/// of a chunk counts, and only if it is not earlier than the line's own.
#[derive(Debug, Default)]
pub(super) struct LineSplitter {
    buffer: BytesMut,
    /// Where chunks start in the buffer.
    chunk_starts: VecDeque<usize>,
    /// The entry at the start of the buffer, whose stamp has been removed.
    open: Option<OpenEntry>,
    finished: bool,
}

#[derive(Debug, Clone, Copy)]
struct OpenEntry {
    stamp: Option<Timestamp>,
    /// The length that is known to hold no line end.
    searched: usize,
}

impl LineSplitter {
    /// Takes the next chunk, exactly as the HTTP library returned it.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        if chunk.is_empty() {
            return;
        }
        self.chunk_starts.push_back(self.buffer.len());
        self.buffer.extend_from_slice(chunk);
    }

    /// Ends the stream: the rest becomes an entry.
    pub(super) fn finish(&mut self) {
        self.finished = true;
    }

    /// The next entry, if it is complete.
    pub(super) fn next_piece(&mut self) -> Option<Piece> {
        let mut entry = match self.open {
            Some(entry) => entry,
            None => self.start()?,
        };
        let line_end =
            memchr(b'\n', &self.buffer[entry.searched..]).map(|at| entry.searched + at + 1);
        let limit = line_end.unwrap_or(self.buffer.len());
        let (end, cut) = match self.next_stamp(entry.stamp, limit) {
            NextStamp::At(end) => (end, false),
            NextStamp::Undecided => {
                self.open = Some(entry);
                return None;
            }
            NextStamp::None => match line_end {
                Some(end) => (end, false),
                None if self.buffer.len() > MAX_PIECE_BYTES => (MAX_PIECE_BYTES, true),
                None if self.finished => (self.buffer.len(), false),
                None => {
                    entry.searched = self.buffer.len();
                    self.open = Some(entry);
                    return None;
                }
            },
        };
        let bytes = self.take(end).freeze();
        self.open = cut.then_some(OpenEntry {
            stamp: entry.stamp,
            searched: 0,
        });
        Some(Piece {
            stamp: entry.stamp,
            bytes,
            cut,
        })
    }

    /// Starts an entry by removing its stamp, if it has one.
    fn start(&mut self) -> Option<OpenEntry> {
        let short = self.buffer.len() < STAMP_BYTES;
        if self.buffer.is_empty() || (short && !self.finished && may_become_stamp(&self.buffer)) {
            return None;
        }
        let stamp = leading_stamp(&self.buffer);
        if stamp.is_some() {
            self.take(STAMP_BYTES);
        }
        let entry = OpenEntry { stamp, searched: 0 };
        self.open = Some(entry);
        Some(entry)
    }

    /// Looks for the Engine's next stamp before `limit`.
    fn next_stamp(&mut self, current: Option<Timestamp>, limit: usize) -> NextStamp {
        while let Some(&at) = self.chunk_starts.front().filter(|at| **at < limit) {
            let rest = &self.buffer[at..];
            if rest.len() < STAMP_BYTES && may_become_stamp(rest) && !self.finished {
                return NextStamp::Undecided;
            }
            match leading_stamp(rest) {
                Some(stamp) if current.is_none_or(|current| stamp >= current) => {
                    return NextStamp::At(at);
                }
                _ => self.chunk_starts.pop_front(),
            };
        }
        // A proxy may join chunks; the parts of a long line are also recognised by their length.
        if limit > PART_BYTES
            && current.is_some()
            && leading_stamp(&self.buffer[PART_BYTES..]) == current
        {
            return NextStamp::At(PART_BYTES);
        }
        NextStamp::None
    }

    fn take(&mut self, length: usize) -> BytesMut {
        let taken = self.buffer.split_to(length);
        while self.chunk_starts.front().is_some_and(|at| *at < length) {
            self.chunk_starts.pop_front();
        }
        for at in &mut self.chunk_starts {
            *at -= length;
        }
        taken
    }
}

enum NextStamp {
    At(usize),
    /// There may be one, but its bytes are incomplete.
    Undecided,
    None,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "2026-11-22T10:08:57.252117670Z ";
    const TWO: &str = "2026-11-22T10:08:57.458551798Z ";

    fn split(chunks: &[String]) -> Vec<(Option<Timestamp>, String)> {
        let mut splitter = LineSplitter::default();
        let mut pieces = Vec::new();
        for chunk in chunks {
            splitter.push(chunk.as_bytes());
            pieces.extend(std::iter::from_fn(|| splitter.next_piece()));
        }
        splitter.finish();
        pieces.extend(std::iter::from_fn(|| splitter.next_piece()));
        pieces
            .into_iter()
            .map(|piece| {
                (
                    piece.stamp,
                    String::from_utf8(piece.bytes.to_vec()).unwrap(),
                )
            })
            .collect()
    }

    fn entry(stamp: &str, text: &str) -> (Option<Timestamp>, String) {
        (Some(stamp.trim_end().parse().unwrap()), text.to_owned())
    }

    #[test]
    fn lines_come_out_wherever_the_bytes_are_cut() {
        let text = format!("{ONE}tty out 1\r\n{TWO}\r\n{TWO}at 2 no line end");
        let expected = [
            entry(ONE, "tty out 1\r\n"),
            entry(TWO, "\r\n"),
            entry(TWO, "at 2 no line end"),
        ];
        for at in 0..=text.len() {
            assert_eq!(
                split(&[text[..at].to_owned(), text[at..].to_owned()]),
                expected,
                "{at}"
            );
        }
        assert_eq!(
            split(&text.chars().map(String::from).collect::<Vec<_>>()),
            expected
        );
    }

    #[test]
    fn an_entry_without_a_line_end_stops_at_the_next_one() {
        // A module that ended within a line and was started again.
        let chunks = [format!("{ONE}no newline"), format!("{TWO}short\r\n")];
        assert_eq!(
            split(&chunks),
            [entry(ONE, "no newline"), entry(TWO, "short\r\n")]
        );
        // The driver `local` drops the line end after a long line, and the last part can be empty.
        let part = "b".repeat(PART_BYTES);
        let chunks = [
            format!("{ONE}{part}"),
            format!("{ONE}\r"),
            format!("{ONE}{part}"),
            ONE.to_owned(),
            format!("{TWO}c"),
        ];
        let expected = [
            entry(ONE, &part),
            entry(ONE, "\r"),
            entry(ONE, &part),
            entry(ONE, ""),
            entry(TWO, "c"),
        ];
        assert_eq!(split(&chunks), expected);
        assert_eq!(
            split(&[format!("{ONE}{part}{ONE}rest\n")]),
            [entry(ONE, &part), entry(ONE, "rest\n")]
        );
    }

    #[test]
    fn what_a_module_prints_is_not_a_stamp() {
        let text = format!("next run at {TWO}or later\n");
        assert_eq!(split(&[format!("{ONE}{text}")]), [entry(ONE, &text)]);
        let (head, tail) = text.split_at(12);
        // Earlier than the line itself, and by accident at the start of a chunk.
        assert_eq!(
            split(&[
                format!("2026-11-22T10:08:58.000000000Z {head}"),
                tail.to_owned()
            ]),
            [entry("2026-11-22T10:08:58.000000000Z", &text)]
        );
    }

    #[test]
    fn text_without_stamps_and_without_end_stays_bounded() {
        let text = "x".repeat(MAX_PIECE_BYTES + 10);
        let mut splitter = LineSplitter::default();
        splitter.push(text.as_bytes());
        let piece = splitter.next_piece().unwrap();
        assert!(piece.cut && piece.stamp.is_none() && piece.bytes.len() == MAX_PIECE_BYTES);
        splitter.finish();
        assert_eq!(splitter.next_piece().unwrap().bytes.len(), 10);
        assert_eq!(splitter.next_piece(), None);
    }
}
