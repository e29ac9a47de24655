//! A folder of log files as modules.

mod files;
mod line_time;
mod lines;
mod position;
mod reader;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use tokio::task::spawn_blocking;

use self::reader::{Batch, Reader};
use super::tail::{Passes, with_tail};
use super::unix_http::no_such_module;
use super::{
    EntryStream, LogEntry, LogSource, LogWindow, ModuleInfo, SourceError, SourceErrorKind,
};

/// How often a followed file is looked at.
const POLL: Duration = Duration::from_millis(250);

/// The log files of a folder, one module a file.
///
/// `edgeAgent.log` is the log of `edgeAgent`, together with its rotations `edgeAgent.log.1`,
/// `edgeAgent.log.2.gz` and so on, of which the highest number is the oldest. An entry is a line, on
/// stdout. Its time is what stands at its start: the Engine's stamp, RFC 3339, or the time of the
/// runtime's own logger; a line without one has that of the line before it. Lines in front of the
/// first time have none, and are within every window.
///
/// A window is looked for without reading all of a log. Its start is found by samples from the end
/// backwards: what stands in front of 4 MiB of earlier log is not found, should the clock have been
/// set back. Behind 4 MiB of log that is later than its end, nothing is looked for.
#[derive(Debug, Clone)]
pub struct DirSource {
    folder: PathBuf,
}

impl DirSource {
    /// A source on a folder, which is read when it is used.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }
}

#[async_trait]
impl LogSource for DirSource {
    /// By name. Nothing but the name is known of them.
    async fn modules(&self) -> Result<Vec<ModuleInfo>, SourceError> {
        let folder = self.folder.clone();
        let modules =
            blocking(move || files::scan(&folder).map_err(|error| unreadable(&folder, &error)))
                .await??;
        Ok(modules.into_keys().map(ModuleInfo::named).collect())
    }

    async fn logs(&self, module: &str, window: &LogWindow) -> Result<EntryStream, SourceError> {
        with_tail(
            ModuleFiles {
                folder: &self.folder,
                module,
                window: *window,
            },
            window,
        )
        .await
    }
}

struct ModuleFiles<'a> {
    folder: &'a Path,
    module: &'a str,
    window: LogWindow,
}

#[async_trait]
impl Passes for ModuleFiles<'_> {
    async fn pass(&self, last: Option<u64>, follow: bool) -> Result<EntryStream, SourceError> {
        let window = LogWindow {
            follow,
            ..self.window
        };
        let (folder, module) = (self.folder.to_owned(), self.module.to_owned());
        let opened = blocking(move || Reader::open(folder, module, &window, last)).await?;
        let reader = opened
            .map_err(|error| unreadable(self.folder, &error))?
            .ok_or_else(|| no_such_module(self.module))?;
        Ok(entries(reader, window))
    }
}

/// The entries of a reader, which does its work on threads that may block, a block of a file at a
/// time, and none while nobody asks.
fn entries(reader: Reader, window: LogWindow) -> EntryStream {
    let ends = window.until.filter(|_| window.follow);
    let pass = Pass {
        reader: Some(reader),
        ends,
        entries: Vec::new().into_iter(),
        error: None,
    };
    stream::unfold(
        pass,
        |mut pass| async move { Some((pass.next().await?, pass)) },
    )
    .boxed()
}

struct Pass {
    /// None once there is no more to read.
    reader: Option<Reader>,
    /// When a followed log ends.
    ends: Option<Timestamp>,
    entries: std::vec::IntoIter<LogEntry>,
    /// What comes last.
    error: Option<SourceError>,
}

impl Pass {
    async fn next(&mut self) -> Option<Result<LogEntry, SourceError>> {
        loop {
            if let Some(entry) = self.entries.next() {
                return Some(Ok(entry));
            }
            let Some(reader) = self.reader.take() else {
                return self.error.take().map(Err);
            };
            if let Err(error) = self.read(reader).await {
                return Some(Err(error));
            }
        }
    }

    async fn read(&mut self, mut reader: Reader) -> Result<(), SourceError> {
        let (mut reader, batch) = blocking(move || {
            let batch = reader.next_batch();
            (reader, batch)
        })
        .await?;
        match batch {
            Batch::Entries(entries) => {
                self.entries = entries.into_iter();
                self.reader = Some(reader);
            }
            Batch::Ended(damage) => {
                self.error = damage.map(|reason| {
                    SourceError::new(
                        SourceErrorKind::Truncated,
                        format!("the log can't be read whole: {reason}"),
                    )
                });
            }
            Batch::UpToDate => {
                let now = Timestamp::now();
                if self.ends.is_some_and(|ends| ends <= now) {
                    self.entries = reader.finish().into_iter();
                    return Ok(());
                }
                let left = self
                    .ends
                    .and_then(|ends| Duration::try_from(ends.duration_since(now)).ok());
                tokio::time::sleep(left.unwrap_or(POLL).min(POLL)).await;
                let looked = blocking(move || (reader.look_for_rotation(), reader)).await?;
                looked.0.map_err(|error| {
                    SourceError::new(
                        SourceErrorKind::Truncated,
                        format!("the log can't be followed: {error}"),
                    )
                })?;
                self.reader = Some(looked.1);
            }
        }
        Ok(())
    }
}

/// Runs what reads files where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SourceError> {
    spawn_blocking(work).await.map_err(|error| {
        SourceError::new(
            SourceErrorKind::Unreachable,
            format!("reading the log's files was given up: {error}"),
        )
    })
}

fn unreadable(folder: &Path, error: &io::Error) -> SourceError {
    let message = format!(
        "the log files in {} can't be read: {error}",
        folder.display()
    );
    SourceError::new(SourceErrorKind::Unreachable, message)
}
