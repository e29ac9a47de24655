//! Several logs in the order of time.
//!
//! [`Heads`] is the one merge that there is. It decides whose line is next, and [`Merged`] and
//! [`Mixed`] feed it: with lines that are still being fetched, and with lines that are here.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::entries::Entry;
use super::spool::Spool;
use crate::error::Error;

/// A log as it comes: lines in its own order, and what is wrong with it. It ends with the channel.
pub(super) type LineBatches = mpsc::Receiver<Result<Vec<Entry>, Error>>;

/// How several logs become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By the lines' times; every log keeps its own order.
    Time,
    /// One log after the other.
    Source,
}

/// About how many bytes of lines go to the reader at a time.
const BATCH_BYTES: usize = 64 << 10;

/// About how many bytes of lines that are here are passed on at a time.
const PASSED_ON_BYTES: usize = 8 << 10;

/// The next line of each log.
struct Heads {
    order: Order,
    time: TimeOf,
    logs: Vec<Head>,
    /// The logs whose next line is known, and when it counts.
    ready: BinaryHeap<Reverse<(i64, usize)>>,
    /// The logs whose next line is not known; the first one last.
    hungry: Vec<usize>,
}

/// When a line counts by itself, in nanoseconds since 1970.
type TimeOf = fn(&Entry) -> Option<i64>;

struct Head {
    waiting: std::vec::IntoIter<Entry>,
    /// The latest time so far. Lines can be a little out of order, but a log keeps its own, and a
    /// line without a time belongs to the line before it.
    latest: i64,
}

impl Heads {
    fn new(logs: usize, order: Order, time: TimeOf) -> Self {
        let head = || Head {
            waiting: Vec::new().into_iter(),
            latest: i64::MIN,
        };
        Self {
            order,
            time,
            logs: std::iter::repeat_with(head).take(logs).collect(),
            ready: BinaryHeap::new(),
            hungry: (0..logs).rev().collect(),
        }
    }

    /// A log that must be [fed](Self::feed) or [ended](Self::end) before the next line is known.
    fn hungry(&self) -> Option<usize> {
        match self.order {
            Order::Source if !self.ready.is_empty() => None,
            _ => self.hungry.last().copied(),
        }
    }

    /// Takes the next lines of the hungry log.
    fn feed(&mut self, lines: Vec<Entry>) {
        if let Some(index) = self.hungry.pop() {
            self.logs[index].waiting = lines.into_iter();
            self.look_at(index);
        }
    }

    /// The hungry log has no more lines.
    fn end(&mut self) {
        self.hungry.pop();
    }

    fn look_at(&mut self, index: usize) {
        let log = &mut self.logs[index];
        match log.waiting.as_slice().first() {
            Some(next) => {
                log.latest = (self.time)(next).map_or(log.latest, |time| time.max(log.latest));
                self.ready.push(Reverse((log.latest, index)));
            }
            None => self.hungry.push(index),
        }
    }

    /// When the next line counts.
    fn time(&self) -> Option<i64> {
        self.ready.peek().map(|Reverse((time, _))| *time)
    }

    /// The next line, with the number of its log. No log is hungry.
    fn pop(&mut self) -> Option<(usize, Entry)> {
        let Reverse((_, index)) = self.ready.pop()?;
        let line = self.logs[index].waiting.next()?;
        self.look_at(index);
        Some((index, line))
    }
}

/// The engine's stamp.
fn stamp(line: &Entry) -> Option<i64> {
    line.stamp
}

/// The engine's stamp, or else the time that the line tells.
pub(super) fn any_time(line: &Entry) -> Option<i64> {
    let told = || nanoseconds(line.record.timestamp()?);
    line.stamp.or_else(told)
}

fn nanoseconds(time: Timestamp) -> Option<i64> {
    i64::try_from(time.as_nanosecond()).ok()
}

/// Merges logs as they come.
pub(super) struct Merged {
    logs: Vec<LineBatches>,
    heads: Heads,
}

impl Merged {
    pub(super) fn new(logs: Vec<LineBatches>, order: Order) -> Self {
        Self {
            heads: Heads::new(logs.len(), order, any_time),
            logs,
        }
    }

    /// The next lines that are here, or what is wrong with a log, each with the number of its log. None at
    /// the end.
    ///
    /// Nothing is lost if the future is dropped before it is ready.
    pub(super) async fn next(&mut self) -> Option<Result<Vec<(usize, Entry)>, (usize, Error)>> {
        while let Some(index) = self.heads.hungry() {
            match self.logs[index].recv().await {
                Some(Ok(batch)) => self.heads.feed(batch),
                Some(Err(error)) => return Some(Err((index, error))),
                None => self.heads.end(),
            }
        }
        let mut lines = Vec::new();
        let mut bytes = 0;
        while bytes < PASSED_ON_BYTES && self.heads.hungry().is_none() {
            let Some(line) = self.heads.pop() else { break };
            bytes += line.1.size();
            lines.push(line);
        }
        (!lines.is_empty()).then_some(Ok(lines))
    }
}

