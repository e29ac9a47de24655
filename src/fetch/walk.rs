//! A log page by page, from its end backward.
//!
//! The entries of a window that ends at `t` are the beginning of those of any window that ends
//! later, because the engine stops at the first entry later than its end. So the page before a known
//! one is asked for with an end just after the known one's first entry, and with so many entries
//! more as the two then have in common. These must be equal, which is checked on every page: a page
//! that does not fit is asked for again, then with a later end, and if it never fits the run says
//! between which lines something may be missing. Neither bursts nor silences matter, nor what the
//! log does meanwhile: what grows is later than the end, and what the engine cuts off at the other
//! end shows in what is no longer there. Our own module can also count, which `counted` uses.

use std::collections::{HashMap, HashSet};

use super::channel::{Channel, Page, Window};
use super::counted::Forgotten;
use super::entries::{Entry, Key, UNSTAMPED, second_of, start_of};
use super::full_second::{self, Fetched};
use super::log_calls::CallFailure;
use super::log_query::{Levels, NO_SINCE, NO_UNTIL, is_between};
use super::long_lines::{Beginnings, LineCount, MAX_WAITING, first_parts, later_parts};
use super::notices;
use super::overlap::{DISORDER, Fit, KeyCounts, Seen, drop_known, fit, keys, within};
use super::sizer::Sizer;
use super::spool::Spool;
use super::ties::{self, telling};
use crate::error::Error;
use crate::methods::TimeBound;

/// How much later than the first known entry a page ends, in seconds, the nearest first. The two
/// streams of a module are read independently, so that neighbours may be out of order by fractions
/// of a second; more is a clock that was set.
pub(super) const SLACK: [i64; 7] = [0, 1, 4, 16, 64, 256, 1024];

/// How often a page that does not fit is asked for again with the same end.
pub(super) const SAME_END: u32 = 2;

/// How often a page is made larger for what may have come meanwhile.
const MOST_GROWN: u32 = 4;

/// How often a page is made smaller before the module is given up.
pub(super) const MAX_REFUSALS: u32 = 24;

/// How many entries are looked at first for a certain one.
const FEW: usize = 16;

/// How many known entries are remembered at the most, to look for what pages have in common.
const MAX_KNOWN: usize = 40_000;

/// What to walk over.
#[derive(Debug, Clone, Default)]
pub(super) struct Bounds {
    pub(super) since: Option<TimeBound>,
    pub(super) until: Option<TimeBound>,
    /// How many lines are enough.
    pub(super) need: Option<usize>,
    /// Which of the lines count for that.
    pub(super) keep: Levels,
    /// The last entries of an earlier walk: where this one ends.
    pub(super) anchor: Seen,
    /// No entry that is newer has an earlier stamp.
    pub(super) newer_from: Option<i64>,
    /// Whether these are known by their marks.
    pub(super) by_marks: bool,
}

impl Bounds {
    /// Whether a line counts for what is enough, by its first entry.
    fn count(&self, first: &Entry, rounding: i64) -> bool {
        self.keep.keep_record(&first.record)
            && is_between(
                self.since.as_ref(),
                self.until.as_ref(),
                first.stamp,
                rounding,
            )
    }
}

/// A walk under way.
pub(super) struct Walk {
    pub(super) channel: Channel,
    pub(super) bounds: Bounds,
    pub(super) sizer: Sizer,
    /// The entries so far.
    pub(super) spool: Spool,
    /// The keys of the oldest of them.
    pub(super) known: Vec<Key>,
    /// What comes after these.
    pub(super) forgotten: Forgotten,
    /// Their marks, where the anchor is known by these.
    marks: Vec<Key>,
    /// The oldest of them with a stamp, and an expression that it matches.
    first: Option<(Key, String)>,
    /// Those of them with which no line begins, as far as that matters to `tail`.
    pub(super) later_parts: HashSet<Key>,
    /// How many entries there are so far.
    taken: usize,
    /// How many lines of them count.
    lines: LineCount,
    /// How many more of those that are enough there may be, where something is missing.
    pub(super) missing: usize,
    /// What was fetched in parts: the next page ends within it.
    parts: Option<Parts>,
    /// Whether pages end by number alone, since stamps go far back.
    pub(super) is_by_number: bool,
    /// Whether the latest page had fewer entries than were asked for: it may have reached the
    /// beginning, or the log has grown.
    is_short: bool,
    pub(super) is_done: bool,
    /// Once the end of an earlier walk was met.
    pub(super) met_anchor: Option<Met>,
    /// Whether some entries are in the order of their stamps, and not in that of the log.
    pub(super) is_by_stamp: bool,
    /// What is missing, and why.
    pub(super) failure: Option<Error>,
}

