//! Secrets by reference: the file or the command that holds the hub's connection string.
//!
//! What they hold is returned and never shown, also not in errors.

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

/// How long the command may take: some ask a vault over the network.
const PATIENCE: Duration = Duration::from_secs(30);
/// A connection string has some 200 bytes; more than this is none.
const MAX_OUTPUT: u64 = 64 << 10;
/// How much of what a failing command says is shown.
const MAX_WORDS: u64 = 2 << 10;

/// The connection string that the settings refer to, and its place for messages; none where they
/// refer to none.
///
/// # Errors
/// The file can't be read, the command fails, or what they hold is no connection string of a hub.
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
        let place = format!("the connection string in `{path}`");
        return match ConnectionString::parse(&text) {
            Ok(connection) => Ok(Some((place, connection))),
            Err(source) => Err(Error::Connection {
                origin: place,
                source,
            }),
        };
    }
    let Some(setting) = settings.get(CONNECTION_STRING_COMMAND) else {
        return Ok(None);
    };
    if !settings.may_run_commands() {
        let path = settings.path().unwrap_or(Path::new("")).display();
        return Err(failed(settings, setting)
            .cause(format!(
                "others can write `{path}`, so that it may not be yours"
            ))
            .hint(format!("look what it says, then: chmod 600 {path}"))
            .into());
    }
    let text = {
        let _progress = console.progress("running the command for the connection string");
        printed(&setting.text(), PATIENCE)
            .await
            .map_err(|cause| failed(settings, setting).cause(cause))?
    };
    let parsed = ConnectionString::parse(&text).map_err(|error| {
        failed(settings, setting).cause(match error {
            // These repeat a part of what was printed.
            ConnectionStringError::Twice(_) | ConnectionStringError::Endpoint(_) => {
                "what it prints is no connection string of a hub".to_owned()
            }
            other => format!("what it prints can't be used: {other}"),
        })
    })?;
    let place = format!(
        "the connection string that the command of {} prints",
        settings.origin(setting)
    );
    Ok(Some((place, parsed)))
}

fn failed(settings: &Settings, setting: &Setting) -> Problem {
    let (name, origin) = (setting.key.name, settings.origin(setting));
    invalid(format!("`{name}` of {origin} gives no connection string"))
}

/// What a command for the system's shell prints.
///
/// # Errors
/// It can't be started, fails, is not done in time, or prints what can't be one text. The message
/// holds what it wrote to stderr, and nothing of its stdout.
async fn printed(line: &str, patience: Duration) -> Result<String, String> {
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
        let (printed, words) = tokio::join!(
            read_at_most(stdout, MAX_OUTPUT),
            read_at_most(stderr, MAX_WORDS)
        );
        (child.wait().await, printed, words)
    };
    let done = tokio::time::timeout(patience, work).await;
    let (status, printed, words) = done.map_err(|_| {
        let limit = humantime::format_duration(patience);
        format!("the command is not done after {limit}")
    })?;
    let status = status.map_err(|error| format!("the command can't be waited for: {error}"))?;
    #[cfg(unix)]
    group.ended();
    if !status.success() {
        return Err(in_words(status, &words));
    }
    if printed.len() as u64 > MAX_OUTPUT {
        return Err("it prints more than a connection string".to_owned());
    }
    let text = String::from_utf8(printed).map_err(|_| "it prints no text".to_owned())?;
    match text.trim() {
        "" => Err("it prints nothing".to_owned()),
        text => Ok(text.to_owned()),
    }
}

fn shell(line: &str) -> Command {
    #[cfg(windows)]
    {
        let mut command = Command::new("cmd");
        // The line is for `cmd` as it stands: it has quotes of its own.
        command.arg("/C").raw_arg(line);
        command
    }
    #[cfg(not(windows))]
    {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(line);
        // What the shell has started ends with it.
        #[cfg(unix)]
        command.process_group(0);
        command
    }
}

/// One byte more than `limit` at most; the rest is read and dropped, so that the writer can end.
async fn read_at_most(source: Option<impl AsyncRead + Unpin>, limit: u64) -> Vec<u8> {
    let mut read = Vec::new();
    if let Some(mut source) = source {
        // What breaks off is judged by what came, and by the exit status.
        let _ = (&mut source).take(limit + 1).read_to_end(&mut read).await;
        let _ = tokio::io::copy(&mut source, &mut tokio::io::sink()).await;
    }
    read
}

fn in_words(status: ExitStatus, words: &[u8]) -> String {
    let words = String::from_utf8_lossy(words);
    let shown: String = words
        .trim()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    match (status.code(), shown.is_empty()) {
        (Some(code), true) => format!("the command ends with exit status {code}"),
        (Some(code), false) => format!("the command ends with exit status {code}: {shown}"),
        (None, _) => "the command was ended by a signal".to_owned(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    async fn run(line: &str) -> Result<String, String> {
        printed(line, Duration::from_secs(20)).await
    }

    #[tokio::test]
    async fn a_command_gives_what_it_prints() {
        assert_eq!(run("printf ' a=b\\n'").await.as_deref(), Ok("a=b"));
        assert_eq!(run("echo x; echo warning >&2").await.as_deref(), Ok("x"));
    }

    #[tokio::test]
    async fn a_failure_shows_the_status_and_stderr_but_never_stdout() {
        let error = run("echo hidden; echo 'not signed in' >&2; exit 3")
            .await
            .unwrap_err();
        assert_eq!(error, "the command ends with exit status 3: not signed in");
        for (line, word) in [
            ("true", "nothing"),
            (r"printf '\377'", "no text"),
            ("yes hidden | head -c 100000", "more than"),
            ("kill -9 $$", "signal"),
        ] {
            let error = run(line).await.unwrap_err();
            assert!(error.contains(word), "{line}: {error}");
            assert!(!error.contains("hidden"), "{line}: {error}");
        }
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_given_up() {
        let error = printed("sleep 600; true", Duration::from_millis(50))
            .await
            .unwrap_err();
        assert_eq!(error, "the command is not done after 50ms");
    }
}
