//! A private copy of a container's log, for whoever pages backward through it.
//!
//! The Engine finds what is before a time by reading the log from its beginning, so that each page would
//! cost the whole log. When requests walk backward, the log is read once, packed into a file without a
//! name, and served from there. Only windows that end before an entry of it are, since nothing can come
//! into them any more; the rest is the Engine's to tell.
//!
//! A copy is an aid: where it can't be made, the Engine is asked each time.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Buf, BufMut, Bytes};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use futures::future::{BoxFuture, FutureExt, Shared};
use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};

use super::super::log_source::{EntryStream, LogEntry, LogWindow};
use super::super::source_error::{SourceError, SourceErrorKind};
use super::super::tail::RereadableLog;
use crate::lock::lock;
use crate::logs::LogStream;

/// How long a copy is kept without being used.
const KEPT: Duration = Duration::from_secs(60);

/// The most that a copy takes on the disk, packed. Logs of IoT Edge shrink to a tenth or less.
const MAX_BYTES: u64 = 64 << 20;

/// How many copies there are at most.
const MAX_COPIES: usize = 2;

/// How many bytes of entries are packed together. An entry that is held keeps all of them in memory.
const BLOCK_BYTES: usize = 64 << 10;

/// The copies of a source.
#[derive(Debug, Default)]
pub(super) struct Spools(Arc<Mutex<Vec<Asked>>>);

/// What is known of a container whose log was asked for lately.
#[derive(Debug)]
struct Asked {
    container: String,
    at: Instant,
    /// The end of the last window.
    until: Option<Timestamp>,
    copy: Option<Copying>,
}

/// A copy that may still be made, or could not be.
type Copying = Shared<BoxFuture<'static, Option<Arc<Spool>>>>;

impl Spools {
    /// The copy from which a window of a container's log can be served, if its requests walk backward.
    /// `whole` opens the log from its first entry to its last.
    pub(super) async fn copy<F>(
        &self,
        container: &str,
        window: &LogWindow,
        whole: impl FnOnce() -> F,
    ) -> Option<Arc<Spool>>
    where
        F: Future<Output = Result<EntryStream, SourceError>> + Send + 'static,
    {
        let copying = self.note(container, window.until, whole)?;
        let copy = copying.await?;
        copy.holds(window.until?).then_some(copy)
    }

    /// Notes a request. Returns the copy that may serve it.
    fn note<F>(
        &self,
        container: &str,
        until: Option<Timestamp>,
        whole: impl FnOnce() -> F,
    ) -> Option<Copying>
    where
        F: Future<Output = Result<EntryStream, SourceError>> + Send + 'static,
    {
        let mut asked = lock(&self.0);
        let now = Instant::now();
        asked.retain(|asked| now.duration_since(asked.at) < KEPT);
        let known = asked.iter().position(|asked| asked.container == container);
        let before = known.map(|at| asked.remove(at));
        let walks_backward = before.as_ref().is_some_and(|before| {
            until.is_some_and(|until| before.until.is_none_or(|later| until < later))
        });
        let mut copy = before.and_then(|before| before.copy);
        // A copy that does not reach far enough is made anew.
        let reaches = |copy: &Copying| match (copy.peek(), until) {
            (Some(Some(spool)), Some(until)) => spool.holds(until),
            _ => true,
        };
        if walks_backward && !copy.as_ref().is_some_and(reaches) {
            let copies = asked.iter().filter(|asked| asked.copy.is_some()).count();
            if copies >= MAX_COPIES
                && let Some(oldest) = asked.iter_mut().find(|asked| asked.copy.is_some())
            {
                oldest.copy = None;
            }
            let making = tokio::spawn(Spool::read(whole()));
            copy = Some(making.map(|made| made.ok().flatten()).boxed().shared());
            tokio::spawn(forget(Arc::downgrade(&self.0), container.to_owned()));
        }
        asked.push(Asked {
            container: container.to_owned(),
            at: now,
            until,
            copy: copy.clone(),
        });
        copy.filter(|_| until.is_some())
    }
}

