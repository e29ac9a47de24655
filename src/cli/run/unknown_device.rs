//! What was meant by a device that the hub does not know.

use crate::cli::run::session::Session;
use crate::closest_name::closest;
use crate::error::Error;
use crate::fetch::{FleetOutcome, device_ids};
use crate::shell_word::shell_word;

/// How many ids of the hub are compared: ten pages, of which a unit of IoT Hub answers 20 a minute.
const MAX_IDS: usize = 1_000;

/// Gives the failures of devices that the hub does not know a hint with what was meant.
pub(crate) async fn explain_unknown(session: &Session, fleet: &mut FleetOutcome) {
    let mut failures = fleet.failures.iter_mut();
    let Some(failure) = failures.find(|failure| failure.error.unknown_device().is_some()) else {
        return;
    };
    // Without the names, the message is still right.
    let Ok(known) = device_ids(session.client(), MAX_IDS).await else {
        return;
    };
    let Some(hint) = hint(&failure.device, &known) else {
        return;
    };
    let error = std::mem::replace(&mut failure.error, Error::NoDevice);
    failure.error = error.with_hint(hint);
}

fn hint(device: &str, known: &[String]) -> Option<String> {
    let is_known = |id: &str| known.iter().any(|other| other == id);
    if is_known(device) {
        // It is there, but disabled.
        return None;
    }
    let parts: Vec<&str> = device.split(',').map(str::trim).collect();
    if parts.len() > 1 && parts.iter().any(|part| is_known(part)) {
        let flags: Vec<String> = parts
            .iter()
            .map(|part| format!("-d {}", shell_word(part)))
            .collect();
        return Some(format!(
            "give each device its own flag: {}",
            flags.join(" ")
        ));
    }
    if device.contains(['*', '?']) {
        return Some(format!(
            "select devices by a pattern with --match {}",
            shell_word(device)
        ));
    }
    if let Some(id) = device.strip_prefix('#') {
        return Some(format!("a comment needs a blank after the #: # {id}"));
    }
    let nearest = closest(device, known.iter().map(String::as_str))?;
    Some(format!(
        "did you mean `{nearest}`? list the devices: edgelogs devices"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_told_by_the_devices_that_there_are() {
        let known = ["press-0001", "press-0007", "b"].map(str::to_owned);
        for (typed, expected) in [
            (
                "press-7",
                Some("did you mean `press-0007`? list the devices: edgelogs devices"),
            ),
            (
                "press-0001,b",
                Some("give each device its own flag: -d press-0001 -d b"),
            ),
            (
                "press-*",
                Some("select devices by a pattern with --match 'press-*'"),
            ),
            (
                "#press-0001",
                Some("a comment needs a blank after the #: # press-0001"),
            ),
            ("press-0001", None),
            ("zzz", None),
        ] {
            assert_eq!(hint(typed, &known).as_deref(), expected, "{typed}");
        }
    }
}
