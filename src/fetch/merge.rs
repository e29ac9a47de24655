//! Several logs in the order of time.

use std::collections::VecDeque;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::entries::{Entry, instant};
use crate::error::Error;
use crate::logs::Record;

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

/// Merges logs as they come.
///
/// A line without a timestamp belongs to the line before it, so it counts with that one's.
pub struct Merged {
    sources: Vec<Source>,
    order: Order,
}

struct Source {
    batches: LineBatches,
    waiting: VecDeque<Entry>,
    error: Option<Error>,
    ended: bool,
    /// The time of the latest line that had one.
    latest: Timestamp,
    /// Whether the next line's time is in `latest` already.
    is_peeked: bool,
}

impl Merged {
    pub(super) fn new(sources: Vec<LineBatches>, order: Order) -> Self {
        let source = |batches| Source {
            batches,
            waiting: VecDeque::new(),
            error: None,
            ended: false,
            latest: Timestamp::MIN,
            is_peeked: false,
        };
        Self {
            sources: sources.into_iter().map(source).collect(),
            order,
        }
    }

    /// The next line, or what is wrong with a log, with the number of the log. None at the end.
    ///
    /// Nothing is lost if the future is dropped before it is ready.
    pub async fn next(&mut self) -> Option<(usize, Result<Record, Error>)> {
        let (index, entry) = self.next_entry().await?;
        Some((index, entry.map(|entry| entry.record)))
    }

    pub(super) async fn next_entry(&mut self) -> Option<(usize, Result<Entry, Error>)> {
        for (index, source) in self.sources.iter_mut().enumerate() {
            source.fill().await;
            if source.waiting.is_empty()
                && let Some(error) = source.error.take()
            {
                return Some((index, Err(error)));
            }
            if self.order == Order::Source && !source.waiting.is_empty() {
                break;
            }
        }
        let heads = self.sources.iter_mut().enumerate();
        let mut heads = heads.filter_map(|(index, source)| Some((source.time()?, index)));
        let (_, index) = match self.order {
            Order::Time => heads.min(),
            Order::Source => heads.next(),
        }?;
        self.sources[index].is_peeked = false;
        let entry = self.sources[index].waiting.pop_front()?;
        Some((index, Ok(entry)))
    }
}

impl Source {
    async fn fill(&mut self) {
        while self.waiting.is_empty() && self.error.is_none() && !self.ended {
            match self.batches.recv().await {
                Some(Ok(batch)) => self.waiting = batch.into(),
                Some(Err(error)) => self.error = Some(error),
                None => self.ended = true,
            }
        }
    }

    /// When the next line counts; none where there is none.
    fn time(&mut self) -> Option<Timestamp> {
        let next = self.waiting.front()?;
        if !self.is_peeked {
            self.is_peeked = true;
            let own = next.stamp.map(instant).or_else(|| next.record.timestamp());
            // Lines can be a little out of order; within one log their order stands.
            self.latest = own.map_or(self.latest, |own| own.max(self.latest));
        }
        Some(self.latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn merged(logs: &[&[&str]], order: Order) -> Vec<String> {
        let source = |lines: &&[&str]| {
            let (sender, receiver) = mpsc::channel(lines.len().max(1));
            for line in *lines {
                let entry = Entry {
                    own_stamp: false,
                    stamp: None,
                    record: Record::Line(line.as_bytes().to_vec()),
                };
                sender.try_send(Ok(vec![entry])).unwrap();
            }
            receiver
        };
        let mut merged = Merged::new(logs.iter().map(source).collect(), order);
        let mut lines = Vec::new();
        while let Some((_, record)) = merged.next().await {
            let record = record.unwrap();
            lines.push(String::from_utf8_lossy(record.line()).into_owned());
        }
        lines
    }

    fn at(second: u32, text: &str) -> String {
        format!("<6> 2026-01-01 00:00:{second:02}.000 +00:00 {text}")
    }

    #[tokio::test]
    async fn lines_come_in_the_order_of_time_and_a_trace_stays_with_its_line() {
        let (a1, a4, b2, b3) = (at(1, "a"), at(4, "a"), at(2, "b"), at(3, "b"));
        let logs: [&[&str]; 2] = [&[&a1, "  trace of a", &a4], &[&b2, &b3]];
        let expected = [a1.as_str(), "  trace of a", &b2, &b3, &a4];
        assert_eq!(merged(&logs, Order::Time).await, expected);
        let expected = [a1.as_str(), "  trace of a", &a4, &b2, &b3];
        assert_eq!(merged(&logs, Order::Source).await, expected);
    }

    #[tokio::test]
    async fn a_log_that_steps_back_keeps_its_own_order() {
        let (a5, a1, b3) = (at(5, "a"), at(1, "a"), at(3, "b"));
        let logs: [&[&str]; 2] = [&[&a5, &a1], &[&b3]];
        let expected = [b3.as_str(), &a5, &a1];
        assert_eq!(merged(&logs, Order::Time).await, expected);
    }
}
