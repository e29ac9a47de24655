//! The last lines of a log, for every source and for filtered logs.
//!
//! A tail counts lines between since and until. The Engine's own tail counts entries of the whole
//! log before it applies since and until (Docker 20.10, measured), so it only bounds what is read:
//! without until, the last entries are read, and since is applied here, until they hold enough lines.
//! That reads little of a log in which something happens, and needs no `since` of the Engine.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::RangeInclusive;

use async_trait::async_trait;
use futures::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};

use super::log_source::{EntryStream, LogEntry, LogWindow};
use super::source_error::{SourceError, SourceErrorKind};

/// The maximum held to find the last lines in one pass; beyond it, a second pass is needed.
const MAX_HELD_BYTES: usize = 16 << 20;

/// How many of the first entries tell a log from another, and how many bytes of them are enough.
const MOST_FIRST: usize = 64;
const MOST_FIRST_BYTES: usize = 1 << 20;

/// How many more entries than lines to request first, so that one pass is usually enough.
const SPARE_ENTRIES: u64 = 16;

/// How many times the first number of entries to read before the window, which can be read without
/// what is before it, is the better choice.
const MOST_FROM_THE_END: u64 = 64;

/// The parts of a line, and of lines that interleave with it, were written within this time.
const PARTS_APART: SignedDuration = SignedDuration::from_secs(1);

/// A log that can be read more than once.
#[async_trait]
pub(in crate::device) trait RereadableLog: Send + Sync {
    /// Reads the log from the start of the window. With `last`, reads that many entries at the end of
    /// the whole log, as the Engine counts them: before until applies. Since does not apply then. A
    /// source whose entries are whole lines may return that many lines.
    ///
    /// # Errors
    /// The log can't be opened.
    async fn read(&self, last: Option<u64>) -> Result<EntryStream, SourceError>;

    /// Whether the entries of `last` are the last ones of the window instead.
    fn ends_with_the_window(&self) -> bool {
        false
    }
}

/// Opens a log and applies `skip` and `tail` of `window`. The rest of the window is up to `log`.
///
/// # Errors
/// The log can't be opened.
pub(super) async fn with_tail(
    log: impl RereadableLog,
    window: &LogWindow,
) -> Result<EntryStream, SourceError> {
    let LogWindow { skip, tail, .. } = *window;
    if tail == Some(0) {
        return log.read(Some(0)).await;
    }
    if skip == 0 && tail.is_none() {
        return log.read(None).await;
    }
    let is_open = window.until.is_none() && window.before.is_none();
    let from_the_end = is_open || log.ends_with_the_window();
    let last = LastLines { skip, tail };
    let entries = last.counted().saturating_add(SPARE_ENTRIES);
    let entries = (from_the_end && tail.is_some()).then_some(entries);
    last_lines(log, last, window.since, entries).await
}

/// Which of the last lines are wanted.
#[derive(Debug, Clone, Copy)]
pub(in crate::device) struct LastLines {
    /// Not these, which are the very last.
    pub(in crate::device) skip: u64,
    /// So many before them, or all.
    pub(in crate::device) tail: Option<u64>,
}

impl LastLines {
    /// How many lines must be known to find them.
    fn counted(&self) -> u64 {
        self.tail
            .map_or(u64::MAX, |tail| self.skip.saturating_add(tail))
    }

    /// Their numbers in a log of so many lines.
    fn of(&self, total: u64) -> RangeInclusive<u64> {
        let last = total.saturating_sub(self.skip);
        let before = self.tail.map_or(0, |tail| last.saturating_sub(tail));
        before + 1..=last
    }
}

