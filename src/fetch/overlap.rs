//! How neighbouring pages fit together: entries, known by stamp and bytes, that both hold.

use std::collections::{HashMap, VecDeque};

use super::entries::{Entry, Key, UNSTAMPED, start_of};

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

    /// The entries that are expected still.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.counts.keys()
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

/// Drops the entries that are `known`, which are later than the others: of equal ones the last.
pub(super) fn drop_known(entries: &mut Vec<Entry>, known: &mut KeyCounts) {
    let keys = keys(entries);
    let is_new = keys.iter().rev().map(|key| !known.take(key));
    let is_new: Vec<bool> = is_new.collect();
    let mut is_new = is_new.into_iter().rev();
    entries.retain(|_| is_new.next().unwrap_or(true));
}

/// The keys of entries.
pub(super) fn keys(entries: &[Entry]) -> Vec<Key> {
    entries.iter().map(Entry::key).collect()
}

/// How many of the `known` entries the window that ends with the stamp `until` holds: the engine
/// stops at the first entry that is later.
pub(super) fn within(known: &[Key], until: i64) -> usize {
    known
        .iter()
        .position(|key| key.stamp > until)
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

/// Keys of entries with stamps of their own, each with its place. What has none is of the daemon, and
/// stands elsewhere in a log that was fetched in parts.
fn stamped(keys: &[Key]) -> (Vec<Key>, Vec<usize>) {
    let keys = keys.iter().enumerate();
    let stamped = keys.filter(|(_, key)| key.stamp != UNSTAMPED);
    stamped.map(|(place, key)| (*key, place)).unzip()
}

/// Fits a page that ends with the `expected` entries: the first ones that are known. With
/// `may_grow`, these are all that are known, and newer ones may follow.
pub(super) fn fit(page: &[Entry], expected: &[Key], may_grow: bool) -> Fit {
    // Nearly all do, and have far more entries of their own than known ones, which need no keys then.
    let own = page.len().checked_sub(expected.len());
    let has_words = expected.iter().any(|key| key.stamp == UNSTAMPED);
    if let Some(own) = own.filter(|_| !has_words)
        && page[own..]
            .iter()
            .zip(expected)
            .all(|(entry, key)| entry.key() == *key)
    {
        return Fit::Own(own);
    }
    fit_keys(&keys(page), expected, may_grow)
}

fn fit_keys(page: &[Key], expected: &[Key], may_grow: bool) -> Fit {
    let known_words = expected.iter().take_while(|key| key.stamp == UNSTAMPED);
    let known_words: Vec<&Key> = known_words.collect();
    let (stamped_page, places) = stamped(page);
    match fit_stamped(&stamped_page, &stamped(expected).0, may_grow) {
        Fit::Own(own) => {
            let own = places.get(own).copied().unwrap_or(page.len());
            let words = page[..own].iter().rev();
            let known = words.take_while(|key| known_words.contains(key)).count();
            Fit::Own(own - known)
        }
        other => other,
    }
}

fn fit_stamped(page: &[Key], expected: &[Key], may_grow: bool) -> Fit {
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

/// By how much neighbours in a log may be out of order, in seconds: the streams of a module are read
/// independently.
pub(super) const DISORDER: i64 = 2;

/// How many entries are remembered as a set at the most.
const MOST_READ: usize = 40_000;

/// The last entries of a log that have been seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    keys: Vec<Key>,
    /// Whether these are all entries that the log ever had.
    is_whole: bool,
    /// How many of the first ones may have another order than in the log.
    unordered: usize,
    /// What was read within the last seconds. Where entries come in the order of their stamps, new ones may
    /// stand among these.
    read: VecDeque<Key>,
    /// What is earlier than this may have been read although it is not there.
    read_from: Option<i64>,
}

impl Seen {
    /// Notes what a log ends with. `is_whole` if nothing comes before.
    pub(super) fn new(keys: Vec<Key>, is_whole: bool) -> Self {
        let mut seen = Self {
            is_whole,
            ..Self::default()
        };
        seen.note_read(&keys);
        seen.keys = keys;
        seen
    }

    /// Notes that the log may have another order.
    pub(super) fn lose_order(&mut self) {
        self.unordered = self.keys.len();
    }

    /// Whether the log has the same order.
    pub(super) fn is_ordered(&self) -> bool {
        self.unordered == 0
    }

    fn note_read(&mut self, keys: &[Key]) {
        let stamped = keys.iter().filter(|key| key.stamp != UNSTAMPED);
        self.read.extend(stamped);
        self.bound_read();
        let latest = self.read.back().map_or(UNSTAMPED, |key| key.stamp);
        let least = latest.saturating_sub(start_of(2 * DISORDER));
        while let Some(first) = self.read.front().copied()
            && (first.stamp < least || self.read.len() > MOST_READ)
        {
            self.read.pop_front();
            // A stamp that is far ahead tells nothing.
            if first.stamp < latest {
                self.read_from = self.read_from.max(Some(first.stamp + 1));
            }
        }
    }

    /// Of what comes before the first entries nothing is known, unless they are all.
    fn bound_read(&mut self) {
        if !self.is_whole && self.read_from.is_none() {
            self.read_from = self.read.front().map(|key| key.stamp);
        }
    }

    /// The last entry with a stamp of its own.
    pub(super) fn last_stamped(&self) -> Option<Key> {
        self.read.back().copied()
    }

    /// Where on a page in the log's order the entries begin that stand behind the last one that was read.
    pub(super) fn after_last(&self, page: &[Key], is_whole_log: bool) -> Option<usize> {
        let last = self.last_stamped()?;
        // A page that begins with it does not tell how many equal ones come before.
        if page.first() == Some(&last) && !is_whole_log {
            return None;
        }
        let read = self.read.iter().filter(|key| **key == last).count();
        let copies = page.iter().enumerate();
        let copies = copies.filter(|(_, key)| **key == last).take(read);
        copies.last().map(|(place, _)| place + 1)
    }

    /// No newer entry has an earlier stamp. With `knows_all`, whatever was read is known in another way.
    pub(super) fn newer_from(&self, knows_all: bool) -> Option<i64> {
        let last = self.last_stamped()?.stamp;
        let from = last.saturating_sub(start_of(DISORDER));
        Some(match self.read_from {
            Some(least) if !knows_all => from.max(least),
            _ => from,
        })
    }

    /// What was read from there on.
    pub(super) fn read(&self) -> KeyCounts {
        KeyCounts::of(&self.read)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Notes newer entries, and keeps the last `most`.
    pub(super) fn extend(&mut self, newer: &[Key], most: usize) {
        self.keys.extend_from_slice(newer);
        let surplus = self.keys.len().saturating_sub(most);
        self.keys.drain(..surplus);
        self.unordered = self.unordered.saturating_sub(surplus);
        self.note_read(newer);
        self.is_whole &= surplus == 0;
    }

    /// Whether these are all entries that the log ever had.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Something comes before them that was left out.
    pub(super) fn is_part(&mut self) {
        self.is_whole = false;
        self.bound_read();
    }

    /// How many entries equal to the last one it ends with.
    pub(super) fn run(&self) -> usize {
        run(&self.keys)
    }

    /// Where on the last page of the log the entries begin that are newer; none where that is not
    /// certain, or where these entries are not on the page. `is_whole_log` if nothing comes before
    /// the page.
    pub(super) fn newer_on(&self, page: &[Key], is_whole_log: bool) -> Option<usize> {
        let known = &self.keys;
        if known.iter().all(|key| key.stamp == UNSTAMPED) {
            // What came without stamps may have got them since, once the agent was known to send none.
            let unstamp = |key: &Key| Key {
                stamp: UNSTAMPED,
                ..*key
            };
            let page: Vec<Key> = page.iter().map(unstamp).collect();
            let is_same = is_whole_log && self.is_whole && page.starts_with(known);
            return match is_same {
                true => Some(known.len()),
                false => newer_on(known, &page, is_whole_log),
            };
        }
        if is_whole_log && self.is_whole && page.starts_with(known) {
            return Some(known.len());
        }
        let (stamped_page, places) = stamped(page);
        let from = newer_on(&stamped(known).0, &stamped_page, is_whole_log)?;
        let from = from.checked_sub(1).map_or(0, |last| places[last] + 1);
        let known_words = known.iter().rev().take_while(|key| key.stamp == UNSTAMPED);
        let known_words: Vec<&Key> = known_words.collect();
        let words = page[from..].iter();
        Some(from + words.take_while(|key| known_words.contains(key)).count())
    }
}

/// How many of the last keys are equal.
fn run(keys: &[Key]) -> usize {
    let last = keys.last();
    let run = keys.iter().rev().take_while(|key| Some(*key) == last);
    run.count()
}

/// Where on a page the entries begin that are newer than the known ones.
fn newer_on(known: &[Key], page: &[Key], is_whole_log: bool) -> Option<usize> {
    if known.is_empty() {
        return None;
    }
    let run = run(known);
    let fits = |end: &usize| {
        let length = (*end).min(known.len());
        // A page that begins within a run of equal entries does not tell where in it.
        let is_certain = length > run || length == known.len() || is_whole_log;
        is_certain && page[end - length..*end] == known[known.len() - length..]
    };
    // A run of equal entries fits in several places, and which one is right is seen only with
    // more of them.
    let mut places = (1..=page.len()).rev().filter(fits);
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
        assert_eq!(within(&known, 2_000_000_000), 2);
        assert_eq!(within(&known, 9_000_000_000), 4);
    }

    #[test]
    fn an_older_page_ends_with_what_is_known() {
        let page = keys(&[1, 2, 3, 4, 5]);
        assert_eq!(fit_keys(&page, &keys(&[4, 5]), false), Fit::Own(3));
        assert_eq!(fit_keys(&page, &keys(&[3, 4]), false), Fit::No);
        assert_eq!(fit_keys(&page, &keys(&[3, 4]), true), Fit::Own(2));
        assert_eq!(fit_keys(&keys(&[4, 5]), &keys(&[3, 4, 5]), false), Fit::Cut);
        assert_eq!(
            fit_keys(&keys(&[4, 5, 6]), &keys(&[3, 4, 5]), true),
            Fit::Cut
        );
        assert_eq!(fit_keys(&[], &keys(&[3]), false), Fit::No);
    }

    #[test]
    fn a_word_of_the_daemon_may_stand_elsewhere() {
        const WORD: i64 = UNSTAMPED;
        let page = keys(&[1, WORD, 2, WORD, 3]);
        assert_eq!(fit_keys(&page, &keys(&[2, 3]), false), Fit::Own(2));
        assert_eq!(fit_keys(&page, &keys(&[WORD, 2, 3]), false), Fit::Own(1));
        assert_eq!(fit_keys(&page, &keys(&[3, WORD]), false), Fit::Own(4));
        let seen = Seen::new(keys(&[WORD, 2, WORD]), false);
        assert_eq!(seen.newer_on(&page, false), Some(4));
    }

    #[test]
    fn newer_entries_begin_after_those_that_were_seen() {
        let newer = |page: &[i64], seen: &[i64]| {
            let seen = Seen::new(keys(seen), false);
            seen.newer_on(&keys(page), false)
        };
        assert_eq!(newer(&[2, 3, 4, 5], &[1, 2, 3]), Some(2));
        assert_eq!(newer(&[4, 5], &[1, 2, 3]), None);
        // Which of three equal entries is the new one can't be told without what stands before.
        assert_eq!(newer(&[2, 2, 2], &[1, 2, 2]), None);
        assert_eq!(newer(&[2, 3], &[1, 2]), None);
        assert_eq!(newer(&[1, 2, 2, 2], &[1, 2, 2]), Some(3));
    }

    #[test]
    fn what_was_read_is_known_for_some_seconds_as_a_set() {
        let second = |second: i64| start_of(100 + second);
        let mut seen = Seen::new(keys(&[second(0)]), false);
        assert_eq!(seen.newer_from(true), Some(second(-2)));
        assert_eq!(seen.newer_from(false), Some(second(0)));
        let later: Vec<i64> = (1..=10).map(second).collect();
        seen.extend(&keys(&later), 2);
        assert_eq!(seen.newer_from(false), Some(second(8)));
        let mut read = seen.read();
        assert!(read.take(&keys(&[second(8)])[0]));
        assert!(!read.take(&keys(&[second(5)])[0]));
        let page = keys(&[second(3), second(10), second(2), second(10), second(4)]);
        assert_eq!(seen.after_last(&page, false), Some(2));
        assert_eq!(seen.after_last(&page[1..], false), None);
        assert_eq!(seen.after_last(&page[1..], true), Some(1));
        assert_eq!(seen.after_last(&page[2..3], true), None);
        seen.lose_order();
        seen.extend(&keys(&[second(11)]), 2);
        assert!(!seen.is_ordered());
        seen.extend(&keys(&[second(12)]), 2);
        assert!(seen.is_ordered());
    }

    #[test]
    fn a_log_that_was_seen_whole_goes_on_after_that() {
        let seen = Seen::new(keys(&[2]), true);
        assert_eq!(seen.newer_on(&keys(&[2, 2, 2]), true), Some(1));
        assert_eq!(
            Seen::new(Vec::new(), true).newer_on(&keys(&[1]), true),
            Some(0)
        );
        assert_eq!(seen.newer_on(&keys(&[3]), true), None);
    }
}
