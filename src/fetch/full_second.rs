//! A second with more entries than an answer carries, fetched in parts: by what stands at some place
//! of the text, and by level where texts are alike.
//!
//! Windows end with whole seconds, and of a window the agent sends the last entries. So the first
//! ones of a full second can only be had by asking for less of it than everything: for the lines
//! whose text has a character from some other on at some place, and for those that do not. Each such
//! question divides what there is in two, and together they miss nothing. Lines whose texts are
//! alike are asked for level by level, which the shipped agent matches exactly.

use super::channel::{Channel, Window};
use super::entries::{Entry, UNSTAMPED, instant, second_of, start_of};
use super::log_calls::CallFailure;
use super::log_query::NO_SINCE;
use super::overlap::{DISORDER, keys};
use super::sizer::Sizer;
use crate::error::Error;

/// How many calls one second may take.
const MAX_CALLS: usize = 400;

/// How far into a text a place to divide at is looked for, in UTF-16 units.
const MAX_PLACE: usize = 600;

/// A part of the second.
#[derive(Debug, Clone)]
struct Part {
    level: Option<u8>,
    /// Lookaheads that the text must satisfy.
    conditions: String,
    /// How much of it fits into an answer.
    sizer: Sizer,
}

/// What a window holds.
pub(super) struct Fetched {
    /// By the stamps, each with the number of its part; those of equal stamps are not
    /// [in order](super::ties::settle).
    pub(super) entries: Vec<(usize, Entry)>,
    /// For each entry that stands behind a much later one: its stamp, and that of the later one.
    pub(super) late: Vec<(i64, i64)>,
    /// The part that has the most entries, and how many.
    largest: Option<(Channel, usize)>,
}

/// How much earlier than an entry before it one is late: neighbours are out of order by less.
const LATE: i64 = 1;

/// Fetches everything that the channel has in a window. `stamp` is within it, for what can't be fetched.
/// The first question is of the size that `sizer` has learnt.
///
/// # Errors
/// There is too much even for that, or a call fails.
pub(super) async fn fetch(
    channel: &Channel,
    (since, until): &(String, String),
    stamp: i64,
    sizer: Sizer,
) -> Result<Fetched, Error> {
    let mut open = vec![Part {
        level: channel.level,
        conditions: String::new(),
        sizer,
    }];
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    let mut late = Vec::new();
    let mut parts = 0;
    let mut largest: Option<(Channel, usize)> = None;
    let mut calls = 0..MAX_CALLS;
    while let Some(mut part) = open.pop() {
        let part_channel = part.channel(channel);
        let (page, is_whole) = loop {
            if calls.next().is_none() {
                return Err(too_full(channel, second_of(stamp)));
            }
            let tail = part.sizer.capacity();
            let window = Window::between(since.clone(), until.clone(), Some(tail));
            match part_channel.page(&window).await {
                Ok(page) => {
                    let is_whole = page.has_fewer_than(tail);
                    part.sizer.observe(page.wire_bytes, page.counted);
                    break (page, is_whole);
                }
                Err(CallFailure::Failed(error)) => return Err(error),
                Err(CallFailure::TooLarge(_)) if tail == 1 => {
                    return Err(too_full(channel, second_of(stamp)));
                }
                Err(CallFailure::TooLarge(bytes)) => part.sizer.too_large(tail, bytes),
            }
        };
        if is_whole {
            parts += 1;
            if largest.as_ref().map_or(0, |(_, count)| *count) < page.counted {
                largest = Some((part_channel, page.counted));
            }
            let mut behind = Behind::default();
            late.extend(page.entries.iter().filter_map(|entry| behind.next(entry)));
            entries.extend(page.entries.into_iter().map(|entry| (parts, entry)));
            continue;
        }
        match dividing(&page.entries) {
            Some(condition) => open.extend(["=", "!"].map(|sign| Part {
                conditions: format!("{}(?{sign}{condition})", part.conditions),
                ..part.clone()
            })),
            // The agent takes any digit for a level, and counts entries without one as 6.
            None if part.level.is_none() => open.extend((0..10).map(|level| Part {
                level: Some(level),
                ..part.clone()
            })),
            None => return Err(too_full(channel, second_of(stamp))),
        }
    }
    // What follows a frame without a stamp of its own stays behind it, since sorting is stable.
    entries.sort_by_key(|(_, entry)| entry.stamp);
    Ok(Fetched {
        entries,
        late,
        largest,
    })
}

/// Finds entries in the log's order that stand behind a much later one.
pub(super) struct Behind {
    latest: i64,
}

impl Default for Behind {
    fn default() -> Self {
        Self { latest: UNSTAMPED }
    }
}

impl Behind {
    /// Takes the next entry. If it stands behind a much later one: its stamp, and that of the later one.
    pub(super) fn next(&mut self, entry: &Entry) -> Option<(i64, i64)> {
        let stamp = entry.stamp.filter(|_| entry.own_stamp)?;
        self.latest = self.latest.max(stamp);
        is_late(stamp, self.latest).then_some((stamp, self.latest))
    }
}

