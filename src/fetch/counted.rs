//! A log page by page from our own module, which counts: the page before the known lines is the one that
//! leaves these out.
//!
//! A page ends at the first line that is stamped later than the known ones, so that the module needs to
//! read little beyond it, and holds the first few of them again. It ends by number alone where stamps go so
//! far back that no such end has the known lines, or where the stamps are those of files: these repeat, so
//! that a line tells little of its place. Lines that have come meanwhile move all numbers, which shows in
//! what the page has in common with what is known.

use super::channel::{End, Page, Window};
use super::entries::{Entry, Key, instant, start_of};
use super::log_calls::{CallFailure, Cut};
use super::overlap::{Fit, fit, within};
use super::walk::{MAX_REFUSALS, SAME_END, SLACK, Walk};
use crate::error::Error;

/// How often a page is asked for again for what has come meanwhile.
const MOST_MOVED: u32 = 16;

/// How many stamps tell whether they are an engine's.
const TELLING_STAMPS: usize = 64;

/// Lines of which only this is remembered.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Forgotten {
    lines: usize,
    /// The latest stamp.
    latest: i64,
}

/// Where the page before the known lines ends.
#[derive(Clone, Copy)]
struct Plan {
    /// Before the first line that is later than this; none where it ends by number alone.
    until: Option<i64>,
    /// How many of the known entries it ends with; none at all where there is no room for two lines.
    common: usize,
    /// How many lines after these are left out.
    skip: usize,
    /// How many lines it may have.
    tail: usize,
    /// Whether newer lines may follow all known ones.
    may_grow: bool,
}

impl Walk {
    /// Takes the page before the known lines, of which the oldest with a stamp has `first`.
    pub(super) async fn next_counted_page(&mut self, first: i64) -> Result<(), Error> {
        let nearest = first + self.channel.calls.rounding();
        let by_stamp = SLACK.map(|slack| Some(nearest + start_of(slack)));
        let is_by_number = self.pages_by_number();
        let ends = by_stamp.into_iter().filter(|_| !is_by_number);
        for (tried, end) in ends.chain([None]).enumerate() {
            if self.take_page_before(end).await? {
                self.is_by_number = end.is_none();
                return Ok(());
            }
            if tried == 0 && self.has_rotated(first).await? {
                return Ok(());
            }
        }
        match self.has_rotated(first).await? {
            true => Ok(()),
            false => Err(self.stepped_back(first)),
        }
    }

    /// Whether pages end by number. The stamps of files have whole milliseconds at best; those of engines do
    /// not.
    pub(super) fn pages_by_number(&self) -> bool {
        let mut stamps = self.stamps(0).take(TELLING_STAMPS);
        self.is_by_number || stamps.all(|stamp| stamp % 1_000_000 == 0)
    }

