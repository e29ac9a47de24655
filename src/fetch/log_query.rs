//! A resolved request for logs, independent of how it was typed.

use std::time::Duration;

use super::long_lines::OPEN_LINES;
use crate::invalid_input::InvalidInput;
use crate::logs::{Record, Severity};
use crate::methods::{
    ContentType, Encoding, GetModuleLogs, LogFilter, LogItem, ModulePattern, TimeBound,
};

/// The logs to fetch from each device.
#[derive(Debug, Clone)]
pub struct LogQuery {
    /// Which modules, and what of each: of several items that match a module the first one counts.
    pub items: Vec<LogQueryItem>,
    /// How the logs travel.
    pub encoding: Encoding,
    /// In which form they travel, as long as the agent can serve it.
    pub content_type: ContentType,
    /// Whether to return the bytes exactly as the engine holds them: long lines are not joined, and
    /// sources need no stamps because they are not mixed.
    pub verbatim: bool,
    /// Whether to request the engine's stamps in any case: following a log needs them to recognise
    /// known lines.
    pub stamps: bool,
}

/// A selection of modules and the filter for them.
#[derive(Debug, Clone)]
pub struct LogQueryItem {
    /// The pattern on module names.
    pub id: ModulePattern,
    /// The one name that the pattern matches, where that is known.
    pub module: Option<String>,
    /// What of their logs.
    pub filter: LogQueryFilter,
}

/// Which lines of a log to return, by the documented meaning of each field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogQueryFilter {
    /// The last N lines that pass the other fields.
    pub tail: Option<u32>,
    /// Nothing stamped earlier.
    pub since: Option<TimeBound>,
    /// Nothing stamped later.
    pub until: Option<TimeBound>,
    /// Which severities.
    pub levels: Levels,
    /// A .NET regular expression on the text of a line.
    pub regex: Option<String>,
}

/// Which severities to return.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Levels {
    /// All, the digits 8 and 9 included.
    #[default]
    All,
    /// This one and more severe ones.
    AtMost(Severity),
    /// Exactly this one.
    Only(Severity),
}

/// The open ends of a window, for an agent that must be told both: to `aziot-edged` 0 means "no
/// since", and this is the last second that it can hold.
pub(super) const NO_SINCE: &str = "0";
pub(super) const NO_UNTIL: &str = "2147483647";

/// The largest number that the agent reads as a `tail`.
const MOST_ENTRIES: u64 = i32::MAX as u64;

impl Levels {
    /// Whether a line of this level is wanted.
    pub fn keep(self, level: u8) -> bool {
        match self {
            Self::All => true,
            Self::AtMost(most) => level <= most.number(),
            Self::Only(only) => level == only.number(),
        }
    }

    /// Whether a record is wanted.
    pub(super) fn keep_record(self, record: &Record) -> bool {
        self == Self::All || self.keep(record.loglevel())
    }

    /// The level to send, if the agent is to filter at all.
    ///
    /// Lines without a tag count as 6, and so do the later parts of long lines. Where 6 is wanted,
    /// it is cheaper and simpler to take everything and to drop the few lines above on this side:
    /// an agent that matches exactly would need seven calls for nearly the same bytes.
    pub(super) fn pushed_down(self) -> Option<u8> {
        match self {
            Self::All => None,
            Self::AtMost(level) | Self::Only(level) if level.number() == 6 => None,
            Self::AtMost(level) if level.number() == 7 => None,
            Self::AtMost(level) | Self::Only(level) => Some(level.number()),
        }
    }

    /// The more severe levels that an agent that matches exactly has to be asked for beside the
    /// one that is sent.
    pub(super) fn others(self) -> std::ops::Range<u8> {
        match self {
            Self::AtMost(_) => 0..self.pushed_down().unwrap_or(0),
            Self::All | Self::Only(_) => 0..0,
        }
    }
}

/// Whether a stamp is within ends that are instants, to the nanosecond.
pub(super) fn is_between(
    since: Option<&TimeBound>,
    until: Option<&TimeBound>,
    stamp: Option<i64>,
    rounding: i64,
) -> bool {
    let Some(stamp) = stamp else { return true };
    let instant = |bound: Option<&TimeBound>| {
        let time = bound?.instant()?;
        i64::try_from(time.as_nanosecond()).ok()
    };
    instant(since).is_none_or(|since| stamp >= since - rounding)
        && instant(until).is_none_or(|until| stamp <= until + rounding)
}

