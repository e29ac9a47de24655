//! Several logs in the order of time.

use std::iter::Peekable;

use jiff::Timestamp;

use crate::logs::{DecodeError, Record};

/// Merges logs by their lines' timestamps; every log keeps its own order.
///
/// A line without a timestamp belongs to the line before it, so it counts with that one's. Yields
/// the index of the log with each record; an error ends its log and no other.
pub fn by_time<I>(logs: Vec<I>) -> impl Iterator<Item = (usize, Result<Record, DecodeError>)>
where
    I: Iterator<Item = Result<Record, DecodeError>>,
{
    let mut heads: Vec<Head<I>> = logs.into_iter().map(Head::new).collect();
    std::iter::from_fn(move || {
        let next = heads
            .iter_mut()
            .enumerate()
            .filter_map(|(index, head)| Some((head.time()?, index)))
            .min()
            .map(|(_, index)| index)?;
        heads[next].take().map(|record| (next, record))
    })
}

/// One log, and the time of its next line.
struct Head<I: Iterator> {
    records: Peekable<I>,
    /// The time of the latest line that had one.
    latest: Timestamp,
    /// Whether the next line's time is in `latest` already.
    looked: bool,
}

impl<I: Iterator<Item = Result<Record, DecodeError>>> Head<I> {
    fn new(records: I) -> Self {
        Self {
            records: records.peekable(),
            latest: Timestamp::MIN,
            looked: false,
        }
    }

    /// When the next line counts; none at the end.
    fn time(&mut self) -> Option<Timestamp> {
        let next = self.records.peek()?;
        if !self.looked {
            self.looked = true;
            // Lines can be a little out of order; within one log their order stands.
            let stamp = next.as_ref().ok().and_then(Record::timestamp);
            self.latest = stamp.map_or(self.latest, |stamp| stamp.max(self.latest));
        }
        Some(self.latest)
    }

    fn take(&mut self) -> Option<I::Item> {
        self.looked = false;
        self.records.next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(lines: &[&str]) -> Vec<Result<Record, DecodeError>> {
        lines
            .iter()
            .map(|line| Ok(Record::Line(format!("{line}\n").into_bytes())))
            .collect()
    }

    fn merged(logs: &[&[&str]]) -> Vec<String> {
        by_time(logs.iter().map(|lines| log(lines).into_iter()).collect())
            .map(|(_, record)| {
                String::from_utf8_lossy(record.unwrap().line())
                    .trim_end()
                    .to_owned()
            })
            .collect()
    }

    fn at(second: u32, text: &str) -> String {
        format!("<6> 2026-01-01 00:00:{second:02}.000 +00:00 {text}")
    }

    #[test]
    fn lines_come_in_the_order_of_time_and_a_trace_stays_with_its_line() {
        let (a1, a4, b2, b3) = (at(1, "a"), at(4, "a"), at(2, "b"), at(3, "b"));
        assert_eq!(
            merged(&[&[&a1, "  trace of a", &a4], &[&b2, &b3]]),
            [
                a1.as_str(),
                "  trace of a",
                b2.as_str(),
                b3.as_str(),
                a4.as_str()
            ]
        );
    }

    #[test]
    fn a_log_that_steps_back_keeps_its_own_order() {
        let (a5, a1, b3) = (at(5, "a"), at(1, "a"), at(3, "b"));
        assert_eq!(
            merged(&[&[&a5, &a1], &[&b3]]),
            [b3.as_str(), a5.as_str(), a1.as_str()]
        );
    }
}
