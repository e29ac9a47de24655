//! Sends the lines of a channel to the printer.

use tokio::sync::mpsc;

use super::channel::Channel;
use super::entries::{Entry, start_of};
use super::line_reader::{Joining, LineReader};
use super::notices;
use super::overlap::KeyCounts;
use super::page_store::{Broken, PageStore};
use crate::error::Error;

/// How many bytes of lines go to the printer at a time.
const BATCH_BYTES: usize = 64 << 10;

/// The printer has stopped reading.
#[derive(Debug)]
pub(super) struct ReceiverGone;

/// Sends lines in batches, whose size bounds what waits for the printer.
pub(super) struct LineSender {
    lines: mpsc::Sender<Result<Vec<Entry>, Error>>,
    batch: Vec<Entry>,
    bytes: usize,
}

impl LineSender {
    pub(super) fn new(lines: mpsc::Sender<Result<Vec<Entry>, Error>>) -> Self {
        Self {
            lines,
            batch: Vec::new(),
            bytes: 0,
        }
    }

    /// Sends a line, at once or with the next ones.
    pub(super) async fn line(&mut self, line: Entry) -> Result<(), ReceiverGone> {
        self.bytes += line.record.line().len() + size_of::<Entry>();
        self.batch.push(line);
        if self.bytes < BATCH_BYTES {
            return Ok(());
        }
        self.flush().await
    }

    /// Sends what waits.
    pub(super) async fn flush(&mut self) -> Result<(), ReceiverGone> {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        self.lines.send(Ok(batch)).await.map_err(|_| ReceiverGone)
    }

    /// Sends a failure, after the lines before it.
    pub(super) async fn fail(&mut self, error: Error) -> Result<(), ReceiverGone> {
        self.flush().await?;
        self.lines.send(Err(error)).await.map_err(|_| ReceiverGone)
    }
}

/// What neighbouring segments have in common: the second before the end of the earlier one.
#[derive(Debug, Default)]
pub(super) struct Seam {
    /// The entries that were sent already.
    sent: KeyCounts,
    /// The stamp from which on the later segment was asked for.
    begin: Option<i64>,
}

/// How far a segment may step back before lines are taken for missing, which is by how much
/// segments overlap. Nanoseconds.
const OVERLAP: i64 = 1_000_000_000;

impl Channel {
    /// How entries of this channel become lines.
    pub(super) fn joining(&self, verbatim: bool) -> Joining {
        if verbatim && self.keep == super::log_query::Levels::All {
            Joining::Verbatim
        } else if self.level.is_some() || self.regex.is_some() {
            Joining::FirstParts
        } else {
            Joining::Parts
        }
    }

    /// How many lines of a store are wanted.
    pub(super) fn count(&self, store: &mut PageStore, joining: Joining) -> usize {
        let lines = LineReader::new(store.entries(), joining, self.keep);
        lines.filter(Result::is_ok).count()
    }

    /// Sends the wanted lines of a store. With `until`, the store is a segment that ends with that
    /// second and another one follows, which begins a second earlier.
    pub(super) async fn send_lines(
        &self,
        store: &mut PageStore,
        joining: Joining,
        seam: &mut Seam,
        until: Option<i64>,
        sender: &mut LineSender,
    ) -> Result<(), ReceiverGone> {
        let mut sent = std::mem::take(seam);
        let common = until.map(|until| start_of(until - 1));
        seam.begin = common;
        let mut steps_back = None;
        // All of this is state of the filter below, which must not outlive the loop.
        {
            let mut highest = i64::MIN;
            let unique = store.entries().filter(|entry| {
                let Ok(entry) = entry else { return true };
                let Some(stamp) = entry.stamp else {
                    return true;
                };
                highest = highest.max(stamp);
                let is_at_begin = sent.begin.is_some_and(|begin| stamp < begin + 2 * OVERLAP);
                if is_at_begin && highest - stamp > OVERLAP {
                    steps_back = Some((highest, stamp));
                }
                let is_common = common.is_some_and(|common| stamp >= common);
                let may_be_sent = !sent.sent.is_empty();
                if !is_common && !may_be_sent {
                    return true;
                }
                let key = entry.key();
                if is_common {
                    seam.sent.add(key);
                }
                !(may_be_sent && sent.sent.take(&key))
            });
            let mut lines = LineReader::new(unique, joining, self.keep);
            for line in &mut lines {
                match line {
                    Ok(line) if joining == Joining::FirstParts && line.goes_on() => {
                        match self.whole_line(line).await {
                            Ok(line) => sender.line(line).await?,
                            Err(error) => sender.fail(error).await?,
                        }
                    }
                    Ok(line) => sender.line(line).await?,
                    Err(broken) => sender.fail(self.broken(broken)).await?,
                }
            }
        }
        let calls = &self.calls;
        if let Some((from, to)) = sent.sent.period() {
            let text = notices::rotated(calls.device(), &self.module, from, to);
            calls.console().warn(&text);
        }
        if let Some((before, after)) = steps_back {
            let text = notices::stepped_back(calls.device(), &self.module, before, after);
            calls.console().warn(&text);
        }
        sender.flush().await
    }

    fn broken(&self, broken: Broken) -> Error {
        let device = self.calls.device().to_owned();
        let module = self.module.to_string();
        match broken {
            Broken::Undecodable(source) => Error::Undecodable {
                device,
                module,
                source,
            },
            Broken::Device(message) => Error::BrokenLog {
                device,
                module,
                message,
            },
            Broken::Machine(error) => error,
        }
    }
}
