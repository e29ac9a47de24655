//! New lines as they come: asked for again and again, since an agent can't push.
//!
//! Each poll asks for the last entries of each log, and looks among them for those that were last
//! before; what follows them is new. No time is sent, so that neither the device's clock nor a line
//! that is stamped far ahead matters, and the container engine reads from the end of its log. Where
//! the known entries are not among the last ones, the log is walked backward until they are met; if
//! they are nowhere, the engine has cut the log meanwhile, which is said.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::channel::Channel;
use super::entries::{Entry, Key, second_of};
use super::log_agent::{Clock, LogAgent, Report};
use super::log_calls::{CallFailure, LogCalls, ModuleAnswer};
use super::log_query::{LogQuery, LogQueryFilter};
use super::long_lines::LongLineJoiner;
use super::module_list;
use super::notices;
use super::overlap::{KeyCounts, keys, newer_than};
use super::spool::Spool;
use super::walk::{Bounds, Walk};
use crate::error::Error;
use crate::hub::HubErrorKind;
use crate::logs::Record;
use crate::methods::{LogFilter, LogItem, ModulePattern, TimeBound};

/// The pauses between two polls: short while lines come, long while none do.
const LEAST_PAUSE: Duration = Duration::from_secs(1);
const MOST_PAUSE: Duration = Duration::from_secs(30);

/// How many of the last entries of a log are remembered.
const KNOWN_ENTRIES: usize = 256;

/// How many entries a poll asks for at the least, and at the most. More are fetched page by page.
const LEAST_TAIL: usize = 2;
const MOST_TAIL: usize = 1000;

/// How many lines are remembered of those that were printed before the first poll.
const MAX_PRINTED: usize = 50_000;

/// Modules whose new lines are asked for.
pub struct Following {
    calls: Arc<LogCalls>,
    modules: Vec<Followed>,
    pause: Duration,
    has_lost_contact: bool,
    /// New lines that wait to be taken, by module.
    waiting: VecDeque<(usize, Spool)>,
}

/// One module.
struct Followed {
    name: String,
    filter: LogQueryFilter,
    /// The keys of its last entries.
    known: Vec<Key>,
    /// Those of them that were not printed yet when following began.
    unprinted: KeyCounts,
    /// Lines that were printed before the first poll and that it will find again.
    printed: KeyCounts,
    printed_lines: usize,
    /// How many of the last entries to ask for.
    tail: usize,
    /// A long line whose last part has not come yet waits here.
    joiner: LongLineJoiner,
    /// Whether it has been said that it can't be read, or has gone.
    is_reported: bool,
}

impl Followed {
    fn new(name: String, filter: LogQueryFilter) -> Self {
        Self {
            name,
            filter,
            known: Vec::new(),
            unprinted: KeyCounts::default(),
            printed: KeyCounts::default(),
            printed_lines: 0,
            tail: LEAST_TAIL,
            joiner: LongLineJoiner::default(),
            is_reported: false,
        }
    }

    fn remember(&mut self, new: &[Key]) {
        self.known.extend_from_slice(new);
        let surplus = self.known.len().saturating_sub(KNOWN_ENTRIES);
        self.known.drain(..surplus);
    }

    /// Plans the next poll after one that found so many new entries.
    fn plan(&mut self, new: usize) {
        // A run of equal entries tells nothing without the one before it.
        let last = self.known.last();
        let run = self.known.iter().rev().take_while(|key| Some(*key) == last);
        self.tail = (2 * new + run.count() + 1).clamp(LEAST_TAIL, MOST_TAIL);
    }

    /// The lines that new entries complete, without those that were printed already.
    fn lines(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let is_quiet = entries.is_empty();
        for entry in entries {
            self.joiner.push(entry);
        }
        if is_quiet {
            // What has not come by now is not coming.
            self.joiner.end();
        }
        let lines = std::iter::from_fn(|| self.joiner.pop());
        let new = lines.filter(|line| !self.printed.take(&line.key()));
        new.filter(|line| self.filter.levels.keep_record(&line.record))
            .collect()
    }
}

