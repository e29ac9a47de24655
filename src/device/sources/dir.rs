//! A folder of log files as modules.

mod files;
mod line_time;
mod lines;
mod position;
mod reader;

use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use futures::stream::{self, StreamExt};
use jiff::tz::Offset;
use tokio::task::{JoinError, spawn_blocking};

use self::line_time::LineTimes;
use self::reader::{Batch, Reader};
use super::line_needs::LineNeeds;
use super::log_source::{EntryStream, LogSource, LogWindow};
use super::module_info::ModuleInfo;
use super::source_error::{SourceError, SourceErrorKind};
use super::tail::{RereadableLog, with_tail};
use super::unix_http::no_such_module;

/// The log files of a folder, one for each module.
///
/// `edgeAgent.log` is the log of `edgeAgent`, together with its rotations `edgeAgent.log.1`,
/// `edgeAgent.log.2.gz` and so on, of which the highest number is the oldest. An entry is a line,
/// on stdout. Its time is at its start: the Engine's stamp, RFC 3339, or the time of the runtime's
/// own logger; a line that says none has that of the previous line of its file. Lines before the first
/// time have none, and are in every window. A time without an offset is one of
/// [`Self::with_utc_offset`]; without that, it counts as unknown, and a line that says one is in every
/// window that it may lie in.
///
/// A window is found without reading the whole log, by samples from the end backwards. If the clock
/// was set back, lines before 4 MiB of earlier log are not found. Reading stops after 4 MiB of log
/// that is later than the window's end, or at the first line that is later than `before`.
#[derive(Debug, Clone)]
pub struct DirSource {
    folder: PathBuf,
    times: LineTimes,
}

impl DirSource {
    /// A source on a folder, which is read on each use.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            times: LineTimes::default(),
        }
    }

    /// Takes times without an offset as times with this one, if there is one. Those that say half a day
    /// or a zone's name behind them stay unknown.
    #[must_use]
    pub fn with_utc_offset(mut self, offset: Option<Offset>) -> Self {
        self.times.offset = offset;
        self
    }

    async fn open(
        &self,
        module: &str,
        window: &LogWindow,
        needs: Option<LineNeeds>,
    ) -> Result<EntryStream, SourceError> {
        let files = ModuleFiles {
            folder: &self.folder,
            module,
            window: *window,
            needs,
            times: self.times,
        };
        with_tail(files, window).await
    }
}

#[async_trait]
impl LogSource for DirSource {
    fn notes(&self) -> Vec<String> {
        files::notes(&self.folder, self.times).unwrap_or_default()
    }

    /// By name, which is all that is known of them.
    async fn modules(&self) -> Result<Vec<ModuleInfo>, SourceError> {
        let folder = self.folder.clone();
        let modules =
            blocking(move || files::scan(&folder).map_err(|error| unreadable(&folder, &error)))
                .await??;
        Ok(modules.into_keys().map(ModuleInfo::named).collect())
    }

    async fn logs(&self, module: &str, window: &LogWindow) -> Result<EntryStream, SourceError> {
        self.open(module, window, None).await
    }

    async fn logs_with(
        &self,
        module: &str,
        window: &LogWindow,
        needs: &LineNeeds,
    ) -> Result<EntryStream, SourceError> {
        // These count all lines.
        let counts = window.tail.is_some() || window.skip > 0;
        let needs = (!counts).then(|| needs.clone());
        self.open(module, window, needs).await
    }
}

struct ModuleFiles<'a> {
    folder: &'a Path,
    module: &'a str,
    window: LogWindow,
    needs: Option<LineNeeds>,
    times: LineTimes,
}

#[async_trait]
impl RereadableLog for ModuleFiles<'_> {
    async fn read(&self, last: Option<u64>) -> Result<EntryStream, SourceError> {
        let (folder, module) = (self.folder.to_owned(), self.module.to_owned());
        let window = self.window.of_last(last);
        let (needs, times) = (self.needs.clone(), self.times);
        let open = move || Reader::open(&folder, &module, &window, last, needs, times);
        let opened = blocking(open).await?;
        let reader = opened
            .map_err(|error| unreadable(self.folder, &error))?
            .ok_or_else(|| no_such_module(self.module))?;
        Ok(entries(reader))
    }
}

/// The entries of a reader. It reads a block of a file at a time, on threads that may block, and one
/// block ahead of what is taken.
fn entries(reader: Reader) -> EntryStream {
    let read = |mut reader: Reader| {
        spawn_blocking(move || {
            let batch = reader.next_batch();
            (reader, batch)
        })
    };
    let batches = stream::unfold(Some(read(reader)), move |running| async move {
        Some(match running?.await {
            Err(error) => (vec![Err(aborted(&error))], None),
            Ok((reader, Batch::Entries(entries))) => {
                (entries.into_iter().map(Ok).collect(), Some(read(reader)))
            }
            Ok((_, Batch::End(damage))) => {
                let damage = damage.map(|reason| {
                    Err(SourceError::new(
                        SourceErrorKind::Truncated,
                        format!("the log can't be read in full: {reason}"),
                    ))
                });
                (damage.into_iter().collect(), None)
            }
        })
    });
    batches.flat_map(stream::iter).boxed()
}

/// Runs file access on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SourceError> {
    spawn_blocking(work).await.map_err(|error| aborted(&error))
}

fn aborted(error: &JoinError) -> SourceError {
    SourceError::new(
        SourceErrorKind::Unreachable,
        format!("reading the log files was aborted: {error}"),
    )
}

fn unreadable(folder: &Path, error: &io::Error) -> SourceError {
    let message = format!(
        "the log files in {} can't be read: {error}",
        folder.display()
    );
    SourceError::new(SourceErrorKind::Unreachable, message)
}
