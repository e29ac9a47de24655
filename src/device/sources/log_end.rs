//! Whether an engine has read a log to its end.
//!
//! The Engine stops where a file of its driver `json-file` is damaged, as a power cut leaves it, and says nothing:
//! what comes later is missing (Docker 20.10, measured). Its last entry tells, which it finds from the end of the file.
//! Of a long log it may only lose some entries, and go on where it happens on a whole one again: that is not noticed.

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{self, StreamExt};
use jiff::Timestamp;

use super::log_source::{EntryStream, LogEntry, LogWindow};
use super::source_error::{SourceError, SourceErrorKind};

/// The last entry from before a reading began is looked for among one at the end, then among `MORE` times as many, up
/// to `MOST`.
const MOST: u64 = 1 << 20;
const MORE: u64 = 32;

/// A log that an engine is asked for.
#[async_trait]
pub(super) trait AskedLog: Send + Sync + 'static {
    /// The name of the engine in messages.
    const ENGINE: &str;

    /// Reads a window. With `last`, of so many entries at the end of the whole log.
    ///
    /// # Errors
    /// The log can't be opened.
    async fn request(
        &self,
        window: &LogWindow,
        last: Option<u64>,
    ) -> Result<EntryStream, SourceError>;
}

/// Reads a window to its end. A log that goes on where the engine stops ends with an error.
///
/// `until` is not sent: a later entry that comes shows that the window is whole.
///
/// # Errors
/// The log can't be opened.
pub(super) async fn read_to_end<L: AskedLog>(
    log: Arc<L>,
    window: LogWindow,
    last: Option<u64>,
) -> Result<EntryStream, SourceError> {
    let began = Timestamp::now();
    let open = LogWindow {
        until: None,
        ..window
    };
    let entries = log.request(&open, last).await?;
    let reading = Reading {
        entries: Some(entries),
        log,
        window,
        asked: last,
        began,
        count: 0,
        newest: None,
    };
    Ok(stream::unfold(reading, |mut reading| async move {
        Some((reading.next().await?, reading))
    })
    .boxed())
}

struct Reading<L> {
    /// None after the end.
    entries: Option<EntryStream>,
    log: Arc<L>,
    window: LogWindow,
    asked: Option<u64>,
    began: Timestamp,
    count: u64,
    /// The last entry so far.
    newest: Option<LogEntry>,
}

impl<L: AskedLog> Reading<L> {
    async fn next(&mut self) -> Option<Result<LogEntry, SourceError>> {
        let item = self.entries.as_mut()?.next().await;
        let until = self.window.until;
        match &item {
            Some(Ok(entry)) if until.is_some() && entry.stamp > until => {
                self.entries = None;
                return None;
            }
            Some(Ok(entry)) => {
                self.count += 1;
                self.newest = Some(entry.clone());
            }
            Some(Err(_)) => self.entries = None,
            None => {
                self.entries = None;
                return self.check().await.err().map(Err);
            }
        }
        item
    }

    async fn check(&mut self) -> Result<(), SourceError> {
        let stamp_of = |entry: &LogEntry| entry.stamp;
        let newest = self.newest.as_ref().and_then(stamp_of);
        // A damaged entry among the last ones takes their place.
        if self.asked.is_some_and(|asked| self.count >= asked) || newest >= Some(self.began) {
            return Ok(());
        }
        let Some(end) = self.end().await? else {
            return Ok(());
        };
        let Some(stamp) = end.stamp else {
            return Ok(());
        };
        let is_read = self.newest.as_ref().is_some_and(|read| same(read, &end));
        let is_early = self.window.since.is_some_and(|since| stamp < since);
        if is_read || is_early || self.reaches(stamp).await? {
            return Ok(());
        }
        // It may have gone meanwhile.
        match self.end().await? {
            Some(again) if same(&again, &end) => Err(self.damaged(stamp)),
            _ => Ok(()),
        }
    }

    /// The last entry that there was when the reading began, found from the end of the log.
    async fn end(&mut self) -> Result<Option<LogEntry>, SourceError> {
        let whole = LogWindow::default();
        let mut last = 1;
        loop {
            let request = self.log.request(&whole, Some(last));
            let mut entries = match request.await {
                Ok(entries) => entries,
                Err(error) if error.kind() == SourceErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            };
            let (mut end, mut count) = (None, 0);
            while let Some(entry) = entries.next().await {
                let entry = entry?;
                count += 1;
                if entry.stamp < Some(self.began) {
                    end = Some(entry);
                }
            }
            if end.is_some() || count < last || last >= MOST {
                return Ok(end);
            }
            last = (last * MORE).min(MOST);
        }
    }