impl Following {
    /// Notes where each module's log ends now. Fetch what there is after this, and call
    /// [`printed`](Self::printed) for every line.
    ///
    /// # Errors
    /// No module matches, or the agent can't be asked.
    pub async fn begin(
        agent: Arc<dyn LogAgent>,
        query: &LogQuery,
        report: Arc<dyn Report>,
        clock: Clock,
    ) -> Result<Self, Error> {
        let calls = LogCalls::new(
            agent,
            report,
            query.encoding,
            query.content_type,
            false,
            clock,
        );
        let calls = Arc::new(calls);
        let selected = module_list::select(&calls, query).await?;
        let followed = |(name, item): module_list::Selected| {
            Followed::new(name, query.items[item].filter.clone())
        };
        let mut following = Self {
            calls,
            modules: selected.into_iter().map(followed).collect(),
            pause: LEAST_PAUSE,
            has_lost_contact: false,
            waiting: VecDeque::new(),
        };
        following.find_ends().await?;
        let text = notices::follows(
            following.calls.device(),
            following.modules.len(),
            LEAST_PAUSE,
            MOST_PAUSE,
        );
        following.calls.report().note(&text);
        Ok(following)
    }

    /// Notes a line that was printed.
    pub fn printed(&mut self, module: &str, record: &Record) {
        let mut modules = self.modules.iter_mut();
        let Some(module) = modules.find(|followed| followed.name == module) else {
            return;
        };
        let stamp = record
            .timestamp()
            .and_then(|time| i64::try_from(time.as_nanosecond()).ok());
        let entry = Entry {
            stamp,
            own_stamp: stamp.is_some(),
            record: record.clone(),
        };
        let key = entry.key();
        // What was there when following began is not asked for again.
        if !module.unprinted.take(&key) && module.printed_lines < MAX_PRINTED {
            module.printed.add(key);
            module.printed_lines += 1;
        }
    }

    /// Waits for the next lines, each with its module. There may be none for a while.
    ///
    /// # Errors
    /// A failure that does not pass by itself.
    pub async fn next(&mut self) -> Result<Vec<(String, Record)>, Error> {
        if let Some(lines) = self.next_waiting()? {
            return Ok(lines);
        }
        self.calls.clock().sleep(self.pause).await;
        let everyone: Vec<usize> = (0..self.modules.len()).collect();
        let lines = match self.poll(&everyone).await {
            Ok(lines) => {
                self.regain_contact();
                lines
            }
            // One module that can't be read any more fails the call for all of them.
            Err(
                CallFailure::TooLarge(_) | CallFailure::Failed(Error::Refused { status: 500, .. }),
            ) if everyone.len() > 1 => self.poll_one_by_one().await?,
            Err(trouble) => {
                self.lose_contact(failure(trouble, self.calls.device()))?;
                Vec::new()
            }
        };
        self.pause = if lines.is_empty() && self.waiting.is_empty() {
            self.pause.mul_f64(1.5).min(MOST_PAUSE)
        } else {
            LEAST_PAUSE
        };
        Ok(lines)
    }

    /// The last entries of each log.
    async fn find_ends(&mut self) -> Result<(), Error> {
        let everyone: Vec<usize> = (0..self.modules.len()).collect();
        for module in &mut self.modules {
            module.tail = KNOWN_ENTRIES / 8;
        }
        let answers = match self.last_entries(&everyone).await {
            Ok(answers) => answers,
            Err(CallFailure::TooLarge(_)) => {
                let mut answers = Vec::new();
                for module in everyone {
                    self.modules[module].tail = LEAST_TAIL;
                    let answer = self.last_entries(&[module]).await;
                    answers
                        .extend(answer.map_err(|trouble| failure(trouble, self.calls.device()))?);
                }
                answers
            }
            Err(CallFailure::Failed(error)) => return Err(error),
        };
        if answers.is_empty() {
            let patterns = self.modules.iter();
            let patterns: Vec<String> = patterns.map(|m| format!("`{}`", m.name)).collect();
            return Err(Error::NoModule {
                device: self.calls.device().to_owned(),
                patterns: patterns.join(", "),
            });
        }
        for answer in answers {
            if let Some(index) = self.module_of(&answer) {
                let module = &mut self.modules[index];
                module.known = keys(&answer.entries);
                module.unprinted = KeyCounts::of(&module.known);
                module.plan(0);
            }
        }
        Ok(())
    }

    fn module_of(&self, answer: &ModuleAnswer) -> Option<usize> {
        let same = |module: &Followed| module.name.eq_ignore_ascii_case(&answer.id);
        self.modules.iter().position(same)
    }