/// Opens some of the last lines of a log from `since` on. `last` is how many entries to try first;
/// none reads the whole window.
///
/// # Errors
/// The log can't be opened, or what it holds can't be filtered.
pub(in crate::device) async fn last_lines(
    log: impl RereadableLog,
    wanted: LastLines,
    since: Option<Timestamp>,
    mut last: Option<u64>,
) -> Result<EntryStream, SourceError> {
    let most = last
        .filter(|_| since.is_some())
        .map_or(u64::MAX, |first| first.saturating_mul(MOST_FROM_THE_END));
    let read = loop {
        let read = Read::to_end(log.read(last).await?, wanted, since).await;
        match last {
            Some(asked) if read.entries >= asked && read.may_start_within_a_line(wanted) => {
                let more = asked.saturating_mul(4);
                last = (more <= most).then_some(more);
            }
            _ => break read,
        }
    };
    // The request is wrong, not the source: a partial answer would hide that.
    if let Some(error) = &read.error
        && (error.kind() == SourceErrorKind::Undecidable || read.held.is_none())
    {
        return Err(error.clone());
    }
    let total = read.lines.total;
    let wanted = wanted.of(total);
    if let Some(held) = read.held {
        let entries = held
            .into_iter()
            .filter(move |(line, _)| wanted.contains(line))
            .map(|(_, entry)| Ok(entry));
        return Ok(stream::iter(entries.chain(read.error.map(Err))).boxed());
    }
    // The last ones are more by what has come meanwhile.
    let last = last.map(|last| last.saturating_add(last / 8 + SPARE_ENTRIES));
    let again = Again {
        log: Some(log.read(last).await?),
        first: read.beginning.hashes,
        ahead: VecDeque::new(),
        may_begin_earlier: last.is_some(),
        lines: Lines::default(),
        total,
        wanted,
        since,
    };
    Ok(stream::unfold(again, |mut again| async move {
        let item = again.next().await?;
        Some((item, again))
    })
    .boxed())
}

/// A log that is read once more, for lines that were counted and were too much to hold.
struct Again {
    /// None after an error or the end.
    log: Option<EntryStream>,
    /// The entries with which counting began; none once they were met.
    first: VecDeque<u64>,
    /// Entries that have been read and not been numbered.
    ahead: VecDeque<LogEntry>,
    /// Whether others may come before the first ones.
    may_begin_earlier: bool,
    lines: Lines,
    /// How many lines there were.
    total: u64,
    wanted: RangeInclusive<u64>,
    since: Option<Timestamp>,
}

impl Again {
    async fn next(&mut self) -> Option<Result<LogEntry, SourceError>> {
        loop {
            if self.first.is_empty()
                && let Some(entry) = self.ahead.pop_front()
            {
                let line = self.lines.number(&entry);
                if self.wanted.contains(&line) {
                    return Some(Ok(entry));
                }
                continue;
            }
            match self.log.as_mut()?.next().await {
                Some(Ok(entry)) if is_before(&entry, self.since) => continue,
                Some(Ok(entry)) => self.ahead.push_back(entry),
                Some(Err(error)) => {
                    self.log = None;
                    return Some(Err(error));
                }
                None => {
                    self.log = None;
                    let is_whole = self.first.is_empty() && self.lines.total >= self.total;
                    return (!is_whole).then(|| Err(changed()));
                }
            }
            if self.first.is_empty() || self.ahead.len() < self.first.len() {
                continue;
            }
            if self
                .ahead
                .iter()
                .map(hash_of)
                .eq(self.first.iter().copied())
            {
                self.first.clear();
            } else if self.may_begin_earlier {
                self.ahead.pop_front();
            } else {
                self.log = None;
                return Some(Err(changed()));
            }
        }
    }
}

/// The entries with which a log begins, so that it can be told from another.
#[derive(Debug, Default)]
struct Beginning {
    hashes: VecDeque<u64>,
    bytes: usize,
}

impl Beginning {
    fn note(&mut self, entry: &LogEntry) {
        if self.hashes.len() < MOST_FIRST && self.bytes < MOST_FIRST_BYTES {
            self.hashes.push_back(hash_of(entry));
            self.bytes += entry.bytes.len();
        }
    }
}

fn hash_of(entry: &LogEntry) -> u64 {
    let mut hasher = DefaultHasher::new();
    (entry.stamp, &entry.bytes, entry.continues).hash(&mut hasher);
    hasher.finish()
}

/// Numbers of lines mean nothing once the log has lost some.
fn changed() -> SourceError {
    SourceError::new(
        SourceErrorKind::Truncated,
        "the log was rotated or started anew while its last lines were counted",
    )
}

/// Whether an entry is earlier than the window.
fn is_before(entry: &LogEntry, since: Option<Timestamp>) -> bool {
    matches!((entry.stamp, since), (Some(stamp), Some(since)) if stamp < since)
}

/// Numbers lines from 1. The parts of a line share a number, even with entries of the other stream
/// in between.
#[derive(Debug, Default)]
struct Lines {
    total: u64,
    /// By stream, the line whose next part is still expected.
    open: [Option<u64>; 2],
}

