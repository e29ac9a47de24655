//! New lines as they come: asked for again and again, since an agent can't push.
//!
//! Each poll asks for what was stamped since a second before the latest line; what was printed
//! already is known by stamp and bytes. So nothing depends on this machine's clock, and neither a
//! restart of the agent nor an outage loses or repeats a line.

use std::sync::Arc;
use std::time::Duration;

use super::abort_on_drop::AbortOnDrop;
use super::channel::lacks_stamps;
use super::edge_agent::EdgeAgent;
use super::entries::{Entries, Entry, EntryForm, second_of};
use super::followed_module::FollowedModule;
use super::log_calls::{CallFailure, LogCalls};
use super::log_query::{Levels, LogQuery, LogQueryFilter, NO_SINCE, NO_UNTIL};
use super::merge::LineBatches;
use super::module_list;
use super::module_log::{LogSize, ModuleJob};
use super::notices;
use super::overlap::KeyCounts;
use crate::error::Error;
use crate::hub::HubErrorKind;
use crate::logs::Record;
use crate::methods::{LogFilter, LogItem, ModuleLogs, ModulePattern, TimeBound};
use crate::output::Console;

/// The pauses between two polls: short while lines come, long while none do.
const LEAST_PAUSE: Duration = Duration::from_secs(1);
const MOST_PAUSE: Duration = Duration::from_secs(30);

/// Modules whose new lines are asked for.
pub struct Following {
    calls: Arc<LogCalls>,
    modules: Vec<FollowedModule>,
    pause: Duration,
    has_lost_contact: bool,
    /// A burst that one answer could not carry, on its way.
    burst: Option<Burst>,
    /// Modules whose bursts come next.
    bursts: Vec<usize>,
}

/// A burst of one module.
struct Burst {
    module: usize,
    batches: LineBatches,
    /// The lines that need not be printed any more, less those that have come.
    known: KeyCounts,
    _task: AbortOnDrop<()>,
}

impl Following {
    /// Notes where each module's log ends now. Fetch what there is after this, and tell
    /// [`printed`](Self::printed) of every line.
    ///
    /// # Errors
    /// No module matches, or the agent can't be asked.
    pub async fn begin(
        agent: EdgeAgent,
        query: &LogQuery,
        console: Console,
    ) -> Result<Self, Error> {
        let calls = LogCalls::new(agent, console, query.encoding, query.content_type, false);
        let calls = Arc::new(calls);
        let selected = module_list::select(&calls, query).await?;
        let followed = |(name, item): module_list::Selected| {
            FollowedModule::new(name, query.items[item].filter.clone())
        };
        let mut following = Self {
            calls,
            modules: selected.into_iter().map(followed).collect(),
            pause: LEAST_PAUSE,
            has_lost_contact: false,
            burst: None,
            bursts: Vec::new(),
        };
        following.find_ends().await?;
        let text = notices::follows(
            following.calls.device(),
            following.modules.len(),
            LEAST_PAUSE,
            MOST_PAUSE,
        );
        console.note(&text);
        Ok(following)
    }

    /// Notes a line that was printed.
    pub fn printed(&mut self, module: &str, record: &Record) {
        let mut modules = self.modules.iter_mut();
        if let Some(module) = modules.find(|followed| followed.name == module)
            && let Some(stamp) = record.timestamp()
        {
            let stamp = i64::try_from(stamp.as_nanosecond()).unwrap_or(i64::MAX);
            let entry = Entry {
                stamp: Some(stamp),
                record: record.clone(),
            };
            module.note(&entry);
        }
    }

    /// Waits for the next lines, each with its module. There may be none for a while.
    ///
    /// # Errors
    /// A failure that does not pass by itself.
    pub async fn next(&mut self) -> Result<Vec<(String, Record)>, Error> {
        if let Some(lines) = self.next_of_burst().await {
            return Ok(lines);
        }
        tokio::time::sleep(self.pause).await;
        let all: Vec<usize> = (0..self.modules.len()).collect();
        let lines = match self.poll(&all).await {
            Ok(lines) => {
                self.contact_restored();
                lines
            }
            Err(CallFailure::TooLarge(_)) => {
                self.contact_restored();
                self.bursts = all;
                Vec::new()
            }
            // One module that can't be read any more fails the call for all of them.
            Err(CallFailure::Failed(Error::Refused { status: 500, .. })) if all.len() > 1 => {
                self.poll_one_by_one().await?
            }
            Err(CallFailure::Failed(error)) => {
                self.contact_lost(error)?;
                Vec::new()
            }
        };
        self.pause = if lines.is_empty() {
            self.pause.mul_f64(1.5).min(MOST_PAUSE)
        } else {
            LEAST_PAUSE
        };
        Ok(lines)
    }

