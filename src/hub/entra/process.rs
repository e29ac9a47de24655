//! Runs `az` and `azd`, in time and within bounds, and leaves nothing of them behind.
//!
//! `azure_identity` says what to run and reads what is printed.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Output, Stdio};
use std::sync::Mutex;

use azure_identity::Executor;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

#[cfg(unix)]
use crate::lock::lock;
use crate::process_group::ProcessGroup;

/// No token is longer, and no error worth reading.
const MAX_OUTPUT_BYTES: u64 = 1 << 20;

/// What a shell ends with when it does not find a program.
const NOT_FOUND: i32 = 127;

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It is not installed.
    NotFound,
    /// It ended well: what it printed may hold a token.
    Success,
    /// It failed with this code, or by a signal.
    Failure(Option<i32>),
}

/// Runs programs, and remembers how the last one ended.
#[derive(Debug, Default)]
pub(super) struct BoundedProcess {
    /// Where programs are looked for, if not where this process looks.
    search_path: Option<OsString>,
    last: Mutex<Option<Ending>>,
}

impl BoundedProcess {
    /// Looks for programs in `path` alone.
    #[cfg(test)]
    pub(super) fn searching(path: impl Into<OsString>) -> Self {
        Self {
            search_path: Some(path.into()),
            ..Self::default()
        }
    }

    /// How the last program ended; none where it never did.
    pub(super) fn last(&self) -> Option<Ending> {
        *lock(&self.last)
    }

    fn remember(&self, ending: Option<Ending>) {
        *lock(&self.last) = ending;
    }
}

#[async_trait::async_trait]
impl Executor for BoundedProcess {
    async fn run(&self, program: &OsStr, arguments: &[&OsStr]) -> io::Result<Output> {
        self.remember(None);
        let mut command = Command::new(program);
        command
            .args(arguments)
            // Only an error is worth reading, and nobody is there to answer a question.
            .env("AZURE_CORE_ONLY_SHOW_ERRORS", "true")
            .env("AZURE_CORE_NO_COLOR", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(path) = &self.search_path {
            command.env("PATH", path);
        }
        // `az` is a script that starts another program: both have to end.
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
            status.code() == Some(NOT_FOUND) || (cfg!(windows) && says_unknown(&stderr));
        self.remember(Some(match status.code() {
            _ if not_found => Ending::NotFound,
            Some(0) => Ending::Success,
            code => Ending::Failure(code),
        }));
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    }
}

/// What cmd.exe writes of a program that it does not find.
fn says_unknown(stderr: &[u8]) -> bool {
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