/// Merges stored logs.
pub(super) struct Mixed {
    spools: Vec<Spool>,
    heads: Heads,
}

impl Default for Mixed {
    fn default() -> Self {
        Self::new(std::iter::empty())
    }
}

impl Mixed {
    /// By the engine's stamps alone.
    pub(super) fn new(spools: impl Iterator<Item = Spool>) -> Self {
        Self::by(stamp, spools)
    }

    pub(super) fn by(time: TimeOf, spools: impl Iterator<Item = Spool>) -> Self {
        let spools: Vec<Spool> = spools.collect();
        Self {
            heads: Heads::new(spools.len(), Order::Time, time),
            spools,
        }
    }

    /// The next lines, each with the number of its log; none at the end. Lines of one stamp stay
    /// together.
    ///
    /// # Errors
    /// A temporary file can't be read.
    pub(super) fn next_batch(&mut self) -> Result<Option<Vec<(usize, Entry)>>, Error> {
        if let [only] = self.spools.as_mut_slice() {
            let part = only.pop_oldest()?;
            return Ok(part.map(|part| part.into_iter().map(|line| (0, line)).collect()));
        }
        let mut batch = Vec::new();
        let (mut bytes, mut last) = (0, None);
        self.fill()?;
        while let Some(time) = self.heads.time() {
            if bytes >= BATCH_BYTES && last != Some(time) {
                break;
            }
            last = Some(time);
            let line = self.heads.pop();
            bytes += line.as_ref().map_or(0, |(_, line)| line.size());
            batch.extend(line);
            self.fill()?;
        }
        Ok((!batch.is_empty()).then_some(batch))
    }

    fn fill(&mut self) -> Result<(), Error> {
        while let Some(index) = self.heads.hungry() {
            match self.spools[index].pop_oldest()? {
                Some(part) => self.heads.feed(part),
                None => self.heads.end(),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::Record;

    fn entry(line: &str) -> Entry {
        Entry::new(None, false, Record::Line(line.as_bytes().to_vec()))
    }

    fn text(entry: Entry) -> String {
        String::from_utf8_lossy(entry.record.line()).into_owned()
    }

    async fn merged(logs: &[&[&str]], order: Order) -> Vec<String> {
        let source = |lines: &&[&str]| {
            let (sender, receiver) = mpsc::channel(lines.len().max(1));
            for line in *lines {
                sender.try_send(Ok(vec![entry(line)])).unwrap();
            }
            receiver
        };
        let mut merged = Merged::new(logs.iter().map(source).collect(), order);
        let mut lines = Vec::new();
        while let Some(next) = merged.next().await {
            lines.extend(next.unwrap().into_iter().map(|(_, line)| text(line)));
        }
        lines
    }

    fn mixed(logs: &[&[&str]]) -> Vec<String> {
        let spool = |lines: &&[&str]| {
            let mut spool = Spool::default();
            for line in *lines {
                spool.push_newer(vec![entry(line)]).unwrap();
            }
            spool
        };
        let mut mixed = Mixed::by(any_time, logs.iter().map(spool));
        let mut lines = Vec::new();
        while let Some(batch) = mixed.next_batch().unwrap() {
            lines.extend(batch.into_iter().map(|(_, line)| text(line)));
        }
        lines
    }

    fn at(second: u32, text: &str) -> String {
        format!("<6> 2026-01-01 00:00:{second:02}.000 +00:00 {text}")
    }

    #[tokio::test]
    async fn lines_come_in_the_order_of_time_and_a_trace_stays_with_its_line() {
        let (a1, a4, b2, b3) = (at(1, "a"), at(4, "a"), at(2, "b"), at(3, "b"));
        let logs: [&[&str]; 3] = [&[&a1, "  trace of a", &a4], &[&b2, &b3], &[]];
        let expected = [a1.as_str(), "  trace of a", &b2, &b3, &a4];
        assert_eq!(merged(&logs, Order::Time).await, expected);
        assert_eq!(mixed(&logs), expected);
        let expected = [a1.as_str(), "  trace of a", &a4, &b2, &b3];
        assert_eq!(merged(&logs, Order::Source).await, expected);
    }

    #[tokio::test]
    async fn a_log_that_steps_back_keeps_its_own_order() {
        let (a5, a1, b3) = (at(5, "a"), at(1, "a"), at(3, "b"));
        let logs: [&[&str]; 2] = [&[&a5, &a1], &[&b3]];
        let expected = [b3.as_str(), &a5, &a1];
        assert_eq!(merged(&logs, Order::Time).await, expected);
        assert_eq!(mixed(&logs), expected);
    }
}
