//! What every source of logs can do.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use jiff::Timestamp;
use serde_json::Value;

use super::line_needs::LineNeeds;
use super::module_info::ModuleInfo;
use super::source_error::{SourceError, SourceErrorKind};
use crate::logs::LogStream;

/// A source of logs.
///
/// Every implementation handles logs larger than memory, and reads no more than it needs.
#[async_trait]
pub trait LogSource: Send + Sync {
    /// All modules, running or not, in a stable order.
    ///
    /// # Errors
    /// The source can't be reached.
    async fn modules(&self) -> Result<Vec<ModuleInfo>, SourceError>;

    /// What an operator should know before reading; it looks at the beginnings of files. A source that
    /// can't be read has no notes, since reading it fails anyway.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// Opens the log of the module with exactly this name.
    ///
    /// # Errors
    /// The log can't be opened. A later error is the last item of the stream; the entries before it
    /// are valid.
    async fn logs(&self, module: &str, window: &LogWindow) -> Result<EntryStream, SourceError>;

    /// The same without entries of lines that lack what `needs` names. A source that can't tell returns
    /// them all. A window with `skip` or `tail` counts the lines before any is left out.
    ///
    /// # Errors
    /// As [`Self::logs`].
    async fn logs_with(
        &self,
        module: &str,
        window: &LogWindow,
        needs: &LineNeeds,
    ) -> Result<EntryStream, SourceError> {
        let _ = needs;
        self.logs(module, window).await
    }

    /// The settings of the module with exactly this name, secrets included; none if the source has
    /// none.
    ///
    /// # Errors
    /// The settings can't be read.
    async fn inspect(&self, module: &str) -> Result<Option<Value>, SourceError> {
        let _ = module;
        Ok(None)
    }

    /// The names and settings of the networks that the modules use.
    ///
    /// # Errors
    /// The source can't be reached.
    async fn networks(&self) -> Result<Vec<(String, Value)>, SourceError> {
        Ok(Vec::new())
    }

    /// Whether the modules run as containers on this machine, whose system logs then belong to them.
    fn runs_containers(&self) -> bool {
        false
    }

    /// Restarts the module with exactly this name, and returns when it is done.
    ///
    /// # Errors
    /// The module does not restart, or this source can't restart modules.
    async fn restart(&self, module: &str) -> Result<(), SourceError> {
        let message = format!("module `{module}` can't be restarted through this source of logs");
        Err(SourceError::new(SourceErrorKind::Unsupported, message))
    }
}

/// The entries of a log, oldest first, in the order in which the source holds them.
pub type EntryStream = BoxStream<'static, Result<LogEntry, SourceError>>;

/// What to read of a log. Both ends are inclusive, to the nanosecond.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogWindow {
    /// No entry stamped earlier.
    pub since: Option<Timestamp>,
    /// No entry stamped later.
    pub until: Option<Timestamp>,
    /// Nothing from the first entry on that is stamped later than this, whatever follows it.
    pub before: Option<Timestamp>,
    /// Without so many of the last lines of that. All entries of a line count as one.
    pub skip: u64,
    /// Only the last lines of that.
    pub tail: Option<u64>,
}

impl LogWindow {
    /// The same as an engine reads it, which ends at the first later entry anyway.
    pub(super) fn of_engine(&self) -> Self {
        let ends = [self.until, self.before];
        Self {
            until: ends.into_iter().flatten().min(),
            before: None,
            ..*self
        }
    }

    /// What to read when only the `last` entries of the log are asked for: they are counted before
    /// `since` applies, which is then left to the caller.
    pub(super) fn of_last(&self, last: Option<u64>) -> Self {
        Self {
            since: self.since.filter(|_| last.is_none()),
            ..*self
        }
    }
}

/// One entry of a log: a line, or a part of a long one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Which stream the module wrote to.
    pub stream: LogStream,
    /// When the engine received it; all entries of a line have the same stamp.
    pub stamp: Option<Timestamp>,
    /// The bytes as the source holds them, including the line end if there is one.
    pub bytes: Bytes,
    /// Whether the line goes on in the next entry of the same stream.
    pub continues: bool,
}
