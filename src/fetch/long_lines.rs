//! Lines longer than an engine's entry: joins their parts.

use std::collections::{HashSet, VecDeque};

use super::entries::{Entry, Key};
use crate::logs::{MAX_LINE_BYTES, Record};

/// How many entries may lie between two parts of a line. The two streams of a module are read
/// independently, so that the parts of two long lines interleave; more than a few do not.
pub(super) const MAX_WAITING: usize = 64;

/// Joins the parts of long lines, which share a stamp. The order is that of the first parts.
#[derive(Default)]
pub(super) struct LongLineJoiner {
    waiting: VecDeque<Waiting>,
    /// The numbers of those to which parts are to come, in their order. Hardly any line has parts, so that
    /// the others must not be looked through.
    open: Vec<usize>,
    /// The number of the first one that waits.
    first: usize,
}

/// A line that is as whole as it gets.
pub(super) struct Joined {
    pub(super) line: Entry,
    /// The keys of its parts, if it has several.
    pub(super) parts: Vec<Key>,
    /// Whether its last part never came.
    pub(super) is_cut: bool,
}

struct Waiting {
    entry: Entry,
    /// The keys of its parts, if it has several.
    parts: Vec<Key>,
    /// Whether its last part never came.
    is_cut: bool,
}

impl LongLineJoiner {
    /// Takes the next entry of a log, in the engine's order.
    pub(super) fn push(&mut self, entry: Entry) {
        let goes_on = entry.goes_on();
        // A word of the daemon between two parts has the stamp of the first.
        let mut open = self.open.iter().filter(|_| entry.own_stamp);
        let continued = open.position(|number| {
            let line = &self.waiting[number - self.first].entry;
            line.stamp == entry.stamp && same_stream(&line.record, &entry.record)
        });
        match continued {
            Some(place) => {
                let line = &mut self.waiting[self.open[place] - self.first];
                line.parts.push(entry.key());
                if !(line.append(&entry) && goes_on) {
                    self.open.remove(place);
                }
            }
            None => {
                if goes_on {
                    self.open.push(self.first + self.waiting.len());
                }
                self.waiting.push_back(Waiting {
                    parts: goes_on.then(|| entry.key()).into_iter().collect(),
                    entry,
                    is_cut: false,
                });
            }
        }
        if self.waiting.len() > MAX_WAITING && self.open.first() == Some(&self.first) {
            // What was missing is not coming any more.
            self.open.remove(0);
        }
    }

    /// The next line that is whole.
    pub(super) fn pop(&mut self) -> Option<Joined> {
        if self.open.first() == Some(&self.first) {
            return None;
        }
        let line = self.waiting.pop_front()?;
        self.first += 1;
        Some(Joined {
            line: line.entry,
            parts: line.parts,
            is_cut: line.is_cut,
        })
    }

    /// The earliest stamp of what waits.
    pub(super) fn earliest(&self) -> Option<i64> {
        self.waiting
            .iter()
            .filter_map(|line| line.entry.stamp)
            .min()
    }

    /// No more entries come: whatever waits is as whole as it gets.
    pub(super) fn end(&mut self) {
        for number in self.open.drain(..) {
            self.waiting[number - self.first].is_cut = true;
        }
    }
}

/// Whether two records may be of the same stream; text does not tell.
fn same_stream(one: &Record, other: &Record) -> bool {
    match (one, other) {
        (Record::Parsed(one), Record::Parsed(other)) => one.stream == other.stream,
        _ => true,
    }
}

/// How many lines of a log may be open at once: one of each stream. So many of the first lines of a page
/// may have begun before it.
pub(super) const OPEN_LINES: usize = 2;

/// Tells with which entries of a log a line begins.
#[derive(Debug, Default)]
pub(super) struct Beginnings {
    /// The stamps of long lines whose last part has not come.
    open: VecDeque<i64>,
}

impl Beginnings {
    /// Whether a line begins with the next entry.
    pub(super) fn next(&mut self, entry: &Entry) -> bool {
        let own = entry.stamp.filter(|_| entry.own_stamp);
        self.next_of(own, entry.goes_on())
    }

    /// The stamps of the lines whose last part is to come.
    pub(super) fn open(&self) -> impl Iterator<Item = i64> {
        self.open.iter().copied()
    }

    /// The same as [`next`](Self::next), where only the stamp of an entry is known and whether the line goes on.
    fn next_of(&mut self, own: Option<i64>, goes_on: bool) -> bool {
        let mut open = self.open.iter();
        let continued = open.position(|stamp| Some(*stamp) == own);
        match (continued, own) {
            (Some(line), _) if !goes_on => {
                self.open.remove(line);
            }
            (None, Some(stamp)) if goes_on => {
                self.open.push_back(stamp);
                // The driver `local` says nowhere that a line ends with a full part.
                self.open
                    .drain(..self.open.len().saturating_sub(MAX_WAITING));
            }
            _ => {}
        }
        continued.is_none()
    }
}

