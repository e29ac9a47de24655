//! The complete log of one module, however large, as a stream of lines.

use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, oneshot};

use super::abort_on_drop::AbortOnDrop;
use super::channel::Channel;
use super::entries::second_of;
use super::line_sender::{LineSender, ReceiverGone, Seam};
use super::log_calls::{CallFailure, LogCalls};
use super::log_query::{Levels, LogQueryFilter, NO_UNTIL};
use super::merge::{LineBatches, Merged, Order};
use super::page_store::PageStore;
use super::pager::{Pager, Start};
use super::segments::{self, PAGES_IN_ONE_GO};
use super::sizer::Sizer;
use crate::error::Error;
use crate::lock::lock;
use crate::logs::Severity;
use crate::methods::{LogFilter, LogItem, ModulePattern};

/// How many batches of lines wait for their receiver.
const WAITING_BATCHES: usize = 2;

/// How large a log is, in bytes of the wire form with stamps.
#[derive(Debug, Clone, Copy)]
pub(super) enum LogSize {
    /// As the agent said of this log.
    Exactly(f64),
    /// The log is a part of this much.
    AtMost(f64),
}

/// A module whose log is wanted.
#[derive(Debug, Clone)]
pub(super) struct ModuleJob {
    pub(super) calls: Arc<LogCalls>,
    pub(super) module: Arc<str>,
    pub(super) filter: Arc<LogQueryFilter>,
    pub(super) verbatim: bool,
}

/// A log, or one severity of it, that is fetched already.
pub(super) struct FetchedLevel {
    /// The level that was sent.
    pub(super) level: Option<u8>,
    /// Which of the lines are wanted.
    pub(super) keep: Levels,
    pub(super) store: PageStore,
}

/// Lines of one module through one filter that are on their way.
pub(super) struct Lines {
    batches: LineBatches,
    /// How many there will be, told only where the last ones of them are wanted.
    total: oneshot::Receiver<usize>,
}

impl ModuleJob {
    /// Fetches the log page by page.
    pub(super) fn fetch(self, size: LogSize) -> (LineBatches, AbortOnDrop<()>) {
        let (sender, receiver) = mpsc::channel(WAITING_BATCHES);
        let task = AbortOnDrop::spawn(async move {
            let mut sender = LineSender::new(sender);
            // Nothing is left to do once the printer has stopped reading.
            let _ = match self.channels(size).await {
                Ok((lines, _tasks)) => self.merge(lines, &mut sender).await,
                Err(error) => sender.fail(self.failed(error)).await,
            };
        });
        (receiver, task)
    }

