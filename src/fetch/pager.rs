//! Backward paging: a window's entries, the last ones first, as many as fit into each answer.
//!
//! The entries of a window that ends at `t` are the beginning of those of any window that ends
//! later, because the engine stops at the first entry later than its end. So the page before a
//! known one is asked for with an end just after the known one's first entry, and with so many
//! entries more as the two then have in common; these must be equal, which is checked. Neither
//! bursts nor silences matter, and no call is a mere probe.

use std::sync::{Arc, Mutex};

use super::channel::{Channel, Page, Window};
use super::entries::{Key, second_of};
use super::log_calls::CallFailure;
use super::log_query::{LogQueryFilter, NO_SINCE};
use super::notices;
use super::overlap::{aligned, best_aligned, within};
use super::page_store::PageStore;
use super::sizer::Sizer;
use crate::error::Error;
use crate::lock::lock;

/// How much earlier than its predecessor an entry may be stamped: the two streams of a module are
/// read independently. Nanoseconds.
const OUT_OF_ORDER: i64 = 100_000_000;

/// How many further ends are tried, each twice as far away, when pages do not fit together.
const REALIGNMENTS: u32 = 6;

/// How often a page is made smaller before the module fails.
const MAX_REFUSALS: u32 = 12;

/// Maximum number of newer entries kept to align the next page with.
const MAX_KNOWN: usize = 40_000;

/// Where a window begins.
#[derive(Debug, Clone)]
pub(super) enum Start {
    /// `--since`, or the beginning of the log.
    Since(Arc<LogQueryFilter>),
    /// At a second of the device's clock.
    Second(i64),
}

impl Start {
    fn to_send(&self, channel: &Channel) -> String {
        match self {
            Self::Since(filter) => filter
                .since_after(channel.calls.elapsed())
                .unwrap_or_else(|| NO_SINCE.to_owned()),
            Self::Second(second) => second.to_string(),
        }
    }
}

/// The upper bound of the next page.
enum End {
    /// `--until`, none, or the last fully fetched second: as sent, and as a second of the device's
    /// clock where that is known.
    Open(String, Option<i64>),
    /// Just after the first entry of the page after it.
    BeforeKnown,
}

/// A window that is paged backward.
pub(super) struct Pager {
    pub(super) channel: Channel,
    pub(super) start: Start,
    end: End,
    /// The entries of the newer pages, as far as they matter.
    known: Vec<Key>,
    pub(super) store: PageStore,
    sizer: Arc<Mutex<Sizer>>,
    /// How many lines are needed; `None` for all.
    need: Option<usize>,
    /// How many wanted lines there are so far.
    pub(super) lines: usize,
    /// How many bytes came, as the limit counts.
    pub(super) bytes: u64,
    /// The stamps of the first and the last entry.
    pub(super) first: Option<i64>,
    pub(super) last: Option<i64>,
    pub(super) has_more_severe: bool,
    /// Whether there is no older page.
    pub(super) is_done: bool,
    /// A second that no answer could carry, while the rest was fetched.
    pub(super) gap: Option<Error>,
}

/// The page to ask for next.
struct Plan {
    window: Window,
    /// How many of the known entries it should end with.
    common: usize,
}

impl Pager {
    /// A window that ends at `until`, in the form that is sent; `second` is the same by the device's
    /// clock, if known.
    pub(super) fn new(
        channel: Channel,
        start: Start,
        until: String,
        second: Option<i64>,
        sizer: Arc<Mutex<Sizer>>,
        need: Option<usize>,
    ) -> Self {
        Self {
            channel,
            start,
            end: End::Open(until, second),
            known: Vec::new(),
            store: PageStore::default(),
            sizer,
            need,
            lines: 0,
            bytes: 0,
            first: None,
            last: None,
            has_more_severe: false,
            is_done: false,
            gap: None,
        }
    }

    /// Fetches the pages that are left.
    ///
    /// # Errors
    /// A page that can't be had. The pages that came are in the store all the same.
    pub(super) async fn finish(&mut self) -> Result<(), Error> {
        while !self.is_done {
            self.step().await?;
        }
        Ok(())
    }

    /// Warns of what is missing after a failure.
    pub(super) fn warn_of_failure(&self) {
        if let Some(first) = self.first {
            let calls = &self.channel.calls;
            let text = notices::cut_short(calls.device(), &self.channel.module, first);
            calls.console().warn(&text);
        }
    }

    /// Fetches the next page.
    ///
    /// # Errors
    /// The page can't be had.
    pub(super) async fn step(&mut self) -> Result<(), Error> {
        let mut refusals = 0;
        let mut further = 0;
        loop {
            let Some(plan) = self.plan(further) else {
                return self.fetch_full_second().await;
            };
            let page = match self.channel.page(&plan.window).await {
                Ok(page) => page,
                Err(CallFailure::Failed(error)) => return Err(error),
                Err(CallFailure::TooLarge(bytes)) if refusals < MAX_REFUSALS => {
                    refusals += 1;
                    self.sizer().too_large(plan.window.tail, bytes);
                    continue;
                }
                Err(CallFailure::TooLarge(_)) => return Err(self.never_fits()),
            };
            self.sizer().observe(page.bytes, page.keys.len());
            let expected = &self.known[..plan.common];
            let own = match aligned(&page.keys, expected) {
                Some(own) => own,
                None if further < REALIGNMENTS && self.plan(further + 1).is_some() => {
                    further += 1;
                    continue;
                }
                None => {
                    self.warn_of_gap(&page, expected);
                    best_aligned(&page.keys, expected)
                }
            };
            return self.take(page, own, plan.window.tail);
        }
    }

