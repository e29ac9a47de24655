//! The logs of one device's modules, complete against any agent.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::abort_on_drop::AbortOnDrop;
use super::channel::{lacks_stamps, may_be_part};
use super::edge_agent::EdgeAgent;
use super::entries::{Entries, EntryForm};
use super::log_calls::{CallFailure, LogCalls};
use super::log_query::{Levels, LogQuery, LogQueryFilter, LogQueryItem};
use super::merge::{LineBatches, Merged, Order};
use super::module_list::{self, Selected};
use super::module_log::{FetchedLevel, LogSize, ModuleJob};
use super::page_store::PageStore;
use crate::error::Error;
use crate::logs::Severity;
use crate::methods::ModuleLogs;
use crate::output::Console;

/// The logs of one device: the modules are known, the lines are being fetched. Dropping it stops all
/// calls.
pub struct DeviceLogs {
    modules: Vec<String>,
    batches: Vec<LineBatches>,
    tasks: Vec<AbortOnDrop<()>>,
}

/// How much more the wire form with stamps takes than the one without.
const STAMPS_TAKE: f64 = 1.25;

/// How far a device's clock may be off before lines are called later than their window. Seconds.
const CLOCK_TOLERANCE: i64 = 15 * 60;

impl DeviceLogs {
    /// Asks the agent, with one call if one call is right on every agent.
    ///
    /// Warnings go to `console`. Failures of a single module arrive among its lines.
    ///
    /// # Errors
    /// No module matches, or nothing can be fetched at all.
    pub async fn open(
        agent: EdgeAgent,
        query: Arc<LogQuery>,
        console: Console,
    ) -> Result<Self, Error> {
        let unbounded = query.items.iter().any(|item| item.filter.is_empty());
        let calls = LogCalls::new(
            agent,
            console,
            query.encoding,
            query.content_type,
            unbounded,
        );
        Opening {
            calls: Arc::new(calls),
            query,
        }
        .open()
        .await
    }

    /// The modules, by name.
    pub fn modules(&self) -> &[String] {
        &self.modules
    }

