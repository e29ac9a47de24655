//! A module's log with its filter applied, in bounded memory.

use std::collections::VecDeque;

use futures::StreamExt;
use jiff::Timestamp;

use super::filter::CompiledFilter;
use super::method_error::MethodError;
use super::sources::{EntryStream, LogEntry, LogSource, LogWindow, SourceError};
use crate::logs::LogStream;

/// How much of a log is held to find its last lines. A tail that needs more is found by counting
/// first and reading again.
const MAX_HELD_BYTES: usize = 16 << 20;

/// Why a log can't be read on.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// The source's reason.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The filter's reason.
    #[error(transparent)]
    Method(#[from] MethodError),
}

impl From<ReadError> for MethodError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Source(error) => error.into(),
            ReadError::Method(error) => error,
        }
    }
}

/// The entries of a log that pass a filter, oldest first.
pub(super) struct LogReader {
    judged: Judged,
    /// The last lines, where they had to be found first.
    held: VecDeque<LogEntry>,
    /// How many lines to leave out before the first one that counts.
    skip: u64,
    /// Why there is nothing behind the held entries.
    broken: Option<SourceError>,
}

impl LogReader {
    /// Opens a module's log.
    pub(super) async fn open(
        source: &dyn LogSource,
        module: &str,
        filter: &CompiledFilter,
        now: Timestamp,
    ) -> Result<Self, ReadError> {
        let tail = match filter.window.tail {
            // The source itself knows best how to find the last lines of all.
            Some(tail) if filter.judges_lines() => tail,
            _ => {
                let entries = source.logs(module, &filter.window).await?;
                return Ok(Self {
                    judged: Judged::new(entries, filter),
                    held: VecDeque::new(),
                    skip: 0,
                    broken: None,
                });
            }
        };
        // Lines that come meanwhile must not move the end of what is counted.
        let until = filter.window.until.unwrap_or(now);
        let window = LogWindow {
            tail: None,
            until: Some(until),
            ..filter.window
        };
        let mut judged = Judged::new(source.logs(module, &window).await?, filter);
        let mut held = Held::new(tail);
        let mut broken = None;
        while let Some(entry) = judged.next().await {
            match entry {
                Ok(entry) => held.push(entry, judged.lines),
                // The last lines before the break are worth having.
                Err(ReadError::Source(error)) => {
                    broken = Some(error);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        match held.into_entries() {
            Ok(entries) => {
                let nothing = futures::stream::empty().boxed();
                Ok(Self {
                    judged: Judged::new(nothing, filter),
                    held: entries,
                    skip: 0,
                    broken,
                })
            }
            Err(lines) => {
                let entries = source.logs(module, &window).await?;
                Ok(Self {
                    judged: Judged::new(entries, filter),
                    held: VecDeque::new(),
                    skip: lines.saturating_sub(tail),
                    // The second reading breaks off by itself.
                    broken: None,
                })
            }
        }
    }

    /// The next entry, or none at the end. After an error there are no more.
    pub(super) async fn next(&mut self) -> Option<Result<LogEntry, ReadError>> {
        if let Some(entry) = self.held.pop_front() {
            return Some(Ok(entry));
        }
        if let Some(error) = self.broken.take() {
            return Some(Err(error.into()));
        }
        loop {
            match self.judged.next().await? {
                Ok(_) if self.judged.line_of_latest <= self.skip => {}
                other => return Some(other),
            }
        }
    }
}

/// Entries whose lines pass the filter, and the number of the line that each belongs to.
struct Judged {
    entries: EntryStream,
    /// The lines of an entry that holds several, but for the first.
    more: VecDeque<LogEntry>,
    filter: CompiledFilter,
    /// For each stream, the verdict on the line that goes on, and its number.
    open: [Option<(bool, u64)>; 2],
    /// How many lines have passed.
    lines: u64,
    /// The number of the line of the entry given out last, from 1.
    line_of_latest: u64,
}

impl Judged {
    fn new(entries: EntryStream, filter: &CompiledFilter) -> Self {
        Self {
            entries,
            more: VecDeque::new(),
            filter: filter.clone(),
            open: [None, None],
            lines: 0,
            line_of_latest: 0,
        }
    }

    async fn next(&mut self) -> Option<Result<LogEntry, ReadError>> {
        loop {
            // A source that always has the next entry at hand would keep this thread until the end of
            // the log, and everyone else's requests waiting.
            tokio::task::coop::consume_budget().await;
            let entry = match self.more.pop_front() {
                Some(entry) => entry,
                None => match self.entries.next().await? {
                    Ok(entry) => self.first_line(entry),
                    Err(error) => return Some(Err(error.into())),
                },
            };
            let slot = match entry.stream {
                LogStream::Stdout => 0,
                LogStream::Stderr => 1,
            };
            // A line is judged by its first part; the others go with it.
            let (passes, line) = match self.open[slot].take() {
                Some(open) => open,
                None => match self.filter.passes(&entry.bytes) {
                    Ok(passes) => {
                        self.lines += u64::from(passes);
                        (passes, self.lines)
                    }
                    Err(error) => return Some(Err(error.into())),
                },
            };
            if entry.continues {
                self.open[slot] = Some((passes, line));
            }
            if passes {
                self.line_of_latest = line;
                return Some(Ok(entry));
            }
        }
    }
}

impl Judged {
    /// The first line of an entry; the others wait for their turn. Some engines put several lines
    /// into one entry, of which the shipped agent sees only the first.
    fn first_line(&mut self, mut entry: LogEntry) -> LogEntry {
        let Some(first) = take_line(&mut entry) else {
            return entry;
        };
        while let Some(line) = take_line(&mut entry) {
            self.more.push_back(line);
        }
        self.more.push_back(entry);
        first
    }
}

/// Takes the first line off an entry that holds more than one.
fn take_line(entry: &mut LogEntry) -> Option<LogEntry> {
    let end = entry.bytes.iter().position(|byte| *byte == b'\n')? + 1;
    (end < entry.bytes.len()).then(|| LogEntry {
        stream: entry.stream,
        stamp: entry.stamp,
        bytes: entry.bytes.split_to(end),
        continues: false,
    })
}

/// The entries of the last lines so far, as long as they stay within bounds.
struct Held {
    tail: u64,
    entries: VecDeque<(u64, LogEntry)>,
    bytes: usize,
    lines: u64,
    overflowed: bool,
}

impl Held {
    fn new(tail: u64) -> Self {
        Self {
            tail,
            entries: VecDeque::new(),
            bytes: 0,
            lines: 0,
            overflowed: false,
        }
    }

    fn push(&mut self, entry: LogEntry, lines: u64) {
        self.lines = lines;
        if self.overflowed {
            return;
        }
        self.bytes += entry.bytes.len();
        self.entries.push_back((lines, entry));
        let first = lines.saturating_sub(self.tail);
        while self.entries.front().is_some_and(|(line, _)| *line <= first) {
            if let Some((_, entry)) = self.entries.pop_front() {
                self.bytes -= entry.bytes.len();
            }
        }
        if self.bytes > MAX_HELD_BYTES {
            self.overflowed = true;
            self.entries = VecDeque::new();
        }
    }

    /// The entries of the last lines; or the number of all lines, where they were too much to hold.
    fn into_entries(self) -> Result<VecDeque<LogEntry>, u64> {
        if self.overflowed {
            return Err(self.lines);
        }
        let first = self.lines.saturating_sub(self.tail);
        Ok(self
            .entries
            .into_iter()
            .filter(|(line, _)| *line > first)
            .map(|(_, entry)| entry)
            .collect())
    }
}
