//! What other programs of the device tell: `iotedge check`, and the journals of the system units.

use std::process::{Output, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use tokio::process::Command;

use super::archive::Archive;

/// The units whose journals the shipped bundle holds.
const UNITS: [&str; 5] = [
    "aziot-keyd",
    "aziot-certd",
    "aziot-identityd",
    "aziot-edged",
    "docker",
];

/// How long a program may take. The shipped bundle is cut off as a whole by a check that is slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a program may print, in bytes; the rest is cut off.
const MAX_BYTES: usize = 64 << 20;

/// Adds `check.json`, if the program is installed.
pub(super) async fn add_check(archive: &mut Archive, hub: &str) -> std::io::Result<()> {
    let mut command = Command::new("iotedge");
    command.args(["check", "-o", "json", "--iothub-hostname", hub]);
    match output(command).await {
        // It fails when a check fails, which is when its report is wanted most.
        Ok(output) if !output.stdout.is_empty() => {
            archive.whole("check.json", &output.stdout).await
        }
        Ok(output) => {
            archive.missing("check.json", &String::from_utf8_lossy(&output.stderr));
            Ok(())
        }
        Err(reason) => {
            archive.missing("check.json", &reason);
            Ok(())
        }
    }
}

/// Adds the journal of each system unit.
pub(super) async fn add_system_logs(
    archive: &mut Archive,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
) -> std::io::Result<()> {
    for unit in UNITS {
        let reason = match output(journal(unit, since, until)).await {
            Ok(output) if output.status.success() => {
                archive
                    .whole(&format!("logs/{unit}.txt"), &output.stdout)
                    .await?;
                continue;
            }
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(reason) => reason,
        };
        archive.missing(&format!("the journal of {unit}"), reason.trim());
        archive
            .whole(&format!("logs/{unit}_err.txt"), reason.as_bytes())
            .await?;
    }
    Ok(())
}

/// The question for a unit's journal. Both ends say that they are in UTC: `journalctl` reads a time
/// without a zone as local, and the shipped bundle is off by the device's offset.
fn journal(unit: &str, since: Option<Timestamp>, until: Option<Timestamp>) -> Command {
    let mut command = Command::new("journalctl");
    command.args(["--all", "--utc", "--no-pager", "--unit", unit]);
    let time = |bound: Timestamp| bound.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    if let Some(since) = since {
        command.arg("--since").arg(time(since));
    }
    if let Some(until) = until {
        command.arg("--until").arg(time(until));
    }
    command
}

async fn output(mut command: Command) -> Result<Output, String> {
    let program = command
        .as_std()
        .get_program()
        .to_string_lossy()
        .into_owned();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("`{program}` can't be started: {error}"))?;
    match tokio::time::timeout(PATIENCE, child.wait_with_output()).await {
        Ok(Ok(mut output)) => {
            output.stdout.truncate(MAX_BYTES);
            Ok(output)
        }
        Ok(Err(error)) => Err(format!("`{program}` broke off: {error}")),
        Err(_) => Err(format!(
            "`{program}` took longer than {} s",
            PATIENCE.as_secs()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journals_are_asked_for_in_utc() {
        let bound = |text: &str| Some(text.parse().unwrap());
        let command = journal(
            "docker",
            bound("2026-11-22T10:00:00+05:00"),
            bound("2026-11-22T06:00:00Z"),
        );
        let args: Vec<_> = command
            .as_std()
            .get_args()
            .map(|arg| arg.to_string_lossy().into_owned())
            .collect();
        assert!(
            args.contains(&"2026-11-22 05:00:00 UTC".to_owned()),
            "{args:?}"
        );
        assert!(
            args.contains(&"2026-11-22 06:00:00 UTC".to_owned()),
            "{args:?}"
        );
        assert!(args.contains(&"--utc".to_owned()));
    }
}
