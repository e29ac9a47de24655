//! Finds long lines of which an expression let only the end through.
//!
//! The agent judges each part of a long line for itself. The last part looks like any other line, so
//! that the agent is asked where there are full parts.

use std::collections::HashSet;

use super::channel::{Channel, Window};
use super::entries::{Entry, MAX_HEADER_BYTES, PART_BYTES, second_of, start_of};
use super::full_second;
use super::log_calls::CallFailure;
use super::log_query::NO_UNTIL;
use super::sizer::Sizer;
use super::ties::{is_surely_found, reaches};
use crate::error::Error;

/// Where a log has full parts, as far as that was asked.
pub(super) struct FullParts {
    /// The full parts alone.
    channel: Channel,
    /// The stamps of all that the log has from a second on.
    all: Option<(i64, HashSet<i64>)>,
    /// Whether these are more than an answer carries.
    are_many: bool,
}

impl FullParts {
    /// Of the module whose log a channel filters.
    pub(super) fn new(channel: &Channel) -> Self {
        Self {
            channel: Channel {
                regex: Some(full_part()),
                ..channel.unfiltered()
            },
            all: None,
            are_many: false,
        }
    }

    /// The stamps that full parts have, those within the time of these entries at least: an entry with one of them
    /// may be the end of a long line. The entries are in the log's order.
    ///
    /// # Errors
    /// A call fails, or there are more in a second than can be fetched.
    pub(super) async fn stamps(&mut self, entries: &[Entry]) -> Result<HashSet<i64>, Error> {
        let ends = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| may_be_end(entry));
        let ends = ends.filter_map(|(place, end)| Some((second_of(end.stamp?), place)));
        let mut ends: Vec<(i64, usize)> = ends.collect();
        let Some(first) = ends.iter().map(|(second, _)| *second).min() else {
            return Ok(HashSet::new());
        };
        if !self.are_many && self.all.as_ref().is_none_or(|(since, _)| *since > first) {
            let window = Window::between(first.to_string(), NO_UNTIL.to_owned(), None);
            match self.channel.page(&window).await {
                Ok(page) => self.all = Some((first, stamps_of(&page.entries))),
                Err(CallFailure::Failed(error)) => return Err(error),
                Err(CallFailure::TooLarge(_)) => self.are_many = true,
            }
        }
        if let Some((since, all)) = &self.all
            && *since <= first
        {
            return Ok(all.clone());
        }
        ends.sort_unstable();
        let known = self.all.as_ref();
        let mut found = known.map(|(_, all)| all.clone()).unwrap_or_default();
        let mut open = vec![ends.as_slice()];
        while let Some(ends) = open.pop() {
            let (Some((since, _)), Some((last, _))) = (ends.first(), ends.last()) else {
                continue;
            };
            let (since, until) = (*since, last + 1);
            if self.all.as_ref().is_some_and(|(from, _)| *from <= since) {
                continue;
            }
            let window = Window::between(since.to_string(), until.to_string(), None);
            match self.channel.page(&window).await {
                Ok(page) => found.extend(stamps_of(&page.entries)),
                Err(CallFailure::Failed(error)) => return Err(error),
                Err(CallFailure::TooLarge(_)) => {
                    let middle = ends[ends.len() / 2].0;
                    let half = ends.partition_point(|(second, _)| *second < middle.max(since + 1));
                    if half < ends.len() {
                        let (earlier, later) = ends.split_at(half);
                        open.extend([later, earlier]);
                        continue;
                    }
                    found.extend(self.in_parts(since, &until.to_string()).await?);
                }
            }
            let mut places: Vec<usize> = ends.iter().map(|(_, place)| *place).collect();
            places.sort_unstable();
            let last = places.iter().rev().map(|place| &entries[*place]);
            let Some(last) = last.into_iter().find(|end| is_surely_found(end)) else {
                continue;
            };
            if !reaches(&self.channel, last, &until.to_string()).await? {
                let all = self.in_parts(since, NO_UNTIL).await?;
                self.all = Some((since, all.clone()));
                found.extend(all);
            }
        }
        Ok(found)
    }

    /// The stamps of full parts that are more than an answer carries.
    async fn in_parts(&self, since: i64, until: &str) -> Result<HashSet<i64>, Error> {
        let window = (since.to_string(), until.to_owned());
        let sizer = Sizer::new(self.channel.calls.encoding());
        let parts = full_second::fetch(&self.channel, &window, start_of(since), sizer).await?;
        let stamps = parts.entries.iter().filter_map(|(_, part)| part.stamp);
        Ok(stamps.collect())
    }
}

fn stamps_of(parts: &[Entry]) -> HashSet<i64> {
    parts.iter().filter_map(|part| part.stamp).collect()
}

/// Whether an entry by itself may be the end of a long line, which has no level in front.
pub(super) fn may_be_end(entry: &Entry) -> bool {
    entry.own_stamp && entry.record.loglevel() == 6 && !entry.goes_on()
}

/// An expression that all full parts match, and few other entries. It counts UTF-16 units, of which
/// other characters than ASCII take fewer than bytes.
fn full_part() -> String {
    let bytes = PART_BYTES - MAX_HEADER_BYTES;
    let units = bytes / 3;
    format!(r"\A(?:[\s\S]{{{bytes}}}|(?=[\s\S]*[^\x00-\x7F])[\s\S]{{{units}}})")
}
