//! A followed module, and which of its lines were printed.

use super::entries::{Entries, Entry, EntryForm, second_of, start_of};
use super::log_query::LogQueryFilter;
use super::long_lines::LongLineJoiner;
use super::overlap::KeyCounts;
use crate::methods::ModuleLogs;

/// One module.
pub(super) struct FollowedModule {
    pub(super) name: String,
    pub(super) filter: LogQueryFilter,
    /// The second from which on lines are asked for; none before the first line.
    pub(super) since: Option<i64>,
    /// The lines from there on that need not be printed any more.
    pub(super) seen: KeyCounts,
    /// Whether the error that it can't be read was printed.
    pub(super) is_reported: bool,
}

impl FollowedModule {
    /// A module of which nothing is known yet.
    pub(super) fn new(name: String, filter: LogQueryFilter) -> Self {
        Self {
            name,
            filter,
            since: None,
            seen: KeyCounts::default(),
            is_reported: false,
        }
    }

    /// The lines of an answer that are new and wanted.
    pub(super) fn new_lines(&mut self, logs: &ModuleLogs, form: EntryForm) -> Vec<Entry> {
        let mut joiner = LongLineJoiner::default();
        let mut known = self.seen.clone();
        let mut new = Vec::new();
        let entries = Entries::of(logs, form).flatten();
        // What has no stamp is nothing that an engine sends, and could not be told from new lines.
        for entry in entries.filter(|entry| entry.stamp.is_some()) {
            joiner.push(entry);
            // A long line whose last part is not written yet waits for the next poll.
            while let Some(line) = joiner.pop() {
                if !known.take(&line.key()) {
                    new.push(line);
                }
            }
        }
        for line in &new {
            self.note(line);
        }
        new.retain(|line| self.filter.levels.keep_record(&line.record));
        new
    }

    /// Notes a line that must not come again.
    pub(super) fn note(&mut self, line: &Entry) {
        let Some(stamp) = line.stamp else { return };
        let begin = second_of(stamp) - 1;
        match self.since {
            Some(since) if stamp < start_of(since) => return,
            Some(since) if begin > since => {
                self.since = Some(begin);
                self.seen.forget_before(start_of(begin));
            }
            Some(_) => {}
            None => self.since = Some(begin),
        }
        self.seen.add(line.key());
    }
}
