//! One module's log through one filter, a page at a time.

use std::sync::Arc;

use super::entries::{
    Entries, Entry, EntryForm, Key, begins_with_stamp, instant, start_of, unpacked_logs,
};
use super::log_calls::{CallFailure, LogCalls};
use super::log_query::Levels;
use super::long_lines::LongLineJoiner;
use super::sizer::wire_bytes;
use crate::error::Error;
use crate::logs::Record;
use crate::methods::{LogFilter, LogItem, ModuleLogs, ModulePattern};

/// One module's log as the agent filters it.
#[derive(Debug, Clone)]
pub(super) struct Channel {
    pub(super) calls: Arc<LogCalls>,
    /// The module's name.
    pub(super) module: Arc<str>,
    pub(super) regex: Option<String>,
    /// The level that is sent, if any: an agent that matches exactly sends that alone.
    pub(super) level: Option<u8>,
    /// Which of the lines that come are wanted.
    pub(super) keep: Levels,
}

/// The last `tail` entries of a window. All three are always given, since the shipped agent tails
/// last only then.
#[derive(Debug, Clone)]
pub(super) struct Window {
    pub(super) since: String,
    pub(super) until: String,
    pub(super) tail: usize,
    /// The second of `until`, where it is known by the device's clock.
    pub(super) until_second: Option<i64>,
}

/// A page as it came.
pub(super) struct Page {
    pub(super) logs: ModuleLogs,
    pub(super) form: EntryForm,
    /// Its entries.
    pub(super) keys: Vec<Key>,
    /// What it took of an answer, as the limit counts.
    pub(super) bytes: u64,
    /// Whether a line is more severe than the level that was sent: such an agent reads the level
    /// as documented.
    pub(super) has_more_severe: bool,
}

impl Channel {
    /// Fetches a page.
    ///
    /// A page that arrives damaged is asked for once more.
    pub(super) async fn page(&self, window: &Window) -> Result<Page, CallFailure> {
        let mut attempts = 0;
        loop {
            let form = self.calls.stamped_form();
            let logs = self.ask(window).await?;
            if form == EntryForm::Stamped && lacks_stamps(&logs) {
                self.calls.give_up_stamps();
                continue;
            }
            match self.scan(logs, form, window) {
                Err(CallFailure::Failed(Error::Undecodable { .. })) if attempts == 0 => {
                    attempts += 1
                }
                result => return result,
            }
        }
    }

    async fn ask(&self, window: &Window) -> Result<ModuleLogs, CallFailure> {
        let mut filter = LogFilter::default()
            .with_tail(window.tail as u64)
            .map_err(Error::from)?
            .between(Some(window.since.clone()), Some(window.until.clone()))
            .with_timestamps();
        if let Some(level) = self.level {
            filter = filter.with_level_number(level);
        }
        if let Some(regex) = &self.regex {
            filter = filter.with_regex(regex.clone());
        }
        let id = ModulePattern::exact(&self.module).map_err(Error::from)?;
        let answer = self.calls.get_logs(vec![LogItem { id, filter }]).await?;
        // A module that has gone meanwhile has no lines.
        let logs = answer.into_iter().next();
        Ok(logs.unwrap_or_else(|| ModuleLogs::of(&*self.module)))
    }

    fn scan(
        &self,
        logs: ModuleLogs,
        form: EntryForm,
        window: &Window,
    ) -> Result<Page, CallFailure> {
        let mut keys = Vec::new();
        let mut has_more_severe = false;
        for entry in Entries::of(&logs, form) {
            let entry = entry.map_err(|source| Error::Undecodable {
                device: self.calls.device().to_owned(),
                module: self.module.to_string(),
                source,
            })?;
            let sent = self.level;
            has_more_severe |= sent.is_some_and(|sent| entry.record.loglevel() < sent);
            keys.push(entry.key());
        }
        if let Some(until) = window.until_second {
            // The engine's clock has run on by no more than the call took.
            let late = keys.iter().any(|key| key.stamp > start_of(until + 1));
            if late {
                return Err(CallFailure::Failed(self.too_old("until")));
            }
        }
        Ok(Page {
            bytes: wire_bytes(&logs),
            logs,
            form,
            keys,
            has_more_severe,
        })
    }

    /// How many of the first `entries` of a page are wanted lines.
    pub(super) fn count_lines(&self, page: &Page, entries: usize) -> usize {
        let mut joiner = LongLineJoiner::default();
        let mut lines = 0;
        let mut take = |joiner: &mut LongLineJoiner| {
            while let Some(line) = joiner.pop() {
                lines += usize::from(self.keep.keep_record(&line.record));
            }
        };
        for entry in Entries::of(&page.logs, page.form).take(entries).flatten() {
            joiner.push(entry);
            take(&mut joiner);
        }
        joiner.end();
        take(&mut joiner);
        lines
    }

    /// All parts of the long line that begins with this part. An agent judges each part for
    /// itself, so that a filter lets some of a line's parts through and not others.
    pub(super) async fn whole_line(&self, first: Entry) -> Result<Entry, Error> {
        let Some(stamp) = first.stamp else {
            return Ok(first);
        };
        let second = super::entries::second_of(stamp);
        let everything = Self {
            regex: None,
            // Only first parts have a tag; the others count as 6.
            level: self.level.map(|_| 6),
            ..self.clone()
        };
        let window = Window {
            since: second.to_string(),
            until: (second + 1).to_string(),
            tail: 400,
            until_second: Some(second + 1),
        };
        let page = match everything.page(&window).await {
            Ok(page) => page,
            // Better a part of the line than none of it.
            Err(CallFailure::TooLarge(_)) => return Ok(first),
            Err(CallFailure::Failed(error)) => return Err(error),
        };
        let mut joiner = LongLineJoiner::default();
        let own = first.key();
        joiner.push(first.clone());
        for entry in Entries::of(&page.logs, page.form).flatten() {
            if entry.stamp == Some(stamp) && entry.key() != own {
                joiner.push(entry);
            }
        }
        joiner.end();
        Ok(joiner.pop().unwrap_or(first))
    }

    pub(super) fn too_old(&self, lacks: &'static str) -> Error {
        Error::AgentTooOld {
            device: self.calls.device().to_owned(),
            lacks,
        }
    }

    /// A second of this module that no answer can carry.
    pub(super) fn second_too_full(&self, second: i64) -> Error {
        Error::SecondTooFull {
            device: self.calls.device().to_owned(),
            module: self.module.to_string(),
            second: instant(start_of(second)),
        }
    }
}

/// Whether text came without the stamps that were asked for.
pub(super) fn lacks_stamps(logs: &ModuleLogs) -> bool {
    use std::io::Read;
    let mut head = Vec::new();
    // What can't be unpacked is found out where it is read in earnest.
    let _ = unpacked_logs(logs).take(31).read_to_end(&mut head);
    !head.is_empty() && !begins_with_stamp(&head)
}

/// Whether the record is too long to be certain that all its parts are there.
pub(super) fn may_be_part(record: &Record) -> bool {
    record.line().len() >= super::entries::PART_BYTES - 80
}