impl Lines {
    fn number(&mut self, entry: &LogEntry) -> u64 {
        let open = &mut self.open[entry.stream as usize];
        let number = open.take().unwrap_or_else(|| {
            self.total += 1;
            self.total
        });
        if entry.continues {
            *open = Some(number);
        }
        number
    }
}

/// What one pass over a log found.
#[derive(Debug, Default)]
struct Read {
    lines: Lines,
    /// How many entries were read, those before the window included.
    entries: u64,
    /// The last lines with their numbers; none if they are too much to hold.
    held: Option<VecDeque<(u64, LogEntry)>>,
    error: Option<SourceError>,
    /// The first stamp of all.
    first_stamp: Option<Timestamp>,
    /// What the window begins with.
    beginning: Beginning,
    /// By stream, its first entry in the window: line and stamp.
    first: [Option<(u64, Option<Timestamp>)>; 2],
}

impl Read {
    async fn to_end(mut log: EntryStream, wanted: LastLines, since: Option<Timestamp>) -> Self {
        let mut read = Self {
            held: Some(VecDeque::new()),
            ..Self::default()
        };
        let mut held_bytes = 0;
        while let Some(item) = log.next().await {
            let entry = match item {
                Ok(entry) => entry,
                Err(error) => {
                    read.error = Some(error);
                    break;
                }
            };
            if read.entries == 0 {
                read.first_stamp = entry.stamp;
            }
            read.entries += 1;
            if is_before(&entry, since) {
                continue;
            }
            read.beginning.note(&entry);
            let line = read.lines.number(&entry);
            read.first[entry.stream as usize].get_or_insert((line, entry.stamp));
            let Some(held) = &mut read.held else { continue };
            held_bytes += held_size(&entry);
            held.push_back((line, entry));
            let counted = wanted.counted();
            let before = read.lines.total.saturating_sub(counted);
            while held.front().is_some_and(|(line, _)| *line <= before) {
                held_bytes -= held.pop_front().map_or(0, |(_, entry)| held_size(&entry));
            }
            if held_bytes > MAX_HELD_BYTES {
                read.held = None;
            }
        }
        read
    }

    /// Given that the log goes further back: whether there are fewer lines than wanted, or one of them
    /// may lack its first parts.
    fn may_start_within_a_line(&self, wanted: LastLines) -> bool {
        let before = self.lines.total.saturating_sub(wanted.counted());
        before == 0
            || self.first.iter().flatten().any(|(line, stamp)| {
                // All parts of a line have the stamp of the first. If that is well after the first
                // entry read, the first part can't be before it.
                let near = match (stamp, self.first_stamp) {
                    (Some(stamp), Some(first)) => stamp.duration_since(first) < PARTS_APART,
                    _ => false,
                };
                *line > before && near
            })
    }
}

