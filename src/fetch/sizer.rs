//! How many entries fit into an answer.

use crate::methods::{Encoding, ModuleLogs};

/// What fits, as gzip bytes before base64: 98,304 make the hub's 128 KB, and the envelope is small.
const MAX_PACKED_BYTES: f64 = 98_000.0;

/// What fits of plain text, as JSON holds it.
const MAX_PLAIN_BYTES: f64 = 125_000.0;

/// The guess for the first page.
const FIRST_ENTRIES: f64 = 2000.0;

/// Answers of fewer entries tell little of how well the next one will pack.
const ENTRIES_THAT_TELL: usize = 20;

/// By how much a page of few entries may be larger than the one before.
const MOST_GROWTH: f64 = 4.0;

/// By how many powers of two a page may be smaller than what a refusal tells.
const MOST_HALVINGS: i32 = 4;

/// How far below the limit pages are kept, at the least and at the most.
const MARGIN: std::ops::RangeInclusive<f64> = 0.03..=0.15;

/// Sizes pages by what came back.
#[derive(Debug, Clone)]
pub(super) struct Sizer {
    limit: f64,
    bytes_per_entry: f64,
    /// Whether anything came back yet.
    measured: bool,
    margin: f64,
    /// How many pages in a row were refused.
    refusals: i32,
}

impl Sizer {
    pub(super) fn new(encoding: Encoding) -> Self {
        let limit = match encoding {
            Encoding::Gzip => MAX_PACKED_BYTES,
            Encoding::None => MAX_PLAIN_BYTES,
        };
        Self {
            limit,
            bytes_per_entry: limit / FIRST_ENTRIES,
            measured: false,
            margin: 0.05,
            refusals: 0,
        }
    }

    /// How many entries to ask for, one at least.
    pub(super) fn capacity(&self) -> usize {
        let share = if self.measured {
            1.0 - self.margin
        } else {
            1.0
        };
        // The quotient is positive and far below what a usize holds.
        ((self.limit * share / self.bytes_per_entry) as usize).clamp(1, 1_000_000)
    }

    /// Learns from a page.
    pub(super) fn observe(&mut self, bytes: u64, entries: usize) {
        self.refusals = 0;
        if entries == 0 {
            return;
        }
        let mut measured = bytes as f64 / entries as f64;
        if entries < ENTRIES_THAT_TELL {
            // Longer ones may come next, but a page may grow again after refusals.
            measured = measured.max(self.bytes_per_entry / MOST_GROWTH);
        } else if self.measured {
            let deviation = (measured / self.bytes_per_entry - 1.0).abs();
            let wanted = (deviation * 1.5).max(self.margin * 0.8);
            self.margin = wanted.clamp(*MARGIN.start(), *MARGIN.end());
        }
        self.measured = true;
        self.bytes_per_entry = measured.max(0.01);
    }

    /// Learns from a refusal of a page of `asked` entries, which held `bytes` as the agent counts.
    pub(super) fn too_large(&mut self, asked: usize, bytes: Option<u64>) {
        let least = self.limit * 1.3;
        // Without a number it is between what the hub and what the agent takes.
        let bytes = bytes.map_or(least, |bytes| (bytes as f64).max(least));
        // There may have been far fewer entries than were asked for, and each refusal costs a call.
        let fewer = 2_f64.powi(self.refusals.min(MOST_HALVINGS));
        self.refusals += 1;
        self.bytes_per_entry = bytes / asked.max(1) as f64 * fewer;
        self.measured = true;
        self.margin = (self.margin * 1.5).clamp(*MARGIN.start(), *MARGIN.end());
    }
}

/// How much of an answer a log takes, in the unit of the limit for its encoding.
pub(super) fn wire_bytes(logs: &ModuleLogs) -> u64 {
    match (&logs.payload_bytes, &logs.payload) {
        (Some(base64), _) => (base64.len() / 4 * 3) as u64,
        (None, Some(text)) => {
            let escaped = text
                .chars()
                .map(|character| match character {
                    '"' | '\\' | '\n' | '\r' | '\t' => 2,
                    '\0'..='\u{1f}' => 6,
                    other => other.len_utf8(),
                })
                .sum::<usize>();
            escaped as u64
        }
        (None, None) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_grow_to_just_below_the_limit() {
        let mut sizer = Sizer::new(Encoding::Gzip);
        assert_eq!(sizer.capacity(), 2000);
        sizer.observe(42_000, 2000);
        let capacity = sizer.capacity();
        assert!((4400..4667).contains(&capacity), "{capacity}");
    }

    #[test]
    fn a_refusal_that_tells_the_size_is_enough_to_fit_the_next_time() {
        let mut sizer = Sizer::new(Encoding::Gzip);
        sizer.too_large(2000, Some(196_000));
        assert!(sizer.capacity() <= 1000);
        sizer.too_large(1000, None);
        assert!(sizer.capacity() <= 520, "{}", sizer.capacity());
        sizer.observe(90_000, 500);
        sizer.too_large(500, None);
        assert!(
            (300..390).contains(&sizer.capacity()),
            "{}",
            sizer.capacity()
        );
    }

    #[test]
    fn a_few_refusals_find_a_page_of_the_longest_entries_and_pages_grow_again() {
        let mut sizer = Sizer::new(Encoding::Gzip);
        let mut calls = 0;
        while sizer.capacity() > 6 {
            sizer.too_large(sizer.capacity(), Some(1_000_000));
            calls += 1;
        }
        assert!(calls <= 3, "{calls}");
        let pages = (1..10).find(|_| {
            let entries = sizer.capacity();
            sizer.observe(50 * entries as u64, entries);
            sizer.capacity() > 1000
        });
        assert!(pages.is_some_and(|pages| pages <= 5), "{pages:?}");
    }

    #[test]
    fn uneven_pages_widen_the_margin() {
        let mut sizer = Sizer::new(Encoding::None);
        sizer.observe(100_000, 1000);
        sizer.observe(110_000, 1000);
        assert!(sizer.margin > 0.1);
    }
}