impl LogQueryFilter {
    /// The filter for an agent that is to apply it as it does.
    ///
    /// # Errors
    /// A start that is not before the end.
    pub fn as_typed(&self) -> Result<LogFilter, InvalidInput> {
        let mut filter = LogFilter::default();
        if let Some(tail) = self.tail {
            filter = filter.with_tail(u64::from(tail))?;
        }
        filter = filter.with_window(self.since.clone(), self.until.clone())?;
        if let Levels::AtMost(level) | Levels::Only(level) = self.levels {
            filter = filter.with_loglevel(level);
        }
        if let Some(regex) = &self.regex {
            filter = filter.with_regex(regex.clone());
        }
        Ok(filter)
    }

    /// Whether this side has to judge lines, or must see whether the agent has.
    fn is_judged_by_stamps(&self) -> bool {
        let has_fraction = self.since.as_ref().is_some_and(TimeBound::has_fraction);
        // Stamps tell which of the entries are parts of one line.
        let has_parts = self.tail.is_some() || self.regex.is_some();
        self.levels != Levels::All || self.until.is_some() || has_fraction || has_parts
    }

    /// How many entries are asked for with one level.
    ///
    /// The first ones of a tail may be ends of long lines, which only those before them tell.
    /// What an expression let through is looked up, and the end of a line has no level.
    pub(super) fn entries(&self, level: Option<u8>) -> Option<u64> {
        let tail = u64::from(self.tail?);
        let is_judged = level.is_some() || self.regex.is_some();
        let more = match tail > 0 && !is_judged {
            true => OPEN_LINES as u64,
            false => 0,
        };
        Some((tail + more).min(MOST_ENTRIES))
    }

    /// Whether the agent leaves out lines by what they say.
    pub(super) fn is_judged(&self) -> bool {
        self.regex.is_some() || self.levels.pushed_down().is_some()
    }

    /// Whether the agent judges lines, so that `tail` must come after that: with `since` alone it does
    /// not where the clock was set back.
    fn is_judged_by_agent(&self) -> bool {
        self.since.is_some() || self.until.is_some() || self.is_judged()
    }

    /// Whether a stamp is within the ends that were typed, to the nanosecond: what is sent is whole
    /// seconds. A duration counts from the device's clock, which is not known here.
    /// `rounding` is by how much stamps may be off.
    pub(super) fn is_within(&self, stamp: Option<i64>, rounding: i64) -> bool {
        is_between(self.since.as_ref(), self.until.as_ref(), stamp, rounding)
    }

    /// Whether the filter lets everything through.
    pub(super) fn is_empty(&self) -> bool {
        self.tail.is_none()
            && self.since.is_none()
            && self.until.is_none()
            && self.levels == Levels::All
            && self.regex.is_none()
    }

    /// The start to send when `elapsed` has passed since the beginning of the run.
    pub(super) fn since_after(&self, elapsed: Duration) -> Option<String> {
        self.since.as_ref().map(|bound| bound.to_send(elapsed))
    }

    /// The end to send, likewise.
    pub(super) fn until_after(&self, elapsed: Duration) -> Option<String> {
        self.until
            .as_ref()
            .map(|bound| bound.to_send_as_end(elapsed))
    }

    /// The filter of one call for everything that is wanted, with one level.
    pub(super) fn in_one_call(
        &self,
        level: Option<u8>,
        elapsed: Duration,
    ) -> Result<LogFilter, InvalidInput> {
        let mut since = self.since_after(elapsed);
        let mut until = self.until_after(elapsed);
        let mut filter = LogFilter::default();
        if let Some(entries) = self.entries(level) {
            filter = filter.with_tail(entries)?;
            // The shipped agent tails before it filters, unless all three are given.
            if self.is_judged_by_agent() {
                since.get_or_insert_with(|| NO_SINCE.to_owned());
                until.get_or_insert_with(|| NO_UNTIL.to_owned());
            }
        }
        filter = filter.between(since, until);
        if let Some(level) = level {
            filter = filter.with_level_number(level);
        }
        if let Some(regex) = &self.regex {
            filter = filter.with_regex(regex.clone());
        }
        Ok(filter)
    }
}

impl LogQuery {
    /// Whether one call may be answered with several modules.
    pub(super) fn may_be_several(&self) -> bool {
        !matches!(self.items.as_slice(), [item] if item.module.is_some())
    }

    /// Whether the engine's stamps are needed even if one call is enough: to merge modules or
    /// levels, to judge whole lines, and to see whether the agent knows `until`.
    pub(super) fn needs_stamps(&self) -> bool {
        self.content_type == ContentType::Text
            && (self.stamps
                || (self.may_be_several() && !self.verbatim)
                || self
                    .items
                    .iter()
                    .any(|item| item.filter.is_judged_by_stamps()))
    }

