//! The checks of a device's agent.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::cli::run::check_report::Finding;
use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::EdgeAgent;
use crate::hub::{HubClient, HubErrorKind, ModuleTwin, Timeouts};
use crate::methods::EDGE_AGENT;
use crate::shell_word::shell_word;

/// How long the hub waits for the agent: less than the check's limit.
const PING_TIMEOUT: Duration = Duration::from_secs(8);

/// Whether the agent answers, even if the hub calls it disconnected.
pub(crate) async fn ping(
    client: Arc<HubClient>,
    device: &str,
    module: &str,
) -> Result<(Finding, ()), Error> {
    let timeouts = Timeouts {
        response: PING_TIMEOUT,
        connect: Duration::ZERO,
    };
    let agent = EdgeAgent::new(client, device, timeouts).of_module(module);
    let took = agent.ping().await;
    let took = took.map_err(|error| not_answered(error, device))?;
    let who = match module {
        EDGE_AGENT => format!("`{device}`"),
        module => format!("module `{module}` of `{device}`"),
    };
    let detail = format!("{who} answered a ping after {} ms", took.as_millis());
    Ok((Finding::ok(detail), ()))
}

/// Replaces a hint whose flag `doctor` doesn't have.
fn not_answered(error: Error, device: &str) -> Error {
    let flag = match &error {
        Error::Hub { source, .. } => match source.kind {
            HubErrorKind::NotConnected => "--connect-timeout 60s",
            HubErrorKind::NoAnswer => "--timeout 60s",
            _ => return error,
        },
        _ => return error,
    };
    Error::Check {
        message: error.to_string(),
        cause: Some(error.causes().join("\n")),
        hint: Some(format!("edgelogs ping -d {} {flag}", shell_word(device))),
        exit: error.exit(),
    }
}

/// Whether the agent's version supports everything.
pub(crate) fn version(twin: &ModuleTwin, device: &str) -> Result<(Finding, ()), Error> {
    let reported = twin.properties.reported.get("version");
    let version = reported
        .and_then(|version| version.get("version"))
        .and_then(Value::as_str);
    let Some(version) = version else {
        return Ok((
            Finding::skipped(format!("`{device}` doesn't report it")),
            (),
        ));
    };
    let update = "update the device's runtime";
    let finding = match numbers(version) {
        Some(parts) if parts < [1, 0, 0] => {
            // No edgeAgent was released under such a number.
            Finding::ok(format!(
                "{version}, not a version of the standard edgeAgent"
            ))
        }
        Some(parts) if parts < [1, 0, 10] => {
            return Err(Error::Check {
                message: format!("edgeAgent {version} of device `{device}` is too old"),
                cause: Some("logs, uploads and support bundles need 1.0.10 or later".to_owned()),
                hint: Some(update.to_owned()),
                exit: Exit::Refused,
            });
        }
        Some(parts) if parts < [1, 2, 0] => Finding::warning(
            format!("edgeAgent {version} supports neither `until` nor line timestamps"),
            format!("{update} to 1.2 or later for --until and complete logs of any size"),
        ),
        Some(_) => Finding::ok(version),
        None => Finding::skipped(format!("`{version}` is not a version number")),
    };
    Ok((finding, ()))
}

/// The first three numbers of a version.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let digits = |part: &str| {
        let end = part
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(part.len());
        part[..end].parse::<u64>().ok()
    };
    let mut parts = version.trim().split('.').map(digits);
    Some([
        parts.next()??,
        parts.next().flatten().unwrap_or(0),
        parts.next().flatten().unwrap_or(0),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert_eq!(numbers("1.0.10-rc1.2345"), Some([1, 0, 10]));
        assert_eq!(numbers("1.5"), Some([1, 5, 0]));
        assert_eq!(numbers("latest"), None);
        assert!(numbers("1.0.9") < numbers("1.0.10"));
    }
}
