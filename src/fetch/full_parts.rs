//! Finds long lines of which an expression let only the end through.
//!
//! The agent judges each part of a long line for itself. The last part looks like any other line, so
//! that the agent is asked where there are full parts.

use std::collections::HashMap;

use super::channel::{Channel, Window};
use super::entries::{Entry, Key, MAX_HEADER_BYTES, PART_BYTES, second_of, start_of};
use super::full_second;
use super::log_calls::CallFailure;
use super::log_query::NO_UNTIL;
use super::sizer::Sizer;
use super::ties::telling;
use crate::error::Error;

/// What full parts tell of entries.
#[derive(Debug, Default)]
pub(super) struct FullParts {
    /// Their stamps: an entry with one of them may be the end of a long line.
    pub(super) stamps: Vec<i64>,
    /// Whether the engine has cut off some of the entries meanwhile, and may have cut off full parts too.
    pub(super) may_lack: bool,
}

/// Looks for full parts within the time of these entries.
///
/// # Errors
/// A call fails.
pub(super) async fn look_for(channel: &Channel, entries: &[Entry]) -> Result<FullParts, Error> {
    let ends: Vec<(i64, &Entry)> = entries
        .iter()
        .filter(|entry| may_be_end(entry))
        .filter_map(|entry| Some((second_of(entry.stamp?), entry)))
        .collect();
    let mut seconds: Vec<i64> = ends.iter().map(|(second, _)| *second).collect();
    seconds.sort_unstable();
    seconds.dedup();
    let mut found = FullParts::default();
    let mut open = vec![seconds];
    while let Some(mut seconds) = open.pop() {
        let (Some(first), Some(last)) = (seconds.first(), seconds.last()) else {
            continue;
        };
        let within = *first..=*last;
        let ends = ends.iter().filter(|(second, _)| within.contains(second));
        let question = Question::about(channel, ends.map(|(_, end)| *end));
        let (since, until) = (first.to_string(), (last + 1).to_string());
        match question.ask(&since, &until).await {
            Ok(parts) => found.add(parts),
            Err(CallFailure::Failed(error)) => return Err(error),
            Err(CallFailure::TooLarge(_)) if seconds.len() > 1 => {
                let half = seconds.split_off(seconds.len() / 2);
                open.extend([seconds, half]);
            }
            Err(CallFailure::TooLarge(_)) => found.add(question.ask_apart(since, until).await?),
        }
    }
    Ok(found)
}

/// Asks for full parts, and for one of the entries that are looked into. The container engine stops at
/// the first entry that is later than the end of a window, which after a step back of the clock comes before
/// those: then that one is not there.
struct Question {
    full: Channel,
    last: Option<Key>,
}

impl Question {
    /// The last of these entries is asked for, if possible one that begins like no other.
    fn about<'a>(channel: &Channel, ends: impl Iterator<Item = &'a Entry>) -> Self {
        let tellings: Vec<(String, Key)> = ends.map(|end| (telling(end), end.key())).collect();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for (telling, _) in &tellings {
            *counts.entry(telling).or_default() += 1;
        }
        let mut latest = tellings.iter().rev();
        let only = latest.find(|(telling, _)| counts.get(telling.as_str()) == Some(&1));
        let last = only.or(tellings.last());
        let regex = match last {
            Some((telling, _)) => format!("{}|{telling}", full_part()),
            None => full_part(),
        };
        Self {
            full: Channel {
                regex: Some(regex),
                ..channel.unfiltered()
            },
            last: last.map(|(_, key)| *key),
        }
    }

    /// The full parts within a window.
    async fn ask(&self, since: &str, until: &str) -> Result<FullParts, CallFailure> {
        let mut until = until;
        loop {
            let window = Window::between(since.to_owned(), until.to_owned(), None);
            let entries = self.full.page(&window).await?.entries;
            let parts = self.parts_of(entries.iter());
            if !parts.may_lack || until == NO_UNTIL {
                return Ok(parts);
            }
            until = NO_UNTIL;
        }
    }

    /// The same where these are more than an answer carries.
    async fn ask_apart(&self, since: String, until: String) -> Result<FullParts, Error> {
        let stamp = start_of(since.parse().unwrap_or_default());
        let mut window = (since, until);
        loop {
            let sizer = Sizer::new(self.full.calls.encoding());
            let fetched = full_second::fetch(&self.full, &window, stamp, sizer).await?;
            let parts = self.parts_of(fetched.entries.iter().map(|(_, entry)| entry));
            if !parts.may_lack || window.1 == NO_UNTIL {
                return Ok(parts);
            }
            window.1 = NO_UNTIL.to_owned();
        }
    }

    fn parts_of<'a>(&self, entries: impl Iterator<Item = &'a Entry>) -> FullParts {
        let mut parts = FullParts {
            may_lack: self.last.is_some(),
            ..FullParts::default()
        };
        for entry in entries {
            if self.last == Some(entry.key()) {
                parts.may_lack = false;
            } else if entry.record.line().len() >= LEAST_UNITS {
                parts.stamps.extend(entry.stamp);
            }
        }
        parts
    }
}

impl FullParts {
    fn add(&mut self, other: Self) {
        self.stamps.extend(other.stamps);
        self.may_lack |= other.may_lack;
    }
}

/// Whether an entry by itself may be the end of a long line, which has no level in front.
pub(super) fn may_be_end(entry: &Entry) -> bool {
    entry.own_stamp && entry.record.loglevel() == 6 && !entry.goes_on()
}

/// How long the text of a full part is at the least, in bytes, and in UTF-16 units, of which other characters
/// than ASCII take fewer.
const LEAST_BYTES: usize = PART_BYTES - MAX_HEADER_BYTES;
const LEAST_UNITS: usize = LEAST_BYTES / 3;

/// An expression that all full parts match, and few other entries.
fn full_part() -> String {
    format!(r"\A(?:[\s\S]{{{LEAST_BYTES}}}|(?=[\s\S]*[^\x00-\x7F])[\s\S]{{{LEAST_UNITS}}})")
}