    /// Sends what has been fetched already, severity by severity if there are several stores.
    pub(super) fn deliver(self, stores: Vec<FetchedLevel>) -> (LineBatches, AbortOnDrop<()>) {
        let (sender, receiver) = mpsc::channel(WAITING_BATCHES);
        let task = AbortOnDrop::spawn(async move {
            let mut sender = LineSender::new(sender);
            let mut lines = Vec::new();
            let mut tasks = Vec::new();
            for FetchedLevel { level, keep, store } in stores {
                let (channel_lines, task) = self.spawn_fetched(self.channel(level, keep), store);
                lines.push(channel_lines);
                tasks.push(task);
            }
            let _ = self.merge(lines, &mut sender).await;
        });
        (receiver, task)
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

    fn channel(&self, level: Option<u8>, keep: Levels) -> Channel {
        Channel {
            calls: Arc::clone(&self.calls),
            module: Arc::clone(&self.module),
            regex: self.filter.regex.clone(),
            level,
            keep,
        }
    }

    fn pager(&self, channel: Channel) -> (Pager, Arc<Mutex<Sizer>>) {
        let sizer = Arc::new(Mutex::new(Sizer::new(self.calls.encoding())));
        let until = self.filter.until_after(self.calls.elapsed());
        let second = self.filter.until.as_ref().and_then(|until| {
            let is_absolute = !until.is_relative();
            is_absolute.then(|| until.resolve(jiff::Timestamp::now()).as_second())
        });
        let pager = Pager::new(
            channel,
            Start::Since(Arc::clone(&self.filter)),
            until.unwrap_or_else(|| NO_UNTIL.to_owned()),
            second,
            Arc::clone(&sizer),
            self.filter.tail.map(|tail| tail as usize),
        );
        (pager, sizer)
    }

    /// Begins to fetch every channel that is needed. An agent that reads the level as documented
    /// needs one; one that matches it exactly needs one a level.
    async fn channels(&self, size: LogSize) -> Result<(Vec<Lines>, Vec<AbortOnDrop<()>>), Error> {
        let levels = self.filter.levels;
        let (mut pager, sizer) = self.pager(self.channel(levels.pushed_down(), levels));
        pager.step().await?;
        let others = if pager.has_more_severe {
            0..0
        } else {
            levels.others()
        };
        if !others.is_empty()
            && let Some(level) = levels.pushed_down().and_then(Severity::from_number)
        {
            pager.channel.keep = Levels::Only(level);
        }
        let mut lines = Vec::new();
        let mut tasks = Vec::new();
        let (first, task) = self.clone().spawn_channel(pager, sizer, size);
        lines.push(first);
        tasks.push(task);
        for level in others.filter_map(Severity::from_number) {
            let channel = self.channel(Some(level.number()), Levels::Only(level));
            let (pager, sizer) = self.pager(channel);
            // What is known of one level says nothing of another.
            let unknown = LogSize::AtMost(f64::INFINITY);
            let (other, task) = self.clone().spawn_channel(pager, sizer, unknown);
            lines.push(other);
            tasks.push(task);
        }
        Ok((lines, tasks))
    }

    fn spawn_channel(
        self,
        pager: Pager,
        sizer: Arc<Mutex<Sizer>>,
        size: LogSize,
    ) -> (Lines, AbortOnDrop<()>) {
        let (sender, batches) = mpsc::channel(WAITING_BATCHES);
        let (total_sender, total) = oneshot::channel();
        let task = AbortOnDrop::spawn(async move {
            let mut sender = LineSender::new(sender);
            let done = self.fetch_channel(pager, sizer, size, total_sender, &mut sender);
            let _ = done.await;
        });
        (Lines { batches, total }, task)
    }

    async fn fetch_channel(
        &self,
        mut pager: Pager,
        sizer: Arc<Mutex<Sizer>>,
        size: LogSize,
        total: oneshot::Sender<usize>,
        sender: &mut LineSender,
    ) -> Result<(), ReceiverGone> {
        let channel = pager.channel.clone();
        let joining = channel.joining(self.verbatim);
        let mut failure = None;
        if pager.first.is_none()
            && !pager.is_done
            && let Err(error) = pager.step().await
        {
            return sender.fail(error).await;
        }
        if self.filter.tail.is_none() && !pager.is_done {
            match self.older_pages(&pager, &sizer, size).await {
                Ok(Some((pages, from))) => {
                    return segments::fetch(pager, pages, from, sizer, joining, sender).await;
                }
                Ok(None) => {}
                Err(error) => failure = Some(error),
            }
        }
        if failure.is_none() {
            failure = pager.finish().await.err();
        }
        if self.filter.tail.is_some() {
            let lines = channel.count(&mut pager.store, joining);
            // The receiver may be gone.
            let _ = total.send(lines);
        }
        let mut seam = Seam::default();
        channel
            .send_lines(&mut pager.store, joining, &mut seam, None, sender)
            .await?;
        if failure.is_some() {
            pager.warn_of_failure();
        }
        for error in pager.gap.take().into_iter().chain(failure) {
            sender.fail(error).await?;
        }
        Ok(())
    }

    /// How many pages there are before the first one, and the second in which they begin, as far as
    /// that can be known; nothing where they can be fetched in one go.
    async fn older_pages(
        &self,
        pager: &Pager,
        sizer: &Mutex<Sizer>,
        size: LogSize,
    ) -> Result<Option<(f64, i64)>, Error> {
        let pages = |bytes: f64| {
            let sizer = lock(sizer);
            sizer.pages(bytes)
        };
        let bytes = match size {
            LogSize::Exactly(bytes) => bytes,
            LogSize::AtMost(bytes) if pages(bytes) <= PAGES_IN_ONE_GO + 2.0 => return Ok(None),
            LogSize::AtMost(_) => match self.total_size(&pager.channel).await? {
                Some(bytes) => bytes,
                None => return Ok(None),
            },
        };
        let left = bytes - pager.bytes as f64;
        let (Some(first), Some(last)) = (pager.first, pager.last) else {
            return Ok(None);
        };
        if pages(left) <= PAGES_IN_ONE_GO {
            return Ok(None);
        }
        let rate = pager.bytes as f64 / ((last - first).max(1) as f64 / 1e9);
        // Beyond some decades the estimate is of no use, and harmless.
        let by_rate = second_of(first) - (left / rate).min(2e9) as i64;
        let since = self.filter.since.as_ref();
        let from = match since.map(|since| (since, since.ago())) {
            // The device's present is not far from its latest line.
            Some((_, Some(ago))) => {
                let ago = i64::try_from(ago.as_secs()).unwrap_or(i64::MAX / 4);
                (second_of(last) - ago).max(by_rate)
            }
            // The log may begin long after the window does.
            Some((since, None)) => {
                let since = since.resolve(jiff::Timestamp::now()).as_second();
                since.max(by_rate)
            }
            None => by_rate,
        };
        Ok(Some((pages(left), from)))
    }

    /// Asks for everything, to be refused and told how much it is.
    async fn total_size(&self, channel: &Channel) -> Result<Option<f64>, Error> {
        let elapsed = self.calls.elapsed();
        let mut filter = LogFilter::default()
            .between(
                self.filter.since_after(elapsed),
                self.filter.until_after(elapsed),
            )
            .with_timestamps();
        if let Some(level) = channel.level {
            filter = filter.with_level_number(level);
        }
        if let Some(regex) = &channel.regex {
            filter = filter.with_regex(regex.clone());
        }
        let id = ModulePattern::exact(&self.module)?;
        match self.calls.get_logs(vec![LogItem { id, filter }]).await {
            Ok(_) | Err(CallFailure::TooLarge(None)) => Ok(None),
            Err(CallFailure::TooLarge(Some(bytes))) => Ok(Some(bytes as f64)),
            Err(CallFailure::Failed(error)) => Err(error),
        }
    }

    fn spawn_fetched(&self, channel: Channel, mut store: PageStore) -> (Lines, AbortOnDrop<()>) {
        let (sender, batches) = mpsc::channel(WAITING_BATCHES);
        let (total_sender, total) = oneshot::channel();
        let joining = channel.joining(self.verbatim);
        let wants_total = self.filter.tail.is_some();
        let task = AbortOnDrop::spawn(async move {
            if wants_total {
                let _ = total_sender.send(channel.count(&mut store, joining));
            }
            let mut sender = LineSender::new(sender);
            let mut seam = Seam::default();
            let _ = channel
                .send_lines(&mut store, joining, &mut seam, None, &mut sender)
                .await;
        });
        (Lines { batches, total }, task)
    }

    /// Mixes the channels by time and cuts off what is more than the tail.
    async fn merge(
        &self,
        channels: Vec<Lines>,
        sender: &mut LineSender,
    ) -> Result<(), ReceiverGone> {
        let mut total = 0;
        let mut batches = Vec::new();
        for channel in channels {
            if self.filter.tail.is_some() {
                // A channel that failed has no total, and no lines.
                total += channel.total.await.unwrap_or(0);
            }
            batches.push(channel.batches);
        }
        let wanted = self.filter.tail.map_or(usize::MAX, |tail| tail as usize);
        let mut surplus = total.saturating_sub(wanted);
        let mut merged = Merged::new(batches, Order::Time);
        while let Some((_, line)) = merged.next_entry().await {
            match line {
                Ok(_) if surplus > 0 => surplus -= 1,
                Ok(line) => sender.line(line).await?,
                Err(error) => sender.fail(self.failed(error)).await?,
            }
        }
        sender.flush().await
    }
}
