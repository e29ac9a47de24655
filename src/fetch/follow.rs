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
//!
//! Each poll also asks for what the query selects and is not followed yet. Of several items that match
//! a module the first one counts, so that this brings new modules only, and costs no further call. A
//! module that can't be read would fail such a call, so that a device with one is asked in detail once
//! a minute.
//!
//! A run that goes on where another one ended does the same, from the places of that one: it knows the
//! last entries by their marks, which are the same in whatever form they come, and each line says what
//! has been read once it is printed. It needs neither the end nor the beginning of the log before it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::channel::Channel;
use super::entries::{Entry, Key, UNSTAMPED, instant, second_of};
use super::first_poll::FirstPoll;
use super::log_agent::{Clock, LogAgent, Report};
use super::log_calls::{CallFailure, Cut, LogCalls, ModuleAnswer};
use super::log_query::{LogQuery, LogQueryFilter, LogQueryItem};
use super::long_lines::{Joined, LongLineJoiner};
use super::merge::Mixed;
use super::module_list;
use super::notices;
use super::overlap::{KeyCounts, Seen};
use super::pace::{Pace, Pauses};
use super::place::{Gap, Mark, PLACE_ENTRIES, Passed, Place};
use super::spool::Spool;
use super::walk::{Bounds, Met, Walk};
use crate::error::Error;
use crate::hub::HubErrorKind;
use crate::logs::Record;
use crate::methods::{LogFilter, LogItem, ModulePattern, TimeBound};

/// How often a module that can't be read is tried again, and what else there is beside it.
const DETAIL: Duration = Duration::from_secs(60);

/// How old the lines of a module that has just appeared may be when following begins, by the device's
/// clock. It was not there then, so that there are none, but for one that was hidden at that moment.
const LATE_SINCE: &str = "60s";

/// How many of the last entries of a log are remembered.
const SEEN_ENTRIES: usize = PLACE_ENTRIES;

/// How many are asked for when following begins.
const FIRST_TAIL: usize = 32;

/// How many entries a poll asks for at the least, and at the most. More are fetched page by page.
const LEAST_TAIL: usize = 2;
const MOST_TAIL: usize = 1000;

/// Modules whose new lines are asked for.
pub(super) struct Following {
    calls: Arc<LogCalls>,
    query: Arc<LogQuery>,
    modules: Vec<Followed>,
    pauses: Pauses,
    /// The next of them.
    pause: Duration,
    is_of_fleet: bool,
    has_lost_contact: bool,
    /// Whether it was selected at the last poll.
    was_selected: bool,
    /// Whether one call for all fails, and when the device is asked in detail again.
    is_apart: bool,
    detail_at: Instant,
    /// Where the logs stood that have not been seen yet, by module, and whether that is what is gone on
    /// by.
    places: HashMap<String, Place>,
    by_marks: bool,
    /// How many entries to ask for of modules that are not followed yet.
    discovery_tail: usize,
    /// Whether there was an answer.
    has_answered: bool,
    /// What comes before the new lines, these by module, and what comes after them.
    before: Vec<(String, News)>,
    ready: Mixed,
    after: Vec<(String, News)>,
    /// Why following ends after these.
    ending: Option<Error>,
}

/// What there is to tell of a module.
pub(super) enum News {
    Line(Entry),
    /// A part of its log is missing.
    Failed(Error),
    /// Lines may be missing.
    Gap(Gap),
    /// What came before has been read up to here.
    Place(Place),
}

/// An entry that has been read, and whether the line that it belongs to has been passed on.
struct Raw {
    key: Key,
    mark: Key,
    is_done: bool,
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
    /// What has been said of it.
    state: State,
    /// Whether nothing of it has been read yet, and since when it is to be then.
    is_fresh: bool,
    since: Option<TimeBound>,
    /// Whether its entries are known by their marks.
    by_marks: bool,
    /// The entries from the first one on that belongs to a line which is not whole.
    raw: VecDeque<Raw>,
    /// How many of them there were when the run began.
    pending: usize,
    /// What was read since the last line that is wanted.
    passed: Vec<Mark>,
    /// Whether something was read since its place was told, and how many entries that said to ask for.
    is_moved: bool,
    told_tail: usize,
}

/// Whether a module's log can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Readable,
    Gone,
    Unreadable,
}

impl Followed {
    /// A module that has appeared: all of its lines are new, since a time if there is one.
    fn fresh(name: String, filter: LogQueryFilter, since: Option<TimeBound>) -> Self {
        Self {
            seen: Seen::new(Vec::new(), true),
            first_poll: None,
            is_fresh: true,
            since,
            ..Self::new(name, filter)
        }
    }

    /// A module whose log was read up to a place.
    fn resumed(name: String, filter: LogQueryFilter, place: &Place) -> Self {
        // The beginning was where the first run began.
        let filter = LogQueryFilter {
            since: None,
            ..filter
        };
        Self {
            seen: place.seen(),
            pending: place.pending,
            told_tail: place.tail,
            first_poll: None,
            ..Self::new(name, filter)
        }
    }

