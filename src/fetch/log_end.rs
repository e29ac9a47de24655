//! Whether the container engine behind an agent has read a log to its end.
//!
//! It reads a log from the beginning where a request has a start, a level or a regex, and stops without a word
//! where a file of the driver `json-file` is damaged, as a power cut leaves it (Docker 20.10, measured): then nothing
//! that is later comes, and a log in which much happens looks like a quiet one. Where such a request brought no recent
//! lines, the engine is asked for its last entry, which it finds from the end, and whether it comes to that from the
//! beginning. Our own module looks for itself.

use super::channel::{Channel, Window};
use super::entries::Entry;
use super::log_calls::{CallFailure, Cut, LogCalls};
use super::log_query::{LogQueryFilter, NO_SINCE, NO_UNTIL};
use super::notices;
use crate::error::Error;

/// A log whose newest entry is not older than this is not looked at: a device takes longer to start again.
const RECENT: i64 = 60 * 1_000_000_000;

/// The last entry of a log, as far as it is known.
#[derive(Debug, Clone, Default)]
pub(super) enum LastEntry {
    /// It has not been asked for.
    #[default]
    Unknown,
    /// None where nothing is within the window.
    Known(Option<Box<Entry>>),
    /// The engine comes to it.
    Reached,
}

/// Whether the end of a log is to be looked at, where `newest` is the last entry that came.
pub(super) fn is_doubtful(
    calls: &LogCalls,
    filter: &LogQueryFilter,
    newest: Option<&Entry>,
) -> bool {
    let is_recent = |stamp: i64| {
        let now = i64::try_from(calls.clock().now().as_nanosecond());
        now.is_ok_and(|now| stamp > now - RECENT)
    };
    let is_read_forward = filter.since.is_some() || filter.is_judged();
    // Plain text has no stamps.
    let stamp = newest.and_then(|newest| newest.stamp);
    let is_old = !stamp.is_some_and(is_recent);
    is_read_forward && filter.until.is_none() && is_old && !calls.is_documented()
}

/// The last entry that has a stamp of its own.
pub(super) fn last_of(entries: Vec<Entry>) -> Option<Entry> {
    entries.into_iter().rfind(|entry| entry.own_stamp)
}

/// Whether the newest entry that came is certainly the last one of a log. Plain text has no stamps, and lines repeat.
pub(super) fn is_end(newest: &Entry, end: &Entry) -> bool {
    newest.stamp.is_some() && newest.key() == end.key()
}

/// Whether an engine that comes to one entry has come to another that was the last one before.
pub(super) fn reaches(reached: &Entry, end: &Entry) -> bool {
    reached.key() == end.key() || reached.stamp > end.stamp
}

/// Looks whether the log goes on behind the newest entry that came since a time. What is wrong with it.
pub(super) async fn check(
    channel: &Channel,
    since: Option<String>,
    newest: Option<&Entry>,
    last: LastEntry,
) -> Option<Error> {
    match goes_on(channel, since, newest, last).await {
        Ok(None) => None,
        Ok(Some(end)) => {
            let message = notices::stops_within(newest.and_then(|newest| newest.stamp), end);
            Some(Cut::ByDevice(message).error(channel.calls.device(), &channel.module))
        }
        // All that the agent gave is here.
        Err(_) => {
            let text = notices::end_unknown(channel.calls.device(), &channel.module);
            channel.calls.report().warn(&text);
            None
        }
    }
}

/// The stamp of the last entry, if the engine does not come to it from the beginning.
async fn goes_on(
    channel: &Channel,
    since: Option<String>,
    newest: Option<&Entry>,
    last: LastEntry,
) -> Result<Option<i64>, CallFailure> {
    // Without `until`, the engine takes the last entry before it looks at `since`.
    let from_the_end = Window {
        since: since.clone(),
        tail: Some(1),
        ..Window::default()
    };
    let last_entry = async || match channel.page(&from_the_end).await {
        Ok(page) => Ok(last_of(page.entries)),
        Err(failure) => Err(failure),
    };
    let end = match last {
        LastEntry::Known(last) => last.map(|last| *last),
        LastEntry::Unknown => last_entry().await?,
        LastEntry::Reached => None,
    };
    let Some(end) = end else {
        return Ok(None);
    };
    if newest.is_some_and(|newest| is_end(newest, &end)) {
        return Ok(None);
    }
    let since = since.unwrap_or_else(|| NO_SINCE.to_owned());
    let from_the_beginning = Window::between(since, NO_UNTIL.to_owned(), Some(1));
    let reached = last_of(channel.page(&from_the_beginning).await?.entries);
    if reached.is_some_and(|reached| reaches(&reached, &end)) {
        return Ok(None);
    }
    // It may be another log meanwhile.
    let again = last_entry().await?;
    Ok(again
        .filter(|again| again.key() == end.key())
        .and_then(|again| again.stamp))
}
