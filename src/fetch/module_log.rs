//! The complete log of one module, however large, as a stream of lines.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use futures::future::join_all;
use tokio::sync::mpsc;

use super::abort_on_drop::AbortOnDrop;
use super::channel::{Channel, Window};
use super::entries::{Entry, Key, second_of, start_of};
use super::full_parts::{self, FullParts};
use super::full_second::{self, Behind, is_late};
use super::log_calls::{CallFailure, Cut, LogCalls};
use super::log_end::{self, LastEntry};
use super::log_query::{Levels, LogQueryFilter, NO_UNTIL};
use super::long_lines::{Beginnings, Joined, LongLineJoiner, MAX_WAITING, first_parts};
use super::merge::{LineBatches, Mixed};
use super::notices;
use super::overlap::{DISORDER, KeyCounts};
use super::sizer::Sizer;
use super::spool::Spool;
use super::ties::{self, begins_with};
use super::walk::{Bounds, Walk};
use crate::error::Error;
use crate::logs::Severity;

/// The order of so many lines of several levels is asked for.
const FEW_LINES: usize = 200;

/// How many batches of lines wait to be read.
const WAITING_BATCHES: usize = 2;

/// A module whose log is wanted.
#[derive(Debug, Clone)]
pub(super) struct ModuleJob {
    pub(super) calls: Arc<LogCalls>,
    pub(super) module: Arc<str>,
    pub(super) filter: Arc<LogQueryFilter>,
    /// Whether the bytes go out as the engine holds them.
    pub(super) verbatim: bool,
    /// What the log ends with.
    pub(super) last: LastEntry,
}

/// One severity of a log, or all of it, as entries that have come.
pub(super) struct FetchedLevel {
    /// The level that was sent.
    pub(super) level: Option<u8>,
    /// Which of the lines are wanted.
    pub(super) keep: Levels,
    pub(super) entries: Spool,
    /// How many lines more there may be within the tail.
    pub(super) missing: usize,
    /// What is missing, and why.
    pub(super) failure: Option<Error>,
}

/// The wanted lines of a delivery.
struct Found {
    spool: Spool,
    /// How many there are.
    count: usize,
    /// How many more there may be.
    lost: usize,
}

/// The reader of the lines has gone.
#[derive(Debug)]
struct Gone;

/// Whether lines of different levels are mixed in their order: nothing but stamps tells how they follow each other,
/// and these may go back.
struct LevelOrder {
    levels: Vec<Behind>,
    has_several: bool,
    first_kept: Option<i64>,
    latest_kept: Option<i64>,
    /// Of the first kept line behind a much later one of its level, the stamps of both; and whether it is
    /// earlier than the first kept line.
    late: Option<(i64, i64)>,
    is_cut_through: bool,
}

impl LevelOrder {
    /// Of so many levels, several of which may have lines.
    fn of(levels: usize, has_several: bool) -> Self {
        Self {
            has_several,
            levels: std::iter::repeat_with(Behind::default)
                .take(levels)
                .collect(),
            first_kept: None,
            latest_kept: None,
            late: None,
            is_cut_through: false,
        }
    }

    /// The next line of the mixed ones.
    fn pass(&mut self, level: usize, line: &Entry, is_kept: bool) {
        let late = self
            .levels
            .get_mut(level)
            .and_then(|behind| behind.next(line));
        if !is_kept {
            return;
        }
        self.first_kept = self.first_kept.or(line.stamp);
        self.latest_kept = self.latest_kept.max(line.stamp);
        if let Some((stamp, latest)) = late.filter(|_| self.has_several) {
            self.note(stamp, latest);
        }
    }

    fn note(&mut self, stamp: i64, latest: i64) {
        self.late.get_or_insert((stamp, latest));
        // The line before the step has the place of one behind it.
        self.is_cut_through |= Some(latest) >= self.first_kept;
    }