    /// A module whose end is to be noted. Where it can't be, all of its lines are new, since a time that only
    /// the device knows if there is one.
    fn new(name: String, filter: LogQueryFilter) -> Self {
        let since = filter.since.clone().filter(TimeBound::is_relative);
        Self {
            name,
            seen: Seen::default(),
            first_poll: Some(FirstPoll::new(&filter)),
            is_fresh: since.is_some(),
            since,
            filter,
            tail: FIRST_TAIL,
            joiner: LongLineJoiner::default(),
            ready: Spool::default(),
            state: State::Readable,
            by_marks: false,
            raw: VecDeque::new(),
            pending: 0,
            passed: Vec::new(),
            is_moved: false,
            told_tail: 0,
        }
    }

    /// What identifies entries.
    fn keys(&self, entries: &[Entry]) -> Vec<Key> {
        entries.iter().map(|entry| self.key(entry)).collect()
    }

    fn key(&self, entry: &Entry) -> Key {
        match self.by_marks {
            true => entry.mark(),
            false => entry.key(),
        }
    }

    fn is_wanted(&self, line: &Entry, rounding: i64) -> bool {
        self.filter.levels.keep_record(&line.record) && self.filter.is_within(line.stamp, rounding)
    }

    /// Where the reading of its log stands.
    fn place(&self) -> Place {
        let keys = self.seen.keys();
        let read = keys.len().saturating_sub(self.raw.len());
        Place {
            marks: keys[..read].iter().copied().map(Mark::from).collect(),
            is_whole: self.seen.is_whole(),
            tail: self.tail,
            pending: self.raw.len(),
        }
    }

    /// Notes that a line is whole, which has several parts or is a single entry. The mark of its first
    /// entry.
    fn pass(&mut self, line: &Key, parts: &[Key]) -> Mark {
        let single = std::slice::from_ref(line);
        let mut own = None;
        for key in if parts.is_empty() { single } else { parts } {
            let mut raw = self.raw.iter_mut();
            if let Some(raw) = raw.find(|raw| !raw.is_done && raw.key == *key) {
                raw.is_done = true;
                own.get_or_insert(raw.mark);
            }
        }
        let is_open = |raw: &Raw| !raw.is_done;
        let done = self.raw.iter().position(is_open).unwrap_or(self.raw.len());
        let done = self.raw.drain(..done);
        self.passed.extend(done.map(|raw| Mark::from(raw.mark)));
        let surplus = self.passed.len().saturating_sub(PLACE_ENTRIES);
        self.passed.drain(..surplus);
        own.unwrap_or(*line).into()
    }

    /// Plans the next poll after one that found so many new entries.
    fn plan(&mut self, new: usize) {
        // A run of equal entries tells nothing without the one before it.
        self.tail = (2 * new + self.seen.run() + 1).clamp(LEAST_TAIL, MOST_TAIL);
    }

