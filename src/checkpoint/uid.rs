//! What tells a line again when it comes twice.

use std::collections::HashMap;

use md5::{Digest, Md5};

use super::place_file::Log;
use crate::fetch::Mark;

/// How many marks are counted before old ones are forgotten, and how much older than the latest one
/// these are, in nanoseconds. Equal lines with equal stamps are neighbours, or nearly so: the streams of
/// a module may be a second apart.
const FEW: usize = 512;
const OLD: i64 = 2_000_000_000;

/// How often each mark has occurred.
#[derive(Debug, Default)]
pub(super) struct Ordinals {
    counts: HashMap<Mark, u32>,
    latest: i64,
    /// How many may be counted before old ones are forgotten again.
    most: usize,
}

impl Ordinals {
    /// Those of a log that stands at a place.
    pub(super) fn of(marks: &[Mark], repeats: &HashMap<Mark, u32>) -> Self {
        let mut ordinals = Self::default();
        for mark in marks {
            ordinals.next(*mark);
        }
        ordinals.counts.extend(repeats);
        ordinals
    }

    /// Counts a mark.
    pub(super) fn next(&mut self, mark: Mark) -> u32 {
        self.latest = self.latest.max(mark.stamp);
        if self.counts.len() >= self.most.max(FEW) {
            let oldest = self.latest.saturating_sub(OLD);
            self.counts.retain(|mark, _| mark.stamp >= oldest);
            self.counts.shrink_to(2 * FEW);
            // Where many are young, looking at all of them for each one would take ever longer.
            self.most = 2 * self.counts.len();
        }
        let count = self.counts.entry(mark).or_default();
        *count = count.saturating_add(1);
        *count
    }

    /// A log has been read up to a place that ends with these marks, printed or not.
    pub(super) fn reach(&mut self, marks: &[Mark]) {
        for (mark, within) in count(marks) {
            self.latest = self.latest.max(mark.stamp);
            let count = self.counts.entry(mark).or_default();
            *count = within.max(*count);
        }
    }

    /// What these marks alone do not tell.
    pub(super) fn beyond(&self, marks: &[Mark]) -> HashMap<Mark, u32> {
        let beyond = |(mark, within): (Mark, u32)| {
            let count = self.counts.get(&mark).copied()?;
            (count > within).then_some((mark, count))
        };
        count(marks).into_iter().filter_map(beyond).collect()
    }
}

fn count(marks: &[Mark]) -> HashMap<Mark, u32> {
    let mut counts: HashMap<Mark, u32> = HashMap::new();
    for mark in marks {
        *counts.entry(*mark).or_default() += 1;
    }
    counts
}

/// The uid of a line: of which log it is, its mark, and which of those with this mark it is. It is the
/// same for ever, so nothing in it may change.
pub(super) fn uid(log: &Log, mark: Mark, ordinal: u32) -> String {
    let text = format!(
        "{}\n{}\n{}\n{}\n{:016x}\n{ordinal}",
        log.hub.to_ascii_lowercase(),
        log.device,
        log.module,
        mark.stamp,
        mark.hash
    );
    format!("{:032x}", u128::from_be_bytes(Md5::digest(text).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_the_same_for_ever() {
        let log = Log {
            hub: "Plant-A.azure-devices.net".to_owned(),
            device: "press-07".to_owned(),
            answered_by: "$edgeAgent".to_owned(),
            module: "edgeHub".to_owned(),
        };
        let mark = Mark {
            stamp: 1_787_234_700_123_456_700,
            hash: 1,
        };
        assert_eq!(uid(&log, mark, 1), "b2c92889c53844a8eb32fec1747753cc");
        assert_ne!(uid(&log, mark, 1), uid(&log, mark, 2));
    }

    #[test]
    fn repeats_are_counted_on_from_a_place() {
        let mark = |hash| Mark { stamp: 1, hash };
        let mut ordinals = Ordinals::default();
        for _ in 0..3 {
            ordinals.next(mark(1));
        }
        let beyond = ordinals.beyond(&[mark(1), mark(2)]);
        assert_eq!(beyond, HashMap::from([(mark(1), 3)]));
        let mut again = Ordinals::of(&[mark(1), mark(2)], &beyond);
        assert_eq!(again.next(mark(1)), 4);
        assert_eq!(again.next(mark(2)), 2);
    }

    #[test]
    fn old_marks_are_forgotten_and_young_ones_are_not() {
        let mark = |stamp: i64, hash| Mark { stamp, hash };
        let mut ordinals = Ordinals::default();
        for hash in 0..5000 {
            ordinals.next(mark(0, hash));
        }
        assert_eq!(ordinals.next(mark(0, 1)), 2);
        assert!(ordinals.most >= 4096);
        for stamp in 0..5000 {
            ordinals.next(mark(OLD + stamp * OLD, 0));
        }
        assert!(ordinals.counts.len() <= FEW, "{}", ordinals.counts.len());
        ordinals.counts.insert(mark(i64::MAX, 0), u32::MAX);
        assert_eq!(ordinals.next(mark(i64::MAX, 0)), u32::MAX);
    }

    #[test]
    fn what_is_not_printed_counts_once_it_has_been_read() {
        let mark = Mark { stamp: 1, hash: 1 };
        let mut ordinals = Ordinals::default();
        ordinals.next(mark);
        ordinals.reach(&[mark, mark]);
        assert_eq!(ordinals.next(mark), 3);
    }
}