    /// Looks at what the log ends with: a step that no level shows by itself may show there.
    async fn compare_with_end(&mut self, job: &ModuleJob) {
        // A window may end before that, and our own module keeps the order itself.
        let is_open = job.filter.until.is_none() && !job.calls.is_documented();
        let Some(latest) = self.latest_kept.filter(|_| self.has_several && is_open) else {
            return;
        };
        for tail in [MAX_WAITING, 1] {
            let window = Window {
                tail: Some(tail),
                ..Window::default()
            };
            match job.channel(None).unfiltered().page(&window).await {
                Ok(page) => {
                    // The end of a long line has the stamp of its beginning.
                    let begun = first_parts(&page.entries).filter(|entry| entry.own_stamp);
                    if let Some(end) = begun.last().and_then(|last| last.stamp)
                        && is_late(end, latest)
                    {
                        self.note(end, latest);
                    }
                    return;
                }
                // All lines are here.
                Err(CallFailure::Failed(_)) => {
                    let text = notices::order_unknown(job.calls.device(), &job.module);
                    job.calls.report().warn(&text);
                    return;
                }
                Err(CallFailure::TooLarge(_)) => {}
            }
        }
    }

    /// Warns where printed lines may be out of order. An error where a tail begins there: later lines of another
    /// level may have been cut off.
    fn judge(self, job: &ModuleJob, is_cut: bool) -> Option<Error> {
        let (stamp, latest) = self.late?;
        let (device, module) = (job.calls.device(), &job.module);
        if is_cut && self.is_cut_through {
            let message = notices::last_unknown(self.first_kept.unwrap_or(latest));
            return Some(Cut::ByDevice(message).error(device, module));
        }
        job.calls
            .report()
            .warn(&notices::disordered(device, module, latest, stamp));
        None
    }
}

/// The lines of several levels that are few enough to ask for the order of all.
#[derive(Default)]
struct Few {
    /// They come before what has not been read.
    batches: VecDeque<Result<Vec<(usize, Entry)>, Error>>,
    /// Whether they have the log's order.
    is_ordered: bool,
}

impl Few {
    fn next_batch(&mut self, rest: &mut Mixed) -> Result<Option<Vec<(usize, Entry)>>, Error> {
        match self.batches.pop_front() {
            Some(batch) => batch.map(Some),
            None => rest.next_batch(),
        }
    }
}

/// Where the lines go.
struct Outlet {
    sender: mpsc::Sender<Result<Vec<Entry>, Error>>,
    /// The last line that went there.
    newest: Option<Entry>,
}

impl Outlet {
    async fn send(&mut self, lines: Vec<Entry>) -> Result<(), Gone> {
        if let Some(newest) = lines.last() {
            self.newest = Some(newest.clone());
            self.pass(Ok(lines)).await?;
        }
        Ok(())
    }

    async fn pass(&self, item: Result<Vec<Entry>, Error>) -> Result<(), Gone> {
        self.sender.send(item).await.map_err(|_| Gone)
    }
}

impl ModuleJob {
    /// Fetches the log page by page.
    pub(super) fn fetch(self) -> (LineBatches, AbortOnDrop<()>) {
        let job = self.clone();
        self.spawn(async move {
            job.learn_how_levels_are_read().await;
            let walks = job.channels().into_iter().map(|(channel, keep)| {
                let bounds = Bounds {
                    since: job.filter.since.clone(),
                    until: job.filter.until.clone(),
                    need: job.filter.tail.map(|tail| tail as usize),
                    keep,
                    ..Bounds::default()
                };
                async move {
                    let level = channel.level;
                    let mut walk = Walk::new(channel, bounds);
                    let failure = walk.run().await.err().or(walk.failure);
                    FetchedLevel {
                        level,
                        keep,
                        entries: walk.spool,
                        missing: walk.missing,
                        failure,
                    }
                }
            });
            join_all(walks).await
        })
    }

