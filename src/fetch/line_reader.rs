//! Turns stored entries into the selected lines.

use super::entries::Entry;
use super::log_query::Levels;
use super::long_lines::LongLineJoiner;
use super::page_store::Broken;

/// How entries become lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joining {
    /// Not at all: the bytes as the engine holds them.
    Verbatim,
    /// The parts of a long line are joined.
    Parts,
    /// The agent has filtered the parts of lines one by one, so that a long line is fetched again
    /// once its first part is there, and other parts that came are left out.
    FirstParts,
}

/// The wanted lines among entries, in their order. After an error, what follows it goes on.
pub(super) struct LineReader<I> {
    entries: I,
    joining: Joining,
    keep: Levels,
    joiner: LongLineJoiner,
    /// The stamp of the latest line whose other parts are left out.
    long_line: Option<i64>,
    ended: bool,
}

impl<I: Iterator<Item = Result<Entry, Broken>>> LineReader<I> {
    pub(super) fn new(entries: I, joining: Joining, keep: Levels) -> Self {
        Self {
            entries,
            joining,
            keep,
            joiner: LongLineJoiner::default(),
            long_line: None,
            ended: false,
        }
    }

    fn next_line(&mut self) -> Option<Result<Entry, Broken>> {
        loop {
            if let Some(line) = self.joiner.pop() {
                return Some(Ok(line));
            }
            if self.ended {
                return None;
            }
            let entry = match self.entries.next() {
                None => {
                    self.ended = true;
                    self.joiner.end();
                    continue;
                }
                Some(Ok(entry)) => entry,
                Some(Err(error)) => return Some(Err(error)),
            };
            match self.joining {
                Joining::Verbatim => return Some(Ok(entry)),
                Joining::Parts => self.joiner.push(entry),
                Joining::FirstParts => {
                    let is_later_part = entry.stamp.is_some() && entry.stamp == self.long_line;
                    if is_later_part {
                        continue;
                    }
                    if entry.goes_on() {
                        self.long_line = entry.stamp;
                    }
                    return Some(Ok(entry));
                }
            }
        }
    }
}

impl<I: Iterator<Item = Result<Entry, Broken>>> Iterator for LineReader<I> {
    type Item = Result<Entry, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_line()? {
                Ok(line) if !self.keep.keep_record(&line.record) => {}
                other => return Some(other),
            }
        }
    }
}
