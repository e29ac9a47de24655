//! The logs of one device's modules, complete against any agent.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::abort_on_drop::AbortOnDrop;
use super::entries::{Entry, EntryForm, MAX_HEADER_BYTES, PART_BYTES};
use super::log_agent::{Clock, LogAgent, Report};
use super::log_calls::{CallFailure, LogCalls, ModuleAnswer};
use super::log_end::{self, LastEntry};
use super::log_query::{Levels, LogQuery, LogQueryFilter};
use super::long_lines::{is_untagged, uncertain_lines};
use super::merge::{LineBatches, Merged, Order};
use super::module_list::{self, Selected};
use super::module_log::{FetchedLevel, ModuleJob};
use super::spool::Spool;
use crate::error::Error;
use crate::logs::{Record, Severity};
use crate::methods::LogItem;

/// The logs of one device: the modules are known, the lines are being fetched. Dropping it stops all
/// calls.
#[derive(Default)]
pub(super) struct DeviceLogs {
    modules: Vec<String>,
    batches: Vec<LineBatches>,
    tasks: Vec<AbortOnDrop<()>>,
}

impl DeviceLogs {
    /// Asks the agent, with one call if one call is right on every agent.
    ///
    /// Warnings go to `report`. Failures of a single module arrive among its lines.
    ///
    /// # Errors
    /// No module matches, or nothing can be fetched at all.
    pub(super) async fn open(
        agent: Arc<dyn LogAgent>,
        query: Arc<LogQuery>,
        report: Arc<dyn Report>,
        clock: Clock,
    ) -> Result<Self, Error> {
        let unbounded = query.items.iter().any(|item| item.filter.is_empty());
        let calls = LogCalls::new(
            agent,
            report,
            query.encoding,
            query.content_type,
            unbounded,
            clock,
        );
        Opening {
            calls: Arc::new(calls),
            query,
        }
        .open()
        .await
    }

    /// The modules, by name.
    pub(super) fn modules(&self) -> &[String] {
        &self.modules
    }

    /// The lines; the number of a log is that of its module. The second value keeps what is under
    /// way alive.
    pub(super) fn into_merged(self, order: Order) -> (Merged, impl Sized + use<>) {
        (Merged::new(self.batches, order), self.tasks)
    }

    fn add(&mut self, module: String, (batches, task): (LineBatches, AbortOnDrop<()>)) {
        self.modules.push(module);
        self.batches.push(batches);
        self.tasks.push(task);
    }
}

/// A device that is being asked for the first time.
struct Opening {
    calls: Arc<LogCalls>,
    query: Arc<LogQuery>,
}

/// What one call brought for one level.
struct LevelAnswer {
    /// The level that was sent.
    level: Option<u8>,
    keep: Levels,
    answers: Vec<ModuleAnswer>,
}

impl Opening {
    async fn open(self) -> Result<DeviceLogs, Error> {
        let levels = self.query.common_levels();
        let own = match self.ask_together(None, Duration::ZERO).await {
            Ok(answers) => answers,
            Err(CallFailure::TooLarge(_)) => return Ok(self.split(self.select().await?)),
            // One module that can't be read fails the whole call.
            Err(CallFailure::Failed(refused @ Error::Refused { status: 500, .. }))
                if self.query.may_be_several() =>
            {
                // Without the names of the modules, the refusal is about all of them.
                return match self.select().await {
                    Ok(selected) => Ok(self.split(selected)),
                    Err(_) => Err(refused),
                };
            }
            Err(CallFailure::Failed(error)) => return Err(error),
        };
        if own.is_empty() {
            return Err(self.no_module());
        }
        let is_known = |answer: &ModuleAnswer| self.query.filter_of(&answer.id).is_some();
        let Some(levels) = levels.filter(|_| own.iter().all(is_known)) else {
            return self.split_known(own).await;
        };
        // An agent that reads a level as documented sends the more severe ones along; they are kept
        // from the calls for them.
        let Some(others) = self.ask_other_levels(levels).await else {
            return self.split_known(own).await;
        };
        let keep = match levels.pushed_down().and_then(Severity::from_number) {
            Some(level) if !self.calls.is_documented() => Levels::Only(level),
            _ => levels,
        };
        let mut all = vec![LevelAnswer {
            level: levels.pushed_down(),
            keep,
            answers: own,
        }];
        all.extend(others);
        if all.iter().any(|answer| self.may_lack_lines(answer)) {
            let own = all.swap_remove(0).answers;
            return self.split_known(own).await;
        }
        let ends = self.ends(&all).await;
        self.deliver(all, ends)
    }