    /// Where each log ends: its last line, and all that were written in the second before.
    async fn find_ends(&mut self) -> Result<(), Error> {
        let all: Vec<usize> = (0..self.modules.len()).collect();
        let last_line = |_: &FollowedModule| {
            let filter = LogFilter::default().with_tail(1)?;
            Ok(filter.between(Some(NO_SINCE.to_owned()), Some(NO_UNTIL.to_owned())))
        };
        let answer = match self.ask(&all, last_line).await {
            Ok(answer) => answer,
            Err(CallFailure::Failed(error)) => return Err(error),
            Err(CallFailure::TooLarge(_)) => Vec::new(),
        };
        if answer.is_empty() {
            let patterns = self.modules.iter();
            let patterns: Vec<String> = patterns.map(|m| format!("`{}`", m.name)).collect();
            return Err(Error::NoModule {
                device: self.calls.device().to_owned(),
                patterns: patterns.join(", "),
            });
        }
        let form = self.calls.stamped_form();
        for logs in &answer {
            let last = Entries::of(logs, form).flatten().last();
            if let Some(module) = self.module_of(logs) {
                let stamp = last.and_then(|entry| entry.stamp);
                self.modules[module].since = stamp.map(|stamp| second_of(stamp) - 1);
            }
        }
        // Lines up to here are fetched and printed separately, not by the first poll.
        match self.poll(&all).await {
            Ok(_) | Err(CallFailure::TooLarge(_)) => Ok(()),
            Err(CallFailure::Failed(error)) => Err(error),
        }
    }

    fn module_of(&self, logs: &ModuleLogs) -> Option<usize> {
        let same = |module: &FollowedModule| module.name.eq_ignore_ascii_case(&logs.id);
        self.modules.iter().position(same)
    }

    /// Asks for modules by their names, with the pattern on lines that was typed; levels are judged
    /// on this side.
    async fn ask(
        &self,
        modules: &[usize],
        filter: impl Fn(&FollowedModule) -> Result<LogFilter, Error>,
    ) -> Result<Vec<ModuleLogs>, CallFailure> {
        loop {
            let form = self.calls.stamped_form();
            let item = |index: &usize| {
                let module = &self.modules[*index];
                let mut filter = filter(module)?.with_timestamps();
                if let Some(regex) = &module.filter.regex {
                    filter = filter.with_regex(regex.clone());
                }
                let id = ModulePattern::exact(&module.name)?;
                Ok::<_, Error>(LogItem { id, filter })
            };
            let items: Result<Vec<LogItem>, Error> = modules.iter().map(item).collect();
            let answer = self.calls.get_logs(items?).await?;
            if form == EntryForm::Stamped && answer.iter().any(lacks_stamps) {
                self.calls.give_up_stamps();
                continue;
            }
            return Ok(answer);
        }
    }

    /// What is new in these modules, mixed by time.
    async fn poll(&mut self, modules: &[usize]) -> Result<Vec<(String, Record)>, CallFailure> {
        let elapsed = self.calls.elapsed();
        let since = |module: &FollowedModule| {
            let since = match module.since {
                Some(second) => Some(second.to_string()),
                None => module.filter.since_after(elapsed),
            };
            Ok(LogFilter::default().between(since, None))
        };
        let answer = self.ask(modules, since).await?;
        let form = self.calls.stamped_form();
        let mut found = Vec::new();
        for logs in &answer {
            let Some(index) = self.module_of(logs) else {
                continue;
            };
            let mut latest = i64::MIN;
            for line in self.modules[index].new_lines(logs, form) {
                latest = latest.max(line.stamp.unwrap_or(latest));
                found.push((latest, index, line));
            }
        }
        found.sort_by_key(|(stamp, _, _)| *stamp);
        let line = |(_, index, line): (i64, usize, Entry)| {
            let name = self.modules[index].name.clone();
            (name, line.record)
        };
        Ok(found.into_iter().map(line).collect())
    }