    /// The next page to fetch; `None` if the second before the known entries is too full for one
    /// page. `further` counts the attempts with later ends.
    fn plan(&self, further: u32) -> Option<Plan> {
        let capacity = self.sizer().capacity();
        let since = self.start.to_send(&self.channel);
        let End::BeforeKnown = self.end else {
            let End::Open(until, until_second) = &self.end else {
                return None;
            };
            let window = Window {
                since,
                until: until.clone(),
                tail: self.enough(capacity),
                until_second: *until_second,
            };
            return Some(Plan { window, common: 0 });
        };
        let first = self.known.first()?.stamp;
        // The end must not be before the first known entry, and should leave room for neighbours
        // that are out of order.
        let roomy = second_of(first + OUT_OF_ORDER) + 1;
        let tight = second_of(first - 1) + 1;
        let later = if further == 0 { 0 } else { 1 << (further - 1) };
        let progress = capacity / 16 + 1;
        let fits = |until: &i64| within(&self.known, *until) + progress <= capacity;
        // Within a burst, a second of room is much of a page.
        let is_small = |until: &i64| within(&self.known, *until) <= capacity / 4;
        let until = match further {
            0 if is_small(&roomy) => roomy,
            0 => Some(tight).filter(fits)?,
            _ => Some(roomy + later).filter(fits)?,
        };
        let common = within(&self.known, until);
        let window = Window {
            since,
            until: until.to_string(),
            tail: common + self.enough(capacity - common),
            until_second: Some(until),
        };
        Some(Plan { window, common })
    }

    /// How many of `most` entries are worth asking for.
    fn enough(&self, most: usize) -> usize {
        match self.need {
            None => most,
            Some(need) => {
                let left = need.saturating_sub(self.lines) + 1;
                // Where lines are dropped on this side, more must come than are needed.
                let left = if self.first.is_some() { left * 2 } else { left };
                left.min(most)
            }
        }
    }

    fn take(&mut self, page: Page, own: usize, asked: usize) -> Result<(), Error> {
        self.bytes += page.bytes;
        self.has_more_severe |= page.has_more_severe;
        self.last = self.last.or(page.keys.last().map(|key| key.stamp));
        self.first = page.keys.first().map(|key| key.stamp).or(self.first);
        if self.need.is_some() {
            self.lines += self.channel.count_lines(&page, own);
        }
        let whole = page.keys.len();
        let mut known = page.keys;
        known.truncate(own);
        known.extend_from_slice(&self.known);
        known.truncate(MAX_KNOWN);
        self.known = known;
        if own > 0 || page.logs.error.is_some() {
            self.store.push(page.logs, page.form, own)?;
        }
        // A line at the beginning of a page may be the last part of one that began before it.
        let enough = self.need.is_some_and(|need| self.lines > need);
        self.is_done = whole < asked || enough;
        if own > 0 {
            self.end = End::BeforeKnown;
        } else if !self.is_done {
            // Everything was known already, which can't be with entries left to ask for.
            self.is_done = true;
        }
        Ok(())
    }

    /// A second with more entries than an answer carries is fetched severity by severity.
    async fn fetch_full_second(&mut self) -> Result<(), Error> {
        let Some(first) = self.known.first() else {
            self.is_done = true;
            return Ok(());
        };
        let second = second_of(first.stamp - 1);
        let known = self.known[..within(&self.known, second + 1)].to_vec();
        let mut pages = Vec::new();
        let mut is_whole = self.channel.level.is_none();
        let mut form = self.channel.calls.stamped_form();
        // The agent takes any digit for a level, and counts lines without one as 6.
        let levels = if is_whole { 0..10 } else { 0..0 };
        for level in levels {
            let channel = Channel {
                level: Some(level),
                ..self.channel.clone()
            };
            let mut sizer = self.sizer().clone();
            let page = loop {
                let window = Window {
                    since: second.to_string(),
                    until: (second + 1).to_string(),
                    tail: sizer.capacity(),
                    until_second: Some(second + 1),
                };
                match channel.page(&window).await {
                    Ok(page) => {
                        is_whole &= page.keys.len() < window.tail;
                        break page;
                    }
                    Err(CallFailure::TooLarge(bytes)) if window.tail > 1 => {
                        sizer.too_large(window.tail, bytes);
                    }
                    Err(CallFailure::TooLarge(_)) => return Err(self.never_fits()),
                    Err(CallFailure::Failed(error)) => return Err(error),
                }
            };
            form = page.form;
            self.bytes += page.bytes;
            if self.need.is_some() {
                // Some of them are known already, so that this is too many; what is too many is
                // cut off in the end.
                self.lines += self.channel.count_lines(&page, usize::MAX) / 2;
            }
            if !page.keys.is_empty() {
                pages.push((level, page.logs));
            }
        }
        if !is_whole {
            self.gap.get_or_insert(self.channel.second_too_full(second));
        }
        self.store.push_second(second, pages, form, known)?;
        self.known.clear();
        self.end = End::Open(second.to_string(), Some(second));
        Ok(())
    }

    fn never_fits(&self) -> Error {
        Error::BrokenLog {
            device: self.channel.calls.device().to_owned(),
            module: self.channel.module.to_string(),
            message: "the agent refused even a few lines as too large".to_owned(),
        }
    }

    fn warn_of_gap(&self, page: &Page, expected: &[Key]) {
        let before = page.keys.last().or(expected.first());
        if let (Some(before), Some(after)) = (before, expected.first()) {
            let calls = &self.channel.calls;
            let module = &self.channel.module;
            let text = notices::stepped_back(calls.device(), module, before.stamp, after.stamp);
            calls.console().warn(&text);
        }
    }

    fn sizer(&self) -> std::sync::MutexGuard<'_, Sizer> {
        lock(&self.sizer)
    }
}
