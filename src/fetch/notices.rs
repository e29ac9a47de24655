//! The notes and warnings that fetching logs prints.

use super::entries::{UNSTAMPED, instant};
use super::pace::Pace;
use crate::hub::TrafficTotals;

/// An unbounded request shows its traffic after this many calls.
pub(super) const TRAFFIC_AFTER_CALLS: u64 = 10;

/// An unbounded request takes many calls.
pub(super) fn traffic(device: &str, so_far: TrafficTotals) -> String {
    format!(
        "device `{device}` so far: {so_far}; limit the request with --since, --tail or a module name"
    )
}

/// Neighbouring pages do not fit together. `first` is the stamp of the first line that is known, in
/// nanoseconds since 1970.
pub(super) fn stepped_back(first: i64) -> String {
    format!(
        "the engine's timestamps go back in time before the line of {}; lines before it can't be fetched",
        instant(first)
    )
}

/// What was asked for apart has only its stamps for an order, and they go back from one to another.
pub(super) fn disordered(device: &str, module: &str, from: i64, to: i64) -> String {
    format!(
        "the engine's timestamps of module `{module}` on device `{device}` go back from {} to {}; lines \
         around that time may be out of order",
        instant(from),
        instant(to)
    )
}

/// Nothing tells whether the clock was set back between lines of several levels.
pub(super) fn order_unknown(device: &str, module: &str) -> String {
    format!(
        "lines of several levels of module `{module}` on device `{device}` are in the order of their timestamps: \
         the call that shows whether the clock was set back failed"
    )
}

/// The last lines are wanted, and begin where stamps do not tell which come later. `first` is the stamp of the
/// first line whose place is known.
pub(super) fn last_unknown(first: i64) -> String {
    format!(
        "the engine's timestamps go back in time shortly before the line of {}, so that it is not certain \
         which lines are the last ones",
        instant(first)
    )
}

/// The engine stops within a log. `newest` is the stamp of the last entry that it reads, and `end` that of the last
/// one that is there.
pub(super) fn stops_within(newest: Option<i64>, end: i64) -> String {
    let reads = match newest {
        Some(newest) => format!("stops after the line of {}", instant(newest)),
        None => "finds none of its lines".to_owned(),
    };
    format!(
        "the container engine {reads}, although the log goes on to {}: a file of it is damaged, or compressed, which \
         Docker up to 20.10 may skip",
        instant(end)
    )
}

/// Nothing tells whether the engine has read a log to its end.
pub(super) fn end_unknown(device: &str, module: &str) -> String {
    format!(
        "whether the log of module `{module}` on device `{device}` goes on is not known: the call that tells failed"
    )
}

/// There are too many lines of one stamp to ask for their order.
pub(super) fn unsettled(stamp: i64) -> String {
    format!(
        "there are too many lines of {} to tell their order",
        instant(stamp)
    )
}

/// Lines that were fetched apart are gone, or stand behind a step back of the clock, where no window has them.
pub(super) fn order_gone(stamp: i64) -> String {
    format!(
        "lines of {} were rotated away before their order was known, or the clock was set back before them",
        instant(stamp)
    )
}

/// Lines that an earlier page held are gone.
pub(super) fn rotated(device: &str, module: &str, first: i64) -> String {
    format!(
        "the engine rotated the log of module `{module}` on device `{device}` during the fetch; \
         lines before {} may be missing",
        instant(first)
    )
}

/// Fetching failed after the newer pages were there: a log is paged backward.
pub(super) fn cut_short(device: &str, module: &str, first: i64) -> String {
    format!(
        "lines of module `{module}` on device `{device}` before {} are missing: logs are fetched \
         from the end, and the fetch failed there",
        instant(first)
    )
}

/// Nothing tells which lines without a level are the ends of longer ones, from one stamp to another.
pub(super) fn kept_back(device: &str, module: &str, first: i64, last: i64) -> String {
    format!(
        "lines of module `{module}` on device `{device}` from {} to {} are missing: one without a level \
         may be the end of a longer line, and the call that would tell failed",
        instant(first),
        instant(last)
    )
}

/// So many lines came that may not be among the last ones, since later ones are missing.
pub(super) fn held_back(device: &str, module: &str, count: usize) -> String {
    let (lines, are) = match count {
        1 => ("line", "is"),
        _ => ("lines", "are"),
    };
    format!(
        "{count} {lines} of module `{module}` on device `{device}` {are} not shown: later ones that can't be \
         fetched may belong to `--tail` instead"
    )
}

/// The agent ignores `includeTimestamp`, so each page is fetched in both forms.
pub(super) fn fetched_twice(device: &str) -> String {
    format!(
        "the edge agent of device `{device}` sends no timestamps with text, so every page is fetched \
         twice: as text, and as JSON records for the timestamps"
    )
}

/// `--follow` begins.
pub(super) fn follows(device: &str, modules: usize, pace: Pace) -> String {
    let modules = match modules {
        1 => "1 module".to_owned(),
        more => format!("{more} modules"),
    };
    format!(
        "following {modules} of `{device}`: polling every {} to {}, since the agent can't push; \
         each call bills at least one message of 4 KB",
        humantime::format_duration(pace.least),
        humantime::format_duration(pace.most)
    )
}

/// A device has none of the modules that are to be followed.
pub(super) fn no_module_yet(device: &str) -> String {
    format!("no module of `{device}` matches; following it once one does")
}

/// A module has appeared.
pub(super) fn module_joins(device: &str, module: &str) -> String {
    format!("following module `{module}` of `{device}` too")
}

/// A module is back that was gone, or could not be read.
pub(super) fn module_back(device: &str, module: &str) -> String {
    format!("module `{module}` is back on device `{device}`")
}

/// A device is no longer among the selected ones.
pub(super) fn not_selected(device: &str) -> String {
    format!("`{device}` is no longer selected; following it again once it is")
}

/// `--follow` met a failure that may pass.
pub(super) fn contact_lost(device: &str, why: &str) -> String {
    format!("lost contact with `{device}` ({why}); retrying")
}

/// `--follow` goes on.
pub(super) fn reconnected(device: &str) -> String {
    format!("reconnected to `{device}`")
}

/// A followed module no longer answers to its name.
pub(super) fn module_gone(device: &str, module: &str) -> String {
    format!("module `{module}` is gone from device `{device}`; following it again once it is back")
}

/// A module is not on the device that an earlier run has read. `last` is the stamp of the latest line.
pub(super) fn not_there(device: &str, module: &str, last: i64) -> String {
    let from = match last {
        UNSTAMPED => "what was printed".to_owned(),
        last => instant(last).to_string(),
    };
    format!(
        "module `{module}` is not on device `{device}`, where an earlier run read its log; lines after \
         {from} may be missing"
    )
}

/// The last lines that were printed are no longer in the log. `last` is the stamp of the latest.
pub(super) fn lost_track(device: &str, module: &str, last: i64) -> String {
    let from = match last {
        UNSTAMPED => "what was printed".to_owned(),
        last => instant(last).to_string(),
    };
    format!(
        "the log of module `{module}` on device `{device}` was rotated or started anew; lines \
         after {from} may be missing"
    )
}