    /// What logs end with that may go on, where several may: by two calls for all of them.
    async fn ends(&self, levels: &[LevelAnswer]) -> HashMap<String, LastEntry> {
        let mut newest: HashMap<&str, Option<&Entry>> = HashMap::new();
        for answer in levels.iter().flat_map(|level| &level.answers) {
            let last = answer.entries.last();
            let newest = newest.entry(&answer.id).or_default();
            let stamp_of = |entry: Option<&Entry>| entry.map(|entry| entry.stamp);
            if stamp_of(last) >= stamp_of(*newest) {
                *newest = last;
            }
        }
        newest.retain(|module, newest| {
            let filter = self.query.filter_of(module);
            filter.is_some_and(|filter| log_end::is_doubtful(&self.calls, filter, *newest))
        });
        if newest.len() < 2 {
            return HashMap::new();
        }
        let elapsed = self.calls.elapsed();
        let Ok(from_the_end) = self.query.last_entries(elapsed) else {
            return HashMap::new();
        };
        let mut ends = self.last_entries(from_the_end).await;
        ends.retain(|module, _| newest.contains_key(module.as_str()));
        let is_newest = |module: &str, end: &Entry| {
            let newest = newest.get(module).copied().flatten();
            newest.is_some_and(|newest| log_end::is_end(newest, end))
        };
        let is_open = |(module, end): (&String, &Option<Entry>)| {
            end.as_ref().is_some_and(|end| !is_newest(module, end))
        };
        let reached = match ends.iter().any(is_open) {
            true => match self.query.last_entries_from_the_beginning(elapsed) {
                Ok(items) => self.last_entries(items).await,
                Err(_) => HashMap::new(),
            },
            false => HashMap::new(),
        };
        let end_of = |(module, end): (String, Option<Entry>)| {
            let reached = reached.get(&module).and_then(Option::as_ref);
            let is_reached = |end: &Entry| {
                let is_there = |reached: &Entry| log_end::reaches(reached, end);
                is_newest(&module, end) || reached.is_some_and(is_there)
            };
            let last = match end {
                Some(end) if is_reached(&end) => LastEntry::Reached,
                end => LastEntry::Known(end.map(Box::new)),
            };
            (module, last)
        };
        ends.into_iter().map(end_of).collect()
    }

    /// The last entries of the modules that one call has brought; none of a call that fails, after which each
    /// module is asked for itself.
    async fn last_entries(&self, items: Vec<LogItem>) -> HashMap<String, Option<Entry>> {
        let answers = self.calls.get_stamped(items).await.unwrap_or_default();
        let last = |answer: ModuleAnswer| (answer.id, log_end::last_of(answer.entries));
        answers.into_iter().map(last).collect()
    }

    /// One call for everything.
    async fn ask_together(
        &self,
        level: Option<u8>,
        elapsed: Duration,
    ) -> Result<Vec<ModuleAnswer>, CallFailure> {
        let items = self.query.in_one_call(level, elapsed);
        let items = items.map_err(Error::from)?;
        match self.calls.stamped_form() {
            EntryForm::Stamped if !self.query.needs_stamps() => {
                let answers = self.calls.get_logs(items.clone(), EntryForm::Plain).await?;
                // The shipped agent sends nothing for a log of blank lines, unless they have stamps.
                if answers.iter().all(|answer| !answer.entries.is_empty()) {
                    return Ok(answers);
                }
                let stamped = |item: LogItem| LogItem {
                    filter: item.filter.with_timestamps(),
                    ..item
                };
                let items = items.into_iter().map(stamped).collect();
                self.calls.get_stamped(items).await
            }
            _ => self.calls.get_stamped(items).await,
        }
    }

    /// The more severe levels, which an agent that matches exactly has not sent. None if one of the
    /// calls fails: then each module goes its own way.
    async fn ask_other_levels(&self, levels: Levels) -> Option<Vec<LevelAnswer>> {
        if self.calls.is_documented() {
            return Some(Vec::new());
        }
        let elapsed = self.calls.elapsed();
        let ask = |level| async move {
            Some(LevelAnswer {
                level: Some(level),
                keep: Levels::Only(Severity::from_number(level)?),
                answers: self.ask_together(Some(level), elapsed).await.ok()?,
            })
        };
        let answers = join_all(levels.others().map(ask)).await;
        answers.into_iter().collect()
    }