/// How the end of an earlier walk was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// So many of the first entries are not newer.
    At(usize),
    /// Newer ones may stand among the others, but all of them are here.
    Among,
}

/// A stretch that was fetched in parts.
#[derive(Debug, Clone, Copy)]
struct Parts {
    /// Every entry with a stamp from here on is known, up to the end of the stretch.
    since: i64,
    /// Where the page before it ends.
    until: i64,
}

/// Where the page before the known entries ends.
struct Plan {
    until: i64,
    /// How many of the known entries it holds.
    common: usize,
    tail: usize,
}

/// The end of a window that just holds an entry, in whole seconds.
fn end_after(stamp: i64) -> i64 {
    start_of(second_of(stamp - 1) + 1)
}

/// A stamp as an end of a window.
fn bound(stamp: i64) -> String {
    second_of(stamp).to_string()
}

impl Walk {
    pub(super) fn new(channel: Channel, bounds: Bounds) -> Self {
        let sizer = Sizer::new(channel.calls.encoding());
        Self {
            channel,
            bounds,
            sizer,
            spool: Spool::default(),
            known: Vec::new(),
            forgotten: Forgotten::default(),
            marks: Vec::new(),
            first: None,
            later_parts: HashSet::new(),
            taken: 0,
            lines: LineCount::default(),
            missing: 0,
            parts: None,
            is_by_number: false,
            is_short: false,
            is_done: false,
            met_anchor: None,
            is_by_stamp: false,
            failure: None,
        }
    }

    /// Walks to the beginning, or until there is enough. What is missing is in `failure`.
    ///
    /// # Errors
    /// A failure of this machine.
    pub(super) async fn run(&mut self) -> Result<(), Error> {
        let walked = async {
            self.first_page().await?;
            while !self.is_done {
                self.next_page().await?;
            }
            Ok(())
        }
        .await;
        if (walked.is_err() || self.failure.is_some())
            && let Some(need) = self.bounds.need
        {
            self.missing = need.saturating_sub(self.lines.lines()).max(self.missing);
        }
        match walked {
            Err(error @ Error::System { .. }) => Err(error),
            Err(error) => {
                if let Some(first) = self.stamps(0).next() {
                    let (device, module) = (self.channel.calls.device(), &self.channel.module);
                    let text = notices::cut_short(device, module, first);
                    self.channel.calls.report().warn(&text);
                }
                self.failure.get_or_insert(error);
                Ok(())
            }
            Ok(()) => {
                if self.met_anchor.is_none() && self.failure.is_none() {
                    // Nothing comes before the first entry.
                    self.met_anchor = self.meet_anchor(true);
                }
                Ok(())
            }
        }
    }

    /// The stamps of the entries but for the first ones, the oldest ones first.
    pub(super) fn stamps(&self, skipped: usize) -> impl Iterator<Item = i64> {
        let known = self.known.iter().skip(skipped);
        known
            .map(|key| key.stamp)
            .filter(|stamp| *stamp != UNSTAMPED)
    }

    /// How many entries come before the first one that was seen before; all of them are older. None
    /// where nothing was.
    pub(super) fn first_of(&self, seen: &Seen) -> usize {
        let seen: HashSet<&Key> = seen.keys().iter().collect();
        let mut known = self.by_anchor().iter();
        known.position(|key| seen.contains(key)).unwrap_or(0)
    }

    /// For each stamp of entries that were read before, the place of the last of them. What stands before it
    /// and has that stamp was there when it was read.
    pub(super) fn last_read(&self, mut read: KeyCounts) -> HashMap<i64, usize> {
        let known = self.by_anchor().iter().enumerate();
        let read = known.filter(|(_, key)| read.take(key));
        read.map(|(place, key)| (key.stamp, place)).collect()
    }