    /// Sends what has been fetched already, severity by severity if there are several levels.
    pub(super) fn deliver(self, levels: Vec<FetchedLevel>) -> (LineBatches, AbortOnDrop<()>) {
        self.spawn(std::future::ready(levels))
    }

    fn spawn(
        self,
        fetched: impl Future<Output = Vec<FetchedLevel>> + Send + 'static,
    ) -> (LineBatches, AbortOnDrop<()>) {
        let (sender, receiver) = mpsc::channel(WAITING_BATCHES);
        let task = AbortOnDrop::spawn(async move {
            let outlet = Outlet {
                sender,
                newest: None,
            };
            // The reader may have gone; then there is nothing left to do.
            let _ = self.send(fetched.await, outlet).await;
        });
        (receiver, task)
    }

    /// Asks for no lines where that tells whether one call for all levels is enough.
    async fn learn_how_levels_are_read(&self) {
        if self.filter.levels.others().is_empty() || self.calls.is_documented() {
            return;
        }
        let nothing = Window {
            tail: Some(0),
            ..Window::default()
        };
        // Trouble shows in the calls that follow.
        let _ = self.channel(None).unfiltered().page(&nothing).await;
    }

    /// What to ask for: the shipped agent matches a level exactly, so that each level that is
    /// wanted is asked for.
    fn channels(&self) -> Vec<(Channel, Levels)> {
        let levels = self.filter.levels;
        let sent = levels.pushed_down();
        if self.calls.is_documented() {
            return vec![(self.channel(sent), levels)];
        }
        let numbers = levels.others().chain(sent);
        let exact: Vec<_> = numbers
            .filter_map(|number| Some((Some(number), Levels::Only(Severity::from_number(number)?))))
            .collect();
        let all = if exact.is_empty() {
            vec![(None, levels)]
        } else {
            exact
        };
        all.into_iter()
            .map(|(level, keep)| (self.channel(level), keep))
            .collect()
    }

    fn channel(&self, level: Option<u8>) -> Channel {
        Channel {
            calls: Arc::clone(&self.calls),
            module: Arc::clone(&self.module),
            regex: self.filter.regex.clone(),
            level,
        }
    }

    /// One line of an error is enough where the module is the only one.
    fn failed(&self, error: Error) -> Error {
        match error {
            Error::Refused { .. } => Error::Module {
                device: self.calls.device().to_owned(),
                module: self.module.to_string(),
                source: Box::new(error),
            },
            other => other,
        }
    }

    /// Passes the lines on, and then what is missing.
    async fn send(&self, levels: Vec<FetchedLevel>, mut outlet: Outlet) -> Result<(), Gone> {
        let mut wanted = levels.into_iter();
        let mut failures = Vec::new();
        match (wanted.next(), wanted.next(), self.filter.tail) {
            (Some(only), None, None) if self.needs_no_calls(&only) => {
                self.send_all(only, &mut failures, &mut outlet).await?;
            }
            (first, second, _) => {
                let levels = first.into_iter().chain(second).chain(wanted);
                self.send_mixed(levels, &mut failures, &mut outlet).await?;
            }
        }
        if failures.is_empty() {
            failures.extend(self.look_at_the_end(outlet.newest.as_ref()).await);
        }
        for error in failures {
            outlet.pass(Err(self.failed(error))).await?;
        }
        Ok(())
    }

    /// Whether there is more behind the newest line, where that is to be doubted.
    async fn look_at_the_end(&self, newest: Option<&Entry>) -> Option<Error> {
        if !log_end::is_doubtful(&self.calls, &self.filter, newest) {
            return None;
        }
        let since = self.filter.since_after(self.calls.elapsed());
        let channel = self.channel(None).unfiltered();
        log_end::check(&channel, since, newest, self.last.clone()).await
    }