    /// The same with a page that ends there. Whether it fits.
    async fn take_page_before(&mut self, until: Option<i64>) -> Result<bool, Error> {
        let mut refusals = 0..MAX_REFUSALS;
        let mut moves = 0..MOST_MOVED;
        let mut attempts = 0..SAME_END;
        let mut newer = 0_isize;
        while let Some(plan) = self.counted_plan(until, newer) {
            if plan.common == 0 {
                match self.distance(&plan).await? {
                    Some(0) => {}
                    Some(more) if moves.next().is_some() => {
                        newer += more.cast_signed();
                        continue;
                    }
                    _ => return Ok(false),
                }
            }
            let mut page = match self.channel.page_as_it_came(&self.window_of(&plan)).await {
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
            let cut = page.cut.take();
            let by_device = matches!(cut, Some(Cut::ByDevice(_)));
            let cut = cut.map(|cut| cut.error(self.channel.calls.device(), &self.channel.module));
            let is_whole = page.has_fewer_than(plan.tail);
            let latest = plan
                .until
                .map(|until| until + self.channel.calls.rounding());
            let is_later =
                |entry: &Entry| entry.own_stamp && latest.is_some() && entry.stamp > latest;
            if page.entries.iter().any(is_later) {
                return Err(self.too_old("before"));
            }
            let mut fitted = self.fit_counted(&page, &plan);
            // It may be equal to a known line.
            if plan.common == 0 && fitted == Fit::No && self.distance(&plan).await? == Some(0) {
                fitted = Fit::Own(page.entries.len());
            }
            match fitted {
                // What the device can't read stands elsewhere if the end of the page is right.
                Fit::Own(own) if (own > 0 || is_whole) && (cut.is_none() || by_device) => {
                    if let Some(error) = cut {
                        self.failure.get_or_insert(error);
                    }
                    self.sizer.observe(page.wire_bytes, page.counted);
                    let torn = if is_whole { 0 } else { page.torn().min(own) };
                    if torn > 0 && torn == own {
                        return Err(self.lacks_stamps());
                    }
                    page.entries.truncate(own);
                    page.entries.drain(..torn);
                    self.take(page, usize::MAX)?;
                    self.is_done |= is_whole;
                    return Ok(true);
                }
                Fit::Cut if is_whole && cut.is_none() => {
                    self.warn_of_rotation();
                    self.is_done = true;
                    return Ok(true);
                }
                Fit::Own(_) | Fit::Cut | Fit::No => {}
            }
            if let Some(error) = cut {
                return Err(error);
            }
            if page.entries.is_empty() {
                return Ok(false);
            }
            if let Some(more) = self.newer_lines(&page, &plan)
                && moves.next().is_some()
            {
                newer += more;
            } else if !plan.may_grow || attempts.next().is_none() {
                return Ok(false);
            }
        }
        Ok(false)
    }

    /// The page that ends with `until` and leaves out what is known but for a few lines, and so many newer
    /// ones; none if it is not known how many that are.
    fn counted_plan(&self, until: Option<i64>, newer: isize) -> Option<Plan> {
        let capacity = self.sizer.capacity();
        let (progress, overlap) = (capacity / 8 + 1, capacity / 32 + 1);
        let known = until.map_or(self.known.len(), |until| within(&self.known, until));
        let may_grow = known == self.known.len();
        let forgotten = match may_grow {
            true if until.is_some_and(|until| self.forgotten.latest > until) => return None,
            true => self.forgotten.lines,
            false => 0,
        };
        let lines = self.lines_of(&self.known[..known]);
        let common = match lines + forgotten + progress > capacity {
            _ if capacity < 2 => 0,
            false => known,
            true => {
                let firsts = self.known[..known].iter().enumerate();
                let firsts = firsts.filter(|(_, key)| !self.later_parts.contains(key));
                let after = firsts.skip(overlap).map(|(place, _)| place).next();
                after.unwrap_or(known)
            }
        };
        let counted = self.lines_of(&self.known[..common]);
        Some(Plan {
            until,
            common,
            skip: (lines - counted + forgotten).saturating_add_signed(newer),
            tail: counted + self.enough(capacity.saturating_sub(counted)),
            may_grow,
        })
    }

    fn window_of(&self, plan: &Plan) -> Window {
        Window {
            since: self.bounds.since.is_some().then(|| self.since()),
            until: self.bounds.until.is_some().then(|| self.until()),
            tail: Some(plan.tail),
            end: Some(End {
                before: plan.until.map(|until| format!("{:.9}", instant(until))),
                skip: plan.skip,
            }),
        }
    }

    fn fit_counted(&self, page: &Page, plan: &Plan) -> Fit {
        if plan.common > 0 {
            return fit(&page.entries, &self.known[..plan.common], plan.may_grow);
        }
        match page.entries.last().map(Entry::key) {
            Some(last) if self.known.contains(&last) => Fit::No,
            _ => Fit::Own(page.entries.len()),
        }
    }

    /// How many more lines must be left out at least, where a page ends too late or, by number, too early;
    /// none where that is not why it does not fit.
    fn newer_lines(&self, page: &Page, plan: &Plan) -> Option<isize> {
        let stamped: Vec<Key> = page
            .entries
            .iter()
            .filter(|entry| entry.own_stamp)
            .map(Entry::key)
            .collect();
        let (first, last) = (stamped.first()?, stamped.last()?);
        let common = self.lines_of(&self.known[..plan.common]);
        if let Some(place) = self.known.iter().position(|key| key == first) {
            let from_first = self.lines_of(&self.known[..place]) + page.counted;
            let more = from_first.checked_sub(common).filter(|more| *more > 0);
            return more.map(usize::cast_signed);
        }
        let oldest = self.stamps(0).next()?;
        let is_newer = last.stamp >= oldest;
        match plan.until {
            // The end of the window may have moved.
            None if !is_newer => Some(-common.max(1).cast_signed()),
            Some(_) if !is_newer || !plan.may_grow => None,
            // No further than the known ones reach, so that the next page has some of them.
            _ => {
                let known = self.lines_of(&self.known);
                let more = known.saturating_sub(page.counted).max(plan.tail - common);
                Some(more.max(1).cast_signed())
            }
        }
    }

    /// How many lines too late a page ends that is to end right before the known ones; none if that is not
    /// known.
    async fn distance(&self, plan: &Plan) -> Result<Option<usize>, Error> {
        let last = Plan {
            skip: plan.skip.saturating_sub(1),
            tail: 1,
            ..*plan
        };
        let page = match self.channel.page(&self.window_of(&last)).await {
            Ok(page) => page,
            Err(CallFailure::Failed(error)) => return Err(error),
            Err(CallFailure::TooLarge(_)) => return Ok(None),
        };
        let first = page.entries.first().map(Entry::key);
        let place = first.and_then(|first| self.known.iter().position(|key| *key == first));
        Ok(place.map(|place| self.lines_of(&self.known[..place])))
    }

    /// How many lines begin with one of these entries.
    fn lines_of(&self, keys: &[Key]) -> usize {
        let begins = |key: &&Key| !self.later_parts.contains(key);
        keys.iter().filter(begins).count()
    }

    /// Notes entries that are not remembered any more.
    pub(super) fn forget(&mut self, keys: &[Key]) {
        for key in keys {
            self.forgotten.lines += usize::from(!self.later_parts.remove(key));
            self.forgotten.latest = self.forgotten.latest.max(key.stamp);
        }
    }
}
