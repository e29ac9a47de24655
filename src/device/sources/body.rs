//! The body of a log answer, read as it arrives.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt};
use jiff::Timestamp;
use tokio::time::timeout;

use super::deadline::time_left;
use super::entries::EntryDecoder;
use super::log_source::{EntryStream, LogEntry, LogWindow};
use super::source_error::SourceError;
use crate::error_chain::innermost_cause;

/// How long a body may stall.
const STALL: Duration = Duration::from_secs(60);

/// However late it is, a shorter pause is not a stall.
const SHORTEST_STALL: Duration = Duration::from_secs(2);

/// Reads a body to its end, and drops what is outside the window.
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
    state: State,
}

enum State {
    Reading,
    /// The body has ended. The entries that the decoder still holds come first, then the error.
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
        let within = time_left(STALL).max(SHORTEST_STALL);
        match timeout(within, self.body.next()).await {
            Ok(Some(Ok(chunk))) => {
                self.decoder.push(&chunk);
                if self.decoder.is_broken() {
                    self.end(None);
                }
            }
            Ok(Some(Err(error))) => self.end(Some(innermost_cause(&error))),
            Ok(None) => self.end(None),
            Err(_) => self.end(Some(format!(
                "nothing arrived for {} seconds",
                within.as_secs()
            ))),
        }
    }

    fn end(&mut self, cut_off: Option<String>) {
        self.state = State::Ended(self.decoder.finish(cut_off).err());
    }
}
