//! Lines of many devices that are followed, held for a moment so that they come in order of time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::merge::any_time;
use super::stream::Line;

/// How long a line is held.
const HELD: Duration = Duration::from_secs(1);

/// How many bytes are held at the most.
const MAX_BYTES: usize = 32 << 20;

/// Lines that have just come. Each log keeps its own order.
#[derive(Default)]
pub struct RecentLines {
    lines: HashMap<u64, (usize, Line)>,
    by_time: BinaryHeap<Reverse<(i64, u64)>>,
    by_arrival: VecDeque<(Instant, u64)>,
    /// The latest time of each log.
    latest: HashMap<(usize, usize), i64>,
    bytes: usize,
    count: u64,
}

impl RecentLines {
    /// Takes a line that has come now.
    pub fn push(&mut self, device: usize, line: Line) {
        self.push_at(device, line, Instant::now(), Timestamp::now());
    }

    fn push_at(&mut self, device: usize, line: Line, arrival: Instant, now: Timestamp) {
        // A device whose clock is fast would have all others wait for it.
        let now = i64::try_from(now.as_nanosecond()).unwrap_or(i64::MAX);
        let log = self.latest.entry((device, line.module));
        let latest = log.or_insert(i64::MIN);
        *latest = any_time(&line.entry).map_or(*latest, |time| time.min(now).max(*latest));
        self.by_time.push(Reverse((*latest, self.count)));
        self.by_arrival.push_back((arrival, self.count));
        self.bytes += line.entry.size();
        self.lines.insert(self.count, (device, line));
        self.count += 1;
    }

    /// When the next line has been held for long enough.
    pub fn due(&mut self) -> Option<Instant> {
        while let Some((arrival, line)) = self.by_arrival.front() {
            if self.lines.contains_key(line) {
                return Some(*arrival + HELD);
            }
            self.by_arrival.pop_front();
        }
        None
    }

    /// The next line, once one has been held for long enough: all that are earlier come before it.
    pub fn pop_due(&mut self) -> Option<(usize, Line)> {
        let due = self.due()?;
        match due <= Instant::now() || self.bytes > MAX_BYTES {
            true => self.pop(),
            false => None,
        }
    }

    /// The next line in any case.
    pub fn pop(&mut self) -> Option<(usize, Line)> {
        let Reverse((_, number)) = self.by_time.pop()?;
        let (device, line) = self.lines.remove(&number)?;
        self.bytes -= line.entry.size();
        Some((device, line))
    }
}

#[cfg(test)]
mod tests {
    use super::super::entries::{Entry, instant};
    use super::*;
    use crate::logs::Record;

    fn line(stamp: i64) -> Line {
        let record = Record::Stamped {
            stamp: instant(stamp),
            line: Vec::new(),
        };
        Line {
            module: 0,
            entry: Entry::new(Some(stamp), true, record),
        }
    }

    fn all(recent: &mut RecentLines) -> Vec<(usize, i64)> {
        let next = || recent.pop_due();
        let lines = std::iter::from_fn(next);
        lines
            .map(|(device, line)| (device, line.entry.stamp.unwrap()))
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn lines_of_a_second_come_by_time_and_each_log_in_its_order() {
        let mut recent = RecentLines::default();
        let now = instant(100);
        for (device, stamp) in [(0, 5), (1, 3), (1, 2), (2, 4)] {
            recent.push_at(device, line(stamp), Instant::now(), now);
        }
        assert_eq!(all(&mut recent), []);
        tokio::time::advance(HELD).await;
        assert_eq!(all(&mut recent), [(1, 3), (1, 2), (2, 4), (0, 5)]);
        assert_eq!(recent.due(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fast_clock_moves_nobody_else() {
        let mut recent = RecentLines::default();
        recent.push_at(0, line(1_000), Instant::now(), instant(10));
        tokio::time::advance(HELD / 2).await;
        recent.push_at(1, line(12), Instant::now(), instant(20));
        tokio::time::advance(HELD / 2).await;
        assert_eq!(all(&mut recent), [(0, 1_000)]);
    }
}
