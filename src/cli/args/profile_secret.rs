//! The hub's connection string, from the file or the command that a profile names.
//!
//! It is never shown, not even in errors.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use crate::cli::args::files::{MAX_SECRET_BYTES, read_text};
use crate::cli::settings::file::secret_file_warning;
use crate::cli::settings::keys::{CONNECTION_STRING_COMMAND, CONNECTION_STRING_FILE};
use crate::cli::settings::loaded::{Setting, Settings};
use crate::cli::settings::problem::{Problem, invalid};
use crate::error::Error;
use crate::hub::{ConnectionString, ConnectionStringError};
use crate::output::Console;
#[cfg(unix)]
use crate::process_group::ProcessGroup;
use crate::shell_word::shell_word;
use crate::text_file::decode;

/// Some commands ask a vault over the network.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);
/// A connection string has about 200 bytes.
const MAX_OUTPUT: u64 = 64 << 10;
/// How much of a failed command's stderr is shown.
const MAX_STDERR: u64 = 2 << 10;

/// The connection string that the settings refer to, with its origin for messages.
///
/// # Errors
/// The file can't be read, the command fails, or they don't hold a hub's connection string.
pub(crate) async fn connection_string(
    settings: &Settings,
    console: Console,
) -> Result<Option<(String, ConnectionString)>, Error> {
    if let Some(setting) = settings.get(CONNECTION_STRING_FILE) {
        let path = setting.text();
        if let Some(warning) = secret_file_warning(Path::new(&path)) {
            console.warn(&warning);
        }
        let text = read_text(Path::new(&path), MAX_SECRET_BYTES).await?;
        let origin = format!("the connection string in `{path}`");
        return match ConnectionString::parse(&text) {
            Ok(connection) => Ok(Some((origin, connection))),
            Err(source) => Err(Error::Connection { origin, source }),
        };
    }
    let Some(setting) = settings.get(CONNECTION_STRING_COMMAND) else {
        return Ok(None);
    };
    if !settings.may_run_commands() {
        let path = settings.path().unwrap_or(Path::new(""));
        let path = path.display().to_string();
        return Err(failed(settings, setting)
            .cause(format!("`{path}` is writable by others"))
            .hint(format!(
                "check what it contains, then run: chmod 600 {}",
                shell_word(&path)
            ))
            .into());
    }
    let text = {
        let _progress = console.progress("running the command for the connection string");
        output_of(&setting.text(), COMMAND_TIMEOUT)
            .await
            .map_err(|cause| failed(settings, setting).cause(cause))?
    };
    let parsed = ConnectionString::parse(&text).map_err(|error| {
        failed(settings, setting).cause(match error {
            // These repeat part of the output.
            ConnectionStringError::Duplicate(_) | ConnectionStringError::Endpoint(_) => {
                "its output is not an IoT Hub connection string".to_owned()
            }
            other => format!("its output can't be used: {other}"),
        })
    })?;
    let origin = format!(
        "the connection string that the command of {} prints",
        settings.origin(setting)
    );
    Ok(Some((origin, parsed)))
}

fn failed(settings: &Settings, setting: &Setting) -> Problem {
    let (name, origin) = (setting.key.name, settings.origin(setting));
    invalid(format!("`{name}` of {origin} gives no connection string"))
}

/// Runs a command in the system's shell and returns its output.
///
/// # Errors
/// It can't be started, fails, times out, or prints nothing, too much or no UTF-8. The message holds
/// its stderr, never its stdout.
async fn output_of(line: &str, timeout: Duration) -> Result<String, String> {
    let mut child = shell(line)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("the shell can't be started: {error}"))?;
    #[cfg(unix)]
    let group = ProcessGroup::led_by(&child);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let work = async {
        let (printed, stderr_text) = tokio::join!(
            read_at_most(stdout, MAX_OUTPUT),
            read_at_most(stderr, MAX_STDERR)
        );
        (child.wait().await, printed, stderr_text)
    };
    let done = tokio::time::timeout(timeout, work).await;
    let (status, printed, stderr_text) = done.map_err(|_| {
        let limit = humantime::format_duration(timeout);
        format!("the command timed out after {limit}")
    })?;
    let status = status.map_err(|error| format!("waiting for the command failed: {error}"))?;
    #[cfg(unix)]
    group.ended();
    if !status.success() {
        return Err(exit_message(status, &stderr_text));
    }
    if printed.len() as u64 > MAX_OUTPUT {
        return Err("its output is too long for a connection string".to_owned());
    }
    let text = decode(&printed).map_err(|reason| format!("its output can't be read: {reason}"))?;
    match text.trim() {
        "" => Err("its output is empty".to_owned()),
        text => Ok(text.to_owned()),
    }
}

fn shell(line: &str) -> Command {
    #[cfg(windows)]
    {
        let mut command = Command::new("cmd");
        // The line has its own quotes.
        command.arg("/C").raw_arg(line);
        command
    }
    #[cfg(not(windows))]
    {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(line);
        // Lets a timeout end everything that the shell started.
        #[cfg(unix)]
        command.process_group(0);
        command
    }
}

/// Reads at most one byte more than `limit`; drops the rest, so that the writer can finish.
async fn read_at_most(source: Option<impl AsyncRead + Unpin>, limit: u64) -> Vec<u8> {
    let mut read = Vec::new();
    if let Some(mut source) = source {
        // A broken stream shows in the output or the exit status.
        let _ = (&mut source).take(limit + 1).read_to_end(&mut read).await;
        let _ = tokio::io::copy(&mut source, &mut tokio::io::sink()).await;
    }
    read
}

fn exit_message(status: ExitStatus, stderr_text: &[u8]) -> String {
    let stderr_text = String::from_utf8_lossy(stderr_text);
    let shown: String = stderr_text
        .trim()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    match (status.code(), shown.is_empty()) {
        (Some(code), true) => format!("the command exited with status {code}"),
        (Some(code), false) => format!("the command exited with status {code}: {shown}"),
        (None, _) => "the command was killed by a signal".to_owned(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    async fn run(line: &str) -> Result<String, String> {
        output_of(line, Duration::from_secs(20)).await
    }

    #[tokio::test]
    async fn a_failure_shows_the_status_and_stderr_but_never_stdout() {
        let error = run("echo hidden; echo 'not signed in' >&2; exit 3")
            .await
            .unwrap_err();
        assert_eq!(error, "the command exited with status 3: not signed in");
        for (line, word) in [
            ("true", "empty"),
            (r"printf '\377'", "not UTF-8"),
            ("yes hidden | head -c 100000", "too long"),
            ("kill -9 $$", "signal"),
        ] {
            let error = run(line).await.unwrap_err();
            assert!(error.contains(word), "{line}: {error}");
            assert!(!error.contains("hidden"), "{line}: {error}");
        }
    }

    #[tokio::test]
    async fn a_command_that_hangs_times_out() {
        let error = output_of("sleep 600; true", Duration::from_millis(50))
            .await
            .unwrap_err();
        assert_eq!(error, "the command timed out after 50ms");
    }
}