    /// The oldest entries as the anchor knows them.
    fn by_anchor(&self) -> &[Key] {
        match self.bounds.by_marks {
            true => &self.marks,
            false => &self.known,
        }
    }

    pub(super) fn since(&self) -> String {
        let elapsed = self.channel.calls.elapsed();
        let since = self.bounds.since.as_ref();
        since.map_or_else(|| NO_SINCE.to_owned(), |since| since.to_send(elapsed))
    }

    pub(super) fn until(&self) -> String {
        let elapsed = self.channel.calls.elapsed();
        let until = self.bounds.until.as_ref();
        until.map_or_else(
            || NO_UNTIL.to_owned(),
            |until| until.to_send_as_end(elapsed),
        )
    }

    async fn first_page(&mut self) -> Result<(), Error> {
        let is_whole_log = self.bounds.since.is_none()
            && self.bounds.until.is_none()
            && self.channel.is_unfiltered();
        let mut refusals = 0..MAX_REFUSALS;
        loop {
            let tail = self.enough(self.sizer.capacity());
            let window = if is_whole_log {
                Window {
                    tail: Some(tail),
                    ..Window::default()
                }
            } else {
                Window::between(self.since(), self.until(), Some(tail))
            };
            match self.channel.page_as_it_came(&window).await {
                Ok(page) => return self.take_first(page, tail),
                Err(CallFailure::Failed(error)) => return Err(error),
                Err(CallFailure::TooLarge(bytes)) => {
                    self.sizer.too_large(tail, bytes);
                    if tail == 1 || refusals.next().is_none() {
                        return Err(self.never_fits());
                    }
                }
            }
        }
    }

    fn take_first(&mut self, mut page: Page, asked: usize) -> Result<(), Error> {
        // Our own module counts lines, the shipped agent their parts.
        if first_parts(&page.entries)
            .filter(|line| line.own_stamp)
            .count()
            > asked
        {
            return Err(self.too_old("tail"));
        }
        self.sizer.observe(page.wire_bytes, page.counted);
        let is_whole = page.has_fewer_than(asked);
        if let Some(cut) = page.cut.take() {
            self.failure = Some(cut.error(self.channel.calls.device(), &self.channel.module));
            self.missing = asked.saturating_sub(page.counted);
            self.is_done = true;
        } else if !is_whole {
            let torn = page.torn();
            if torn == page.entries.len() {
                // Nothing tells what comes before, unless this is enough.
                self.take(page, usize::MAX)?;
                if !self.is_done {
                    self.failure = Some(self.lacks_stamps());
                    self.is_done = true;
                }
                return Ok(());
            }
            page.entries.drain(..torn);
        }
        self.take(page, usize::MAX)?;
        self.is_done |= is_whole;
        Ok(())
    }