/// Counts the lines of a log that comes page by page from its end: the end of a line is on one page, and its
/// beginning on the page before.
#[derive(Debug, Default)]
pub(super) struct LineCount {
    /// The oldest entries.
    oldest: VecDeque<Head>,
    lines: usize,
    /// Whether pages begin with whole lines, as those of our own module do.
    has_whole_lines: bool,
}

/// What tells of an entry whether a line begins with it.
#[derive(Debug)]
struct Head {
    own_stamp: Option<i64>,
    goes_on: bool,
    /// Whether it has no level in front, as the later parts of lines.
    may_be_end: bool,
    /// Whether a line counts that begins with it.
    counts: bool,
}

impl LineCount {
    /// Adds the page before, of whose lines those count whose first entries do.
    pub(super) fn add_older(&mut self, page: &[Entry], counts: impl Fn(&Entry) -> bool) {
        let before = self.of_oldest();
        for entry in page.iter().rev() {
            self.oldest.push_front(Head::of(entry, counts(entry)));
        }
        // What seemed to begin there may have begun on this page.
        self.lines = (self.lines + self.of_oldest()).saturating_sub(before);
        self.oldest.truncate(MAX_WAITING);
    }

    fn of_oldest(&self) -> usize {
        let mut beginnings = Beginnings::default();
        let begin = self.oldest.iter();
        let begin = begin.filter(|head| beginnings.next_of(head.own_stamp, head.goes_on));
        begin.filter(|head| head.counts).count()
    }

    pub(super) fn lines(&self) -> usize {
        self.lines
    }

    /// Pages begin with whole lines.
    pub(super) fn has_whole_lines(&mut self) {
        self.has_whole_lines = true;
    }

    /// Whether the last `need` lines are whole, though the first ones of the page may have begun before it.
    pub(super) fn has(&self, need: usize) -> bool {
        self.left(need) == 0
    }

    /// How many more lines that takes.
    pub(super) fn left(&self, need: usize) -> usize {
        let uncertain = match self.has_whole_lines {
            true => 0,
            false => uncertain(self.oldest.iter()),
        };
        let left = need.saturating_add(uncertain.max(OPEN_LINES));
        match left.saturating_sub(self.lines) {
            // So many more that none of these is among the first.
            more @ 1.. if uncertain > OPEN_LINES => more.max(MAX_WAITING),
            more => more,
        }
    }
}

/// How many of the first lines that count may be ends of longer ones: the end of a line has the stamp of its
/// beginning, so that it is no later than some whole line of the other stream in front of it.
fn uncertain<'a>(oldest: impl Iterator<Item = &'a Head>) -> usize {
    let mut beginnings = Beginnings::default();
    let (mut lines, mut uncertain) = (0, 0);
    let mut latest = None;
    for head in oldest.take(MAX_WAITING) {
        let begins = beginnings.next_of(head.own_stamp, head.goes_on);
        lines += usize::from(begins && head.counts);
        if begins && head.may_be_end && head.own_stamp.is_some() && head.own_stamp <= latest {
            uncertain = lines;
        }
        latest = latest.max(head.own_stamp);
    }
    uncertain
}

/// The same of the entries of a page.
pub(super) fn uncertain_lines(page: &[Entry], counts: impl Fn(&Entry) -> bool) -> usize {
    let heads: Vec<Head> = page
        .iter()
        .take(MAX_WAITING)
        .map(|entry| Head::of(entry, counts(entry)))
        .collect();
    uncertain(heads.iter())
}

impl Head {
    fn of(entry: &Entry, counts: bool) -> Self {
        Self {
            own_stamp: entry.stamp.filter(|_| entry.own_stamp),
            goes_on: entry.goes_on(),
            may_be_end: is_untagged(entry),
            counts,
        }
    }
}

/// Whether an entry may be a later part of a line by what it begins with: these have no level in front.
pub(super) fn is_untagged(entry: &Entry) -> bool {
    match &entry.record {
        Record::Stamped { line, .. } | Record::Line(line) => {
            !matches!(line.as_slice(), [b'<', b'0'..=b'9', b'>', ..])
        }
        Record::Parsed(record) => record.loglevel == 6,
    }
}

/// The keys of the entries that are later parts of lines and equal no first part. `keys` are those of all.
pub(super) fn later_parts(entries: &[Entry], keys: &[Key]) -> Vec<Key> {
    let mut beginnings = Beginnings::default();
    let later = entries.iter().zip(keys);
    let later = later.filter(|(entry, _)| !beginnings.next(entry));
    let mut later: Vec<Key> = later.map(|(_, key)| *key).collect();
    // Hardly any log has some.
    if !later.is_empty() {
        let starts: HashSet<Key> = first_parts(entries).map(Entry::key).collect();
        later.retain(|key| !starts.contains(key));
    }
    later
}

