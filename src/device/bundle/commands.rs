//! The output of other programs on the device: `iotedge check`, and the journals of system units.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use super::archive::Archive;
use crate::secret_variables::SECRET_VARIABLES;

/// The units whose journals the shipped bundle holds.
const UNITS: [&str; 5] = [
    "aziot-keyd",
    "aziot-certd",
    "aziot-identityd",
    "aziot-edged",
    "docker",
];

/// How long the check may take. A slow check fails the whole bundle of the shipped agent.
const CHECK_WITHIN: Duration = Duration::from_secs(60);

/// How long a journal may take: years of logs on a slow disk take minutes.
const JOURNAL_WITHIN: Duration = Duration::from_secs(300);

/// How much of a program's stderr is kept.
const MAX_STDERR_BYTES: u64 = 64 << 10;

/// How much of a program's output is read at once.
const CHUNK_BYTES: usize = 64 << 10;

/// Adds `check.json`, if the program is installed.
pub(super) async fn add_check(archive: &mut Archive, hub: &str) -> io::Result<()> {
    let mut command = program("iotedge");
    command.args(["check", "-o", "json", "--iothub-hostname", hub]);
    match add_output(archive, command, "check.json", CHECK_WITHIN).await? {
        // It exits with an error if a check fails, which is when its report matters most.
        Ended::Failure { any: true, .. } | Ended::Success => Ok(()),
        Ended::Failure { reason, .. } | Ended::CutOff(reason) => {
            archive.missing("check.json, or its end", reason.trim());
            archive.whole("check_err.txt", reason.as_bytes()).await
        }
    }
}

/// Adds the journal of each system unit.
pub(super) async fn add_system_logs(
    archive: &mut Archive,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
) -> io::Result<()> {
    for unit in UNITS {
        let entry = format!("logs/{unit}.txt");
        let command = journal(unit, since, until);
        match add_output(archive, command, &entry, JOURNAL_WITHIN).await? {
            Ended::Success => {}
            Ended::Failure { reason, .. } | Ended::CutOff(reason) => {
                archive.missing(&format!("the journal of {unit}, or its end"), reason.trim());
                archive
                    .whole(&format!("logs/{unit}_err.txt"), reason.as_bytes())
                    .await?;
            }
        }
    }
    Ok(())
}

/// A program that gets none of our secrets.
fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    for name in SECRET_VARIABLES {
        command.env_remove(name);
    }
    command
}

/// The command that reads a unit's journal. Both times end in `UTC`: `journalctl` reads a time without
/// a zone as local, so the journals in the shipped agent's bundle are off by the device's offset.
fn journal(unit: &str, since: Option<Timestamp>, until: Option<Timestamp>) -> Command {
    let mut command = program("journalctl");
    command.args(["--all", "--utc", "--no-pager", "--unit", unit]);
    let time = |bound: Timestamp| bound.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    if let Some(since) = since {
        command.arg("--since").arg(time(since));
    }
    if let Some(until) = until {
        // It takes whole seconds.
        let whole = SignedDuration::from_nanos(999_999_999);
        let until = until.checked_add(whole).unwrap_or(until);
        command.arg("--until").arg(time(until));
    }
    command
}

/// How a program ended.
enum Ended {
    Success,
    /// With a non-zero exit code; `any` is whether it printed anything.
    Failure {
        any: bool,
        reason: String,
    },
    /// It did not start, or its output could not be read to the end.
    CutOff(String),
}

/// Copies a program's output into an entry, in pieces: a journal can be larger than memory. A
/// program that fails without output gets no entry.
async fn add_output(
    archive: &mut Archive,
    mut command: Command,
    entry: &str,
    within: Duration,
) -> io::Result<Ended> {
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
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            return Ok(Ended::CutOff(format!(
                "`{program}` can't be started: {error}"
            )));
        }
    };
    match tokio::time::timeout(within, copy_output(archive, &mut child, entry)).await {
        Ok(Ok(ended)) => Ok(ended),
        Ok(Err(CopyError::Archive(error))) => Err(error),
        Ok(Err(CopyError::Program(error))) => Ok(Ended::CutOff(format!(
            "`{program}` can't be read to its end: {error}"
        ))),
        Err(_) => Ok(Ended::CutOff(format!(
            "`{program}` took longer than {} s",
            within.as_secs()
        ))),
    }
}

/// Whether reading or writing failed.
enum CopyError {
    Program(io::Error),
    Archive(io::Error),
}

async fn copy_output(
    archive: &mut Archive,
    child: &mut Child,
    entry: &str,
) -> Result<Ended, CopyError> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let errors = async {
        let mut errors = Vec::new();
        if let Some(mut stderr) = stderr {
            (&mut stderr)
                .take(MAX_STDERR_BYTES)
                .read_to_end(&mut errors)
                .await?;
            // Read the rest too, or the program would block on a full pipe.
            tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await?;
        }
        Ok(errors)
    };
    let output = async {
        match stdout {
            Some(stdout) => copy_into(archive, stdout, entry).await,
            None => Ok(false),
        }
    };
    let (any, errors) = tokio::join!(output, errors);
    let (any, errors) = (any?, errors.map_err(CopyError::Program)?);
    let status = child.wait().await.map_err(CopyError::Program)?;
    if !status.success() {
        let errors = String::from_utf8_lossy(&errors).into_owned();
        let reason = if errors.trim().is_empty() {
            format!("it ended with {status}")
        } else {
            errors
        };
        return Ok(Ended::Failure { any, reason });
    }
    if !any {
        // Empty output is a result too.
        archive.start(entry).await.map_err(CopyError::Archive)?;
    }
    Ok(Ended::Success)
}

/// Copies everything into an entry, which it starts only if there is a first byte; returns whether
/// there was one.
async fn copy_into(
    archive: &mut Archive,
    mut from: impl AsyncRead + Unpin,
    entry: &str,
) -> Result<bool, CopyError> {
    let mut any = false;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        if from
            .read_buf(&mut chunk)
            .await
            .map_err(CopyError::Program)?
            == 0
        {
            return Ok(any);
        }
        if !any {
            archive.start(entry).await.map_err(CopyError::Archive)?;
            any = true;
        }
        let chunk = Bytes::from(chunk);
        archive.write(chunk).await.map_err(CopyError::Archive)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journals_are_read_in_utc() {
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