    async fn next_page(&mut self) -> Result<(), Error> {
        // A banner before the first entry has no stamp.
        let Some(first) = self.stamps(0).next() else {
            return Err(self.lacks_stamps());
        };
        if self.channel.calls.is_documented() {
            return self.next_counted_page(first).await;
        }
        let after_parts = self.parts;
        let mut refusals = 0..MAX_REFUSALS;
        let mut same_end = 0;
        let mut is_first_there = false;
        // The page with the nearest end, where it does not fit.
        let mut nearest_page: Option<Page> = None;
        let mut slacks = SLACK.iter();
        let mut slack = *slacks.next().unwrap_or(&0);
        let mut is_end_near = self.counts_from_the_end();
        // How many entries may have come within the window meanwhile.
        let (mut growth, mut tries) = (0, 0..MOST_GROWN);
        loop {
            let nearest = after_parts.map_or_else(|| end_after(first), |parts| parts.until);
            let Some(plan) = self.plan(nearest + start_of(slack), growth) else {
                // Parts meet only where stamps are in order but for neighbours.
                if slack > 1 {
                    break;
                }
                if self.in_parts(first, nearest + start_of(slack)).await? {
                    return Ok(());
                }
                match slacks.next() {
                    Some(next) => slack = *next,
                    None => break,
                }
                continue;
            };
            if std::mem::take(&mut is_end_near) {
                match self.page_from_the_end(&plan).await? {
                    Some(page) => return self.take(page, usize::MAX),
                    None => continue,
                }
            }
            let window = Window::between(self.since(), bound(plan.until), Some(plan.tail));
            let mut page = match self.channel.page(&window).await {
                Ok(page) => page,
                Err(CallFailure::Failed(error)) => return Err(error),
                Err(CallFailure::TooLarge(bytes)) => {
                    self.sizer.too_large(plan.tail, bytes);
                    if plan.tail == 1 || refusals.next().is_none() {
                        return Err(self.never_fits());
                    }
                    continue;
                }
            };
            let is_whole = page.has_fewer_than(plan.tail);
            let latest = plan.until + self.channel.calls.rounding();
            let is_later = page
                .entries
                .iter()
                .any(|entry| entry.own_stamp && entry.stamp.is_some_and(|stamp| stamp > latest));
            let may_grow = plan.common == self.known.len();
            let has_first = self.has_first_after(after_parts, &page);
            let fitted = self.fit_before(after_parts, &plan, &mut page);
            match fitted {
                // What has come meanwhile, or words of the daemon, may leave no room for anything older.
                Fit::Own(0) | Fit::Cut | Fit::No
                    if (may_grow || fitted == Fit::Cut)
                        && !is_whole
                        && !page.entries.is_empty()
                        && tries.next().is_some() =>
                {
                    if !is_first_there && self.has_rotated(first).await? {
                        return Ok(());
                    }
                    is_first_there = true;
                    growth = 2 * growth + page.entries.len();
                }
                Fit::Own(0) if is_whole && !has_first && self.has_rotated(first).await? => {
                    return Ok(());
                }
                Fit::Own(own) => {
                    self.sizer.observe(page.wire_bytes, page.counted);
                    let torn = if is_whole { 0 } else { page.torn().min(own) };
                    if torn > 0 && torn == own {
                        return Err(self.lacks_stamps());
                    }
                    page.entries.truncate(own);
                    page.entries.drain(..torn);
                    if page.entries.is_empty() && !is_whole {
                        // It may have been filled by what has no timestamp.
                        match self.with_room(after_parts, &plan, page.appended).await? {
                            Some(older) => page = older,
                            None => return Err(self.lacks_stamps()),
                        }
                        self.is_done = true;
                    }
                    (self.parts, self.is_short) = (None, false);
                    self.take(page, usize::MAX)?;
                    self.is_done |= is_whole;
                    return Ok(());
                }
                Fit::Cut => {
                    self.warn_of_rotation();
                    self.is_done = true;
                    return Ok(());
                }
                // Nothing is there up to the end of what was known a moment ago.
                Fit::No if page.entries.is_empty() && !is_first_there => {
                    if self.has_rotated(first).await? {
                        return Ok(());
                    }
                    is_first_there = true;
                }
                Fit::No if same_end < SAME_END && !page.entries.is_empty() => same_end += 1,
                Fit::No if is_later => return Err(self.too_old("until")),
                Fit::No => {
                    nearest_page.get_or_insert(page);
                    match slacks.next() {
                        Some(next) => (slack, same_end) = (*next, 0),
                        None => break,
                    }
                }
            }
        }
        if self.has_rotated(first).await? {
            return Ok(());
        }
        // A window that ends at the known entries ends before a step back of the clock. What stands
        // between its end and the step is missing.
        let error = self.stepped_back(first);
        let mut known = KeyCounts::of(&self.known);
        // What an earlier walk has seen may end in what is missing, so that such a walk ends here.
        let Some(mut page) = nearest_page.filter(|_| self.bounds.anchor.is_empty()) else {
            return Err(error);
        };
        drop_known(&mut page.entries, &mut known);
        if page.entries.is_empty() {
            return Err(error);
        }
        self.failure.get_or_insert(error);
        self.parts = None;
        let torn = page.torn();
        page.entries.drain(..torn);
        self.take(page, usize::MAX)
    }