    /// Takes new entries, and makes the lines ready that they complete and that are wanted. Stamps may
    /// be off by `rounding`, and their order may be that of the entries. How many entries there were.
    fn take(
        &mut self,
        mut new: Spool,
        matching: Option<KeyCounts>,
        rounding: i64,
        is_by_stamp: bool,
    ) -> Result<usize, Error> {
        let mut matching = matching;
        let mut lines = Spool::default();
        let mut count = 0;
        loop {
            let part = new.pop_oldest()?;
            let is_last = part.is_none();
            let part = part.unwrap_or_default();
            let found = self.keys(&part);
            count += found.len();
            self.seen.extend(&found, SEEN_ENTRIES);
            if self.by_marks {
                let raw = part.iter().zip(&found).map(|(entry, mark)| Raw {
                    key: entry.key(),
                    mark: *mark,
                    is_done: false,
                });
                self.raw.extend(raw);
            }
            part.into_iter().for_each(|entry| self.joiner.push(entry));
            if is_last && (count == 0 || count == self.pending) {
                // What has not come by now is not coming.
                self.joiner.end();
            }
            let mut whole = Vec::new();
            while let Some(Joined {
                mut line, parts, ..
            }) = self.joiner.pop()
            {
                let key = line.key();
                let own = self.pass(&key, &parts);
                let matches = matching.as_mut().is_none_or(|matching| {
                    // A line matches with all its parts.
                    let parts = parts.iter().filter(|part| matching.take(part)).count();
                    parts > 0 || matching.take(&key)
                });
                if matches && (!self.by_marks || self.is_wanted(&line, rounding)) {
                    if self.by_marks {
                        let marks = std::mem::take(&mut self.passed);
                        line.passed = Some(Box::new(Passed { own, marks }));
                    }
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
        if is_by_stamp && count > 0 {
            self.seen.lose_order();
        }
        // How much history there was tells nothing of what comes.
        self.plan(if self.is_fresh { 0 } else { count });
        self.is_moved |= count > 0;
        self.is_fresh &= count == 0;
        self.pending = 0;
        let mut first_poll = self.first_poll.take();
        while let Some(mut part) = lines.pop_oldest()? {
            part.retain(|line| {
                first_poll
                    .as_mut()
                    .is_none_or(|first| first.is_new(line, is_by_stamp))
                    && self.is_wanted(line, rounding)
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
        query: Arc<LogQuery>,
        report: Arc<dyn Report>,
        clock: Clock,
        pace: Pace,
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
        let selected = module_list::select(&calls, &query).await?;
        let followed = |(name, item): module_list::Selected| {
            Followed::new(name, query.items[item].filter.clone())
        };
        let modules = selected.into_iter().map(followed).collect();
        let mut following = Self::new(calls, query, pace);
        following.modules = modules;
        following.pause = following.pauses.shortest();
        following.has_answered = true;
        following.find_ends().await?;
        if !pace.is_of_fleet {
            let device = following.calls.device();
            let text = notices::follows(device, following.modules.len(), pace);
            following.calls.report().note(&text);
        }
        Ok(following)
    }

    /// Goes on where the logs stand by these places. What has none begins where the query says.
    pub(super) fn resume(
        agent: Arc<dyn LogAgent>,
        query: Arc<LogQuery>,
        report: Arc<dyn Report>,
        clock: Clock,
        pace: Pace,
        places: HashMap<String, Place>,
    ) -> Self {
        let (encoding, content_type) = (query.encoding, query.content_type);
        let calls = LogCalls::new(agent, report, encoding, content_type, false, clock);
        let tails = places.values().map(|place| place.tail);
        let tail = tails.max().unwrap_or(FIRST_TAIL);
        Self {
            discovery_tail: tail.clamp(LEAST_TAIL, SEEN_ENTRIES),
            places,
            by_marks: true,
            ..Self::new(Arc::new(calls), query, pace)
        }
    }

    fn new(calls: Arc<LogCalls>, query: Arc<LogQuery>, pace: Pace) -> Self {
        Self {
            calls,
            query,
            modules: Vec::new(),
            pause: Duration::ZERO,
            pauses: pace.pauses(),
            is_of_fleet: pace.is_of_fleet,
            has_lost_contact: false,
            was_selected: true,
            is_apart: false,
            detail_at: Instant::now(),
            places: HashMap::new(),
            by_marks: false,
            discovery_tail: LEAST_TAIL,
            has_answered: false,
            before: Vec::new(),
            ready: Mixed::default(),
            after: Vec::new(),
            ending: None,
        }
    }

    /// The modules that are followed.
    pub(super) fn module_names(&self) -> Vec<String> {
        let names = self.modules.iter().map(|module| module.name.clone());
        names.collect()
    }

    /// Follows the modules that will be printed and were not there yet when the ends of logs were noted.
    ///
    /// # Errors
    /// The agent can't be asked which modules are meant.
    pub(super) async fn include(&mut self, names: &[String]) -> Result<(), Error> {
        let is_new = |name: &&String| self.module_named(name).is_none();
        let new: Vec<String> = names.iter().filter(is_new).cloned().collect();
        let items = module_list::items_of(&self.calls, &self.query, new.clone()).await?;
        for name in new {
            let item = items.get(&name).copied().unwrap_or(0);
            let filter = self.query.items[item].filter.clone();
            self.modules.push(Followed {
                seen: Seen::new(Vec::new(), true),
                ..Followed::new(name, filter)
            });
        }
        Ok(())
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

    /// Waits for news, each with its module. There may be none for a while.
    ///
    /// # Errors
    /// A failure that does not pass by itself.
    pub(super) async fn next(&mut self) -> Result<Vec<(String, News)>, Error> {
        if let Some(news) = self.next_ready()? {
            return Ok(news);
        }
        if let Some(error) = self.ending.take() {
            return Err(error);
        }
        self.calls.clock().sleep(self.pause).await;
        if !self.is_selected() {
            self.pause = self.pauses.longer();
            return Ok(Vec::new());
        }
        let polled = self.poll().await;
        self.make_ready();
        let news = self.next_ready()?;
        match (polled, &news) {
            (Ok(()), _) => {}
            // What was taken before it comes first.
            (Err(error), Some(_)) => self.ending = Some(error),
            (Err(error), None) => return Err(error),
        }
        self.pause = match news {
            None => self.pauses.longer(),
            Some(_) => self.pauses.shortest(),
        };
        Ok(news.unwrap_or_default())
    }

    /// Asks once for what is new. Whatever comes of it, [`next_ready`](Self::next_ready) has what came.
    ///
    /// # Errors
    /// Not everything could be asked for.
    pub(super) async fn poll_once(&mut self) -> Result<(), Error> {
        let polled = self.poll_all().await;
        self.make_ready();
        polled
    }

    fn make_ready(&mut self) {
        let modules = self.modules.iter_mut();
        self.ready = Mixed::new(modules.map(|module| std::mem::take(&mut module.ready)));
        for module in self.modules.iter_mut().filter(|module| module.by_marks) {
            // A run that asks for more than it needs costs more than a call.
            if !module.is_moved && module.tail >= module.told_tail {
                continue;
            }
            let place = module.place();
            if place.marks.is_empty() && !place.is_whole && !module.seen.is_empty() {
                // A line has more parts than are remembered: nothing tells where it began.
                continue;
            }
            (module.is_moved, module.told_tail) = (false, module.tail);
            // The place is behind all lines.
            module.passed.clear();
            self.after.push((module.name.clone(), News::Place(place)));
        }
    }

    /// Whether the device can't be asked at the moment.
    pub(super) fn is_away(&self) -> bool {
        self.has_lost_contact && self.was_selected
    }

    /// Whether the device is one of those that are to be followed, at the moment.
    fn is_selected(&mut self) -> bool {
        let is_selected = self.calls.agent().is_selected();
        let was_selected = std::mem::replace(&mut self.was_selected, is_selected);
        if was_selected && !is_selected {
            let text = notices::not_selected(self.calls.device());
            self.calls.report().note(&text);
        }
        is_selected
    }

    /// The next news that are here.
    ///
    /// # Errors
    /// A temporary file can't be read.
    pub(super) fn next_ready(&mut self) -> Result<Option<Vec<(String, News)>>, Error> {
        if !self.before.is_empty() {
            return Ok(Some(std::mem::take(&mut self.before)));
        }
        if let Some(batch) = self.ready.next_batch()? {
            let line = |(index, line): (usize, Entry)| {
                let module: &Followed = &self.modules[index];
                (module.name.clone(), News::Line(line))
            };
            return Ok(Some(batch.into_iter().map(line).collect()));
        }
        let after = std::mem::take(&mut self.after);
        Ok((!after.is_empty()).then_some(after))
    }

    /// Tells of a module's trouble.
    fn failed(&mut self, index: usize, error: Error) {
        let name = self.modules[index].name.clone();
        self.before.push((name, News::Failed(error)));
    }

    /// A module is not there, for now.
    fn gone(&mut self, index: usize) {
        let module = &mut self.modules[index];
        if std::mem::replace(&mut module.state, State::Gone) != State::Gone {
            let text = notices::module_gone(self.calls.device(), &module.name);
            self.calls.report().warn(&text);
        }
    }

    /// A module's log can't be read, which is said once.
    fn unreadable(&mut self, index: usize, error: Error) {
        let module = &mut self.modules[index];
        let before = std::mem::replace(&mut module.state, State::Unreadable);
        if before != State::Unreadable {
            self.failed(index, error);
        }
    }

    /// Takes an answer of a module. One module's trouble costs the others nothing: it is told here, or comes back
    /// where it may pass.
    async fn take_one(&mut self, index: usize, mut answer: ModuleAnswer) -> Option<CallFailure> {
        if let Some(cut) = answer.cut.take() {
            let may_pass = matches!(cut, Cut::Damaged(_));
            let error = cut.error(self.calls.device(), &self.modules[index].name);
            if may_pass {
                return Some(error.into());
            }
            self.unreadable(index, error);
            return None;
        }
        match self.take_answer(index, answer).await {
            Ok(()) => {}
            Err(CallFailure::Failed(Error::NoModule { .. })) => {
                self.gone(index);
                return None;
            }
            Err(trouble) => return Some(trouble),
        }
        let module = &mut self.modules[index];
        if std::mem::replace(&mut module.state, State::Readable) != State::Readable {
            let text = notices::module_back(self.calls.device(), &module.name);
            self.calls.report().note(&text);
        }
        None
    }

    /// The last entries of each log.
    async fn find_ends(&mut self) -> Result<(), Error> {
        let everyone: Vec<usize> = (0..self.modules.len()).collect();
        let answers = match self.calls.get_stamped(self.items(&everyone, false)?).await {
            Ok(answers) => answers,
            Err(CallFailure::TooLarge(_)) => {
                let mut answers = Vec::new();
                for module in everyone {
                    self.modules[module].tail = LEAST_TAIL;
                    let answer = self.calls.get_stamped(self.items(&[module], false)?).await;
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
            if let Some(index) = self.module_named(&answer.id) {
                let module = &mut self.modules[index];
                let seen = module.keys(&answer.entries);
                if let Some(first_poll) = &mut module.first_poll {
                    first_poll.begins_after(&seen);
                }
                module.seen = Seen::new(seen, answer.has_fewer_than(module.tail));
                (module.is_fresh, module.since) = (false, None);
                module.plan(0);
            }
        }
        Ok(())
    }

    fn module_named(&self, name: &str) -> Option<usize> {
        let mut modules = self.modules.iter();
        let exact = modules.position(|module| module.name == name);
        // The agent ignores the case of names.
        let same = |module: &Followed| module.name.eq_ignore_ascii_case(name);
        exact.or_else(|| self.modules.iter().position(same))
    }

    /// Makes ready what is new.
    async fn poll(&mut self) -> Result<(), Error> {
        match self.poll_all().await {
            Ok(()) => {
                self.regain_contact();
                Ok(())
            }
            Err(Error::NoModule { .. }) if self.is_of_fleet => {
                let text = notices::no_module_yet(self.calls.device());
                self.calls.report().note(&text);
                Ok(())
            }
            Err(error @ Error::NoModule { .. }) => Err(error),
            Err(error) => self.lose_contact(error),
        }
    }

    async fn poll_all(&mut self) -> Result<(), Error> {
        let modules = || self.modules.iter().enumerate();
        let readable = modules().filter(|(_, module)| module.state != State::Unreadable);
        let readable: Vec<usize> = readable.map(|(index, _)| index).collect();
        let is_due = Instant::now() >= self.detail_at;
        let discovers = !self.is_apart || is_due;
        let together = match discovers {
            true => modules().map(|(index, _)| index).collect(),
            false => readable,
        };
        let items = self.items(&together, discovers)?;
        let is_one = match (items.len(), together.as_slice()) {
            (0, _) => return Ok(()),
            // What is selected may be several modules.
            (1, []) => self.query.items.iter().all(|item| item.module.is_some()),
            (count, _) => count == 1,
        };
        match self.poll_items(items, &together).await {
            Ok(()) => {
                self.is_apart &= !discovers;
                Ok(())
            }
            // Few entries, but long ones: their number is found page by page.
            Err(CallFailure::TooLarge(_)) => match together.as_slice() {
                [] => self.poll_selected().await,
                [only] if is_one => match self.catch_up(*only, Vec::new()).await {
                    Err(CallFailure::Failed(Error::NoModule { .. })) => {
                        self.gone(*only);
                        Ok(())
                    }
                    caught_up => caught_up.map_err(|trouble| failure(trouble, self.calls.device())),
                },
                _ => {
                    self.poll_one_by_one().await?;
                    match is_due {
                        true => self.poll_selected().await,
                        false => Ok(()),
                    }
                }
            },
            // One module that can't be read any more fails the call for all of them.
            Err(CallFailure::Failed(Error::Refused { status: 500, .. })) if !is_one => {
                self.is_apart = true;
                self.poll_one_by_one().await?;
                self.poll_selected().await
            }
            Err(CallFailure::Failed(error)) => Err(error),
        }
    }

    /// Asks for the modules that are selected and not followed yet, each by itself.
    async fn poll_selected(&mut self) -> Result<(), Error> {
        self.detail_at = Instant::now() + DETAIL;
        let selected = module_list::select(&self.calls, &self.query).await?;
        let mut new = Vec::new();
        for (name, item) in selected {
            if self.module_named(&name).is_none() {
                new.push(self.join(name, item));
            }
        }
        self.poll_apart(new).await?;
        self.has_asked_for_all()
    }

    /// A run that goes on asks for all modules first.
    ///
    /// # Errors
    /// There are none.
    fn has_asked_for_all(&mut self) -> Result<(), Error> {
        if std::mem::replace(&mut self.has_answered, true) {
            return Ok(());
        }
        self.discovery_tail = LEAST_TAIL;
        let mut left: Vec<(&String, &Place)> = self.places.iter().collect();
        left.sort_by_key(|(module, _)| *module);
        for (module, place) in left {
            // Of a pattern, only the device knows what it selects.
            let is_meant = |item: &LogQueryItem| match &item.module {
                Some(name) => name.eq_ignore_ascii_case(module),
                None => [".*", "all"].contains(&item.id.as_str()),
            };
            if self.query.items.iter().any(is_meant) {
                let last = place.marks.last().map_or(UNSTAMPED, |mark| mark.stamp);
                let text = notices::not_there(self.calls.device(), module, last);
                self.calls.report().warn(&text);
            }
        }
        if !self.modules.is_empty() {
            return Ok(());
        }
        let patterns = self.query.items.iter();
        let patterns: Vec<String> = patterns
            .map(|item| format!("`{}`", item.id.as_str()))
            .collect();
        Err(Error::NoModule {
            device: self.calls.device().to_owned(),
            patterns: patterns.join(", "),
        })
    }

    async fn poll_one_by_one(&mut self) -> Result<(), Error> {
        self.poll_apart((0..self.modules.len()).collect()).await
    }

    async fn poll_apart(&mut self, modules: Vec<usize>) -> Result<(), Error> {
        for index in modules {
            let items = self.items(&[index], false)?;
            let polled = match self.poll_items(items, &[index]).await {
                Err(CallFailure::TooLarge(_)) => self.catch_up(index, Vec::new()).await,
                other => other,
            };
            match polled {
                Ok(()) => {}
                Err(CallFailure::Failed(Error::NoModule { .. })) if self.has_answered => {
                    self.gone(index);
                }
                Err(CallFailure::Failed(error @ Error::Refused { status: 500, .. })) => {
                    let error = Error::Module {
                        device: self.calls.device().to_owned(),
                        module: self.modules[index].name.clone(),
                        source: Box::new(error),
                    };
                    self.unreadable(index, error);
                }
                Err(trouble) => return Err(failure(trouble, self.calls.device())),
            }
        }
        Ok(())
    }

    /// What to ask for: the last entries of modules that are followed, and what has come beside them.
    fn items(&self, modules: &[usize], discovers: bool) -> Result<Vec<LogItem>, Error> {
        let item = |id: ModulePattern, tail: usize| {
            let filter = LogFilter::default().with_tail(tail as u64)?;
            Ok::<_, Error>(LogItem {
                id,
                filter: filter.with_timestamps(),
            })
        };
        let mut items = Vec::new();
        for index in modules {
            let module = &self.modules[*index];
            items.push(item(ModulePattern::exact(&module.name)?, module.tail)?);
        }
        for wanted in self.query.items.iter().filter(|_| discovers) {
            let name = wanted.module.as_deref();
            if name.and_then(|name| self.module_named(name)).is_none() {
                items.push(item(wanted.id.clone(), self.discovery_tail)?);
            }
        }
        Ok(items)
    }

    async fn poll_items(
        &mut self,
        items: Vec<LogItem>,
        modules: &[usize],
    ) -> Result<(), CallFailure> {
        let answers = self.calls.get_stamped(items).await?;
        let mut missing = modules.to_vec();
        let mut late = Vec::new();
        let mut trouble = None;
        for answer in answers {
            let Some(index) = self.module_named(&answer.id) else {
                late.push(answer);
                continue;
            };
            missing.retain(|module| *module != index);
            let taken = self.take_one(index, answer).await;
            trouble = trouble.or(taken);
        }
        for index in missing {
            self.gone(index);
        }
        let late = self.take_late(late).await.err();
        if let Some(trouble) = trouble.or(late) {
            return Err(trouble);
        }
        self.has_asked_for_all()?;
        Ok(())
    }

    /// Takes modules that have appeared.
    async fn take_late(&mut self, late: Vec<ModuleAnswer>) -> Result<(), CallFailure> {
        let names = late.iter().map(|answer| answer.id.clone()).collect();
        let items = module_list::items_of(&self.calls, &self.query, names).await?;
        let mut trouble = None;
        for answer in late {
            let item = items.get(&answer.id).copied().unwrap_or(0);
            let index = self.join(answer.id.clone(), item);
            let taken = self.take_one(index, answer).await;
            trouble = trouble.or(taken);
        }
        trouble.map_or(Ok(()), Err)
    }

    /// Follows a module that has appeared.
    fn join(&mut self, name: String, item: usize) -> usize {
        if self.has_answered {
            let text = notices::module_joins(self.calls.device(), &name);
            self.calls.report().note(&text);
        }
        let filter = self.query.items[item].filter.clone();
        let module = match (self.places.remove(&name), self.by_marks) {
            (Some(place), _) => Followed::resumed(name, filter, &place),
            (None, true) => {
                let since = filter.since.clone();
                Followed::fresh(name, filter, since)
            }
            (None, false) => {
                let late = TimeBound::parse("since", LATE_SINCE).ok();
                // An instant is judged on this side.
                let typed = filter.since.clone().and_then(|typed| {
                    let is_later = typed.ago()? < late.as_ref()?.ago()?;
                    is_later.then_some(typed)
                });
                Followed::fresh(name, filter, typed.or(late))
            }
        };
        self.modules.push(Followed {
            by_marks: self.by_marks,
            tail: self.discovery_tail,
            ..module
        });
        self.modules.len() - 1
    }

    /// Takes what is new among the last entries of a module.
    async fn take_answer(
        &mut self,
        index: usize,
        mut answer: ModuleAnswer,
    ) -> Result<(), CallFailure> {
        let module = &self.modules[index];
        let is_whole = answer.has_fewer_than(module.tail);
        let page = module.keys(&answer.entries);
        let begins_later = module.is_fresh && module.since.is_some();
        if begins_later && (module.by_marks || !page.is_empty()) {
            // Only the device knows what a duration means.
            self.catch_up(index, Vec::new()).await?;
            let module = &mut self.modules[index];
            if module.is_fresh {
                module.seen = Seen::new(page, is_whole);
                (module.is_fresh, module.is_moved) = (false, true);
            }
            return Ok(());
        }
        let Some(from) = module.seen.newer_on(&page, is_whole) else {
            return self.catch_up(index, answer.entries).await;
        };
        let rounding = self.calls.rounding();
        let mut new = Spool::default();
        let entries = answer.entries.split_off(from);
        let is_new = !entries.is_empty();
        // One that has no stamp of its own stands behind the one whose stamp it has taken.
        let earliest = entries.iter().filter_map(|entry| entry.stamp).min();
        new.push_newer(entries)?;
        let matching = self.matching(index, is_new, earliest).await?;
        let module = &mut self.modules[index];
        // An empty log is one that has been read.
        module.is_moved |= std::mem::take(&mut module.is_fresh);
        module.take(new, matching, rounding, false)?;
        Ok(())
    }

    /// Walks back from the end of a log to the known entries, and takes what is newer. `page` is what the log ended
    /// with before: an engine that reads a damaged log from its beginning may not get there.
    async fn catch_up(&mut self, index: usize, page: Vec<Entry>) -> Result<(), CallFailure> {
        let module = &self.modules[index];
        // What was printed before the first poll is known to that.
        let knows_all = module.first_poll.as_ref().is_some_and(FirstPoll::knows_all);
        let bounds = Bounds {
            since: module.since.clone().filter(|_| module.is_fresh),
            anchor: module.seen.clone(),
            newer_from: module.seen.newer_from(knows_all),
            by_marks: module.by_marks,
            ..Bounds::default()
        };
        let is_part = bounds.since.is_some();
        let newer_from = bounds.newer_from;
        let mut walk = Walk::new(self.channel(index, None), bounds);
        walk.run().await?;
        let failure = match walk.failure.take() {
            Some(error) if passes(&error) => return Err(error.into()),
            other => other,
        };
        // Where what was seen does not stand as it did, the engine has cut the log meanwhile; what is
        // left of it was printed before all the same.
        let seen = &self.modules[index].seen;
        let mut is_lost = walk.met_anchor.is_none();
        let (mut skip, mut printed, least) = match walk.met_anchor {
            Some(Met::At(skip)) => (skip, KeyCounts::default(), None),
            Some(Met::Among) => (0, seen.read(), newer_from),
            None => (walk.first_of(seen), KeyCounts::of(seen.keys()), None),
        };
        // What was read may have begun within a line, or a run of lines of one stamp.
        let last_read = match walk.met_anchor {
            Some(Met::Among) => walk.last_read(seen.read()),
            _ => HashMap::new(),
        };
        let earliest = walk.stamps(skip).min().max(least);
        let matching = self.matching(index, true, earliest).await?;
        let mut new = Spool::default();
        let mut end = Seen::new(Vec::new(), failure.is_none());
        let mut is_new = false;
        let mut places = 0..;
        let mut unreached = Unreached::of(page, |entry| self.modules[index].key(entry));
        while let Some(mut part) = walk.spool.pop_oldest()? {
            let module = &self.modules[index];
            let keys = module.keys(&part);
            unreached.read(&keys);
            end.extend(&keys, SEEN_ENTRIES);
            let skipped = skip.min(part.len());
            skip -= skipped;
            part.drain(..skipped);
            part.retain(|entry| {
                let place = places.next();
                // What has no stamp of its own belongs to what stands before it.
                if entry.own_stamp || least.is_none() {
                    let is_early = least.is_some_and(|least| entry.stamp < Some(least));
                    let key = module.key(entry);
                    let is_read = printed.take(&key) || place <= last_read.get(&key.stamp).copied();
                    is_new = !is_early && !is_read;
                }
                is_new
            });
            new.push_newer(part)?;
        }
        let rounding = self.calls.rounding();
        let first = walk.stamps(0).next();
        let module = &self.modules[index];
        let unreached = match failure {
            Some(_) => Vec::new(),
            None => unreached.entries(module.seen.keys()),
        };
        let first = match unreached.iter().find(|entry| entry.own_stamp) {
            Some(entry) => entry.stamp,
            None => first,
        };
        if unreached.is_empty() {
            // What the log ended with was read.
        } else if is_lost || walk.met_anchor == Some(Met::At(0)) {
            // Another log has taken its place meanwhile.
            is_lost = true;
            new.push_older(unreached)?;
        } else {
            is_lost = true;
            end.extend(&module.keys(&unreached), SEEN_ENTRIES);
            end.is_part();
            new.push_newer(unreached)?;
        }
        match (failure, self.modules[index].seen.keys().last().copied()) {
            // The log itself is the trouble, which asking again does not change.
            (Some(error), _) => self.failed(index, error),
            (None, Some(last)) if is_lost => {
                let last = last.stamp;
                let module = &self.modules[index];
                let text = notices::lost_track(self.calls.device(), &module.name, last);
                self.calls.report().warn(&text);
                let gap = Gap {
                    from: Some(last).filter(|last| *last != UNSTAMPED).map(instant),
                    to: first.map(instant),
                };
                self.before.push((module.name.clone(), News::Gap(gap)));
            }
            (None, _) => {}
        }
        let module = &mut self.modules[index];
        let new = module.take(new, matching, rounding, walk.is_by_stamp)?;
        if is_lost {
            module.seen = end;
            module.is_moved = true;
            if walk.is_by_stamp {
                module.seen.lose_order();
            }
            module.plan(new);
        }
        if is_part && module.by_marks && !module.seen.is_empty() {
            module.seen.is_part();
        }
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

    /// Which of the new entries, from this stamp on if there is one, the expression lets through, which
    /// only the agent can tell; none where there is no expression, or nothing new.
    async fn matching(
        &mut self,
        index: usize,
        is_new: bool,
        earliest: Option<i64>,
    ) -> Result<Option<KeyCounts>, CallFailure> {
        let module = &self.modules[index];
        let Some(regex) = module.filter.regex.clone() else {
            return Ok(None);
        };
        let earliest = earliest.into_iter().chain(module.joiner.earliest()).min();
        if !is_new && earliest.is_none() {
            return Ok(None);
        }
        let since = earliest.map(|stamp| TimeBound::parse("since", &second_of(stamp).to_string()));
        let bounds = Bounds {
            since: since.transpose().map_err(Error::from)?,
            ..Bounds::default()
        };
        let mut walk = Walk::new(self.channel(index, Some(regex)), bounds);
        walk.run().await?;
        match walk.failure.take() {
            Some(error) if passes(&error) => return Err(error.into()),
            // The log itself is the trouble. What was fetched is its end, where the new lines are.
            Some(error) => self.failed(index, error),
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

    /// A failure on the way to the agent may pass; any other is final. A device of a fleet may go and
    /// be back one day.
    fn lose_contact(&mut self, error: Error) -> Result<(), Error> {
        if !(passes(&error) || self.is_of_fleet && is_unknown(&error)) {
            return Err(error);
        }
        if !std::mem::replace(&mut self.has_lost_contact, true) {
            let text = notices::contact_lost(self.calls.device(), &reason(&error));
            self.calls.report().warn(&text);
        }
        Ok(())
    }
}

/// The entries of a page, of which a log that is read anew may have the first ones only.
struct Unreached {
    page: Vec<Entry>,
    /// Of each of them, the last place.
    places: HashMap<Key, usize>,
    /// How many of them come before those that have not been met.
    met: usize,
}

impl Unreached {
    fn of(page: Vec<Entry>, key: impl Fn(&Entry) -> Key) -> Self {
        let keys = page.iter().map(key).zip(0..);
        Self {
            places: keys.collect(),
            page,
            met: 0,
        }
    }

    /// Notes what the log has.
    fn read(&mut self, keys: &[Key]) {
        let met = keys.iter().filter_map(|key| self.places.get(key)).max();
        self.met = self.met.max(met.map_or(0, |place| place + 1));
    }

    /// Those behind the last one that was met now or was `seen` before; none where that is the last one of all, or
    /// nearly: what has no stamp of its own is not known again.
    fn entries(mut self, seen: &[Key]) -> Vec<Entry> {
        self.read(seen);
        self.page.drain(..self.met);
        match self.page.iter().any(|entry| entry.own_stamp) {
            true => self.page,
            false => Vec::new(),
        }
    }
}

/// What to say of a failure that may pass.
pub(super) fn reason(error: &Error) -> String {
    let causes = error.causes();
    causes.first().cloned().unwrap_or_else(|| error.to_string())
}

/// Whether the hub has no such device, or no agent on it.
fn is_unknown(error: &Error) -> bool {
    let Error::Hub { source, .. } = error else {
        return false;
    };
    matches!(
        source.kind,
        HubErrorKind::DeviceNotFound | HubErrorKind::ModuleNotFound
    )
}

/// Whether a failure is one of the way to the agent, or of the moment.
pub(super) fn passes(error: &Error) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(stamp: i64) -> Entry {
        let line = format!("line {stamp}\n").into_bytes();
        let stamped = Record::Stamped {
            stamp: instant(stamp),
            line,
        };
        Entry::new(Some(stamp), true, stamped)
    }

    fn entries(stamps: std::ops::Range<i64>) -> Vec<Entry> {
        stamps.map(entry).collect()
    }

    fn keys(stamps: std::ops::Range<i64>) -> Vec<Key> {
        entries(stamps).iter().map(Entry::key).collect()
    }

    #[test]
    fn what_a_log_ended_with_is_new_where_reading_it_does_not_get_there() {
        let unreached = |read: &[Key], seen: &[Key]| {
            let mut page = Unreached::of(entries(10..14), Entry::key);
            // A log is read part by part.
            read.chunks(2).for_each(|part| page.read(part));
            page.entries(seen)
        };
        // The reading stops at damage.
        assert_eq!(unreached(&keys(0..9), &keys(5..9)), entries(10..14));
        assert_eq!(unreached(&keys(0..12), &keys(5..9)), entries(12..14));
        // What was read before is not new.
        assert_eq!(unreached(&keys(0..9), &keys(5..12)), entries(12..14));
        // It gets there, or further.
        assert_eq!(unreached(&keys(0..14), &keys(5..9)), []);
        assert_eq!(unreached(&keys(3..40), &keys(5..9)), []);
        // The first ones were cut off meanwhile.
        assert_eq!(unreached(&keys(12..40), &keys(5..9)), []);
    }
}
