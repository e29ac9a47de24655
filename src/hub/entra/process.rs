//! Runs `az` and `azd` for `azure_identity`, limits their output, and kills them with their child
//! processes when dropped.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Output, Stdio};
use std::sync::Mutex;

use azure_identity::Executor;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use crate::lock::lock;
#[cfg(unix)]
use crate::process_group::ProcessGroup;
use crate::redact::redact;
use crate::secret_variables::SECRET_VARIABLES;

/// The maximum output read: longer than any token.
const MAX_OUTPUT_BYTES: u64 = 1 << 20;

/// The exit code of a shell that can't find a program.
const NOT_FOUND: i32 = 127;

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It is not installed.
    NotFound,
    /// It succeeded. Its output may contain a token.
    Success,
    /// It failed with this exit code, or was killed by a signal.
    Failure(Option<i32>),
}

/// Runs programs and records how the last one ended.
#[derive(Debug, Default)]
pub(super) struct BoundedProcess {
    /// The `PATH` to use instead of this process's.
    search_path: Option<OsString>,
    last: Mutex<Option<Ending>>,
}

impl BoundedProcess {
    /// Searches for programs only in `path`.
    #[cfg(test)]
    pub(super) fn searching(path: impl Into<OsString>) -> Self {
        Self {
            search_path: Some(path.into()),
            ..Self::default()
        }
    }

    /// How the last program ended; `None` if it has not.
    pub(super) fn last(&self) -> Option<Ending> {
        *lock(&self.last)
    }

    fn set_last(&self, ending: Option<Ending>) {
        *lock(&self.last) = ending;
    }
}

#[async_trait::async_trait]
impl Executor for BoundedProcess {
    async fn run(&self, program: &OsStr, arguments: &[&OsStr]) -> io::Result<Output> {
        self.set_last(None);
        let mut command = Command::new(program);
        command
            .args(arguments)
            // The operator sees only the error, and nobody can answer a prompt.
            .env("AZURE_CORE_ONLY_SHOW_ERRORS", "true")
            .env("AZURE_CORE_NO_COLOR", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // They pass their environment on to whatever they start, and log it on request.
        for name in SECRET_VARIABLES {
            command.env_remove(name);
        }
        if let Some(path) = &self.search_path {
            command.env("PATH", path);
        }
        // `az` is a script that starts another program: both must be killed.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        #[cfg(unix)]
        let group = ProcessGroup::led_by(&child);
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let (stdout, stderr) = tokio::try_join!(read(out), read(err))?;
        let status = child.wait().await?;
        #[cfg(unix)]
        group.ended();
        let not_found =
            status.code() == Some(NOT_FOUND) || (cfg!(windows) && is_not_recognized(&stderr));
        self.set_last(Some(match status.code() {
            _ if not_found => Ending::NotFound,
            Some(0) => Ending::Success,
            code => Ending::Failure(code),
        }));
        // The library puts it into its messages.
        let stderr = redact(&String::from_utf8_lossy(&stderr)).into_bytes();
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    }
}

/// Recognises the message of cmd.exe about a missing program.
fn is_not_recognized(stderr: &[u8]) -> bool {
    String::from_utf8_lossy(stderr).contains("' is not recognized")
}

async fn read(stream: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream
            .take(MAX_OUTPUT_BYTES)
            .read_to_end(&mut bytes)
            .await?;
    }
    Ok(bytes)
}