/// The first parts of the lines among these entries.
pub(super) fn first_parts(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    let mut beginnings = Beginnings::default();
    entries.iter().filter(move |entry| beginnings.next(entry))
}

impl Waiting {
    /// Adds a part, unless the line would be longer than any line that is taken.
    fn append(&mut self, part: &Entry) -> bool {
        match (&mut self.entry.record, &part.record) {
            (Record::Stamped { line, .. }, Record::Stamped { line: part, .. }) => {
                line.extend_from_slice(part);
                line.len() < MAX_LINE_BYTES
            }
            (Record::Parsed(line), Record::Parsed(part)) => {
                line.text.push_str(&part.text);
                line.text.len() < MAX_LINE_BYTES
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::entries::{PART_BYTES, instant};
    use super::*;

    fn entry(stamp: i64, line: &str) -> Entry {
        Entry::new(
            Some(stamp),
            true,
            Record::Stamped {
                stamp: instant(stamp),
                line: line.as_bytes().to_vec(),
            },
        )
    }

    fn joined(entries: Vec<Entry>) -> Vec<(Option<i64>, usize)> {
        let mut joiner = LongLineJoiner::default();
        let mut lines = Vec::new();
        for entry in entries {
            joiner.push(entry);
            lines.extend(std::iter::from_fn(|| joiner.pop()).map(|joined| joined.line));
        }
        joiner.end();
        lines.extend(std::iter::from_fn(|| joiner.pop()).map(|joined| joined.line));
        let shape = |line: Entry| (line.stamp, line.record.line().len());
        lines.into_iter().map(shape).collect()
    }

    #[test]
    fn parts_of_two_lines_that_interleave_find_their_own() {
        let full = "x".repeat(PART_BYTES);
        let lines = joined(vec![
            entry(5, &full),
            entry(4, &full),
            entry(5, "o\n"),
            entry(4, "ee\n"),
            entry(6, "next\n"),
        ]);
        assert_eq!(
            lines,
            [
                (Some(5), PART_BYTES + 2),
                (Some(4), PART_BYTES + 3),
                (Some(6), 5)
            ]
        );
    }

    #[test]
    fn equal_lines_with_equal_stamps_stay_apart() {
        assert_eq!(joined(vec![entry(1, "a\n"), entry(1, "a\n")]).len(), 2);
    }

    #[test]
    fn a_word_of_the_daemon_between_two_parts_is_a_line() {
        let word = Entry {
            own_stamp: false,
            record: Record::Line(b"Error grabbing logs\n".to_vec()),
            ..entry(1, "")
        };
        let full = "x".repeat(PART_BYTES);
        let lines = joined(vec![entry(1, &full), word, entry(1, "end\n")]);
        assert_eq!(lines, [(Some(1), PART_BYTES + 4), (Some(1), 20)]);
    }

    #[test]
    fn a_line_counts_once_where_pages_meet_within_it() {
        let full = "x".repeat(PART_BYTES);
        let mut count = LineCount::default();
        let mut add = |page: &[Entry], level: i64| {
            count.add_older(page, |entry| entry.stamp >= Some(level));
            (count.lines(), count.has(1), count.has(2))
        };
        let newest = [
            entry(3, &full),
            entry(4, "b\n"),
            entry(3, "a\n"),
            entry(5, "c\n"),
        ];
        assert_eq!(add(&newest, 0), (3, true, false));
        let older = [entry(2, "o\n"), entry(3, &full), entry(4, &full)];
        assert_eq!(add(&older, 3), (3, true, false));
        assert_eq!(add(&[entry(1, "n\n")], 0), (4, true, true));
    }

    #[test]
    fn the_end_of_a_line_is_no_line_behind_whole_ones_of_the_other_stream() {
        let page = [
            entry(3, "<3> err\n"),
            entry(4, "<3> err\n"),
            entry(2, "end of a long line\n"),
            entry(5, "a\n"),
            entry(6, "b\n"),
        ];
        let mut count = LineCount::default();
        count.add_older(&page, |_| true);
        assert!(count.has(2) && !count.has(3));
        assert_eq!(uncertain_lines(&page, |_| true), 3);
        count.has_whole_lines();
        assert!(count.has(3) && !count.has(4));
    }

    #[test]
    fn a_part_without_its_rest_is_not_lost() {
        let full = "x".repeat(PART_BYTES);
        let mut entries = vec![entry(1, &full)];
        entries.extend((2..200).map(|stamp| entry(stamp, "a\n")));
        assert_eq!(joined(entries).len(), 199);
    }
}