    /// How a page fits before the known entries, of which those that were fetched in parts have no place
    /// in the log, and are dropped from it.
    fn fit_before(&self, after_parts: Option<Parts>, plan: &Plan, page: &mut Page) -> Fit {
        let Some(parts) = after_parts else {
            let may_grow = plan.common == self.known.len();
            return fit(&page.entries, &self.known[..plan.common], may_grow);
        };
        drop_known(&mut page.entries, &mut KeyCounts::of(&self.known));
        let is_missing = |entry: &Entry| entry.stamp.is_some_and(|at| at >= parts.since);
        match page.entries.iter().any(is_missing) {
            true => Fit::No,
            false => Fit::Own(page.entries.len()),
        }
    }

    /// Whether a page has the first entry that is known: after parts, nothing else tells whether their
    /// beginning is still there.
    fn has_first_after(&self, after_parts: Option<Parts>, page: &Page) -> bool {
        let first = self.first.as_ref().map(|(first, _)| *first);
        after_parts.is_none() || page.entries.iter().any(|entry| Some(entry.key()) == first)
    }

    /// What comes before the known entries, where that is all that there is: of a page with room for so many
    /// lines that may be frames of their own.
    async fn with_room(
        &self,
        after_parts: Option<Parts>,
        plan: &Plan,
        appended: usize,
    ) -> Result<Option<Page>, Error> {
        let tail = plan.tail + appended + 1;
        let window = Window::between(self.since(), bound(plan.until), Some(tail));
        let mut page = match self.channel.page(&window).await {
            Ok(page) => page,
            Err(CallFailure::Failed(error)) => return Err(error),
            Err(CallFailure::TooLarge(_)) => return Ok(None),
        };
        let is_whole = page.has_fewer_than(tail) && self.has_first_after(after_parts, &page);
        Ok(match self.fit_before(after_parts, plan, &mut page) {
            Fit::Own(own) if is_whole => {
                page.entries.truncate(own);
                Some(page)
            }
            _ => None,
        })
    }

    /// Whether it is known how many entries there are from some place to the end of the log, but for
    /// what has come meanwhile.
    fn counts_from_the_end(&self) -> bool {
        let bounds = &self.bounds;
        let reads_all = bounds.since.is_none() && bounds.until.is_none();
        let is_shipped = !self.channel.calls.is_documented();
        let is_known = self.parts.is_none() && !self.is_short;
        reads_all && is_shipped && is_known && self.channel.is_unfiltered()
    }

    /// The same page, asked for without a beginning: so the container engine reads from the end of its
    /// log, and not all of it. The shipped agent takes the last entries before it cuts by time,
    /// so that the later ones count, and a page that holds nothing older tells nothing.
    async fn page_from_the_end(&mut self, plan: &Plan) -> Result<Option<Page>, Error> {
        let later = self.taken - plan.common;
        let window = Window {
            since: None,
            until: Some(bound(plan.until)),
            tail: Some(later + plan.tail),
            end: None,
        };
        let mut page = match self.channel.page_as_it_came(&window).await {
            Ok(page) if page.cut.is_none() => page,
            Ok(_) => return Ok(None),
            Err(CallFailure::Failed(error)) => return Err(error),
            Err(CallFailure::TooLarge(bytes)) => {
                self.sizer.too_large(plan.tail, bytes);
                return Ok(None);
            }
        };
        let (expected, may_grow) = (&self.known[..plan.common], plan.common == self.known.len());
        let Fit::Own(own) = fit(&page.entries, expected, may_grow) else {
            return Ok(None);
        };
        let torn = page.torn();
        if torn >= own {
            return Ok(None);
        }
        self.sizer.observe(page.wire_bytes, page.counted);
        self.is_short = page.has_fewer_than(plan.tail);
        page.entries.truncate(own);
        page.entries.drain(..torn);
        Ok(Some(page))
    }

    /// Whether the log still has the first known entry, from a second on.
    async fn has_first(&self, since: i64) -> Result<bool, Error> {
        let Some((first, telling)) = &self.first else {
            return Ok(true);
        };
        let channel = Channel {
            regex: Some(telling.clone()),
            ..self.channel.clone()
        };
        // Our own module may look for that no further than to much earlier stamps.
        let is_stamped = !self.channel.calls.is_documented() || !self.pages_by_number();
        let since = if is_stamped { since } else { 0 };
        let window = Window::between(since.to_string(), NO_UNTIL.to_owned(), Some(FEW));
        match channel.page(&window).await {
            Ok(page) => {
                let has_first = page.entries.iter().any(|entry| entry.key() == *first);
                Ok(has_first || !page.has_fewer_than(FEW))
            }
            Err(CallFailure::Failed(error)) => Err(error),
            Err(CallFailure::TooLarge(_)) => Ok(true),
        }
    }

