//! One exit code out of what became of many targets, and the words that go with it.

use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::FleetOutcome;
use crate::output;
use crate::output::Console;
use crate::redact::redact;

/// What became of the targets so far.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    worked: usize,
    failures: Vec<Exit>,
}

impl Outcome {
    /// A target answered.
    pub(crate) fn worked(&mut self) {
        self.worked += 1;
    }

    /// A target failed for a reason that alone would end the program like this.
    pub(crate) fn failed(&mut self, exit: Exit) {
        self.failures.push(exit);
    }

    /// All worked: 0. Some did: 4. None did: their common code, or 1.
    pub(crate) fn exit(&self) -> Exit {
        match self.failures.as_slice() {
            [] => Exit::Success,
            _ if self.worked > 0 => Exit::Partial,
            [first, rest @ ..] if rest.iter().all(|exit| exit == first) => *first,
            _ => Exit::Unexpected,
        }
    }
}

/// Tells at the end of a run what became of its targets, and how the program is to end.
///
/// Several targets get a summary, such as `12 devices: 9 ok, 2 offline, 1 refused`, and after it
/// each failure. `noun` is what one target is called.
///
/// # Errors
/// The failure of the only target, which speaks for itself.
pub(crate) fn conclude(
    console: Console,
    mut fleet: FleetOutcome,
    noun: &str,
) -> Result<Exit, Error> {
    if fleet.selected == 1 && fleet.failures.len() == 1 && !fleet.failures[0].in_part {
        return Err(fleet.failures.remove(0).error);
    }
    let outcome = outcome_of(&fleet);
    // Where nothing failed, the counts are a note; otherwise they head the failures.
    let tells = !(console.is_quiet() && fleet.failures.is_empty());
    if fleet.selected > 1 && tells {
        console.summary(&summary(&fleet, outcome.worked, noun));
    }
    console.errors(fleet.failures.iter().map(|failure| &failure.error));
    Ok(outcome.exit())
}

/// The objects for the member `errors` of a JSON document.
pub(crate) fn error_objects(fleet: &FleetOutcome) -> Vec<String> {
    fleet
        .failures
        .iter()
        .map(|failure| output::error_object(&failure.device, &failure.error))
        .collect()
}

/// The object for the member `errors` of a list that is about no device.
pub(crate) fn error_without_device(error: &Error) -> String {
    serde_json::json!({
        "exit": error.exit().code(),
        "message": redact(&error.to_string()),
        "causes": error.causes().iter().map(|cause| redact(cause)).collect::<Vec<_>>(),
    })
    .to_string()
}

fn outcome_of(fleet: &FleetOutcome) -> Outcome {
    let failed = fleet.failures.iter().filter(|failure| !failure.in_part);
    Outcome {
        worked: fleet.selected.saturating_sub(failed.count()),
        failures: fleet
            .failures
            .iter()
            .map(|failure| failure.error.exit())
            .collect(),
    }
}

fn summary(fleet: &FleetOutcome, worked: usize, noun: &str) -> String {
    // The words in the order in which they came up first, each with its count.
    let mut words: Vec<(&str, usize)> = vec![("ok", worked)];
    let mut in_part: Vec<&str> = Vec::new();
    for failure in &fleet.failures {
        let word = match failure.in_part {
            false => failure.error.in_a_word(),
            // A device counts once, however many of its modules fail.
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

    fn exit(worked: usize, failures: &[Exit]) -> Exit {
        Outcome {
            worked,
            failures: failures.to_vec(),
        }
        .exit()
    }

    #[test]
    fn the_exit_code_tells_all_some_or_why_none() {
        assert_eq!(exit(2, &[]), Exit::Success);
        assert_eq!(exit(1, &[Exit::Unreachable]), Exit::Partial);
        assert_eq!(
            exit(0, &[Exit::Unreachable, Exit::Unreachable]),
            Exit::Unreachable
        );
        assert_eq!(
            exit(0, &[Exit::Unreachable, Exit::Refused]),
            Exit::Unexpected
        );
    }

    fn refused(device: &str) -> Error {
        Error::Refused {
            device: device.to_owned(),
            method: "GetModuleLogs",
            status: 400,
            message: "no".to_owned(),
        }
    }

    #[test]
    fn the_summary_counts_devices_and_names_what_became_of_them() {
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
        let outcome = outcome_of(&fleet);
        assert_eq!(
            summary(&fleet, outcome.worked, "device"),
            "12 devices: 9 ok, 2 refused, 1 in part"
        );
        assert_eq!(outcome.exit(), Exit::Partial);
    }
}
