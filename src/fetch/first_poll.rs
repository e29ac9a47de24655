//! Where following takes over from what was fetched before it.
//!
//! The end of a log is noted first, then the log is fetched and printed, and the first poll brings
//! what comes after the noted end. Lines that came in between are in both.

use std::collections::{HashSet, VecDeque};

use super::entries::{Entry, Key};
use super::log_query::LogQueryFilter;
use super::overlap::KeyCounts;
use crate::logs::Record;
use crate::methods::TimeBound;

/// How many lines are remembered of those that were printed.
const MAX_PRINTED: usize = 50_000;

/// What was printed before the first poll, and what of it the poll finds again.
#[derive(Debug, Default)]
pub(super) struct FirstPoll {
    /// The entries that the log ended with, which the poll does not bring again.
    before: KeyCounts,
    printed: KeyCounts,
    /// Those of `printed`, as they came.
    last_printed: VecDeque<Key>,
    /// How many lines were printed at all.
    total: usize,
    /// With how many lines `--tail` was content.
    tail: Option<u32>,
    /// Whether some lines were left out that only the agent can tell.
    leaves_out: bool,
    /// Which lines of the poll were printed before, by their numbers.
    again: HashSet<usize>,
    /// The number of the next line of the poll, while they are found and while they are judged.
    found: usize,
    judged: usize,
    /// For each level, the number of the last line that was printed before: the levels were asked
    /// for one after the other, so that one may go further than another.
    last: [Option<usize>; 10],
    /// The number of the first line that was printed before.
    first: Option<usize>,
}

impl FirstPoll {
    pub(super) fn new(filter: &LogQueryFilter) -> Self {
        let since = filter.since.as_ref();
        Self {
            tail: filter.tail,
            leaves_out: filter.tail.is_some() || since.is_some_and(TimeBound::is_relative),
            ..Self::default()
        }
    }

    /// Notes what the log ended with.
    pub(super) fn begins_after(&mut self, end: &[Key]) {
        self.before = KeyCounts::of(end);
    }

    /// Notes a line that was printed.
    pub(super) fn printed(&mut self, record: &Record) {
        let stamp = record
            .timestamp()
            .and_then(|time| i64::try_from(time.as_nanosecond()).ok());
        let line = Entry::new(stamp, stamp.is_some(), record.clone());
        let key = line.key();
        self.total += 1;
        if self.before.take(&key) {
            return;
        }
        self.printed.add(key);
        self.last_printed.push_back(key);
        // Only the last ones can come again.
        if self.last_printed.len() > MAX_PRINTED
            && let Some(first) = self.last_printed.pop_front()
        {
            self.printed.take(&first);
            self.leaves_out = true;
        }
    }

    /// Whether every line that was not printed is newer.
    pub(super) fn knows_all(&self) -> bool {
        !self.leaves_out
    }

    /// Looks whether the next line of the poll was printed before.
    pub(super) fn find(&mut self, line: &Entry) {
        if self.printed.take(&line.key()) {
            self.again.insert(self.found);
            self.first.get_or_insert(self.found);
            if let Some(last) = self.last.get_mut(usize::from(line.record.loglevel())) {
                *last = Some(self.found);
            }
        }
        self.found += 1;
    }

    /// Whether the next line of the poll is newer than what was printed. All of them must have been
    /// looked at before. New lines may stand before older ones if the order is that of stamps.
    pub(super) fn is_new(&mut self, line: &Entry, is_by_stamp: bool) -> bool {
        let number = self.judged;
        self.judged += 1;
        if is_by_stamp && !self.leaves_out {
            return !self.again.contains(&number);
        }
        let last = self.last.get(usize::from(line.record.loglevel()));
        let is_older = last.is_some_and(|last| last.is_some_and(|last| number <= last));
        // What comes before everything printed was left out on purpose.
        let again = self.again.len();
        let is_all_tail = self.tail == u32::try_from(again).ok() && again == self.total;
        let is_cut_off = is_all_tail && self.first.is_some_and(|first| number < first);
        !is_older && !is_cut_off
    }
}
