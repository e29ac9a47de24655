//! The body of a log answer, read as it comes.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt};
use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};

use super::entries::EntryDecoder;
use super::{EntryStream, LogEntry, LogWindow, SourceError};
use crate::error_chain::innermost_cause;

/// How long a body may stand still while no one follows it.
const STALL: Duration = Duration::from_secs(60);

/// How long an entry is held back for the next part of its line while following.
const HELD_BACK: Duration = Duration::from_millis(500);

/// For how long a followed log may stand still after `until` before it counts as ended. The Engine
/// ends it by itself, but up to a second late where `aziot-edged` stands in between, which counts
/// whole seconds.
const GRACE: Duration = Duration::from_secs(1);

/// Reads a body to its end, and drops what is outside of the window.
///
/// `until` ends the log at the first later entry, as it does in the Engine.
pub(super) fn entries<B, E>(body: B, decoder: EntryDecoder, window: &LogWindow) -> EntryStream
where
    B: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: std::error::Error + Send + 'static,
{
    let reader = Reader {
        body: Box::pin(body),
        decoder,
        since: window.since,
        until: window.until,
        ends: followed_until(window),
        follow: window.follow,
        state: State::Reading,
    };
    stream::unfold(reader, |mut reader| async move {
        Some((reader.next().await?, reader))
    })
    .boxed()
}

struct Reader<B> {
    body: Pin<Box<B>>,
    decoder: EntryDecoder,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    /// When a followed log ends.
    ends: Option<Instant>,
    follow: bool,
    state: State,
}

enum State {
    Reading,
    /// The body has ended. What the decoder still holds comes first, then the error.
    Ended(Option<SourceError>),
    Done,
}

impl<B, E> Reader<B>
where
    B: Stream<Item = Result<Bytes, E>>,
    E: std::error::Error + 'static,
{
    async fn next(&mut self) -> Option<Result<LogEntry, SourceError>> {
        loop {
            if matches!(self.state, State::Done) {
                return None;
            }
            while let Some(entry) = self.decoder.next_entry() {
                if entry
                    .stamp
                    .is_some_and(|stamp| self.until.is_some_and(|until| stamp > until))
                {
                    self.state = State::Done;
                    return None;
                }
                if entry
                    .stamp
                    .is_none_or(|stamp| self.since.is_none_or(|since| stamp >= since))
                {
                    return Some(Ok(entry));
                }
            }
            match &mut self.state {
                State::Reading => self.read().await,
                State::Ended(error) => {
                    let error = error.take();
                    self.state = State::Done;
                    return error.map(Err);
                }
                State::Done => {}
            }
        }
    }

    /// Reads one chunk into the decoder, or ends.
    async fn read(&mut self) {
        let now = Instant::now();
        let ends = self.ends.map(|ends| ends.max(now + GRACE));
        let deadline = match (self.follow, self.decoder.holds_back()) {
            (false, _) => Some(now + STALL),
            (true, true) => Some(now + HELD_BACK),
            (true, false) => ends,
        };
        let chunk = match deadline {
            None => Ok(self.body.next().await),
            Some(deadline) => timeout_at(deadline, self.body.next()).await,
        };
        match chunk {
            Ok(Some(Ok(chunk))) => {
                self.decoder.push(&chunk);
                if self.decoder.is_broken() {
                    self.end(None);
                }
            }
            Ok(Some(Err(error))) => self.end(Some(innermost_cause(&error))),
            Ok(None) => self.end(None),
            Err(_) if self.follow && self.decoder.holds_back() => self.decoder.release(),
            Err(_) if self.follow => self.end(None),
            Err(_) => self.end(Some(format!(
                "nothing came for {} seconds",
                STALL.as_secs()
            ))),
        }
    }

    fn end(&mut self, cut_off: Option<String>) {
        self.state = State::Ended(self.decoder.finish(cut_off).err());
    }
}

/// The moment on this process's clock at which a followed log ends.
pub(super) fn followed_until(window: &LogWindow) -> Option<Instant> {
    let left = window
        .until
        .filter(|_| window.follow)?
        .duration_since(Timestamp::now());
    let left = Duration::try_from(left).unwrap_or(Duration::ZERO);
    // What is too far away for the clock never comes.
    Instant::now().checked_add(left)
}