    /// The lines; the number of a log is that of its module. The second value keeps what is under
    /// way alive.
    pub fn into_merged(self, order: Order) -> (Merged, impl Sized + use<>) {
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

impl Opening {
    async fn open(self) -> Result<DeviceLogs, Error> {
        let (answer, form) = match self.get_all(None, Duration::ZERO).await {
            Ok(answer) => answer,
            Err(CallFailure::TooLarge(bytes)) => {
                let selected = self.select().await?;
                // The agent tells of everything that it refuses: what the hub refused is little more
                // than one answer.
                return Ok(self.split(selected, bytes.map_or(0.0, |bytes| bytes as f64)));
            }
            // One module that can't be read fails the whole call.
            Err(CallFailure::Failed(refused @ Error::Refused { status: 500, .. }))
                if self.query.may_be_several() =>
            {
                // Where not even the modules can be told, the refusal is about all of them.
                return match self.select().await {
                    Ok(selected) => Ok(self.split(selected, f64::INFINITY)),
                    Err(_) => Err(refused),
                };
            }
            Err(CallFailure::Failed(error)) => return Err(error),
        };
        if answer.is_empty() {
            return Err(self.no_module());
        }
        let others = match self.query.common_levels() {
            None => return self.split_known(answer).await,
            Some(levels) if shows_more_severe(&answer, form, levels) => Vec::new(),
            Some(levels) => levels.others().collect(),
        };
        let answers = match self.get_other_levels(others).await {
            Some(answers) => answers,
            None => return self.split_known(answer).await,
        };
        self.deliver(answer, form, answers).await
    }

    /// One call for everything.
    async fn get_all(
        &self,
        level: Option<u8>,
        elapsed: Duration,
    ) -> Result<(Vec<ModuleLogs>, EntryForm), CallFailure> {
        let stamps = self.query.needs_stamps();
        loop {
            let form = match self.calls.stamped_form() {
                EntryForm::Stamped if !stamps => EntryForm::Plain,
                form => form,
            };
            let items = self.query.in_one_call(level, elapsed);
            let answer = self.calls.get_logs(items.map_err(Error::from)?).await?;
            if form == EntryForm::Stamped && answer.iter().any(lacks_stamps) {
                self.calls.give_up_stamps();
                continue;
            }
            self.check(&answer, form)?;
            return Ok((answer, form));
        }
    }

    /// The more severe levels, which an agent that matches exactly has not sent. Nothing if one of
    /// the calls fails: then each module goes its own way.
    async fn get_other_levels(&self, levels: Vec<u8>) -> Option<Vec<LevelAnswer>> {
        let elapsed = self.calls.elapsed();
        let ask = |level| async move {
            let (answer, form) = self.get_all(Some(level), elapsed).await.ok()?;
            Some(LevelAnswer {
                level: Severity::from_number(level)?,
                form,
                answer,
            })
        };
        join_all(levels.into_iter().map(ask))
            .await
            .into_iter()
            .collect()
    }

    /// Whether the agent has done what it was asked to.
    fn check(&self, answer: &[ModuleLogs], form: EntryForm) -> Result<(), CallFailure> {
        let [item] = self.query.items.as_slice() else {
            return Ok(());
        };
        let too_old = |lacks| Error::AgentTooOld {
            device: self.calls.device().to_owned(),
            lacks,
        };
        let tail = item.filter.tail.map(|tail| tail as usize);
        // A duration counts from a clock that may be wrong.
        let until = item.filter.until.as_ref().map(|until| {
            let second = until.resolve(jiff::Timestamp::now()).as_second();
            second.saturating_add(if until.is_relative() {
                CLOCK_TOLERANCE
            } else {
                1
            })
        });
        for logs in answer {
            let mut lines: usize = 0;
            for entry in Entries::of(logs, form).flatten() {
                // The parts of long lines are entries, and only our own device counts them as one.
                lines += usize::from(!entry.goes_on());
                let second = entry.stamp.map(super::entries::second_of);
                if until.is_some_and(|until| second.is_some_and(|second| second > until)) {
                    return Err(too_old("until").into());
                }
            }
            if tail.is_some_and(|tail| lines > tail) {
                return Err(too_old("tail").into());
            }
        }
        Ok(())
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

    fn job(&self, module: &str, item: &LogQueryItem) -> ModuleJob {
        ModuleJob {
            calls: Arc::clone(&self.calls),
            module: module.into(),
            filter: Arc::new(item.filter.clone()),
            verbatim: self.query.verbatim,
        }
    }

    /// Fetches each module for itself. `bytes` is how much all of them are; infinite if that is not
    /// known.
    fn split(&self, selected: Vec<Selected>, bytes: f64) -> DeviceLogs {
        let mut logs = DeviceLogs {
            modules: Vec::new(),
            batches: Vec::new(),
            tasks: Vec::new(),
        };
        let grows = match self.query.needs_stamps() || self.calls.stamped_form() == EntryForm::Json
        {
            true => 1.0,
            false => STAMPS_TAKE,
        };
        let bytes = bytes * grows;
        let size = match selected.len() {
            1 if bytes.is_finite() && self.query.items.len() == 1 => LogSize::Exactly(bytes),
            _ => LogSize::AtMost(bytes),
        };
        for (module, item) in selected {
            let job = self.job(&module, &self.query.items[item]);
            logs.add(module, job.fetch(size));
        }
        logs
    }

    /// The same where an answer has told the modules.
    async fn split_known(&self, answer: Vec<ModuleLogs>) -> Result<DeviceLogs, Error> {
        let selected = match self.query.items.len() {
            1 => {
                let mut names: Vec<_> = answer.into_iter().map(|logs| (logs.id, 0)).collect();
                names.sort();
                names
            }
            _ => self.select().await?,
        };
        Ok(self.split(selected, f64::INFINITY))
    }

    /// Passes on what one call for each level has brought.
    async fn deliver(
        &self,
        answer: Vec<ModuleLogs>,
        form: EntryForm,
        others: Vec<LevelAnswer>,
    ) -> Result<DeviceLogs, Error> {
        let mut item = self.query.items[0].clone();
        let levels = item.filter.levels;
        let is_one = self.query.items.len() == 1;
        let tails = self
            .query
            .items
            .iter()
            .any(|item| item.filter.tail.is_some());
        let is_whole = |logs: &ModuleLogs| has_whole_tail(logs, form, &item, others.is_empty());
        if tails && (!is_one || !answer.iter().all(is_whole)) && self.may_lack_lines(&answer, form)
        {
            return self.split_known(answer).await;
        }
        if !is_one {
            // Which item a module belongs to is not known, nor needed: the agent has applied it.
            item.filter = LogQueryFilter {
                levels,
                ..LogQueryFilter::default()
            };
        }
        let keep = match levels.pushed_down().and_then(Severity::from_number) {
            Some(level) if !others.is_empty() => Levels::Only(level),
            _ => levels,
        };
        let mut others: Vec<_> = others
            .into_iter()
            .map(|other| (other.level, other.form, other.answer))
            .collect();
        let mut answer = answer;
        answer.sort_by(|a, b| a.id.cmp(&b.id));
        let mut logs = DeviceLogs {
            modules: Vec::new(),
            batches: Vec::new(),
            tasks: Vec::new(),
        };
        for own in answer {
            let name = own.id.clone();
            let job = self.job(&name, &item);
            let mut stores = vec![FetchedLevel {
                level: levels.pushed_down(),
                keep,
                store: store_of(own, form)?,
            }];
            for (level, form, answer) in &mut others {
                if let Some(index) = answer.iter().position(|logs| logs.id == name) {
                    stores.push(FetchedLevel {
                        level: Some(level.number()),
                        keep: Levels::Only(*level),
                        store: store_of(answer.swap_remove(index), *form)?,
                    });
                }
            }
            logs.add(name, job.deliver(stores));
        }
        Ok(logs)
    }

    /// Whether lines may have been dropped on this side that others should have taken the place of.
    fn may_lack_lines(&self, answer: &[ModuleLogs], form: EntryForm) -> bool {
        let judges = self
            .query
            .items
            .iter()
            .any(|item| item.filter.levels != Levels::All);
        judges || answer.iter().any(|logs| has_long_line(logs, form))
    }
}

/// What came for one more severe level.
struct LevelAnswer {
    level: Severity,
    form: EntryForm,
    answer: Vec<ModuleLogs>,
}

/// Whether an answer for a level holds lines that are more severe: such an agent reads the level as
/// documented.
fn shows_more_severe(answer: &[ModuleLogs], form: EntryForm, levels: Levels) -> bool {
    let Some(level) = levels.pushed_down() else {
        return false;
    };
    let mut entries = answer
        .iter()
        .flat_map(|logs| Entries::of(logs, form).flatten());
    entries.any(|entry| entry.record.loglevel() < level)
}

/// Whether an answer holds all the lines that a tail asks for, or all there are.
fn has_whole_tail(logs: &ModuleLogs, form: EntryForm, item: &LogQueryItem, alone: bool) -> bool {
    let Some(tail) = item.filter.tail.map(|tail| tail as usize) else {
        return true;
    };
    let mut entries = 0;
    let mut kept = 0;
    for entry in Entries::of(logs, form).flatten() {
        if may_be_part(&entry.record) {
            return false;
        }
        entries += 1;
        kept += usize::from(item.filter.levels.keep_record(&entry.record));
    }
    // With other levels beside it, each has its own tail, and nothing that comes is dropped.
    !alone || kept == entries || entries < tail
}

fn has_long_line(logs: &ModuleLogs, form: EntryForm) -> bool {
    Entries::of(logs, form)
        .flatten()
        .any(|entry| may_be_part(&entry.record))
}

fn store_of(logs: ModuleLogs, form: EntryForm) -> Result<PageStore, Error> {
    let mut store = PageStore::default();
    store.push(logs, form, usize::MAX)?;
    Ok(store)
}