    /// Whether its lines are here. The other parts of long lines must be asked for at once, and not when whoever
    /// reads the lines gets there.
    fn needs_no_calls(&self, delivery: &FetchedLevel) -> bool {
        self.channel(delivery.level).is_unfiltered() || self.calls.is_documented()
    }

    /// The lines of one delivery, of which all that are wanted count.
    async fn send_all(
        &self,
        delivery: FetchedLevel,
        failures: &mut Vec<Error>,
        outlet: &mut Outlet,
    ) -> Result<(), Gone> {
        let mut lines = Lines::new(self, delivery, failures);
        loop {
            match lines.next(failures).await {
                Ok(Some(part)) => outlet.send(part).await?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    failures.push(error);
                    return Ok(());
                }
            }
        }
    }

    /// Mixes the levels by time, and cuts off what is more than the tail.
    async fn send_mixed(
        &self,
        levels: impl Iterator<Item = FetchedLevel>,
        failures: &mut Vec<Error>,
        outlet: &mut Outlet,
    ) -> Result<(), Gone> {
        let mut spools = Vec::new();
        let (mut total, mut lost) = (0, 0);
        let mut filled = 0;
        for delivery in levels {
            match self.lines(delivery, failures).await {
                Ok(found) => {
                    filled += usize::from(found.count > 0);
                    total += found.count;
                    lost += found.lost;
                    spools.push(found.spool);
                }
                Err(error) => failures.push(error),
            }
        }
        let wanted = self.filter.tail.map_or(usize::MAX, |tail| tail as usize);
        let older = total.saturating_sub(wanted);
        // What is missing makes room for none that is older than the tail.
        let surplus = (total + lost).saturating_sub(wanted).min(total);
        if surplus > older {
            let (device, module) = (self.calls.device(), &self.module);
            let text = notices::held_back(device, module, surplus - older);
            self.calls.report().warn(&text);
        }
        let mut begun = 0;
        let mut beginnings = Beginnings::default();
        let levels = spools.len();
        let mut mixed = Mixed::new(spools.into_iter());
        let has_several = filled > 1 && !self.calls.is_documented();
        let mut few = match has_several && total <= FEW_LINES {
            true => self.few_in_order(&mut mixed).await,
            false => Few::default(),
        };
        let mut order = LevelOrder::of(levels, has_several && !few.is_ordered);
        let mut unsettled = None;
        let ended = loop {
            let mut batch = match few.next_batch(&mut mixed) {
                Ok(Some(batch)) => batch,
                Ok(None) => break None,
                Err(error) => break Some(error),
            };
            if !few.is_ordered {
                // One error is enough: the others of a module have the same reason.
                let settled = ties::settle(&self.channel(None), &mut batch).await;
                unsettled = unsettled.or(settled.err());
            }
            let mut kept = Vec::new();
            for (level, line) in batch {
                begun += usize::from(self.begins_line(&mut beginnings, &line));
                let is_kept = begun > surplus;
                order.pass(level, &line, is_kept);
                if is_kept {
                    kept.push(line);
                }
            }
            outlet.send(kept).await?;
        };
        failures.extend(unsettled);
        failures.extend(ended);
        order.compare_with_end(self).await;
        failures.extend(order.judge(self, surplus > 0));
        Ok(())
    }

    /// All lines of several levels, in the log's order if the agent can tell it: stamps may go back.
    async fn few_in_order(&self, mixed: &mut Mixed) -> Few {
        let mut few = Few::default();
        let mut all = Vec::new();
        loop {
            match mixed.next_batch() {
                Ok(Some(batch)) => all.extend(batch),
                Ok(None) => break,
                Err(error) => {
                    few.batches.push_back(Ok(all));
                    few.batches.push_back(Err(error));
                    return few;
                }
            }
        }
        few.is_ordered = ties::in_order(&self.channel(None), &mut all).await;
        few.batches.push_back(Ok(all));
        few
    }

    /// Whether the agent may have let the end of a long line through alone.
    fn judges_parts(&self, channel: &Channel) -> bool {
        channel.regex.is_some() && channel.level.is_none() && !self.calls.is_documented()
    }

    /// Whether a line begins with this entry: of `raw`, the parts of long lines stay apart.
    fn begins_line(&self, beginnings: &mut Beginnings, entry: &Entry) -> bool {
        !self.verbatim || beginnings.next(entry)
    }

    /// The wanted lines of a delivery.
    async fn lines(
        &self,
        delivery: FetchedLevel,
        failures: &mut Vec<Error>,
    ) -> Result<Found, Error> {
        let mut lines = Lines::new(self, delivery, failures);
        let mut spool = Spool::default();
        let mut count = 0;
        let mut beginnings = Beginnings::default();
        while let Some(part) = lines.next(failures).await? {
            let begins = |line: &&Entry| self.begins_line(&mut beginnings, line);
            count += part.iter().filter(begins).count();
            spool.push_newer(part)?;
        }
        Ok(Found {
            spool,
            count,
            lost: lines.lost,
        })
    }
}