    /// Asks for the last entries of modules.
    async fn last_entries(&self, modules: &[usize]) -> Result<Vec<ModuleAnswer>, CallFailure> {
        let item = |index: &usize| {
            let module = &self.modules[*index];
            let filter = LogFilter::default().with_tail(module.tail as u64)?;
            let id = ModulePattern::exact(&module.name)?;
            Ok::<_, Error>(LogItem {
                id,
                filter: filter.with_timestamps(),
            })
        };
        let items: Result<Vec<LogItem>, Error> = modules.iter().map(item).collect();
        self.calls.get_stamped(items?).await
    }

    /// What is new in these modules, mixed by time.
    async fn poll(&mut self, modules: &[usize]) -> Result<Vec<(String, Record)>, CallFailure> {
        let answers = match (self.last_entries(modules).await, modules) {
            (Ok(answers), _) => answers,
            // Few entries, but long ones: their number is found page by page.
            (Err(CallFailure::TooLarge(_)), [only]) => {
                self.fetch_new(*only).await?;
                return Ok(Vec::new());
            }
            (Err(failure), _) => return Err(failure),
        };
        let mut found: Vec<(i64, usize, Entry)> = Vec::new();
        let mut missing = modules.to_vec();
        for answer in answers {
            let Some(index) = self.module_of(&answer) else {
                continue;
            };
            missing.retain(|module| *module != index);
            self.modules[index].is_reported = false;
            let Some(new) = self.new_entries(index, answer).await? else {
                continue;
            };
            let mut latest = i64::MIN;
            for line in self.modules[index].lines(new) {
                latest = latest.max(line.stamp.unwrap_or(latest));
                found.push((latest, index, line));
            }
        }
        for index in missing {
            let module = &mut self.modules[index];
            if !std::mem::replace(&mut module.is_reported, true) {
                let text = notices::module_gone(self.calls.device(), &module.name);
                self.calls.report().warn(&text);
            }
        }
        found.sort_by_key(|(stamp, _, _)| *stamp);
        let line = |(_, index, line): (i64, usize, Entry)| {
            let name = self.modules[index].name.clone();
            (name, line.record)
        };
        Ok(found.into_iter().map(line).collect())
    }

    /// The entries of a module that are newer than the known ones. None where the answer does not
    /// tell: then they are fetched, and wait to be taken.
    async fn new_entries(
        &mut self,
        index: usize,
        mut answer: ModuleAnswer,
    ) -> Result<Option<Vec<Entry>>, CallFailure> {
        let module = &mut self.modules[index];
        if let Some(cut) = answer.cut.take() {
            return Err(cut.error(self.calls.device(), &module.name).into());
        }
        let page = keys(&answer.entries);
        let is_whole_log = page.len() < module.tail;
        let from = match newer_than(&page, &module.known) {
            Some(from) => from,
            None if module.known.is_empty() && is_whole_log => 0,
            None => {
                self.fetch_new(index).await?;
                return Ok(None);
            }
        };
        let new = answer.entries.split_off(from);
        let new = self.matching(index, new).await?;
        let module = &mut self.modules[index];
        module.remember(&page[from..]);
        module.plan(page.len() - from);
        Ok(Some(new))
    }

    /// Walks back from the end of a log to the known entries. What is newer waits to be taken.
    async fn fetch_new(&mut self, index: usize) -> Result<(), CallFailure> {
        let bounds = Bounds {
            anchor: self.modules[index].known.clone(),
            ..Bounds::default()
        };
        let mut walk = Walk::new(self.channel(index, None), bounds);
        walk.run().await?;
        if let Some(error) = walk.failure {
            return Err(error.into());
        }
        let module = &self.modules[index];
        if walk.met_anchor.is_none()
            && let Some(last) = module.known.last()
        {
            let text = notices::lost_track(self.calls.device(), &module.name, last.stamp);
            self.calls.report().warn(&text);
        }
        let mut skip = walk.met_anchor.unwrap_or(0);
        let mut new = Spool::default();
        let mut count = 0;
        while let Some(mut part) = walk.spool.pop_oldest()? {
            let skipped = skip.min(part.len());
            skip -= skipped;
            part.drain(..skipped);
            count += part.len();
            self.modules[index].remember(&keys(&part));
            let part = self.matching(index, part).await?;
            new.push_newer(part)?;
        }
        self.modules[index].plan(count);
        self.waiting.push_back((index, new));
        Ok(())
    }

