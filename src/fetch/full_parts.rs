//! Finds long lines of which an expression let only the end through.
//!
//! The agent judges each part of a long line for itself. The last part looks like any other line, so
//! that the agent is asked where there are full parts.

use super::channel::{Channel, Window};
use super::entries::{Entry, MAX_HEADER_BYTES, PART_BYTES, second_of, start_of};
use super::full_second;
use super::log_calls::CallFailure;
use super::sizer::Sizer;
use crate::error::Error;

/// The stamps that full parts have within the time of these entries, so that an entry with one of
/// them may be the end of a long line.
///
/// # Errors
/// A call fails.
pub(super) async fn stamps(channel: &Channel, entries: &[Entry]) -> Result<Vec<i64>, Error> {
    let mut seconds: Vec<i64> = entries
        .iter()
        .filter(|entry| may_be_end(entry))
        .filter_map(|entry| entry.stamp.map(second_of))
        .collect();
    seconds.sort_unstable();
    seconds.dedup();
    let full = Channel {
        regex: Some(full_part()),
        ..channel.unfiltered()
    };
    let mut found = Vec::new();
    let mut open = vec![seconds];
    while let Some(mut seconds) = open.pop() {
        let (Some(first), Some(last)) = (seconds.first(), seconds.last()) else {
            continue;
        };
        let (since, until) = (*first, last + 1);
        let window = Window::between(since.to_string(), until.to_string(), None);
        match full.page(&window).await {
            Ok(page) => found.extend(page.entries.iter().filter_map(|part| part.stamp)),
            Err(CallFailure::Failed(error)) => return Err(error),
            Err(CallFailure::TooLarge(_)) if seconds.len() > 1 => {
                let half = seconds.split_off(seconds.len() / 2);
                open.extend([seconds, half]);
            }
            Err(CallFailure::TooLarge(_)) => {
                let window = (since.to_string(), until.to_string());
                let sizer = Sizer::new(full.calls.encoding());
                let parts = full_second::fetch(&full, &window, start_of(since), sizer).await?;
                found.extend(parts.entries.iter().filter_map(|(_, part)| part.stamp));
            }
        }
    }
    Ok(found)
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
