//! New lines as they come: asked for again and again, since an agent can't push.
//!
//! Each poll asks for the last entries of each log, and looks among them for those that were last
//! before; what follows them is new. No time is sent, so that neither the device's clock nor a line
//! that is stamped far ahead matters, and the container engine reads from the end of its log. Where
//! the known entries are not among the last ones, the log is walked backward until they are met; if
//! they are nowhere, the engine has cut the log meanwhile, which is said.
//!
//! Entries are taken once all that belongs to them is here, so that a call that fails costs nothing:
//! the next poll asks for the same again.

use std::sync::Arc;
use std::time::Duration;

use super::channel::Channel;
use super::entries::{Entry, UNSTAMPED, second_of};
use super::first_poll::FirstPoll;
use super::log_agent::{Clock, LogAgent, Report};
use super::log_calls::{CallFailure, LogCalls, ModuleAnswer};
use super::log_query::{LogQuery, LogQueryFilter};
use super::long_lines::{Joined, LongLineJoiner};
use super::merge::Mixed;
use super::module_list;
use super::notices;
use super::overlap::{KeyCounts, Seen, keys};
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
const SEEN_ENTRIES: usize = 256;

/// How many are asked for when following begins.
const FIRST_TAIL: usize = 32;

/// How many entries a poll asks for at the least, and at the most. More are fetched page by page.
const LEAST_TAIL: usize = 2;
const MOST_TAIL: usize = 1000;

/// Modules whose new lines are asked for.
pub(super) struct Following {
    calls: Arc<LogCalls>,
    modules: Vec<Followed>,
    pause: Duration,
    has_lost_contact: bool,
    /// New lines that wait to be taken, by module.
    ready: Mixed,
}

/// One module.
struct Followed {
    name: String,
    filter: LogQueryFilter,
    /// Its last entries.
    seen: Seen,
    /// What the first poll will find that was printed before; none after it.
    first_poll: Option<FirstPoll>,
    /// How many of the last entries to ask for.
    tail: usize,
    /// A long line whose last part has not come yet waits here.
    joiner: LongLineJoiner,
    /// New lines of this poll.
    ready: Spool,
    /// Whether it has been said that it can't be read, or has gone.
    is_reported: bool,
}

impl Followed {
    fn new(name: String, filter: LogQueryFilter) -> Self {
        Self {
            name,
            seen: Seen::default(),
            first_poll: Some(FirstPoll::new(filter.tail)),
            filter,
            tail: FIRST_TAIL,
            joiner: LongLineJoiner::default(),
            ready: Spool::default(),
            is_reported: false,
        }
    }

    /// Plans the next poll after one that found so many new entries.
    fn plan(&mut self, new: usize) {
        // A run of equal entries tells nothing without the one before it.
        self.tail = (2 * new + self.seen.run() + 1).clamp(LEAST_TAIL, MOST_TAIL);
    }

    /// Takes new entries, and makes the lines ready that they complete and that are wanted. Stamps may
    /// be off by `rounding`. How many entries there were.
    fn take(
        &mut self,
        mut new: Spool,
        matching: Option<KeyCounts>,
        rounding: i64,
    ) -> Result<usize, Error> {
        let mut matching = matching;
        let mut lines = Spool::default();
        let mut count = 0;
        loop {
            let part = new.pop_oldest()?;
            let is_last = part.is_none();
            let part = part.unwrap_or_default();
            let found = keys(&part);
            count += found.len();
            self.seen.extend(&found, SEEN_ENTRIES);
            part.into_iter().for_each(|entry| self.joiner.push(entry));
            if is_last && count == 0 {
                // What has not come by now is not coming.
                self.joiner.end();
            }
            let mut whole = Vec::new();
            while let Some(Joined { line, parts, .. }) = self.joiner.pop() {
                let key = line.key();
                let matches = matching.as_mut().is_none_or(|matching| {
                    // A line matches with all its parts.
                    let parts = parts.iter().filter(|part| matching.take(part)).count();
                    parts > 0 || matching.take(&key)
                });
                if matches {
                    if let Some(first_poll) = &mut self.first_poll {
                        first_poll.find(&line);
                    }
                    whole.push(line);
                }
            }
            lines.push_newer(whole)?;
            if is_last {
                break;
            }
        }
        self.plan(count);
        let mut first_poll = self.first_poll.take();
        while let Some(mut part) = lines.pop_oldest()? {
            part.retain(|line| {
                first_poll.as_mut().is_none_or(|first| first.is_new(line))
                    && self.filter.levels.keep_record(&line.record)
                    && self.filter.is_within(line.stamp, rounding)
            });
            self.ready.push_newer(part)?;
        }
        Ok(count)
    }
}

