//! How neighbouring pages fit together: entries, known by stamp and bytes, that both hold.

use std::collections::HashMap;

use super::entries::{Entry, Key, start_of};

/// How often each entry is expected.
#[derive(Debug, Clone, Default)]
pub(super) struct KeyCounts {
    counts: HashMap<Key, usize>,
}

impl KeyCounts {
    pub(super) fn of<'a>(keys: impl IntoIterator<Item = &'a Key>) -> Self {
        let mut counts = Self::default();
        for key in keys {
            counts.add(*key);
        }
        counts
    }

    pub(super) fn add(&mut self, key: Key) {
        *self.counts.entry(key).or_default() += 1;
    }

    /// Takes one off, if the entry is there.
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
}

/// The keys of entries.
pub(super) fn keys(entries: &[Entry]) -> Vec<Key> {
    entries.iter().map(Entry::key).collect()
}

/// How many of the `known` entries the window that ends with second `until` holds: the engine stops
/// at the first entry that is later.
pub(super) fn within(known: &[Key], until: i64) -> usize {
    let end = start_of(until);
    known
        .iter()
        .position(|key| key.stamp > end)
        .unwrap_or(known.len())
}

/// How an older page fits to what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// So many of its entries come before the known ones.
    Own(usize),
    /// It begins within the known ones: the log begins there by now.
    Cut,
    /// It does not.
    No,
}

/// Fits a page that ends with the `expected` entries: the first ones that are known. With
/// `may_grow`, these are all that are known, and newer ones may follow.
pub(super) fn fit(page: &[Key], expected: &[Key], may_grow: bool) -> Fit {
    if page.ends_with(expected) {
        return Fit::Own(page.len() - expected.len());
    }
    if !page.is_empty() && expected.ends_with(page) {
        return Fit::Cut;
    }
    if may_grow {
        let last = page.len().checked_sub(expected.len());
        let found = last.and_then(|last| {
            (0..=last)
                .rev()
                .find(|start| page[*start..].starts_with(expected))
        });
        if let Some(own) = found {
            return Fit::Own(own);
        }
        // The beginning of what is known has gone, and newer entries have come.
        let rest = (1..expected.len()).find(|from| page.starts_with(&expected[*from..]));
        if rest.is_some() {
            return Fit::Cut;
        }
    }
    Fit::No
}

/// The same after a second that was fetched in parts, within which the order of entries of different
/// parts is not known: whatever of the expected entries stands at the end of the page.
pub(super) fn fit_unordered(page: &[Key], expected: &[Key]) -> Fit {
    let mut counts = KeyCounts::of(expected);
    let common = page.iter().rev().take_while(|key| counts.take(key)).count();
    if common == 0 && !expected.is_empty() {
        return Fit::No;
    }
    Fit::Own(page.len() - common)
}

/// Where in a page the entries begin that are newer than the known ones, whose end the page holds;
/// none where that is not certain.
pub(super) fn newer_than(page: &[Key], known: &[Key]) -> Option<usize> {
    let fits = |end: usize| {
        let length = end.min(known.len());
        page[end - length..end] == known[known.len() - length..]
    };
    // A run of equal entries fits in several places, and which one is right is seen only with
    // more of them.
    let mut places = (1..=page.len()).rev().filter(|end| fits(*end));
    let place = places.next()?;
    places.next().is_none().then_some(place)
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
    fn an_older_page_ends_with_what_is_known() {
        let page = keys(&[1, 2, 3, 4, 5]);
        assert_eq!(fit(&page, &keys(&[4, 5]), false), Fit::Own(3));
        assert_eq!(fit(&page, &keys(&[3, 4]), false), Fit::No);
        assert_eq!(fit(&page, &keys(&[3, 4]), true), Fit::Own(2));
        assert_eq!(fit(&keys(&[4, 5]), &keys(&[3, 4, 5]), false), Fit::Cut);
        assert_eq!(fit(&keys(&[4, 5, 6]), &keys(&[3, 4, 5]), true), Fit::Cut);
        assert_eq!(fit(&[], &keys(&[3]), false), Fit::No);
    }

    #[test]
    fn a_second_in_parts_fits_in_any_order() {
        assert_eq!(
            fit_unordered(&keys(&[1, 3, 2]), &keys(&[2, 3, 4])),
            Fit::Own(1)
        );
        assert_eq!(fit_unordered(&keys(&[1, 2]), &keys(&[])), Fit::Own(2));
        assert_eq!(fit_unordered(&keys(&[1, 2]), &keys(&[5])), Fit::No);
    }

    #[test]
    fn newer_entries_begin_after_the_known_ones() {
        assert_eq!(newer_than(&keys(&[2, 3, 4, 5]), &keys(&[1, 2, 3])), Some(2));
        assert_eq!(newer_than(&keys(&[4, 5]), &keys(&[1, 2, 3])), None);
        assert_eq!(newer_than(&keys(&[3]), &keys(&[1, 2, 3])), Some(1));
        // Which of three equal entries is the new one can't be told without what stands before.
        assert_eq!(newer_than(&keys(&[2, 2, 2]), &keys(&[1, 2, 2])), None);
        assert_eq!(newer_than(&keys(&[1, 2, 2, 2]), &keys(&[1, 2, 2])), Some(3));
    }
}
