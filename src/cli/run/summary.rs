//! The end of a run over many targets: summary, failures, exit code.

use crate::cli::run::session::Session;
use crate::cli::run::unknown_device::explain_unknown;
use crate::error::{Error, PART, without_tracking_id};
use crate::exit::Exit;
use crate::fetch::{DeviceFailure, FleetOutcome};
use crate::output::{Console, error_object};

/// How many ids a line names that stands for several failures.
const NAMED: usize = 5;

/// Prints the failures of several targets, equal ones as one, then a summary such as
/// `12 devices: 9 ok, 2 offline, 1 refused`. `noun` is what one target is called.
///
/// # Errors
/// The failure of the only target.
pub(crate) async fn summarize(
    session: &Session,
    console: Console,
    mut fleet: FleetOutcome,
    noun: &'static str,
) -> Result<Exit, Error> {
    fleet.set_unmatched_aside();
    explain_unknown(session, &mut fleet).await;
    if fleet.selected == 1 && fleet.failures.len() == 1 && !fleet.failures[0].in_part {
        return Err(fleet.failures.remove(0).error);
    }
    let exit = exit(&fleet);
    // Without failures, the summary is a note, which --quiet omits.
    let shows_summary = !(console.is_quiet() && fleet.failures.is_empty());
    let summary = (fleet.selected > 1 && shows_summary).then(|| summary(&fleet, noun));
    print_failures(console, fleet.failures, noun);
    if let Some(summary) = summary {
        console.summary(&summary);
    }
    Ok(exit)
}

/// Prints the failures of several targets, equal ones as one. `noun` is what one target is called.
pub(crate) fn print_failures(console: Console, failures: Vec<DeviceFailure>, noun: &'static str) {
    console.errors(&grouped(failures, noun, console.logs_calls()));
}

/// Equal failures of several targets as one, in the order of the first of each.
fn grouped(failures: Vec<DeviceFailure>, noun: &'static str, names_all: bool) -> Vec<Error> {
    let mut groups: Vec<(String, Vec<DeviceFailure>)> = Vec::new();
    for failure in failures {
        let kind = kind(&failure);
        match groups.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, group)) => group.push(failure),
            None => groups.push((kind, vec![failure])),
        }
    }
    let error = |(_, mut group): (String, Vec<DeviceFailure>)| {
        let ids: Vec<String> = group.iter().map(|failure| failure.device.clone()).collect();
        let first = group.swap_remove(0);
        match ids.len() {
            1 => first.error,
            count => Error::Several {
                noun,
                label: label(&first),
                ids,
                shown: if names_all { count } else { NAMED },
                first: Box::new(first.error),
            },
        }
    };
    groups.into_iter().map(error).collect()
}

fn label(failure: &DeviceFailure) -> &'static str {
    match failure.in_part {
        true => PART,
        false => failure.error.summary_label(),
    }
}

/// What equal failures have in common: everything but the device and the ids of calls.
fn kind(failure: &DeviceFailure) -> String {
    let mut kind = format!("{} {}", label(failure), failure.error);
    for cause in failure.error.causes() {
        kind.push('\n');
        kind.push_str(&without_tracking_id(&cause));
    }
    without_word(&kind, &failure.device)
}

/// A text without a word, which may stand anywhere in it.
fn without_word(text: &str, word: &str) -> String {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let mut rest = String::new();
    let mut from = 0;
    for (at, _) in text.match_indices(word) {
        let end = at + word.len();
        if is_edge(text[..at].chars().next_back()) && is_edge(text[end..].chars().next()) {
            rest.push_str(&text[from..at]);
            from = end;
        }
    }
    rest + &text[from..]
}

/// The `errors` of a JSON document.
pub(crate) fn error_objects(fleet: &FleetOutcome) -> Vec<String> {
    fleet
        .failures
        .iter()
        .map(|failure| error_object(Some(&failure.device), &failure.error))
        .collect()
}

/// How many targets did at least a part of what was asked.
fn worked(fleet: &FleetOutcome) -> usize {
    let failed = fleet.failures.iter().filter(|failure| !failure.in_part);
    let failed = failed.count() + fleet.without_module;
    fleet.selected.saturating_sub(failed)
}

fn exit(fleet: &FleetOutcome) -> Exit {
    let exits = fleet.failures.iter().map(|failure| failure.error.exit());
    Exit::of_targets(worked(fleet), exits)
}

fn summary(fleet: &FleetOutcome, noun: &str) -> String {
    // Each word with its count, in order of first occurrence.
    let mut words: Vec<(&str, usize)> = vec![("ok", worked(fleet))];
    let mut in_part: Vec<&str> = Vec::new();
    for failure in &fleet.failures {
        let word = match failure.in_part {
            false => failure.error.summary_label(),
            // A device counts once, even if several of its modules fail.
            true if in_part.contains(&failure.device.as_str()) => continue,
            true => {
                in_part.push(&failure.device);
                words[0].1 = words[0].1.saturating_sub(1);
                PART
            }
        };
        match words.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => words.push((word, 1)),
        }
    }
    if fleet.without_module > 0 {
        words.push(("without a matching module", fleet.without_module));
    }
    let counts: Vec<String> = words
        .iter()
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    format!("{} {noun}s: {}", fleet.selected, counts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(device: &str) -> Error {
        Error::Refused {
            device: device.to_owned(),
            method: "GetModuleLogs",
            status: 400,
            message: "no".to_owned(),
        }
    }

    #[test]
    fn the_summary_counts_each_device_once() {
        let failures = ["a", "b"].map(|device| DeviceFailure {
            device: device.to_owned(),
            error: refused(device),
            in_part: false,
        });
        let mut fleet = FleetOutcome {
            selected: 12,
            without_module: 0,
            failures: failures.into(),
        };
        for _ in 0..2 {
            fleet.worked_in_part("c", refused("c"));
        }
        assert_eq!(
            summary(&fleet, "device"),
            "12 devices: 9 ok, 2 refused, 1 in part"
        );
        assert_eq!(exit(&fleet), Exit::Partial);
        fleet.without_module = 4;
        assert_eq!(
            summary(&fleet, "device"),
            "12 devices: 5 ok, 2 refused, 1 in part, 4 without a matching module"
        );
    }

    #[test]
    fn equal_failures_are_one_line_with_the_first_ids() {
        let failure = |device: &str, message: &str| DeviceFailure {
            device: device.to_owned(),
            error: Error::Refused {
                device: device.to_owned(),
                method: "GetModuleLogs",
                status: 400,
                message: message.to_owned(),
            },
            in_part: false,
        };
        let failures = || {
            let mut failures: Vec<_> = (0..7).map(|n| failure(&format!("d{n}"), "no")).collect();
            failures.insert(2, failure("x", "other"));
            failures
        };
        let shown = |names_all| {
            let errors = grouped(failures(), "device", names_all);
            errors.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            shown(false),
            [
                "7 devices refused: d0, d1, d2, d3, d4 and 2 more",
                "device `x` refused GetModuleLogs"
            ]
        );
        assert_eq!(
            shown(true)[0],
            "7 devices refused: d0, d1, d2, d3, d4, d5, d6"
        );
    }
}