/// The memory that an entry takes; empty ones count too.
fn held_size(entry: &LogEntry) -> usize {
    entry.bytes.len() + size_of::<(u64, LogEntry)>()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use bytes::Bytes;

    use super::*;
    use crate::logs::LogStream;

    /// Behaves like the Engine: its tail counts entries. It records each request.
    struct Recorded<'a> {
        entries: Vec<LogEntry>,
        asked: &'a Mutex<Vec<Option<u64>>>,
    }

    #[async_trait]
    impl RereadableLog for Recorded<'_> {
        async fn read(&self, last: Option<u64>) -> Result<EntryStream, SourceError> {
            self.asked.lock().unwrap().push(last);
            let last = last.map_or(usize::MAX, |last| {
                usize::try_from(last).unwrap_or(usize::MAX)
            });
            let skipped = self.entries.len().saturating_sub(last);
            let entries: Vec<_> = self.entries.iter().skip(skipped).cloned().map(Ok).collect();
            Ok(stream::iter(entries).boxed())
        }
    }

    fn entry(second: i64, stream: LogStream, text: &str, continues: bool) -> LogEntry {
        let stamp = Timestamp::from_second(second).ok();
        LogEntry {
            stream,
            stamp,
            bytes: Bytes::copy_from_slice(text.as_bytes()),
            continues,
        }
    }

    fn line(second: i64, text: &str) -> LogEntry {
        entry(second, LogStream::Stdout, text, false)
    }

    async fn tail(entries: Vec<LogEntry>, window: &LogWindow) -> (Vec<LogEntry>, Vec<Option<u64>>) {
        let asked = Mutex::new(Vec::new());
        let log = with_tail(
            Recorded {
                entries,
                asked: &asked,
            },
            window,
        )
        .await
        .unwrap();
        let got = log.map(Result::unwrap).collect().await;
        (got, asked.into_inner().unwrap())
    }

    fn last(lines: u64) -> LogWindow {
        LogWindow {
            tail: Some(lines),
            ..LogWindow::default()
        }
    }

    #[tokio::test]
    async fn short_lines_take_one_pass() {
        let entries: Vec<_> = (0..1000).map(|n| line(n, "x\n")).collect();
        for lines in [1, 5, 984, 999, 1000, 1001, u64::MAX] {
            let (got, asked) = tail(entries.clone(), &last(lines)).await;
            let skipped = entries
                .len()
                .saturating_sub(usize::try_from(lines).unwrap());
            assert_eq!(got, entries[skipped..], "{lines}");
            assert_eq!(asked, [Some(lines.saturating_add(SPARE_ENTRIES))]);
        }
    }

    #[tokio::test]
    async fn long_lines_take_more_and_stay_whole() {
        let mut entries = vec![line(0, "before\n")];
        entries.extend((0..200).map(|_| entry(1, LogStream::Stdout, "part", true)));
        entries.push(entry(1, LogStream::Stdout, "end\n", false));
        entries.extend([line(2, "a\n"), line(3, "b\n")]);
        let (got, asked) = tail(entries.clone(), &last(3)).await;
        assert_eq!(got, entries[1..]);
        assert_eq!(asked, [Some(19), Some(76), Some(304)]);
        assert_eq!(tail(entries.clone(), &last(2)).await.0, entries[202..]);
    }

    #[tokio::test]
    async fn a_line_of_the_other_stream_is_not_taken_in_the_middle() {
        use LogStream::{Stderr, Stdout};
        let mut entries = vec![entry(0, Stderr, "long", true)];
        entries.extend((0..18).map(|_| entry(0, Stdout, "short\n", false)));
        entries.extend([
            entry(0, Stderr, "long end\n", false),
            entry(0, Stdout, "a\n", false),
        ]);
        let (got, _) = tail(entries.clone(), &last(20)).await;
        assert_eq!(got, entries);
        let (got, _) = tail(entries.clone(), &last(2)).await;
        assert_eq!(
            got.iter().map(|entry| &entry.bytes[..]).collect::<Vec<_>>(),
            [&b"short\n"[..], b"a\n"]
        );
    }

    #[tokio::test]
    async fn before_a_time_the_engines_tail_is_not_used() {
        let entries: Vec<_> = (0..50).map(|n| line(n, "x\n")).collect();
        let window = LogWindow {
            until: Timestamp::from_second(50).ok(),
            ..last(3)
        };
        let (got, asked) = tail(entries.clone(), &window).await;
        assert_eq!(got, entries[47..]);
        assert_eq!(asked, [None]);
    }

    #[tokio::test]
    async fn lines_since_a_time_are_counted_from_the_end() {
        let from = |second| LogWindow {
            since: Timestamp::from_second(second).ok(),
            ..last(3)
        };
        // The clock was set back after the first hundred, which are in the window like the last two.
        let mut entries: Vec<_> = (500..600).map(|n| line(n, "early\n")).collect();
        entries.extend((0..500).map(|n| line(n, "x\n")));
        let (got, asked) = tail(entries.clone(), &from(400)).await;
        assert_eq!((got, asked), (entries[597..].to_vec(), vec![Some(19)]));
        let (got, asked) = tail(entries.clone(), &from(498)).await;
        assert_eq!(got, [&entries[99..100], &entries[598..]].concat());
        assert_eq!(asked, [Some(19), Some(76), Some(304), Some(1216)]);
        // Beyond that, the whole window is read.
        let old: Vec<_> = (0..9000).map(|n| line(n, "x\n")).collect();
        let (got, asked) = tail(old.clone(), &from(8998)).await;
        assert_eq!(got, old[8998..]);
        assert_eq!(asked, [Some(19), Some(76), Some(304), Some(1216), None]);
    }

    #[tokio::test]
    async fn what_can_not_be_held_is_read_twice() {
        let text = "x".repeat(1 << 20);
        let entries: Vec<_> = (0..40).map(|n| line(n, &text)).collect();
        let (got, asked) = tail(entries.clone(), &last(30)).await;
        assert_eq!(got, entries[10..]);
        assert_eq!(asked, [Some(46), Some(46 + 5 + SPARE_ENTRIES)]);
    }

    #[tokio::test]
    async fn the_last_lines_are_left_out_before_others_are_counted() {
        let entries: Vec<_> = (0..50).map(|n| line(n, "x\n")).collect();
        let window = |skip, tail| LogWindow {
            skip,
            tail,
            ..LogWindow::default()
        };
        for (skip, lines, expected) in [
            (7, Some(3), 40..43),
            (0, Some(3), 47..50),
            (48, Some(3), 0..2),
            (50, Some(3), 0..0),
            (90, None, 0..0),
            (7, None, 0..43),
        ] {
            let (got, _) = tail(entries.clone(), &window(skip, lines)).await;
            assert_eq!(got, entries[expected], "{skip} {lines:?}");
        }
        // A line that was cut counts once.
        let mut cut = vec![line(0, "a\n"), entry(1, LogStream::Stdout, "part", true)];
        cut.extend([line(1, "end\n"), line(2, "b\n")]);
        assert_eq!(tail(cut.clone(), &window(1, Some(1))).await.0, cut[1..3]);
    }

    #[tokio::test]
    async fn zero_lines_are_requested_as_such() {
        let (got, asked) = tail(vec![line(0, "x\n")], &last(0)).await;
        assert!(got.is_empty());
        assert_eq!(asked, [Some(0)]);
    }

    /// A log that is another one at the second reading.
    struct Changing {
        readings: Mutex<VecDeque<Vec<Result<LogEntry, SourceError>>>>,
    }

    #[async_trait]
    impl RereadableLog for Changing {
        async fn read(&self, last: Option<u64>) -> Result<EntryStream, SourceError> {
            let reading = self.readings.lock().unwrap().pop_front().unwrap();
            let last = last.map_or(usize::MAX, |last| usize::try_from(last).unwrap());
            let skipped = reading.len().saturating_sub(last);
            Ok(stream::iter(reading.into_iter().skip(skipped)).boxed())
        }
    }

    async fn twice(
        window: &LogWindow,
        readings: [Vec<Result<LogEntry, SourceError>>; 2],
    ) -> Result<Vec<LogEntry>, SourceError> {
        let readings = Mutex::new(readings.into());
        let log = with_tail(Changing { readings }, window).await?;
        let items: Vec<Result<LogEntry, SourceError>> = log.collect().await;
        items.into_iter().collect()
    }

    #[tokio::test]
    async fn a_log_that_changes_while_its_last_lines_are_counted_is_no_other_one() {
        let text = "x".repeat(1 << 20);
        let lines = |numbers: std::ops::Range<i64>| -> Vec<_> {
            numbers.map(|n| Ok(line(n, &text))).collect()
        };
        let until = LogWindow {
            until: Timestamp::from_second(1000).ok(),
            ..last(30)
        };
        let of =
            |numbers: std::ops::Range<i64>| -> Vec<_> { numbers.map(|n| line(n, &text)).collect() };
        // More has come.
        for window in [&until, &last(30)] {
            let grown = twice(window, [lines(0..40), lines(0..43)]).await;
            assert_eq!(grown.unwrap(), of(10..40), "{window:?}");
        }
        // The first lines have gone, or all.
        for left in [5..40, 0..35, 90..99] {
            let rotated = twice(&until, [lines(0..40), lines(left.clone())]).await;
            let error = rotated.unwrap_err();
            assert_eq!(error.kind(), SourceErrorKind::Truncated, "{left:?}");
        }
        // The first reading broke off, and the second one did not.
        let mut broken = lines(0..40);
        broken.push(Err(SourceError::new(SourceErrorKind::Truncated, "cut")));
        let error = twice(&until, [broken, lines(0..90)]).await.unwrap_err();
        assert_eq!(error.to_string(), "cut");
    }

    #[tokio::test]
    async fn an_error_comes_after_the_last_lines() {
        struct Broken;
        #[async_trait]
        impl RereadableLog for Broken {
            async fn read(&self, _: Option<u64>) -> Result<EntryStream, SourceError> {
                let error = SourceError::new(SourceErrorKind::Truncated, "cut");
                let items = (0..30).map(|n| Ok(line(n, "x\n"))).chain([Err(error)]);
                Ok(stream::iter(items.collect::<Vec<_>>()).boxed())
            }
        }
        let items: Vec<_> = with_tail(Broken, &last(2)).await.unwrap().collect().await;
        assert_eq!(items.len(), 3);
        assert!(items[1].is_ok() && items[2].is_err());
    }
}
