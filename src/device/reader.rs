//! A module's log with its filter applied, in bounded memory.

use std::collections::VecDeque;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, StreamExt};
use memchr::memchr;

use super::filter::CompiledFilter;
use super::sources::{EntryStream, LogEntry, LogSource, LogWindow, SourceError};
use super::sources::{LastLines, RereadableLog, last_lines};

/// Opens a module's log: the entries that pass the filter, oldest first.
///
/// # Errors
/// The log can't be opened. A line on which the regex takes too many steps is an error of kind
/// `Invalid`, here or in the stream.
pub(super) async fn open(
    source: &dyn LogSource,
    module: &str,
    filter: &CompiledFilter,
) -> Result<EntryStream, SourceError> {
    let counts = filter.window.tail.is_some() || filter.window.skip > 0;
    if !(counts && filter.judges_lines()) {
        // No line is judged, so the source finds the last ones itself, which is faster.
        let entries = matching(source, module, &filter.window, filter).await?;
        return Ok(filtered(entries, filter));
    }
    let log = FilteredLog {
        source,
        module,
        filter,
        window: LogWindow {
            tail: None,
            skip: 0,
            ..filter.window
        },
    };
    let LogWindow { skip, tail, .. } = filter.window;
    last_lines(log, LastLines { skip, tail }, None, None).await
}

struct FilteredLog<'a> {
    source: &'a dyn LogSource,
    module: &'a str,
    filter: &'a CompiledFilter,
    window: LogWindow,
}

#[async_trait]
impl RereadableLog for FilteredLog<'_> {
    /// Always the whole window: nothing says how many entries hold the last matching lines.
    async fn read(&self, _last: Option<u64>) -> Result<EntryStream, SourceError> {
        let entries = matching(self.source, self.module, &self.window, self.filter).await?;
        // An entry may be a slice of a block, of which it would keep all in memory.
        let own = |entry: LogEntry| LogEntry {
            bytes: Bytes::copy_from_slice(&entry.bytes),
            ..entry
        };
        Ok(filtered(entries, self.filter)
            .map(move |item| item.map(own))
            .boxed())
    }
}

/// The entries of a window, without some that can't pass the filter.
async fn matching(
    source: &dyn LogSource,
    module: &str,
    window: &LogWindow,
    filter: &CompiledFilter,
) -> Result<EntryStream, SourceError> {
    match filter.needs() {
        Some(needs) => source.logs_with(module, window, &needs).await,
        None => source.logs(module, window).await,
    }
}

fn filtered(entries: EntryStream, filter: &CompiledFilter) -> EntryStream {
    let log = Filtered {
        entries,
        more: VecDeque::new(),
        filter: filter.clone(),
        open: [None, None],
    };
    // Nothing follows an error: a line after it would hide the gap.
    stream::unfold(Some(log), |log| async move {
        let mut log = log?;
        let item = log.next().await?;
        let rest = item.is_ok().then_some(log);
        Some((item, rest))
    })
    .boxed()
}

struct Filtered {
    entries: EntryStream,
    /// The remaining lines of an entry that holds several.
    more: VecDeque<LogEntry>,
    filter: CompiledFilter,
    /// By stream, the verdict on a line that continues.
    open: [Option<bool>; 2],
}

impl Filtered {
    async fn next(&mut self) -> Option<Result<LogEntry, SourceError>> {
        loop {
            // A source that always has the next entry at hand would keep this thread until the end
            // of the log, while the requests of others wait.
            tokio::task::coop::consume_budget().await;
            let entry = match self.more.pop_front() {
                Some(entry) => entry,
                None => match self.entries.next().await? {
                    Ok(entry) => self.first_line(entry),
                    Err(error) => return Some(Err(error)),
                },
            };
            let stream = entry.stream as usize;
            // The first part of a line decides for all its parts.
            let passes = match self.open[stream].take() {
                Some(passes) => passes,
                None => match self.filter.passes(&entry.bytes) {
                    Ok(passes) => passes,
                    Err(error) => return Some(Err(error)),
                },
            };
            if entry.continues {
                self.open[stream] = Some(passes);
            }
            if passes {
                return Some(Ok(entry));
            }
        }
    }

    /// The first line of an entry; the others are queued. Some engines put several lines into one
    /// entry, of which the shipped agent reads only the first.
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
    let end = memchr(b'\n', &entry.bytes)? + 1;
    (end < entry.bytes.len()).then(|| LogEntry {
        stream: entry.stream,
        stamp: entry.stamp,
        bytes: entry.bytes.split_to(end),
        continues: false,
    })
}