    /// Whether the engine comes to an entry with this stamp when it reads from the beginning.
    async fn reaches(&mut self, stamp: Timestamp) -> Result<bool, SourceError> {
        let window = LogWindow {
            since: Some(stamp),
            ..LogWindow::default()
        };
        let mut entries = self.log.request(&window, None).await?;
        while let Some(entry) = entries.next().await {
            if entry?.stamp == Some(stamp) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn damaged(&self, end: Timestamp) -> SourceError {
        let place = match self.newest.as_ref().and_then(|newest| newest.stamp) {
            Some(stamp) => format!("after the entry of {stamp}"),
            None => "before the window".to_owned(),
        };
        let message = format!(
            "the log breaks off: its file is damaged {place}, and {} does not read on to its entry of {end}",
            L::ENGINE
        );
        SourceError::new(SourceErrorKind::Truncated, message)
    }
}

fn same(one: &LogEntry, other: &LogEntry) -> bool {
    one.stamp == other.stamp && one.bytes == other.bytes
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use bytes::Bytes;

    use super::*;
    use crate::logs::LogStream;

    /// The stamps of a log's entries; an engine stops at the damaged one.
    struct Log {
        stamps: Vec<i64>,
        damaged: Option<usize>,
        /// What comes after the first request.
        grows_by: Mutex<Vec<i64>>,
    }

    fn entry(second: i64) -> LogEntry {
        LogEntry {
            stream: LogStream::Stdout,
            stamp: Timestamp::from_second(second).ok(),
            bytes: Bytes::from(format!("{second}\n")),
            continues: false,
        }
    }

    #[async_trait]
    impl AskedLog for Log {
        const ENGINE: &str = "the engine";

        async fn request(
            &self,
            window: &LogWindow,
            last: Option<u64>,
        ) -> Result<EntryStream, SourceError> {
            let mut all = self.stamps.clone();
            if window.since.is_some() || last == Some(1) {
                all.extend(self.grows_by.lock().unwrap().iter());
            }
            let last = last.map_or(usize::MAX, |last| usize::try_from(last).unwrap());
            let first = all.len().saturating_sub(last);
            let readable = all.iter().enumerate().skip(first);
            let readable = readable.take_while(|(place, _)| Some(*place) != self.damaged);
            let within =
                |entry: &LogEntry| window.since.is_none_or(|since| entry.stamp >= Some(since));
            assert_eq!(window.until, None);
            let read: Vec<_> = readable
                .map(|(_, stamp)| entry(*stamp))
                .filter(within)
                .map(Ok)
                .collect();
            Ok(stream::iter(read).boxed())
        }
    }

    async fn read(
        log: Log,
        since: Option<i64>,
        until: Option<i64>,
        last: Option<u64>,
    ) -> (usize, bool) {
        let second =
            |second: Option<i64>| second.and_then(|second| Timestamp::from_second(second).ok());
        let window = LogWindow {
            since: second(since),
            until: second(until),
            ..LogWindow::default()
        };
        let entries = read_to_end(Arc::new(log), window, last).await.unwrap();
        let items: Vec<_> = entries.collect().await;
        let is_whole = items.iter().all(Result::is_ok);
        (items.iter().filter(|item| item.is_ok()).count(), is_whole)
    }

    fn log(damaged: Option<usize>) -> Log {
        Log {
            stamps: (0..3000).collect(),
            damaged,
            grows_by: Mutex::default(),
        }
    }

    #[tokio::test]
    async fn a_log_is_whole_whatever_the_window() {
        for (since, until, last, count) in [
            (None, None, None, 3000),
            (None, None, Some(7), 7),
            (None, None, Some(4000), 3000),
            (Some(2990), None, None, 10),
            (Some(5000), None, None, 0),
            (None, Some(9), None, 10),
            (Some(5), Some(9), None, 5),
            (None, Some(-1), None, 0),
        ] {
            let read = read(log(None), since, until, last).await;
            assert_eq!(read, (count, true), "{since:?} {until:?} {last:?}");
        }
    }

    #[tokio::test]
    async fn what_an_engine_does_not_reach_is_missed() {
        for (since, until, last, expected) in [
            (None, None, None, (100, false)),
            (None, None, Some(2899), (2899, true)),
            (None, None, Some(2900), (0, false)),
            (None, None, Some(2950), (50, false)),
            (Some(2000), None, None, (0, false)),
            (None, Some(50), None, (51, true)),
            // The damaged entry may be one of them.
            (None, Some(99), None, (100, false)),
            (None, Some(150), None, (100, false)),
            (Some(120), Some(2990), None, (0, false)),
        ] {
            let read = read(log(Some(100)), since, until, last).await;
            assert_eq!(read, expected, "{since:?} {until:?} {last:?}");
        }
    }

    #[tokio::test]
    async fn what_comes_while_a_log_is_read_is_not_missed() {
        let now = Timestamp::now().as_second();
        let one = vec![now + 60];
        let many = (now + 60..now + 160).collect();
        // The clock was set back meanwhile.
        let early = vec![20];
        for (stamps, is_early) in [(one, false), (many, false), (early, true)] {
            let grown = log(None);
            *grown.grows_by.lock().unwrap() = stamps.clone();
            let whole = read(grown, None, None, None).await;
            assert_eq!(whole, (3000, true), "{stamps:?}");
            if is_early {
                continue;
            }
            let grown = log(Some(100));
            *grown.grows_by.lock().unwrap() = stamps.clone();
            let cut = read(grown, None, None, None).await;
            assert_eq!(cut, (100, false), "{stamps:?}");
        }
    }
}