/// Whether an entry is so much earlier than one before it that the clock was set back.
pub(super) fn is_late(stamp: i64, latest: i64) -> bool {
    latest.saturating_sub(stamp) > start_of(LATE)
}

impl Fetched {
    /// Whether the pages before a window from `since` to `until` can have all that is earlier. Where the clock was
    /// set back, earlier stamps come behind these entries, and a page whose end is earlier ends before them.
    ///
    /// # Errors
    /// A call fails.
    pub(super) async fn is_all_since(&self, since: i64, until: &str) -> Result<bool, Error> {
        let Some((channel, count)) = &self.largest else {
            return Ok(true);
        };
        let mut count = *count;
        let page = loop {
            let window = Window::between(NO_SINCE.to_owned(), until.to_owned(), Some(count));
            match channel.page(&window).await {
                Ok(page) => break page,
                Err(CallFailure::Failed(error)) => return Err(error),
                Err(CallFailure::TooLarge(_)) => {}
            }
            // Other entries than those of the part, which did fit: earlier ones, or what has come since.
            let window = Window {
                since: Some(second_of(since).to_string()),
                ..window
            };
            match channel.page(&window).await {
                Err(CallFailure::TooLarge(_)) if count > 1 => count /= 2,
                Err(CallFailure::Failed(error)) => return Err(error),
                Ok(_) | Err(CallFailure::TooLarge(_)) => return Ok(false),
            }
        };
        let disorder = start_of(DISORDER);
        let mut latest = UNSTAMPED;
        Ok(!keys(&page.entries).iter().any(|key| {
            latest = latest.max(key.stamp);
            let is_early = key.stamp != UNSTAMPED && key.stamp < since;
            is_early && (latest > since + disorder || key.stamp < since - disorder)
        }))
    }
}

impl Part {
    fn channel(&self, channel: &Channel) -> Channel {
        Channel {
            regex: self.regex(channel.regex.as_deref()),
            level: self.level,
            ..channel.clone()
        }
    }

    /// The expression to send for this part of what `typed` lets through.
    fn regex(&self, typed: Option<&str>) -> Option<String> {
        match (self.conditions.as_str(), typed) {
            ("", typed) => typed.map(str::to_owned),
            (conditions, None) => Some(format!(r"\A{conditions}")),
            (conditions, Some(typed)) => Some(format!(r"\A{conditions}[\s\S]*?(?:{typed})")),
        }
    }
}

/// A condition that about half of these entries meet; none where their texts are all alike.
fn dividing(entries: &[Entry]) -> Option<String> {
    let texts: Vec<Vec<u16>> = entries
        .iter()
        .filter(|entry| entry.own_stamp)
        .map(|entry| entry.record.text().encode_utf16().take(MAX_PLACE).collect())
        .collect();
    let mut best: Option<(usize, usize, u16)> = None;
    for place in 0..MAX_PLACE {
        let mut units: Vec<u16> = texts
            .iter()
            .filter_map(|text| text.get(place).copied())
            .collect();
        if units.is_empty() {
            break;
        }
        units.sort_unstable();
        let middle = units[units.len() / 2];
        for least in [middle, middle.saturating_add(1)] {
            let meeting = units.len() - units.partition_point(|unit| *unit < least);
            let balance = meeting.min(texts.len() - meeting);
            if balance > best.map_or(0, |(best, ..)| best) {
                best = Some((balance, place, least));
            }
        }
        if best.is_some_and(|(balance, ..)| balance * 4 > texts.len()) {
            break;
        }
    }
    let (_, place, least) = best?;
    Some(format!(r"[\s\S]{{{place}}}[\u{least:04X}-\uFFFF]"))
}

/// There is more in a second than can be fetched.
pub(super) fn too_full(channel: &Channel, second: i64) -> Error {
    Error::SecondTooFull {
        device: channel.calls.device().to_owned(),
        module: channel.module.to_string(),
        second: instant(start_of(second)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::Record;
    use crate::methods::Encoding;

    fn entries(texts: &[&str]) -> Vec<Entry> {
        let entry = |text: &&str| Entry::new(Some(1), true, Record::Line(text.as_bytes().to_vec()));
        texts.iter().map(entry).collect()
    }

    #[test]
    fn texts_are_divided_where_they_differ() {
        let condition = |texts: &[&str]| dividing(&entries(texts));
        assert_eq!(
            condition(&["line 1", "line 2", "line 3", "line 4"]).as_deref(),
            Some(r"[\s\S]{5}[\u0033-\uFFFF]")
        );
        assert_eq!(
            condition(&["a", "a", "ab"]).as_deref(),
            Some(r"[\s\S]{1}[\u0062-\uFFFF]")
        );
        assert_eq!(condition(&["a", "a"]), None);
    }

    #[test]
    fn a_part_keeps_to_the_expression_that_was_typed() {
        let part = Part {
            level: Some(3),
            conditions: "(?=x)".to_owned(),
            sizer: Sizer::new(Encoding::Gzip),
        };
        assert_eq!(
            part.regex(Some("a|b")).as_deref(),
            Some(r"\A(?=x)[\s\S]*?(?:a|b)")
        );
        assert_eq!(part.regex(None).as_deref(), Some(r"\A(?=x)"));
    }
}