/// The wanted lines of a delivery, part by part.
struct Lines<'a> {
    job: &'a ModuleJob,
    keep: Levels,
    /// What has not been looked at; none after the last part.
    entries: Option<Spool>,
    /// Parts of long lines stay as the engine holds them.
    is_verbatim: bool,
    joiner: LongLineJoiner,
    long_lines: LongLines,
    /// Once they are asked for.
    full_parts: Option<FullParts>,
    channel: Channel,
    /// How many lines can't be had.
    lost: usize,
    /// The first and the last stamp of what may be lines or ends of longer ones.
    kept_back: Option<(i64, i64)>,
}

impl<'a> Lines<'a> {
    fn new(job: &'a ModuleJob, delivery: FetchedLevel, failures: &mut Vec<Error>) -> Self {
        failures.extend(delivery.failure);
        let channel = job.channel(delivery.level);
        Self {
            job,
            keep: delivery.keep,
            entries: Some(delivery.entries),
            is_verbatim: job.verbatim && delivery.keep == Levels::All,
            joiner: LongLineJoiner::default(),
            long_lines: LongLines::new(&channel),
            full_parts: None,
            channel,
            lost: delivery.missing,
            kept_back: None,
        }
    }

    /// The next lines, which may be none; `None` after the last ones.
    async fn next(&mut self, failures: &mut Vec<Error>) -> Result<Option<Vec<Entry>>, Error> {
        let Some(entries) = &mut self.entries else {
            return Ok(None);
        };
        let part = entries.pop_oldest()?;
        let is_last = part.is_none();
        let part = part.unwrap_or_default();
        let mut whole = Vec::with_capacity(part.len());
        // Our own module judges whole lines.
        if self.channel.is_unfiltered() || self.job.calls.is_documented() {
            if self.is_verbatim {
                whole = part;
            } else {
                for entry in part {
                    self.joiner.push(entry);
                }
            }
        } else {
            self.judged(part, &mut whole, failures).await;
        }
        if is_last {
            self.entries = None;
            self.joiner.end();
            self.tell();
        }
        whole.extend(std::iter::from_fn(|| self.joiner.pop()).map(|joined| joined.line));
        let rounding = self.job.calls.rounding();
        whole.retain(|line| {
            self.keep.keep_record(&line.record) && self.job.filter.is_within(line.stamp, rounding)
        });
        Ok(Some(whole))
    }