    /// The page that ends with second `until`, if enough of it is not known already. It may hold so many
    /// newer entries.
    fn plan(&self, until: i64, growth: usize) -> Option<Plan> {
        let capacity = self.sizer.capacity();
        let common = within(&self.known, until);
        let counted = common + growth;
        let progress = capacity / 8 + 1;
        (counted + progress <= capacity).then(|| Plan {
            until,
            common,
            tail: counted + self.enough(capacity - counted),
        })
    }

    /// How many of `most` entries are worth asking for.
    pub(super) fn enough(&self, most: usize) -> usize {
        match self.bounds.need {
            None => most,
            Some(need) => {
                let left = self.lines.left(need);
                // Where lines are dropped on this side, more must come than are needed.
                let left = if self.known.is_empty() {
                    left
                } else {
                    left * 2
                };
                left.clamp(1, most.max(1))
            }
        }
    }

    /// Takes the first `own` entries of a page, which are older than all that are known.
    pub(super) fn take(&mut self, mut page: Page, own: usize) -> Result<(), Error> {
        page.entries.truncate(own);
        if let Some(need) = self.bounds.need {
            if self.channel.calls.is_documented() {
                self.lines.has_whole_lines();
            }
            let (bounds, rounding) = (&self.bounds, self.channel.calls.rounding());
            let counts = |entry: &Entry| bounds.count(entry, rounding);
            self.lines.add_older(&page.entries, counts);
            self.is_done |= self.lines.has(need);
        }
        if let Some(first) = page.entries.iter().find(|entry| entry.own_stamp) {
            self.first = Some((first.key(), telling(first)));
        }
        let mut known = keys(&page.entries);
        if self.channel.calls.is_documented() {
            self.later_parts.extend(later_parts(&page.entries, &known));
        }
        self.taken += known.len();
        if self.bounds.by_marks {
            let mut marks: Vec<Key> = page.entries.iter().map(Entry::mark).collect();
            marks.append(&mut self.marks);
            marks.truncate(MAX_KNOWN);
            self.marks = marks;
        }
        known.extend_from_slice(&self.known);
        self.forget(&known[known.len().min(MAX_KNOWN)..]);
        known.truncate(MAX_KNOWN);
        self.known = known;
        if !self.bounds.anchor.is_empty() {
            self.met_anchor = self.meet_anchor(false);
            self.is_done |= self.met_anchor.is_some();
        }
        self.spool.push_older(page.entries)
    }

    /// Looks for the end of an earlier walk.
    fn meet_anchor(&self, is_whole_log: bool) -> Option<Met> {
        let (anchor, known) = (&self.bounds.anchor, self.by_anchor());
        let last = anchor.last_stamped();
        let Some((last, from)) = last.zip(self.bounds.newer_from) else {
            return anchor.newer_on(known, is_whole_log).map(Met::At);
        };
        if !self.is_by_stamp {
            let met = anchor.newer_on(known, is_whole_log);
            // What was read ends with the last entry that the log had, whatever the order of those before it.
            let or_last = || {
                anchor
                    .after_last(known, is_whole_log)
                    .filter(|_| !anchor.is_ordered())
            };
            return met.or_else(or_last).map(Met::At);
        }
        let mut stamps = known.iter().map(|key| key.stamp);
        let oldest = stamps.find(|stamp| *stamp != UNSTAMPED)?;
        let has_all = is_whole_log
            || oldest < from.saturating_sub(start_of(DISORDER))
            || self.parts.is_some_and(|parts| parts.since <= from);
        (has_all && known.contains(&last)).then_some(Met::Among)
    }