    /// Whether answers may hold less than was asked for: the agent counts and filters the parts of a
    /// long line one by one, and lines that are dropped on this side should have made room for
    /// others.
    fn may_lack_lines(
        &self,
        LevelAnswer {
            level,
            keep,
            answers,
        }: &LevelAnswer,
    ) -> bool {
        answers.iter().any(|answer| {
            let Some(filter) = self.query.filter_of(&answer.id) else {
                return true;
            };
            let entries = &answer.entries;
            if entries.iter().any(|entry| may_be_part(&entry.record)) {
                let is_judged = filter.regex.is_some() || *keep != Levels::All;
                return !self.query.verbatim || filter.tail.is_some() || is_judged;
            }
            let Some(asked) = filter.entries(*level) else {
                return false;
            };
            if answer.cut.is_some() {
                return true;
            }
            let rounding = self.calls.rounding();
            let is_wanted = |entry: &Entry| {
                keep.keep_record(&entry.record) && filter.is_within(entry.stamp, rounding)
            };
            let count = entries.len() as u64;
            // What was counted to an entry may have been one of its own.
            let is_full = count + answer.appended as u64 >= asked;
            let wanted = entries.iter().filter(|entry| is_wanted(entry)).count();
            let is_judged = level.is_some() || filter.regex.is_some();
            // Our own module sends whole lines, and what was judged is looked up.
            let uncertain = match is_judged || self.calls.is_documented() {
                true => 0,
                false => uncertain_lines(entries, is_wanted),
            };
            let certain = wanted - uncertain;
            // A whole line may have another level than its end.
            let has_ends = || {
                entries
                    .iter()
                    .any(|entry| is_wanted(entry) && is_untagged(entry))
            };
            let is_cut_by_level = filter.regex.is_some() && *keep != Levels::All && has_ends();
            let is_enough = filter
                .tail
                .is_none_or(|tail| certain >= tail as usize && !is_cut_by_level);
            count > asked || count == asked && wanted < entries.len() || is_full && !is_enough
        })
    }

    async fn select(&self) -> Result<Vec<Selected>, Error> {
        let selected = module_list::select(&self.calls, &self.query).await?;
        if selected.is_empty() {
            return Err(self.no_module());
        }
        Ok(selected)
    }

    fn no_module(&self) -> Error {
        let patterns = self.query.items.iter();
        let patterns: Vec<String> = patterns
            .map(|item| format!("`{}`", item.id.as_str()))
            .collect();
        Error::NoModule {
            device: self.calls.device().to_owned(),
            patterns: patterns.join(", "),
        }
    }

    fn job(&self, module: &str, filter: &LogQueryFilter, last: LastEntry) -> ModuleJob {
        ModuleJob {
            calls: Arc::clone(&self.calls),
            module: module.into(),
            filter: Arc::new(filter.clone()),
            verbatim: self.query.verbatim,
            last,
        }
    }

    /// Fetches each module for itself.
    fn split(&self, selected: Vec<Selected>) -> DeviceLogs {
        let mut logs = DeviceLogs::default();
        for (module, item) in selected {
            let filter = &self.query.items[item].filter;
            let job = self.job(&module, filter, LastEntry::Unknown);
            logs.add(module, job.fetch());
        }
        logs
    }

    /// The same where an answer has named the modules.
    async fn split_known(&self, answers: Vec<ModuleAnswer>) -> Result<DeviceLogs, Error> {
        let selected = match self.query.items.len() {
            1 => {
                let mut names: Vec<_> = answers.into_iter().map(|answer| (answer.id, 0)).collect();
                names.sort();
                names
            }
            _ => self.select().await?,
        };
        Ok(self.split(selected))
    }

    /// Passes on what one call for each level has brought.
    fn deliver(
        &self,
        levels: Vec<LevelAnswer>,
        mut ends: HashMap<String, LastEntry>,
    ) -> Result<DeviceLogs, Error> {
        let mut modules: BTreeMap<String, Vec<FetchedLevel>> = BTreeMap::new();
        for LevelAnswer {
            level,
            keep,
            answers,
        } in levels
        {
            for answer in answers {
                let mut entries = Spool::default();
                entries.push_newer(answer.entries)?;
                let cut = answer.cut;
                let failure = cut.map(|cut| cut.error(self.calls.device(), &answer.id));
                modules.entry(answer.id).or_default().push(FetchedLevel {
                    level,
                    keep,
                    entries,
                    missing: 0,
                    failure,
                });
            }
        }
        let mut logs = DeviceLogs::default();
        for (name, levels) in modules {
            let filter = self.query.filter_of(&name).cloned().unwrap_or_default();
            let end = ends.remove(&name).unwrap_or_default();
            let job = self.job(&name, &filter, end);
            logs.add(name, job.deliver(levels));
        }
        Ok(logs)
    }
}

/// Whether a line is so long that it may be a part of one.
fn may_be_part(record: &Record) -> bool {
    record.line().len() >= PART_BYTES - MAX_HEADER_BYTES
}
