//! The end of a run over many targets: summary, failures, exit code.

use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::FleetOutcome;
use crate::output::{Console, error_object};

/// Prints a summary such as `12 devices: 9 ok, 2 offline, 1 refused` for several targets, then each
/// failure. `noun` is what one target is called.
///
/// # Errors
/// The failure of the only target.
pub(crate) fn summarize(
    console: Console,
    mut fleet: FleetOutcome,
    noun: &str,
) -> Result<Exit, Error> {
    if fleet.selected == 1 && fleet.failures.len() == 1 && !fleet.failures[0].in_part {
        return Err(fleet.failures.remove(0).error);
    }
    // Without failures, the summary is a note, which --quiet omits.
    let shows_summary = !(console.is_quiet() && fleet.failures.is_empty());
    if fleet.selected > 1 && shows_summary {
        console.summary(&summary(&fleet, noun));
    }
    console.errors(fleet.failures.iter().map(|failure| &failure.error));
    Ok(exit(&fleet))
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
    fleet.selected.saturating_sub(failed.count())
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
                "in part"
            }
        };
        match words.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => words.push((word, 1)),
        }
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
    use crate::fetch::DeviceFailure;

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
    }
}