    /// The lines of a page that count, by their first parts.
    fn counted<'p>(&self, page: &'p Page) -> impl Iterator<Item = &'p Entry> {
        first_parts(&page.entries)
            .filter(|line| self.bounds.count(line, self.channel.calls.rounding()))
    }

    /// Fetches what comes right before `until` in parts, since more of it is known than leaves room
    /// on a page: the second and the ones before it, as neighbours may be out of order. Whether the known
    /// entries are there.
    async fn in_parts(&mut self, first: i64, until: i64) -> Result<bool, Error> {
        let since = end_after(first) - start_of(2 * DISORDER);
        let window = (bound(since), bound(until));
        let sizer = self.sizer.clone();
        let fetched = full_second::fetch(&self.channel, &window, first, sizer).await?;
        if !fetched.is_all_since(since, &window.1).await? {
            return Err(self.stepped_back(first));
        }
        let Fetched {
            mut entries, late, ..
        } = fetched;
        let settled = ties::settle(&self.channel, &mut entries).await;
        let mut page = Page {
            counted: entries.len(),
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
            appended: 0,
            wire_bytes: 0,
            cut: None,
        };
        let common = within(&self.known, until);
        let mut known = KeyCounts::of(&self.known[..common]);
        drop_known(&mut page.entries, &mut known);
        // The engine stops at the first entry that is later than the end, which after a step back
        // of the clock comes before the known ones.
        if known.keys().any(|key| key.stamp >= since) {
            return Ok(false);
        }
        if let Err(error) = settled {
            self.failure.get_or_insert(error);
        }
        let stamps = self.known[..common].iter().map(|key| key.stamp);
        let earliest = stamps.filter(|stamp| *stamp != UNSTAMPED).min();
        if common == self.known.len() && page.entries.iter().any(|entry| entry.stamp >= earliest) {
            let newer = self.newer(&window, first).await?;
            drop_known(&mut page.entries, &mut KeyCounts::of(&newer));
        }
        self.is_by_stamp = true;
        self.parts = Some(Parts {
            since,
            until: since + start_of(DISORDER),
        });
        let is_clipped = self.clip(&mut page.entries).await?;
        if let Some((stamp, latest)) = late.first() {
            let (device, module) = (self.channel.calls.device(), &self.channel.module);
            let text = notices::disordered(device, module, *latest, *stamp);
            self.channel.calls.report().warn(&text);
        }
        if self.cuts_through(&page, &late) {
            let error = self.broken(notices::last_unknown(first));
            self.failure.get_or_insert(error);
        }
        self.close_up(&mut page.entries);
        self.take(page, usize::MAX)?;
        self.is_done |= is_clipped;
        Ok(true)
    }

    /// Moves the first parts of lines whose ends are known to these, where more comes between than may: by their
    /// stamps, entries from before a step back of the clock stand there.
    fn close_up(&self, entries: &mut Vec<Entry>) {
        let mut beginnings = Beginnings::default();
        for entry in &*entries {
            beginnings.next(entry);
        }
        let far: HashSet<i64> = beginnings
            .open()
            .filter(|stamp| {
                let begin = entries.iter().position(|entry| entry.stamp == Some(*stamp));
                let end = self.known.iter().position(|key| key.stamp == *stamp);
                let between = begin
                    .zip(end)
                    .map(|(begin, end)| entries.len() - begin + end);
                between.is_some_and(|between| between > MAX_WAITING)
            })
            .collect();
        if far.is_empty() {
            return;
        }
        let is_far = |entry: &mut Entry| {
            let is_open = entry.stamp.is_some_and(|stamp| far.contains(&stamp));
            is_open && entry.own_stamp && entry.goes_on()
        };
        let begun: Vec<Entry> = entries.extract_if(.., is_far).collect();
        entries.extend(begun);
    }

    /// Whether the lines that are enough begin among entries whose order is not that of their stamps: then
    /// some are taken by their stamps that are not the last ones.
    fn cuts_through(&self, page: &Page, late: &[(i64, i64)]) -> bool {
        let Some(need) = self.bounds.need else {
            return false;
        };
        let counted: Vec<&Entry> = self.counted(page).collect();
        let left = need.saturating_sub(self.lines.lines());
        let first = counted.len().checked_sub(left);
        let first = first.and_then(|first| counted.get(first)?.stamp);
        // Entries that an earlier page has brought are not in this one.
        let is_here = |stamp: i64| {
            let found = page
                .entries
                .binary_search_by_key(&Some(stamp), |entry| entry.stamp);
            found.is_ok()
        };
        first.is_some_and(|first| {
            late.iter()
                .any(|(stamp, latest)| *stamp < first && *latest >= first && is_here(*stamp))
        })
    }

    /// What has come within a window since everything known was fetched: it stands behind that.
    async fn newer(
        &self,
        (since, until): &(String, String),
        first: i64,
    ) -> Result<Vec<Key>, Error> {
        let known = Seen::new(self.known.clone(), false);
        let mut tail = FEW;
        loop {
            let window = Window::between(since.clone(), until.clone(), Some(tail));
            let page = match self.channel.page(&window).await {
                Ok(page) => page,
                Err(CallFailure::Failed(error)) => return Err(error),
                Err(CallFailure::TooLarge(_)) => {
                    return Err(full_second::too_full(&self.channel, second_of(first)));
                }
            };
            let keys = keys(&page.entries);
            if let Some(from) = known.newer_on(&keys, false) {
                return Ok(keys[from..].to_vec());
            }
            if page.has_fewer_than(tail) || tail >= self.sizer.capacity() {
                return Err(full_second::too_full(&self.channel, second_of(first)));
            }
            tail *= 4;
        }
    }

    /// Drops the entries before a beginning that counts from the device's clock, which only the
    /// device knows: it is asked up to which of them there are any. Whether some were dropped.
    async fn clip(&self, entries: &mut Vec<Entry>) -> Result<bool, Error> {
        let since = self.bounds.since.as_ref();
        if !since.is_some_and(TimeBound::is_relative) {
            return Ok(false);
        }
        let end = |stamp: i64| start_of(second_of(stamp) + 1);
        let mut ends: Vec<i64> = entries.iter().filter_map(|entry| entry.stamp).collect();
        ends.iter_mut().for_each(|stamp| *stamp = end(*stamp));
        ends.sort_unstable();
        ends.dedup();
        let (mut first, mut beyond) = (0, ends.len());
        while first < beyond {
            let middle = first.midpoint(beyond);
            let window = Window::between(self.since(), bound(ends[middle]), Some(1));
            let is_empty = match self.channel.page(&window).await {
                Ok(page) => page.entries.is_empty(),
                Err(CallFailure::Failed(error)) => return Err(error),
                Err(CallFailure::TooLarge(_)) => false,
            };
            match is_empty {
                true => first = middle + 1,
                false => beyond = middle,
            }
        }
        let before = entries.len();
        let first = ends.get(first).copied().unwrap_or(i64::MAX);
        entries.retain(|entry| entry.stamp.is_none_or(|stamp| end(stamp) >= first));
        Ok(entries.len() < before)
    }

    /// Whether the engine has cut off the first known entry meanwhile, which is said and ends the walk.
    pub(super) async fn has_rotated(&mut self, first: i64) -> Result<bool, Error> {
        if self.has_first(second_of(first)).await? {
            return Ok(false);
        }
        self.warn_of_rotation();
        self.is_done = true;
        Ok(true)
    }

    fn broken(&self, message: String) -> Error {
        Error::BrokenLog {
            device: self.channel.calls.device().to_owned(),
            module: self.channel.module.to_string(),
            message,
        }
    }

    pub(super) fn too_old(&self, lacks: &'static str) -> Error {
        Error::AgentTooOld {
            device: self.channel.calls.device().to_owned(),
            lacks,
        }
    }

    pub(super) fn lacks_stamps(&self) -> Error {
        let count = self.known.len();
        self.broken(format!(
            "lines without timestamps come before the last {count}, and can't be asked for"
        ))
    }

    pub(super) fn never_fits(&self) -> Error {
        self.broken("the agent says of a single entry that it is too large".to_owned())
    }

    pub(super) fn stepped_back(&self, first: i64) -> Error {
        self.broken(notices::stepped_back(first))
    }

    pub(super) fn warn_of_rotation(&self) {
        if let Some(first) = self.stamps(0).next() {
            let (device, module) = (self.channel.calls.device(), &self.channel.module);
            let text = notices::rotated(device, module, first);
            self.channel.calls.report().warn(&text);
        }
    }
}