    async fn poll_one_by_one(&mut self) -> Result<Vec<(String, Record)>, Error> {
        let mut lines = Vec::new();
        for index in 0..self.modules.len() {
            match self.poll(&[index]).await {
                Ok(new) => {
                    self.modules[index].is_reported = false;
                    lines.extend(new);
                }
                Err(CallFailure::TooLarge(_)) => self.bursts.push(index),
                Err(CallFailure::Failed(error @ Error::Refused { .. })) => {
                    let module = &mut self.modules[index];
                    if !std::mem::replace(&mut module.is_reported, true) {
                        self.calls.console().error(&Error::Module {
                            device: self.calls.device().to_owned(),
                            module: module.name.clone(),
                            source: Box::new(error),
                        });
                    }
                }
                Err(CallFailure::Failed(error)) => {
                    self.contact_lost(error)?;
                    return Ok(lines);
                }
            }
        }
        self.contact_restored();
        Ok(lines)
    }

    /// The next lines of a burst, which are fetched page by page.
    async fn next_of_burst(&mut self) -> Option<Vec<(String, Record)>> {
        loop {
            if self.burst.is_none() {
                let index = self.bursts.pop()?;
                self.burst = Some(self.begin_burst(index));
            }
            let burst = self.burst.as_mut()?;
            let index = burst.module;
            match burst.batches.recv().await {
                Some(Ok(batch)) => {
                    let module = &mut self.modules[index];
                    let known = &mut burst.known;
                    let new = batch.into_iter().filter(|line| !known.take(&line.key()));
                    let new: Vec<Entry> = new.collect();
                    // The next poll asks for the end of them once more.
                    let lines = new.into_iter().filter_map(|line| {
                        module.note(&line);
                        let is_wanted = module.filter.levels.keep_record(&line.record);
                        is_wanted.then(|| (module.name.clone(), line.record))
                    });
                    let lines: Vec<_> = lines.collect();
                    if !lines.is_empty() {
                        return Some(lines);
                    }
                }
                Some(Err(error)) => self.calls.console().error(&error),
                None => self.burst = None,
            }
        }
    }

    fn begin_burst(&self, index: usize) -> Burst {
        let module = &self.modules[index];
        let since = module.since.map(|second| second.to_string());
        let since = since.and_then(|since| TimeBound::parse("since", &since).ok());
        let job = ModuleJob {
            calls: Arc::clone(&self.calls),
            module: module.name.as_str().into(),
            filter: Arc::new(LogQueryFilter {
                since: since.or_else(|| module.filter.since.clone()),
                regex: module.filter.regex.clone(),
                levels: Levels::All,
                ..LogQueryFilter::default()
            }),
            verbatim: false,
        };
        let (batches, task) = job.fetch(LogSize::AtMost(f64::INFINITY));
        Burst {
            module: index,
            batches,
            known: module.seen.clone(),
            _task: task,
        }
    }

    fn contact_restored(&mut self) {
        if std::mem::take(&mut self.has_lost_contact) {
            let text = notices::reconnected(self.calls.device());
            self.calls.console().note(&text);
        }
    }

    /// A failure on the way to the agent may pass; any other is final.
    fn contact_lost(&mut self, error: Error) -> Result<(), Error> {
        let passes = match &error {
            Error::Hub { source, .. } => {
                source.kind.is_transient()
                    || matches!(
                        source.kind,
                        HubErrorKind::NotConnected | HubErrorKind::NotAnAnswer
                    )
            }
            // An agent that has just started does not know its methods for a moment, and its
            // engine may be busy with the same.
            Error::Refused { .. } | Error::BadPayload { .. } => true,
            _ => false,
        };
        if !passes {
            return Err(error);
        }
        if !std::mem::replace(&mut self.has_lost_contact, true) {
            let causes = error.causes();
            let why = causes.first().cloned().unwrap_or_else(|| error.to_string());
            let text = notices::contact_lost(self.calls.device(), &why);
            self.calls.console().warn(&text);
        }
        Ok(())
    }
}