/// Drops a container's copy once it has not been used for a while.
async fn forget(asked: Weak<Mutex<Vec<Asked>>>, container: String) {
    let mut end = Instant::now() + KEPT;
    loop {
        sleep_until(end).await;
        let Some(asked) = asked.upgrade() else { return };
        let mut asked = lock(&asked);
        match asked.iter().position(|asked| asked.container == container) {
            None => return,
            Some(at) if asked[at].at + KEPT <= Instant::now() => {
                asked.remove(at);
                return;
            }
            Some(at) => end = asked[at].at + KEPT,
        }
    }
}

/// A log as it was, in a file without a name that this user alone can read.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    blocks: Vec<Block>,
    /// The latest stamp of all. A window ends before the first later entry, so that nothing can come
    /// into one that ends earlier than this.
    latest: Timestamp,
}

/// Where some entries are.
#[derive(Debug, Clone, Copy)]
struct Block {
    at: u64,
    bytes: usize,
    entries: u64,
    /// The latest stamp of them.
    latest: Timestamp,
}

impl Spool {
    /// Reads a log to its end. None if it can't be read as a whole, or is too long to keep.
    async fn read(
        log: impl Future<Output = Result<EntryStream, SourceError>>,
    ) -> Option<Arc<Self>> {
        let mut log = log.await.ok()?;
        let mut file = tempfile::tempfile().ok()?;
        let (mut blocks, mut length) = (Vec::new(), 0);
        let (mut open, mut entries) = (Vec::new(), 0);
        let mut latest = Timestamp::MIN;
        loop {
            let entry = log.next().await.transpose().ok()?;
            let is_end = entry.is_none();
            if let Some(entry) = entry {
                // Without stamps there is no way to tell what is before a time.
                let stamp = entry.stamp?;
                write(&mut open, &entry, stamp);
                entries += 1;
                latest = latest.max(stamp);
            }
            if open.len() < BLOCK_BYTES && !is_end {
                continue;
            }
            if entries == 0 {
                break;
            }
            let block = std::mem::take(&mut open);
            let packed = spawn_blocking(move || {
                let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
                packed.write_all(&block)?;
                let packed = packed.finish()?;
                file.write_all(&packed)?;
                io::Result::Ok((file, packed.len()))
            });
            let (same, bytes) = packed.await.ok()?.ok()?;
            file = same;
            blocks.push(Block {
                at: length,
                bytes,
                entries,
                latest,
            });
            length += bytes as u64;
            (entries, latest) = (0, Timestamp::MIN);
            if length > MAX_BYTES {
                return None;
            }
            if is_end {
                break;
            }
        }
        let latest = blocks.iter().map(|block| block.latest).max()?;
        Some(Arc::new(Self {
            file,
            blocks,
            latest,
        }))
    }

    /// Whether everything up to a time is held.
    fn holds(&self, until: Timestamp) -> bool {
        until < self.latest
    }

    fn block(&self, block: Block) -> io::Result<Bytes> {
        let mut packed = vec![0; block.bytes];
        self.file.read_exact_at(&mut packed, block.at)?;
        let mut entries = Vec::with_capacity(BLOCK_BYTES);
        DeflateDecoder::new(&*packed).read_to_end(&mut entries)?;
        Ok(entries.into())
    }
}

/// A window of a log of which there is a copy that reaches beyond the window.
pub(super) struct SpooledLog {
    pub(super) spool: Arc<Spool>,
    pub(super) window: LogWindow,
}