    /// The one level filter of all items; `None` if they differ.
    pub(super) fn common_levels(&self) -> Option<Levels> {
        let first = self.items.first()?.filter.levels;
        let same = self.items.iter().all(|item| item.filter.levels == first);
        same.then_some(first)
    }

    /// The filter for a module's log; none where only the device knows which item the module
    /// belongs to.
    pub(super) fn filter_of(&self, module: &str) -> Option<&LogQueryFilter> {
        let (last, others) = self.items.split_last()?;
        if others.iter().all(|item| item.filter == last.filter) {
            return Some(&last.filter);
        }
        for item in others {
            if item.module.as_ref()?.eq_ignore_ascii_case(module) {
                return Some(&item.filter);
            }
        }
        Some(&last.filter)
    }

    /// The items of one call for everything, with the level that each of them sends, or with
    /// another one for all.
    pub(super) fn in_one_call(
        &self,
        level: Option<u8>,
        elapsed: Duration,
    ) -> Result<Vec<LogItem>, InvalidInput> {
        let stamps = self.needs_stamps();
        let item = |item: &LogQueryItem| {
            let level = level.or(item.filter.levels.pushed_down());
            let mut filter = item.filter.in_one_call(level, elapsed)?;
            if stamps {
                filter = filter.with_timestamps();
            }
            Ok(LogItem {
                id: item.id.clone(),
                filter,
            })
        };
        self.items.iter().map(item).collect()
    }

    /// The items of one call for the last entry of each log, without a filter: those within the window, which the
    /// engine finds from the end.
    pub(super) fn last_entries(&self, elapsed: Duration) -> Result<Vec<LogItem>, InvalidInput> {
        self.last_entries_between(|filter| (filter.since_after(elapsed), None))
    }

    /// The same of those to which the engine comes from the beginning.
    pub(super) fn last_entries_from_the_beginning(
        &self,
        elapsed: Duration,
    ) -> Result<Vec<LogItem>, InvalidInput> {
        self.last_entries_between(|filter| {
            let since = filter.since_after(elapsed);
            let since = since.unwrap_or_else(|| NO_SINCE.to_owned());
            (Some(since), Some(NO_UNTIL.to_owned()))
        })
    }

    fn last_entries_between(
        &self,
        window: impl Fn(&LogQueryFilter) -> (Option<String>, Option<String>),
    ) -> Result<Vec<LogItem>, InvalidInput> {
        let item = |item: &LogQueryItem| {
            let (since, until) = window(&item.filter);
            let filter = LogFilter::default().with_tail(1)?;
            Ok(LogItem {
                id: item.id.clone(),
                filter: filter.between(since, until).with_timestamps(),
            })
        };
        self.items.iter().map(item).collect()
    }

    /// The first request to each device.
    ///
    /// # Errors
    /// A tail that the agent can't hold.
    pub fn first_request(&self) -> Result<GetModuleLogs, InvalidInput> {
        let items = self.in_one_call(None, Duration::ZERO)?;
        Ok(GetModuleLogs::new(items, self.encoding, self.content_type))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(tail: Option<u32>, since: Option<&str>, regex: Option<&str>) -> serde_json::Value {
        let filter = LogQueryFilter {
            tail,
            since: since.map(|text| TimeBound::parse("since", text).unwrap()),
            regex: regex.map(str::to_owned),
            ..LogQueryFilter::default()
        };
        let sent = filter.in_one_call(None, Duration::from_millis(7250));
        serde_json::to_value(sent.unwrap()).unwrap()
    }

    #[test]
    fn a_tail_with_a_filter_is_sent_with_since_and_until() {
        assert_eq!(
            filter(Some(5), None, Some("x")),
            serde_json::json!({"tail": 5, "since": "0", "until": "2147483647", "regex": "x"})
        );
        assert_eq!(filter(Some(5), None, None), serde_json::json!({"tail": 7}));
    }

    #[test]
    fn a_duration_grows_by_the_time_that_has_passed() {
        assert_eq!(filter(None, Some("1h"), None)["since"], "3607250ms");
        assert_eq!(
            filter(None, Some("1787234700"), None)["since"],
            "1787234700"
        );
    }

    #[test]
    fn the_levels_around_six_are_judged_on_this_side() {
        let level = |number| Severity::from_number(number).unwrap();
        assert_eq!(Levels::AtMost(level(4)).pushed_down(), Some(4));
        assert_eq!(Levels::AtMost(level(4)).others(), 0..4);
        assert_eq!(Levels::AtMost(level(6)).pushed_down(), None);
        assert_eq!(Levels::AtMost(level(7)).pushed_down(), None);
        assert_eq!(Levels::Only(level(7)).pushed_down(), Some(7));
        assert!(!Levels::AtMost(level(7)).keep(8));
    }
}