impl Following {
    /// Notes where each module's log ends now. Fetch what there is after this, and call
    /// [`printed`](Self::printed) for every line.
    ///
    /// # Errors
    /// No module matches, or the agent can't be asked.
    pub(super) async fn begin(
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
            ready: Mixed::default(),
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
    pub(super) fn printed(&mut self, module: &str, record: &Record) {
        let mut modules = self.modules.iter_mut();
        let Some(module) = modules.find(|followed| followed.name == module) else {
            return;
        };
        if let Some(first_poll) = &mut module.first_poll {
            first_poll.printed(record);
        }
    }

    /// Waits for the next lines, each with its module. There may be none for a while.
    ///
    /// # Errors
    /// A failure that does not pass by itself.
    pub(super) async fn next(&mut self) -> Result<Vec<(String, Entry)>, Error> {
        if let Some(lines) = self.next_ready()? {
            return Ok(lines);
        }
        self.calls.clock().sleep(self.pause).await;
        self.poll().await?;
        let ready = self.modules.iter_mut();
        self.ready = Mixed::new(ready.map(|module| std::mem::take(&mut module.ready)));
        let lines = self.next_ready()?;
        self.pause = match lines {
            None => self.pause.mul_f64(1.5).min(MOST_PAUSE),
            Some(_) => LEAST_PAUSE,
        };
        Ok(lines.unwrap_or_default())
    }

    fn next_ready(&mut self) -> Result<Option<Vec<(String, Entry)>>, Error> {
        let batch = self.ready.next_batch()?;
        Ok(batch.map(|batch| {
            let line = |(index, line): (usize, Entry)| {
                let module: &Followed = &self.modules[index];
                (module.name.clone(), line)
            };
            batch.into_iter().map(line).collect()
        }))
    }

    /// The last entries of each log.
    async fn find_ends(&mut self) -> Result<(), Error> {
        let everyone: Vec<usize> = (0..self.modules.len()).collect();
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
                let seen = keys(&answer.entries);
                if let Some(first_poll) = &mut module.first_poll {
                    first_poll.begins_after(&seen);
                }
                module.seen = Seen::new(seen, answer.has_fewer_than(module.tail));
                module.plan(0);
            }
        }
        Ok(())
    }

    fn module_of(&self, answer: &ModuleAnswer) -> Option<usize> {
        let mut modules = self.modules.iter();
        let exact = modules.position(|module| module.name == answer.id);
        // The agent ignores the case of names.
        let same = |module: &Followed| module.name.eq_ignore_ascii_case(&answer.id);
        exact.or_else(|| self.modules.iter().position(same))
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

    /// Makes ready what is new.
    async fn poll(&mut self) -> Result<(), Error> {
        let everyone: Vec<usize> = (0..self.modules.len()).collect();
        let polled = match self.poll_modules(&everyone).await {
            // One module that can't be read any more fails the call for all of them.
            Err(
                CallFailure::TooLarge(_) | CallFailure::Failed(Error::Refused { status: 500, .. }),
            ) if everyone.len() > 1 => self.poll_one_by_one().await,
            Err(trouble) => Err(failure(trouble, self.calls.device())),
            Ok(()) => Ok(()),
        };
        match polled {
            Ok(()) => {
                self.regain_contact();
                Ok(())
            }
            Err(error) => self.lose_contact(error),
        }
    }

    async fn poll_one_by_one(&mut self) -> Result<(), Error> {
        for index in 0..self.modules.len() {
            match self.poll_modules(&[index]).await {
                Ok(()) => {}
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
                Err(trouble) => return Err(failure(trouble, self.calls.device())),
            }
        }
        Ok(())
    }

    async fn poll_modules(&mut self, modules: &[usize]) -> Result<(), CallFailure> {
        let answers = match (self.last_entries(modules).await, modules) {
            (Ok(answers), _) => answers,
            // Few entries, but long ones: their number is found page by page.
            (Err(CallFailure::TooLarge(_)), [only]) => return self.catch_up(*only).await,
            (Err(failure), _) => return Err(failure),
        };
        let mut missing = modules.to_vec();
        for answer in answers {
            let Some(index) = self.module_of(&answer) else {
                continue;
            };
            missing.retain(|module| *module != index);
            self.modules[index].is_reported = false;
            self.take_answer(index, answer).await?;
        }
        for index in missing {
            let module = &mut self.modules[index];
            if !std::mem::replace(&mut module.is_reported, true) {
                let text = notices::module_gone(self.calls.device(), &module.name);
                self.calls.report().warn(&text);
            }
        }
        Ok(())
    }

    /// Takes what is new among the last entries of a module.
    async fn take_answer(
        &mut self,
        index: usize,
        mut answer: ModuleAnswer,
    ) -> Result<(), CallFailure> {
        let module = &self.modules[index];
        if let Some(cut) = answer.cut.take() {
            return Err(cut.error(self.calls.device(), &module.name).into());
        }
        let is_whole = answer.has_fewer_than(module.tail);
        let page = keys(&answer.entries);
        let Some(from) = module.seen.newer_on(&page, is_whole) else {
            return self.catch_up(index).await;
        };
        let rounding = self.calls.rounding();
        let mut new = Spool::default();
        new.push_newer(answer.entries.split_off(from))?;
        let stamps = page[from..].iter().map(|key| key.stamp);
        let earliest = stamps.filter(|stamp| *stamp != UNSTAMPED).min();
        let matching = self.matching(index, earliest).await?;
        self.modules[index].take(new, matching, rounding)?;
        Ok(())
    }

    /// Walks back from the end of a log to the known entries, and takes what is newer.
    async fn catch_up(&mut self, index: usize) -> Result<(), CallFailure> {
        let bounds = Bounds {
            anchor: self.modules[index].seen.clone(),
            ..Bounds::default()
        };
        let mut walk = Walk::new(self.channel(index, None), bounds);
        walk.run().await?;
        let failure = match walk.failure.take() {
            Some(error) if passes(&error) => return Err(error.into()),
            other => other,
        };
        // Where what was seen does not stand as it did, the engine has cut the log meanwhile; what is
        // left of it was printed before all the same.
        let seen = &self.modules[index].seen;
        let (mut skip, mut printed) = match walk.met_anchor {
            Some(known) => (known, KeyCounts::default()),
            None => (walk.first_of(seen), KeyCounts::of(seen.keys())),
        };
        let earliest = walk.stamps(skip).min();
        let matching = self.matching(index, earliest).await?;
        let mut new = Spool::default();
        let mut end = Seen::new(Vec::new(), failure.is_none());
        while let Some(mut part) = walk.spool.pop_oldest()? {
            end.extend(&keys(&part), SEEN_ENTRIES);
            let skipped = skip.min(part.len());
            skip -= skipped;
            part.drain(..skipped);
            part.retain(|entry| !printed.take(&entry.key()));
            new.push_newer(part)?;
        }
        let rounding = self.calls.rounding();
        let module = &mut self.modules[index];
        if walk.met_anchor.is_none() {
            match (failure, module.seen.keys().last()) {
                // The log itself is the trouble, which asking again does not change.
                (Some(error), _) => self.calls.report().error(&error),
                (None, Some(last)) => {
                    let text = notices::lost_track(self.calls.device(), &module.name, last.stamp);
                    self.calls.report().warn(&text);
                }
                (None, None) => {}
            }
            let new = module.take(new, matching, rounding)?;
            module.seen = end;
            module.plan(new);
            return Ok(());
        }
        if let Some(error) = failure {
            self.calls.report().error(&error);
        }
        module.take(new, matching, rounding)?;
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

    /// Which of the entries from this stamp on the expression lets through, which only the agent
    /// can tell; none where there is no expression, or nothing new.
    async fn matching(
        &self,
        index: usize,
        earliest: Option<i64>,
    ) -> Result<Option<KeyCounts>, CallFailure> {
        let module = &self.modules[index];
        let Some(regex) = module.filter.regex.clone() else {
            return Ok(None);
        };
        let earliest = earliest.into_iter().chain(module.joiner.earliest()).min();
        let Some(earliest) = earliest else {
            return Ok(None);
        };
        let since = second_of(earliest).to_string();
        let bounds = Bounds {
            since: Some(TimeBound::parse("since", &since).map_err(Error::from)?),
            ..Bounds::default()
        };
        let mut walk = Walk::new(self.channel(index, Some(regex)), bounds);
        walk.run().await?;
        match walk.failure.take() {
            Some(error) if passes(&error) => return Err(error.into()),
            // The log itself is the trouble. What was fetched is its end, where the new lines are.
            Some(error) => self.calls.report().error(&error),
            None => {}
        }
        let mut matching = KeyCounts::default();
        while let Some(part) = walk.spool.pop_oldest()? {
            part.iter().for_each(|entry| matching.add(entry.key()));
        }
        Ok(Some(matching))
    }

    fn regain_contact(&mut self) {
        if std::mem::take(&mut self.has_lost_contact) {
            let text = notices::reconnected(self.calls.device());
            self.calls.report().note(&text);
        }
    }

    /// A failure on the way to the agent may pass; any other is final.
    fn lose_contact(&mut self, error: Error) -> Result<(), Error> {
        if !passes(&error) {
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

/// Whether a failure is one of the way to the agent, or of the moment.
fn passes(error: &Error) -> bool {
    match error {
        Error::Hub { source, .. } => {
            source.kind.is_transient()
                || matches!(
                    source.kind,
                    HubErrorKind::NotConnected | HubErrorKind::NotAnAnswer
                )
        }
        // An agent that has just started does not know its methods for a moment, its engine may
        // be busy with the same, and a damaged answer may come whole the next time.
        Error::Refused { .. }
        | Error::BadPayload { .. }
        | Error::Undecodable { .. }
        | Error::NoModule { .. } => true,
        _ => false,
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