#[async_trait]
impl RereadableLog for SpooledLog {
    /// `last` are those before the end of the window, which is cheaper than the Engine's.
    async fn read(&self, last: Option<u64>) -> Result<EntryStream, SourceError> {
        let blocks = &self.spool.blocks;
        let until = self.window.until.unwrap_or(Timestamp::MAX);
        let since = self.window.of_last(last).since.unwrap_or(Timestamp::MIN);
        // The Engine stops at the first later entry, whatever comes after it.
        let with_end = blocks.iter().position(|block| block.latest > until);
        let whole = with_end.unwrap_or(blocks.len());
        let first = match last {
            None => 0,
            Some(last) => {
                let mut before = 0;
                let earlier = blocks[..whole].iter().rev();
                let enough = earlier.take_while(|block| {
                    let is_needed = before < last;
                    before += block.entries;
                    is_needed
                });
                whole - enough.count()
            }
        };
        let end = match last {
            Some(0) => first,
            _ => with_end.map_or(blocks.len(), |with_end| with_end + 1),
        };
        let wanted: Vec<Block> = blocks[first..end]
            .iter()
            .copied()
            .filter(|block| block.latest >= since)
            .collect();
        let spool = self.spool.clone();
        let read = stream::iter(wanted).then(move |block| {
            let spool = spool.clone();
            async move {
                let read = spawn_blocking(move || spool.block(block)).await;
                read.map_err(io::Error::other).flatten()
            }
        });
        let entries = read.flat_map(|block| {
            let (mut bytes, error) = match block {
                Ok(bytes) => (bytes, None),
                Err(error) => (Bytes::new(), Some(unreadable(&error))),
            };
            let entries = std::iter::from_fn(move || next(&mut bytes).map(Ok));
            stream::iter(entries.chain(error.map(Err)))
        });
        let is_within = move |entry: &LogEntry| entry.stamp.is_none_or(|stamp| stamp <= until);
        Ok(entries
            .take_while(move |item| std::future::ready(item.as_ref().map_or(true, is_within)))
            .filter(move |item| {
                let is_early = |entry: &LogEntry| entry.stamp.is_some_and(|stamp| stamp < since);
                std::future::ready(!item.as_ref().is_ok_and(is_early))
            })
            .boxed())
    }

    fn ends_with_the_window(&self) -> bool {
        true
    }
}

/// Appends an entry.
fn write(block: &mut Vec<u8>, entry: &LogEntry, stamp: Timestamp) {
    block.put_u8(match entry.stream {
        LogStream::Stdout => 0,
        LogStream::Stderr => 1,
    });
    block.put_u8(u8::from(entry.continues));
    block.put_i128(stamp.as_nanosecond());
    block.put_u64(entry.bytes.len() as u64);
    block.extend_from_slice(&entry.bytes);
}

/// Takes the next entry.
fn next(block: &mut Bytes) -> Option<LogEntry> {
    if block.is_empty() {
        return None;
    }
    let stream = match block.get_u8() {
        0 => LogStream::Stdout,
        _ => LogStream::Stderr,
    };
    let continues = block.get_u8() != 0;
    let stamp = Timestamp::from_nanosecond(block.get_i128()).ok();
    let length = usize::try_from(block.get_u64()).ok()?;
    Some(LogEntry {
        stream,
        stamp,
        bytes: block.split_to(length),
        continues,
    })
}