    /// The lines of entries that the agent has judged one by one.
    async fn judged(
        &mut self,
        mut part: Vec<Entry>,
        whole: &mut Vec<Entry>,
        failures: &mut Vec<Error>,
    ) {
        let mut of_long_lines = HashSet::new();
        if self.job.judges_parts(&self.channel) {
            let full_parts = self
                .full_parts
                .get_or_insert_with(|| FullParts::new(&self.channel));
            match full_parts.stamps(&part).await {
                Ok(stamps) => of_long_lines = stamps,
                Err(error) => {
                    failures.push(error);
                    // Nothing tells which of these are lines.
                    for entry in part.extract_if(.., |entry| full_parts::may_be_end(entry)) {
                        self.lost += 1;
                        let stamp = entry.stamp.unwrap_or_default();
                        let (first, last) = self.kept_back.unwrap_or((stamp, stamp));
                        self.kept_back = Some((first.min(stamp), last.max(stamp)));
                    }
                }
            }
        }
        for entry in part {
            let is_of_long_line = || entry.stamp.is_some_and(|at| of_long_lines.contains(&at));
            if entry.own_stamp && self.long_lines.others.take(&entry.key()) {
                // It is here as a whole.
            } else if entry.own_stamp && (entry.goes_on() || is_of_long_line()) {
                match self.long_lines.whole(entry).await {
                    Ok((line, begin)) => {
                        let place = self.long_lines.place(whole, &line, begin);
                        whole.insert(place, line);
                    }
                    Err((part, error)) => {
                        self.lost += usize::from(part.is_none());
                        whole.extend(part);
                        failures.push(error);
                    }
                }
            } else {
                whole.push(entry);
            }
        }
    }

    /// Says what was kept back.
    fn tell(&self) {
        if let Some((first, last)) = self.kept_back {
            let calls = &self.job.calls;
            let text = notices::kept_back(calls.device(), &self.job.module, first, last);
            calls.report().warn(&text);
        }
    }
}

/// Finds the other parts of long lines: an agent judges each part for itself, so that a filter lets
/// some of a line's parts through and not others.
struct LongLines {
    /// The module without a filter.
    channel: Channel,
    /// The second that was fetched last, since long lines come in bursts.
    second: i64,
    around: Vec<Entry>,
    /// The lines of the latest stamp that have not been given out.
    stamp: i64,
    lines: Vec<Joined>,
    /// The other parts of those that have.
    others: KeyCounts,
}

impl LongLines {
    fn new(channel: &Channel) -> Self {
        Self {
            channel: channel.unfiltered(),
            second: i64::MIN,
            around: Vec::new(),
            stamp: i64::MIN,
            lines: Vec::new(),
            others: KeyCounts::default(),
        }
    }

    /// All parts of the line that this part belongs to, and the key of the first one if that is another.
    ///
    /// # Errors
    /// The other parts can't be had, and why: the part itself, if it is all that there is of the line.
    async fn whole(&mut self, part: Entry) -> Result<(Entry, Option<Key>), (Option<Entry>, Error)> {
        let Some(stamp) = part.stamp else {
            return Ok((part, None));
        };
        if self.second != second_of(stamp) {
            match self.fetch(stamp, &part).await {
                Ok(around) => (self.second, self.around) = (second_of(stamp), around),
                Err(error) => return Err((None, error)),
            }
        }
        if self.stamp != stamp {
            self.join(stamp);
            // A window ends with the first later entry, in front of which the end need not stand.
            for until in [
                (second_of(stamp) + 1 + DISORDER).to_string(),
                NO_UNTIL.to_owned(),
            ] {
                if !self.lines.iter().any(|line| line.is_cut) {
                    break;
                }
                let window = Window::between(second_of(stamp).to_string(), until, None);
                match self.channel.page(&window).await {
                    Ok(page) => self.around = page.entries,
                    Err(CallFailure::Failed(error)) => return Err((None, error)),
                    Err(CallFailure::TooLarge(_)) => break,
                }
                self.join(stamp);
            }
        }
        let key = part.key();
        let is_of = |line: &Joined| match line.parts.is_empty() {
            true => line.line.key() == key,
            false => line.parts.contains(&key),
        };
        let Some(found) = self.lines.iter().position(is_of) else {
            return Err(self.has_gone(part));
        };
        let Joined {
            line,
            parts,
            is_cut,
        } = self.lines.remove(found);
        // The last line of a log may be unfinished.
        if is_cut && self.around.iter().any(|entry| entry.stamp > Some(stamp)) {
            return Err(self.has_gone(part));
        }
        let begin = parts.first().copied().filter(|first| *first != key);
        parts.into_iter().for_each(|part| self.others.add(part));
        self.others.take(&key);
        Ok((line, begin))
    }

