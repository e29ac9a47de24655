//! What the operator is told while logs are fetched: all of the wording.

use std::time::Duration;

use super::entries::instant;
use crate::hub::TrafficTotals;

/// An unbounded request shows its traffic after this many calls.
pub(super) const TRAFFIC_AFTER_CALLS: u64 = 10;

/// An unbounded request takes many calls.
pub(super) fn traffic(device: &str, so_far: TrafficTotals) -> String {
    format!("device `{device}` so far: {so_far}; limit it with --since, --tail or a module's name")
}

/// Neighbouring pages do not fit together: stamps step back by more than pages overlap. `before` and
/// `after` are the stamps of the lines on both sides.
pub(super) fn stepped_back(device: &str, module: &str, before: i64, after: i64) -> String {
    format!(
        "the stamps of module `{module}` on device `{device}` step back; lines between the one of \
         {} and the one of {} may be missing",
        instant(before),
        instant(after)
    )
}

/// Lines that were there a moment ago are not any more.
pub(super) fn rotated(device: &str, module: &str, from: i64, to: i64) -> String {
    format!(
        "the engine cut the log of module `{module}` on device `{device}` while it was fetched; \
         lines between {} and {} may be missing",
        instant(from),
        instant(to)
    )
}

/// A page could not be fetched, although newer ones were.
pub(super) fn cut_short(device: &str, module: &str, first: i64) -> String {
    format!(
        "lines of module `{module}` on device `{device}` are missing before {}: what failed was \
         fetched from the end",
        instant(first)
    )
}

/// The agent knows no `includeTimestamp`, so that records have to do.
pub(super) fn served_through_json(device: &str) -> String {
    format!(
        "the edge agent of device `{device}` does not send stamps with text, so that its records \
         are fetched; their lines come without level and time"
    )
}

/// `--follow` begins.
pub(super) fn follows(device: &str, modules: usize, least: Duration, most: Duration) -> String {
    let modules = match modules {
        1 => "1 module".to_owned(),
        more => format!("{more} modules"),
    };
    format!(
        "following {modules} of `{device}` by asking again every {} to {}, since the \
         agent can't push; each call bills one message of 4 KB at least",
        humantime::format_duration(least),
        humantime::format_duration(most)
    )
}

/// `--follow` meets a failure that may pass.
pub(super) fn out_of_touch(device: &str, why: &str) -> String {
    format!("out of touch with `{device}` ({why}); asking on")
}

/// `--follow` goes on.
pub(super) fn in_touch(device: &str) -> String {
    format!("in touch with `{device}` again")
}