fn unreadable(error: &io::Error) -> SourceError {
    let message = format!("the private copy of the log can't be read: {error}");
    SourceError::new(SourceErrorKind::Unreachable, message)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::super::tail::with_tail;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn log(lines: i64) -> Vec<LogEntry> {
        let entry = |n: i64| LogEntry {
            stream: [LogStream::Stdout, LogStream::Stderr][usize::from(n % 3 == 0)],
            stamp: Some(at(n)),
            bytes: format!("<6> line {n} {}\n", "x".repeat((n % 90) as usize)).into(),
            continues: n % 50 == 7,
        };
        (0..lines).map(entry).collect()
    }

    fn until(second: i64) -> LogWindow {
        LogWindow {
            until: Some(at(second)),
            ..LogWindow::default()
        }
    }

    /// A stream that, like the sources' own, must not be asked after its end.
    async fn opened(entries: Vec<LogEntry>) -> Result<EntryStream, SourceError> {
        let entries = stream::unfold(entries.into_iter(), |mut entries| async move {
            Some((Ok(entries.next()?), entries))
        });
        Ok(entries.boxed())
    }

    /// What the Engine returns for a window without a tail.
    fn directly(log: &[LogEntry], window: &LogWindow) -> Vec<LogEntry> {
        let is_within = |entry: &&LogEntry| entry.stamp <= window.until;
        let entries = log.iter().take_while(is_within);
        let is_late = |entry: &&LogEntry| window.since.is_none() || entry.stamp >= window.since;
        entries.filter(is_late).cloned().collect()
    }

    async fn served(spool: &Arc<Spool>, window: &LogWindow) -> Vec<LogEntry> {
        let spooled = SpooledLog {
            spool: spool.clone(),
            window: *window,
        };
        let entries = with_tail(spooled, window).await.unwrap();
        entries.map(Result::unwrap).collect().await
    }

    #[tokio::test]
    async fn a_copy_serves_what_the_log_holds() {
        let mut log = log(6000);
        // The clock was set back for a while.
        for entry in &mut log[3000..3100] {
            entry.stamp = Some(entry.stamp.unwrap() - Duration::from_secs(500));
        }
        let spool = Spool::read(opened(log.clone())).await.unwrap();
        assert!(spool.blocks.len() > 5, "{:?}", spool.blocks);
        assert!(spool.holds(at(5998)) && !spool.holds(at(5999)));
        for end in [-1, 0, 1, 700, 2550, 2999, 3000, 4000, 5998] {
            let whole = until(end);
            assert_eq!(
                served(&spool, &whole).await,
                directly(&log, &whole),
                "{end}"
            );
            let since = LogWindow {
                since: Some(at(end - 600)),
                ..whole
            };
            assert_eq!(
                served(&spool, &since).await,
                directly(&log, &since),
                "{end}"
            );
            for tail in [0, 1, 30, 1000, u64::MAX] {
                for window in [whole, since] {
                    let window = LogWindow {
                        tail: Some(tail),
                        ..window
                    };
                    struct Whole<'a>(&'a [LogEntry], LogWindow);
                    #[async_trait]
                    impl RereadableLog for Whole<'_> {
                        async fn read(
                            &self,
                            last: Option<u64>,
                        ) -> Result<EntryStream, SourceError> {
                            let none = last == Some(0);
                            let entries = directly(self.0, &self.1);
                            opened(if none { Vec::new() } else { entries }).await
                        }
                    }
                    let direct = with_tail(Whole(&log, window), &window).await.unwrap();
                    let direct: Vec<_> = direct.map(Result::unwrap).collect().await;
                    assert_eq!(served(&spool, &window).await, direct, "{end} {tail}");
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_log_is_read_once_for_requests_that_walk_backward() {
        let spools = Spools::default();
        let reads = AtomicUsize::new(0);
        let log = log(2000);
        let ask = async |container: &str, window: LogWindow| {
            let whole = || {
                reads.fetch_add(1, Ordering::Relaxed);
                opened(log.clone())
            };
            spools.copy(container, &window, whole).await.is_some()
        };
        // What asks for the end only, or for one later time after another, has no use for a copy.
        assert!(!ask("a", LogWindow::default()).await);
        for end in [100, 100, 200, 300] {
            assert!(!ask("b", until(end)).await, "{end}");
        }
        assert_eq!(reads.load(Ordering::Relaxed), 0);
        for end in [1900, 1800, 20, 1500] {
            assert!(ask("a", until(end)).await, "{end}");
        }
        assert_eq!(reads.load(Ordering::Relaxed), 1);
        // Lines that came later are read for the next walk.
        assert!(!ask("a", until(5000)).await);
        assert!(!ask("a", until(4999)).await);
        // A minute without use ends it.
        tokio::time::sleep(KEPT + Duration::from_secs(1)).await;
        assert!(lock(&spools.0).iter().all(|asked| asked.copy.is_none()));
        assert!(!ask("a", until(1500)).await);
    }

    #[tokio::test]
    async fn a_log_that_breaks_off_or_has_no_stamps_is_not_copied() {
        let broken = async {
            let error = SourceError::new(SourceErrorKind::Truncated, "cut");
            let items = log(10).into_iter().map(Ok).chain([Err(error)]);
            Ok(stream::iter(items.collect::<Vec<_>>()).boxed())
        };
        assert!(Spool::read(broken).await.is_none());
        let mut unstamped = log(10);
        unstamped[4].stamp = None;
        assert!(Spool::read(opened(unstamped)).await.is_none());
        assert!(Spool::read(opened(Vec::new())).await.is_none());
    }
}