    /// Where among the lines so far a line stands of which a later part has come: before those that begin after
    /// its first part.
    fn place(&self, lines: &[Entry], line: &Entry, begin: Option<Key>) -> usize {
        let place_of = |is_it: &dyn Fn(&Entry) -> bool| self.around.iter().position(is_it);
        let begin = begin.and_then(|begin| place_of(&|entry| entry.key() == begin));
        let Some(begin) = begin else {
            return lines.len();
        };
        let begins_after = |other: &&Entry| match place_of(&|entry| begins_with(other, entry)) {
            Some(place) => place > begin,
            None => other.stamp > line.stamp,
        };
        let after = lines.iter().rev().take(MAX_WAITING);
        lines.len() - after.take_while(begins_after).count()
    }

    /// Joins the parts with a stamp.
    fn join(&mut self, stamp: i64) {
        let mut joiner = LongLineJoiner::default();
        let same = self.around.iter();
        for entry in same.filter(|entry| entry.stamp == Some(stamp)) {
            joiner.push(entry.clone());
        }
        joiner.end();
        self.stamp = stamp;
        self.lines = std::iter::from_fn(|| joiner.pop()).collect();
    }

    /// The engine has cut off the other parts meanwhile.
    fn has_gone(&self, part: Entry) -> (Option<Entry>, Error) {
        let message = "the end of a long line was gone when it was asked for".to_owned();
        let device = self.channel.calls.device();
        let error = Cut::ByDevice(message).error(device, &self.channel.module);
        (Some(part), error)
    }

    fn stepped_back(&self, stamp: i64) -> Error {
        let message = notices::stepped_back(stamp);
        Cut::ByDevice(message).error(self.channel.calls.device(), &self.channel.module)
    }

    /// Everything within the second of a stamp, which a part has.
    async fn fetch(&self, stamp: i64, part: &Entry) -> Result<Vec<Entry>, Error> {
        let since = second_of(stamp).to_string();
        let until = (second_of(stamp) + 1).to_string();
        let window = Window::between(since.clone(), until.clone(), None);
        match self.channel.page(&window).await {
            Ok(page) if page.entries.iter().any(|entry| entry.stamp == Some(stamp)) => {
                Ok(page.entries)
            }
            // The window ends before a step back of the clock.
            Ok(_) => {
                let window = Window::between(since, NO_UNTIL.to_owned(), None);
                match self.channel.page(&window).await {
                    Ok(page) => Ok(page.entries),
                    Err(CallFailure::Failed(error)) => Err(error),
                    Err(CallFailure::TooLarge(_)) => {
                        let is_there = ties::reaches(&self.channel, part, NO_UNTIL).await?;
                        match is_there {
                            true => Err(self.stepped_back(stamp)),
                            false => Ok(Vec::new()),
                        }
                    }
                }
            }
            Err(CallFailure::TooLarge(_)) => {
                let sizer = Sizer::new(self.channel.calls.encoding());
                let window = (since, until);
                let fetched = full_second::fetch(&self.channel, &window, stamp, sizer).await?;
                // A window that ends before a step back of the clock may lack the end of the line.
                if !fetched
                    .is_all_since(start_of(second_of(stamp)), &window.1)
                    .await?
                {
                    return Err(self.stepped_back(stamp));
                }
                let mut around = fetched.entries;
                ties::settle(&self.channel, &mut around).await?;
                Ok(around.into_iter().map(|(_, entry)| entry).collect())
            }
            Err(CallFailure::Failed(error)) => Err(error),
        }
    }
}
