//! One module's log through one filter that the agent applies, a window at a time.

use std::sync::Arc;

use super::entries::Entry;
use super::log_calls::{CallFailure, Cut, LogCalls, ModuleAnswer};
use crate::error::Error;
use crate::methods::{LogFilter, LogItem, ModulePattern};

/// One module's log as the agent filters it.
#[derive(Debug, Clone)]
pub(super) struct Channel {
    pub(super) calls: Arc<LogCalls>,
    /// The module's name.
    pub(super) module: Arc<str>,
    /// The .NET expression that is sent, if any.
    pub(super) regex: Option<String>,
    /// The level that is sent, if any: the shipped agent sends entries of exactly that.
    pub(super) level: Option<u8>,
}

/// A stretch of a log.
///
/// Given `since`, `until` and `tail`, every agent cuts the stretch by time first and takes the last `tail` entries of
/// what the filter lets through. Given `tail` alone, the container engine reads from the end of its
/// log, which costs it little.
#[derive(Debug, Clone, Default)]
pub(super) struct Window {
    pub(super) since: Option<String>,
    pub(super) until: Option<String>,
    pub(super) tail: Option<usize>,
    pub(super) end: Option<End>,
}

impl Window {
    pub(super) fn between(since: String, until: String, tail: Option<usize>) -> Self {
        Self {
            since: Some(since),
            until: Some(until),
            tail,
            end: None,
        }
    }
}

/// Where a page ends within a window, as our own module knows it.
#[derive(Debug, Clone)]
pub(super) struct End {
    /// Nothing from the first entry on that is later than this.
    pub(super) before: Option<String>,
    /// Without so many of the last lines of that.
    pub(super) skip: usize,
}

/// A page as it came.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) entries: Vec<Entry>,
    /// How many there are as `tail` counts.
    pub(super) counted: usize,
    /// How many lines among them may be frames of their own.
    pub(super) appended: usize,
    /// What it took of an answer, as the limit counts.
    pub(super) wire_bytes: u64,
    /// Why it is not whole.
    pub(super) cut: Option<Cut>,
}

impl Page {
    /// Whether there are certainly fewer frames on it than this.
    pub(super) fn has_fewer_than(&self, asked: usize) -> bool {
        self.counted + self.appended < asked
    }

    /// How many entries at its beginning may belong to a frame that is not on the page.
    pub(super) fn torn(&self) -> usize {
        let mut entries = self.entries.iter();
        entries
            .position(|entry| entry.own_stamp)
            .unwrap_or(self.entries.len())
    }
}

impl Channel {
    /// The same module without any filter.
    pub(super) fn unfiltered(&self) -> Self {
        Self {
            regex: None,
            level: None,
            ..self.clone()
        }
    }

    /// Whether the agent passes on every entry.
    pub(super) fn is_unfiltered(&self) -> bool {
        self.regex.is_none() && self.level.is_none()
    }

    /// Fetches a window, and all of it.
    ///
    /// # Errors
    /// The window is more than an answer carries, its log breaks off, the module has gone, or the call
    /// fails.
    pub(super) async fn page(&self, window: &Window) -> Result<Page, CallFailure> {
        let mut page = self.page_as_it_came(window).await?;
        match page.cut.take() {
            Some(cut) => Err(cut.error(self.calls.device(), &self.module).into()),
            None => Ok(page),
        }
    }

    /// Fetches what can be had of a window.
    ///
    /// # Errors
    /// As of [`page`](Self::page), but for a log that breaks off.
    pub(super) async fn page_as_it_came(&self, window: &Window) -> Result<Page, CallFailure> {
        let item = self.item(window)?;
        let mut attempts = 0..=self.calls.retries();
        loop {
            let mut answers = self.calls.get_stamped(vec![item.clone()]).await?;
            // The agent ignores the case of names.
            let exact = answers.iter().position(|answer| *answer.id == *self.module);
            let own = exact.or_else(|| answers.iter().position(|answer| self.is_mine(answer)));
            if let Some(own) = own {
                let answer = answers.swap_remove(own);
                return Ok(Page {
                    entries: answer.entries,
                    counted: answer.counted,
                    appended: answer.appended,
                    wire_bytes: answer.wire_bytes,
                    cut: answer.cut,
                });
            }
            if attempts.next().is_none() {
                return Err(CallFailure::Failed(Error::NoModule {
                    device: self.calls.device().to_owned(),
                    patterns: format!("`{}`", self.module),
                }));
            }
        }
    }

    fn is_mine(&self, answer: &ModuleAnswer) -> bool {
        answer.id.eq_ignore_ascii_case(&self.module)
    }

    fn item(&self, window: &Window) -> Result<LogItem, Error> {
        let mut filter = LogFilter::default();
        if let Some(tail) = window.tail {
            filter = filter.with_tail(tail as u64)?;
        }
        filter = filter
            .between(window.since.clone(), window.until.clone())
            .with_timestamps();
        if let Some(End { before, skip }) = &window.end {
            filter = filter.ending_at(before.clone(), *skip as u64)?;
        }
        if let Some(level) = self.level {
            filter = filter.with_level_number(level);
        }
        if let Some(regex) = &self.regex {
            filter = filter.with_regex(regex.clone());
        }
        let id = ModulePattern::exact(&self.module)?;
        Ok(LogItem { id, filter })
    }
}