    fn channel(&self, index: usize, regex: Option<String>) -> Channel {
        Channel {
            calls: Arc::clone(&self.calls),
            module: self.modules[index].name.as_str().into(),
            regex,
            level: None,
        }
    }

    /// Those of new entries that the expression lets through, which only the agent can tell.
    async fn matching(&self, index: usize, new: Vec<Entry>) -> Result<Vec<Entry>, CallFailure> {
        let Some(regex) = self.modules[index].filter.regex.clone() else {
            return Ok(new);
        };
        let Some(first) = new.iter().filter_map(|entry| entry.stamp).min() else {
            return Ok(new);
        };
        let since = second_of(first).to_string();
        let bounds = Bounds {
            since: Some(TimeBound::parse("since", &since).map_err(Error::from)?),
            ..Bounds::default()
        };
        let mut walk = Walk::new(self.channel(index, Some(regex)), bounds);
        walk.run().await?;
        if let Some(error) = walk.failure {
            return Err(error.into());
        }
        let mut matching = KeyCounts::default();
        // A line matches with all its parts.
        let mut long_lines = Vec::new();
        while let Some(part) = walk.spool.pop_oldest()? {
            for entry in part {
                matching.add(entry.key());
                if entry.goes_on() {
                    long_lines.push(entry.stamp);
                }
            }
        }
        let mut new = new;
        new.retain(|entry| matching.take(&entry.key()) || long_lines.contains(&entry.stamp));
        Ok(new)
    }

    async fn poll_one_by_one(&mut self) -> Result<Vec<(String, Record)>, Error> {
        let mut lines = Vec::new();
        for index in 0..self.modules.len() {
            match self.poll(&[index]).await {
                Ok(new) => lines.extend(new),
                Err(CallFailure::Failed(error @ Error::Refused { .. })) => {
                    let module = &mut self.modules[index];
                    if !std::mem::replace(&mut module.is_reported, true) {
                        self.calls.report().error(&Error::Module {
                            device: self.calls.device().to_owned(),
                            module: module.name.clone(),
                            source: Box::new(error),
                        });
                    }
                }
                Err(failed) => {
                    self.lose_contact(failure(failed, self.calls.device()))?;
                    return Ok(lines);
                }
            }
        }
        self.regain_contact();
        Ok(lines)
    }

    /// The next lines of those that wait.
    fn next_waiting(&mut self) -> Result<Option<Vec<(String, Record)>>, Error> {
        while let Some((index, spool)) = self.waiting.front_mut() {
            let module = &mut self.modules[*index];
            let Some(part) = spool.pop_oldest()? else {
                self.waiting.pop_front();
                continue;
            };
            let lines = module.lines(part);
            if !lines.is_empty() {
                let line = |line: Entry| (module.name.clone(), line.record);
                return Ok(Some(lines.into_iter().map(line).collect()));
            }
        }
        Ok(None)
    }

    fn regain_contact(&mut self) {
        if std::mem::take(&mut self.has_lost_contact) {
            let text = notices::reconnected(self.calls.device());
            self.calls.report().note(&text);
        }
    }

    /// A failure on the way to the agent may pass; any other is final.
    fn lose_contact(&mut self, error: Error) -> Result<(), Error> {
        let passes = match &error {
            Error::Hub { source, .. } => {
                source.kind.is_transient()
                    || matches!(
                        source.kind,
                        HubErrorKind::NotConnected | HubErrorKind::NotAnAnswer
                    )
            }
            // An agent that has just started does not know its methods for a moment, its engine may
            // be busy with the same, and a damaged answer may come whole the next time.
            Error::Refused { .. } | Error::BadPayload { .. } | Error::Undecodable { .. } => true,
            _ => false,
        };
        if !passes {
            return Err(error);
        }
        if !std::mem::replace(&mut self.has_lost_contact, true) {
            let causes = error.causes();
            let why = causes.first().cloned().unwrap_or_else(|| error.to_string());
            let text = notices::contact_lost(self.calls.device(), &why);
            self.calls.report().warn(&text);
        }
        Ok(())
    }
}

fn failure(trouble: CallFailure, device: &str) -> Error {
    match trouble {
        CallFailure::Failed(error) => error,
        CallFailure::TooLarge(_) => Error::BadPayload {
            device: device.to_owned(),
            method: "GetModuleLogs",
            cause: "a few entries are said to be too large".to_owned(),
        },
    }
}
