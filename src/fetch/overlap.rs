//! How neighbouring pages fit together: sequences of (stamp, bytes) that both hold.

use std::collections::HashMap;

use super::entries::{Key, start_of};

/// How often each key is expected.
#[derive(Debug, Clone, Default)]
pub(super) struct KeyCounts {
    counts: HashMap<Key, usize>,
}

impl KeyCounts {
    pub(super) fn of(keys: &[Key]) -> Self {
        let mut counts = Self::default();
        for key in keys {
            counts.add(*key);
        }
        counts
    }

    pub(super) fn add(&mut self, key: Key) {
        *self.counts.entry(key).or_default() += 1;
    }

    /// Takes one off, if the key is there.
    pub(super) fn take(&mut self, key: &Key) -> bool {
        let Some(count) = self.counts.get_mut(key) else {
            return false;
        };
        *count -= 1;
        if *count == 0 {
            self.counts.remove(key);
        }
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Forgets what was stamped before.
    pub(super) fn forget_before(&mut self, stamp: i64) {
        self.counts.retain(|key, _| key.stamp >= stamp);
    }

    /// The earliest and the latest stamp.
    pub(super) fn period(&self) -> Option<(i64, i64)> {
        let stamps = || self.counts.keys().map(|key| key.stamp);
        Some((stamps().min()?, stamps().max()?))
    }
}

/// How many of the newer entries `known` the window that ends with second `until` holds: the engine
/// stops at the first entry that is later.
pub(super) fn within(known: &[Key], until: i64) -> usize {
    let end = start_of(until);
    known
        .iter()
        .position(|key| key.stamp > end)
        .unwrap_or(known.len())
}

/// How many entries of a page come before those that are `expected` at its end, or none where they
/// are not there.
///
/// Normally the page ends with them. Lines that were written meanwhile may follow.
pub(super) fn aligned(page: &[Key], expected: &[Key]) -> Option<usize> {
    let last = page.len().checked_sub(expected.len())?;
    (0..=last)
        .rev()
        .find(|start| page[*start..].starts_with(expected))
}

/// The same where the page holds only the beginning of what is expected, or none of it.
pub(super) fn best_aligned(page: &[Key], expected: &[Key]) -> usize {
    let longest = page.len().min(expected.len());
    let length = (0..=longest)
        .rev()
        .find(|length| page.ends_with(&expected[..*length]))
        .unwrap_or(0);
    page.len() - length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(stamps: &[i64]) -> Vec<Key> {
        let key = |stamp: &i64| Key {
            stamp: *stamp,
            hash: 0,
        };
        stamps.iter().map(key).collect()
    }

    #[test]
    fn a_window_ends_at_the_first_later_entry() {
        let known = keys(&[1_500_000_000, 1_999_999_999, 2_000_000_001, 1_900_000_000]);
        assert_eq!(within(&known, 2), 2);
        assert_eq!(within(&known, 9), 4);
    }

    #[test]
    fn pages_are_aligned_at_the_end() {
        let page = keys(&[1, 2, 3, 4, 5]);
        assert_eq!(aligned(&page, &keys(&[4, 5])), Some(3));
        assert_eq!(aligned(&page, &keys(&[3, 4])), Some(2));
        assert_eq!(aligned(&page, &[]), Some(5));
        assert_eq!(aligned(&page, &keys(&[5, 6])), None);
        assert_eq!(best_aligned(&page, &keys(&[5, 6])), 4);
        assert_eq!(best_aligned(&page, &keys(&[9])), 5);
    }

    #[test]
    fn equal_entries_count_as_often_as_they_occur() {
        let mut counts = KeyCounts::of(&keys(&[1, 1, 2]));
        assert!(counts.take(&keys(&[1])[0]) && counts.take(&keys(&[1])[0]));
        assert!(!counts.take(&keys(&[1])[0]));
        assert_eq!(counts.period(), Some((2, 2)));
    }
}
